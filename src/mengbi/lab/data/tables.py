"""Tables of Hugging Face's datasets library: parquet shards, and the arrow files of `save_to_disk`. Needs pyarrow."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from mengbi.errors import SourceError
from mengbi.lab.data.checking import Refused
from mengbi.lab.data.reading import BIG, MAX_FILES, File, Listing, Told
from mengbi.lab.data.telling import CAPTIONS, LABELS, SPLITS, clean
from mengbi.source import MAX_BYTES

PICTURES = ("image", "img", "picture", "png", "jpg", "jpeg")
ROWS = 16
"""Pictures that are read at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """Shards of a table with a column of pictures; a row is called by its shard and its number."""

    root: str
    shards: tuple[str, ...]  # within the root, with slashes
    apart = False

    def contents(self) -> Listing:
        files = []
        for shard in self.shards:
            path = Path(self.root, shard)
            _column(_schema(path), path)
            stamp = path.stat().st_mtime_ns
            files += [File(name=f"{shard}#{row}", size=0, stamp=stamp) for row in range(_rows(path))]
            if len(files) > MAX_FILES:
                raise SourceError(f"{self.root} — more than {MAX_FILES:,} rows; give fewer shards")
        return Listing(pictures=tuple(files), others=(), left=())

    def told(self, listing: Listing) -> tuple[dict[str, Told], tuple[str, ...]]:
        told = {}
        split = {shard: _split(shard) for shard in self.shards}
        divided = False in split.values()
        for shard in self.shards:
            held = split[shard] if divided else None
            for row, (label, caption) in enumerate(_words(Path(self.root, shard))):
                told[f"{shard}#{row}"] = Told(label=label, caption=caption, held=held)
        return told, ()

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        shard, _, row = name.rpartition("#")
        path = Path(self.root, shard)
        data = _opened(path, path.stat().st_mtime_ns).picture(int(row))
        if data is None:
            raise Refused("a row without a picture")
        if len(data) > most:
            raise Refused(BIG)
        return data


class Shard:
    """The pictures of a shard, read from its beginning on; to go back is to begin again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._first, self._held = 0, list[Any]()
        self._batches = _batches(path)

    def picture(self, row: int) -> bytes | None:
        """The bytes in a row, or None where there are none. Raises Refused where the table is damaged."""
        if row < self._first:
            self._first, self._held, self._batches = 0, [], _batches(self.path)
        try:
            while row >= self._first + len(self._held):
                self._first += len(self._held)
                self._held = next(self._batches)
        except StopIteration as error:
            raise Refused("a row that is not there") from error
        except Exception as error:  # pyarrow's own, which are many
            raise Refused("a damaged part of the table") from error
        value = self._held[row - self._first]
        return value.get("bytes") if isinstance(value, dict) else value


@lru_cache(1)
def _opened(path: Path, stamp: int) -> Shard:
    """One shard at a time; stamp: another when it has changed."""
    return Shard(path)


def _batches(path: Path) -> Iterator[list[Any]]:
    """The column of pictures, a few rows at a time."""
    column = _column(_schema(path), path)
    if path.suffix == ".parquet":
        for batch in _arrow().parquet.ParquetFile(path).iter_batches(ROWS, columns=[column]):
            yield batch.column(0).to_pylist()
    else:
        for batch in _stream(path):
            for first in range(0, batch.num_rows, ROWS):
                yield batch.column(column).slice(first, ROWS).to_pylist()


def _rows(path: Path) -> int:
    try:
        if path.suffix == ".parquet":
            return int(_arrow().parquet.ParquetFile(path).metadata.num_rows)
        return sum(batch.num_rows for batch in _stream(path))
    except (OSError, ValueError) as error:  # pyarrow's own are ValueErrors
        raise SourceError(f"{path} — a table that cannot be read ({error})") from error


def _words(path: Path) -> Iterator[tuple[str, str]]:
    """Label and caption of each row."""
    schema = _schema(path)
    label = next((name for name in LABELS if name in schema.names), None)
    caption = next((name for name in CAPTIONS if name in schema.names), None)
    names = _label_names(schema, label)
    columns = [name for name in (label, caption) if name]
    if path.suffix == ".parquet":
        batches = _arrow().parquet.ParquetFile(path).iter_batches(1024, columns=columns)
    else:
        batches = (batch.select(columns) for batch in _stream(path))
    for batch in batches:
        labels = batch.column(label).to_pylist() if label else [None] * batch.num_rows
        captions = batch.column(caption).to_pylist() if caption else [None] * batch.num_rows
        for number, text in zip(labels, captions, strict=True):
            yield _label(number, names), clean(text) if isinstance(text, str) else ""


def _label(value: Any, names: Sequence[str]) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and names:
        return clean(names[value]) if 0 <= value < len(names) else ""
    return clean(str(value)) if isinstance(value, int | str) else ""


def _label_names(schema: Any, column: str | None) -> tuple[str, ...]:
    """What the library wrote of a ClassLabel."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[column]["names"]
    except (KeyError, ValueError, TypeError):
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _column(schema: Any, path: Path) -> str:
    """The column of pictures."""
    arrow = _arrow()
    fits = [field.name for field in schema if _holds_bytes(arrow, field.type)]
    if not fits:
        raise SourceError(f"{path} — a table without a column of pictures; its columns: {', '.join(schema.names)}")
    return next((name for name in PICTURES if name in fits), fits[0])


def _holds_bytes(arrow: Any, kind: Any) -> bool:
    if arrow.types.is_struct(kind):
        return any(field.name == "bytes" for field in kind)
    return bool(arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind))


def _schema(path: Path) -> Any:
    try:
        if path.suffix == ".parquet":
            return _arrow().parquet.read_schema(path)
        return next(_stream(path), _arrow().record_batch({})).schema
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} — a table that cannot be read ({error})") from error


def _stream(path: Path) -> Iterator[Any]:
    """Batches of an arrow file, in either of its two forms, from where they lie on disk."""
    arrow = _arrow()
    source = arrow.memory_map(str(path))
    if source.read(6) == b"ARROW1":
        reader = arrow.ipc.open_file(source)
        yield from (reader.get_batch(number) for number in range(reader.num_record_batches))
    else:
        source.seek(0)
        yield from arrow.ipc.open_stream(source)


def _split(shard: str) -> bool | None:
    """Whether a shard's pictures are kept from learning: train-00000-of-00001.parquet, test/data-00000.arrow."""
    path = PurePosixPath(shard)
    words = [path.stem.partition("-")[0].lower(), *(part.lower() for part in path.parts[-2:-1])]
    return next((SPLITS[word] for word in words if word in SPLITS), None)


def _arrow() -> Any:
    """pyarrow. Raises SourceError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise SourceError("tables of Hugging Face's library need the package pyarrow; pip install pyarrow") from error
    return pyarrow
