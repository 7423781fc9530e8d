"""The underdrawing: a Scene becomes a composed drawing, sheet by sheet as a painter would lay it.

It is an engine of its own, and the control or start that other engines paint from.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi import assets
from mengbi.engine import Step
from mengbi.engine.editing import control_of, mask_of, photo_of
from mengbi.engine.preview import shrink
from mengbi.engine.sketch.drawing import STAGES, draw, draw_over
from mengbi.errors import BriefError
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.source import Source

__all__ = ["STAGES", "Sketch", "draw", "draw_over"]

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
            raise BriefError("sketch none — the sketch engine is the sketch; leave it auto, or choose another engine")
        count = len(plan.samples)
        images = np.stack([shrink(np.full((plan.size[1], plan.size[0], 3), 244, dtype=np.uint8))] * count)
        pictures: list[Picture] = []
        for index, sample in enumerate(plan.samples):
            for number, (stage, canvas) in enumerate(_drawing(plan, sample), start=1):
                pixels = to_pixels(canvas)
                images = images.copy()
                images[index] = shrink(pixels)
                if stage == STAGES[-1]:
                    pictures.append(Picture(pixels=pixels, plan=plan.only(index)))
                yield Step(
                    done=(index + number / len(STAGES)) / count,
                    stage=stage,
                    images=images,
                    pictures=tuple(pictures) if len(pictures) == count else (),
                )


def _drawing(plan: Plan, sample: Sample) -> Iterator[tuple[str, Array]]:
    if plan.photo is None:
        stages = draw(sample.scene, plan.size, sample.seed)
    else:
        photo = photo_of(plan.photo, plan.size).astype(np.float32)
        photo /= 255
        mask = None if plan.mask is None else mask_of(plan.mask, plan.size)[0]
        stages = draw_over(photo, mask, sample.scene, plan.strength or 0.0, sample.seed)
    for stage, canvas in stages:
        if stage == STAGES[-1] and isinstance(plan.sketch, Source):
            yield stage, _under(canvas, control_of(plan.sketch, plan.size).transpose(1, 2, 0))
        else:
            yield stage, canvas


def _under(canvas: Array, doodle: Array) -> Array:
    """The canvas under a doodle: float32 (h, w, 4), colour -1 to 1 times cover, and cover."""
    return canvas * (1 - doodle[..., 3:]) + (doodle[..., :3] + doodle[..., 3:]) / 2


def to_pixels(canvas: Array) -> NDArray[np.uint8]:
    """float32 0 to 1 -> uint8."""
    return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)
