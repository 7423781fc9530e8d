"""What the terminal can show: found out from the environment and, where that says nothing, by asking it.

Only control sequences that every terminal ignores when it does not know them are sent (CSI; never Kitty's own question,
which some terminals print).
"""

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from mengbi.errors import BriefError

Pictures = Literal["kitty", "iterm", "sixel", "blocks", "none"]
PICTURES: tuple[Pictures, ...] = ("kitty", "iterm", "sixel", "blocks", "none")
ANSWER_SECONDS = 1.0
"""A terminal that answers at all does so within this time, over a slow line too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """A terminal that text can be redrawn on in place."""

    pictures: Pictures
    truecolor: bool = True  # for half blocks
    cell: tuple[int, int] = (10, 20)  # width, height of a character in pixels
    columns: int = 80
    rows: int = 24


def look_at(stream: TextIO, environ: Mapping[str, str] = os.environ, *, colors: bool = False) -> Screen | None:
    """The terminal behind `stream`; None where nothing may be drawn: no terminal, a dumb one, a background job.

    colors: draw pictures although NO_COLOR is set. MENGBI_TERMINAL=kitty|iterm|sixel|blocks|none overrides what is
    found; raises BriefError for any other word.
    """
    if not _drawable(stream, environ):
        return None
    columns, rows = shutil.get_terminal_size()
    cell = _cell_size(stream)
    pictures, truecolor = from_environment(environ)
    if not _can_encode(stream) and pictures in ("blocks", None):
        pictures = "none"
    if environ.get("NO_COLOR") and not colors:
        pictures = "none"
    if pictures is None or (pictures == "sixel" and cell is None):
        sixel, asked = _ask()
        pictures, cell = pictures or ("sixel" if sixel else "blocks"), cell or asked
    return Screen(pictures=pictures, truecolor=truecolor, cell=cell or (10, 20), columns=columns, rows=rows)


def from_environment(environ: Mapping[str, str]) -> tuple[Pictures | None, bool]:
    """Which pictures the variables speak of, None where the terminal must be asked; whether it has 24-bit colour."""
    named = environ.get("MENGBI_TERMINAL")
    if named and named not in PICTURES:
        raise BriefError(f"MENGBI_TERMINAL={named!r} — one of {', '.join(PICTURES)}")
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    truecolor = (
        environ.get("COLORTERM", "") in ("truecolor", "24bit")
        or "direct" in term
        or term in ("xterm-kitty", "xterm-ghostty", "foot", "alacritty")
        or "WT_SESSION" in environ
    )
    if named:
        return next(name for name in PICTURES if name == named), truecolor
    if "TMUX" in environ or term.startswith(("screen", "tmux")):  # what is outside shines through in the variables
        return (None if "256" in term or truecolor else "none"), truecolor
    if "KITTY_WINDOW_ID" in environ or term == "xterm-kitty" or "ghostty" in (term.removeprefix("xterm-"), program):
        return "kitty", True
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm", True
    if program == "Apple_Terminal" or sys.platform == "win32":
        return "blocks" if truecolor or "256" in term else "none", truecolor
    return (None if truecolor or "256" in term else "none"), truecolor


def _drawable(stream: TextIO, environ: Mapping[str, str]) -> bool:
    try:
        if not stream.isatty() or environ.get("TERM", "") in ("dumb", "unknown"):
            return False
        if sys.platform == "win32":
            os.system("")
            return True
        return "TERM" in environ and os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (OSError, ValueError):  # closed, or no file behind it
        return False


def _can_encode(stream: TextIO) -> bool:
    try:
        "▀█░".encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def _cell_size(stream: TextIO) -> tuple[int, int] | None:
    if sys.platform == "win32":
        return None
    import fcntl
    import struct
    import termios

    try:
        answer = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return width // columns, height // rows


def _ask() -> tuple[bool, tuple[int, int] | None]:
    """Whether the terminal draws Sixel (DA1 names feature 4), and the size of its cells (XTWINOPS 16)."""
    answer = ask_terminal("\x1b[16t\x1b[c", r"\x1b\[\?[\d;]*c")
    features = re.search(r"\x1b\[\?([\d;]*)c", answer)
    size = re.search(r"\x1b\[6;(\d+);(\d+)t", answer)
    cell = (int(size[2]), int(size[1])) if size else None
    return features is not None and "4" in features[1].split(";")[1:], cell


def ask_terminal(question: str, end: str, seconds: float = ANSWER_SECONDS) -> str:
    """Sends `question` to the controlling terminal; returns what comes back, up to the pattern `end`.

    Asks nothing where a person has typed ahead (their keys would be lost) or where there is no terminal to ask.
    """
    if sys.platform == "win32":
        return ""
    import select
    import termios
    import tty

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return ""
    answer = b""
    try:
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal, termios.TCSANOW)
            if select.select([terminal], [], [], 0)[0]:
                return ""
            os.write(terminal, question.encode())
            deadline = time.monotonic() + seconds
            while not re.search(end.encode(), answer):
                if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
                    break
                answer += os.read(terminal, 256)
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
    except (OSError, termios.error):
        return ""
    finally:
        os.close(terminal)
    return answer.decode("ascii", "replace")
