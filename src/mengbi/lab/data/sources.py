"""Where the painter's pictures come from: every source with its packages, its hand and its split."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mengbi.lab.data import avatars, clipart, emoji, own
from mengbi.lab.data.art import Art
from mengbi.lab.data.packages import EMOJIBASE, FLUENT, NOTO, Package

Read = Callable[["Source", Mapping[Package, Path]], Iterator[Art]]


def _icons(name: str, version: str, sha256: str, license_: str, author: str, home: str) -> Package:
    return Package(
        name=f"@iconify-json/{name}", version=version, sha256=sha256, license=license_, author=author, home=home
    )


NOTO_V1 = _icons(
    "noto-v1",
    "1.2.5",
    "2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37",
    "Apache-2.0",
    "Google Inc.",
    "https://github.com/googlefonts/noto-emoji",
)
TWEMOJI = _icons(
    "twemoji",
    "1.2.5",
    "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
    "CC-BY-4.0",
    "Twitter, Inc. and other contributors",
    "https://github.com/twitter/twemoji",
)
FLUENT_SHADED = _icons(
    "fluent-emoji",
    "1.2.7",
    "8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b",
    "MIT",
    "Microsoft Corporation",
    "https://github.com/microsoft/fluentui-emoji",
)
EMOJIONE = _icons(
    "emojione",
    "1.2.3",
    "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
    "CC-BY-4.0",
    "Emoji One (EmojiTwo)",
    "https://github.com/EmojiTwo/emojitwo",
)
FXEMOJI = _icons(
    "fxemoji",
    "1.2.2",
    "f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef",
    "Apache-2.0",
    "Mozilla Foundation",
    "https://github.com/mozilla/fxemoji",
)
STREAMLINE = _icons(
    "streamline-emojis",
    "1.2.4",
    "5dac87c876b322500989828c5823143e0100d78881627a2e4081a4b897cbfdbc",
    "CC-BY-4.0",
    "Streamline",
    "https://github.com/webalys-hq/streamline-vectors",
)
FLUENT_3D = Package(
    name="@lobehub/fluent-emoji-3d",
    version="1.1.0",
    sha256="c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
    license="MIT",
    author="Microsoft Corporation, LobeHub",
    home="https://github.com/lobehub/fluent-emoji",
)
DICEBEAR = Package(
    name="dicebear-styles",
    version="10.6.0",
    sha256="5a5b0b9c534d133fa06f1dd29f280139995965b32b08c5635a69cc6afc30930d",
    license="CC0-1.0",
    author="see each style",
    home="https://github.com/dicebear/styles",
    registry="pypi",
)
OPENCLIPART = Package(
    name="openclipart-svg",
    version="1:0.18+dfsg-19",
    sha256="989712d90d57dfa3230049f553bb43b76c30ee4d4b8c5f6e106e33f7db5cbdc5",
    license="public domain",
    author="see each picture",
    home="https://tracker.debian.org/pkg/openclipart",
    registry="debian",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Source:
    """One source of pictures."""

    name: str
    read: Read
    package: Package | None  # that its pictures are in; None: they are our own
    hand: str = "flat"
    split: str = "train"
    share: float = 1.0  # of its pictures that are taken

    @property
    def packages(self) -> tuple[Package, ...]:
        """All that has to be fetched for it."""
        return (self.package, EMOJIBASE) if self.package else (EMOJIBASE,)


SOURCES = (
    Source(name="mengbi", read=own.read, package=None),
    Source(name="noto", read=emoji.read_icons, package=NOTO, hand="shaded"),
    Source(name="fluent-emoji-flat", read=emoji.read_icons, package=FLUENT),
    Source(name="fluent-emoji-3d", read=emoji.read_pictures, package=FLUENT_3D, hand="3d"),
    Source(name="twemoji", read=emoji.read_icons, package=TWEMOJI),
    Source(name="noto-v1", read=emoji.read_icons, package=NOTO_V1, hand="shaded"),
    Source(name="streamline-emojis", read=emoji.read_icons, package=STREAMLINE, hand="line"),
    Source(name="fluent-emoji", read=emoji.read_icons, package=FLUENT_SHADED, hand="shaded", share=0.8),
    Source(name="dicebear", read=avatars.read, package=DICEBEAR, hand="avatar"),
    Source(name="openclipart", read=clipart.read, package=OPENCLIPART, hand="clipart"),
    Source(name="emojione", read=emoji.read_icons, package=EMOJIONE, split="judge"),
    Source(name="fxemoji", read=emoji.read_icons, package=FXEMOJI, split="judge"),
)
"""In the order in which a drawing that two sets share is kept: the first keeps it."""
