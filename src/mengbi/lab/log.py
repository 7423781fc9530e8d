"""What a run says of itself: a line of JSON now and then, and curves of all lines."""

import io
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image, ImageDraw

from mengbi.errors import FaultError
from mengbi.files import write_whole
from mengbi.studio.trainings import read_lines

PANEL = (720, 150)
MARGIN = 70
INKS = ((40, 60, 120), (190, 80, 40), (40, 130, 80), (130, 60, 150))
INK, GRID, PAPER = INKS[0], (225, 225, 230), (255, 255, 255)

Point: TypeAlias = tuple[float, float]


class Log:
    """`log.jsonl` in the folder of a run, a line a look: {"step": 1200, "loss": 0.31, …}; and TensorBoard if asked."""

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self.path = folder / "log.jsonl"
        self._board = _board(folder / "tensorboard") if tensorboard else None

    def add(self, line: Mapping[str, float]) -> None:
        """Appends a line; "step" must be among its numbers."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps(dict(line)) + "\n")
        if self._board is not None:
            for name, value in line.items():
                self._board.add_scalar(name, value, line["step"])

    def lines(self) -> list[dict[str, float]]:
        """All lines that are whole, the oldest first."""
        return read_lines(self.path)

    def rewind(self, step: int) -> None:
        """Forgets every line past `step`, because the run goes on from there. Raises OutputError, StorageError."""
        kept = [line for line in self.lines() if line["step"] <= step]
        write_whole(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def draw(self) -> None:
        """Writes `curves.png` beside the log: a panel a number. Raises OutputError, StorageError."""
        lines = self.lines()
        if lines:
            buffer = io.BytesIO()
            draw_curves({"": lines}).save(buffer, "PNG")
            write_whole(self.path.with_name("curves.png"), buffer.getvalue())


def draw_curves(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Image.Image:
    """A panel a number, in it a curve a run. runs: the lines of each, by its name; some line must be there."""
    names = dict.fromkeys(name for lines in runs.values() for line in lines for name in line if name != "step")
    width, height = PANEL
    sheet = Image.new("RGB", (width, height * len(names)), PAPER)
    draw = ImageDraw.Draw(sheet)
    end = max(line["step"] for lines in runs.values() for line in lines) or 1
    for row, name in enumerate(names):
        curves = {
            run: [(line["step"], line[name]) for line in lines if name in line and math.isfinite(line[name])]
            for run, lines in runs.items()
        }
        _panel(draw, row * height, name, {run: points for run, points in curves.items() if points}, end)
    return sheet


def _panel(draw: ImageDraw.ImageDraw, top: int, name: str, curves: Mapping[str, list[Point]], end: float) -> None:
    """Curves over their step; on a logarithmic scale where they span more than a tenfold."""
    if not curves:
        return
    width, height = PANEL
    values = [value for points in curves.values() for _, value in points]
    low, high = min(values), max(values)
    scale = math.log if low > 0 and high > 10 * low else float
    floor, span = scale(low), scale(high) - scale(low) or 1.0
    upper, lower = top + 22, top + height - 18
    for mark in range(5):
        y = lower - (lower - upper) * mark / 4
        value = floor + span * mark / 4
        draw.line([(MARGIN, y), (width - 10, y)], GRID)
        draw.text((6, y - 6), f"{math.exp(value) if scale is math.log else value:.4g}", INK)
    left = MARGIN
    for (run, points), ink in zip(curves.items(), itertools.cycle(INKS), strict=False):
        spots = [
            (MARGIN + (width - 10 - MARGIN) * step / end, lower - (lower - upper) * (scale(value) - floor) / span)
            for step, value in points
        ]
        draw.line(spots if len(spots) > 1 else spots * 2, ink, 2)
        said = f"{run or name}: {points[-1][1]:.4g} after {points[-1][0]:,.0f} steps"
        draw.text((left, top + 6), said if not run else f"{name}, {said}", ink)
        left += int(draw.textlength(f"{name}, {said}")) + 24


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise FaultError("--tensorboard needs the package tensorboard; pip install tensorboard") from error
    return SummaryWriter(str(folder))
