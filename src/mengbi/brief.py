"""A Brief: what a person asked for, before anything is chosen for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mengbi.errors import BriefError, PromptError
from mengbi.face import wishes_from_dict

MIN_SIDE, MAX_SIDE = 64, 4096
MAX_PHOTO_SIDE = 16384
"""Of what is painted from a photo: that is worked on in parts, a drawing is not."""
AS_IT_IS = "photo"
"""The engine that changes nothing: it alone takes a photo that is smaller than MIN_SIDE."""
USUAL_SIZE = (768, 768)
MAX_PROMPT = 4000
MAX_SEED = 2**63 - 1
MAX_PICTURES = 64
INFLUENCES = ("low", "medium", "high")
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
    size: tuple[int, int] | Literal["photo"] | None = None  # width, height that are painted; "photo": as many as it has
    seed: int | None = None
    count: int = 1
    engine: str | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    photo: str | Path | None = None
    strength: float | None = None  # 0 keeps the photo, 1 leaves nothing of it
    influence: str | None = None  # of the photo: one of INFLUENCES; "high" keeps more of it
    mask: str | Path | None = None  # white is painted, black is kept
    sketch: str | Path = "auto"  # "auto", "none", or a picture
    scene: Mapping[str, Any] | None = None  # a scene graph as JSON values, instead of or beside the words
    face: Mapping[str, Any] | None = None  # any part of a face as JSON values, beside the words; see `mengbi.face`
    background: str | None = None  # behind what is cut out: "none", "auto" or a colour; None: as the engine leaves it
    enlarge: int = 1  # 1, 2 or 4 times as many pixels a side as were painted
    purpose: str | None = None  # what it is kept as: "wallpaper:phone", "poster:a3", "card", "avatar", "sticker"
    title: str | None = None  # of a poster or card; None leaves it to the words
    seal: str | None = None  # the name in the seal of a poster or card
    vertical: bool = False  # Chinese set from top to bottom
    number: int | None = None  # of a card; None takes it from the seed
    mark: bool = False  # an invisible mark in the pixels that says that a machine painted them

    def __post_init__(self) -> None:
        check_words("prompt", self.prompt)
        check_words("negative prompt", self.negative)
        check_words("title", self.title or "")
        check_words("seal", self.seal or "")
        _check_whole("number", self.number, 0, 999_999)
        if isinstance(self.size, str):
            _check_own_size(self.size, self.photo)
        size = USUAL_SIZE if self.size is None or isinstance(self.size, str) else self.size
        _check_size(size, MAX_SIDE if self.photo is None else MAX_PHOTO_SIDE)
        _check_whole("seed", self.seed, 0, MAX_SEED)
        _check_whole("count", self.count, 1, MAX_PICTURES)
        if self.enlarge not in (1, 2, 4):
            said = f"enlarge {self.enlarge} — 2 or 4 times as many pixels a side, or 1"
            raise BriefError(said, code="scale")
        check_pixels(size, self.count, self.enlarge)
        _check_whole("steps", self.steps, 1, 1000)
        _check_real("guidance", self.guidance, 0, 50)
        _check_real("strength", self.strength, 0, 1)
        if not self.prompt.strip() and self.photo is None and self.scene is None and self.face is None:
            said = 'the prompt is empty; write what you dream of, for example mengbi paint "落日飞车"'
            raise PromptError(said, code="prompt-empty")
        if self.mask is not None and self.photo is None:
            said = "a mask without a photo — a mask says which part of a photo is painted; add --from PHOTO"
            raise BriefError(said, code="without-photo", what="mask")
        if self.strength is not None and self.photo is None:
            said = "a strength without a photo — it says how much of the photo changes; add --from PHOTO"
            raise BriefError(said, code="without-photo", what="strength")
        if self.face is not None:
            wishes_from_dict(self.face)
        self._check_influence()

    def _check_influence(self) -> None:
        if self.influence is None:
            return
        if self.influence not in INFLUENCES:
            raise BriefError(f"influence {self.influence!r} — choose from {', '.join(INFLUENCES)}; high keeps most")
        if self.photo is None:
            said = "an influence without a photo — it says how much of it is kept; add --from PHOTO"
            raise BriefError(said, code="without-photo", what="influence")
        if self.strength is not None:
            raise BriefError("both a strength and an influence — an influence sets the strength; leave one of them off")


def as_it_is(photo: str | Path, enlarge: int = 1) -> Brief:
    """The brief of a picture, whoever made it, of which nothing is changed but how large it is. Raises BriefError."""
    return Brief(photo=photo, size="photo", style="none", engine=AS_IT_IS, seed=0, enlarge=enlarge)


def check_words(what: str, words: str) -> None:
    """Raises PromptError for words that are too many or hold control characters."""
    if len(words) > MAX_PROMPT:
        said = f"the {what} has {len(words)} characters; at most {MAX_PROMPT}: keep what matters most"
        raise PromptError(said, code="words-too-long", what=what, length=len(words), most=MAX_PROMPT)
    bad = _CONTROL.search(words)
    if bad:
        said = f"the {what} has a control character (U+{ord(bad[0]):04X}); take it out"
        raise PromptError(said, code="control-character", what=what)


def check_pixels(size: tuple[int, int], count: int, enlarge: int = 1) -> None:
    """Raises BriefError for more pixels than are held at once: all pictures of a run, as large as they become."""
    width, height = size[0] * enlarge, size[1] * enlarge
    if width * height > MAX_PIXELS_AT_ONCE:
        raise BriefError(
            f"a picture of {width}x{height} — more pixels than fit in memory at once; "
            f"at most {MAX_PIXELS_AT_ONCE // 10**6} megapixels: take a smaller --size or a smaller --enlarge",
            code="too-many-pixels", width=width, height=height, most=MAX_PIXELS_AT_ONCE // 10**6,
        )  # fmt: skip
    if count * width * height > MAX_PIXELS_AT_ONCE:
        raise BriefError(
            f"{count} pictures of {width}x{height} — more than fit in memory "
            f"at once; at most {MAX_PIXELS_AT_ONCE // (width * height)} of that size in one run",
            code="too-many-pictures", count=count, width=width, height=height,
            most=MAX_PIXELS_AT_ONCE // (width * height),
        )  # fmt: skip


def _check_own_size(size: str, photo: str | Path | None) -> None:
    if size != "photo":
        raise BriefError(f'size {size!r} — two numbers, width and height: (1024, 512), or "photo" for the photo\'s own')
    if photo is None:
        said = "size photo without a photo — it asks for as many pixels as the photo has; add --from PHOTO"
        raise BriefError(said, code="without-photo", what="size")


def _check_size(size: tuple[int, int], most: int) -> None:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise BriefError(f"size {size!r} — two numbers, width and height: (1024, 512)")
    width, height = size
    if not all(isinstance(side, int) and MIN_SIDE <= side <= most for side in size):
        said = f"size {width}x{height} — each side must be {MIN_SIDE} to {most}; try --size 1024x512"
        raise BriefError(said, code="bad-size", width=width, height=height, low=MIN_SIDE, high=most)


def _check_whole(what: str, value: int | None, low: int, high: int) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high):
        said = f"{what} {value} — a whole number from {low} to {high}"
        raise BriefError(said, code="number", what=what, low=low, high=high)


def _check_real(what: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:  # also refuses nan
        said = f"{what} {value} — a number from {low} to {high}"
        raise BriefError(said, code="number", what=what, low=low, high=high)
