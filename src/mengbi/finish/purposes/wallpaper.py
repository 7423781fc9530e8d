"""A wallpaper: painted in the shape of the screen; of a photo what matters is kept, and the rest continued."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mengbi.brief import Brief, check_pixels
from mengbi.errors import BriefError, UnknownName
from mengbi.finish.purposes.sizes import Wanted, composed
from mengbi.registry import nearest

BRANDS = {"苹果": "iphone", "华为": "huawei", "小米": "xiaomi", "红米": "redmi", "三星": "galaxy", "荣耀": "honor",
          "一加": "oneplus", "samsung": "", "apple iphone": "iphone", "google": "", "+": " plus"}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """A kind of screen, or one that people have: its pixels, upright as it is used."""

    name: str
    size: tuple[int, int]


@cache
def screens() -> dict[str, Screen]:
    """All screens by every name they answer to, in lower case."""
    text = (files(__package__) / "devices.csv").read_text("utf-8")
    found: dict[str, Screen] = {}
    for row in csv.DictReader(text.splitlines()):
        screen = Screen(name=row["name"], size=(int(row["width"]), int(row["height"])))
        for name in filter(None, (row["name"], *row["also"].split("/"))):
            found[name] = screen
    return found


def find_screen(wish: str) -> Screen:
    """The screen of that name, "" for the usual one. Raises UnknownName with the nearest."""
    if not wish:
        return screens()["desktop"]
    name = wish.lower()
    for brand, plain in BRANDS.items():
        name = name.replace(brand, f" {plain} ")
    known = {_folded(label): label for label in screens()}
    if _folded(name) in known:
        return screens()[known[_folded(name)]]
    ends = [screens()[label] for folded, label in known.items() if folded.endswith(_folded(name))]
    if _folded(name) and len({screen.size for screen in ends}) == 1:  # a name without its maker's
        return ends[0]
    said = f"no screen {wish!r} for a wallpaper; {nearest(_spaced(name), list(screens()))}"
    raise UnknownName(said, kind="purpose", name=wish[:100])


def wanted(brief: Brief, screen: str) -> Wanted:
    """For a screen by its name, or for the size that the person gave. Raises BriefError, SourceError."""
    if isinstance(brief.size, tuple) and screen:
        said = f"--size with wallpaper:{screen} — a screen has a size of its own; leave one of them off"
        raise BriefError(said, code="own-size", what="size", purpose="wallpaper")
    final = brief.size if isinstance(brief.size, tuple) else find_screen(screen).size
    check_pixels(final, brief.count)
    return composed(brief, final, grow=True)


def _folded(name: str) -> str:
    return re.sub(r"[\s\-_]+", "", name)


def _spaced(name: str) -> str:
    return re.sub(r"[\s\-_]+", " ", name).strip()
