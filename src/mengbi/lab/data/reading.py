"""Where a person's pictures lie: a folder, a zip, or tables of Hugging Face's library. Nothing there is written."""

import os
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol

from mengbi.errors import SourceError
from mengbi.lab.data.checking import Refused
from mengbi.source import MAX_BYTES, RAW

SUFFIXES = RAW | frozenset(
    ".png .apng .jpg .jpeg .jpe .jfif .webp .bmp .dib .tif .tiff .gif .avif .heic .heif .ppm .pgm .psd .svg".split()
)
"""What a file must be called to be taken for a picture; whether it is one, its bytes say."""
ARCHIVES = frozenset(".zip .rar .7z .tar .gz .tgz .xz .bz2 .cbz".split())
TABLES = frozenset((".parquet", ".arrow"))
MAX_FILES = 2_000_000
MAX_RATIO = 200
"""How many times smaller a member of a zip may be than what it holds: pictures hardly grow smaller."""
SMALL = 1 << 20
"""Bytes of what may be packed as tightly as it likes."""
OUTSIDE = "a name or a link that leads outside"
BIG = f"a file of more than {MAX_BYTES >> 20} MiB"
UNREADABLE = "cannot be read"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that may hold a picture, or words about pictures."""

    name: str  # within the folder or the archive, with slashes
    size: int  # bytes
    stamp: int  # changes when the file does


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What comes with a picture."""

    label: str = ""
    caption: str = ""
    held: bool | None = None  # whether it lies among those kept from learning; None: nothing says so


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What there is, in the order of names."""

    pictures: tuple[File, ...]
    others: tuple[File, ...]  # that are no pictures by their names, or hidden
    left: tuple[tuple[str, str], ...]  # name and reason of what is not even opened


class Shelf(Protocol):
    """A place with pictures."""

    @property
    def apart(self) -> bool:
        """Whether any process can read any file of it; otherwise one process reads them in their order."""
        ...

    def contents(self) -> Listing:
        """What there is. Raises SourceError."""
        ...

    def told(self, listing: Listing) -> tuple[dict[str, Told], tuple[str, ...]]:
        """What comes with the pictures, by name, and what went wrong with reading it."""
        ...

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        """A file's bytes. Raises Refused for what cannot be read or is larger than `most`."""
        ...


def open_shelf(spec: str) -> Shelf:
    """The folder or zip at a path. Raises SourceError where there is neither."""
    if not spec:
        raise SourceError("the name of the folder is empty; the one that you are in is .")
    path = Path(spec).expanduser()
    try:
        path = path.resolve(strict=True)
        if path.is_dir():
            folder = Folder(root=str(path))
            return _tables(folder) or folder
        if path.is_file() and zipfile.is_zipfile(path):
            return Zip(path=str(path), stamp=path.stat().st_mtime_ns)
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceError(f"{spec} — there is no such folder or zip ({_reason(error)})") from error
    if path.is_file() and path.suffix in TABLES:
        return _tables_of(str(path.parent), [path.name])
    raise SourceError(f"{spec} — neither a folder nor a zip; give a folder of pictures")


def _tables(folder: "Folder") -> Shelf | None:
    """A folder that holds tables and no pictures, as Hugging Face's library saves them."""
    listing = folder.contents()
    names = [file.name for file in listing.others if _shard(PurePosixPath(file.name))]
    return _tables_of(folder.root, names) if names and not listing.pictures else None


def _shard(path: PurePosixPath) -> bool:
    """Whether a file is part of a table; the library keeps what it computed beside them."""
    return path.suffix in TABLES and not path.name.startswith(("cache-", "indices-"))


def _tables_of(root: str, names: Iterable[str]) -> Shelf:
    from mengbi.lab.data.tables import Tables

    return Tables(root=root, shards=tuple(names))


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder: files at any depth. Links are followed to files within it; to folders, pipes and devices never."""

    root: str
    apart = True

    def contents(self) -> Listing:
        files: list[File] = []
        left: list[tuple[str, str]] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(Path(self.root, folder)) as entries:
                    for entry in entries:
                        name = f"{folder}{entry.name}"
                        if entry.is_dir(follow_symlinks=False) and not _hidden(entry.name):
                            waiting.append(f"{name}/")
                            continue
                        self._add(name, entry, files, left)
            except OSError as error:
                left.append((folder or ".", f"a folder that {UNREADABLE} ({_reason(error)})"))
            if len(files) + len(left) > MAX_FILES:
                raise SourceError(f"{self.root} — more than {MAX_FILES:,} files; give a smaller folder")
        return _listing(files, left)

    def _add(self, name: str, entry: os.DirEntry[str], files: list[File], left: list[tuple[str, str]]) -> None:
        if _hidden(entry.name):
            files.append(File(name=name, size=0, stamp=0))
            return
        if entry.is_symlink():
            inside = _inside(Path(self.root, name), Path(self.root))
            if inside is None or not inside.is_file():
                left.append((name, OUTSIDE if inside is None else "a link to something that is no file"))
                return
        found = entry.stat()
        if not stat.S_ISREG(found.st_mode):
            left.append((name, "a pipe, a device or a socket"))
            return
        files.append(File(name=name, size=found.st_size, stamp=found.st_mtime_ns))

    def told(self, listing: Listing) -> tuple[dict[str, Told], tuple[str, ...]]:
        from mengbi.lab.data.telling import tell

        return tell(listing, self.read)

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        inside = _inside(Path(self.root, name), Path(self.root))
        if inside is None:
            raise Refused(OUTSIDE)
        flags = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        try:
            with open(os.open(inside, flags), "rb") as file:  # noqa: PTH123 - a file that is open already
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Refused("a pipe, a device or a socket")
                return _limited(file.read(most + 1), most)
        except OSError as error:
            raise Refused(UNREADABLE) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Zip:
    """An archive, read where it lies: nothing is unpacked to disk."""

    path: str
    stamp: int  # changes when the archive does
    apart = True

    def contents(self) -> Listing:
        files: list[File] = []
        left: list[tuple[str, str]] = []
        seen: set[str] = set()
        for entry in _archive(self.path, self.stamp).infolist():
            if entry.is_dir():
                continue
            reason = "a second file of that name" if entry.filename in seen else _trouble(entry)
            seen.add(entry.filename)
            if reason:
                left.append((entry.filename, reason))
            else:
                files.append(File(name=entry.filename, size=entry.file_size, stamp=entry.CRC))
        if len(seen) > MAX_FILES:
            raise SourceError(f"{self.path} — more than {MAX_FILES:,} files; give a smaller archive")
        return _listing(files, left)

    def told(self, listing: Listing) -> tuple[dict[str, Told], tuple[str, ...]]:
        from mengbi.lab.data.telling import tell

        return tell(listing, self.read)

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        try:
            with _archive(self.path, self.stamp).open(name) as file:
                return _limited(file.read(most + 1), most)
        except Refused:
            raise
        except Exception as error:  # whatever a damaged archive makes of itself: zlib's, lzma's, struct's errors
            raise Refused("a damaged part of the archive") from error


@lru_cache(2)
def _archive(path: str, stamp: int) -> zipfile.ZipFile:
    """Opened once a process, and again when it has changed. Raises SourceError."""
    try:
        return zipfile.ZipFile(path)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise SourceError(f"{path} — a zip that cannot be read ({error})") from error


def _trouble(entry: zipfile.ZipInfo) -> str:
    """Why a member is left out, or nothing."""
    name = PurePosixPath(entry.filename)
    if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in name.parts[0]:
        return OUTSIDE
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link, a pipe or a device"
    if entry.flag_bits & 1:
        return "encrypted"
    if entry.file_size > MAX_BYTES:
        return BIG
    if entry.file_size > SMALL and entry.file_size > MAX_RATIO * entry.compress_size:
        return "packed so tightly that it may be a bomb"
    return ""


def _listing(files: Iterable[File], left: list[tuple[str, str]]) -> Listing:
    pictures, others = [], []
    for file in sorted(files, key=lambda file: file.name):
        path = PurePosixPath(file.name)
        suffix = path.suffix.lower()
        if any(map(_hidden, path.parts)):
            others.append(file)
        elif suffix in ARCHIVES:
            left.append((file.name, "an archive within"))
        elif suffix not in SUFFIXES:
            others.append(file)
        elif file.size > MAX_BYTES:
            left.append((file.name, BIG))
        elif file.size == 0:
            left.append((file.name, "empty"))
        else:
            pictures.append(file)
    return Listing(pictures=tuple(pictures), others=tuple(others), left=tuple(sorted(left)))


def _hidden(name: str) -> bool:
    """What systems lay beside a person's files."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir")


def _inside(path: Path, root: Path) -> Path | None:
    """Where a path really leads, if that is within the root."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return real if real.is_relative_to(root) else None


def _limited(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise Refused(BIG if most == MAX_BYTES else f"more than {most:,} bytes of words")
    return data


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
