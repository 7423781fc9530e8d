"""Jobs: Briefs that were accepted, and how far each is. Whatever carries them out moves them along these states."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.studio.briefs import brief_from_dict, brief_to_dict
from mengbi.studio.database import hold
from mengbi.studio.facts import clean
from mengbi.studio.store import Store
from mengbi.studio.tables import STATES, briefs, jobs

FROM: Mapping[str, tuple[str, ...]] = {
    "queued": ("running", "failed", "cancelled"),  # after its worker died, or to try again
    "running": ("queued",),
    "done": ("running",),
    "failed": ("queued", "running"),
    "cancelled": ("queued", "running"),
}
"""Each state, and those that a job may come to it from. What is done stays done."""
MAX_ERROR = 1000
MAX_KEY = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A Brief on its way. Times are milliseconds since 1970, UTC."""

    id: int
    brief: Brief
    person: str
    state: str
    priority: int
    key: str | None
    created: int
    started: int | None
    ended: int | None
    done: float  # 0 to 1
    error: str | None


def submit(store: Store, brief: Brief, *, priority: int = 0, key: str | None = None) -> Job:
    """Accepts a brief: when this returns, the job is written. The same key again is the same job.

    priority: the higher is done first. Raises BriefError for a key that is none, StorageError.
    """
    if key is not None and (not key or clean(key, MAX_KEY) != key):
        raise BriefError(f"key {key[:60]!r} — 1 to {MAX_KEY} printable letters")
    now = time.time_ns() // 10**6
    with store.writing() as connection:
        if key is not None:
            hold(connection)
            mine = select(jobs.c.id).where(jobs.c.person == store.person, jobs.c.key == key)
            known = connection.scalar(mine)
            if known is not None:
                return _job(connection, known)
        row = {"person": store.person, "created": now}
        wishes = {"prompt": brief.prompt, "wishes": brief_to_dict(brief)}
        number = connection.execute(insert(briefs).values(row | wishes).returning(briefs.c.id)).scalar_one()
        row |= {"brief_id": number, "state": "queued", "priority": priority, "key": key, "done": 0.0}
        return _job(connection, connection.execute(insert(jobs).values(row).returning(jobs.c.id)).scalar_one())


def find_job(store: Store, number: int) -> Job:
    """The job of that number. Raises BriefError."""
    with store.reading() as connection:
        return _job(connection, number)


def move(store: Store, number: int, state: str, error: str | None = None) -> Job:
    """Brings a job into another state; of two who try at once, one does. Raises BriefError where it cannot go there."""
    if state not in STATES:
        raise BriefError(f"no state {state!r}; one of {', '.join(STATES)}")
    now = time.time_ns() // 10**6
    values: dict[str, Any] = {"state": state, "error": None if error is None else clean(error, MAX_ERROR)}
    values |= {"ended": None, "done": 0.0} if state in ("queued", "running") else {"ended": now}
    values |= {"started": now} if state == "running" else {"started": None} if state == "queued" else {}
    values |= {"done": 1.0} if state == "done" else {}
    with store.writing() as connection:
        moved = update(jobs).where(jobs.c.id == number, jobs.c.state.in_(FROM[state])).values(values)
        if connection.execute(moved).rowcount != 1:
            was = _job(connection, number).state
            raise BriefError(f"job {number} is {was}; only one that is {' or '.join(FROM[state])} can be {state}")
        return _job(connection, number)


def advance(store: Store, number: int, done: float) -> bool:
    """Writes down how far a running job is, 0 to 1; False if it runs no more: somebody cancelled it."""
    with store.writing() as connection:
        running = update(jobs).where(jobs.c.id == number, jobs.c.state == "running")
        return connection.execute(running.values(done=min(max(done, 0.0), 1.0))).rowcount == 1


def _job(connection: Connection, number: int) -> Job:
    query = select(jobs, briefs.c.wishes).join(briefs, briefs.c.id == jobs.c.brief_id).where(jobs.c.id == number)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise BriefError(f"no job {number}")
    plain = {name: getattr(row, name) for name in Job.__slots__ if name != "brief"}
    return Job(**plain, brief=brief_from_dict(row.wishes))
