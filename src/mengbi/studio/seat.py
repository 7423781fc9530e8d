"""A worker's seat: a name that one process has at a time, and that its next life finds again."""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mengbi.errors import StorageError
from mengbi.locks import lock_now
from mengbi.settings import home

SEATS = 64
"""Workers on one machine, at most."""


@contextmanager
def seated() -> Iterator[str]:
    """A seat's name, from a file in the data folder that is locked meanwhile; the system frees it however we end.

    Raises StorageError where no such file can be.
    """
    folder = home() / "studio" / "workers"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, SEATS + 1):
            with (folder / f"{number}.seat").open("a+b") as file:
                if lock_now(file):
                    _sweep(folder)
                    with _scratch(folder / f"{number}.scratch"):
                        yield f"{socket.gethostname()[:60]}-{_name(file)}"
                    return
    except OSError as error:
        raise StorageError(f"{folder} — no worker can sit there ({error.strerror or error})") from error
    raise StorageError(f"{folder} — {SEATS} workers are at work on this machine already")


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Whatever this process puts down for a moment, people's photos too, lies there; a next life clears it away."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Clears away what others left who were killed, and whose seat nobody has taken since."""
    for left in folder.glob("*.scratch"):
        with suppress(OSError), left.with_suffix(".seat").open("a+b") as file:
            if lock_now(file):
                shutil.rmtree(left, ignore_errors=True)


def _name(file: BinaryIO) -> str:
    """What stands in the file; drawn when it is new."""
    file.seek(0)
    name = file.read(32).decode("ascii", "replace").strip()
    if len(name) != 16 or not name.isalnum():
        name = secrets.token_hex(8)
        file.truncate(0)
        file.write(name.encode())
        file.flush()
        os.fsync(file.fileno())
    return name
