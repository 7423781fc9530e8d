"""Pictures from elsewhere: the zip file of another gallery, which may be anybody's, and folders of pictures."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mengbi.errors import BriefError, SourceError
from mengbi.source import MAX_BYTES, too_heavy
from mengbi.studio import steps
from mengbi.studio.archive import FORMAT, LIST
from mengbi.studio.database import hold
from mengbi.studio.facts import MAX_NAME, Facts, clean, facts
from mengbi.studio.marks import MAX_TAGS, collection_name, gather, label, mark, tag_name, write_words
from mengbi.studio.meaning import fill
from mengbi.studio.pictures import add, find_digest, related, small, write_row
from mengbi.studio.runs import STEPS, take_away
from mengbi.studio.store import Store
from mengbi.studio.tables import KINDS, favourites, ratings

MAX_LINE = 2**22
"""Bytes that are said of one picture: its plan may be of a megabyte, and every letter of it escaped."""
MAX_SWELL = 20
"""Times as large as the zip file may all in it be. Pictures hardly shrink in one: ours are not packed at all."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of the pictures."""

    added: int
    known: int  # were there already
    skipped: tuple[tuple[str, str], ...] = ()  # files of a folder that are no pictures: which, and why not


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What a line of the list says of a picture, checked."""

    digest: str
    file: str
    created: datetime
    title: str
    stars: int | None
    favourite: bool
    tags: tuple[str, ...]
    collections: tuple[str, ...]
    parents: tuple[tuple[str, str], ...]  # digest, kind
    steps: tuple[str, tuple[int, ...]] | None  # file, numbers


def take_archive(store: Store, path: Path) -> Taken:
    """Adds the pictures of a zip file that `export` wrote, and all that was made of them: all, or none if one is wrong.

    What the gallery knows already it keeps. No name in the file is ever a name on this disk. Raises BriefError for a
    file that is damaged or hostile, StorageError.
    """
    with _opening(path), zipfile.ZipFile(path) as archive:
        inside = _contents(archive, path)
        said = list(_listed(archive, inside, path))
        fresh: list[str] = []
        try:
            told = [_take(store, archive, inside[one.file], one, path, fresh) for one in said]
            taken = _write(store, archive, said, told)
        except BaseException:
            _give_back(store, fresh)
            raise
    fill(store)
    return taken


def take_folder(store: Store, folder: Path) -> Taken:
    """Adds every PNG, JPEG and WebP in a folder and the folders in it, each by itself; no link is followed.

    Raises SourceError where there is no such folder, StorageError.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} — there is no such folder")
    added = known = 0
    skipped = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        try:
            was_there = take_picture(store, path)
        except (SourceError, OSError) as error:
            skipped.append((str(path.relative_to(folder)), str(error).removeprefix(f"{path} — ")))
            continue
        known += was_there
        added += not was_there
    return Taken(added=added, known=known, skipped=tuple(skipped))


def take_picture(store: Store, path: Path) -> bool:
    """Adds one picture file, by a copy: what a person does to their own file is theirs. Whether it was there already.

    Raises SourceError for what is no whole picture, StorageError.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_heavy(str(path), path.stat().st_size)
        data, changed = path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise SourceError(f"{path} — cannot be read ({error.strerror})") from error
    told = facts(data, path)
    with store.reading() as connection:
        was_there = find_digest(connection, told.digest) is not None
    store.blobs.put("thumbs", f"{told.digest}.webp", small(data, str(path)))  # it can be read to its end
    title = "" if told.prompt else path.stem
    add(store, data, at=path, created=changed, title=title)
    return was_there


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BriefError(f"{path} — there is no such file") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BriefError(f"{path} — a damaged zip file ({error or 'it ends too soon'})") from error
    except OSError as error:
        raise BriefError(f"{path} — cannot be read ({error.strerror or error})") from error


def _contents(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """What is in it by name. Raises BriefError for a file that would swell to something monstrous."""
    inside = {info.filename: info for info in archive.infolist()}
    if len(inside) != len(archive.infolist()):
        raise BriefError(f"{path} — two files of one name in it; this is no export of a gallery")
    if LIST not in inside:
        raise BriefError(f"{path} — no {LIST} in it; mengbi gallery export writes such a file")
    for info in inside.values():
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise BriefError(f"{path} — packed in a way that is not read here, or locked; pack it again as plain zip")
    swollen = sum(info.file_size for info in inside.values() if info.filename != LIST)
    if swollen > MAX_SWELL * path.stat().st_size + 2**24:
        raise BriefError(f"{path} — {swollen >> 20} MiB in a zip file of {path.stat().st_size >> 20} MiB: a bomb")
    return inside


def _listed(archive: zipfile.ZipFile, inside: Mapping[str, zipfile.ZipInfo], path: Path) -> Iterator[_Said]:
    """Every line of the list; each names a file of its own, so there are no more than files."""
    files: set[str] = set()
    digests: set[str] = set()
    with archive.open(LIST) as lines:
        for number in range(len(inside) + 1):
            line = lines.readline(MAX_LINE + 1)
            if number and not line:
                return
            try:
                value = json.loads(line) if len(line) <= MAX_LINE else None
                if number == 0:
                    _check_head(value)
                    continue
                one = _said(value)
                if one.file not in inside or one.file in files or one.digest in digests:
                    raise BriefError(f"its picture {one.file[:80]!r} is not in the file, or there twice")
                if one.steps is not None and one.steps[0] not in inside:
                    raise BriefError(f"its steps {one.steps[0][:80]!r} are not in the file")
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
                raise BriefError(f"{path} — line {number + 1} of {LIST} is damaged ({error!r:.120})") from error
            except BriefError as error:
                raise BriefError(f"{path} — line {number + 1} of {LIST}: {error}") from error
            files.add(one.file)
            digests.add(one.digest)
            yield one
        if lines.readline(1):
            raise BriefError(f"{path} — {LIST} has more lines than there are pictures")


def _check_head(value: Any) -> None:
    if value["gallery"] != FORMAT:
        raise BriefError(f"not a list that this version reads (format {FORMAT}); a newer Mengbi may have written it")


def _said(value: Any) -> _Said:
    created = datetime.fromisoformat(value["created"])
    if created.tzinfo is None or not 1000 <= created.year < 9999:
        raise ValueError("created has no time zone, or is in no time of ours")
    stars, favourite = value.get("stars"), value.get("favourite", False)
    if stars is not None and (type(stars) is not int or not 1 <= stars <= 5):
        raise ValueError("stars are 1 to 5")
    parents = tuple(
        (_digest(parent["digest"]), _text(parent["kind"])) for parent in _few(value.get("parents", []), 1000)
    )
    if any(kind not in KINDS for _, kind in parents):
        raise ValueError(f"a picture comes from another by {', '.join(KINDS)}")
    return _Said(
        digest=_digest(value["digest"]),
        file=_text(value["file"]),
        created=created,
        title=clean(_text(value.get("title", "")), MAX_NAME),
        stars=stars,
        favourite=favourite is True,
        tags=tuple(tag_name(_text(name)) for name in _few(value.get("tags", []), MAX_TAGS)),
        collections=tuple(collection_name(_text(name)) for name in _few(value.get("collections", []), 1000)),
        parents=parents,
        steps=None if value.get("steps") is None else _said_steps(value["steps"]),
    )


def _said_steps(value: Any) -> tuple[str, tuple[int, ...]]:
    return _text(value["file"]), tuple(_few(value["numbers"], steps.MOST))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} is no text")
    return value


def _digest(value: Any) -> str:
    if _DIGEST.fullmatch(_text(value)) is None:
        raise ValueError("a digest is 64 hexadecimal digits")
    return str(value)


def _few(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise TypeError(f"no list, or one of more than {most}")
    return value


def _take(
    store: Store, archive: zipfile.ZipFile, info: zipfile.ZipInfo, said: _Said, path: Path, fresh: list[str]
) -> Facts:
    """Puts one picture where it will be; its row comes when all are there."""
    if info.file_size > MAX_BYTES:
        raise BriefError(f"{path} — {said.file[:80]} is of {info.file_size >> 20} MiB; at most {MAX_BYTES >> 20} MiB")
    data = archive.read(info)
    try:
        told = facts(data)
        thumb = small(data, said.file)
    except SourceError as error:
        raise BriefError(f"{path} — {said.file[:80]} is no picture, or a damaged one") from error
    if told.digest != said.digest:
        raise BriefError(f"{path} — {said.file[:80]} is not the picture that the list speaks of: its digest is another")
    if store.blobs.put("pictures", told.digest + told.suffix, data):
        fresh.append(told.digest + told.suffix)
    store.blobs.put("thumbs", f"{told.digest}.webp", thumb)
    if said.steps is not None:
        seen = _read_steps(archive, said.steps, path)
        name = steps.name_of(seen)
        if store.blobs.put("steps", name, seen):
            fresh.append(STEPS + name)
    return told


def _read_steps(archive: zipfile.ZipFile, said: tuple[str, tuple[int, ...]], path: Path) -> bytes:
    """A file of steps, checked."""
    name, numbers = said
    if archive.getinfo(name).file_size > steps.MAX_BYTES:
        raise BriefError(f"{path} — {name[:80]} is larger than steps of a picture are")
    data = archive.read(name)
    try:
        steps.check(data, numbers, name[:80])
    except SourceError as error:
        raise BriefError(f"{path} — {error}") from error
    return data


def _write(store: Store, archive: zipfile.ZipFile, said: list[_Said], told: list[Facts]) -> Taken:
    """All rows in one transaction."""
    numbers: dict[str, int] = {}
    known = 0
    with store.writing() as connection:
        hold(connection)
        for one, fact in zip(said, told, strict=True):
            before = find_digest(connection, one.digest)
            reread = lambda name=one.file: archive.read(name)  # noqa: E731
            number = write_row(connection, store, fact, reread, created=one.created, title=one.title)
            numbers[one.digest] = number
            if one.steps is not None:
                seen, which = one.steps
                steps.write_steps(connection, store, number, archive.read(seen), which)
            known += before is not None
            mine = (ratings.c.picture_id == number) & (ratings.c.person == store.person)
            if one.stars is not None and connection.execute(select(ratings).where(mine)).first() is None:
                mark(connection, store.person, number, stars=one.stars)
            mine = (favourites.c.picture_id == number) & (favourites.c.person == store.person)
            if one.favourite and connection.execute(select(favourites).where(mine)).first() is None:
                mark(connection, store.person, number, favourite=True)
            if one.tags:
                label(connection, number, one.tags)
                write_words(connection, number)
            for name in one.collections:
                gather(connection, store.person, number, name)
        for one in said:
            there = {digest: numbers.get(digest) or find_digest(connection, digest) for digest, _ in one.parents}
            parents = {parent: kind for digest, kind in one.parents if (parent := there[digest]) is not None}
            related(connection, numbers[one.digest], parents)
    return Taken(added=len(said) - known, known=known)


def _give_back(store: Store, fresh: list[str]) -> None:
    """Takes away the files of an import that came to nothing, but for those that somebody else added meanwhile."""
    if not fresh:
        return
    with store.writing() as connection:
        hold(connection)
        take_away(connection, store, fresh)
        for name in (name for name in fresh if not name.startswith(STEPS)):
            digest = name.partition(".")[0]
            if find_digest(connection, digest) is None:
                store.blobs.remove("thumbs", f"{digest}.webp")
