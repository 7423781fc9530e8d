"""Jobs: Briefs that were accepted, and how far each is. `queue` is what people do with them, `work` what workers do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from mengbi.brief import Brief
from mengbi.errors import BriefError, MengbiError
from mengbi.studio.briefs import brief_from_dict, brief_to_dict
from mengbi.studio.database import now
from mengbi.studio.facts import clean
from mengbi.studio.store import Store
from mengbi.studio.tables import STATES, briefs, jobs

FROM: Mapping[str, tuple[str, ...]] = {
    "queued": ("running", "failed", "cancelled", "paused"),  # after its worker died, to try again, or to go on
    "running": ("queued",),
    "done": ("running",),
    "failed": ("queued", "running"),
    "cancelled": ("queued", "running", "paused"),
    "paused": ("queued", "running"),
}
"""Each state, and those that a job may come to it from. What is done stays done."""
MAX_ERROR = 1000


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
    stage: str  # what is being done to it
    error: str | None  # why it failed
    parents: tuple[tuple[int, str], ...]  # pictures that it comes from, by number, and how
    note: str | None = None  # what is to be known of it although it is done
    problem: Mapping[str, Any] | None = None  # {"code", "params"} of the error or the note, for other languages

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; times in ISO 8601."""
        values = {field: getattr(self, field) for field in self.__slots__}
        times = {
            name: None if values[name] is None else moment(values[name]) for name in ("created", "started", "ended")
        }
        return values | times | {"brief": brief_to_dict(self.brief), "parents": [list(pair) for pair in self.parents]}


def moment(milliseconds: int) -> str:
    """A time of the tables in ISO 8601, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def find_job(store: Store, number: int, *, everyone: bool = False) -> Job:
    """The job of that number, if it is this person's; everyone: whoever's. Raises BriefError."""
    with store.reading() as connection:
        return read_job(connection, number, None if everyone else store.person)


def read_job(connection: Connection, number: int, person: str | None = None) -> Job:
    """The same on an open connection; person: whose it must be, None: anyone's."""
    query = select_jobs().where(jobs.c.id == min(max(number, 0), 2**63 - 1))
    found = read_jobs(connection, query if person is None else query.where(jobs.c.person == person))
    if not found:
        raise BriefError(f"no job {number}", code="not-found", job=number)
    return found[0]


def select_jobs() -> Select[Any]:
    """All that `read_jobs` asks for; the caller says which and in what order."""
    return select(jobs, briefs.c.wishes).join(briefs, briefs.c.id == jobs.c.brief_id)


def read_jobs(connection: Connection, query: Select[Any]) -> tuple[Job, ...]:
    """The jobs that a query made of `select_jobs` finds."""
    return tuple(_job(row) for row in connection.execute(query))


def move(
    connection: Connection,
    numbers: Iterable[int],
    state: str,
    error: str | MengbiError | None = None,
    *,
    start: tuple[str, ...] | None = None,
    also: Mapping[str, Any] | None = None,
) -> tuple[int, ...]:
    """Brings jobs into another state; of two who try at once, one does. Those that it moved: others could not go there.

    start: the states that they may be in, default: all that FROM has; also: other columns of theirs, written with it.
    """
    values: dict[str, Any] = {"state": state, "note": None, **_told(error)}
    if state in ("queued", "running", "paused"):
        values |= {"ended": None, "done": 0.0, "stage": ""}
    else:
        values |= {"ended": now(), "stage": ""}
    values |= {"started": now()} if state == "running" else {}
    values |= {"done": 1.0} if state == "done" else {}
    values |= also or {}
    found = jobs.c.id.in_(list(numbers)) & jobs.c.state.in_(start or FROM[state])
    return tuple(connection.scalars(update(jobs).where(found).values(values).returning(jobs.c.id)))


def _told(error: str | MengbiError | None) -> dict[str, Any]:
    """An error as the columns keep it: for a person, and for a program."""
    if error is None:
        return {"error": None, "problem": None}
    code, params = (error.code, error.params) if isinstance(error, MengbiError) else ("fault", {})
    return {"error": clean(str(error), MAX_ERROR), "problem": {"code": code, "params": params}}


def check_state(state: str) -> None:
    """Raises BriefError for a word that is none of the states."""
    if state not in STATES:
        said = f"no state {state!r}; one of {', '.join(STATES)}"
        raise BriefError(said, code="unknown-name", kind="state", name=state[:100])


def _job(row: Any) -> Job:
    plain = {name: getattr(row, name) for name in Job.__slots__ if name not in ("brief", "parents")}
    parents = tuple((int(number), str(kind)) for number, kind in row.parents)
    return Job(**plain, brief=brief_from_dict(row.wishes), parents=parents)
