"""Lettering from top to bottom: columns of Chinese, the first on the right, as on a painting."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from mengbi.finish.lettering import SMALLER, Color, clusters, font, is_eastern, longest, measure, runs

UPRIGHT = dict(
    zip(
        "，、。：；！？…（）｛｝〔〕【】《》〈〉「」『』—～“”‘’",
        "︐︑︒︓︔︕︖︙︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄︱︴﹃﹄﹁﹂",
        strict=True,
    )
) | dict(zip(",:;!?()", "︐︓︔︕︖︵︶", strict=True))
"""Punctuation in the form that it has between upright characters."""
CLOSING, OPENING = "︐︑︒︓︔︶︸︺︼︾﹀﹂﹄", "︵︷︹︻︽︿﹁﹃"
"""Whose lower, and whose upper part is empty."""
NO_TOP = f"{CLOSING}︕︖︙"
SHORT = 0.62
"""Ems down that they take."""
LYING = 0.1
"""Ems of air that a word on its side takes beside its letters."""
GAP = 0.06
"""Ems between characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Words that fit: their columns from right to left, pixels an em, and from one column's middle to the next."""

    columns: tuple[str, ...]
    size: float
    pitch: float

    @property
    def width(self) -> float:
        """Pixels across all columns."""
        return self.size + self.pitch * (len(self.columns) - 1)


def fit_columns(
    words: str, box: tuple[float, float], *, largest: float, smallest: float, most: int, air: float = 1.45
) -> Columns:
    """The words as large as they may be within box (width, height), in at most `most` columns; else shortened."""
    words = "".join(clusters(words)[: max(1, round(most * max(box[1], 0) / (0.2 * smallest))) + 1])
    best: Columns | None = None
    worth = 0.0
    for count in range(1, most + 1):
        size = largest
        while size >= smallest:
            found = Columns(columns=tuple(_set(words, box[1] / size)), size=size, pitch=air * size)
            if len(found.columns) <= count and found.width <= box[0]:
                if size * 0.86**count > worth:  # a column more must be worth it
                    columns = tuple(_evened(words, box[1] / size, len(found.columns)))
                    best, worth = replace(found, columns=columns), size * 0.86**count
                break
            size *= SMALLER
    if best is not None:
        return best
    room = max(1, min(most, int((box[0] - smallest) / (air * smallest)) + 1))
    kept = _set(words, box[1] / smallest)
    if len(kept) > room:
        kept = [*kept[: room - 1], "".join(clusters(kept[room - 1])[:-1]) + "︙"]
    return Columns(columns=tuple(kept), size=smallest, pitch=air * smallest)


def draw_columns(canvas: Image.Image, at: tuple[float, float], made: Columns, fill: Color) -> float:
    """Draws columns with the first one's upper right corner at `at`; returns where the longest ends, y in pixels."""
    end = at[1]
    for number, column in enumerate(made.columns):
        middle, y = at[0] - made.size / 2 - number * made.pitch, at[1]
        for cell in _cells(column):
            deep = made.size * _depth(cell)
            if is_eastern(cell) or len(cell) == 1:
                _upright(canvas, cell, middle, y, made.size, fill)
            else:
                _sideways(canvas, cell, middle, y, made.size, fill)
            y += deep + made.size * GAP
        end = max(end, y - made.size * GAP)
    return end


def _set(words: str, height: float) -> list[str]:
    """Columns of at most `height` ems; a line end begins another column, and punctuation never stands on top."""
    columns: list[str] = []
    for line in words.split("\n"):
        column, deep = "", 0.0
        for cell in _cells("".join(UPRIGHT.get(c, c) for c in line)):
            for part in _split(cell, height):
                step = _depth(part) + (GAP if column else 0.0)
                if column and deep + step > height and part not in NO_TOP:
                    columns.append(column)
                    column, deep, step = "", 0.0, _depth(part)
                column, deep = column + part, deep + step
        columns.append(column)
    return columns


def _evened(words: str, height: float, count: int) -> Sequence[str]:
    """The same number of columns: broken after punctuation if they can be, else of about equal length."""
    clauses = _set("\n".join(re.findall(r"[^，。；！？\n]+[，。；！？]*", words)), height)
    if len(clauses) == count:
        return clauses
    low, high = height / 2, height
    for _ in range(7):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_set(words, middle)) <= count else (middle, high)
    return _set(words, high)


def _split(cell: str, height: float) -> Iterator[str]:
    """A word that lies on its side, in parts no longer than a column."""
    while len(cell) > 1 and _depth(cell) > height:
        length = longest(cell, "text", height - LYING)
        yield cell[:length]
        cell = cell[length:]
    yield cell


def _cells(column: str) -> Sequence[str]:
    """Single upright characters, and words of letters or numbers, which lie on their side."""
    cells: list[str] = []
    for c in clusters(column):
        lies = not is_eastern(c) and c != " "
        if cells and lies and not is_eastern(cells[-1][-1]) and cells[-1] != " ":
            cells[-1] += c
        else:
            cells.append(c)
    return cells


def _depth(cell: str) -> float:
    """Ems down that a cell takes. What follows a full stop keeps its distance; a space is a breath."""
    if cell == " ":
        return 0.35
    if is_eastern(cell) or len(cell) == 1 or cell in UPRIGHT.values():
        return SHORT if cell in CLOSING or cell in OPENING else 1.0
    return measure(cell, "text") + LYING


def _upright(canvas: Image.Image, cell: str, middle: float, y: float, size: float, fill: Color) -> None:
    y -= (1 - SHORT) * size if cell in OPENING else 0.0
    for face, text in runs(cell, "text"):
        across = size * measure(cell, "text")
        at = (middle - across / 2, y + 0.86 * size)
        ImageDraw.Draw(canvas).text(at, text, fill=fill, font=font(face, size), anchor="ls")


def _sideways(canvas: Image.Image, cell: str, middle: float, y: float, size: float, fill: Color) -> None:
    long, high = round(size * measure(cell, "text")) + 2, round(size * 1.3)
    mask = Image.new("L", (long, high))
    x = 1.0
    for face, text in runs(cell, "text"):
        ImageDraw.Draw(mask).text((x, 0.95 * size), text, fill=255, font=font(face, size), anchor="ls")
        x += size * measure(text, "text")
    turned = mask.transpose(Image.Transpose.ROTATE_270)
    canvas.paste(fill, (round(middle - high * 0.55), round(y + 0.05 * size)), turned)
