"""Pictures of a data set for a person to look at: a contact sheet, and its figures as charts."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.finish import lettering
from mengbi.lab.data.folder import Dataset
from mengbi.noise import generator

COLUMNS, ROWS = 14, 10
"""Cells of a contact sheet; with labels, a row for each of as many."""
CELL, GAP = 72, 4
"""Pixels of a cell's side, and between cells."""
PANEL, MARGIN = (560, 270), 24
"""Width and height of a chart, and what is left free around it."""
BARS = 9
"""Bars of a chart of names."""
BINS = 32
SAMPLE = 4000
"""Pictures that colours are counted in, at most."""
SEED = 5
INK, SOFT, LINE, PAPER = (44, 48, 62), (132, 138, 152), (224, 226, 232), (255, 255, 255)
BAR = (86, 118, 190)
CHANNELS = ((206, 76, 70), (74, 156, 92), (74, 108, 200))

Pixels = NDArray[np.uint8]
Chart = Callable[[ImageDraw.ImageDraw, int, int], None]


def sheet(data: Dataset) -> Image.Image:
    """Some pictures, drawn by chance that is always the same; with labels a row for each of the largest."""
    rng = generator(SEED, len(data))
    counts = np.bincount(data.labels[data.labels >= 0], minlength=len(data.names))
    labels = [int(label) for label in np.argsort(-counts, kind="stable")[:ROWS] if counts[label]]
    rows = [(data.names[label], np.flatnonzero(data.labels == label)) for label in sorted(labels)]
    if not rows:
        order = rng.permutation(len(data))[: ROWS * COLUMNS]
        rows = [("", order[first : first + COLUMNS]) for first in range(0, len(order), COLUMNS)]
    left = 150 if labels else 0
    step = CELL + GAP
    image = Image.new("RGB", (left + COLUMNS * step + GAP, len(rows) * step + GAP), PAPER)
    pen = ImageDraw.Draw(image)
    for row, (name, members) in enumerate(rows):
        top = GAP + row * step
        _write(pen, (left - 14, top + CELL / 2 + 5), _short(name), 15, "right")
        for column, number in enumerate(members if not name else rng.permutation(members)[:COLUMNS]):
            image.paste(_cell(data.pixels[number]), (left + GAP + column * step, top))
    return image


def statistics(data: Dataset) -> Image.Image:
    """Charts: sides, brightness, colours, labels, what was left out."""
    pick = generator(SEED, 1).permutation(len(data))[:SAMPLE]
    pixels = data.pixels[np.sort(pick)]
    sides = np.minimum(data.sizes[:, 0], data.sizes[:, 1]).astype(np.float64)
    charts: list[tuple[str, Chart]] = [
        ("shorter side before, pixels", _histogram(*_sides(sides))),
        ("brightness of pictures", _histogram(pixels.mean(axis=(1, 2, 3)), np.linspace(0, 256, BINS + 1))),
        ("colours of pixels" if data.pixels.shape[3] > 1 else "greys of pixels", _curves(pixels)),
    ]
    if data.names:
        counts = np.bincount(data.labels[data.labels >= 0], minlength=len(data.names))
        order = np.argsort(-counts, kind="stable")
        title = f"pictures of each label, the largest {BARS} of {len(order):,}" if len(order) > BARS else "labels"
        charts.append((title, _bars([(data.names[n], int(counts[n])) for n in order[:BARS]])))
    if data.report.left:
        charts.append(("left out", _bars([(reason, count) for reason, count, _ in data.report.left[:BARS]])))
    width, height = PANEL
    image = Image.new("RGB", (2 * width, math.ceil(len(charts) / 2) * height), PAPER)
    pen = ImageDraw.Draw(image)
    for number, (title, chart) in enumerate(charts):
        left, top = number % 2 * width, number // 2 * height
        _write(pen, (left + MARGIN, top + MARGIN + 8), title, 17)
        chart(pen, left + MARGIN, top + MARGIN + 24)
    return image


def _sides(sides: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sides, and the edges of bins between the smallest and the largest: even steps of their logarithm."""
    low, high = float(sides.min()), float(sides.max())
    return sides, np.geomspace(low, max(high + 1, 2 * low), BINS + 1)


def _histogram(values: NDArray[np.floating], edges: NDArray[np.floating]) -> Chart:
    def chart(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
        width, height = PANEL[0] - 2 * MARGIN, PANEL[1] - 2 * MARGIN - 46
        counts = np.histogram(values, edges)[0]
        step = width / len(counts)
        for number, count in enumerate(counts.tolist()):
            tall = height * count / max(1, counts.max())
            corner = (left + number * step + 1, top + height - tall)
            pen.rectangle((*corner, left + (number + 1) * step - 1, top + height), BAR)
        pen.line((left, top + height, left + width, top + height), INK)
        for share in (0, 0.25, 0.5, 0.75, 1):
            edge = edges[round(share * (len(edges) - 1))]
            anchor = "left" if share == 0 else "right" if share == 1 else "middle"
            _write(pen, (left + share * width, top + height + 17), f"{edge:,.0f}", 12, anchor, SOFT)
        _write(pen, (left + width, top + 4), f"at most {counts.max():,}", 12, "right", SOFT)

    return chart


def _curves(pixels: Pixels) -> Chart:
    """How often each value stands in each channel; the ends, which whole grounds may fill, do not set the scale."""
    channels = min(3, pixels.shape[3])
    counts = [np.bincount(pixels[..., channel].ravel(), minlength=256) for channel in range(channels)]
    most = max(1.0, float(np.percentile(np.stack(counts), 98.5)))

    def chart(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
        width, height = PANEL[0] - 2 * MARGIN, PANEL[1] - 2 * MARGIN - 46
        for count, color in zip(counts, CHANNELS if channels == 3 else (INK,), strict=True):
            tall = np.minimum(count / most, 1) * height
            pen.line([(left + width * n / 255, top + height - float(t)) for n, t in enumerate(tall)], color, 2)
        pen.line((left, top + height, left + width, top + height), INK)
        for share, anchor in ((0, "left"), (0.5, "middle"), (1, "right")):
            _write(pen, (left + share * width, top + height + 17), f"{255 * share:.0f}", 12, anchor, SOFT)

    return chart


def _bars(counts: Sequence[tuple[str, int]]) -> Chart:
    def chart(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
        width, tall = PANEL[0] - 2 * MARGIN, 22
        names = min(300, 20 + max(int(8 * lettering.measure(_short(name), "text") * 1.8) for name, _ in counts))
        most = max(count for _, count in counts)
        for number, (name, count) in enumerate(counts):
            y = top + number * tall
            _write(pen, (left, y + 15), _short(name), 14)
            length = (width - names - 60) * count / max(1, most)
            pen.rectangle((left + names, y + 3, left + names + max(1, length), y + tall - 4), BAR)
            _write(pen, (left + names + length + 8, y + 15), f"{count:,}", 12, "left", SOFT)

    return chart


def _cell(pixels: Pixels) -> Image.Image:
    """A picture at CELL pixels, what is transparent on white."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    method = Image.Resampling.NEAREST if image.width < CELL else Image.Resampling.BOX
    image = image.resize((CELL, CELL), method)
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _short(name: str) -> str:
    name = lettering.legible(name)
    return name if len(name) <= 40 else name[:39] + "…"


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    words: str,
    size: float,
    anchor: str = "left",
    fill: tuple[int, int, int] = INK,
) -> None:
    if words:
        lettering.draw(pen, at, words, "text", size, fill, anchor=anchor)
