"""Finishing: from painted pixels to a picture to keep."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import BriefError, UnknownName
from mengbi.plan import Plan
from mengbi.registry import Registry
from mengbi.style import MAX_PARTS, Style

STYLES: Registry[Style] = Registry("style")

Finisher = Callable[[NDArray[np.uint8], Plan, Mapping[str, Any]], NDArray[np.uint8]]
"""A finishing step: pixels uint8 (h, w, 3 or 4), the Plan of this one picture, the settings of the touch -> pixels,
of whatever size. Equal arguments give equal bytes; raises BriefError for settings that cannot be met.
"""
TOUCHES: Registry[Finisher] = Registry("finishing step")

PICTURE_STYLE = Style(
    name="picture",
    title="After a picture",
    title_zh="仿画",
    sentence="In the manner of a picture that somebody gave.",
    color=0.15,
    tone=0.5,
    canvas=4.0,
    grain=3.0,
)
"""What a style picture is painted with where no style is named beside it."""


def find_style(wish: str) -> Style:
    """The style of that name, English or Chinese, or a blend: "oil:0.7,starry:0.3".

    A person's own styles come first. Raises UnknownName with the nearest, BriefError for a blend that is none.
    """
    known = labels()
    single = known.get(_fold(wish))
    if single is not None:
        return single
    if "," in wish or ":" in wish:
        return blend([(_one(name, known), weight) for name, weight in _weighed(wish) if weight > 0], wish)
    return _one(wish, known)


def all_styles() -> Mapping[str, Style]:
    """Every style by name: the registered, and a person's own, which stand before a registered one of their name."""
    from mengbi.finish.gallery import own

    return {name: STYLES.find(name) for name in STYLES.names()} | {e.style.name: e.style for e in own().values()}


def labels() -> Mapping[str, Style]:
    """All that a style answers to, folded: names, titles in both languages, other names."""
    from mengbi.finish.gallery import built_in, own

    mine = {name: entry.also for name, entry in built_in().items()}
    yours = own()
    found: dict[str, Style] = {}
    for style in (STYLES.find(name) for name in STYLES.names()):
        for label in (*mine.get(style.name, ()), style.title_zh, style.title):
            found.setdefault(_fold(label), style)
    found |= {_fold(name): STYLES.find(name) for name in STYLES.names()}
    for entry in yours.values():
        found |= {_fold(label): entry.style for label in (*entry.also, entry.style.title_zh, entry.style.name)}
    found.pop("", None)
    return found


def blend(parts: list[tuple[Style, float]], wish: str) -> Style:
    """Styles mixed by weight; a single one is itself. Where all are trained brushes only, their numbers are mixed.

    Otherwise the pictures are. Raises BriefError, which quotes `wish`, for too few or too many.
    """
    if not parts or len(parts) > MAX_PARTS:
        said = f"style {wish!r} — a blend has 1 to {MAX_PARTS} styles, as oil:0.7,starry:0.3"
        raise BriefError(said, code="blend", most=MAX_PARTS)
    if len({style.name for style, _ in parts}) == 1:
        return parts[0][0]
    total = sum(weight for _, weight in parts)
    shares = [(style, weight / total) for style, weight in parts]
    mixed = Style(
        name=",".join(f"{style.name}:{share:.3g}" for style, share in shares),
        title=" and ".join(style.title for style, _ in shares),
        title_zh="+".join(style.title_zh or style.title for style, _ in shares),
        sentence="A blend.",
        words=", ".join(filter(None, (style.phrase for style, _ in shares))),
        negative=", ".join(filter(None, (style.negative for style, _ in shares))),
    )
    if any(not style.brushes or style.before or style.after for style, _ in shares):
        return replace(mixed, parts=tuple(shares))
    brushes: dict[int, float] = {}
    for style, share in shares:
        whole = sum(weight for _, weight in style.brushes)
        for number, weight in style.brushes:
            brushes[number] = brushes.get(number, 0.0) + share * weight / whole
    numbers = ("strength", "color", "tone", "canvas", "grain", "scale")
    means = {name: sum(share * getattr(style, name) for style, share in shares) for name in numbers}
    return replace(mixed, brushes=tuple(sorted(brushes.items())), **means)


def register() -> None:
    """Our own styles and finishing steps, as any package registers its own."""
    from mengbi.finish.gallery import built_in

    for name, entry in built_in().items():
        STYLES.register(name, entry.style)
    TOUCHES.register("enlarge", "mengbi.finish.upscale:enlarge")
    TOUCHES.register("fit", "mengbi.finish.upscale:fit")
    TOUCHES.register("restore", "mengbi.finish.upscale:restore")
    TOUCHES.register("backdrop", "mengbi.finish.backdrop:backdrop")
    TOUCHES.register("mark", "mengbi.finish.mark:mark")
    for name in ("reshape", "poster", "card", "avatar", "sticker"):
        TOUCHES.register(name, f"mengbi.finish.purposes.{name}:{name}")


def _one(name: str, known: Mapping[str, Style]) -> Style:
    style = known.get(_fold(name))
    if style is not None:
        return style
    near = get_close_matches(_fold(name), list(known), n=1, cutoff=0.5)
    if not near:
        said = f"no style {name!r}; there are {len(all_styles())}, and mengbi styles lists them"
        raise UnknownName(said, kind="style", name=name[:100])
    found = known[near[0]]
    other = "" if found.title_zh != near[0] else f" ({found.title_zh})"
    said = f"no style {name!r}; did you mean {found.name!r}{other}? (mengbi styles lists them)"
    raise UnknownName(said, kind="style", name=name[:100])


def _weighed(wish: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, (p.strip() for p in wish.split(","))):
        name, colon, number = part.rpartition(":")
        try:
            weight = float(number) if colon else 1.0
        except ValueError:
            weight = -1.0
        if not 0 <= weight <= 1000:
            said = f"style {wish!r} — {number!r} is no weight; a blend is written oil:0.7,starry:0.3"
            raise BriefError(said, code="blend", most=MAX_PARTS)
        yield (name if colon else part).strip(), weight


def _fold(name: str) -> str:
    from mengbi.finish.gallery import fold

    return fold(name)
