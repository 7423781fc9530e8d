"""Lettering: words become lines of measured, drawn letters, each character from the first face that has it.

Sizes are pixels an em. Widths are measured in ems once and scaled, so that what was measured is what is drawn.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from PIL import ImageDraw, ImageFont, features

from mengbi.assets import fonts

Color = str | tuple[int, int, int] | int

EM = 256
"""Pixels an em at which widths are measured."""
SMALLER = 0.94
"""From one size to the next that is tried."""
FACES = {
    "kai": ("kai", "text", "display", "naskh", "thai"),
    "display": ("display", "text", "kai", "naskh", "thai"),
    "text": ("text", "display", "kai", "naskh", "thai"),
    "italic": ("italic", "text", "kai", "naskh", "thai"),
}
NARROW = 0.2
"""Ems that a letter takes at least, on average."""
NO_START = "、。，．！？：；）〉》」』】〕”’…—～·ー々!?,.:;)]}%°"
NO_END = "（〈《「『【〔“‘([{"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """Words that fit: their lines, pixels an em, and from one baseline to the next."""

    lines: tuple[str, ...]
    cut: str  # what they are to be drawn in: one for all lines
    size: float
    leading: float

    @property
    def height(self) -> float:
        """Pixels from the top of the first line's em to the bottom of the last's."""
        return self.size + self.leading * (len(self.lines) - 1)


def fit(words: str, cut: str, box: tuple[float, float], *, largest: float, smallest: float, most: int, air: float = 1.2,
        tracking: float = 0.0) -> Setting:  # fmt: skip
    """The words as large as they may be within box (width, height), on at most `most` lines of about equal length.

    cut: "display", "text" or "italic", for Latin; air: leading in ems; tracking: ems between letters. What does not
    fit at the smallest size ends in an ellipsis: nothing overflows.
    """
    most_letters = max(1, round(most * max(box[0], 0) / (NARROW * smallest)))
    words = "".join(clusters(words)[: most_letters + 1])  # more could not stand there at all
    cut = "kai" if is_eastern(words) else cut
    best: Setting | None = None
    worth = 0.0
    for count in range(1, most + 1):
        size = largest
        while size >= smallest:
            lines = tuple(wrap(words, cut, box[0] / size, tracking))
            setting = Setting(lines=lines, cut=cut, size=size, leading=air * size)
            if len(lines) <= count and setting.height <= box[1]:
                value = size * 0.82**count  # a line more must be worth it
                if value > worth:
                    balanced = tuple(_balanced(words, cut, box[0] / size, len(lines), tracking))
                    best, worth = replace(setting, lines=balanced), value
                break
            size *= SMALLER
    if best is not None:
        return best
    room = max(1, min(most, int((box[1] - smallest) / (air * smallest)) + 1))
    all_lines = wrap(words, cut, box[0] / smallest, tracking)
    kept = (*all_lines[: room - 1], _shortened(all_lines[room - 1], cut, box[0] / smallest, tracking))
    return Setting(lines=kept, cut=cut, size=smallest, leading=air * smallest)


def wrap(words: str, cut: str, width: float, tracking: float = 0.0) -> list[str]:
    """Lines of at most `width` ems, broken at spaces and between characters of Chinese, else inside a long word."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if measure((line + piece).rstrip(), cut, tracking) <= width:
                line += piece
                continue
            if line.strip():
                lines.append(line.strip())
            *full, line = _broken(piece, cut, width, tracking)
            lines += full
        lines.append(line.strip())
    return lines


def measure(words: str, cut: str, tracking: float = 0.0) -> float:
    """The width of a line in ems."""
    return sum(_advance(face, run) for face, run in runs(words, cut)) + tracking * max(0, len(clusters(words)) - 1)


def draw(pen: ImageDraw.ImageDraw, at: tuple[float, float], words: str, cut: str, size: float, fill: Color, *,
         tracking: float = 0.0, anchor: str = "left") -> None:  # fmt: skip
    """One line with its baseline at `at`; anchor: left, middle or right."""
    x, y = at
    x -= size * measure(words, cut, tracking) * {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
    for face, run in runs(words, cut):
        parts = clusters(run) if tracking and not _joined(run) else [run]
        for part in parts:
            pen.text((x, y), part, fill=fill, font=font(face, size), anchor="ls")
            x += size * (_advance(face, part) + (tracking if tracking and not _joined(run) else 0.0))
        if tracking and _joined(run):
            x += size * tracking * len(clusters(run))


@lru_cache(4096)
def runs(words: str, cut: str) -> tuple[tuple[str, str], ...]:
    """A line as (face, text) in the order in which they are drawn, from left to right."""
    faces = chain(words, cut)
    made: list[tuple[str, str]] = []
    for cluster in clusters(words):
        if made and cluster == " " and 0x20 in fonts.letters(made[-1][0]):
            face = made[-1][0]
        else:
            face = next((name for name in faces if _has(name, cluster)), "")
        if made and made[-1][0] == face:
            made[-1] = (face, made[-1][1] + cluster)
        elif face:
            made.append((face, cluster))
    return tuple(made[::-1] if from_right(words) else made)


def chain(words: str, cut: str) -> tuple[str, ...]:
    """The faces that are asked in turn. Beside Chinese, Latin is of its brush, too; what needs shaping waits for it."""
    faces = FACES["kai" if is_eastern(words) else cut]
    return faces if _shapes() else tuple(face for face in faces if face not in ("naskh", "thai"))


def is_eastern(words: str) -> bool:
    """Whether the words have characters of Chinese, Japanese or Korean."""
    return any(_eastern(c) for c in words)


def from_right(words: str) -> bool:
    """Whether a line begins on the right: its first letter says so (rule P2 of the bidirectional algorithm)."""
    return next((unicodedata.bidirectional(c) in "RAL" and unicodedata.bidirectional(c) != "L" for c in words
                 if unicodedata.bidirectional(c) in ("L", "R", "AL")), False)  # fmt: skip


def missing(words: str) -> list[str]:
    """The characters that no face has, each once, in their order."""
    faces = chain(words, "text")
    lost = (c for c in clusters(words) if c != "\n" and not any(_has(face, c) for face in faces))
    return list(dict.fromkeys(lost))


def legible(words: str) -> str:
    """The words without what no face has; runs of spaces are one."""
    lost = set(missing(words))
    kept = "".join(c for c in clusters(unicodedata.normalize("NFC", words)) if c not in lost)
    return "\n".join(re.sub(r"\s+", " ", line).strip() for line in kept.strip().split("\n"))


def clusters(words: str) -> list[str]:
    """Characters with the marks that stand on them."""
    made: list[str] = []
    for c in unicodedata.normalize("NFC", words):
        if made and (unicodedata.category(c)[0] == "M" or c == "\u200d" or made[-1].endswith("\u200d")):
            made[-1] += c
        else:
            made.append(c)
    return made


@lru_cache(96)
def font(face: str, size: float) -> ImageFont.FreeTypeFont:
    """A face as Pillow's own, at pixels an em."""
    engine = ImageFont.Layout.RAQM if _shapes() else ImageFont.Layout.BASIC
    return ImageFont.truetype(io.BytesIO(fonts.face(face)), size, layout_engine=engine)


def _pieces(words: str) -> Iterator[str]:
    """What must stay together: words with the space after them, single characters of Chinese with their punctuation."""
    piece = ""
    for c in clusters(words):
        breaks = piece and (
            (piece[-1] == " " and c != " ") or _eastern(c[0]) or (_eastern(piece[-1]) and c[0] not in " ")
        )
        if breaks and c[0] not in NO_START and piece[-1] not in NO_END:
            yield piece
            piece = ""
        piece += c
    if piece:
        yield piece


def _balanced(words: str, cut: str, width: float, count: int, tracking: float) -> Sequence[str]:
    """The same number of lines: Chinese after its punctuation if it can be, else as narrow as they can be."""
    clauses = "\n".join(re.findall(r"[^，。；！？、]+[，。；！？、]*", words)) if is_eastern(words) else ""
    lines = wrap(clauses, cut, width, tracking) if clauses else []
    if len(lines) == count:
        return lines
    low, high = width / 2, width
    for _ in range(7):
        middle = (low + high) / 2
        low, high = (low, middle) if len(wrap(words, cut, middle, tracking)) <= count else (middle, high)
    return wrap(words, cut, high, tracking)


def _broken(piece: str, cut: str, width: float, tracking: float) -> Iterator[str]:
    """A word that may be longer than the width, in parts."""
    while measure(piece.rstrip(), cut, tracking) > width and len(clusters(piece)) > 1:
        length = longest(piece, cut, width, tracking)
        yield piece[:length]
        piece = piece[length:]
    yield piece


def longest(line: str, cut: str, width: float, tracking: float = 0.0) -> int:
    """How many characters from its beginning fit into `width` ems, at least one cluster."""
    parts = clusters(line)
    low, high = 1, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        fits = measure("".join(parts[:middle]), cut, tracking) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return len("".join(parts[:low]))


def _shortened(line: str, cut: str, width: float, tracking: float) -> str:
    dots = "……" if cut == "kai" else "…"
    room = width - measure(dots, cut, tracking) - tracking
    return line[: longest(line, cut, room, tracking)].rstrip(" ,，、。.;；") + dots


@lru_cache(8192)
def _advance(face: str, run: str) -> float:
    return font(face, EM).getlength(run) / EM


@cache
def _shapes() -> bool:
    """Whether Pillow can shape letters: kerning, joined Arabic, marks of Thai."""
    return bool(features.check("raqm"))


def _has(face: str, cluster: str) -> bool:
    return all(ord(c) in fonts.letters(face) for c in cluster)


def _eastern(c: str) -> bool:
    if "\ufe10" <= c <= "\ufe4f":  # upright punctuation
        return True
    return "\u2e80" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or "\uff00" <= c <= "\uffef" or c >= "\U00020000"


def _joined(run: str) -> bool:
    return any("\u0600" <= c <= "\u06ff" for c in run)
