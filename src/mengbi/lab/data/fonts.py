"""Builds the letters that Mengbi sets: `mengbi lab data fonts`.

Fetches the pinned packages, cuts each face down to the writing it is wanted for, gives it a name of its own, as the
licence asks of what was changed, and writes `fonts.zip`, `digest`, `card.md` and `OFL.txt`. The same sources give the
same bytes.
"""

import hashlib
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import platformdirs

from mengbi.errors import AssetError, FaultError
from mengbi.files import write_whole
from mengbi.lab.data.clipart import member
from mengbi.lab.data.packages import Package, fetch

ASSETS = Path(__file__).parents[2] / "assets" / "fonts"
CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "fonts"
BUDGET = 6 << 20
"""All of the fonts together, in bytes."""


def codec(encoding: str, first: Iterable[int], second: Iterable[int]) -> frozenset[int]:
    """The code points of a table of two-byte characters."""
    after = bytes(second)
    found = {bytes((a, b)).decode(encoding, "ignore") for a in first for b in after}
    return frozenset(ord(one) for one in found if len(one) == 1)


def span(*ends: tuple[int, int]) -> frozenset[int]:
    """All code points between these ends, both included."""
    return frozenset(point for first, last in ends for point in range(first, last + 1))


LATIN = span((0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x1EA0, 0x1EF9), (0x2010, 0x2026), (0x2030, 0x2033))
LATIN |= span((0x1E9E, 0x1E9E), (0x2039, 0x203A), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122))
LATIN |= span((0x2190, 0x2193), (0x2212, 0x2212))
CYRILLIC, GREEK = span((0x400, 0x45F), (0x490, 0x491)), span((0x370, 0x3FF), (0x1F00, 0x1FFF))
HANGUL = span((0xAC00, 0xD7A3), (0x3131, 0x3163))
KANA = span((0x3000, 0x30FF), (0xFF01, 0xFFEE), (0xFE10, 0xFE19), (0xFE30, 0xFE44))
SIMPLIFIED = codec("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))
TRADITIONAL = codec("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
JAPANESE = codec("shift_jis", range(0x88, 0x99), (*range(0x40, 0x7F), *range(0x80, 0xFD)))
NAMES = frozenset(
    map(
        ord,
        "喆镕堃瑨珺昇犇赟玥祎旻玹璟璠瑄瑀玙玘玚珣琎琇珮瑱瑢璘璪垚骉昉旸晞暎炘焜燊烜沄沚洺淏湉湜溍澔芃莀琤禛祐禔鋆颙飏龘靐齉堯頔顗"
        "翀翾翯翙翚雱婳妘妧姵嫄嬿孃峣彧惇愔旂昺昳晙晢晳曈曌浥",
    )
)
"""Characters that people are called by, and that GB2312 lacks."""
HAN = SIMPLIFIED | TRADITIONAL | JAPANESE | NAMES
ARABIC, THAI = span((0x20, 0x20), (0x600, 0x6FF), (0x200C, 0x200F)), span((0x20, 0x20), (0xE01, 0xE5B))


def _google(name: str, version: str, sha256: str, author: str, home: str) -> Package:
    return Package(
        name=f"@expo-google-fonts/{name}", version=version, sha256=sha256, license="OFL-1.1", author=author, home=home
    )


CORMORANT = _google(
    "cormorant-garamond",
    "0.4.1",
    "ff1882023bba9369e90533abc52eaf3dc92c7a20a2e233d878a89fe8eba7d2ae",
    "2015 The Cormorant Project Authors",
    "https://github.com/CatharsisFonts/Cormorant",
)
GARAMOND = _google(
    "eb-garamond",
    "0.4.3",
    "4b394f925314ad33790d571812b99370612ed40ca470ac64f9a98ab637dfea20",
    "2017 The EB Garamond Project Authors",
    "https://github.com/octaviopardo/EBGaramond12",
)
AMIRI = _google(
    "amiri",
    "0.4.1",
    "7228928b40d7c178cc00df1f5098dd7cce2d9294def732027c1f4be5c7abaddc",
    "2010-2022 The Amiri Project Authors",
    "https://github.com/aliftype/amiri",
)
NOTO_THAI = Package(
    name="@fontsource/noto-serif-thai",
    version="5.3.0",
    sha256="3f7bccec3fd7d62ba8ac5470c0f10d648d48c58a50c244d91e657ab5150410f2",
    license="OFL-1.1",
    author="2022 The Noto Project Authors",
    home="https://github.com/notofonts/thai",
)
WENKAI = Package(
    name="fonts-lxgw-wenkai",
    version="1.250+repack-1",
    sha256="6d1e4c4aac78ad32062aefa2c836ee4d6e58f9dcf8b3f4407c9eefe304615318",
    license="OFL-1.1",
    author="2021-2023 LXGW, with Reserved Font Names “霞鹜” and “LXGW”; 2020 The Klee Project Authors",
    home="https://github.com/lxgw/LxgwWenKai",
    registry="debian",
)
LICENCE = (GARAMOND, "LICENSE_FONT")
"""Whose copy of the licence stands for all: its words are the same everywhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A face that is cut down: what of it is kept, and what it is called then."""

    package: Package
    path: str  # inside the package
    name: str
    wanted: frozenset[int]
    features: tuple[str, ...] = ("kern", "liga", "ccmp", "locl", "mark", "mkmk")


CUTS = {
    "display": Cut(
        package=CORMORANT,
        path="500Medium/CormorantGaramond_500Medium.ttf",
        name="Mengbi Display",
        wanted=LATIN | CYRILLIC,
    ),
    "text": Cut(
        package=GARAMOND,
        path="400Regular/EBGaramond_400Regular.ttf",
        name="Mengbi Text",
        wanted=LATIN | CYRILLIC | GREEK,
    ),
    "italic": Cut(
        package=GARAMOND,
        path="400Regular_Italic/EBGaramond_400Regular_Italic.ttf",
        name="Mengbi Italic",
        wanted=LATIN | CYRILLIC | GREEK,
    ),
    "kai": Cut(
        package=WENKAI,
        path="usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
        name="Mengbi Kai",
        wanted=LATIN | CYRILLIC | GREEK | KANA | HAN | HANGUL,
        features=("vert", "liga"),
    ),
    "naskh": Cut(
        package=AMIRI,
        path="400Regular/Amiri_400Regular.ttf",
        name="Mengbi Naskh",
        wanted=ARABIC,
        features=("init", "medi", "fina", "isol", "rlig", "calt", "liga", "ccmp", "locl", "kern", "mark", "mkmk"),
    ),
    "thai": Cut(package=NOTO_THAI, path="files/noto-serif-thai-thai-400-normal.woff", name="Mengbi Thai", wanted=THAI),
}


def cut(data: bytes, how: Cut) -> tuple[bytes, frozenset[int]]:
    """A TrueType file with only the wanted letters, under its new name, and the code points that it has."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(
        hinting=False, glyph_names=False, notdef_outline=True, layout_features=list(how.features), name_IDs=[0, 13, 14]
    )
    font = TTFont(io.BytesIO(data), recalcTimestamp=False, lazy=False)
    kept = frozenset(font.getBestCmap()) & how.wanted
    tool = subset.Subsetter(options)
    tool.populate(unicodes=kept)
    tool.subset(font)
    font.flavor = None
    for number, words in {1: how.name, 2: "Regular", 4: how.name, 6: how.name.replace(" ", "")}.items():
        font["name"].setName(words, number, 3, 1, 0x409)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue(), kept


def build(sources: Mapping[Package, Path]) -> dict[str, bytes]:
    """All files by name, from the packages' tarballs."""
    made = {face: cut(inside(sources[how.package], how.package, how.path), how) for face, how in CUTS.items()}
    members = {f"{face}.ttf": data for face, (data, _) in made.items()}
    members |= {f"{face}.spans": spans(kept).encode() for face, (_, kept) in made.items()}
    archive = pack(members)
    package, path = LICENCE
    licence = inside(sources[package], package, path).decode().partition("-----------")
    notices = "\n".join(dict.fromkeys(f"Copyright {how.package.author} ({how.package.home})" for how in CUTS.values()))
    return {
        "fonts.zip": archive,
        "digest": (hashlib.sha256(archive).hexdigest() + "\n").encode(),
        "card.md": card({face: (len(data), len(kept)) for face, (data, kept) in made.items()}, len(archive)).encode(),
        "OFL.txt": (f"{notices}\n\nModified by the Mengbi authors: see card.md.\n\n{licence[1]}{licence[2]}").encode(),
    }


def inside(tarball: Path, package: Package, path: str) -> bytes:
    """A file of a package. Raises AssetError if it holds no such file."""
    debian = package.registry == "debian"
    source = io.BytesIO(lzma.decompress(member(tarball, "data.tar.xz"))) if debian else tarball.open("rb")
    with source, tarfile.open(fileobj=source) as archive:
        try:
            file = archive.extractfile(f"./{path}" if debian else f"package/{path}")
        except KeyError as error:
            raise AssetError(f"{tarball} holds no {path}") from error
        if file is None:
            raise AssetError(f"{path} in {tarball} is no file")
        return file.read()


def spans(points: Iterable[int]) -> str:
    """Code points as spans in hexadecimal: "20-7e a0-17f 1e9e"."""
    ordered = sorted(points)
    starts = ordered[:1] + [b for a, b in pairwise(ordered) if b > a + 1]
    ends = [a for a, b in pairwise(ordered) if b > a + 1] + ordered[-1:]
    return " ".join(f"{a:x}-{b:x}" if b > a else f"{a:x}" for a, b in zip(starts, ends, strict=True))


def pack(members: Mapping[str, bytes]) -> bytes:
    """A zip archive, the same bytes for the same members: sorted, dated 1980."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            archive.writestr(entry, members[name], zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


CARD = """# The letters that Mengbi sets

Made by `mengbi lab data fonts`; the same sources give the same bytes. Do not edit these files by hand.

| face | from | version | copyright | letters | bytes |
|---|---|---|---|---|---|
{rows}

All are under the SIL Open Font License 1.1 (`OFL.txt`), and so is what was made of them; pictures lettered with them
are free of it. Changed: only the letters that titles need are kept, hinting and most alternates are left out, and each
face has a name of its own. `kai` holds all of GB2312, the frequent characters of Big5 and of JIS X 0208, {names} more
that people are called by, kana, the usual Hangul, and upright forms of punctuation. {size:,} bytes in all.
"""


def card(made: Mapping[str, tuple[int, int]], size: int) -> str:
    """The card's text, from each face's bytes and number of letters, and the archive's bytes."""
    rows = []
    for face, (length, count) in made.items():
        how = CUTS[face]
        source = f"[{Path(how.path).stem}]({how.package.home}), {how.package.registry} `{how.package.name}`"
        rows.append(f"| {face} | {source} | {how.package.version} | {how.package.author} | {count:,} | {length:,} |")
    return CARD.format(rows="\n".join(rows), names=len(NAMES), size=size)


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Where packages are kept.")
@click.option("--out", type=click.Path(path_type=Path), default=ASSETS, help="Where the fonts go.")
def fonts(cache: Path, out: Path) -> None:
    """Build the letters that Mengbi sets."""
    sources = {}
    for package in dict.fromkeys(how.package for how in CUTS.values()):
        click.echo(f"{package.name}@{package.version}", err=True)
        sources[package] = fetch(package, cache)
    built = build(sources)
    total = sum(map(len, built.values()))
    if total > BUDGET:
        raise FaultError(f"{total:,} bytes of fonts are more than the {BUDGET:,} there is room for")
    for name, data in built.items():
        write_whole(out / name, data)
        click.echo(f"{len(data):>10,}  {out / name}", err=True)
