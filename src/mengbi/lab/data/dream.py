"""Collects what the painter learns from: `mengbi lab data dream`.

Fetches every source with its registry's own client, renders it, leaves out what may not or need not be learnt from,
and writes `dream.pack`, `judge.pack` (art that the painter never sees) and a table of each. What was done is kept in
the cache: a run that was broken off goes on where it stopped.
"""

import csv
import hashlib
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import click
import numpy as np
import platformdirs

from mengbi import assets
from mengbi.errors import AssetError, MengbiError, UnknownName
from mengbi.files import write_whole
from mengbi.lab.data import backdrops, render
from mengbi.lab.data.art import Art, Names, check_license
from mengbi.lab.data.pack import VERSION, Pack, Row, write_pack
from mengbi.lab.data.packages import fetch
from mengbi.lab.data.sources import SOURCES, Source

BACKDROPS = 1200
BATCH = 100
"""Backdrops that are painted before they are kept."""
NEAR_BITS, NEAR_COLOR = 12, 6.0
"""Pictures that differ in no more bits of their fingerprints, and no more in mean colour, count as one."""
SEED = 20

Say = Callable[[str], None]


def build(cache: Path, out: Path, sources: Sequence[Source], count: int, say: Say) -> list[str]:
    """Collects, merges and writes. count: of backdrops. Returns the names of the sources that failed.

    Raises AssetError if no source at all could be had.
    """
    collected, failed = [], []
    for source in sources:
        try:
            collected.append(collect(source, cache, say))
        except MengbiError as error:
            failed.append(source.name)
            say(f"{source.name}: {error}")
    if not collected:
        raise AssetError("not one source could be had; see the lines above")
    grounds = paint_backdrops(cache, count, say)
    for split in ("train", "judge"):
        kept = distinct([pack for pack in collected if pack.rows and pack.rows[0].split == split])
        path = out / ("dream.pack" if split == "train" else "judge.pack")
        scenes = grounds if split == "train" else []
        if not kept:
            continue
        digest = write_pack(path, [(row, data) for row, data, _ in kept], merged_names(kept), scenes)
        write_whole(path.with_suffix(".csv"), manifest(kept))
        say(f"{path}: {len(kept):,} pictures, {len(scenes):,} backdrops, {path.stat().st_size:,} bytes, {digest[:12]}")
        for name, number in Counter(row.source for row, _, _ in kept).most_common():
            say(f"    {number:>6,} {name}")
    return failed


def collect(source: Source, cache: Path, say: Say) -> Pack:
    """A source as a pack of its own, from the cache if it lies there. Raises AssetError."""
    path = cache / "sources" / f"{source.name}-{_recipe(source)}.pack"
    if path.exists():
        return Pack(path)
    tarballs = {}
    for package in source.packages:
        say(f"{source.name}: fetching {package.name}@{package.version}")
        tarballs[package] = fetch(package, cache / "packages")
    rows, broken = [], 0
    names: dict[str, Names] = {}
    for art in source.read(source, tarballs):
        try:
            rows.append(sprite_row(art))
        except AssetError:
            broken += 1
            continue
        names.setdefault(art.key, art.names)
        if len(rows) % 500 == 0:
            say(f"{source.name}: {len(rows):,} rendered")
    write_pack(path, rows, names, ())
    say(f"{source.name}: {len(rows):,} pictures" + (f", {broken} could not be drawn" if broken else ""))
    return Pack(path)


def sprite_row(art: Art) -> tuple[Row, bytes]:
    """A picture rendered and made small. Raises AssetError if it is broken or its licence is not allowed."""
    check_license(art.license, art.id)
    pixels = render.raster(art.data, render.SIDE)
    sprite = render.sprite_of(pixels, exact=(*art.body, *art.keep))
    palette = {f"#{color.tobytes().hex()}" for color in sprite.palette}
    row = Row(
        id=art.id,
        source=art.source,
        author=art.author,
        license=art.license,
        split=art.split,
        kind=art.kind,
        key=art.key,
        concept=art.concept,
        hand=art.hand,
        faces=art.faces,
        bust=art.bust,
        size=(pixels.shape[1], pixels.shape[0]),
        palette=sprite.palette.tobytes().hex(),
        body=tuple(color for color in art.body if color in palette),
        keep=tuple(color for color in art.keep if color in palette),
        hue=art.hue,
        place=(0, 0),
        details=art.details,
        anchors=tuple((round(x, 3), round(y, 3)) for x, y in art.anchors),
    )
    return row, render.encode(sprite)


Kept = tuple[Row, bytes, Names]


def distinct(packs: Sequence[Pack]) -> list[Kept]:
    """All pictures but those that an earlier one shows already."""
    kept: list[Kept] = []
    prints = np.zeros((sum(len(pack.rows) for pack in packs), 4), np.uint64)
    thumbs = np.zeros((len(prints), 192), np.float32)
    for pack in packs:
        for number, row in enumerate(pack.rows):
            sprite = pack.sprite(number)
            pixels = sprite.rgba()
            bits, small, size = render.fingerprint(pixels), render.thumb(pixels), len(kept)
            apart = np.bitwise_count(prints[:size] ^ bits).sum(axis=1)
            near = np.flatnonzero(apart <= NEAR_BITS)
            if len(near) and np.abs(thumbs[near] - small).mean(axis=1).min() <= NEAR_COLOR:
                continue
            prints[size], thumbs[size] = bits, small
            kept.append((row, pack.data(number), pack.names[row.key]))
    return kept


def merged_names(kept: Iterable[Kept]) -> Mapping[str, Names]:
    """The names of each key, those of the earliest source."""
    names: dict[str, Names] = {}
    for row, _, words in kept:
        names.setdefault(row.key, words)
    return names


def manifest(kept: Iterable[Kept]) -> bytes:
    """A table for people: every picture with its source, author, licence, concept and captions."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("id", "source", "author", "license", "split", "concept", "hand", "names"))
    for row, _, names in kept:
        words = "; ".join(f"{language}: {', '.join(each)}" for language, each in sorted(names.items()))
        table.writerow((row.id, row.source, row.author, row.license, row.split, row.concept, row.hand, words))
    return text.getvalue().encode()


def paint_backdrops(cache: Path, count: int, say: Say) -> list[tuple[backdrops.Backdrop, bytes]]:
    """The first `count` backdrops, painted in batches that are kept."""
    painted: list[tuple[backdrops.Backdrop, bytes]] = []
    stem = hashlib.sha256(f"{assets.digest()}{_source_of('backdrops.py')}".encode()).hexdigest()[:12]
    wishes = backdrops.wishes(SEED)
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        scenes = list(islice(wishes, size))
        path = cache / "backdrops" / f"{stem}-{first}-{size}.pack"
        if not path.exists():
            rows = []
            for number, scene in enumerate(scenes, first):
                backdrop, pixels = backdrops.paint(scene, number)
                rows.append((backdrop, backdrops.encode(pixels)))
            write_pack(path, (), {}, rows)
            say(f"backdrops: {first + size:,} of {count:,} painted")
        pack = Pack(path)
        painted += [(replace(each, place=(0, 0)), pack.backdrop_data(i)) for i, each in enumerate(pack.backdrops)]
    return painted


def _recipe(source: Source) -> str:
    """Changes with whatever changes the source's pictures."""
    reader = Path(sys.modules[source.read.__module__].__file__ or "").name
    parts = [package.sha256 for package in source.packages]
    parts += [_source_of(reader), _source_of("avatars.toml"), source.hand, source.split, str(source.share)]
    parts += [str((VERSION, render.SIDE, render.LEVELS, render.COLORS, render.GOOD)), assets.digest()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def _source_of(name: str) -> str:
    return hashlib.sha256((Path(__file__).parent / name).read_bytes()).hexdigest()


def chosen(only: Sequence[str]) -> list[Source]:
    """The sources of those names, or all. Raises UnknownName."""
    known = {source.name: source for source in SOURCES}
    for name in only:
        if name not in known:
            raise UnknownName(f"source {name!r} — one of {', '.join(known)}")
    return [known[name] for name in only] or list(SOURCES)


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), help="Where packages and finished parts are kept.")
@click.option("--out", type=click.Path(path_type=Path), help="Where dream.pack and judge.pack go.")
@click.option("--only", multiple=True, metavar="SOURCE", help="These sources only; may be given several times.")
@click.option("--backdrops", "count", type=click.IntRange(1), default=BACKDROPS, show_default=True)
def dream(cache: Path | None, out: Path | None, only: tuple[str, ...], count: int) -> None:
    """Collect what the painter learns from."""
    cache = cache or Path(platformdirs.user_cache_dir("mengbi")) / "dream"
    failed = build(cache, out or cache, chosen(only), count, lambda line: click.echo(line, err=True))
    if failed:
        raise AssetError(f"without {', '.join(failed)}; run the same command again for what is missing")
