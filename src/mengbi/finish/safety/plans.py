"""What the filters look at of a plan, and what is shown instead of a picture that is held back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.finish.safety import Verdict
from mengbi.picture import Picture
from mengbi.plan import Plan

BLURRED_TO = 10
"""Pixels along the shorter side of what is shown instead: colours, and nothing that can be made out."""


def words_of(plan: Plan) -> Iterator[str]:
    """All words of a plan: its prompts, those of its style (it may be a person's own), and letters on its pictures."""
    for sample in plan.samples:
        yield sample.prompt
        yield from (thing.words for thing in sample.scene.things if thing.words)
    yield from (style.words for style in (plan.style, *(part for part, _ in plan.style.parts)) if style.words)
    for touch in plan.finish:
        yield from _strings(touch.settings)


def blurred(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours of a picture. uint8 (h, w, 3 or 4) in and out."""
    height, width = pixels.shape[:2]
    factor = BLURRED_TO / min(height, width)
    small = (max(1, round(width * factor)), max(1, round(height * factor)))
    image = Image.fromarray(pixels).resize(small, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def held_back(picture: Picture, verdict: Verdict) -> Picture:
    """What stands in a picture's place: its colours, with the same plan, and a touch that says so."""
    touch = {"touch": "blurred", "by": "the picture filter", "score": round(verdict.score or 0, 4)}
    return replace(picture, pixels=blurred(picture.pixels), touches=(*picture.touches, touch))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
