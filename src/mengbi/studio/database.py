"""The database: SQLite in a person's own folder, or PostgreSQL by URL; brought up to date, and told of in one line."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from mengbi.errors import BriefError, OutputError, StorageError
from mengbi.files import written_whole
from mengbi.settings import home
from mengbi.studio.tables import HEAD

PATIENCE = 15
"""Seconds that one writer waits for another before it gives up."""
MIGRATIONS = "mengbi:studio/migrations"
_LOCKS = {what: 0x6D656E676269 + place for place, what in enumerate(("files", "events", "turns"))}
"""Of PostgreSQL's advisory locks, ours: "mengbi" in ASCII, and those behind it."""


def usual_url() -> str | URL:
    """MENGBI_DATABASE, or a file in the data folder."""
    usual = URL.create("sqlite", database=str(home() / "studio" / "studio.db"))
    return os.environ.get("MENGBI_DATABASE") or usual


def connect(url: str | URL) -> Engine:
    """The database behind `url`, up to date: made, or migrated, if need be. Raises BriefError, StorageError."""
    engine = _engine(_read_url(url))
    try:
        with telling(engine):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def file_of(engine: Engine) -> Path | None:
    """Where SQLite keeps it; None for a server's database."""
    named = engine.url.database
    return Path(named) if engine.dialect.name == "sqlite" and named else None


def is_there(url: str | URL) -> bool:
    """Whether there is a database to look into, without making one."""
    found = _read_url(url)
    return found.get_backend_name() != "sqlite" or (found.database is not None and Path(found.database).exists())


def now() -> int:
    """Milliseconds since 1970, UTC: a time as the tables keep it."""
    return time.time_ns() // 10**6


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and changes nothing. Raises StorageError."""
    with telling(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it or nothing. On SQLite it is the only writer from its start. Raises StorageError."""
    with telling(engine), engine.execution_options(writes=True).begin() as connection:
        yield connection


def hold(connection: Connection, what: Literal["files", "events", "turns"] = "files") -> None:
    """Until this transaction ends nobody else adds or removes a file, tells of an event, or takes a job.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCKS[what]})


@contextmanager
def telling(engine: Engine) -> Iterator[None]:
    """What the database has to complain of, as one line of ours."""
    try:
        yield
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())
        raise StorageError(f"the gallery's database {_name(engine)} — {said}; mengbi doctor looks into it") from error


def backup(engine: Engine, path: Path) -> None:
    """Copies the database to `path`, whole or not at all, while others read and write it.

    Raises BriefError for a server's database, which has its own tools for that; OutputError, StorageError.
    """
    file = file_of(engine)
    if file is None:
        raise BriefError("a backup copies a SQLite file; for PostgreSQL there are pg_dump and mengbi gallery export")
    if path.exists() and path.samefile(file):
        raise OutputError(f"{path} — the database itself; name another file")
    try:
        with (
            written_whole(path) as part,
            closing(sqlite3.connect(file, timeout=PATIENCE)) as old,
            closing(sqlite3.connect(part)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise StorageError(f"{path} — the backup cannot be written ({error}); choose another place") from error


def _read_url(url: str | URL) -> URL:
    try:
        found = make_url(url)
    except ArgumentError as error:
        raise BriefError(
            "MENGBI_DATABASE — no URL of a database; for example postgresql://me@localhost/mengbi"
        ) from error
    if found.drivername in ("postgres", "postgresql"):
        found = found.set(drivername="postgresql+psycopg")
    if found.drivername not in ("sqlite", "postgresql+psycopg"):
        raise BriefError(f"MENGBI_DATABASE of the kind {found.drivername!r} — sqlite:///FILE or postgresql://HOST/NAME")
    return found


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True, hide_parameters=True)
        except ImportError as error:
            raise BriefError(f"PostgreSQL needs its driver ({error.name}); pip install 'mengbi[pg]'") from error
    if not url.database or url.database == ":memory:":
        raise BriefError("MENGBI_DATABASE — SQLite in memory forgets everything; name a file: sqlite:///FILE")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{url.database} — the gallery cannot be kept there ({error.strerror})") from error
    # transactions are begun below: Python's own begin too late, and never IMMEDIATE
    engine = create_engine(url, connect_args={"timeout": PATIENCE, "isolation_level": None}, hide_parameters=True)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A transaction that will write takes the lock first: one that reads and then writes would fail at once."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        version = _version(connection)
    if version == HEAD:
        return
    file = file_of(engine)
    if file is not None and version is not None:
        backup(engine, file.with_name(f"{file.stem}-before-{HEAD}{file.suffix}"))
    with engine.execution_options(writes=True).connect() as connection:
        if file is not None:
            connection.detach()  # it ends with its foreign keys off
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # a table is dropped to be remade
        with connection.begin():
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    hold(connection)
    if _version(connection) == HEAD:  # somebody else was faster
        return
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        name = _name(connection.engine)
        raise StorageError(f"{name} — a newer Mengbi made this gallery; pip install --upgrade mengbi") from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _name(engine: Engine) -> str:
    return str(file_of(engine) or engine.url.render_as_string(hide_password=True))
