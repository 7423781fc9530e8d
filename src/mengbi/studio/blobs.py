"""Files by what is in them: a folder on this machine, or anything that fsspec reaches (S3, GCS, SFTP…).

A file is named by the sha256 of its content, in 256 folders by the first two letters: pictures/3f/3fa9….png. One that
is there is never written again, so two who keep the same picture keep it once.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from mengbi.errors import BriefError, StorageError
from mengbi.files import write_whole
from mengbi.settings import home

Area = Literal["pictures", "thumbs", "steps", "sources"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A file as it lies there. changed: seconds since 1970, 0 where the place does not tell."""

    name: str
    bytes: int
    changed: float


class Blobs(Protocol):
    """Where files are kept. Every method raises StorageError where the place fails."""

    def put(self, area: Area, name: str, data: bytes, at: Path | None = None) -> bool:
        """Keeps `data`, whole or not at all; False if it was there. at: a file of these bytes, linked if possible."""
        ...

    def read(self, area: Area, name: str) -> bytes | None:
        """What is in the file; None if there is none."""
        ...

    def size(self, area: Area, name: str) -> int | None:
        """Bytes of the file; None if there is none."""
        ...

    def remove(self, area: Area, name: str) -> None:
        """Takes the file away, if it is there."""
        ...

    def clear(self, area: Area, name: str) -> None:
        """Takes away what somebody who died in the middle of writing the file left beside it."""
        ...

    def find(self, area: Area) -> Iterator[Found]:
        """Every file of the area, also those that somebody else put there."""
        ...


def open_blobs(url: str | None = None) -> Blobs:
    """The place at `url`: a path, any URL of fsspec's; None: MENGBI_BLOBS, or the data folder. Raises BriefError."""
    named = url or os.environ.get("MENGBI_BLOBS")
    if not named:
        return Folder(root=home() / "studio")
    if "://" not in named and "::" not in named:
        return Folder(root=Path(named).expanduser())
    if named.startswith("file://"):
        return Folder(root=Path(named.removeprefix("file://")))
    import fsspec

    kind = named.partition("://")[0]
    try:
        system, root = fsspec.core.url_to_fs(named)
    except (ImportError, ValueError) as error:
        hint = "; pip install 'mengbi[s3]' brings what it needs" if kind == "s3" else ""
        raise BriefError(f"MENGBI_BLOBS of the kind {kind!r} cannot be opened ({error}){hint}") from error
    if hasattr(system, "dircache"):  # others put files there, and take them away: what it remembers is not so any more
        system.dircache.use_listings_cache = False
    return Bucket(system=system, root=root.rstrip("/"), kind=kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """On this machine: written through a temporary file, fsync and rename."""

    root: Path

    def put(self, area: Area, name: str, data: bytes, at: Path | None = None) -> bool:
        path = self.path(area, name)
        if self.size(area, name) == len(data):
            return False
        with _telling(path):
            if at is not None and _link(at, path):
                return True
            write_whole(path, data)
            return True

    def read(self, area: Area, name: str) -> bytes | None:
        with _telling(self.path(area, name)):
            try:
                return self.path(area, name).read_bytes()
            except FileNotFoundError:
                return None

    def size(self, area: Area, name: str) -> int | None:
        with _telling(self.path(area, name)):
            try:
                return self.path(area, name).stat().st_size
            except FileNotFoundError:
                return None

    def remove(self, area: Area, name: str) -> None:
        with _telling(self.path(area, name)):
            self.path(area, name).unlink(missing_ok=True)

    def clear(self, area: Area, name: str) -> None:
        path = self.path(area, name)
        with _telling(path):
            for part in path.parent.glob(f".{name[:40]}*.part"):
                part.unlink(missing_ok=True)

    def find(self, area: Area) -> Iterator[Found]:
        top = self.root / area
        with _telling(top):
            for folder, _, names in os.walk(top):
                for name in names:
                    with contextlib.suppress(FileNotFoundError):  # gone since
                        about = Path(folder, name).stat()
                        yield Found(name=name, bytes=about.st_size, changed=about.st_mtime)

    def path(self, area: Area, name: str) -> Path:
        """Where the file is or would be."""
        return self.root / area / name.lstrip(".")[:2] / name


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """Behind fsspec. What comes half over a line is no file there, or one whose size or digest tells on it."""

    system: Any
    root: str
    kind: str

    def put(self, area: Area, name: str, data: bytes, at: Path | None = None) -> bool:
        if self.size(area, name) == len(data):
            return False
        path = self._path(area, name)
        with _telling(self.kind):
            try:
                self.system.pipe_file(path, data)
            except FileNotFoundError:  # where there are folders they come first; a bucket is nothing to make unasked
                if not self.system.exists(self.root):
                    raise
                self.system.makedirs(path.rpartition("/")[0], exist_ok=True)
                self.system.pipe_file(path, data)
            return True

    def read(self, area: Area, name: str) -> bytes | None:
        with _telling(self.kind):
            try:
                return bytes(self.system.cat_file(self._path(area, name)))
            except FileNotFoundError:
                return None

    def size(self, area: Area, name: str) -> int | None:
        with _telling(self.kind):
            try:
                return int(self.system.size(self._path(area, name)))
            except FileNotFoundError:
                return None

    def remove(self, area: Area, name: str) -> None:
        with _telling(self.kind), contextlib.suppress(FileNotFoundError):
            self.system.rm_file(self._path(area, name))

    def clear(self, area: Area, name: str) -> None:
        """There what comes half over a line is no file."""

    def find(self, area: Area) -> Iterator[Found]:
        with _telling(self.kind):
            try:
                found = self.system.find(f"{self.root}/{area}", detail=True)
            except FileNotFoundError:
                return
            for path, about in found.items():
                changed = about.get("LastModified") or about.get("created") or about.get("mtime")
                seconds = changed.timestamp() if hasattr(changed, "timestamp") else float(changed or 0)
                yield Found(name=path.rpartition("/")[2], bytes=int(about["size"] or 0), changed=seconds)

    def _path(self, area: Area, name: str) -> str:
        return f"{self.root}/{area}/{name[:2]}/{name}"


def _link(at: Path, path: Path) -> bool:
    """Whether the one file now has two names, so that the disk is not used twice."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(at.resolve(), part)
        part.replace(path)
        return True
    except OSError:  # another disk, or one without links
        return False
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _telling(place: str | Path) -> Iterator[None]:
    """What goes wrong there as one line; behind fsspec that may be any exception of any package."""
    try:
        yield
    except (StorageError, GeneratorExit):
        raise
    except Exception as error:
        said = " ".join(str(error).split()).partition(";")[0] or type(error).__name__
        where = "MENGBI_BLOBS names another place"
        raise StorageError(f"the gallery's pictures cannot be reached at {place} ({said}); {where}") from error
