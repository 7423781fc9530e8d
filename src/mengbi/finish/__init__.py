"""Finishing: from painted pixels to a picture to keep."""

from difflib import get_close_matches

from mengbi.errors import UnknownName
from mengbi.registry import Registry
from mengbi.style import Style

STYLES: Registry[Style] = Registry("style")


def find_style(name: str) -> Style:
    """The style of that name, in English or by its Chinese title. Raises UnknownName with the nearest."""
    titled = {STYLES.find(known).title_zh: known for known in STYLES.names()}
    try:
        return STYLES.find(titled.get(name, name))
    except UnknownName:
        near = get_close_matches(name, list(titled), n=1, cutoff=0.5)
        if not near:
            raise
        raise UnknownName(f"no style {name!r}; did you mean {near[0]} ({titled[near[0]]})?") from None


def register() -> None:
    """Our own styles, as any package registers its own."""
    from mengbi.finish.styles import GALLERY

    for style in GALLERY:
        STYLES.register(style.name, style)
