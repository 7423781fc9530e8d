"""A file is written whole or not at all."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from mengbi.errors import OutputError, StorageError


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Writes `data` to `path` through a temporary file beside it, fsync and rename.

    replace: False raises FileExistsError where something stands at `path`, also if it came there a moment ago.
    Raises OutputError where the place cannot be written to, StorageError where the disk is full or failing; in either
    case what stood at `path` before still stands and nothing else is left behind.
    """
    part = None
    try:
        if path.exists() and not path.is_file():  # a rename would replace a device or pipe
            raise OutputError(f"{path} — a folder or a device; name a file, for example {path / 'picture.png'}")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            _put_new(part, path)
    except OSError as error:
        if not replace and isinstance(error, FileExistsError) and os.path.lexists(path):
            raise
        raise _translate(error, path) from error
    except ValueError as error:
        raise OutputError(f"{str(path)!r} — no name for a file ({error}); choose another with --out") from error
    finally:
        if part is not None:
            with contextlib.suppress(OSError, ValueError):
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to be written in pieces; at the end of the block it takes its place, fsynced.

    Left by an exception, the block leaves nothing behind. Raises OutputError, StorageError as `write_whole` does.
    """
    part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        if path.exists() and not path.is_file():
            raise OutputError(f"{path} — a folder or a device; name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise _translate(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _put_new(part: Path, path: Path) -> None:
    if os.name == "nt":
        part.rename(path)  # refuses to replace
        return
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        if os.path.lexists(path):  # a file system without links: the last look is the best there is
            raise FileExistsError(path) from error
        part.replace(path)


def _translate(error: OSError, path: Path) -> OutputError | StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{path} — the disk is full; free some space and run the same command again")
    if error.errno == errno.EIO:
        return StorageError(f"{path} — the disk failed ({error.strerror}); try another one")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{path} — this folder cannot be written to; choose another with --out")
    return OutputError(f"{path} — {error.strerror or error}; choose another place with --out")
