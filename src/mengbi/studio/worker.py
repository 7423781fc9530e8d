"""A worker: takes jobs, paints them, and leaves nothing half done, however it ends.

Which job is next, and whether it is done, is said by its row alone. DBOS remembers how far each run came: when a
worker is killed, its next life goes on after the last step that was finished, and does not paint again what is painted.
Its tables stand beside ours, on PostgreSQL in a schema of their own, on SQLite in a file of their own, so that the two
never wait for each other's lock; should that file lag behind or be lost, a step is done twice, which changes nothing.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from mengbi.errors import FaultError, MengbiError, StorageError
from mengbi.studio import painter
from mengbi.studio.database import file_of
from mengbi.studio.events import prune
from mengbi.studio.painter import Way
from mengbi.studio.runs import breathe, bury, held_by, is_busy, let_go, retire, settle, take
from mengbi.studio.seat import seated
from mengbi.studio.sources import sweep
from mengbi.studio.store import Store

IDLE = 0.1
"""Seconds between two looks at an empty queue."""
BREATH = 5.0
"""Seconds between two signs of life, and between two looks for jobs of workers that give none."""
PATIENCE = 30.0
"""Seconds that DBOS has to come to a run that it knows."""
ROOM = 2**22
"""Bytes that there must be to go on, after there was no room for a picture."""
HOUR = 3600.0
REMEMBERED = timedelta(days=1)
"""For which DBOS keeps what it wrote of a run that has ended."""
AT_ONCE = 500
NAME, VERSION = "mengbi", "1"
"""As DBOS knows us. The version stays, or jobs of before an upgrade would wait for a program that is no more."""

Carry = Callable[[str], None]
log = logging.getLogger("mengbi.worker")


def work(store: Store, *, stop: threading.Event, filters: bool = True, drain: bool = False) -> None:
    """Paints what the queue holds until `stop` is set, which is noticed within a step; drain: or all is done.

    Any number of workers may do so on one database. Raises FaultError without the extra `studio`, StorageError where
    the database cannot be reached at the start; later it is waited for.
    """
    way, begun, under_way = Way(filters=filters, stopped=stop.is_set), set[str](), set[str]()
    with seated() as name, _breathing(store, name), _dbos(store, name, way, under_way) as carry:
        looked = pruned = 0.0
        while not stop.is_set():
            try:
                _recover(store, name, stop, begun, under_way)
                if time.monotonic() - looked > BREATH:
                    looked = time.monotonic()
                    bury(store)
                if time.monotonic() - pruned > HOUR or not pruned:
                    pruned = time.monotonic()
                    prune(store)
                    sweep(store)
                    _forget_runs()
                next_run = take(store, name)
                if next_run is not None:
                    begun.add(next_run)
                    _carry_to_its_end(store, next_run, carry, stop)
                    begun.remove(next_run)
                elif drain and not is_busy(store):
                    break
                else:
                    stop.wait(IDLE)
            except (MengbiError, SQLAlchemyError) as error:  # the rows say what is to be done when they are back
                log.warning("waiting for the database: %s", error)
                stop.wait(BREATH)
        for run in held_by(store, name):
            let_go(store, run, forgiven=True)


def _carry_to_its_end(store: Store, run: str, carry: Carry, stop: threading.Event) -> None:
    """Where the disk is full or the bucket away, no job is to blame: it says so, and waits until that is over."""
    error: Exception | None = None
    try:
        carry(run)
    except Exception as problem:
        error = problem
    no_room = isinstance(error, StorageError) and not _is_room(store)
    said = error if error is None or isinstance(error, MengbiError) else str(error)
    let_go(store, run, error=said, forgiven=no_room or stop.is_set())
    if no_room:
        log.warning("waiting for room: %s", error)
        while not stop.wait(BREATH) and not _is_room(store):
            pass


def _is_room(store: Store) -> bool:
    """Whether a file can be put where the pictures are."""
    name = f"{secrets.token_hex(32)}.webp"
    try:
        try:
            store.blobs.put("thumbs", name, bytes(ROOM))
        finally:
            store.blobs.remove("thumbs", name)  # else it would be a thumbnail of nothing, which mend takes away
    except StorageError:
        return False
    return True


def _recover(store: Store, name: str, stop: threading.Event, begun: set[str], under_way: set[str]) -> None:
    """Waits for DBOS, which goes on by itself with what this worker had painted when it died.

    What it does not know or cannot end is let go; and what was begun in this life and could not be let go, because the
    database was away: DBOS may have it as under way for ever, as it could not be told either.
    """
    from dbos import DBOS

    for run in held_by(store, name):
        waited = time.monotonic() + PATIENCE
        while not stop.is_set() and run in held_by(store, name):
            status = None if run in begun else DBOS.get_workflow_status(run)
            comes = status is not None and status.status in ("PENDING", "ENQUEUED") and time.monotonic() < waited
            if run in under_way or comes:
                stop.wait(IDLE)
            else:
                let_go(store, run, forgiven=run in begun)
                begun.discard(run)


def _forget_runs() -> None:
    from dbos import DBOS

    before = (datetime.now(UTC) - REMEMBERED).isoformat()
    while True:
        old = DBOS.list_workflows(completed_before=before, limit=AT_ONCE, load_input=False, load_output=False)
        if not old:
            return
        DBOS.delete_workflows([run.workflow_id for run in old])


@contextmanager
def _dbos(store: Store, name: str, way: Way, under_way: set[str]) -> Iterator[Carry]:
    """DBOS under way in this process, and what has a run carried out by it; it talks to nobody, and to no terminal.

    under_way: where the runs are named that are carried out just now.
    """
    quiet = logging.getLogger("dbos")
    quiet.addHandler(logging.NullHandler())  # it puts up its own where there is none
    quiet.propagate = False
    try:
        from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID
    except ImportError as error:
        raise FaultError("the studio is not installed; pip install 'mengbi[studio]' brings it") from error
    settle(store, name)  # before DBOS goes on with it
    engine = _engine_for(store)
    DBOS(
        config={
            "name": NAME,
            "system_database_url": engine.url.render_as_string(hide_password=False),
            "system_database_engine": engine,
            "application_version": VERSION,
            "executor_id": name,
            "enable_otlp": False,
            "serializer": DBOSPortableJSONSerializer(),  # pickles of a shared database would be anybody's program
        }
    )
    fresh: dict[str, bytes] = {}
    resolve = DBOS.step(name="resolve")(lambda run: painter.resolve(store, run, way))
    paint = DBOS.step(name="paint")(lambda run, group: painter.paint(store, run, group, way, fresh))
    keep = DBOS.step(name="keep")(lambda run, puts: painter.keep(store, run, puts, fresh))

    @DBOS.workflow(name="carry")
    def carry(run: str) -> None:
        under_way.add(run)
        try:
            for group in resolve(run):
                keep(run, paint(run, group))
                fresh.clear()
        finally:
            under_way.discard(run)

    def start(run: str) -> None:
        with SetWorkflowID(run):
            carry(run)

    try:
        try:
            DBOS.launch()
        except SQLAlchemyError as error:
            raise StorageError(f"what DBOS keeps of runs cannot be opened ({error})") from error
        yield start
    finally:
        DBOS.destroy(destroy_registry=True)
        engine.dispose()


def _engine_for(store: Store) -> sqlalchemy.Engine:
    file = file_of(store.engine)
    if file is None:
        return sqlalchemy.create_engine(store.engine.url, pool_pre_ping=True)
    url = store.engine.url.set(database=str(file.with_name(f"{file.stem}-runs{file.suffix}")))
    engine = sqlalchemy.create_engine(url)
    sqlalchemy.event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    """What is lost of it with the machine's power is done again, so it need not be waited for."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.isolation_level = "IMMEDIATE"


@contextmanager
def _breathing(store: Store, name: str) -> Iterator[None]:
    """Signs of life, also while a picture takes minutes."""
    breathe(store, name)
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(BREATH):
            try:
                breathe(store, name)
            except MengbiError:
                continue

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(MengbiError):
            retire(store, name)
