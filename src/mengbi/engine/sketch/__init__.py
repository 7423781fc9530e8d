"""The underdrawing: a Scene becomes a composed drawing, sheet by sheet as a painter would lay it.

It is an engine of its own, and the control or start that other engines paint from.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi import assets
from mengbi.engine import Step
from mengbi.engine.editing import fitted, mask_of, photo_of
from mengbi.engine.preview import shrink
from mengbi.engine.sketch.drawing import STAGES, draw
from mengbi.engine.sketch.onto import draw_over
from mengbi.errors import BriefError
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.source import Source

__all__ = ["STAGES", "Sketch", "draw", "draw_over", "to_pixels"]

Array = NDArray[np.floating[Any]]


class Sketch:
    """Engine: the underdrawing. A photo takes the place of sky and ground; one's own sketch lies over all."""

    name = "sketch"
    title = "composes what the words say from a drawing pack; clean or brushed over in a style"
    uses = frozenset({"negative", "photo", "strength", "mask", "sketch"})
    defaults: Mapping[str, Any] = MappingProxyType({"style": "oil", "strength": 0.4})

    @property
    def weights(self) -> str:
        """Digest of the drawings."""
        return assets.digest()

    def paint(self, plan: Plan) -> Iterator[Step]:
        """Draws each sample in turn, a Step for each stage."""
        if plan.sketch == "none":
            said = "sketch none — the sketch engine is the sketch; leave it auto, or choose another engine"
            raise BriefError(said, code="engine-lacks", engine="sketch", what="sketch none")
        count = len(plan.samples)
        images = np.stack([shrink(np.full((plan.size[1], plan.size[0], 3), 244, dtype=np.uint8))] * count)
        pictures: list[Picture] = []
        for index, sample in enumerate(plan.samples):
            for number, (stage, pixels) in enumerate(_drawing(plan, sample), start=1):
                images = images.copy()
                small = Image.fromarray(pixels).resize((images.shape[2], images.shape[1]), Image.Resampling.BOX)
                images[index] = np.asarray(small)
                if stage == STAGES[-1]:
                    pictures.append(Picture(pixels=pixels, plan=plan.only(index)))
                yield Step(
                    done=(index + number / len(STAGES)) / count,
                    stage=stage,
                    images=images,
                    pictures=tuple(pictures) if len(pictures) == count else (),
                )


def _drawing(plan: Plan, sample: Sample) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The stages and the pictures, uint8 (h, w, 3): those over a photo may be smaller than it until the last."""
    pictures: Iterator[tuple[str, NDArray[np.uint8]]]
    if plan.photo is None:
        pictures = ((stage, to_pixels(canvas)) for stage, canvas in draw(sample.scene, plan.size, sample.seed))
    else:
        mask = None if plan.mask is None else mask_of(plan.mask, plan.size)[0]
        pictures = draw_over(photo_of(plan.photo, plan.size), mask, sample.scene, plan.strength or 0.0, sample.seed)
    for stage, pixels in pictures:
        if stage == STAGES[-1] and isinstance(plan.sketch, Source):
            yield stage, _under(pixels, fitted(plan.sketch, plan.size))
        else:
            yield stage, pixels


def _under(pixels: NDArray[np.uint8], doodle: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture under a doodle of its size, uint8 (h, w, 3 or 4)."""
    if doodle.shape[2] == 3:
        return doodle
    over = Image.fromarray(doodle)
    return np.asarray(Image.composite(over.convert("RGB"), Image.fromarray(pixels), over.getchannel("A")))


def to_pixels(canvas: Array) -> NDArray[np.uint8]:
    """float32 0 to 1 -> uint8."""
    return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)
