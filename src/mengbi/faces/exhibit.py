"""Pictures of the gallery on the terminal: as a table under a sheet of them, one by one, as a family."""

import io
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mengbi.errors import MengbiError
from mengbi.faces.graphics import Pixels, sheet
from mengbi.faces.say import console, printable, say, table
from mengbi.faces.showing import facts
from mengbi.faces.terminal import Screen, look_at
from mengbi.faces.watch import show as draw
from mengbi.provenance import Provenance
from mengbi.studio.blobs import Folder
from mengbi.studio.lineage import Relation, family
from mengbi.studio.marks import collections_of
from mengbi.studio.pictures import Entry, data_of, entries, plan_of, thumbnail
from mengbi.studio.store import Store

MOST_SHOWN = 24
TILE = 160
BACKGROUND = (24, 22, 20)


def exhibit(store: Store, shown: Sequence[Entry], empty: str) -> None:
    """A table, and above it the pictures themselves, in the same order, where the terminal shows pictures."""
    if not shown:
        say(empty)
        return
    screen = look_at(sys.stdout)
    if screen is not None and screen.pictures != "none":
        tiles = [_tile(store, entry) for entry in shown[:MOST_SHOWN]]
        draw(sheet(np.stack(tiles)), screen, sys.stdout)
    listed = table("id", "", "picture", "style", "size", "painted")
    for entry in shown:
        words = printable(" ".join((entry.title or entry.prompt or "—").split()))
        more = "".join(f" #{printable(tag)}" for tag in entry.tags)
        listed.add_row(
            str(entry.id),
            marks(entry),
            (words if len(words) <= 120 else words[:119] + "…") + more,
            printable(entry.style),
            f"{entry.size[0]}x{entry.size[1]}",
            f"{entry.created.astimezone():%Y-%m-%d %H:%M}",
        )
    console().print(listed)


def portrait(store: Store, entry: Entry) -> None:
    """One picture, where the terminal shows pictures, and all that is known of it."""
    screen = look_at(sys.stdout)
    if screen is not None and screen.pictures != "none" and not entry.missing:
        draw(_opened(data_of(store, entry), screen), screen, sys.stdout)
    about = as_dict(store, entry)
    plan = plan_of(store, entry)
    lines = table()
    lines.show_header = False
    lines.add_column()
    lines.add_column(overflow="fold")
    rows = [
        ("id", f"{entry.id}   {marks(entry)}".rstrip()),
        ("title", entry.title),
        ("tags", ", ".join(entry.tags)),
        ("collections", ", ".join(about["collections"])),
        ("painted", f"{entry.created.astimezone():%Y-%m-%d %H:%M}"),
        ("file", "gone, or changed by another program" if entry.missing else about["file"]),
        ("came from", ", ".join(f"{parent['id']} ({parent['kind']})" for parent in about["parents"])),
        ("", ""),
    ]
    told = facts(Provenance(plan=plan, fields={} if plan else _fields(entry)))
    for heading, words in (*rows, *told):
        if words or not heading:
            lines.add_row(heading, printable(words))
    console().print(lines)


def as_dict(store: Store, entry: Entry) -> dict[str, Any]:
    """All that is known of a picture as plain JSON values."""
    plan = plan_of(store, entry)
    name = entry.name
    related = [relation for relation in family(store, entry.id) if relation.child == entry.id]
    return entry.to_dict() | {
        "file": str(store.blobs.path("pictures", name)) if isinstance(store.blobs, Folder) else name,
        "collections": list(collections_of(store, entry)),
        "parents": [{"id": relation.parent, "kind": relation.kind} for relation in related],
        "plan": None if plan is None else plan.to_dict(),
    }


def family_tree(store: Store, entry: Entry) -> None:
    """The picture among those that it came from and that came from it."""
    from rich.tree import Tree

    relations = family(store, entry.id)
    members = {number for relation in relations for number in (relation.parent, relation.child)} | {entry.id}
    with store.reading() as connection:
        known = {one.id: printable(line(one)) for one in entries(connection, store.person, sorted(members))}
    known[entry.id] += "  ←"
    children: dict[int, list[Relation]] = {}
    for relation in relations:
        children.setdefault(relation.parent, []).append(relation)
    drawn: set[int] = set()
    for root in sorted(members - {relation.child for relation in relations}) or [entry.id]:
        top = Tree(known[root], guide_style="dim")
        branches = [(root, top)]
        while branches:
            number, branch = branches.pop()
            if number not in drawn:  # with two parents it stands under both, and what came of it under one
                drawn.add(number)
                for relation in children.get(number, ()):
                    branches.append((relation.child, branch.add(f"{relation.kind}: {known[relation.child]}")))
        console().print(top)


def line(entry: Entry) -> str:
    """One picture in one line."""
    words = " ".join((entry.title or entry.prompt or "—").split())
    parts = [f"{entry.id}", marks(entry), words[:80], " ".join(f"#{tag}" for tag in entry.tags)]
    return "  ".join(filter(None, parts))


def marks(entry: Entry) -> str:
    """Stars, heart and warning of a picture."""
    parts = ["★" * (entry.stars or 0), "♥" if entry.favourite else "", "missing" if entry.missing else ""]
    return " ".join(filter(None, parts))


def _tile(store: Store, entry: Entry) -> Pixels:
    """The picture in a square; a grey one where it is gone."""
    try:
        with Image.open(io.BytesIO(thumbnail(store, entry))) as image:
            return np.asarray(ImageOps.pad(_flat(image), (TILE, TILE), color=BACKGROUND))
    except MengbiError:
        return np.full((TILE, TILE, 3), 60, np.uint8)


def _opened(data: bytes, screen: Screen) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((64 * screen.cell[0], 64 * screen.cell[1]))
        return np.asarray(_flat(upright))


def _flat(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, BACKGROUND), clear).convert("RGB")


def _fields(entry: Entry) -> dict[str, str]:
    told = {"prompt": entry.prompt, "model": entry.engine, "seed": "" if entry.seed is None else str(entry.seed)}
    return {name: words for name, words in told.items() if words}
