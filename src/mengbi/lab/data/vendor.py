"""Fetches what the studio's page is built on: `mengbi lab data vendor`.

Takes the pinned packages from npm and puts the modules that the page imports beside it, byte for byte as they were
published, each with its licence, and `card.md`, which says where every file is from and its digest. Beside them come
the letters of the page's headings, cut from the fonts that Mengbi sets pictures with.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import platformdirs

from mengbi.assets import fonts
from mengbi.errors import AssetError
from mengbi.files import write_whole
from mengbi.lab.data.fonts import span
from mengbi.lab.data.packages import Package, fetch

WEB = Path(__file__).parents[2] / "faces" / "web"
CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "vendor"


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """A module of a package, and the name that the page's import map gives it."""

    package: Package
    path: str  # inside the package
    name: str  # of our copy


PREACT = Package(
    name="preact",
    version="11.2.0",
    sha256="3c4456766bd32b6b534d52bf4e9c2a29b33e7eedf6e96ed479300ba1a7888ebf",
    license="MIT",
    author="2015-present Jason Miller",
    home="https://github.com/preactjs/preact",
)
HTM = Package(
    name="htm",
    version="3.1.1",
    sha256="2425b9bee11409177bcabc7f32e319926fc6690c1701c0b257c88bdff2d5ba90",
    license="Apache-2.0",
    author="2018 Google Inc.",
    home="https://github.com/developit/htm",
)
SIGNALS = Package(
    name="@preact/signals",
    version="2.11.4",
    sha256="66ea8221dd8aaa0da2365d49c3f116b071d56cfb63b2e16c072c6b4e08a928b7",
    license="MIT",
    author="2022-present Preact Team",
    home="https://github.com/preactjs/signals",
)
SIGNALS_CORE = Package(
    name="@preact/signals-core",
    version="1.14.5",
    sha256="94c421ac996214c94f532fb4c43d8ede048a16df0cd9538ffb965174dbe8daba",
    license="MIT",
    author="2022-present Preact Team",
    home="https://github.com/preactjs/signals",
)
MODULES = (
    Module(package=PREACT, path="dist/preact.mjs", name="preact.mjs"),
    Module(package=PREACT, path="hooks/dist/hooks.mjs", name="preact-hooks.mjs"),
    Module(package=HTM, path="dist/htm.mjs", name="htm.mjs"),
    Module(package=SIGNALS, path="dist/signals.mjs", name="signals.mjs"),
    Module(package=SIGNALS_CORE, path="dist/signals-core.mjs", name="signals-core.mjs"),
)

HEADINGS = (
    "avatar.title. collect compare create.title delete. doodle drawer easel.blank enlarge family gallery history "
    "inspire keep. lab missing photo.part rename restyle settings shape style.choose view. work"
).split()
"""Keys of the page's words that stand in headings, by how they begin."""
LATIN = span((0x20, 0x7E), (0xA0, 0xFF), (0x2013, 0x2026))

CARD = """# What the page is built on

Fetched by `mengbi lab data vendor`, unmodified: each file has the bytes that npm serves. Do not edit them by hand.

| file | from | licence | copyright | bytes | sha256 |
|---|---|---|---|---|---|
{rows}
"""


def build(tarballs: Mapping[Package, Path]) -> dict[str, bytes]:
    """All files by name, from the packages' tarballs."""
    made = {module.name: inside(tarballs[module.package], module.path) for module in MODULES}
    rows = []
    for module in MODULES:
        package, data = module.package, made[module.name]
        source = f"[{package.name} {package.version}]({package.home}) `{module.path}`"
        digest = hashlib.sha256(data).hexdigest()
        rows.append(f"| {module.name} | {source} | {package.license} | {package.author} | {len(data):,} | `{digest}` |")
    for package in (PREACT, HTM, SIGNALS):
        made[f"{package.name.rpartition('/')[2]}.LICENSE"] = inside(tarballs[package], "LICENSE")
    return made | {"card.md": CARD.format(rows="\n".join(rows)).encode()}


def inside(tarball: Path, path: str) -> bytes:
    """A file of a package. Raises AssetError if it holds no such file."""
    with tarfile.open(tarball) as archive:
        try:
            file = archive.extractfile(f"package/{path}")
        except KeyError as error:
            raise AssetError(f"{tarball} holds no {path}") from error
        if file is None:
            raise AssetError(f"{path} in {tarball} is no file")
        return file.read()


def letters(words: Mapping[str, str]) -> dict[str, bytes]:
    """The page's own fonts by file name. words: its Chinese words by key."""
    headings = "".join(text for key, text in words.items() if key.startswith(tuple(HEADINGS)))
    eastern = frozenset(map(ord, f"梦笔{headings}")) - LATIN
    licence = (Path(fonts.__file__).parent / "OFL.txt").read_bytes()
    return {"display.woff": woff("display", LATIN), "kai.woff": woff("kai", eastern), "OFL.txt": licence}


def woff(face: str, wanted: frozenset[int]) -> bytes:
    """A face of ours with only these letters, as browsers take it: the same bytes for the same letters."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(fonts.face(face)), recalcTimestamp=False, lazy=False)
    tool = subset.Subsetter(subset.Options(hinting=False, glyph_names=False, layout_features=["kern", "liga"]))
    tool.populate(unicodes=wanted)
    tool.subset(font)
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Where packages are kept.")
@click.option("--out", type=click.Path(path_type=Path), default=WEB, help="Where the page is.")
def vendor(cache: Path, out: Path) -> None:
    """Fetch what the studio's page is built on."""
    tarballs = {}
    for package in dict.fromkeys(module.package for module in MODULES):
        click.echo(f"{package.name}@{package.version}", err=True)
        tarballs[package] = fetch(package, cache)
    words = json.loads((WEB / "locales" / "zh.json").read_text("utf-8"))
    made = {f"vendor/{name}": data for name, data in build(tarballs).items()}
    made |= {f"fonts/{name}": data for name, data in letters(words).items()}
    for name, data in made.items():
        write_whole(out / name, data)
        click.echo(f"{len(data):>10,}  {out / name}", err=True)
