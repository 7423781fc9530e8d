"""What a run says of itself: a line of JSON now and then, and curves of all lines."""

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from mengbi.errors import FaultError
from mengbi.files import write_whole

PANEL = (720, 150)
MARGIN = 70
INK, GRID, PAPER = (40, 60, 120), (225, 225, 230), (255, 255, 255)


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
        """All lines that are whole, the oldest first: a run that was killed may have left half a line."""
        found = []
        for text in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
        return found

    def rewind(self, step: int) -> None:
        """Forgets every line past `step`, because the run goes on from there. Raises OutputError, StorageError."""
        kept = [line for line in self.lines() if line["step"] <= step]
        write_whole(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def draw(self) -> None:
        """Writes `curves.png` beside the log: a panel a number. Raises OutputError, StorageError."""
        lines = self.lines()
        names = [name for name in (lines[-1] if lines else ()) if name != "step"]
        if names:
            buffer = io.BytesIO()
            _curves(lines, names).save(buffer, "PNG")
            write_whole(self.path.with_name("curves.png"), buffer.getvalue())


def _curves(lines: list[dict[str, float]], names: list[str]) -> Image.Image:
    width, height = PANEL
    sheet = Image.new("RGB", (width, height * len(names)), PAPER)
    draw = ImageDraw.Draw(sheet)
    end = max(line["step"] for line in lines) or 1
    for row, name in enumerate(names):
        points = [(line["step"], line[name]) for line in lines if name in line and math.isfinite(line[name])]
        if points:
            _panel(draw, row * height, name, points, end)
    return sheet


def _panel(draw: ImageDraw.ImageDraw, top: int, name: str, points: list[tuple[float, float]], end: float) -> None:
    """One curve, over its step; on a logarithmic scale where it spans more than a tenfold."""
    width, height = PANEL
    low, high = min(value for _, value in points), max(value for _, value in points)
    scale = math.log if low > 0 and high > 10 * low else float
    floor, span = scale(low), scale(high) - scale(low) or 1.0
    upper, lower = top + 22, top + height - 18
    for mark in range(5):
        y = lower - (lower - upper) * mark / 4
        value = floor + span * mark / 4
        draw.line([(MARGIN, y), (width - 10, y)], GRID)
        draw.text((6, y - 6), f"{math.exp(value) if scale is math.log else value:.4g}", INK)
    spots = [
        (MARGIN + (width - 10 - MARGIN) * step / end, lower - (lower - upper) * (scale(value) - floor) / span)
        for step, value in points
    ]
    draw.line(spots if len(spots) > 1 else spots * 2, INK, 2)
    draw.text((MARGIN, top + 6), f"{name}: {points[-1][1]:.4g} after {points[-1][0]:.0f} steps", INK)


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise FaultError("--tensorboard needs the package tensorboard; pip install tensorboard") from error
    return SummaryWriter(str(folder))
