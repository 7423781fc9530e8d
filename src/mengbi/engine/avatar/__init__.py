"""Avatars: a face from words, or from traits by name, on nothing.

Every choice falls when the plan is made: `face_of` reads the words and draws from the seed what they leave open, and
the Face in the plan is all that is painted from. The network draws it small; the upscaler makes it as large as asked.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi import weights
from mengbi.engine import Step, check_words_alone, upscale
from mengbi.engine.avatar.chance import completed, missing
from mengbi.engine.avatar.heredity import cross
from mengbi.engine.avatar.looks import group_of
from mengbi.engine.avatar.network import DRAWS, STEERS, Slider, check, draw, sliders
from mengbi.engine.preview import shrink
from mengbi.errors import BriefError
from mengbi.face import Face, wishes_from_dict
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.settings import threads
from mengbi.source import opaque
from mengbi.text.portrait import read_traits
from mengbi.text.prompt import plain
from mengbi.text.traits import ANY

__all__ = ["Avatar", "Slider", "cross", "draw", "face_of", "painted", "sliders", "unmet"]


class Avatar:
    """Engine: faces with glasses, curls and moods, each on nothing."""

    name = "avatar"
    title = "a face from words or traits, on nothing: four looks, any mood, and children of two faces"
    uses = frozenset({"face", "background"})
    defaults: Mapping[str, Any] = MappingProxyType({"style": "none"})

    @property
    def weights(self) -> str:
        """Digest of both halves of the network, and of the upscaler that it works with. Raises AssetError."""
        parts = [weights.digest(STEERS), weights.digest(DRAWS), upscale.digest()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def face_of(self, prompt: str, seed: int, wishes: Mapping[str, Any] | None) -> Face:
        """See `face_of`."""
        return face_of(prompt, seed, wishes)

    def unknown(self, prompt: str) -> tuple[str, ...]:
        """The phrases that nothing was made of."""
        return read_traits(plain(prompt)).unknown

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine. Raises BriefError for a sample without a face, or one that cannot be drawn."""
        check_words_alone(self.name, plan)
        faces = [sample.face for sample in plan.samples if sample.face is not None]
        if len(faces) != len(plan.samples):
            raise BriefError("a damaged plan: an avatar without a face")
        for face in faces:
            check(face)
        with ThreadPoolExecutor(min(threads(), len(faces))) as pool:
            small = list(pool.map(draw, faces))
        images = np.stack([shrink(opaque(pixels)) for pixels in small])
        yield Step(done=0.3, stage="paint", images=images)
        pictures: list[Picture] = []
        for index, pixels in enumerate(small):
            pictures.append(Picture(pixels=on_floor(pixels, plan.size), plan=plan.only(index)))
            share = len(pictures) / len(small)
            yield Step(
                done=0.3 + 0.7 * share, stage="enlarge", images=images, pictures=tuple(pictures) if share == 1 else ()
            )


def face_of(prompt: str, seed: int, wishes: Mapping[str, Any] | None = None) -> Face:
    """The face of words and wishes, with nothing left open.

    wishes: any part of a Face as JSON values (`mengbi.face.wishes_from_dict`): its traits go before the words, its seed
    before `seed`; parents without genes are crossed. Raises BriefError.
    """
    asked = wishes_from_dict(wishes or {})
    said, traits, seed = read_traits(plain(prompt)), asked.get("traits", {}), asked.get("seed", seed)
    genes, parents, moved = asked.get("genes", ()), asked.get("parents"), asked.get("sliders", {})
    if parents is not None:
        for parent in parents:
            check(parent)
        if not genes:
            child = cross(parents[0], parents[1], seed)
            genes, moved = child.genes, {**child.sliders, **moved}
            named = {group_of(name) for name in (*said.wanted, *traits)} - {ANY}
            kept = {name: amount for name, amount in child.traits.items() if group_of(name) not in named}
            traits = {name: amount for name, amount in kept.items() if name not in said.unwanted} | traits
    face = Face(seed=seed, traits=completed(said, traits, seed), sliders=moved, genes=genes, parents=parents)
    check(face)
    return face


def unmet(prompt: str, wishes: Mapping[str, Any] | None, face: Face) -> tuple[str, ...]:
    """The traits that were asked for and are not in the face, which has the nearest instead, or nothing."""
    asked = wishes_from_dict(wishes or {}).get("traits", {})
    return missing(read_traits(plain(prompt)), asked, face.traits)


def painted(face: Face, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The face at a size (width, height), uint8 (h, w, 4), on nothing. Raises BriefError, AssetError."""
    return on_floor(draw(face), size)


def on_floor(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A square picture as large as a size (width, height) has room for, at the middle of its lower edge."""
    side = min(size)
    made = np.zeros((size[1], size[0], 4), np.uint8)
    left = (size[0] - side) // 2
    made[size[1] - side :, left : left + side] = upscale.to_size(pixels, (side, side))
    return made
