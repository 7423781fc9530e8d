"""Debian's Open Clip Art Library: public-domain drawings that carry their own titles."""

import lzma
import re
import tarfile
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mengbi.assets import Concept, concepts
from mengbi.errors import AssetError
from mengbi.lab.data.art import Art
from mengbi.lab.data.emoji import by_table
from mengbi.lab.data.packages import Package

if TYPE_CHECKING:
    from mengbi.lab.data.sources import Source

ROOT = PurePosixPath("usr/share/openclipart/svg")
FOLDERS = ("animals", "food", "plants", "people", "transportation/vehicles", "transportation/boating")
LARGEST = 120_000
"""Bytes: larger drawings are traced photographs, slow to render and blurred when small."""
SLOW = re.compile(rb"<filter|<image|<text|foreignObject")
TITLE = re.compile(r"<dc:title>\s*([^<]+?)\s*</dc:title>")
AUTHOR = re.compile(r"<dc:creator>.*?<dc:title>\s*([^<]*?)\s*</dc:title>.*?</dc:creator>", re.DOTALL)
FREE = re.compile(r'<(?:cc:)?license\s+rdf:resource="http://(?:web\.resource\.org/cc/PublicDomain|creativecommons\.org/'
                  r'(?:licenses/publicdomain|publicdomain/zero/1\.0)/?)"')  # fmt: skip
NOISE = re.compile(r"\b(?:architetto|francesco|rollandin|clip ?art|icon|svg|outline|drawing|cartoon|silhouette|bw|b w|"
                   r"\d+|colou?r|version|unknown|untitled|drawn with .*|by .*)\b|[_()\[\]#.,:;\"!?/\\-]+")  # fmt: skip


def read(source: "Source", tarballs: Mapping[Package, Path]) -> Iterator[Art]:
    """Drawings of living things, food and vehicles whose title says what they show."""
    assert source.package is not None
    with tarfile.open(fileobj=BytesIO(lzma.decompress(member(tarballs[source.package], "data.tar.xz")))) as archive:
        for entry in archive:
            path = PurePosixPath(entry.name)
            folder = _folder(path)
            file = archive.extractfile(entry) if folder and path.suffix == ".svg" else None
            if file is None or entry.size > LARGEST:
                continue
            art = _art(source, path, folder, file.read())
            if art:
                yield art


def _folder(path: PurePosixPath) -> str:
    inside = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""
    return next((folder for folder in FOLDERS if inside.startswith(f"{folder}/")), "")


def _art(source: "Source", path: PurePosixPath, folder: str, data: bytes) -> Art | None:
    text = data.decode("utf-8", "replace")
    title = TITLE.search(text)
    if SLOW.search(data) or not FREE.search(text) or title is None:
        return None
    name = clean(title[1])
    concept = shown(name)
    if concept is None:
        return None
    author = AUTHOR.search(text)
    names = {"en": tuple(dict.fromkeys((concept.en[0], name))), "zh": concept.zh[:2], **by_table(concept.id)}
    return Art(
        id=f"{source.name}/{path.stem}",
        source=source.name,
        author=(author[1] if author else "") or "unknown (Open Clip Art Library)",
        license="public domain",
        data=sized(text).encode(),
        names=names,
        kind=concept.kind,
        key=f"clip/{name}",
        concept=concept.id,
        hand=source.hand,
    )


def sized(svg: str) -> str:
    """The document with its page as a viewBox in pixels: old files give it in points, inches or millimetres."""
    root = ROOT_TAG.search(svg)
    if root is None:
        return svg
    sides = {name: float(number) * UNITS.get(unit, 1.0) for name, number, unit in SIDES.findall(root[0])}
    tag = SIDES.sub("", root[0])
    if "viewBox" not in tag and len(sides) == 2:
        tag = tag.replace("<svg", f'<svg viewBox="0 0 {sides["width"]:g} {sides["height"]:g}"', 1)
    return svg.replace(root[0], tag, 1)


ROOT_TAG = re.compile(r"<svg\b[^>]*>")
SIDES = re.compile(r'\s(width|height)="([\d.]+)([a-z]*)"')
UNITS = {"pt": 4 / 3, "in": 96.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "pc": 16.0}


def clean(title: str) -> str:
    """A title's words that say what is shown: "Cartoon Apple" -> "apple"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title)
    return " ".join(NOISE.sub(" ", spaced.lower().replace("_", " ")).split())


def shown(name: str) -> Concept | None:
    """The concept that a title ends in; what comes "with" it is not looked at. None where a part or a sign is shown."""
    words = re.split(r" (?:with|in|on|of|and|for|from)\b", name)[0].split()
    if len(words) > 3 or PARTS & set(name.split()):
        return None
    for start in range(len(words)):
        for form in (" ".join(words[start:]), " ".join(words[start:]).removesuffix("s")):
            if form in _named():
                return _named()[form]
    return None


PARTS = frozenset(
    "symbol sign print head face eyes eye diagram foot feet map logo half slice core skull skeleton".split()
)


@cache
def _named() -> Mapping[str, Concept]:
    return {name.lower(): row for row in concepts().values() if row.kind != "symbol" for name in row.en}


def member(package: Path, name: str) -> bytes:
    """A file of a Debian package, which is an `ar` archive. Raises AssetError if it holds no such file."""
    data = package.read_bytes()
    place = 8
    while place + 60 <= len(data):
        entry, size = data[place : place + 16].decode().strip().rstrip("/"), int(data[place + 48 : place + 58])
        if entry == name:
            return data[place + 60 : place + 60 + size]
        place += 60 + size + size % 2
    raise AssetError(f"{package} holds no {name}")
