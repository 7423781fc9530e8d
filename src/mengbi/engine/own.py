"""Own engines: networks that a person has trained in the lab, each a folder of `<home>/models`, by the folder's name.

A network that makes a picture of random numbers (a GAN's painter, a decoder) paints at once: the numbers come from the
seed, the words choose among what it learnt, and the picture is enlarged to the size that is asked for. One that sees
the picture behind noise paints as `dream` does. A file may be anybody's: nothing of it is run before it is checked.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.engine import Step, check_words_alone, upscale
from mengbi.engine.denoiser import Array
from mengbi.engine.dream import Dream
from mengbi.engine.onnx_file import check, notes_of
from mengbi.engine.preview import shrink
from mengbi.engine.shelf import FILE, models
from mengbi.errors import AssetError, BriefError
from mengbi.noise import gaussian
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.settings import threads
from mengbi.source import opaque
from mengbi.text.condition import make_conditioning
from mengbi.text.encoder import load_encoder

Labels: TypeAlias = tuple[tuple[str, float], ...]
"""Labels that words are taken for, and their shares, which add up to 1."""

DENOISER, GENERATOR = "denoiser", "generator"
"""What the file's note "port" says."""
LARGEST_SIDE, MOST_NUMBERS = 2048, 1 << 16
"""Pixels a side that a network may paint, and numbers that it may take."""
ALIKE = 0.38
"""Cosine from which a phrase names a label; what is less like any of them is talk."""


class Own:
    """Engine: paints with the network of that name."""

    def __init__(self, name: str) -> None:
        self.name, self.path = name, models() / name / FILE

    @property
    def title(self) -> str:
        """Also of a file that cannot be opened, since others are listed beside it; so have `uses` and `defaults`."""
        try:
            return str(self._notes.get("title") or f"a {self._notes['port']} of one's own")[:200]
        except AssetError as error:
            return str(error)

    @property
    def uses(self) -> frozenset[str]:
        """See Engine."""
        try:
            return Dream.uses if self._paints_as_dream else frozenset()
        except AssetError:
            return frozenset()

    @property
    def defaults(self) -> Mapping[str, Any]:
        """See Engine."""
        try:
            return MappingProxyType({**(self._dream.defaults if self._paints_as_dream else {}), "style": "none"})
        except AssetError:
            return MappingProxyType({})

    @property
    def weights(self) -> str:
        """Digest of the network, and of the encoder and the upscaler that it works with. Raises AssetError."""
        if self._paints_as_dream:
            return self._dream.weights
        parts = [self._digest, load_encoder().digest, upscale.digest(), ALIKE]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def labels_of(self, prompt: str) -> Labels:
        """What a prompt is taken for, for the Plan; nothing where the network has no labels. Raises AssetError."""
        return () if self._paints_as_dream else nearest_labels(prompt, self._generator.names)

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine."""
        if self._paints_as_dream:
            yield from self._denoised(plan)
        else:
            yield from self._generated(plan)

    def _denoised(self, plan: Plan) -> Iterator[Step]:
        """As `dream` does; the underdrawing helps only a network that learnt with sketches."""
        alone = plan.sketch == "auto" and not self._dream.defaults.get("sketch")
        for step in self._dream.paint(replace(plan, sketch="none") if alone else plan):
            pictures = [replace(picture, plan=plan.only(index)) for index, picture in enumerate(step.pictures)]
            yield replace(step, pictures=tuple(pictures))

    def _generated(self, plan: Plan) -> Iterator[Step]:
        network = self._generator
        check_words_alone(self.name, plan)
        z = gaussian(tuple(sample.seed for sample in plan.samples), 0, (network.latent,))
        y = np.stack([network.wish(sample.prompt, sample.labels) for sample in plan.samples])
        with ThreadPoolExecutor(min(threads(), len(z))) as pool:
            small = list(pool.map(network.paint, z[:, None], y[:, None]))
        images = np.stack([shrink(opaque(pixels)) for pixels in small])
        yield Step(done=0.5, stage="paint", images=images)
        pictures = []
        for index, pixels in enumerate(small):
            pictures.append(Picture(pixels=covering(pixels, plan.size), plan=plan.only(index)))
            finished = tuple(pictures) if len(pictures) == len(small) else ()
            yield Step(done=(1 + len(pictures) / len(small)) / 2, stage="enlarge", images=images, pictures=finished)

    @property
    def _paints_as_dream(self) -> bool:
        return bool(self._notes["port"] == DENOISER)

    @property
    def _dream(self) -> Dream:
        return Dream(self.path)

    @property
    def _generator(self) -> "Generator":
        return _open(self.path, self._digest)

    @property
    def _notes(self) -> Mapping[str, Any]:
        return _noted(self.path, self._digest)

    @property
    def _digest(self) -> str:
        return hashlib.sha256(_read(self.path)).hexdigest()


class Generator:
    """A network `picture = network(z, y)`; y: shares of its labels, or a vector of words, or nothing."""

    def __init__(self, session: Any, notes: Mapping[str, Any]) -> None:
        """session: of ONNX Runtime. Raises KeyError, TypeError, ValueError for a network that is none of ours."""
        spec = notes["network"]
        takes = {entry.name: entry.shape for entry in session.get_inputs()}
        self.session, self.side, self.channels = session, int(spec["size"]), int(spec["channels"])
        self.latent = int(takes["z"][1])
        self.wishes = int(takes["y"][1]) if "y" in takes else 0
        self.words = bool(spec.get("words"))
        self.names: Sequence[str] = () if self.words else [str(name) for name in notes.get("names", ())]
        if not (1 <= self.side <= LARGEST_SIDE and self.channels in (1, 3, 4)):
            raise ValueError(f"it paints {self.channels} channels of {self.side} pixels a side")
        if not 1 <= self.latent <= MOST_NUMBERS or len(self.names) != (0 if self.words else self.wishes):
            raise ValueError(f"it takes {self.latent} numbers and has {len(self.names)} names for {self.wishes} labels")

    def wish(self, prompt: str, labels: Labels) -> NDArray[np.float32]:
        """y of a prompt, (wishes,). Raises BriefError for labels that this network has not."""
        y = np.zeros(self.wishes, np.float32)
        if self.words:
            ((condition, _), *_) = make_conditioning(prompt, "", 1, load_encoder()).at(0).toward
            return condition.pooled.astype(np.float32)
        for label, share in labels:
            if label not in self.names:
                raise BriefError(f"a plan for the label {label!r}, which this network has not; plan it anew")
            y[self.names.index(label)] = share
        return y

    def paint(self, z: Array, y: Array) -> NDArray[np.uint8]:
        """One picture, uint8 (side, side, 3 or 4). z: (1, latent), y: (1, wishes). Raises AssetError."""
        given = {"z": z, "y": y} if self.wishes else {"z": z}
        try:
            painted = self.session.run(["picture"], given)[0]
        except Exception as error:  # ONNX Runtime has many of its own
            raise AssetError(f"an own network fails while it paints ({_line(error)}); export it again") from error
        if painted.shape != (1, self.channels, self.side, self.side) or not np.isfinite(painted).all():
            raise AssetError(f"an own network paints {painted.shape}, which is no picture; train it again")
        pixels = np.rint((painted[0].clip(-1, 1) + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)
        return pixels.repeat(3, 2) if self.channels == 1 else np.ascontiguousarray(pixels)


def nearest_labels(prompt: str, names: Sequence[str]) -> Labels:
    """The labels that a prompt's phrases are nearest to, by the weights that the prompt gives them.

    Phrases that are like no label count only where none is: then the whole prompt chooses.
    """
    ((condition, _), *_) = make_conditioning(prompt, "", 1, load_encoder()).at(0).toward
    if not len(names) or not len(condition.vectors):
        return ()
    alike = condition.vectors @ load_encoder().encode(list(names)).T
    first = 1 if len(alike) > 1 else 0  # the whole prompt stands before its phrases
    chosen = [row for row in range(first, len(alike)) if alike[row].max() >= ALIKE and condition.weights[row] > 0]
    shares: dict[str, float] = {}
    for row in chosen or [0]:
        name = names[int(alike[row].argmax())]
        shares[name] = shares.get(name, 0.0) + (float(condition.weights[row]) if chosen else 1.0)
    total = sum(shares.values())
    return tuple((name, round(share / total, 6)) for name, share in shares.items())


def covering(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A square picture enlarged until it covers a size (width, height), its middle."""
    side = max(size)
    large = upscale.to_size(pixels, (side, side))
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return np.ascontiguousarray(large[top : top + size[1], left : left + size[0]])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path} — cannot be read ({error.strerror}); export it again") from error


@lru_cache(maxsize=64)
def _noted(path: Path, _digest: str) -> Mapping[str, Any]:
    """What a checked file says of itself; "port" is known. Raises AssetError."""
    try:
        data = _read(path)
        check(data)
        notes = {name: _json(text) for name, text in notes_of(data).items()}
        if notes["port"] not in (DENOISER, GENERATOR):
            raise ValueError(f"a {notes['port']} does not paint")
        if not isinstance(notes["network"], dict):
            raise ValueError("it does not say how it is built")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _none_of_ours(path, error) from error
    return notes


@lru_cache(maxsize=2)
def _open(path: Path, digest: str) -> Generator:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums depend on how many threads share them
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    notes = _noted(path, digest)
    try:
        session = onnxruntime.InferenceSession(_read(path), options, providers=["CPUExecutionProvider"])
        return Generator(session, notes)
    except AssetError:
        raise
    except Exception as error:  # ONNX Runtime has many of its own
        raise _none_of_ours(path, error) from error


def _none_of_ours(path: Path, error: Exception) -> AssetError:
    again = f"mengbi lab export RUN --as {path.parent.name}"
    return AssetError(f"{path} — no network that paints ({_line(error)}); {again}, or delete it")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _json(text: str) -> Any:
    """A note of ours is JSON; other tools leave others."""
    try:
        return json.loads(text)
    except ValueError:
        return text
