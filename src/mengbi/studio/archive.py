"""A gallery as one zip file that anyone can open.

index.html         the gallery as a page, which needs no network and no program but a browser
pictures.jsonl     a line of JSON about the whole, then one about each picture: its brief, its plan, what was made of it
pictures/          the picture files, each with its plan inside
thumbs/            small ones, for the page
steps/             how pictures came to be, where that was kept: one WebP after another in a file
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import select

import mengbi
from mengbi.errors import MengbiError
from mengbi.files import written_whole
from mengbi.plan import plan_from_dict
from mengbi.studio.briefs import brief_of
from mengbi.studio.pictures import Entry, data_of, thumbnail
from mengbi.studio.search import Filter, count, page
from mengbi.studio.steps import name_of, numbers_of
from mengbi.studio.store import Store
from mengbi.studio.tables import collected, collections, lineage, pictures, plans

FORMAT = 1
LIST = "pictures.jsonl"
AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What is in the file. left_out: numbers of pictures whose file is gone."""

    pictures: int
    left_out: tuple[int, ...]


def export(store: Store, path: Path, wanted: Filter | None = None) -> Exported:
    """Writes the pictures that are meant, and all that is known of them, to a zip file, whole or not at all.

    Raises BriefError, OutputError, StorageError.
    """
    done, left_out = 0, []
    packed: set[str] = set()
    head, tail = _page(store, wanted)
    with (
        written_whole(path) as part,
        tempfile.TemporaryFile() as listed,
        tempfile.TemporaryFile() as shown,
        zipfile.ZipFile(part, "w") as archive,
    ):
        listed.write(_line({"gallery": FORMAT, "software": f"mengbi {mengbi.__version__}"}))
        shown.write(head)
        for entry, about in _described(store, wanted):
            try:
                data, thumb = data_of(store, entry), thumbnail(store, entry)
            except MengbiError:
                left_out.append(entry.id)
                continue
            for name, content in ((about["file"], data), (f"thumbs/{entry.digest}.webp", thumb)):
                archive.writestr(_member(name, entry.created), content)
            _add_steps(store, archive, entry, about, packed)
            listed.write(_line(about))
            shown.write(_figure(entry, about))
            done += 1
        shown.write(tail)
        for name, spooled in ((LIST, listed), ("index.html", shown)):
            spooled.seek(0)
            with archive.open(_member(name, datetime.now(UTC)), "w", force_zip64=True) as file:
                while piece := spooled.read(2**20):
                    file.write(piece)
    return Exported(pictures=done, left_out=tuple(left_out))


def _add_steps(store: Store, archive: zipfile.ZipFile, entry: Entry, about: dict[str, Any], packed: set[str]) -> None:
    """The file of a picture's steps, once where two pictures share it; one that is gone is not spoken of."""
    told = about["steps"]
    if told is None:
        return
    name = told["file"].removeprefix("steps/")
    data = None if name in packed else store.blobs.read("steps", name)
    if name not in packed and (data is None or name_of(data) != name):
        about["steps"] = None
    elif data is not None:
        archive.writestr(_member(told["file"], entry.created), data)
        packed.add(name)


def _member(name: str, changed: datetime) -> zipfile.ZipInfo:
    when = changed.astimezone().timetuple()[:6]
    info = zipfile.ZipInfo(name, max(when, (1980, 1, 1, 0, 0, 0)))  # a zip file knows no time before
    info.external_attr = 0o644 << 16
    return info


def _described(store: Store, wanted: Filter | None) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Pictures, newest first, with all that is known of each as JSON values."""
    after = None
    while True:
        found = page(store, wanted, limit=AT_ONCE, after=after)
        yield from zip(found.entries, _about(store, found.entries), strict=True)
        after = found.next
        if after is None:
            return


def _about(store: Store, shown: Sequence[Entry]) -> list[dict[str, Any]]:
    ids = [entry.id for entry in shown]
    mine: dict[int, list[str]] = {}
    parents: dict[int, list[dict[str, str]]] = {}
    with store.reading() as connection:
        told = connection.execute(select(plans).where(plans.c.picture_id.in_(ids)))
        planned: dict[int, Any] = {row.picture_id: row.plan for row in told}
        inside = select(collected.c.picture_id, collections.c.name).join(collections)
        inside = inside.where(collected.c.picture_id.in_(ids), collections.c.person == store.person)
        for number, name in connection.execute(inside.order_by(collections.c.name)):
            mine.setdefault(number, []).append(name)
        came = select(lineage.c.child_id, pictures.c.digest, lineage.c.kind)
        came = came.join(pictures, pictures.c.id == lineage.c.parent_id).where(lineage.c.child_id.in_(ids))
        for number, digest, kind in connection.execute(came.order_by(pictures.c.id)):
            parents.setdefault(number, []).append({"digest": digest, "kind": kind})
        seen = {number: {"file": f"steps/{name}", "numbers": list(steps)}
                for number, (name, steps) in numbers_of(connection, ids).items()}  # fmt: skip
    return [
        {key: value for key, value in entry.to_dict().items() if key not in ("id", "suffix", "missing")}
        | {
            "file": f"pictures/{_file_name(entry)}",
            "collections": mine.get(entry.id, []),
            "parents": parents.get(entry.id, []),
            "brief": brief_of(plan_from_dict(planned[entry.id])) if entry.id in planned else None,
            "plan": planned.get(entry.id),
            "steps": seen.get(entry.id),
        }
        for entry in shown
    ]


def _file_name(entry: Entry) -> str:
    words = re.sub(r"\W+", "-", entry.title or entry.prompt)[:40].strip("-_")
    return "-".join(filter(None, (words, entry.digest[:12]))) + entry.suffix


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _page(store: Store, wanted: Filter | None) -> tuple[bytes, bytes]:
    """The page before and after its pictures."""
    template = (files("mengbi.studio") / "gallery.html").read_text(encoding="utf-8")
    head, _, tail = template.partition("<!-- pictures -->")
    return head.replace("<!-- count -->", f"{count(store, wanted):,}").encode(), tail.encode()


def _figure(entry: Entry, about: dict[str, Any]) -> bytes:
    """One picture on the page. Every word of it may be anybody's, so every word is escaped."""
    width, height = entry.size
    marks = "★" * (entry.stars or 0) + (" ♥" if entry.favourite else "")
    facts = [entry.style, entry.engine, "" if entry.seed is None else f"seed {entry.seed}", f"{width} × {height}"]
    lines = {
        "words": entry.title or entry.prompt or "—",
        "more": entry.prompt if entry.title else "",
        "facts": " · ".join(filter(None, (*facts, f"{entry.created.astimezone():%Y-%m-%d %H:%M}"))),
        "tags": " ".join(f"#{tag}" for tag in (*entry.tags, *about["collections"])),
        "marks": marks.strip(),
    }
    caption = "".join(f'<p class="{name}">{escape(text)}</p>' for name, text in lines.items() if text)
    ratio = min(max(width / height, 0.4), 3.0)
    return (
        f'<figure style="--r:{ratio:.3f}"><a href="{escape(_quoted(about["file"]))}">'
        f'<img src="thumbs/{entry.digest}.webp" alt="{escape(lines["words"])}" loading="lazy"></a>'
        f"<figcaption>{caption}</figcaption></figure>\n"
    ).encode("utf-8", "replace")


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)
