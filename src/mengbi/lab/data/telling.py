"""What comes with pictures: labels from folders' names or a table, captions from a table or a text beside each."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from mengbi.lab.data.checking import Refused
from mengbi.lab.data.reading import Listing, Told
from mengbi.lab.data.report import counted, some

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
Row = Mapping[str, Any] | str
"""A row of a table by column, or why it cannot be read."""


def tell(listing: Listing, read: Read) -> tuple[dict[str, Told], tuple[str, ...]]:
    """What comes with the pictures of a folder or an archive, by name, and what went wrong with reading it."""
    names = [file.name for file in listing.pictures]
    labels, held = by_folder(names)
    captions: dict[str, str] = {}
    wrong: list[str] = []
    known = set(names)
    for name, beside in _beside(listing).items():
        try:
            captions[name] = clean(_text(read(beside, MAX_TEXT)))
        except Refused as error:
            wrong.append(f"{beside}: {error}")
    for table in _tables(listing):
        try:
            rows = list(_rows(table, _text(read(table, MAX_TABLE)), known))
        except (Refused, ValueError) as error:
            wrong.append(f"{table}: {error}")
            continue
        named: Counter[str] = Counter()
        for _, row in rows:
            if isinstance(row, str):
                continue
            name = _within(table, _first(row, NAMES))
            named[name] += 1
            labels.update({name: label} if (label := clean(_first(row, LABELS))) else {})
            captions.update({name: caption} if (caption := clean(_first(row, CAPTIONS))) else {})
        wrong += [f"{table}: {line}" for line in _faults(rows, named, known)]
    told = {
        name: Told(label=labels.get(name, ""), caption=captions.get(name, ""), held=held.get(name)) for name in names
    }
    return told, tuple(wrong)


def read_beside(listing: Listing) -> set[str]:
    """Names of the files that `tell` reads."""
    return {*_beside(listing).values(), *_tables(listing)}


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


def _beside(listing: Listing) -> dict[str, str]:
    """Pictures and the texts that lie beside them."""
    others = {file.name for file in listing.others}
    texts = {file.name: str(PurePosixPath(file.name).with_suffix(".txt")) for file in listing.pictures}
    return {name: text for name, text in texts.items() if text in others}


def _tables(listing: Listing) -> list[str]:
    return sorted(file.name for file in listing.others if PurePosixPath(file.name).name.lower() in TABLES)


def _faults(rows: Sequence[tuple[int, Row]], named: Mapping[str, int], known: set[str]) -> Iterator[str]:
    """What a person should know of a table that was read. named: how many of its rows speak of each name."""
    broken = [f"line {line} ({row})" for line, row in rows if isinstance(row, str)]
    if broken:
        yield f"left out {some(broken)}"
    strange = sum(count for name, count in named.items() if name not in known)
    if strange:
        whole = sum(named.values())
        yield f"{strange:,} of its {counted(whole, 'row')} {'names' if strange == 1 else 'name'} no picture here"
    twice = [name for name, count in named.items() if count > 1 and name in known]
    if twice:
        yield f"named more than once, and what is said last counts: {some(twice)}"


def _rows(table: str, text: str, known: set[str]) -> Iterator[tuple[int, Row]]:
    """Numbers of lines, from 1, and the rows that begin there; one without a heading is read as name and caption.

    Raises ValueError for a table that names no pictures.
    """
    if table.lower().endswith(".jsonl"):
        yield from ((number, _object(line)) for number, line in enumerate(io.StringIO(text, None), 1) if line.strip())
        return
    lines = list(io.StringIO(text.replace("\0", ""), newline=""))
    head = lines[0] if lines else ""
    mark = max(",;\t", key=head.count)
    begin, first = next(_cells(lines, mark), (1, ()))
    columns = [] if isinstance(first, str) else [column.strip().lower() for column in first]
    headed = not set(columns).isdisjoint(NAMES)
    if not headed:
        if _within(table, head.split(mark)[0].strip().strip('"')) not in known:
            broken = f"line {begin} ({first})" if isinstance(first, str) else ""
            raise ValueError(broken or f"no column of names; call one {NAMES[0]}")
        columns = [NAMES[0], CAPTIONS[0]]
    for number, cells in islice(_cells(lines, mark), headed, None):
        yield number, cells if isinstance(cells, str) else dict(zip(columns, cells, strict=False))


def _object(line: str) -> Row:
    """A line of JSON, its keys in small letters."""
    try:
        row = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        return f"not JSON at column {error.colno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return {str(key).lower(): value for key, value in row.items()} if isinstance(row, dict) else "no object of JSON"


def _cells(lines: Sequence[str], mark: str) -> Iterator[tuple[int, Sequence[str] | str]]:
    """Numbers of lines and the cells of the rows that begin there, or what is wrong with their quotes.

    A quote that is left open would swallow what follows: its own line is left out, and the next is read.
    """
    at = 0
    while at < len(lines):
        row = csv.reader(map(lines.__getitem__, range(at, len(lines))), delimiter=mark, strict=True)
        cells: Sequence[str] | str
        try:
            cells = next(row)
            taken = row.line_num
        except csv.Error as error:
            cells, taken = f"quotes that do not match: {error}", 1
        if cells:
            yield at + 1, cells
        at += taken


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
