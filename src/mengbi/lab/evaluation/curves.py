"""Curves of a run's log as SVG, drawn here: no script, and colours that the page chooses."""

import html
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from mengbi.lab.evaluation.figures import number

WIDTH, HEIGHT = 340, 160
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 24
MOST = 200
"""Points of a curve: of more, means are drawn, and behind them how far they spread."""
MARKS = 4
"""Lines across."""
NONE = ("step", "minutes")
"""Numbers of the log that are no curve."""

Point = tuple[float, float]


def curves(lines: Sequence[Mapping[str, float]]) -> list[tuple[str, str]]:
    """(name, SVG) of every number in a log that has two values at least, over the step."""
    names = dict.fromkeys(name for line in lines for name in line if name not in NONE)
    found = ((name, [(line["step"], line[name]) for line in lines if name in line]) for name in names)
    finite = ((name, [point for point in points if math.isfinite(point[1])]) for name, points in found)
    return [(name, curve(name, points)) for name, points in finite if len(points) > 1]


def curve(name: str, points: Sequence[Point]) -> str:
    """One curve over its step; on a logarithmic scale where it spans more than a tenfold."""
    values = [value for _, value in points]
    low, high = min(values), max(values)
    scale = math.log10 if low > 0 and high > 10 * low else float
    floor, span = scale(low), scale(high) - scale(low)
    if not span:  # a line through the middle
        floor, span = low - (abs(low) or 1) / 2, abs(low) or 1
    first, width = points[0][0], points[-1][0] - points[0][0] or 1.0

    def spot(point: Point) -> Point:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (point[0] - first) / width
        return x, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (scale(point[1]) - floor) / span

    parts = []
    for mark in range(MARKS + 1):
        level = floor + span * mark / MARKS
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * mark / MARKS
        said = number(10**level if scale is math.log10 else level)
        parts.append(f'<path class="line" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{said}</text>')
    for x, anchor, step in ((LEFT, "start", first), (WIDTH - RIGHT, "end", points[-1][0])):
        parts.append(f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="{anchor}">{step:,.0f}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">step</text>')
    means, lows, highs = _thinned(points)
    if lows:
        around = [spot(point) for point in (*lows, *reversed(highs))]
        parts.append(f'<path class="spread" d="{_path(around)}Z"/>')
    parts.append(f'<path class="curve" d="{_path([spot(point) for point in means])}"/>')
    label = html.escape(f"{name}: {number(points[0][1])} at first, {number(values[-1])} at last, lowest {number(low)}")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _thinned(points: Sequence[Point]) -> tuple[list[Point], list[Point], list[Point]]:
    """Means, lowest and highest of neighbours where there are many points."""
    if len(points) <= MOST:
        return list(points), [], []
    edges = [round(place * len(points) / MOST) for place in range(MOST + 1)]
    groups = [points[start:end] for start, end in pairwise(edges)]
    middles = [math.fsum(step for step, _ in group) / len(group) for group in groups]
    values = [[value for _, value in group] for group in groups]
    means = [math.fsum(each) / len(each) for each in values]
    lowest, highest = map(min, values), map(max, values)
    return (
        list(zip(middles, means, strict=True)),
        list(zip(middles, lowest, strict=True)),
        list(zip(middles, highest, strict=True)),
    )


def _path(spots: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)


def bars(names: Sequence[str], made: Sequence[float], real: Sequence[float]) -> str:
    """Two bars a class, what share of the made and of the real pictures it is."""
    most = max(*made, *real)
    each, wide = 44, 17
    width, base = LEFT + each * len(names) + RIGHT, HEIGHT - BOTTOM
    parts = []
    for mark in range(MARKS + 1):
        y = base - (base - TOP) * mark / MARKS
        parts.append(f'<path class="line" d="M{LEFT} {y:.1f}H{width - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * mark / MARKS:.1%}</text>')
    for place, name in enumerate(names):
        x = LEFT + each * place + (each - 2 * wide) / 2
        for kind, share, shift in (("made", made[place], 0), ("real", real[place], wide)):
            tall = (base - TOP) * share / most
            title = html.escape(f"{name}: {share:.2%} of the {kind}")
            parts.append(
                f'<rect class="{kind}" x="{x + shift:.1f}" y="{base - tall:.1f}" width="{wide - 1}" '
                f'height="{tall:.1f}"><title>{title}</title></rect>'
            )
        middle = x + wide
        parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{html.escape(name[:7])}</text>')
    label = "share of each class among the pictures made and the real ones"
    return f'<svg viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
