"""A picture as a source hands it over, before it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mengbi.errors import AssetError

LICENSES = frozenset({"CC0-1.0", "MIT", "Apache-2.0", "OFL-1.1", "CC-BY-4.0", "public domain"})
"""Nothing else is learnt from: no share-alike, no "not for commercial use", nothing unclear."""

SPLITS = ("train", "judge")

Names = Mapping[str, tuple[str, ...]]
"""Language -> what the picture shows in that language, the usual name first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Art:
    """One picture, whose it is and what it shows."""

    id: str  # "noto/cat"
    source: str  # "noto"
    author: str
    license: str  # one of LICENSES
    data: bytes  # an SVG document, a PNG or a WebP
    names: Names
    kind: str  # of a concept, or portrait
    key: str  # pictures of one thing share it: "1f408", or the concept
    concept: str = ""  # of mengbi.assets, where there is one
    hand: str = "flat"  # how it is drawn: one of HANDS
    body: tuple[str, ...] = ()  # colours (#rrggbb) that a change of colour is limited to
    keep: tuple[str, ...] = ()  # colours that never change
    hue: float | None = None  # of its main colour in degrees, where it is known
    faces: str = "front"
    anchors: tuple[tuple[float, float], ...] = ()  # where a hat, a hand and a rider go, where it is known
    bust: bool = False  # only a head: nothing that stands on the ground
    details: Names = field(default_factory=dict)  # what is known of it by name, the same facts in each language
    split: str = "train"  # one of SPLITS


HANDS = ("flat", "shaded", "3d", "line", "pixel", "clay", "clipart", "avatar")


def check_license(license_: str, what: str) -> str:
    """The licence itself. Raises AssetError where nobody may learn from `what`."""
    if license_ not in LICENSES:
        raise AssetError(f"{what} is under {license_!r} — only {', '.join(sorted(LICENSES))} are learnt from")
    return license_
