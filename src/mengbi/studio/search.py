"""Finding pictures: page by page, newest first; by words, by meaning, by all that is known of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, literal_column, select, text, tuple_

from mengbi.brief import MAX_PROMPT
from mengbi.errors import BriefError
from mengbi.studio.facts import MAX_NAME, clean, fold
from mengbi.studio.marks import find_collection, tag_name
from mengbi.studio.meaning import nearest
from mengbi.studio.pictures import Entry, entries, milliseconds
from mengbi.studio.store import Store
from mengbi.studio.tables import collected, favourites, pictures, ratings, tags

MAX_PAGE = 500
TRIGRAM = 3
"""SQLite's index finds words of at least so many letters."""
COMMON = 2000
"""Words that more pictures have than this are found faster by looking at the newest pictures one by one."""

SPARE = 100
"""So many more of the nearest are looked at than are asked for: some may be gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which pictures are meant: all of what is given holds. Nothing given: every picture."""

    words: str = ""  # each of them occurs in title, prompt or tags, in any language
    favourite: bool = False
    stars: int | None = None  # so many or more
    style: str | None = None
    engine: str | None = None
    collection: str | None = None
    tag: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Pictures, newest first; `after` of the next page, None on the last."""

    entries: tuple[Entry, ...]
    next: str | None


def page(store: Store, wanted: Filter | None = None, *, limit: int = 50, after: str | None = None) -> Page:
    """The pictures that are meant, newest first, from behind `after`, at most `limit` (1 to 500).

    Its cost does not grow with how far one has leafed. Raises BriefError for a limit, a page or a collection that is
    none, StorageError.
    """
    _check_limit(limit)
    p = pictures.c
    newest = select(p.id, p.created).order_by(p.created.desc(), p.id.desc()).limit(limit + 1)
    if after is not None:
        newest = newest.where(tuple_(p.created, p.id) < tuple_(*_read_cursor(after)))
    with store.reading() as connection:
        rows = connection.execute(newest.where(*_conditions(connection, store, wanted or Filter()))).all()
        shown = entries(connection, store.person, [row.id for row in rows[:limit]])
    more = f"{rows[limit - 1].created}-{rows[limit - 1].id}" if len(rows) > limit else None
    return Page(entries=shown, next=more)


def by_meaning(
    store: Store, words: str, wanted: Filter | None = None, *, limit: int = 50
) -> tuple[tuple[Entry, float], ...]:
    """The pictures whose words mean the most alike, in any of the encoder's languages, nearest first.

    With each how near it is, −1 to 1. Raises BriefError, StorageError.
    """
    _check_limit(limit)
    if not words.strip():
        raise BriefError("no words to look for the meaning of", code="prompt-empty")
    ids, scores = nearest(store, words)
    with store.reading() as connection:
        if wanted is not None and wanted != Filter():
            meant = connection.scalars(select(pictures.c.id).where(*_conditions(connection, store, wanted))).all()
            inside = np.isin(ids, np.array(meant, np.int64))
            ids, scores = ids[inside], scores[inside]
        found: list[tuple[Entry, float]] = []
        for best in _nearest_first(scores, limit + SPARE):
            near = dict(zip(ids[best].tolist(), scores[best].tolist(), strict=True))
            found += [(entry, near[entry.id]) for entry in entries(connection, store.person, list(near))]
            if len(found) >= limit:
                break
    return tuple(found[:limit])


def _nearest_first(scores: NDArray[np.float32], some: int) -> Iterator[NDArray[np.int64]]:
    """Places of the highest scores, some at a time; only who wants more than the first has all of them sorted."""
    if len(scores) > some:
        first = np.argpartition(-scores, some)[:some]
        yield first[np.argsort(-scores[first], kind="stable")]
        order = np.argsort(-scores, kind="stable")
        order = order[~np.isin(order, first)]
    else:
        order = np.argsort(-scores, kind="stable")
    for start in range(0, len(order), some):
        yield order[start : start + some]


def count(store: Store, wanted: Filter | None = None) -> int:
    """How many pictures are meant. Raises BriefError, StorageError."""
    with store.reading() as connection:
        conditions = _conditions(connection, store, wanted or Filter())
        return connection.scalar(select(func.count()).select_from(pictures).where(*conditions)) or 0


def _conditions(connection: Connection, store: Store, wanted: Filter) -> list[ColumnElement[bool]]:
    p, person = pictures.c, store.person
    found: list[ColumnElement[bool]] = [~p.removed, *_with_words(connection, clean(wanted.words, MAX_PROMPT))]
    if wanted.favourite:
        found.append(p.id.in_(select(favourites.c.picture_id).where(favourites.c.person == person)))
    if wanted.stars is not None:
        mine = select(ratings.c.picture_id).where(ratings.c.person == person, ratings.c.stars >= wanted.stars)
        found.append(p.id.in_(mine))
    if wanted.style is not None:
        found.append(p.style == clean(wanted.style, MAX_NAME))
    if wanted.engine is not None:
        found.append(p.engine == clean(wanted.engine, MAX_NAME))
    if wanted.collection is not None:
        number = find_collection(connection, person, wanted.collection)
        found.append(p.id.in_(select(collected.c.picture_id).where(collected.c.collection_id == number)))
    if wanted.tag is not None:
        found.append(p.id.in_(select(tags.c.picture_id).where(tags.c.tag == tag_name(wanted.tag))))
    if wanted.since is not None:
        found.append(p.created >= milliseconds(wanted.since))
    if wanted.until is not None:
        found.append(p.created < milliseconds(wanted.until))
    return found


def _with_words(connection: Connection, words: str) -> Sequence[ColumnElement[bool]]:
    """Each of the words occurs, anywhere in a word of the picture: Chinese has no spaces to go by."""
    terms = fold(words).split()
    if connection.dialect.name != "sqlite":
        return [pictures.c.words.contains(term, autoescape=True) for term in terms]
    short = [term for term in terms if len(term) < TRIGRAM]
    long = [term for term in terms if len(term) >= TRIGRAM]
    if long:
        asked = " ".join('"' + term.replace('"', '""') + '"' for term in long)
        query = text("SELECT rowid FROM pictures_words WHERE pictures_words MATCH :asked LIMIT :most")
        rare = connection.scalars(query, {"asked": asked, "most": COMMON}).all()
        if len(rare) < COMMON:
            return [pictures.c.id.in_(rare), *map(_occurs, short)]
    return [_occurs(term) for term in terms]


def _occurs(term: str) -> ColumnElement[bool]:
    return func.instr(pictures.c.words, term) > literal_column("0")


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise BriefError(f"{limit} pictures at once — 1 to {MAX_PAGE}")


def _read_cursor(after: str) -> Sequence[Any]:
    parts = after.removeprefix("-").split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        raise BriefError(f"page {after[:60]!r} — none of ours; begin without it", code="bad-page")
    return (-1 if after.startswith("-") else 1) * int(parts[0]), int(parts[1])
