"""Pictures in the store: added, found by number, read, taken away."""

import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from sqlalchemy import Connection, and_, delete, insert, select, update

from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.plan import Plan, plan_from_dict
from mengbi.studio.database import hold, now
from mengbi.studio.facts import MAX_NAME, Facts, clean, essence, facts, fold
from mengbi.studio.lineage import parents_of
from mengbi.studio.meaning import keep_meaning, vector
from mengbi.studio.steps import drop_steps
from mengbi.studio.store import Store
from mengbi.studio.tables import KINDS, favourites, lineage, pictures, plans, ratings, tags

THUMB_SIDE = 320
_DIGEST = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A picture as the gallery lists it, with one person's stars and favourites."""

    id: int
    digest: str  # sha256 of the file
    suffix: str
    size: tuple[int, int]  # width, height in pixels
    bytes: int
    prompt: str
    title: str
    style: str
    engine: str
    seed: int | None
    created: datetime
    stars: int | None = None  # 1 to 5
    favourite: bool = False
    tags: tuple[str, ...] = ()
    missing: bool = False  # its file is gone or is another one

    @property
    def name(self) -> str:
        """Of its file in the store."""
        return self.digest + self.suffix

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {field: getattr(self, field) for field in self.__slots__}
        return values | {
            "size": list(self.size),
            "tags": list(self.tags),
            "created": self.created.isoformat(timespec="milliseconds"),
        }


def add(
    store: Store,
    data: bytes,
    *,
    at: Path | None = None,
    link: bool = False,
    created: datetime | None = None,
    title: str = "",
    parents: Iterable[tuple[int, str]] = (),
    job: int | None = None,
) -> Entry:
    """Keeps a picture file; one that is there already stays as it is, and only its family grows.

    data: the whole file, PNG, JPEG or WebP; at: where it stands on this disk, link: give that file a second name
    rather than write it again; created: default now; title: where the file has none; parents: numbers of pictures
    that it came from, and how (one of KINDS); those that its plan tells of are found without; job: the one that
    painted it. Raises SourceError for what is no picture, BriefError for a parent that is not there, StorageError.
    """
    told = facts(data, at)
    meant = vector(told.prompt or told.title or title)
    store.blobs.put("pictures", told.digest + told.suffix, data, at if link else None)
    with store.writing() as connection:
        number = write_row(connection, store, told, lambda: data, created=created, title=title, job=job)
        related(connection, number, {**dict(parents_of(connection, number, told.plan)), **dict(parents)})
        keep_meaning(connection, number, meant)
        return entries(connection, store.person, [number])[0]


def write_row(
    connection: Connection,
    store: Store,
    told: Facts,
    data: Callable[[], bytes],
    *,
    created: datetime | None = None,
    title: str = "",
    job: int | None = None,
) -> int:
    """The row of a file that was put there; returns its number, also where it was there before.

    The file is looked for once more, now that nobody can take it away. data: reads it again, if need be.
    """
    hold(connection)
    p, name = pictures.c, told.digest + told.suffix
    known = connection.execute(select(p.id, p.missing, p.removed).where(p.digest == told.digest)).one_or_none()
    if known is not None and known.missing:  # what lies there may be of the right length and wrong all the same
        store.blobs.remove("pictures", name)
        connection.execute(update(pictures).where(p.id == known.id).values(missing=False))
    if store.blobs.size("pictures", name) != told.bytes:
        store.blobs.put("pictures", name, data())
    if known is not None and not known.removed:
        return int(known.id)
    if known is not None:  # somebody wanted it away and was cut short; now it is wanted again, and new
        connection.execute(delete(pictures).where(p.id == known.id))
    title = told.title or clean(title, MAX_NAME)
    number = connection.execute(
        insert(pictures)
        .values(
            digest=told.digest, suffix=told.suffix, width=told.size[0], height=told.size[1], bytes=told.bytes,
            prompt=told.prompt, title=title, words=fold(f"{title}\n{told.prompt}"), style=told.style,
            engine=told.engine, seed=told.seed, essence=None if told.plan is None else essence(told.plan),
            created=milliseconds(created) if created else now(),
            person=store.person, job_id=job, missing=False, removed=False,
        )
        .returning(p.id)
    ).scalar_one()  # fmt: skip
    if told.plan is not None:
        connection.execute(insert(plans).values(picture_id=number, plan=told.plan.to_dict()))
    return int(number)


def related(connection: Connection, child: int, parents: Mapping[int, str]) -> None:
    """Writes down which pictures `child` came from, by number, and how. Raises BriefError."""
    standing = set(connection.scalars(select(lineage.c.parent_id).where(lineage.c.child_id == child)))
    for parent, kind in parents.items():
        if kind not in KINDS:
            raise BriefError(f"no way from picture to picture {kind!r}; one of {', '.join(KINDS)}")
        if parent not in standing and parent != child:
            _one(connection, parent)
            connection.execute(insert(lineage).values(child_id=child, parent_id=parent, kind=kind))


def find(store: Store, key: int | str) -> Entry:
    """The picture of that number, or whose digest begins so (six characters or more). Raises BriefError."""
    with store.reading() as connection:
        return entries(connection, store.person, [_one(connection, key)])[0]


def find_digest(connection: Connection, digest: str) -> int | None:
    """The number of the picture with exactly this file; None if there is none."""
    number: int | None = connection.scalar(
        select(pictures.c.id).where(pictures.c.digest == digest, ~pictures.c.removed)
    )
    return number


def entries(connection: Connection, person: str, ids: Sequence[int]) -> tuple[Entry, ...]:
    """The pictures of these numbers as this person sees them, in this order, without those that are not there."""
    p, r, f = pictures, ratings, favourites
    found = connection.execute(
        select(p, r.c.stars, f.c.picture_id.is_not(None).label("favourite"))
        .select_from(
            p.outerjoin(r, and_(r.c.picture_id == p.c.id, r.c.person == person)).outerjoin(
                f, and_(f.c.picture_id == p.c.id, f.c.person == person)
            )
        )
        .where(p.c.id.in_(ids), ~p.c.removed)
    ).all()
    tagged: dict[int, list[str]] = {}
    for number, tag in connection.execute(
        select(tags.c.picture_id, tags.c.tag).where(tags.c.picture_id.in_(ids)).order_by(tags.c.tag)
    ):
        tagged.setdefault(number, []).append(tag)
    made = {row.id: _entry(row, tuple(tagged.get(row.id, ()))) for row in found}
    return tuple(made[number] for number in ids if number in made)


def plan_of(store: Store, entry: Entry) -> Plan | None:
    """The plan that made it; None for a picture of others."""
    with store.reading() as connection:
        data = connection.scalar(select(plans.c.plan).where(plans.c.picture_id == entry.id))
    return None if data is None else plan_from_dict(data)


def painter_of(store: Store, entry: Entry) -> str:
    """The person who asked for it or brought it in."""
    with store.reading() as connection:
        return connection.scalar(select(pictures.c.person).where(pictures.c.id == entry.id)) or ""


def data_of(store: Store, entry: Entry) -> bytes:
    """The picture file itself. Raises StorageError if it is gone or is not what was kept."""
    data = store.blobs.read("pictures", entry.name)
    if data is None or hashlib.sha256(data).hexdigest() != entry.digest:
        what = "is gone" if data is None else "was changed by another program"
        raise StorageError(f"picture {entry.id} — its file {entry.name[:12]}… {what}; mengbi doctor lists all such")
    return data


def thumbnail(store: Store, entry: Entry) -> bytes:
    """The picture within 320 x 320 pixels as WebP; made when it is first asked for. Raises StorageError."""
    name = f"{entry.digest}.webp"
    made = store.blobs.read("thumbs", name)
    if made is None:
        made = small(data_of(store, entry), f"picture {entry.id}")
        store.blobs.put("thumbs", name, made)
    return made


def small(data: bytes, name: str) -> bytes:
    """A picture file -> a small WebP of it. Raises SourceError for one that is damaged."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
                profile = image.info.get("icc_profile")
                image.draft("RGB", (2 * THUMB_SIDE, 2 * THUMB_SIDE))
                upright = ImageOps.exif_transpose(image)
                kind = "RGBA" if upright.has_transparency_data else "RGB"
                shrunk = upright.convert(kind)
                shrunk.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
                shrunk.save(out, "WEBP", quality=80, method=2, icc_profile=profile or b"")
        except Exception as error:  # a damaged file makes Pillow raise much more than OSError
            raise SourceError(f"{name} — a damaged picture; try to save it again") from error
    return out.getvalue()


def remove(store: Store, entry: Entry) -> None:
    """Takes a picture away, its file first; cut short between the two, it stays marked and `mend` goes on."""
    with store.writing() as connection:
        hold(connection)
        connection.execute(update(pictures).where(pictures.c.id == entry.id).values(removed=True))
    with store.writing() as connection:
        wipe(connection, store, entry.id, entry.digest, entry.suffix)


def wipe(connection: Connection, store: Store, number: int, digest: str, suffix: str) -> None:
    """Files and row of a picture that is marked as removed; nothing, where it was added again meanwhile."""
    hold(connection)
    if not connection.scalar(select(pictures.c.removed).where(pictures.c.id == number)):
        return
    store.blobs.remove("pictures", digest + suffix)
    store.blobs.remove("thumbs", f"{digest}.webp")
    drop_steps(connection, store, number)
    connection.execute(delete(pictures).where(pictures.c.id == number))


def milliseconds(moment: datetime) -> int:
    """Since 1970, UTC, as the tables keep it."""
    return round(moment.timestamp() * 1000)


def _one(connection: Connection, key: int | str) -> int:
    wanted = select(pictures.c.id).where(~pictures.c.removed)
    said = str(key).strip().lower()
    if said.isascii() and said.isdecimal() and len(said) < 19:
        found = connection.scalars(wanted.where(pictures.c.id == int(said))).all()
        if found or isinstance(key, int):
            return _only(found, said)
    if not _DIGEST.fullmatch(said):
        raise BriefError(f"no picture {key!r}; mengbi gallery lists them with their numbers")
    return _only(connection.scalars(wanted.where(pictures.c.digest.startswith(said)).limit(2)).all(), said)


def _only(found: Sequence[int], said: str) -> int:
    if len(found) > 1:
        raise BriefError(f"more than one picture begins with {said}; give more of its digest")
    if not found:
        raise BriefError(f"no picture {said} in the gallery; mengbi gallery lists what is there")
    return found[0]


def _entry(row: Any, tagged: tuple[str, ...]) -> Entry:
    plain = {f: getattr(row, f) for f in Entry.__slots__ if f not in ("size", "created", "tags", "favourite")}
    return replace(
        Entry(
            **plain,
            size=(row.width, row.height),
            created=datetime.fromtimestamp(row.created / 1000, UTC),
            favourite=bool(row.favourite),
        ),
        tags=tagged,
    )
