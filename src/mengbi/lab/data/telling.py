"""What comes with pictures: labels from folders' names or a table, captions from a table or a text beside each."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from mengbi.lab.data.checking import Refused
from mengbi.lab.data.reading import Listing, Told

TABLES = ("metadata.csv", "metadata.jsonl", "captions.csv", "captions.jsonl", "labels.csv")
"""Hugging Face's "imagefolder" calls them metadata; each speaks of its own folder and what lies below."""
NAMES = ("file_name", "filename", "file", "image", "path", "name")
CAPTIONS = ("text", "caption", "prompt", "description")
LABELS = ("label", "class", "category")
SPLITS = {
    **dict.fromkeys(("train", "training"), False),
    **dict.fromkeys(("test", "testing", "val", "valid", "validation", "dev", "eval"), True),
}
"""Names of folders that say whether pictures are kept from learning, where one says that they are not."""
MAX_TABLE, MAX_TEXT, MAX_CAPTION = 256 << 20, 64 << 10, 2000
"""Bytes of a table and of a text beside a picture; letters of a caption."""

Read = Callable[[str, int], bytes]


def tell(listing: Listing, read: Read) -> tuple[dict[str, Told], tuple[str, ...]]:
    """What comes with the pictures of a folder or an archive, by name, and what went wrong with reading it."""
    names = [file.name for file in listing.pictures]
    labels, held = by_folder(names)
    captions: dict[str, str] = {}
    wrong: list[str] = []
    known, others = set(names), {file.name for file in listing.others}
    for name in names:
        beside = str(PurePosixPath(name).with_suffix(".txt"))
        if beside in others:
            try:
                captions[name] = clean(_text(read(beside, MAX_TEXT)))
            except Refused as error:
                wrong.append(f"{beside}: {error}")
    for table in sorted(name for name in others if PurePosixPath(name).name.lower() in TABLES):
        try:
            rows = list(_rows(table, _text(read(table, MAX_TABLE)), known))
        except (Refused, ValueError, csv.Error, RecursionError) as error:
            wrong.append(f"{table}: {error}")
            continue
        strange = 0
        for row in rows:
            name = _within(table, _first(row, NAMES))
            strange += name not in known
            labels.update({name: label} if (label := clean(_first(row, LABELS))) else {})
            captions.update({name: caption} if (caption := clean(_first(row, CAPTIONS))) else {})
        if strange:
            wrong.append(f"{table}: {strange:,} of its {len(rows):,} rows name no picture here")
    told = {
        name: Told(label=labels.get(name, ""), caption=captions.get(name, ""), held=held.get(name)) for name in names
    }
    return told, tuple(wrong)


def by_folder(names: Sequence[str]) -> tuple[dict[str, str], dict[str, bool]]:
    """Labels of pictures by the folders that they lie in, and which are kept from learning by one's name.

    A folder that holds all others is none of them; in cat/indoors/1.jpg the label is "cat".
    """
    parts = {name: PurePosixPath(name).parts[:-1] for name in names}
    parts = _without_common(parts)
    firsts = {folders[0].lower() for folders in parts.values() if folders}
    held: dict[str, bool] = {}
    if any(SPLITS.get(first) is False for first in firsts):
        held = {
            name: SPLITS[folders[0].lower()]
            for name, folders in parts.items()
            if folders and folders[0].lower() in SPLITS
        }
        parts = _without_common({name: folders[name in held :] for name, folders in parts.items()})
    return {name: folders[0] for name, folders in parts.items() if folders}, held


def _without_common(parts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Folders below the one that holds all pictures."""
    every = list(parts.values())
    depth = 0
    while every and all(len(folders) > depth and folders[depth] == every[0][depth] for folders in every):
        depth += 1
    return {name: folders[depth:] for name, folders in parts.items()}


def clean(text: str) -> str:
    """A caption or label in one line, without what no text should hold."""
    kept = "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_CAPTION])
    return " ".join(kept.split())[:MAX_CAPTION].strip()


def _rows(table: str, text: str, known: set[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of a table by column; one without a heading is read as name and caption."""
    if table.lower().endswith(".jsonl"):
        for line in text.splitlines():
            row = json.loads(line) if line.strip() else None
            if isinstance(row, dict):
                yield {str(key).lower(): value for key, value in row.items()}
        return
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=mark)
    columns = [column.strip().lower() for column in next(rows, [])]
    if not set(columns) & set(NAMES):
        if not columns or _within(table, head.split(mark)[0].strip().strip('"')) not in known:
            raise ValueError(f"no column of names; call one {NAMES[0]}")
        rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=mark)
        columns = [NAMES[0], CAPTIONS[0]]
    for cells in rows:
        yield dict(zip(columns, cells, strict=False))


def _first(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """What stands in the first of these columns that there is."""
    value = next((row[column] for column in columns if row.get(column) not in (None, "")), "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def _within(table: str, name: str) -> str:
    """A name in a table as a name of the listing; it is looked up there and never opened."""
    return str(PurePosixPath(table).parent / name.replace("\\", "/"))


def _text(data: bytes) -> str:
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
