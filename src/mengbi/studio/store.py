"""The store: a database and a place for files that never disagree, because the file is there before its row.

    store = open_store()
    entry = add(store, Path("fox.png").read_bytes())
    for entry in search.page(store, Filter(words="fox")).entries: ...

The row is the truth. A file without a row is one that somebody was just about to add; `mend` settles it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine

from mengbi.studio import database
from mengbi.studio.blobs import Blobs, open_blobs


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """What everything in the studio stands on; any number of threads and processes may have it open."""

    engine: Engine
    blobs: Blobs
    person: str = ""  # whose ratings, favourites and collections are meant

    def of(self, person: str) -> "Store":
        """The same store as another person sees it."""
        return replace(self, person=person)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the database. Raises StorageError."""
        with database.reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises StorageError."""
        with database.writing(self.engine) as connection:
            yield connection

    def backup(self, path: Path) -> None:
        """Copies the database, without the pictures, to `path`. Raises BriefError, OutputError, StorageError."""
        database.backup(self.engine, path)

    def close(self) -> None:
        """Lets the connections go."""
        self.engine.dispose()


def open_store(url: str | None = None, blobs: str | None = None, person: str = "") -> Store:
    """The store in the person's data folder, or where MENGBI_DATABASE and MENGBI_BLOBS say; made if there is none.

    url: of the database, instead; blobs: a folder or URL for files, instead. Raises BriefError, StorageError.
    """
    place = open_blobs(blobs)
    return Store(engine=database.connect(url or database.usual_url()), blobs=place, person=person)


@contextmanager
def opened(url: str | None = None, blobs: str | None = None, person: str = "") -> Iterator[Store]:
    """`open_store`, closed at the end."""
    store = open_store(url, blobs, person)
    try:
        yield store
    finally:
        store.close()


def is_there() -> bool:
    """Whether anything was ever kept, without making a place for it."""
    return database.is_there(database.usual_url())
