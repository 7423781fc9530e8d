"""Where Mengbi keeps a person's own things, and how much of the machine it may use."""

import os
from pathlib import Path

import platformdirs

from mengbi.errors import BriefError

MAX_PIXELS = 175_000_000
"""A picture that somebody gives us is refused above this many pixels, before it is decoded."""


def home() -> Path:
    """The data folder: MENGBI_HOME, or the platform's own place for a person's data. Not created by asking."""
    named = os.environ.get("MENGBI_HOME")
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("mengbi", appauthor=False))


def threads() -> int:
    """How many threads a network may use: MENGBI_THREADS, or the processors that this process may run on, at most 8."""
    named = os.environ.get("MENGBI_THREADS")
    if named is None:
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min(count, 8)
    if not named.isdecimal() or not 1 <= int(named) <= 256:
        raise BriefError(f"MENGBI_THREADS={named!r} — a whole number from 1 to 256")
    return int(named)
