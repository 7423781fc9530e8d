"""Ways to keep a picture: what is painted for a wallpaper, poster, card, avatar or sticker, and what is done after."""

from mengbi.brief import USUAL_SIZE, Brief
from mengbi.plan import Touch


def finishing(brief: Brief) -> tuple[tuple[int, int], tuple[Touch, ...]]:
    """The size to paint at, width and height in pixels, and the finishing steps. Raises BriefError."""
    return USUAL_SIZE if brief.size is None else brief.size, ()
