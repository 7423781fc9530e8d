"""A terminal in a few lines, to see what a person would see: text, colours, Kitty, iTerm2 and Sixel pictures."""

import base64
import io
import re
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

TOKEN = re.compile(
    r"\x1b_G(?P<kitty>[^\x1b]*)\x1b\\|\x1b\]1337;File=(?P<iterm>[^\a]*)\a|\x1bP(?P<sixel>[^\x1b]*)\x1b\\"
    r"|\x1b\[(?P<args>[\d;?]*)(?P<csi>[A-Za-z])|\x1b(?P<escape>[78])|(?P<control>[\r\n])|(?P<text>[^\x1b\x00-\x1f])"
    r"|(?P<unknown>.)",
    re.DOTALL,
)


@dataclass
class LittleTerminal:
    """Cells are (character, foreground, background); whatever it does not understand is an error, not ignored."""

    columns: int = 80
    rows: int = 24
    row: int = 0
    column: int = 0
    pen: tuple = (None, None)
    saved: tuple = (0, 0)
    pictures: list = field(default_factory=list)  # (row, column, what, options, pixels)
    chunks: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = [[(" ", None, None)] * self.columns for _ in range(self.rows)]
        self.scrolled = []

    def feed(self, text: str) -> "LittleTerminal":
        for token in TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "csi":
                self._csi(token["args"], token["csi"])
            else:
                getattr(self, f"_{kind}")(token[kind])
        return self

    def lines(self) -> list[str]:
        return ["".join(cell[0] for cell in row).rstrip() for row in self.scrolled + self.cells]

    def _text(self, character: str) -> None:
        assert self.column < self.columns, f"a line is wider than the terminal: {self.lines()[-1]}"
        self.cells[self.row][self.column] = (character, *self.pen)
        self.column += 1

    def _control(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif self.row == self.rows - 1:
            self.scrolled.append(self.cells.pop(0))
            self.cells.append([(" ", None, None)] * self.columns)
        else:
            self.row += 1
        if character == "\n":  # as a terminal in its usual mode (ONLCR)
            self.column = 0

    def _escape(self, which: str) -> None:
        if which == "7":
            self.saved = (self.row, self.column)
        else:
            self.row, self.column = self.saved

    def _csi(self, args: str, final: str) -> None:
        number = int(args) if args.isdecimal() else 1
        if final == "A":
            self.row = max(0, self.row - number)
        elif final == "B":
            self.row = min(self.rows - 1, self.row + number)
        elif final == "K":
            self.cells[self.row][self.column :] = [(" ", None, None)] * (self.columns - self.column)
        elif final == "m":
            self._paint([int(part or 0) for part in args.split(";")])
        else:
            raise AssertionError(f"an escape sequence that was not expected: {args}{final}")

    def _paint(self, codes: list[int]) -> None:
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.pen = (None, None)
            elif code in (38, 48):
                mode, codes = codes[0], codes[1:]
                color = tuple(codes[:3]) if mode == 2 else codes[0]
                codes = codes[3:] if mode == 2 else codes[1:]
                self.pen = (color, self.pen[1]) if code == 38 else (self.pen[0], color)

    def _kitty(self, body: str) -> None:
        head, _, payload = body.partition(";")
        options = dict(pair.split("=") for pair in head.split(","))
        assert len(payload) <= 4096, "Kitty takes at most 4096 characters at once"
        self.chunks.append((options, payload))
        if options["m"] == "0":
            first = self.chunks[0][0]
            data = base64.b64decode("".join(payload for _, payload in self.chunks))
            self.pictures.append((self.row, self.column, "kitty", first, _pixels(data)))
            self.chunks = []

    def _iterm(self, body: str) -> None:
        head, _, payload = body.partition(":")
        options = dict(pair.split("=") for pair in head.split(";"))
        data = base64.b64decode(payload)
        assert int(options["size"]) == len(data)
        self.pictures.append((self.row, self.column, "iterm", options, _pixels(data)))

    def _sixel(self, body: str) -> None:
        self.pictures.append((self.row, self.column, "sixel", {}, read_sixel(body)))

    def _unknown(self, character: str) -> None:
        raise AssertionError(f"a control character that was not expected: {character!r}")


def read_sixel(body: str) -> np.ndarray:
    """Decodes Sixel as DEC's manual says; −1 where nothing was painted. int16 (h, w, 3)."""
    parameters, _, data = body.partition("q")
    assert re.fullmatch(r"[\d;]*", parameters)
    palette, color, x, y = {}, 0, 0, 0
    size = re.match(r'"1;1;(\d+);(\d+)', data)
    width, height = int(size[1]), int(size[2])
    pixels = np.full((height + 6, width, 3), -1, dtype=np.int16)
    for token in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])", data[size.end() :]):
        if token[1] is not None:
            color = int(token[1])
            if token[2] is not None:
                palette[color] = [round(int(part) * 2.55) for part in token.groups()[1:4]]
        elif token[8] == "$":
            x = 0
        elif token[8] == "-":
            x, y = 0, y + 6
        else:
            run, bits = int(token[5] or 1), ord(token[6] or token[7]) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    pixels[y + bit, x : x + run] = palette[color]
            x += run
            assert x <= width
    assert (pixels[height:] == -1).all(), "pixels below the picture"
    return pixels[:height]


def half_block_pixels(terminal: LittleTerminal, row: int, columns: int, rows: int) -> np.ndarray:
    """The pixels that half blocks show: uint8 (2·rows, columns, 3), or colour numbers (2·rows, columns)."""
    cells = terminal.cells[row : row + rows]
    assert all(cell[0] == "▀" for line in cells for cell in line[:columns])
    return np.array([[cell[half] for cell in line[:columns]] for line in cells for half in (1, 2)])


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
