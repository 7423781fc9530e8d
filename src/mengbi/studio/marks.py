"""What a person makes of a picture: stars, favourites, tags, a title, collections."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from mengbi.errors import BriefError
from mengbi.registry import nearest
from mengbi.studio.database import now
from mengbi.studio.facts import MAX_NAME, clean, fold
from mengbi.studio.meaning import keep_meaning, vector
from mengbi.studio.pictures import Entry
from mengbi.studio.store import Store
from mengbi.studio.tables import collected, collections, favourites, pictures, ratings, tags

MAX_TAG = 64
MAX_TAGS = 64
"""Of one picture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """A person's own selection of pictures."""

    name: str
    count: int
    id: int


def rate(store: Store, entry: Entry, stars: int | None) -> None:
    """Gives 1 to 5 stars; None takes them away. Raises BriefError."""
    if stars is not None and not 1 <= stars <= 5:
        raise BriefError(f"{stars} stars — 1 to 5, or 0 to take them away", code="number", what="stars", low=0, high=5)
    with store.writing() as connection:
        mark(connection, store.person, entry.id, stars=stars)


def favour(store: Store, entry: Entry, on: bool = True) -> None:
    """Makes it a favourite, or none."""
    with store.writing() as connection:
        mark(connection, store.person, entry.id, favourite=on)


def tag(store: Store, entry: Entry, names: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
    """Adds tags and takes others away. Raises BriefError for one that is empty or too long."""
    wanted, unwanted = [tag_name(name) for name in names], [tag_name(name) for name in drop]
    with store.writing() as connection:
        label(connection, entry.id, wanted)
        connection.execute(delete(tags).where(tags.c.picture_id == entry.id, tags.c.tag.in_(unwanted)))
        write_words(connection, entry.id)


def retitle(store: Store, entry: Entry, title: str) -> None:
    """Gives it another title; "" takes it away."""
    named = clean(title, MAX_NAME)
    meant = None if entry.prompt else vector(named)
    with store.writing() as connection:
        connection.execute(update(pictures).where(pictures.c.id == entry.id).values(title=named))
        write_words(connection, entry.id)
        keep_meaning(connection, entry.id, meant)


def collect(store: Store, entry: Entry, name: str) -> None:
    """Puts it into the collection of that name, which is made if there is none. Raises BriefError."""
    named = collection_name(name)
    with store.writing() as connection:
        gather(connection, store.person, entry.id, named)


def uncollect(store: Store, entry: Entry, name: str) -> None:
    """Takes it out of a collection; one that is empty then is no more. Raises BriefError if there is none."""
    with store.writing() as connection:
        number = find_collection(connection, store.person, name)
        connection.execute(
            delete(collected).where(collected.c.collection_id == number, collected.c.picture_id == entry.id)
        )
        inside = select(collected.c.collection_id).where(collected.c.collection_id == number).exists()
        connection.execute(delete(collections).where(collections.c.id == number, ~inside))


def all_collections(store: Store) -> tuple[Collection, ...]:
    """The person's collections by name."""
    counted = (
        select(collections.c.name, func.count(collected.c.picture_id), collections.c.id)
        .select_from(collections.outerjoin(collected))
        .where(collections.c.person == store.person)
        .group_by(collections.c.id, collections.c.name)
        .order_by(collections.c.name)
    )
    with store.reading() as connection:
        return tuple(Collection(name=name, count=count, id=id_) for name, count, id_ in connection.execute(counted))


def make_collection(store: Store, name: str) -> Collection:
    """The collection of that name, made if there is none. Raises BriefError for a name that is none."""
    named = collection_name(name)
    with store.writing() as connection:
        mine = select(collections.c.id).where(collections.c.person == store.person, collections.c.name == named)
        if connection.scalar(mine) is None:
            row = {"person": store.person, "name": named, "created": now()}
            connection.execute(insert(collections).values(row))
    return next(one for one in all_collections(store) if one.name == named)


def drop_collection(store: Store, number: int) -> None:
    """Takes a collection of this person's away; its pictures stay. Raises BriefError if there is none."""
    with store.writing() as connection:
        mine = (collections.c.id == number) & (collections.c.person == store.person)
        if connection.execute(delete(collections).where(mine)).rowcount == 0:
            raise BriefError(f"no collection {number}")


def withdraw(store: Store, entry: Entry, number: int) -> None:
    """Takes a picture out of a collection, which stays even when it is empty. Raises BriefError if there is none."""
    inside = (collected.c.collection_id == number) & (collected.c.picture_id == entry.id)
    with store.writing() as connection:
        mine = (collections.c.id == number) & (collections.c.person == store.person)
        if connection.scalar(select(collections.c.id).where(mine)) is None:
            raise BriefError(f"no collection {number}")
        connection.execute(delete(collected).where(inside))


def named_collection(store: Store, key: str) -> str:
    """The name of this person's collection of that name or number. Raises BriefError if there is none."""
    found = all_collections(store)
    named = next((one.name for one in found if one.name == clean(key, MAX_NAME)), None)
    named = named or next((one.name for one in found if str(one.id) == key), None)
    if named is None:
        raise BriefError(f"no collection {key[:60]!r}; {nearest(key, sorted(one.name for one in found))}")
    return named


def collections_of(store: Store, entry: Entry) -> tuple[str, ...]:
    """Names of the person's collections that it is in."""
    inside = select(collections.c.name).join(collected).where(collected.c.picture_id == entry.id)
    with store.reading() as connection:
        mine = inside.where(collections.c.person == store.person).order_by(collections.c.name)
        return tuple(connection.scalars(mine))


def mark(
    connection: Connection, person: str, number: int, *, stars: int | None = -1, favourite: bool | None = None
) -> None:
    """Stars and favourite of one person, those that are given. stars: −1 leaves them, None takes them away."""
    if stars != -1:
        connection.execute(delete(ratings).where(ratings.c.person == person, ratings.c.picture_id == number))
        if stars is not None:
            connection.execute(insert(ratings).values(person=person, picture_id=number, stars=stars))
    if favourite is not None:
        connection.execute(delete(favourites).where(favourites.c.person == person, favourites.c.picture_id == number))
        if favourite:
            connection.execute(insert(favourites).values(person=person, picture_id=number))


def label(connection: Connection, number: int, names: Iterable[str]) -> None:
    """Tags that were read by `tag_name`. Raises BriefError for too many."""
    standing = set(connection.scalars(select(tags.c.tag).where(tags.c.picture_id == number)))
    fresh = sorted(set(names) - standing)
    if fresh and len(standing) + len(fresh) > MAX_TAGS:
        said = f"{len(standing) + len(fresh)} tags for one picture; at most {MAX_TAGS}"
        raise BriefError(said, code="too-many-tags", most=MAX_TAGS)
    for name in fresh:
        connection.execute(insert(tags).values(tag=name, picture_id=number))


def gather(connection: Connection, person: str, number: int, name: str) -> None:
    """Into a collection whose name was read by `collection_name`."""
    mine = select(collections.c.id).where(collections.c.person == person, collections.c.name == name)
    found = connection.scalar(mine)
    if found is None:
        row = {"person": person, "name": name, "created": now()}
        found = connection.execute(insert(collections).values(row).returning(collections.c.id)).scalar_one()
    inside = select(collected).where(collected.c.collection_id == found, collected.c.picture_id == number)
    if connection.execute(inside).first() is None:
        connection.execute(insert(collected).values(collection_id=found, picture_id=number))


def write_words(connection: Connection, number: int) -> None:
    """What a search for words looks at, after title or tags have changed."""
    row = connection.execute(select(pictures.c.title, pictures.c.prompt).where(pictures.c.id == number)).one_or_none()
    if row is not None:
        named = connection.scalars(select(tags.c.tag).where(tags.c.picture_id == number).order_by(tags.c.tag)).all()
        words = fold("\n".join([row.title, row.prompt, *named]))
        connection.execute(update(pictures).where(pictures.c.id == number).values(words=words))


def find_collection(connection: Connection, person: str, name: str) -> int:
    """Its number. Raises BriefError with the nearest."""
    mine = dict(
        connection.execute(select(collections.c.name, collections.c.id).where(collections.c.person == person)).all()
    )
    wanted = clean(name, MAX_NAME)
    if wanted not in mine:
        there = nearest(wanted, sorted(mine)) if mine else "there is none yet; mengbi gallery collect makes one"
        raise BriefError(f"no collection {wanted!r}; {there}")
    return int(mine[wanted])


def tag_name(name: str) -> str:
    """A tag as it is kept: one spelling of every word. Raises BriefError."""
    kept = fold(name.strip().removeprefix("#"))
    if not kept or len(kept) > MAX_TAG or clean(kept, MAX_TAG) != kept:
        raise BriefError(f"tag {name[:80]!r} — 1 to {MAX_TAG} letters", code="tag", most=MAX_TAG)
    return kept


def collection_name(name: str) -> str:
    """A collection's name as it is kept. Raises BriefError."""
    kept = clean(name, MAX_NAME + 1)
    if not kept or len(kept) > MAX_NAME:
        raise BriefError(f"collection {name[:80]!r} — 1 to {MAX_NAME} letters", code="collection-name", most=MAX_NAME)
    return kept
