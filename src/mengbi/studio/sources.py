"""Photos, masks and sketches that people give to the studio: kept by what is in them, and named so in a Brief.

"source:DIGEST" is one of them, "picture:NUMBER" a picture of the gallery; a Brief of the studio names no other file,
so nobody's words open a file of this machine.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Connection, delete, insert, select, update

from mengbi.brief import MAX_PIXELS_AT_ONCE, Brief
from mengbi.errors import SourceError, StorageError
from mengbi.plan import Plan
from mengbi.source import Source, open_picture, pixels_of
from mengbi.studio.database import hold, now
from mengbi.studio.facts import MAX_NAME, clean
from mengbi.studio.store import Store
from mengbi.studio.tables import pictures, plans, sources

ROLES = ("photo", "mask", "sketch", "style_image")
"""Fields of a Brief, and of a Plan, that hold a picture."""
LOSSY = frozenset(("JPEG", "MPO", "HEIF", "AVIF"))
"""Kinds that are kept as JPEG: as PNG a photo would be ten times as large, and no better."""
QUALITY = 95
UNUSED = 24 * 3600 * 1000
"""Milliseconds for which what was given is kept although nothing needs it."""
AT_ONCE = 500
_REFERENCE = re.compile(r"source:[0-9a-f]{64}|picture:[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A picture that somebody gave, as it is kept: upright, in sRGB, without what else was in its file."""

    digest: str  # sha256 of the file as it is kept
    suffix: str
    name: str  # as its owner called it
    size: tuple[int, int]  # width, height in pixels
    bytes: int
    created: datetime

    @property
    def reference(self) -> str:
        """How a Brief names it."""
        return f"source:{self.digest}"


def keep(store: Store, data: bytes, name: str) -> Given:
    """Keeps a picture that may be anybody's: read under limits, written anew. The same once more is the same.

    name: of the file, for a person to know it by. Raises SourceError for what is no picture or too large, StorageError.
    """
    name = clean(Path(name.replace("\\", "/")).name, MAX_NAME - 10) or "picture"
    file, suffix, size = _clean_file(data, name)
    digest = hashlib.sha256(file).hexdigest()
    store.blobs.put("sources", digest + suffix, file)
    with store.writing() as connection:
        hold(connection)
        known = _row(connection, digest)
        if known is not None and known.used is None:  # it counts as given now
            connection.execute(update(sources).where(sources.c.digest == digest).values(created=now()))
        if known is None:
            row = {"digest": digest, "suffix": suffix, "name": Path(name).stem + suffix, "bytes": len(file)}
            row |= {"width": size[0], "height": size[1], "person": store.person, "created": now()}
            connection.execute(insert(sources).values(row))
        if store.blobs.size("sources", digest + suffix) != len(file):  # taken away as nobody's, just before
            store.blobs.put("sources", digest + suffix, file)
        return _given(connection, digest)


def sweep(store: Store, before: int | None = None) -> int:
    """Takes away what was given before that time in milliseconds, a day ago, and what nothing needs: how many.

    The row goes first, and with it the way to the file; `mend` ends what is cut short between the two. A job that is
    accepted meanwhile marks the row as used, or finds that it is gone: one of the two is first.
    """
    border, swept = now() - UNUSED if before is None else before, 0
    unused = sources.c.used.is_(None) & (sources.c.created < border)
    with store.reading() as connection:
        digests = list(connection.scalars(select(sources.c.digest).where(unused)))
    for start in range(0, len(digests), AT_ONCE):
        some = digests[start : start + AT_ONCE]
        with store.writing() as connection:
            hold(connection)
            _mark(connection, _in_plans(connection, some))
            gone = delete(sources).where(unused, sources.c.digest.in_(some))
            files = connection.execute(gone.returning(sources.c.digest, sources.c.suffix)).all()
        with store.writing() as connection:
            hold(connection)
            for digest, suffix in files:
                if _row(connection, digest) is None:  # nobody gave it once more
                    store.blobs.remove("sources", digest + suffix)
                    swept += 1
    return swept


def find(store: Store, digest: str) -> Given:
    """What is kept under a digest. Raises SourceError."""
    with store.reading() as connection:
        return _given(connection, digest)


def read(store: Store, digest: str) -> bytes:
    """The file under a digest. Raises SourceError if there is none, StorageError if it is gone or was changed."""
    given = find(store, digest)
    return _read(store, "sources", digest, given.suffix, given.name)


def check_references(connection: Connection, brief: Brief, plan: Plan | None) -> None:
    """Raises SourceError where a brief or plan names a picture that is not there, or any other file.

    What was given is marked as used, in the transaction that writes the job: a sweep takes it before, or never.
    """
    found = [_by_digest(connection, planned.sha256) for planned in (() if plan is None else _planned(plan).values())]
    for role in ROLES:
        value = getattr(brief, role)
        if value is not None and not (role == "sketch" and value in ("auto", "none")):
            found.append(_look_up(connection, str(value)))
    given = {digest for area, digest, *_ in found if area == "sources"}
    if given:
        unused = sources.c.digest.in_(given) & sources.c.used.is_(None)
        fresh = set(connection.scalars(select(sources.c.digest).where(unused)))
        for digest in fresh - _mark(connection, fresh):
            _given(connection, digest)  # raises: it is gone


def bring(store: Store, brief: Brief, folder: Path) -> Brief:
    """The brief with its pictures as files in `folder`. Raises SourceError, StorageError."""
    named = {role: getattr(brief, role) for role in ROLES}
    given = {role: value for role, value in named.items() if value is not None and value not in ("auto", "none")}
    with store.reading() as connection:
        found = {role: _look_up(connection, str(value)) for role, value in given.items()}
    files: dict[str, Any] = {role: str(_lay_down(store, *where, folder)) for role, where in found.items()}
    return replace(brief, **files)


def bring_planned(store: Store, plan: Plan, folder: Path) -> Plan:
    """The plan with its pictures as files in `folder`, by what is in them. Raises SourceError, StorageError."""
    with store.reading() as connection:
        found = {role: _by_digest(connection, source.sha256) for role, source in _planned(plan).items()}
    files: dict[str, Any] = {}
    for role, where in found.items():
        planned: Source = getattr(plan, role)
        path = _lay_down(store, *where[:3], planned.name, folder)
        files[role] = replace(planned, path=str(path))
    return replace(plan, **files)


def _clean_file(data: bytes, name: str) -> tuple[bytes, str, tuple[int, int]]:
    opened = open_picture(data, name)
    if opened.width * opened.height > MAX_PIXELS_AT_ONCE:
        most = MAX_PIXELS_AT_ONCE // 10**6
        said = f"{name} — {opened.width}x{opened.height} pixels; at most {most} megapixels"
        raise SourceError(said, code="picture-large", most=most)
    pixels = pixels_of(opened, name)
    out, image = io.BytesIO(), Image.fromarray(pixels)
    if opened.format in LOSSY and pixels.shape[2] == 3:
        image.save(out, "JPEG", quality=QUALITY, subsampling=0)
        return out.getvalue(), ".jpg", image.size
    image.save(out, "PNG", compress_level=4)
    return out.getvalue(), ".png", image.size


def _mark(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Marks what was given as used; returns those that are there."""
    mine = sources.c.digest.in_(list(digests))
    return set(connection.scalars(update(sources).where(mine).values(used=now()).returning(sources.c.digest)))


def _in_plans(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Those that the plan of a picture names: it came from elsewhere, and with the same photo."""
    named = [plans.c.plan[(role, "sha256")].as_string() for role in ROLES]
    return {found for one in named for found in connection.scalars(select(one).where(one.in_(digests)))}


def _row(connection: Connection, digest: str) -> Any:
    return connection.execute(select(sources).where(sources.c.digest == digest)).one_or_none()


def _given(connection: Connection, digest: str) -> Given:
    row = _row(connection, digest)
    if row is None:
        said = f"source:{digest[:64]} — no picture was given under this name, or it was taken away"
        raise SourceError(said, code="source-gone")
    plain = {name: getattr(row, name) for name in ("digest", "suffix", "name", "bytes")}
    created = datetime.fromtimestamp(row.created / 1000, UTC)
    return Given(**plain, size=(row.width, row.height), created=created)


Where = tuple[str, str, str, str]
"""Area, digest and suffix of a file in the store, and a name to call it by."""


def _look_up(connection: Connection, reference: str) -> Where:
    if _REFERENCE.fullmatch(reference) is None:
        raise SourceError(f"{reference[:80]!r} — in the studio a picture is source:DIGEST or picture:NUMBER")
    kind, _, key = reference.partition(":")
    if kind == "source":
        given = _given(connection, key)
        return "sources", given.digest, given.suffix, given.name
    p = pictures.c
    row = connection.execute(select(p.digest, p.suffix).where(p.id == int(key), ~p.removed)).one_or_none()
    if row is None:
        raise SourceError(f"{reference} — no such picture in the gallery", code="picture-gone", picture=int(key))
    return "pictures", row.digest, row.suffix, f"picture-{key}{row.suffix}"


def _by_digest(connection: Connection, digest: str) -> Where:
    row = _row(connection, digest)
    if row is not None:
        return "sources", row.digest, row.suffix, row.name
    p = pictures.c
    found = connection.execute(select(p.digest, p.suffix).where(p.digest == digest, ~p.removed)).one_or_none()
    if found is None:
        said = f"sha256 {digest[:12]}… — the picture that the plan was made with is not here; give it again"
        raise SourceError(said, code="source-gone")
    return "pictures", found.digest, found.suffix, f"{found.digest[:12]}{found.suffix}"


def _planned(plan: Plan) -> dict[str, Source]:
    return {role: value for role in ROLES if isinstance(value := getattr(plan, role), Source)}


def _lay_down(store: Store, area: str, digest: str, suffix: str, name: str, folder: Path) -> Path:
    """A file of that name, which a plan will tell of; two pictures of one name do not meet."""
    path = folder / digest / (Path(name).name or f"picture{suffix}")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_read(store, area, digest, suffix, name))
    return path


def _read(store: Store, area: Any, digest: str, suffix: str, name: str) -> bytes:
    data = store.blobs.read(area, digest + suffix)
    if data is None or hashlib.sha256(data).hexdigest() != digest:
        said = f"{name} — its file {digest[:12]}… is gone or was changed; give the picture again"
        raise StorageError(said, code="source-gone")
    return data
