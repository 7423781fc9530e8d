"""Runs: which jobs a worker paints next, and that nobody else does meanwhile.

A run is one job, or some that are painted together. Its name stands in the rows of its jobs for as long as it holds
them; whatever a worker writes of a job it writes only where that name still stands, so a worker that was taken for dead
and comes back changes nothing.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, text, update

from mengbi.errors import FaultError, MengbiError
from mengbi.studio import steps
from mengbi.studio.database import hold, now
from mengbi.studio.events import about, forget, tell
from mengbi.studio.jobs import move, read_job
from mengbi.studio.store import Store
from mengbi.studio.tables import jobs, pictures, workers

STEPS = "steps/"
"""What the name of a file of kept steps begins with, where the files of a run are named; other files are pictures."""
BATCH = 8
"""Jobs that are painted together, at most, and of how many people."""
BATCH_PIXELS = 1_250_000
"""Of all their pictures: two of the usual size. More at once and the first would come too late."""
TWINS = 64
SUSPECT = 2
"""A job over which so many workers died waits until all others are done."""
MAX_TRIES = 8
"""After so many it has failed."""
NEVER_ENDED = f"begun {MAX_TRIES} times, and each time its worker died; it may want more memory than there is"
STALE = 30_000
"""Milliseconds without a sign of life after which a worker's jobs are another's."""


def take(store: Store, worker: str) -> str | None:
    """Takes what is to be painted next and returns the name of the run; None where nothing waits.

    The highest priority first; of several people, who has waited longest for their last turn. Jobs that differ only in
    words and seeds come along, if it is their turn, and those that are the same in everything in any case.
    """
    with store.reading() as connection:
        if connection.scalar(select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.run.is_(None)).limit(1)) is None:
            return None
    with store.writing() as connection:
        hold(connection, "turns")
        chosen = _choose(connection)
        if not chosen:
            return None
        name = f"job-{chosen[0].id}-{chosen[0].attempt + 1}"
        also = {"run": name, "worker": worker, "attempt": jobs.c.attempt + 1, "tries": jobs.c.tries + 1}
        taken = move(connection, [row.id for row in chosen], "running", also=also)
        tell(connection, [about(read_job(connection, number)) for number in taken])
    return name if taken else None


def live(connection: Connection, run: str) -> tuple[int, ...]:
    """The jobs of a run that are still wanted, in the order in which they were accepted."""
    query = select(jobs.c.id).where(jobs.c.run == run, jobs.c.state == "running").order_by(jobs.c.id)
    return tuple(connection.scalars(query))


def held_by(store: Store, worker: str) -> tuple[str, ...]:
    """The runs of a worker."""
    query = select(jobs.c.run).where(jobs.c.worker == worker, jobs.c.run.is_not(None)).distinct()
    with store.reading() as connection:
        return tuple(connection.scalars(query))


def is_busy(store: Store) -> bool:
    """Whether any worker holds a run; one that died over it does until it is taken for dead."""
    with store.reading() as connection:
        return connection.scalar(select(jobs.c.id).where(jobs.c.run.is_not(None)).limit(1)) is not None


def settle(store: Store, worker: str) -> None:
    """What a worker held when it died and had not painted yet waits again; what it had painted stays its own."""
    for run in held_by(store, worker):
        clear(store, run)
        with store.reading() as connection:
            put_down = connection.scalar(select(jobs.c.id).where(jobs.c.run == run, jobs.c.files.is_not(None)).limit(1))
        if put_down is None:
            let_go(store, run)


def let_go(store: Store, run: str, *, error: str | MengbiError | None = None, forgiven: bool = False) -> None:
    """Ends a run: what of it is not done waits anew, or has failed if that happened too often.

    Files that it put down and wrote no row for are taken away. error: what kept it from its end, told while it waits,
    too; forgiven: it was stopped on purpose, or for want of room, which counts for nothing.
    """
    with store.reading() as connection:
        if connection.scalar(select(jobs.c.id).where(jobs.c.run == run).limit(1)) is None:
            return
    with store.writing() as connection:
        hold(connection)
        for row in connection.execute(select(jobs.c.id, jobs.c.tries, jobs.c.files).where(jobs.c.run == run)).all():
            take_away(connection, store, row.files or ())
            free = {"run": None, "worker": None, "files": None, **({"tries": 0} if forgiven else {})}
            if row.tries < MAX_TRIES or forgiven:
                moved = move(connection, [row.id], "queued", error, start=("running",))
            else:
                died = FaultError(NEVER_ENDED, code="worker-died", tries=MAX_TRIES)
                moved = move(connection, [row.id], "failed", error or died, start=("running",))
            connection.execute(update(jobs).where(jobs.c.id == row.id).values(free))
            if moved:
                forget(connection, moved)
                tell(connection, [about(read_job(connection, row.id))])


def clear(store: Store, run: str) -> None:
    """Takes away half files of a run whose worker died; whole ones are found by its next life."""
    with store.reading() as connection:
        named = connection.scalars(select(jobs.c.files).where(jobs.c.run == run)).all()
    for name in (name for names in named for name in names or ()):
        if name.startswith(STEPS):
            store.blobs.clear("steps", name.removeprefix(STEPS))
        else:
            store.blobs.clear("pictures", name)


def take_away(connection: Connection, store: Store, names: Sequence[str]) -> None:
    """Removes files that no picture has; the transaction holds the files."""
    for name in names:
        digest = name.partition(".")[0]
        if name.startswith(STEPS):
            steps.take_away(connection, store, name.removeprefix(STEPS))
        elif connection.scalar(select(pictures.c.id).where(pictures.c.digest == digest)) is None:
            store.blobs.remove("pictures", name)


def breathe(store: Store, worker: str) -> None:
    """A sign of life."""
    with store.writing() as connection:
        moment = _now(connection)
        if connection.execute(update(workers).where(workers.c.name == worker).values(seen=moment)).rowcount == 0:
            connection.execute(insert(workers).values(name=worker, started=moment, seen=moment))


def retire(store: Store, worker: str) -> None:
    """Says that a worker is no more."""
    with store.writing() as connection:
        connection.execute(delete(workers).where(workers.c.name == worker))


def alive(store: Store) -> tuple[str, ...]:
    """The workers that gave a sign of life lately."""
    with store.reading() as connection:
        return tuple(connection.scalars(select(workers.c.name).where(workers.c.seen >= _now(connection) - STALE)))


def orphaned(store: Store) -> tuple[str, ...]:
    """The runs of workers that are no more."""
    with store.reading() as connection:
        seen = select(workers.c.name).where(workers.c.seen >= _now(connection) - STALE)
        lost = or_(jobs.c.worker.is_(None), jobs.c.worker.not_in(seen))
        return tuple(connection.scalars(select(jobs.c.run).where(jobs.c.run.is_not(None), lost).distinct()))


def bury(store: Store) -> None:
    """Lets go of all that workers hold who are no more."""
    for run in orphaned(store):
        clear(store, run)
        let_go(store, run)


def _choose(connection: Connection) -> list[Any]:
    """The jobs of the next run, the first of them the one whose turn it is."""
    other = jobs.alias()
    last = select(func.max(other.c.started)).where(other.c.person == jobs.c.person).scalar_subquery()
    first, top = func.min(jobs.c.id).label("first"), func.max(jobs.c.priority).label("top")
    waiting = select(jobs.c.person, first, top, last.label("last"))
    waiting = waiting.where(jobs.c.state == "queued").group_by(jobs.c.person)
    columns = (jobs.c.id, jobs.c.attempt, jobs.c.kin, jobs.c.twin, jobs.c.pixels, jobs.c.tries)
    free = select(*columns).where(jobs.c.state == "queued", jobs.c.run.is_(None)).order_by(jobs.c.id)
    for tries in (range(SUSPECT), range(SUSPECT, MAX_TRIES)):
        people = connection.execute(waiting.where(jobs.c.tries.in_(tries))).all()
        people = sorted(people, key=lambda person: (-person.top, person.last or 0, person.first))[:BATCH]
        lines = []
        for person in (person for person in people if person.top == people[0].top):
            mine = free.where(jobs.c.person == person.person, jobs.c.priority == person.top)
            found = [row for one in tries for row in connection.execute(mine.where(jobs.c.tries == one).limit(BATCH))]
            lines.append(sorted(found, key=lambda row: row.id))
        turns = [row for turn in zip_longest(*lines) for row in turn if row is not None]
        if turns:
            return _joined(connection, free, turns)
    return []


def _joined(connection: Connection, free: Select[Any], turns: Sequence[Any]) -> list[Any]:
    """The first in the order of turns, and those that are painted with it."""
    chosen = list(turns[:1])
    if chosen[0].tries:  # its worker died over it: nothing else shall suffer for it
        return chosen
    for row in turns[1:BATCH]:
        alike = row.kin and row.kin == chosen[0].kin and not row.tries
        if not alike or sum(one.pixels for one in (*chosen, row)) > BATCH_PIXELS:
            break
        chosen.append(row)
    known, twins = {row.id for row in chosen}, {row.twin for row in chosen if row.twin}
    same = connection.execute(free.where(jobs.c.twin.in_(twins), jobs.c.tries == 0).limit(TWINS)).all()
    return chosen + [row for row in same if row.id not in known]


def _now(connection: Connection) -> int:
    """Milliseconds since 1970 by the one clock that all workers of a database share."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())
    return now()
