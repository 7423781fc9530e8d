"""Ways to keep a picture: what is painted for a wallpaper, poster, card, avatar or sticker, and what is done after."""

from mengbi.brief import Brief
from mengbi.errors import BriefError, UnknownName
from mengbi.finish.mark import touch as marking
from mengbi.finish.photo import painted_size
from mengbi.finish.purposes.sizes import Wanted
from mengbi.finish.upscale import touch as upscaling
from mengbi.registry import nearest

KINDS = ("wallpaper", "poster", "card", "avatar", "sticker")
LETTERED = ("poster", "card")


def finishing(brief: Brief) -> Wanted:
    """The size to paint at, width and height in pixels, and the finishing steps. Raises BriefError, SourceError."""
    kind, _, variant = (brief.purpose or "").strip().lower().partition(":")
    if brief.purpose is not None and kind not in KINDS:
        said = f"nothing to keep a picture as is called {brief.purpose!r}; {nearest(kind, list(KINDS))}"
        raise UnknownName(said, kind="purpose", name=brief.purpose[:100])
    if kind not in LETTERED:
        _check_unlettered(brief, kind or "picture alone")
    if kind:
        _check_size(brief, kind)
        size, touches = _kept(brief, kind, variant.strip())
    else:
        size = painted_size(brief)
        touches = () if brief.enlarge == 1 else (upscaling("enlarge", scale=brief.enlarge),)
    if brief.background not in (None, "none"):
        from mengbi.finish.backdrop import touch as backdrop

        touches = (backdrop(brief.background), *touches)
    return size, (*touches, marking()) if brief.mark else touches


def _kept(brief: Brief, kind: str, variant: str) -> Wanted:
    if kind == "wallpaper":
        from mengbi.finish.purposes import wallpaper

        return wallpaper.wanted(brief, variant)
    if kind == "poster":
        from mengbi.finish.purposes import poster

        return poster.wanted(brief, variant)
    if kind == "avatar":
        from mengbi.finish.purposes import avatar

        return avatar.wanted(brief, variant)
    if kind == "sticker":
        from mengbi.finish.purposes import sticker

        return sticker.wanted(brief, variant)
    from mengbi.finish.purposes import card

    if variant:
        raise BriefError(f"card:{variant} — there is one kind of card; leave off {variant!r}")
    return card.wanted(brief)


def _check_unlettered(brief: Brief, kind: str) -> None:
    for name in ("title", "seal", "number"):
        if getattr(brief, name) is not None:
            said = f"--{name} — a {kind} has no letters; add --for poster or --for card"
            raise BriefError(said, code="no-letters", what=name, purpose=kind)
    if brief.vertical:
        said = f"--vertical — a {kind} has no letters; add --for poster or --for card"
        raise BriefError(said, code="no-letters", what="vertical", purpose=kind)


def _check_size(brief: Brief, kind: str) -> None:
    if brief.enlarge > 1:
        said = f"--enlarge {brief.enlarge} — a {kind} has a size of its own; leave it off"
        raise BriefError(said, code="own-size", what="enlarge", purpose=kind)
    if brief.size == "photo" or (brief.size is not None and kind not in ("wallpaper", "poster")):
        said = f"--size — a {kind} has a size of its own; leave it off"
        raise BriefError(said, code="own-size", what="size", purpose=kind)
