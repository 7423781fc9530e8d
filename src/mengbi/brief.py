"""A Brief: what a person asked for, before anything is chosen for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mengbi.errors import BriefError, PromptError

MIN_SIDE, MAX_SIDE = 64, 4096
USUAL_SIZE = (768, 768)
MAX_PROMPT = 4000
MAX_SEED = 2**63 - 1
MAX_PICTURES = 64
MAX_PIXELS_AT_ONCE = 2**26
"""Of all pictures of a run together: they are held until the last is done."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """Plain wishes; None leaves the choice to the plan. Raises BriefError for a wish that can never be met."""

    prompt: str = ""
    negative: str = ""
    style: str | None = None
    style_image: str | Path | None = None  # a picture to paint in the manner of
    size: tuple[int, int] | None = None  # width, height in pixels that are painted
    seed: int | None = None
    count: int = 1
    engine: str | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    photo: str | Path | None = None
    strength: float | None = None  # 0 keeps the photo, 1 leaves nothing of it
    mask: str | Path | None = None  # white is painted, black is kept
    sketch: str | Path = "auto"  # "auto", "none", or a picture
    scene: Mapping[str, Any] | None = None  # a scene graph as JSON values, instead of or beside the words
    enlarge: int = 1  # 1, 2 or 4 times as many pixels a side as were painted
    purpose: str | None = None  # what it is kept as: "wallpaper:phone", "poster:a3", "card", "avatar", "sticker"
    title: str | None = None  # of a poster or card; None leaves it to the words
    seal: str | None = None  # the name in the seal of a poster or card
    vertical: bool = False  # Chinese set from top to bottom
    mark: bool = False  # an invisible mark in the pixels that says that a machine painted them

    def __post_init__(self) -> None:
        check_words("prompt", self.prompt)
        check_words("negative prompt", self.negative)
        width, height = _size(USUAL_SIZE if self.size is None else self.size)
        _check_whole("seed", self.seed, 0, MAX_SEED)
        _check_whole("count", self.count, 1, MAX_PICTURES)
        if self.enlarge not in (1, 2, 4):
            raise BriefError(f"enlarge {self.enlarge} — 2 or 4 times as many pixels a side, or 1")
        pixels = width * height * self.enlarge**2
        if self.count * pixels > MAX_PIXELS_AT_ONCE:
            raise BriefError(
                f"{self.count} pictures of {width * self.enlarge}x{height * self.enlarge} — more than fit in memory "
                f"at once; at most {max(1, MAX_PIXELS_AT_ONCE // pixels)} of that size in one run"
            )
        _check_whole("steps", self.steps, 1, 1000)
        _check_real("guidance", self.guidance, 0, 50)
        _check_real("strength", self.strength, 0, 1)
        if not self.prompt.strip() and self.photo is None and self.scene is None:
            raise PromptError('the prompt is empty; write what you dream of, for example mengbi paint "落日飞车"')
        if self.mask is not None and self.photo is None:
            raise BriefError("a mask without a photo — a mask says which part of a photo is painted; add --from PHOTO")
        if self.strength is not None and self.photo is None:
            raise BriefError("a strength without a photo — it says how much of the photo changes; add --from PHOTO")


def check_words(what: str, words: str) -> None:
    """Raises PromptError for words that are too many or hold control characters."""
    if len(words) > MAX_PROMPT:
        raise PromptError(f"the {what} has {len(words)} characters; at most {MAX_PROMPT}: keep what matters most")
    bad = _CONTROL.search(words)
    if bad:
        raise PromptError(f"the {what} has a control character (U+{ord(bad[0]):04X}); take it out")


def _size(size: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise BriefError(f"size {size!r} — two numbers, width and height: (1024, 512)")
    width, height = size
    if not all(isinstance(side, int) and MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise BriefError(f"size {width}x{height} — each side must be {MIN_SIDE} to {MAX_SIDE}; try --size 1024x512")
    return width, height


def _check_whole(what: str, value: int | None, low: int, high: int) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high):
        raise BriefError(f"{what} {value} — a whole number from {low} to {high}")


def _check_real(what: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:  # also refuses nan
        raise BriefError(f"{what} {value} — a number from {low} to {high}")
