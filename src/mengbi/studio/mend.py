"""Mending: what was cut short is brought to its end, and what is lost is told of, never hidden."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, select, update

from mengbi.errors import MengbiError
from mengbi.studio.blobs import Area, Found
from mengbi.studio.database import hold
from mengbi.studio.facts import facts
from mengbi.studio.meaning import fill
from mengbi.studio.pictures import add, wipe
from mengbi.studio.sources import sweep
from mengbi.studio.steps import drop_steps
from mengbi.studio.store import Store
from mengbi.studio.tables import pictures, sources, steps

GRACE = 3600.0
"""Seconds for which a file without a row is left alone: somebody may be about to write the row."""
_OURS = re.compile(r"\.?[0-9a-f]{20,64}(\.\w+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mended:
    """What was found. Pictures are named by their numbers."""

    pictures: int = 0  # all that there are
    bytes: int = 0
    adopted: tuple[int, ...] = ()  # whole files without a row, which have one now
    dropped: int = 0  # files that are no picture, or belong to nobody
    missing: tuple[int, ...] = ()  # rows whose file is gone or has another length; they stay, and are marked
    found: tuple[int, ...] = ()  # rows that were marked so, and whose file is back
    removed: int = 0  # removals that had been cut short
    filled: int = 0  # pictures that can be found by meaning now
    steps: int = 0  # pictures of which some steps are kept
    forgotten: int = 0  # those whose steps were gone or were others; they have none now
    swept: int = 0  # uploads that nothing needed

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        ended = self.removed or self.forgotten or self.swept
        return bool(self.adopted or self.dropped or self.found or self.filled or ended)


def mend(store: Store, grace: float = GRACE) -> Mended:
    """Makes files and rows agree. grace: seconds that a file without a row is left alone. Raises StorageError."""
    removed = _end_removals(store)
    before = time.time() - grace
    lying = {file.name: file for file in store.blobs.find("pictures")}
    with store.reading() as connection:  # after the look at the files: a row is younger than its file
        p = pictures.c
        all_rows = connection.execute(select(p.id, p.digest, p.suffix, p.bytes, p.missing, p.removed)).all()
    known = {row.digest + row.suffix for row in all_rows}
    rows = [row for row in all_rows if not row.removed]
    orphans = [file for file in lying.values() if file.name not in known and file.changed <= before]
    adopted, dropped = _settle(store, orphans)

    lost = {row.id: row for row in rows if not _lies(store, row.digest + row.suffix, row.bytes, lying)}
    back = [row.id for row in rows if row.missing and row.id not in lost]
    _mark(store, [number for number, row in lost.items() if not row.missing], missing=True)
    _mark(store, back, missing=False)
    swept = sweep(store)
    kept, forgotten = _look_at_steps(store)
    dropped += _drop_strays(store, {row.digest for row in rows}, before)
    return Mended(
        pictures=len(rows) + len(adopted),
        bytes=sum(row.bytes for row in rows),
        adopted=tuple(adopted),
        dropped=dropped,
        missing=tuple(lost),
        found=tuple(back),
        removed=removed,
        filled=fill(store),
        steps=kept,
        forgotten=forgotten,
        swept=swept,
    )


def _end_removals(store: Store) -> int:
    with store.reading() as connection:
        p = pictures.c
        rows = connection.execute(select(p.id, p.digest, p.suffix).where(p.removed)).all()
    for row in rows:
        with store.writing() as connection:
            wipe(connection, store, row.id, row.digest, row.suffix)
    return len(rows)


def _settle(store: Store, orphans: list[Found]) -> tuple[list[int], int]:
    """Whole pictures get the row that they lack, as if they had been added when they were written."""
    adopted, dropped = [], 0
    for file in orphans:
        data = store.blobs.read("pictures", file.name)
        if data is None:
            continue
        try:
            told = facts(data)
        except MengbiError:
            if _OURS.fullmatch(file.name):  # half a file; what somebody else put there is theirs
                store.blobs.remove("pictures", file.name)
                dropped += 1
            continue
        created = datetime.fromtimestamp(file.changed, UTC) if file.changed else None
        adopted.append(add(store, data, created=created).id)
        if file.name != told.digest + told.suffix:  # another's name, or what became of a file of ours
            store.blobs.remove("pictures", file.name)
    return adopted, dropped


def _lies(store: Store, name: str, size: int, lying: dict[str, Found]) -> bool:
    file = lying.get(name)
    if file is not None:
        return file.bytes == size
    return store.blobs.size("pictures", name) == size  # put there since we looked


def _mark(store: Store, numbers: list[int], *, missing: bool) -> None:
    if numbers:
        with store.writing() as connection:
            for number in numbers:
                connection.execute(update(pictures).where(pictures.c.id == number).values(missing=missing))


def _look_at_steps(store: Store) -> tuple[int, int]:
    """How many pictures have steps; and how many had some whose file is gone, and are rid of their rows."""
    with store.reading() as connection:
        rows = connection.execute(select(steps.c.picture_id, steps.c.digest + steps.c.suffix).distinct()).all()
    lying = {file.name for file in store.blobs.find("steps")}  # after the look at the rows: files come first
    lost = [number for number, name in rows if name not in lying and store.blobs.size("steps", name) is None]
    for number in lost:
        with store.writing() as connection:
            drop_steps(connection, store, number)
    return len(rows) - len(lost), len(lost)


def _drop_strays(store: Store, digests: set[str], before: float) -> int:
    """Thumbnails and steps of pictures that are no more, and what somebody gave and no row tells of."""
    dropped = 0
    for file in list(store.blobs.find("thumbs")):
        if file.changed <= before and file.name.partition(".")[0] not in digests:
            store.blobs.remove("thumbs", file.name)
            dropped += 1
    others: tuple[tuple[Area, Column[str]], ...] = (("steps", steps.c.digest), ("sources", sources.c.digest))
    for area, digest in others:
        strays = [file for file in store.blobs.find(area) if file.changed <= before]
        if strays:
            with store.writing() as connection:
                hold(connection)
                kept = set(connection.scalars(select(digest)))
                for file in strays:
                    if file.name.partition(".")[0] not in kept:
                        store.blobs.remove(area, file.name)
                        dropped += 1
    return dropped
