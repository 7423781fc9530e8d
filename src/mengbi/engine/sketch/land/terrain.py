"""Land in true perspective: a height field over slices of distance, lit, hazed and drawn column by column.

The eye stands one unit of height above the plain and looks level; a point at (x, z) of height H appears
FOCAL·(1 − H)/z below the horizon. Hidden parts fall to a running minimum from near to far (the floating horizon of
Wright 1973), so that a whole view costs a few passes over arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.texture import Array, Frame, over, ramp, resize, sample, smooth, tile

FOCAL = 1.0
SLICES = 380
FARTHEST = 420.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plain:
    """Where the land is known: slices from near to far by columns; distances in heights of the eye."""

    frame: Frame
    horizon: float  # in units from the top
    light: Light
    z: Array  # (s, 1)
    x: Array  # (s, c)
    noise: Array  # a tile of fine fractal noise, for grain and colour
    broad: Array  # a tile of smooth noise, for large forms

    def read(self, freq: float, offset: float = 0.0, stretch: float = 1.0) -> Array:
        """Fine noise over the land, (s, c): freq tiles a unit across; it fades where it is finer than the columns."""
        spacing = self.z * (self.frame.wide / FOCAL / self.x.shape[1])
        seen = smooth(1.1, 0.35, spacing * (freq * 64))
        return sample(self.noise, self.x * freq + offset, self.z * (freq * stretch) + offset * 1.7) * seen

    def swell(self, freq: float, offset: float = 0.0, stretch: float = 1.0) -> Array:
        """Smooth noise over the land, (s, c): its forms are about 1/(8·freq) units long."""
        return sample(self.broad, self.x * freq + offset, self.z * (freq * stretch) + offset * 1.7)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """Land as it is seen: planes (3, h, w), cover (h, w), and how far each pixel lies (h, w), the sky at 1e9."""

    plain: Plain
    height: Array  # (s, c)
    rgb: Array  # (3, h, w)
    alpha: Array
    far: Array

    def at(self, x: Array | float, z: Array | float) -> Array:
        """Height of the land at columns (fractions of the width) and distances."""
        land, (slices, columns) = self.plain.z[:, 0], self.height.shape
        row = np.clip(np.interp(z, land, np.arange(slices, dtype=np.float32)), 0, slices - 1.001)
        column = np.clip(x, 0, 1) * (columns - 1.001)
        r, c = row.astype(np.int32), column.astype(np.int32)
        down, across, height = row - r, column - c, self.height
        upper = height[r, c] + (height[r, c + 1] - height[r, c]) * across
        lower = height[r + 1, c] + (height[r + 1, c + 1] - height[r + 1, c]) * across
        return np.asarray(upper + (lower - upper) * down, dtype=np.float32)

    def foot(self, x: Array | float, z: Array | float) -> Array:
        """Where the land at columns and distances appears, in units from the top."""
        z = np.asarray(z, dtype=np.float32)
        return self.plain.horizon + FOCAL * (1 - self.at(np.asarray(x, dtype=np.float32), z)) / z


def plain(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> Plain:
    """An empty land below a horizon (units from the top)."""
    nearest = FOCAL / max(frame.tall - horizon, 0.05) * 0.86
    share = np.linspace(1, 0, SLICES, dtype=np.float32)[:, None] ** 3
    z = 1 / (1 / FARTHEST + (1 / nearest - 1 / FARTHEST) * share)
    columns = max(64, round(frame.width * 0.6))
    across = (np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5
    return Plain(
        frame=frame,
        horizon=horizon,
        light=light,
        z=z,
        x=across[None] * (z * (frame.wide / FOCAL)),
        noise=tile(rng, 8, 4),
        broad=tile(rng, 8, 2, 0.3),
    )


def relief(land: Plain, height: Array) -> Array:
    """How sunlit each part is, (s, c), about 0..1: by its slope, and by what stands between it and the sun."""
    toward = _sunward(land.light)
    spacing = land.z * (land.frame.wide / FOCAL / land.x.shape[1])
    across = np.gradient(height, axis=1) / spacing
    away = np.gradient(height, axis=0) / np.gradient(land.z, axis=0)
    lit = (-across * toward[0] + toward[1] - away * toward[2]) / np.sqrt(1 + across * across + away * away)
    steep = toward[1] / abs(toward[0]) * 0.8
    ramp = np.arange(land.x.shape[1], dtype=np.float32)[None] * spacing * steep
    if toward[0] > 0:
        roof = np.maximum.accumulate((height + ramp * -1)[:, ::-1], axis=1)[:, ::-1] + ramp
    else:
        roof = np.maximum.accumulate(height - ramp[:, ::-1], axis=1) + ramp[:, ::-1]
    shade = smooth(0.04, 0.0, (roof - height) / (0.3 + 0.02 * land.z))
    lit = np.clip(lit, 0, 1.2) * (0.25 + 0.75 * shade)
    return np.asarray(lit, dtype=np.float32)


def shine(light: Light, color: Array, lit: Array) -> Array:
    """Planes of local colour under the light: warm where it falls, cool where it does not."""
    warm = {"day": (1.16, 1.1, 0.98), "night": (1.25, 1.3, 1.3)}.get(light.time, (1.28, 1.1, 0.9))
    cool = {"day": (0.56, 0.63, 0.76), "night": (0.6, 0.64, 0.74)}.get(light.time, (0.52, 0.52, 0.72))
    if light.weather not in ("clear", "wind"):
        warm, cool = (1.02, 1.02, 1.0), (0.78, 0.8, 0.86)
    lit = np.clip(lit, 0, 1)
    color = np.broadcast_to(color, (3, *lit.shape))
    if light.time == "night":  # by little light the eye sees little colour (Purkinje)
        grey = color.mean(axis=0)
        color = color * 0.45 + grey * 0.55
    return np.stack(
        [plane * ((cool[c] + (warm[c] - cool[c]) * lit) * light.ambient[c]) for c, plane in enumerate(color)]
    )


def hazy(light: Light, color: Array, distance: Array | float, reach: float = 70.0) -> None:
    """Far things fade into the air, in place. reach: the distance at which two thirds are gone."""
    over(color, light.haze, light.haze_strength * (1 - np.exp(-np.asarray(distance, dtype=np.float32) / reach)))


def view(land: Plain, height: Array, color: Array) -> View:
    """The land as it is seen. height: (s, c); color: planes (n, s, c), lit and hazed; the view has as many."""
    frame = land.frame
    width = frame.width
    screen = (land.horizon + FOCAL * (1 - height) / land.z) / frame.pixel - 0.5
    screen = resize(screen.astype(np.float32), (width, SLICES), hard=True)
    edge = np.minimum.accumulate(screen, axis=0)
    rows = np.clip(np.ceil(edge), 0, frame.height).astype(np.int32)
    columns = np.arange(width, dtype=np.int32)[None]
    found = np.bincount((rows * width + columns).ravel(), minlength=(frame.height + 1) * width)
    index = SLICES - np.cumsum(found.astype(np.int32).reshape(-1, width)[:-1], axis=0, dtype=np.int32)
    index = np.minimum(index, np.argmax(edge <= edge[-1], axis=0).astype(np.int32))
    top = int(rows[-1].min())
    flat = index[top:] * width + columns
    nearer = np.maximum(flat - width, columns)
    line = np.arange(top, frame.height, dtype=np.float32)[:, None]
    upper, lower = screen.ravel().take(flat), screen.ravel().take(nearer)
    share = np.clip((lower - line) / np.maximum(lower - upper, 1e-3), 0, 1)
    rgb = np.zeros((len(color), frame.height, width), dtype=np.float32)
    up = np.clip((land.horizon - frame.y) / land.horizon, 0, 1)
    rgb[:3] = ramp(land.light.sky, up)  # what is half covered must not darken towards nothing
    far = np.full((frame.height, width), 1e9, dtype=np.float32)
    for plane, target in zip(color, rgb, strict=True):
        wide = resize(plane, (width, SLICES), hard=True).ravel()
        near = wide.take(nearer)
        near += (wide.take(flat) - near) * share
        target[top:] = near
    alpha = np.clip(np.arange(frame.height, dtype=np.float32)[:, None] + 0.5 - edge[-1][None], 0, 1)
    behind, before = land.z.ravel().take(index[top:]), land.z.ravel().take(np.maximum(index[top:] - 1, 0))
    far[top:] = before + (behind - before) * share
    far[:top] = 1e9
    far[alpha <= 0] = 1e9
    _soften(rgb, index, edge)
    return View(plain=land, height=height, rgb=rgb, alpha=alpha, far=far)


def roughen(seen: View, freq: float, strength: float, stretch: float = 1.0, reach: float = 14.0) -> None:
    """Adds the grain of the ground, drawn in perspective at full resolution, fading with distance; in place."""
    land, frame = seen.plain, seen.plain.frame
    top = min(int(land.horizon / frame.pixel) + 1, frame.height - 1)
    z = FOCAL / np.maximum(frame.y[top:] - land.horizon, 1e-3)
    x = (frame.x - frame.wide / 2) * z
    grain = sample(land.noise, x * freq, z * (freq * stretch))
    grain += 0.6 * sample(land.noise, x * (freq * 2.9) + 0.5, z * (freq * stretch * 2.9))
    grain *= strength * np.exp(-np.maximum(z, seen.far[top:]) / reach)
    seen.rgb[:, top:] *= 1 + grain


def feet(seen: View) -> tuple[Callable[[float, float], float], Callable[[float], float]]:
    """Where things stand on the land, and how large they are: the two functions of a Ground."""
    frame, horizon = seen.plain.frame, seen.plain.horizon
    depths = np.linspace(0, 1, 25)[:, None]
    places = np.linspace(0, 1, 25)[None]
    z = standing(frame, horizon, depths)
    grid = seen.foot(*np.broadcast_arrays(places, z)).astype(np.float64) / frame.tall
    grid = np.minimum.accumulate(grid[::-1], axis=0)[::-1] + depths * 0.002
    return table_foot(grid), lambda depth: FLOOR + (1 - FLOOR) * min(max(depth, 0.0), 1.0)


def standing(frame: Frame, horizon: float, depth: Array | float) -> Array:
    """How far away what stands at a depth is, in heights of the eye."""
    span = 0.95 * frame.tall - horizon
    return np.asarray(FOCAL / (span * (FLOOR + (1 - FLOOR) * np.clip(depth, 0, 1))))


FLOOR = 0.16
"""Size of the farthest thing that stands on the land, against the nearest."""


def table_foot(grid: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Callable[[float, float], float]:
    """A `foot` that reads rows of depth by columns of place, linearly between them."""
    rows, columns = grid.shape

    def foot(depth: float, x: float) -> float:
        row, column = min(max(depth, 0.0), 1.0) * (rows - 1), min(max(x, 0.0), 1.0) * (columns - 1)
        r, c = min(int(row), rows - 2), min(int(column), columns - 2)
        part = grid[r : r + 2, c : c + 2]
        line = part[:, 0] + (part[:, 1] - part[:, 0]) * (column - c)
        return float(line[0] + (line[1] - line[0]) * (row - r))

    return foot


def _sunward(light: Light) -> tuple[float, float, float]:
    """Where the light comes from: the sun's side, brought before the land so that its forms show."""
    side = 0.82 * light.side
    high = 0.4 if light.time in ("dawn", "sunset") else 0.6
    norm = float(np.sqrt(side * side + high * high + 0.09))
    return side / norm, high / norm, -0.3 / norm


def _soften(rgb: Array, index: Array, edge: Array) -> None:
    """Smooths the outlines of near land before far land, in place: each takes its share of the pixel."""
    rows, columns = np.nonzero(index[:-1] - index[1:] > 4)
    if rows.size == 0:
        return
    outline = edge[index[rows + 1, columns], columns]
    near = rgb[:, rows + 1, columns]
    far = rgb[:, rows, columns]
    share = np.clip(rows + 1 - outline, 0, 1)
    rgb[:, rows, columns] = far + (near - far) * np.clip(share - 0.5, 0, 1)
    rgb[:, rows + 1, columns] = far + (near - far) * np.clip(share + 0.5, 0, 1)


def paint(colors: tuple[Rgb, ...], weights: tuple[Array | float, ...], shape: tuple[int, int]) -> Array:
    """Planes of local colour: the first colour, then each next one laid over it by its weight."""
    planes = np.empty((3, *shape), dtype=np.float32)
    planes[:] = np.asarray(colors[0], dtype=np.float32)[:, None, None]
    for color, weight in zip(colors[1:], weights, strict=True):
        over(planes, color, weight)
    return planes
