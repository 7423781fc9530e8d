"""Search by what the words mean: every picture's words as a vector, and one product of a matrix with them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mengbi.studio.store import Store
from mengbi.studio.tables import counters, meanings, pictures
from mengbi.text.encoder import DEFAULT, load_encoder

COUNTER = "meanings"
AT_ONCE = 256


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Matrix:
    """All vectors of a database, as one process holds them: a row for each picture that it ever saw a vector of."""

    change: int  # it holds all that was written up to here
    ids: NDArray[np.int64]  # (n,)
    vectors: NDArray[np.float32]  # (n, dim), unit length


_MATRICES: WeakKeyDictionary[Engine, Matrix] = WeakKeyDictionary()
_TURN = threading.Lock()


def vector(words: str) -> bytes | None:
    """What the words mean, float16; None for no words. Raises AssetError."""
    return vectors([words])[0]


def vectors(texts: Sequence[str]) -> list[bytes | None]:
    """The same for several at once, which takes hardly longer than for one."""
    said = [words for words in dict.fromkeys(texts) if words.strip()]
    meant = dict(zip(said, _halves(load_encoder().encode(said)), strict=True)) if said else {}
    return [meant.get(words) for words in texts]


def keep_meaning(connection: Connection, number: int, meant: bytes | None) -> None:
    """Writes down what the words of a picture mean, and that there is something new."""
    if meant is not None:
        change = _next_change(connection)
        connection.execute(delete(meanings).where(meanings.c.picture_id == number))
        row = {"picture_id": number, "encoder": DEFAULT, "change": change, "vector": meant}
        connection.execute(insert(meanings).values(row))


def nearest(store: Store, words: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Numbers of all pictures that have words, and how near those are to `words`, −1 to 1, unsorted.

    Pictures that were removed meanwhile may be among them.
    """
    matrix = matrix_of(store)
    asked = load_encoder().encode([words])[0]
    return matrix.ids, matrix.vectors @ asked


def matrix_of(store: Store) -> Matrix:
    """The vectors, up to date: only what is new since the last time is read."""
    with _TURN:
        matrix = _MATRICES.get(store.engine)
        with store.reading() as connection:
            change = connection.scalar(select(counters.c.value).where(counters.c.name == COUNTER)) or 0
            if matrix is not None and matrix.change == change:
                return matrix
            matrix = _grown(connection, matrix, change)
        _MATRICES[store.engine] = matrix
        return matrix


def fill(store: Store) -> int:
    """Gives vectors to pictures whose words have none of this encoder; returns how many."""
    p, m = pictures.c, meanings.c
    lacking = (
        select(p.id, p.prompt, p.title)
        .select_from(pictures.outerjoin(meanings, m.picture_id == p.id))
        .where((m.encoder.is_(None)) | (m.encoder != DEFAULT), (p.prompt != "") | (p.title != ""))
        .limit(AT_ONCE)
    )
    filled = 0
    while True:
        with store.reading() as connection:
            rows = connection.execute(lacking).all()
        if not rows:
            return filled
        meant = _halves(load_encoder().encode([row.prompt or row.title for row in rows]))
        with store.writing() as connection:
            standing = set(connection.scalars(select(p.id).where(p.id.in_([row.id for row in rows]))))
            for row, one in zip(rows, meant, strict=True):
                if row.id in standing:
                    keep_meaning(connection, row.id, one)
        filled += len(rows)


def _grown(connection: Connection, matrix: Matrix | None, change: int) -> Matrix:
    seen = 0 if matrix is None else matrix.change
    query = select(meanings.c.picture_id, meanings.c.vector).where(
        meanings.c.encoder == DEFAULT, meanings.c.change > seen, meanings.c.change <= change
    )
    rows = connection.execute(query).all()
    ids = np.array([row[0] for row in rows], np.int64)
    dim = load_encoder().dim
    vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f2").reshape(len(rows), dim).astype(np.float32)
    if matrix is not None:
        stay = ~np.isin(matrix.ids, ids)
        ids = np.concatenate([matrix.ids[stay], ids])
        vectors = np.concatenate([matrix.vectors[stay], vectors])
    return Matrix(change=change, ids=ids, vectors=vectors)


def _next_change(connection: Connection) -> int:
    """The next number; until the transaction ends nobody gets another, so no reader can overlook one."""
    forward = update(counters).where(counters.c.name == COUNTER).values(value=counters.c.value + 1)
    number = connection.execute(forward.returning(counters.c.value)).scalar()
    if number is None:
        kind = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(kind(counters).values(name=COUNTER, value=0).on_conflict_do_nothing())
        number = connection.execute(forward.returning(counters.c.value)).scalar_one()
    return int(number)


def _halves(vectors: NDArray[np.float32]) -> Sequence[bytes]:
    return [row.tobytes() for row in vectors.astype("<f2")]
