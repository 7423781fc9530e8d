"""Pictures made ready to be learnt from, once: read by many processes, looked at, made small, in one memory map.

What is done is kept as it goes. A preparation that was broken off goes on where it stopped, and only a whole one is
ever used: it takes its name when it is finished.
"""

import json
import shutil
import time
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from mengbi.errors import StorageError
from mengbi.lab.data.checking import Frame, Pixels, Refused, Seen, look
from mengbi.lab.data.crew import crew
from mengbi.lab.data.prepared import Row, Tick, finish
from mengbi.lab.data.reading import Listing, Shelf, Told
from mengbi.locks import lock
from mengbi.settings import threads

VERSION = 2
FEW = 200
"""So few pictures are looked at here: to start processes would take longer."""
CHUNK, CHUNK_BYTES = 32, 8 << 20
"""Pictures that a process looks at before it tells, at most, and bytes of what it makes of them."""
AHEAD = 2
"""Chunks a process that are asked for before they are needed."""
FORGOTTEN = 7 * 24 * 3600
"""Seconds after which a preparation that was broken off is not gone on with."""
DEADLY = "ends the program that opens it"

Map = np.memmap[Any, np.dtype[np.uint8]]
Found = tuple[list[Seen | str], Pixels]
"""What is known of each picture, or why it is left out; and what was made of it, zeros where it is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Files that follow one another."""

    first: int
    names: tuple[str, ...]
    given: tuple[bytes | str, ...] | None = None  # bytes of each or why there are none; None: whoever looks reads


def prepare(shelf: Shelf, source: str, frame: Frame, cache: Path, tick: Tick) -> Path:
    """The prepared folder of a shelf, made unless it is there. source: what to call it.

    Raises SourceError where there is nothing to learn from, StorageError where there is no room.
    """
    began = time.monotonic()
    listing = shelf.contents()
    told, wrong = shelf.told(listing)
    ready = cache / _key(listing, told, wrong, frame)
    if ready.is_dir():
        return ready
    part = ready.with_suffix(".part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        with _alone(ready.with_suffix(".lock")):
            if ready.is_dir():
                return ready
            part.mkdir(exist_ok=True)
            count, side = len(listing.pictures), frame.size
            _make_room(part, 2 * count * side * side * frame.channels, source)
            found = _all(shelf, listing, frame, part, tick)
            rows = [
                Row(file=file, told=told.get(file.name, Told()), found=one)
                for file, one in zip(listing.pictures, found, strict=True)
            ]
            raw = np.load(part / "raw.npy", mmap_mode="r")
            finish(part, source, frame, rows, raw, listing, wrong, time.monotonic() - began)
            del raw
            for name in ("raw.npy", "journal.jsonl"):
                (part / name).unlink()
            part.rename(ready)
    except OSError as error:
        raise StorageError(f"{part} — the pictures cannot be kept there ({error.strerror or error})") from error
    return ready


def _key(listing: Listing, told: dict[str, Told], wrong: tuple[str, ...], frame: Frame) -> str:
    """Changes with any file, with what is told of it, and with what is wanted."""
    digest = sha256(repr((VERSION, frame, listing.left, wrong)).encode("utf-8", "surrogatepass"))
    for file in listing.pictures:
        digest.update(repr((file, told.get(file.name))).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:24]


def _sweep(cache: Path) -> None:
    """Preparations that nobody went on with for so long fall away."""
    for path in cache.glob("*.part"):
        with suppress(OSError):  # another process may be faster
            if time.time() - path.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(path)


def _make_room(part: Path, needed: int, source: str) -> None:
    free = shutil.disk_usage(part).free
    if needed > free:
        raise StorageError(
            f"{source} — needs {needed >> 20:,} MiB in {part.parent} to be made ready, and {free >> 20:,} are free; "
            "take a smaller --size"
        )


def _all(shelf: Shelf, listing: Listing, frame: Frame, part: Path, tick: Tick) -> list[Seen | str]:
    """Looks at all pictures that the journal does not know yet; what is made of them is in raw.npy."""
    names = [file.name for file in listing.pictures]
    shape = (len(names), frame.size, frame.size, frame.channels)
    raw, found = _begun(part, shape)
    missing = [number for number, one in enumerate(found) if one is None]
    tick(len(names) - len(missing), len(names))
    with (part / "journal.jsonl").open("a", encoding="utf-8") as journal:
        for done, (chunk, (facts, pixels)) in enumerate(_looked(shelf, _chunks(names, missing, frame), frame)):
            last = chunk.first + len(chunk.names)
            raw[chunk.first : last], found[chunk.first : last] = pixels, facts
            line = {
                "first": chunk.first,
                "crc": zlib.crc32(pixels.tobytes()),
                "found": [one if isinstance(one, str) else asdict(one) for one in facts],
            }
            journal.write(json.dumps(line) + "\n")
            journal.flush()
            tick(sum(one is not None for one in found) if done % 64 == 0 else last, len(names))
    raw.flush()
    tick(len(names), len(names))
    return [one for one in found if one is not None]


def _begun(part: Path, shape: tuple[int, ...]) -> tuple[Map, list[Seen | str | None]]:
    """What was done before: pixels whose journal agrees with them, and what was found."""
    found: list[Seen | str | None] = [None] * shape[0]
    path, journal = part / "raw.npy", part / "journal.jsonl"
    try:
        raw = np.load(path, mmap_mode="r+")
        lines = journal.read_text("utf-8").splitlines()
        if raw.shape != shape or raw.dtype != np.uint8:
            raise ValueError(raw.shape)
    except (OSError, ValueError):
        journal.unlink(missing_ok=True)
        return open_memmap(path, "w+", np.uint8, shape), found
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:  # the last one, half written
            continue
        first, facts = line["first"], line["found"]
        if zlib.crc32(raw[first : first + len(facts)].tobytes()) == line["crc"]:
            found[first : first + len(facts)] = [one if isinstance(one, str) else _seen(one) for one in facts]
    return raw, found


def _seen(facts: dict[str, Any]) -> Seen:
    listed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    return Seen(**listed)


def _chunks(names: Sequence[str], missing: Sequence[int], frame: Frame) -> Iterator[Chunk]:
    """What is still to be done, in runs."""
    most = max(1, min(CHUNK, CHUNK_BYTES // (frame.size * frame.size * frame.channels)))
    run: list[int] = []
    for number in missing:
        if run and (number != run[-1] + 1 or len(run) == most):
            yield Chunk(first=run[0], names=tuple(names[at] for at in run))
            run = []
        run.append(number)
    if run:
        yield Chunk(first=run[0], names=tuple(names[at] for at in run))


def _looked(shelf: Shelf, chunks: Iterator[Chunk], frame: Frame) -> Iterator[tuple[Chunk, Found]]:
    """Chunks and what was found, here or in as many processes as we may have threads."""
    chunks = chunks if shelf.apart else (_read(shelf, chunk) for chunk in chunks)
    reader = shelf if shelf.apart else None
    first: list[Chunk] = []
    for chunk in chunks:
        first.append(chunk)
        if sum(len(each.names) for each in first) > FEW:
            break
    else:
        yield from ((chunk, work(reader, chunk, frame)) for chunk in first)
        return
    yield from _in_processes(reader, _after(first, chunks), frame)


def _after(first: Sequence[Chunk], rest: Iterator[Chunk]) -> Iterator[Chunk]:
    yield from first
    yield from rest


def _read(shelf: Shelf, chunk: Chunk) -> Chunk:
    """A chunk that carries what it needs."""
    given: list[bytes | str] = []
    for name in chunk.names:
        try:
            given.append(shelf.read(name))
        except Refused as error:
            given.append(str(error))
    return Chunk(first=chunk.first, names=chunk.names, given=tuple(given))


def work(shelf: Shelf | None, chunk: Chunk, frame: Frame) -> Found:
    """Looks at a chunk, in whatever process this is. shelf: to read from, where nothing is given."""
    found: list[Seen | str] = []
    pixels = np.zeros((len(chunk.names), frame.size, frame.size, frame.channels), np.uint8)
    for place, name in enumerate(chunk.names):
        try:
            data = shelf.read(name) if shelf is not None else chunk.given[place] if chunk.given else ""
            if isinstance(data, str):
                raise Refused(data)
            seen, pixels[place] = look(data, name, frame)
        except Refused as error:
            found.append(str(error))
        else:
            found.append(seen)
    return found, pixels


def _in_processes(shelf: Shelf | None, chunks: Iterator[Chunk], frame: Frame) -> Iterator[tuple[Chunk, Found]]:
    """What a picture kills is one process, and the picture is left out.

    Where no process can be started, as from a program that came through standard input, it is all done here.
    """
    workers = threads()
    waiting: deque[tuple[Chunk, Future[Found]]] = deque()
    pool = crew(workers)
    try:
        try:
            pool.submit(len, ()).result()
        except BrokenProcessPool:
            yield from ((chunk, work(shelf, chunk, frame)) for chunk in chunks)
            return
        while True:
            while len(waiting) < AHEAD * workers and (chunk := next(chunks, None)) is not None:
                waiting.append((chunk, _asked(pool, shelf, chunk, frame)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                yield chunk, future.result()
            except BrokenProcessPool:
                pool.shutdown()
                yield chunk, _one_by_one(shelf, chunk, frame)
                pool = crew(workers)
                waiting = deque((each, _asked(pool, shelf, each, frame)) for each, _ in waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _asked(pool: ProcessPoolExecutor, shelf: Shelf | None, chunk: Chunk, frame: Frame) -> Future[Found]:
    """A chunk asked for; of a pool that broke in this moment the answer is that it broke."""
    try:
        return pool.submit(work, shelf, chunk, frame)
    except BrokenProcessPool as error:
        failed: Future[Found] = Future()
        failed.set_exception(error)
        return failed


def _one_by_one(shelf: Shelf | None, chunk: Chunk, frame: Frame) -> Found:
    """A chunk in which something ended a process, each picture by itself."""
    found: list[Seen | str] = []
    pixels = np.zeros((len(chunk.names), frame.size, frame.size, frame.channels), np.uint8)
    pool = crew(1)
    for place, name in enumerate(chunk.names):
        given = chunk.given[place : place + 1] if chunk.given else None
        single = Chunk(first=chunk.first + place, names=(name,), given=given)
        try:
            facts, one = _asked(pool, shelf, single, frame).result()
        except BrokenProcessPool:
            pool.shutdown()
            pool, facts = crew(1), [DEADLY]
        else:
            pixels[place] = one[0]
        found += facts
    pool.shutdown()
    return found, pixels


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process prepares the same."""
    with path.open("a+b") as file:
        lock(file)
        yield
