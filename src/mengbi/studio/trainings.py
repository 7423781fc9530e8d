"""The registry of trainings: what was trained, from what, how far it is, and what came of it.

A row says where the run lies and how to go on with it; weights, curves and sheets stay in the run's own folder.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from mengbi.errors import BriefError, OutputError
from mengbi.locks import lock_now
from mengbi.registry import nearest
from mengbi.studio.database import now
from mengbi.studio.jobs import moment
from mengbi.studio.store import Store
from mengbi.studio.tables import trainings

MAX_NAME = 100
LOCK = "training.lock"
"""In a run's folder: whoever trains there holds it, and the system lets go of it however that ends."""
A_MOMENT = 0.2
"""Seconds. Whoever asks whether somebody trains there holds it for less."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """A run of the lab."""

    name: str
    family: str  # what is trained: "dream", "dcgan"…
    recipe: Mapping[str, Any]  # what was ordered, enough to go on with it
    data: Mapping[str, Any]  # what it learns from: source, digest, count, licence, consent
    code: str  # version of Mengbi
    machine: str
    folder: Path  # checkpoints, log, curves and sheets
    steps: int  # of the whole run
    parent: str | None = None  # the training that it began with
    state: str = "running"  # running, stopped, done or failed
    step: int = 0
    seconds: float = 0.0  # of training, all calls together
    metrics: Mapping[str, float]  # as it lately was
    note: str | None = None  # what is to be known of how it goes, in plain words
    created: int = 0  # milliseconds since 1970
    updated: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; times in ISO 8601."""
        values = {field: getattr(self, field) for field in self.__slots__}
        times = {name: moment(values[name]) for name in ("created", "updated")}
        return values | times | {"folder": str(self.folder), "recipe": dict(self.recipe), "data": dict(self.data)}


def begin(store: Store, training: Training) -> Training:
    """Writes a training down, or that one of its name and folder goes on; as it then stands in the registry.

    Raises BriefError as `check` does, StorageError.
    """
    values = {field: getattr(training, field) for field in training.__slots__}
    values |= {"folder": str(training.folder.resolve()), "recipe": dict(training.recipe), "data": dict(training.data)}
    with store.writing() as connection:
        if not _stands(connection, training.name, training.folder):
            connection.execute(insert(trainings).values(**values | {"created": now(), "updated": now()}))
        else:
            known = ("recipe", "data", "code", "machine", "steps")
            changes = {key: values[key] for key in known} | {"state": "running", "updated": now(), "note": None}
            connection.execute(update(trainings).where(trainings.c.name == training.name).values(**changes))
    return find(store, training.name)


def check(store: Store, name: str, folder: Path) -> None:
    """Raises BriefError for what is no name, and for that of a training in another folder."""
    with store.reading() as connection:
        _stands(connection, name, folder)


def _stands(connection: Connection, name: str, folder: Path) -> bool:
    """Whether the training of that name and folder is known. Raises BriefError as `check` does."""
    if not 0 < len(name) <= MAX_NAME or set(name) & set("/\\\0") or name in (".", ".."):
        raise BriefError(f"name {name[:MAX_NAME]!r} — 1 to {MAX_NAME} characters, and no slash")
    known = connection.scalar(select(trainings.c.folder).where(trainings.c.name == name))
    if known not in (None, str(folder.resolve())):
        raise BriefError(f"there is a training {name!r} in {known}; choose another --name")
    return known is not None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else trains in the folder meanwhile. Raises BriefError where somebody does, OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+b")
    except OSError as error:
        raise OutputError(f"{folder} — no run can lie there ({error.strerror or error})") from error
    with file:
        if not lock_now(file):
            time.sleep(A_MOMENT)
            if not lock_now(file):
                raise BriefError(f"{folder} — another process trains there; see: mengbi lab runs")
        yield


def abandoned(folder: Path) -> bool:
    """Whether somebody trained there who is no more, as far as this machine can tell."""
    try:
        with (folder / LOCK).open("r+b") as file:
            return lock_now(file)
    except OSError:
        return False


def follow(store: Store, name: str, **changes: Any) -> None:
    """Writes down how far a training is: state, step, seconds, metrics, note. Raises StorageError."""
    with store.writing() as connection:
        connection.execute(update(trainings).where(trainings.c.name == name).values(**changes, updated=now()))


def find(store: Store, name: str) -> Training:
    """The training of that name. Raises BriefError."""
    with store.reading() as connection:
        row = connection.execute(select(trainings).where(trainings.c.name == name)).one_or_none()
        if row is None:
            known = list(connection.scalars(select(trainings.c.name).order_by(trainings.c.created.desc())))
            raise BriefError(
                f"no training {name[:MAX_NAME]!r}; {nearest(name, known) if known else 'there is none yet'}"
            )
    return _training(row)


def every(store: Store) -> list[Training]:
    """All of them, the newest first."""
    with store.reading() as connection:
        order = (trainings.c.created.desc(), trainings.c.id.desc())
        return [_training(row) for row in connection.execute(select(trainings).order_by(*order))]


def in_folder(store: Store, folder: Path) -> Training | None:
    """The training whose run lies there."""
    with store.reading() as connection:
        where = trainings.c.folder == str(folder.resolve())
        row = connection.execute(select(trainings).where(where)).first()
    return None if row is None else _training(row)


def read_lines(log: Path) -> list[dict[str, float]]:
    """The lines of a run's `log.jsonl` that are whole, the oldest first: who was killed may have left half a line."""
    found = []
    for text in log.read_text("utf-8").splitlines() if log.exists() else ():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def curves(training: Training, most: int = 400) -> list[dict[str, float]]:
    """The lines of its log; of a long one evenly chosen ones, and always those of a check and the last."""
    lines = read_lines(training.folder / "log.jsonl")
    stride = max(1, len(lines) // most)
    usual = set(lines[-1]) if lines else set()
    return [line for n, line in enumerate(lines) if n % stride == 0 or n == len(lines) - 1 or not set(line) >= usual]


def sheets(training: Training) -> list[int]:
    """The steps at which it painted a sheet, in order."""
    found = (training.folder / "sheets").glob("*.png")
    return sorted(int(path.stem) for path in found if path.stem.isdecimal())


def sheet(training: Training, step: int) -> bytes:
    """The sheet of a step, a PNG. Raises BriefError."""
    try:
        return (training.folder / "sheets" / f"{step:08d}.png").read_bytes()
    except OSError as error:
        raise BriefError(f"the training {training.name!r} has no sheet of step {step}") from error


def forget(store: Store, name: str) -> None:
    """Takes a training off the list; its folder stays. Raises BriefError."""
    find(store, name)
    with store.writing() as connection:
        connection.execute(delete(trainings).where(trainings.c.name == name))


def _training(row: Row[Any]) -> Training:
    values = {field: getattr(row, field) for field in Training.__slots__ if field != "folder"}
    found = Training(**values, folder=Path(row.folder))
    return replace(found, state="stopped") if found.state == "running" and abandoned(found.folder) else found
