"""How large a picture is painted that will be kept at another size, and the step that brings it there."""

from mengbi.brief import MAX_PHOTO_SIDE, MIN_SIDE, Brief
from mengbi.finish.purposes.salience import Window, salience, window
from mengbi.finish.upscale import touch as upscaling
from mengbi.plan import Touch
from mengbi.source import load_pixels, read_source, size_of

Size = tuple[int, int]
Wanted = tuple[Size, tuple[Touch, ...]]
"""The size to paint at, width and height in pixels, and the finishing steps."""
MOST = 1920 * 1080
"""Pixels that are painted at most; to a larger size the picture is enlarged."""
LOOKED_AT = (512, 512)
"""A photo is decoded at least so large to see what matters in it."""


def composed(brief: Brief, final: Size, *, grow: bool = False) -> Wanted:
    """What becomes a picture of size `final`: composed for its shape, or of a photo the part that matters.

    grow: whether a photo may be continued beyond its edges, see `salience.window`. Raises SourceError.
    """
    if brief.photo is None:
        size = painted(final)
        return size, fitted(size, final)
    photo = size_of(brief.photo)
    matters = salience(load_pixels(read_source(brief.photo), LOOKED_AT))
    plain = brief.style == "none" and brief.style_image is None  # nothing is worked over: as fine as the photo is
    return scaled(window(matters, photo, final[0] / final[1], grow=grow), photo, final, None if plain else MOST)


def scaled(view: Window, photo: Size, final: Size, most: int | None) -> Wanted:
    """A window on a photo of that size: the whole photo is painted, the window cut out and brought to size `final`.

    most: pixels of the window that are painted at most.
    """
    across = (view.right - view.left + view.more[0] + view.more[2]) * photo[0]
    factor = min(1.0, final[0] / across)  # finer than the photo there is nothing to paint
    if most is not None:
        factor = min(factor, (most / (final[0] * final[1])) ** 0.5 * final[0] / across)
    factor = min(max(factor, MIN_SIDE / min(photo)), MAX_PHOTO_SIDE / max(photo))
    size = (max(MIN_SIDE, round(photo[0] * factor)), max(MIN_SIDE, round(photo[1] * factor)))
    left, top = round(view.left * size[0]), round(view.top * size[1])
    width, height = max(1, round(view.right * size[0]) - left), max(1, round(view.bottom * size[1]) - top)
    more = [round(share * size[index % 2]) for index, share in enumerate(view.more)]
    if (left, top, width, height) == (0, 0, *size) and not any(more):
        return size, fitted(size, final)
    reshape = Touch(name="reshape", settings={"crop": [left, top, width, height], "more": more})
    return size, (reshape, *fitted((width + more[0] + more[2], height + more[1] + more[3]), final))


def fitted(size: Size, final: Size) -> tuple[Touch, ...]:
    """The step from one size to another, where it takes one."""
    return () if size == final else (upscaling("fit", size=list(final)),)


def painted(final: Size) -> Size:
    """The size to paint at for a picture that will be of size `final`: of its shape, at most MOST pixels."""
    factor = min(1.0, (MOST / (final[0] * final[1])) ** 0.5)
    return max(MIN_SIDE, round(final[0] * factor)), max(MIN_SIDE, round(final[1] * factor))


def shape_of(brief: Brief) -> float | None:
    """Width over height of what is to be shown, where somebody said or a photo has one. Raises SourceError."""
    if isinstance(brief.size, tuple):
        return brief.size[0] / brief.size[1]
    if brief.photo is None:
        return None
    width, height = size_of(brief.photo)
    return width / height
