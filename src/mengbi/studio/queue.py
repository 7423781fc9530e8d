"""The queue as people use it: a brief is accepted, waits, is painted, and can be stopped at any time.

    job = accept(store, Brief(prompt="a red fox"))
    jobs, later = jobs_page(store)

Accepted means written: the brief, its job and the event that tells of it are one transaction, and every choice that is
left to chance is made in it, so that a job that is painted again after its worker died gives the same pictures. Who
paints is somebody else's business: `work`.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from mengbi.brief import USUAL_SIZE, Brief
from mengbi.errors import BriefError
from mengbi.plan import Plan
from mengbi.studio.briefs import brief_to_dict
from mengbi.studio.database import hold, now
from mengbi.studio.events import about, forget, tell
from mengbi.studio.facts import clean
from mengbi.studio.jobs import FROM, Job, check_state, find_job, move, read_job, read_jobs, select_jobs
from mengbi.studio.pictures import Entry, entries
from mengbi.studio.sources import check_references
from mengbi.studio.store import Store
from mengbi.studio.tables import KINDS, briefs, jobs, painted

__all__ = ["accept", "cancel", "find_job", "jobs_page", "pause", "pictures_of", "resume", "retry"]

MAX_KEY = 200
MAX_PRIORITY = 1000
OWN = ("prompt", "seed", "scene", "face", "count")
"""Wishes in which jobs that are painted in one batch may differ."""
_LINE: list["_Asked"] = []
_WRITING: list["_Asked"] = []  # at most one
_CHANGED = threading.Condition()


def accept(
    store: Store,
    brief: Brief,
    *,
    priority: int = 0,
    key: str | None = None,
    parents: Iterable[tuple[int, str]] = (),
    plan: Plan | None = None,
) -> Job:
    """Accepts a brief: when this returns, the job is written. The same key of the same person again is the same job.

    brief: its photo, mask, sketch and style picture are "source:DIGEST" or "picture:NUMBER"; priority: the higher is
    done first, -1000 to 1000; parents: pictures that the new ones come from, by number, and how (one of KINDS);
    plan: where it is resolved already. Raises BriefError, SourceError, StorageError.
    """
    parents = tuple(parents)
    _check(key, priority, parents)
    if brief.seed is None:
        brief = replace(brief, seed=secrets.randbelow(2**32) if plan is None else plan.samples[0].seed)
    row = {"priority": priority, "key": key, "parents": [list(pair) for pair in parents], **_likeness(brief, plan)}
    asked = _Asked(store=store, brief=brief, plan=plan, row=row)
    _stand_in_line(asked)
    if isinstance(asked.answer, Job):
        return asked.answer
    raise asked.answer or AssertionError


def cancel(store: Store, number: int) -> Job:
    """Ends a job that waits, is paused or is painted, within a step of it. Raises BriefError where it has ended."""
    return _steer(store, number, "cancelled", FROM["cancelled"])


def pause(store: Store, number: int) -> Job:
    """Sets a job aside; one that is painted stops within a step, and begins anew when it is resumed."""
    return _steer(store, number, "paused", FROM["paused"])


def resume(store: Store, number: int) -> Job:
    """Lets a paused job wait for its turn again."""
    return _steer(store, number, "queued", ("paused",))


def retry(store: Store, number: int) -> Job:
    """Tries a job that failed or was cancelled once more, with the same seed."""
    return _steer(store, number, "queued", ("failed", "cancelled"))


def jobs_page(
    store: Store, *, state: str | None = None, before: int | None = None, limit: int = 50, everyone: bool = False
) -> tuple[tuple[Job, ...], int | None]:
    """This person's jobs, the newest first, and the `before` of the next page, None on the last; everyone: all jobs'.

    state: only those in it. Raises BriefError for a word that is none.
    """
    query = select_jobs().order_by(jobs.c.id.desc()).limit(limit + 1)
    if state is not None:
        check_state(state)
        query = query.where(jobs.c.state == state)
    if before is not None:
        query = query.where(jobs.c.id < before)
    if not everyone:
        query = query.where(jobs.c.person == store.person)
    with store.reading() as connection:
        found = read_jobs(connection, query)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def pictures_of(store: Store, job: Job | int) -> list[Entry]:
    """What a job painted and is still there, in the order of its seeds."""
    number = job if isinstance(job, int) else job.id
    query = select(painted.c.picture_id).where(painted.c.job_id == number).order_by(painted.c.number)
    with store.reading() as connection:
        return list(entries(connection, store.person, connection.scalars(query).all()))


def _steer(store: Store, number: int, state: str, allowed: tuple[str, ...]) -> Job:
    with store.writing() as connection:
        was = read_job(connection, number, store.person).state
        if not move(connection, [number], state, start=allowed, also={"tries": 0}):
            raise BriefError(f"job {number} is {was}; only one that is {' or '.join(allowed)} can be {state}")
        forget(connection, [number])
        job = read_job(connection, number)
        tell(connection, [about(job)])
    return job


@dataclass(kw_only=True, slots=True, eq=False)
class _Asked:
    """A job that somebody waits to see written, and what came of it."""

    store: Store
    brief: Brief
    plan: Plan | None
    row: dict[str, Any]
    answer: Job | BaseException | None = None

    @property
    def name(self) -> Any:
        """The same for what is one job."""
        key = self.row["key"]
        return id(self) if key is None else (self.store.person, key)


def _stand_in_line(asked: _Asked) -> None:
    """Returns with its answer; one writes for all who came while another wrote, so the disk is waited for once."""
    with _CHANGED:
        _LINE.append(asked)
        _CHANGED.wait_for(lambda: asked.answer is not None or not _WRITING)
        if asked.answer is not None:
            return
        line = [other for other in _LINE if other.store.engine is asked.store.engine]
        for other in line:
            _LINE.remove(other)
        _WRITING.append(asked)
    try:
        _write(asked.store, line)
    finally:
        with _CHANGED:
            _WRITING.remove(asked)
            _CHANGED.notify_all()


def _write(store: Store, line: list[_Asked]) -> None:
    """Writes jobs in one transaction; each gets its answer."""
    try:
        with store.writing() as connection:
            if any(asked.row["key"] is not None for asked in line):
                hold(connection)  # nobody writes the same key meanwhile
            fresh: dict[Any, _Asked] = {}  # by person and key, or by itself where it has none
            for asked in line:
                if _known(connection, asked) is None:
                    fresh.setdefault(asked.name, asked)
            made = dict(zip(fresh, _insert(connection, list(fresh.values())), strict=True))
            tell(connection, [about(job) for job in made.values()])
    except BaseException as error:
        for asked in line:
            asked.answer = error
        if isinstance(error, Exception):
            return
        raise
    for asked in line:
        asked.answer = asked.answer or made[asked.name]


def _known(connection: Connection, asked: _Asked) -> Job | BaseException | None:
    """Its answer, where there is one already: the job of that key, or what is wrong with it."""
    person, key = asked.store.person, asked.row["key"]
    if key is not None:
        known = connection.scalar(select(jobs.c.id).where(jobs.c.person == person, jobs.c.key == key))
        if known is not None:
            asked.answer = read_job(connection, known)
            return asked.answer
    try:
        check_references(connection, asked.brief, asked.plan)
    except BriefError as error:
        asked.answer = error
    return asked.answer


def _insert(connection: Connection, fresh: list[_Asked]) -> list[Job]:
    """Brief and job of each, in their order."""
    if not fresh:
        return []
    moment = now()
    said = [
        {"person": a.store.person, "created": moment, "prompt": a.brief.prompt, "wishes": brief_to_dict(a.brief)}
        for a in fresh
    ]
    numbers = connection.scalars(insert(briefs).returning(briefs.c.id, sort_by_parameter_order=True), said).all()
    rows = [
        {**a.row, "person": a.store.person, "created": moment, "brief_id": number, "state": "queued", "done": 0.0}
        for a, number in zip(fresh, numbers, strict=True)
    ]
    numbers = connection.scalars(insert(jobs).returning(jobs.c.id, sort_by_parameter_order=True), rows).all()
    return [
        Job(
            id=number, brief=a.brief, person=a.store.person, state="queued", priority=a.row["priority"],
            key=a.row["key"], created=moment, started=None, ended=None, done=0.0, stage="", error=None,
            parents=tuple((parent, kind) for parent, kind in a.row["parents"]),
        )
        for a, number in zip(fresh, numbers, strict=True)
    ]  # fmt: skip


def _check(key: str | None, priority: int, parents: tuple[tuple[int, str], ...]) -> None:
    if key is not None and (not key or clean(key, MAX_KEY) != key):
        raise BriefError(f"key {key[:60]!r} — 1 to {MAX_KEY} printable letters")
    if not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        raise BriefError(f"priority {priority} — from -{MAX_PRIORITY} to {MAX_PRIORITY}; the higher is done first")
    for number, kind in parents:
        if not 0 < number < 2**63:
            raise BriefError(f"no picture {number}")
        if kind not in KINDS:
            raise BriefError(f"no way from picture to picture {kind!r}; one of {', '.join(KINDS)}")


def _likeness(brief: Brief, plan: Plan | None) -> dict[str, Any]:
    """The plan as JSON, what a batch is chosen by, and what tells that two jobs are the same."""
    planned = None if plan is None else plan.to_dict()
    everything, own = (brief_to_dict(brief), OWN) if planned is None else (planned, ("samples",))
    shared = {name: value for name, value in everything.items() if name not in own}
    twin = _digest(everything)
    alone = brief.purpose is not None or brief.size == "photo"  # as large as they become, and each another
    size, count = (brief.size, brief.count) if plan is None else (plan.size, len(plan.samples))
    width, height = size if isinstance(size, tuple) else USUAL_SIZE
    pixels = width * height * count * brief.enlarge**2
    return {"plan": planned, "twin": twin, "kin": twin if alone else _digest(shared), "pixels": pixels}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
