"""What becomes of a photo: how large it is painted, and how much of it is kept."""

from dataclasses import replace
from pathlib import Path

from mengbi.brief import AS_IT_IS, MAX_PHOTO_SIDE, MAX_PIXELS_AT_ONCE, MIN_SIDE, USUAL_SIZE, Brief, check_pixels
from mengbi.errors import SourceError
from mengbi.source import size_of
from mengbi.style import Style

MOST_ACROSS = 16
"""A photo that is wider (or higher) than so many times its other side is cut around its middle."""


def painted_size(brief: Brief) -> tuple[int, int]:
    """Width and height to paint at: as wished; else of the photo's shape and the usual area; else the usual size.

    Raises SourceError for a photo that is none, or whose own size cannot be painted, BriefError for too many pixels.
    """
    if isinstance(brief.size, tuple):
        return brief.size
    if brief.photo is None:
        return USUAL_SIZE
    width, height = size_of(brief.photo)
    if brief.size is None:
        size = usual_shape(width, height)
    else:
        least = 1 if brief.engine == AS_IT_IS else MIN_SIDE
        if not (min(width, height) >= least and max(width, height) <= MAX_PHOTO_SIDE):
            said = _too(brief.photo, width, height, f"each side must be {least} to {MAX_PHOTO_SIDE}")
            raise SourceError(said, code="bad-size", width=width, height=height, low=least, high=MAX_PHOTO_SIDE)
        if width * height > MAX_PIXELS_AT_ONCE:
            most = MAX_PIXELS_AT_ONCE // 10**6
            said = _too(brief.photo, width, height, f"at most {most} megapixels")
            raise SourceError(said, code="too-many-pixels", width=width, height=height, most=most)
        size = (width, height)
    check_pixels(size, brief.count, brief.enlarge)
    return size


def usual_shape(width: int, height: int) -> tuple[int, int]:
    """A size of about the shape of width x height and as many pixels as the usual one, both sides multiples of 8."""
    ratio = min(max(width / height, 1 / MOST_ACROSS), MOST_ACROSS)
    side = (USUAL_SIZE[0] * USUAL_SIZE[1]) ** 0.5
    return 8 * round(side * ratio**0.5 / 8), 8 * round(side / ratio**0.5 / 8)


def strength_for(influence: str, usual: float) -> float:
    """How much of a photo an engine changes, for an engine that usually changes so much."""
    return {"high": usual / 2, "medium": usual, "low": (1 + usual) / 2}[influence]


def influenced(style: Style, influence: str) -> Style:
    """The style as it is carried out over a photo that has so much influence; "medium" is the style as it is.

    High: own colour and light, finer strokes and treatments, and a little of the photo itself. Low: broader and freer.
    """
    if influence == "medium":
        return style
    parts = tuple((influenced(part, influence), weight) for part, weight in style.parts)
    if influence == "high":
        return replace(
            style,
            parts=parts,
            strength=0.85 * style.strength,
            color=style.color + 0.4 * (1 - style.color),
            tone=style.tone + 0.5 * (1 - style.tone),
            scale=min(1.25 * style.scale, 2.0),
            unit=max(0.6 * style.unit, 0.25),
            own=style.own + 0.15 * (1 - style.own),
        )
    return replace(
        style,
        parts=parts,
        strength=style.strength + 0.5 * (1 - style.strength),
        color=0.7 * style.color,
        tone=0.6 * style.tone,
        scale=max(0.62 * style.scale, min(style.scale, 0.3)),
        unit=min(1.6 * style.unit, 4.0),
    )


def _too(photo: str | Path, width: int, height: int, allowed: str) -> str:
    factor = min(1.0, MAX_PHOTO_SIDE / max(width, height), (MAX_PIXELS_AT_ONCE / (width * height)) ** 0.5)
    near = (max(MIN_SIDE, int(width * factor)), max(MIN_SIDE, int(height * factor)))
    return f"{photo} — {width}x{height} pixels, and {allowed}; try --size {near[0]}x{near[1]}, or leave --size off"
