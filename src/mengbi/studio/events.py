"""What happens to jobs, told in order: a reader who knows the number of the last event gets all that came after it.

Three kinds: "job" (its state changed; data: the Job), "progress" ({done, stage, step}; there may be a new preview) and
"picture" ({picture: …}; one was kept). They are written in the transaction of what they tell of, so none is untrue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from mengbi.studio.database import hold, now
from mengbi.studio.jobs import Job
from mengbi.studio.store import Store
from mengbi.studio.tables import events, jobs, previews

KEPT = 24 * 3600 * 1000
"""Milliseconds for which an event can be read again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened; a later one has a higher id, without exception."""

    id: int
    kind: str
    job: int | None
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """An event that is not written yet."""

    kind: str
    person: str
    job: int
    data: dict[str, Any]


def since(store: Store, after: int, limit: int = 200, *, everyone: bool = False) -> list[Event]:
    """The events after number `after`, oldest first, of this person's jobs; everyone: of all jobs."""
    query = select(events).where(events.c.id > after).order_by(events.c.id).limit(limit)
    if not everyone:
        query = query.where(events.c.person == store.person)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return [Event(id=row.id, kind=row.kind, job=row.job_id, data=row.data) for row in rows]


def last(store: Store) -> int:
    """The number of the newest event, whoever's; 0 where there is none."""
    with store.reading() as connection:
        return connection.scalar(select(func.max(events.c.id))) or 0


def preview(store: Store, job: int) -> bytes | None:
    """The newest picture of a job under way, as WebP of at most 24 KiB; None where there is none."""
    with store.reading() as connection:
        data = connection.scalar(select(previews.c.data).where(previews.c.job_id == job))
    return None if data is None else bytes(data)


def about(job: Job) -> News:
    """That a job is as it is now."""
    return News(kind="job", person=job.person, job=job.id, data=job.to_dict())


def tell(connection: Connection, news: Sequence[News]) -> None:
    """Writes events; the last thing that a transaction does.

    On PostgreSQL numbers are drawn before a transaction ends: without the lock a reader could see number 8, ask for
    what comes after it, and never see number 7, which was written more slowly.
    """
    if not news:
        return
    hold(connection, "events")
    moment = now()
    rows = [{"created": moment, "person": n.person, "job_id": n.job, "kind": n.kind, "data": n.data} for n in news]
    connection.execute(insert(events), rows)


def progress(
    store: Store, run: str, done: float, stage: str, step: int, seen: Sequence[tuple[int, bytes | None]]
) -> None:
    """Writes how far the jobs of a run are, 0 to 1, and what each looks like; those that stopped running are left out.

    seen: number of a job, and a new preview as WebP, or None for the same as before.
    """
    with store.writing() as connection:
        running = (jobs.c.run == run) & (jobs.c.state == "running")
        changed = jobs.update().where(running).values(done=min(max(done, 0.0), 1.0), stage=stage[:60])
        persons = {row.id: row.person for row in connection.execute(changed.returning(jobs.c.id, jobs.c.person))}
        live = [(job, data) for job, data in seen if job in persons]
        shown = [{"job_id": job, "step": step, "data": data} for job, data in live if data is not None]
        if shown:
            connection.execute(delete(previews).where(previews.c.job_id.in_([row["job_id"] for row in shown])))
            connection.execute(insert(previews), shown)
        said = {"done": round(done, 4), "stage": stage, "step": step}
        tell(connection, [News(kind="progress", person=persons[job], job=job, data=said) for job, _ in live])


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Takes away how jobs that are no longer under way came on: whoever returns wants to know how they ended."""
    connection.execute(delete(previews).where(previews.c.job_id.in_(numbers)))
    connection.execute(delete(events).where(events.c.job_id.in_(numbers), events.c.kind == "progress"))


def prune(store: Store, before: int | None = None) -> None:
    """Takes away events from before that time in milliseconds; None: a day ago."""
    border = now() - KEPT if before is None else before
    with store.writing() as connection:
        connection.execute(delete(events).where(events.c.created < border))
