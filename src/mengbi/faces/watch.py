"""A painting on a terminal while it is made: the picture coming, and how far it is."""

import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from mengbi.engine import Step
from mengbi.faces.graphics import Pixels, fit, half_blocks, iterm, kitty, sheet, sixel
from mengbi.faces.terminal import Screen

BOX = (64, 24)
"""The picture takes at most this many columns and rows."""
REST_SECONDS, REST_SHARE = 0.15, 9
"""Between two redraws the painter has at least this long, and this many times what the redraw took."""
BAR_COLUMNS = 24


def watch(steps: Iterator[Step], screen: Screen, stream: TextIO) -> Iterator[Step]:
    """Passes the steps on and draws them in place on the terminal behind `stream`.

    At the end the last picture stays and the cursor stands at the start of the line below it.
    """
    number = 1 + secrets.randbelow(2**31 - 1)
    start, due, height = time.monotonic(), 0.0, -1
    try:
        for step in steps:
            now = time.monotonic()
            if now >= due or step.pictures:
                columns, rows = shutil.get_terminal_size()
                if (columns, rows) != (screen.columns, screen.rows):
                    screen, height = replace(screen, columns=columns, rows=rows), -1
                frame = picture(sheet(step.images), screen, number)
                stream.write(_place(frame, height))
                stream.write(bar(step, now - start, screen))
                stream.flush()
                height = frame[1]
                due = time.monotonic() + max(REST_SECONDS, REST_SHARE * (time.monotonic() - now))
            yield step
    finally:
        stream.write("\r\x1b[K")
        stream.flush()


def show(pixels: Pixels, screen: Screen, stream: TextIO) -> None:
    """Shows one picture, small, and goes to the line below it. pixels: uint8 (h, w, 3)."""
    stream.write(_place(picture(pixels, screen, 1 + secrets.randbelow(2**31 - 1)), -1))
    stream.flush()


def picture(pixels: Pixels, screen: Screen, number: int) -> tuple[str, int]:
    """The picture as this terminal shows it, to be written from its upper left; and how many rows it takes."""
    columns, rows = cells(pixels.shape[1], pixels.shape[0], screen)
    sharp = fit(pixels, columns * screen.cell[0], rows * screen.cell[1])
    match screen.pictures:
        case "none":
            return "", 0
        case "blocks":
            lines = half_blocks(fit(pixels, columns, 2 * rows), truecolor=screen.truecolor)
            return "\r\n".join(line + "\x1b[K" for line in lines), rows
        case "kitty":
            body = kitty(sharp, columns, rows, number)
        case "iterm":
            body = iterm(sharp, columns, rows)
        case "sixel":
            body = sixel(sharp)
    return f"\x1b7{body}\x1b8\x1b[{rows - 1}B" if rows > 1 else f"\x1b7{body}\x1b8", rows


def cells(width: int, height: int, screen: Screen) -> tuple[int, int]:
    """Columns and rows for a picture of this many pixels: as large as the box and the terminal let it, undistorted."""
    most_columns = max(1, min(BOX[0], screen.columns - 1))
    most_rows = max(1, min(BOX[1], screen.rows - 3))
    ratio = width / height * screen.cell[1] / screen.cell[0]
    if most_columns / most_rows <= ratio:
        return most_columns, min(most_rows, max(1, round(most_columns / ratio)))
    return min(most_columns, max(1, round(most_rows * ratio))), most_rows


def bar(step: Step, seconds: float, screen: Screen) -> str:
    """One line, without its end: how far the painting is and what was just done."""
    width = max(0, min(BAR_COLUMNS, screen.columns - 30))
    full = min(width, round(step.done * width))
    if screen.pictures == "none":
        line = f"[{'=' * full}{' ' * (width - full)}]" if width else ""
    else:
        line = f"\x1b[36m{'█' * full}\x1b[2m{'░' * (width - full)}\x1b[0m"
    words = f" {step.done:4.0%} {seconds:5.1f} s  {step.stage:.12}"
    return f"\r{line}{words[: max(0, screen.columns - width - 3)]}\x1b[K"


def _place(frame: tuple[str, int], before: int) -> str:
    """Over what took `before` rows above the cursor's line; −1: there is nothing yet, so room is made first."""
    body, rows = frame
    if rows == 0:
        return ""
    up = f"\x1b[{rows}A"
    room = "\r\n" * rows + up if before != rows else f"\r{up}"
    return f"{room}{body}\r\n"
