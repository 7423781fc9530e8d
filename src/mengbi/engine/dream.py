"""The dream engine: the embedded network, which learnt from openly licensed drawings to see a picture behind noise.

Words are vectors of the multilingual encoder; a sketch, a person's own or the underdrawing, is seen beside the noise.
The network sees a square; a picture of another shape is painted through several of them that agree where they overlap.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi import assets, weights
from mengbi.engine import Step, upscale
from mengbi.engine.canvas import Square, in_groups, squares, walk
from mengbi.engine.denoiser import Array
from mengbi.engine.editing import as_control, control_of, fit, mask_of, photo_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.schedules import SCHEDULES, shorten
from mengbi.engine.sketch import draw, draw_over, to_pixels
from mengbi.errors import AssetError
from mengbi.plan import Plan, Sample
from mengbi.settings import threads
from mengbi.source import Source
from mengbi.text.condition import MAX_VECTORS, Condition, Wanted, make_conditioning
from mengbi.text.encoder import load_encoder

DEFAULTS = MappingProxyType(
    {"steps": 10, "guidance": 3.0, "sampler": "multistep", "schedule": "uniform", "strength": 0.6, "style": "oil"}
)
"""Where the file of the network does not say otherwise: a few-step student needs neither so many looks nor guidance."""
INTERVAL = (0.1, 0.9)
"""Of the path, where guidance works: before it there is nothing to guide, after it only contrast to spoil."""
UNDER_START = 0.5
"""How much of the underdrawing is painted anew, as a photo's strength: 1 begins with noise and only looks at it."""
UNDER_DETAIL = 0.5
"""Share of the underdrawing's detail finer than the canvas that the picture takes over."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Told:
    """What one picture is painted after, as the network takes it."""

    vectors: NDArray[np.float32]  # (MAX_VECTORS, dim), unit vectors times their weights, zeros where there are none
    given: NDArray[np.bool_]  # (MAX_VECTORS,), which there are
    control: NDArray[np.float32]  # (4, h, w), a sketch as `editing.control_of` gives it; zeros: none


class Dream:
    """Paints what it has learnt to see."""

    name = "dream"
    title = "the embedded painter: a small trained network, alone or over the underdrawing"
    uses = frozenset({"steps", "guidance", "sampler", "negative", "photo", "strength", "mask", "sketch"})

    def __init__(self, path: Path | None = None, *, start: float = UNDER_START, detail: float = UNDER_DETAIL) -> None:
        """path: an ONNX file that the lab wrote, instead of the shipped one. start, detail: see UNDER_START…"""
        self.path, self.start, self.detail = path, start, detail

    @property
    def weights(self) -> str:
        """Digest of the network, and of the encoder, the drawings, the upscaler and the numbers that it works with."""
        used = [digest_of(self.path), load_encoder().digest, assets.digest(), upscale.digest()]
        parts = [*used, INTERVAL, self.start, self.detail]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def defaults(self) -> Mapping[str, Any]:
        """See Engine. Raises AssetError."""
        return load(self.path).defaults

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine. A painting begins with the photo, else with the underdrawing ("auto"), else with noise alone."""
        network = load(self.path)
        size = canvas_size(plan.size, network.side)
        yield from in_groups(plan, size, lambda group: self._paint_group(group, size, network))

    def _paint_group(self, plan: Plan, size: tuple[int, int], network: "Network") -> Iterator[Step]:
        steps, scale, strength, sampler = (
            network.defaults[name] if getattr(plan, name) is None else getattr(plan, name)
            for name in ("steps", "guidance", "strength", "sampler")
        )
        times, detail = SCHEDULES.find(network.defaults["schedule"])(steps), 0.0
        under, controls = _look(plan, size)
        if under is not None:
            start, detail = (self.start, self.detail) if plan.photo is None else (strength, 1 - strength)
            times = shorten(times, start)
        prompts, encoder = [sample.prompt for sample in plan.samples], load_encoder()
        said = {
            prompt: make_conditioning(prompt, plan.negative, max(1, len(times) - 1), encoder)
            for prompt in dict.fromkeys(prompts)
        }
        guidance = Guidance(scale=scale, interval=INTERVAL)

        def denoise(z: Array, t: float) -> Array:
            step = int(np.searchsorted(times, t, side="right")) - 1
            wishes = [wish(said[prompt].at(step), control) for prompt, control in zip(prompts, controls, strict=True)]
            return guided(network, wishes, guidance)(z, t)

        yield from walk(plan, size, SAMPLERS.find(sampler), denoise, times, under=under, detail=detail)


class Network:
    """The trained network as a Denoiser[Told] of canvases whose sides are at least its own.

    Each square of each row is looked at on one thread of its own, several at a time: ONNX Runtime's sums depend on how
    many threads share them, and on the rows beside them. Where squares overlap, what they believe in is blended at
    every look (Bar-Tal et al. 2023, MultiDiffusion).
    """

    def __init__(self, session: Any) -> None:
        """session: of ONNX Runtime. Raises KeyError, ValueError for a network that is none of ours."""
        notes = session.get_modelmeta().custom_metadata_map
        self.session, self.side = session, int(json.loads(notes["network"])["size"])
        self.defaults: Mapping[str, Any] = {**DEFAULTS, **json.loads(notes.get("defaults", "{}"))}

    def __call__(self, z: Array, t: float, told: Sequence[Told], /) -> Array:
        jobs = [(row, square) for row in range(len(z)) for square in squares(z.shape[2:], self.side)]

        def look(job: tuple[int, Square]) -> Array:
            row, (place, share) = job
            one = told[row]
            seen = replace(one, control=one.control[place])
            x0: Array = self.session.run(["x0"], inputs(z[row][place][None], t, [seen]))[0][0]
            return share * x0

        x0 = np.zeros_like(z)
        with ThreadPoolExecutor(min(threads(), len(jobs))) as pool:
            for (row, (place, _)), part in zip(jobs, pool.map(look, jobs), strict=True):
                x0[row][place] += part
        return x0


def canvas_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height of the canvas of a picture of that size: of its shape, the shorter one is the network's side."""
    return (round(side * size[0] / min(size)), round(side * size[1] / min(size)))


def wish(wanted: Wanted, control: Array) -> Wish[Told]:
    """What one picture is painted towards and away from, both with the same sketch in view."""
    return Wish(
        toward=tuple((tell(condition, control), weight) for condition, weight in wanted.toward),
        away=tell(wanted.away, control),
    )


def tell(condition: Condition, control: Array) -> Told:
    """Words and a sketch (4, h, w) as the network takes them."""
    count, dim = condition.vectors.shape
    vectors = np.zeros((MAX_VECTORS, dim), np.float32)
    vectors[:count] = condition.vectors * condition.weights[:, None]
    return Told(vectors=vectors, given=np.arange(MAX_VECTORS) < count, control=control.astype(np.float32))


def inputs(z: Array, t: float, told: Sequence[Told]) -> dict[str, NDArray[Any]]:
    """What goes into the network, by its own names, a row each."""
    return {
        "z": z.astype(np.float32),
        "t": np.full(len(z), t, np.float32),
        "vectors": np.stack([one.vectors for one in told]),
        "given": np.stack([one.given for one in told]),
        "control": np.stack([one.control for one in told]),
    }


def _look(plan: Plan, size: tuple[int, int]) -> tuple[NDArray[np.uint8] | None, list[Array]]:
    """What the samples begin with, as `walk` takes it, and the sketch that each has in view, as `control_of` gives it.

    Of an underdrawing over a photo only the things are seen: what the photo shows is left to the photo.
    """
    if plan.sketch == "auto" and plan.photo is None:
        drawn = np.stack([_drawn(draw(sample.scene, plan.size, sample.seed)) for sample in plan.samples])
        return drawn, [as_control(fit(pixels, size)) for pixels in drawn]
    photo = None if plan.photo is None else photo_of(plan.photo, plan.size)[None]
    if photo is not None and plan.sketch == "auto":
        coarse = fit(photo[0], size)
        mask = None if plan.mask is None else mask_of(plan.mask, size)[0]
        return photo, [as_control(_things(coarse, mask, sample)) for sample in plan.samples]
    if isinstance(plan.sketch, Source):
        return photo, [control_of(plan.sketch, size)] * len(plan.samples)
    return photo, [np.zeros((4, size[1], size[0]), np.float32)] * len(plan.samples)


def _things(photo: NDArray[np.uint8], mask: Array | None, sample: Sample) -> NDArray[np.uint8]:
    """The scene's things where they would stand in a photo, transparent elsewhere: uint8 (h, w, 4)."""
    *_, (_, drawn) = draw_over(photo, mask, sample.scene, 0.0, sample.seed)
    return np.dstack([drawn, np.where((drawn != photo).any(-1), 255, 0).astype(np.uint8)])


def _drawn(stages: Iterable[tuple[str, Array]]) -> NDArray[np.uint8]:
    *_, (_, canvas) = stages
    return to_pixels(canvas)


def load(path: Path | None = None) -> Network:
    """The network in an ONNX file of the lab, or the shipped one; opened once a process. Raises AssetError."""
    return _open(path, digest_of(path))


def digest_of(path: Path | None) -> str:
    """sha256 of a network's file. Raises AssetError."""
    return weights.digest("dream") if path is None else hashlib.sha256(_read(path)).hexdigest()


def _read(path: Path | None) -> bytes:
    if path is None:
        return weights.read("dream")
    try:
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path} — cannot be read ({error.strerror}); give a network that the lab wrote") from error


@lru_cache(maxsize=2)
def _open(path: Path | None, _digest: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # see Network
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return Network(onnxruntime.InferenceSession(_read(path), options, providers=["CPUExecutionProvider"]))
    except AssetError:
        raise
    except Exception as error:  # ONNX Runtime has many of its own
        raise AssetError(
            f"{path or 'the shipped network'} — no network of ours; give one that the lab wrote"
        ) from error
