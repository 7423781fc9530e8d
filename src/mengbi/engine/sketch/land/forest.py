"""A forest: trunks that fade into lit mist, a path, shafts of light, ferns at our feet."""

import math
from dataclasses import replace

import numpy as np
from PIL import Image

from mengbi.engine.sketch.land import billboards, herbs, trees
from mengbi.engine.sketch.land.billboards import Billboard
from mengbi.engine.sketch.land.terrain import FOCAL, View, feet, hazy, paint, plain, relief, roughen, shine, view
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer
from mengbi.engine.sketch.texture import Array, Frame, sample, screen, smooth, tile

FLOORS: dict[str, tuple[Rgb, ...]] = {
    "spring": ((0.3, 0.44, 0.2), (0.5, 0.62, 0.28), (0.52, 0.42, 0.3)),
    "summer": ((0.24, 0.36, 0.17), (0.42, 0.52, 0.22), (0.48, 0.38, 0.27)),
    "autumn": ((0.5, 0.33, 0.16), (0.76, 0.47, 0.17), (0.46, 0.35, 0.26)),
    "winter": ((0.84, 0.88, 0.95), (0.95, 0.97, 1.0), (0.72, 0.74, 0.8)),
}
"""By season: floor, its light patches, the path."""


def forest(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """Tall trees around a path that leads into the light."""
    misty = replace(light, haze=_mist(light), haze_strength=0.96, weather="cloudy")
    land = plain(frame, horizon, misty, rng)
    phase = float(rng.uniform(0, 6.3))
    middle = 0.5 * np.sin(0.5 * land.z + phase) * smooth(2, 7, land.z) + 0.02 * land.z * math.sin(phase)
    path = smooth(0.75, 0.4, np.abs(land.x - middle) + 0.12 * land.read(0.06, 0.3))
    height = (0.16 * land.read(0.03, 0.1) + 0.1 * smooth(0.4, 3.5, np.abs(land.x - middle))) * smooth(1.5, 5, land.z)
    floor, bright, trodden = FLOORS[light.season]
    lit = np.clip(0.45 + 0.4 * smooth(0.1, 1.1, land.read(0.045, 0.7)) + 0.2 * (relief(land, height) - 0.5), 0, 1)
    color = paint((floor, bright, trodden), (smooth(-0.2, 1.3, land.read(0.05, 0.7)), path * 0.85), lit.shape)
    color = shine(replace(misty, weather="clear"), color, lit)
    hazy(misty, color, land.z, 15)
    seen = view(land, height, np.concatenate([color, path[None]]))
    track = np.clip(seen.rgb[3], 0, 1)
    seen = replace(seen, rgb=seen.rgb[:3])
    roughen(seen, 1.7, 0.11, 0.8)
    if light.season != "winter":
        grown = replace(seen, rgb=seen.rgb.copy())
        herbs.grass(grown, rng, 1300, 0.1)
        seen.rgb[:] += (grown.rgb - seen.rgb) * (1 - track)
    seen.rgb[:] += (np.asarray(misty.haze, dtype=np.float32)[:, None, None] - seen.rgb) * (1 - seen.alpha)
    veil = 0.86 * np.clip((horizon - frame.y) / horizon * -0.35 + 1, 0, 1) + 0 * frame.x
    np.maximum(seen.alpha, veil, out=seen.alpha)
    _trees(seen, misty, rng, middle)
    _shafts(seen.rgb, seen.alpha, frame, light, rng)
    foot, scale = feet(seen)
    return Ground(
        layers=(layer(seen.rgb, seen.alpha, 0.0), herbs.fringe(frame, misty, rng, ferns=True)),
        horizon=horizon / frame.tall,
        surface="land",
        foot=foot,
        scale=scale,
    )


def _mist(light: Light) -> Rgb:
    """The light between the far trees: the sky's, greened by the leaves."""
    leaf = {"autumn": (0.9, 0.72, 0.45), "winter": (0.86, 0.9, 0.97)}.get(light.season, (0.74, 0.86, 0.6))
    low = light.sky[0][1]
    red, green, blue = (0.52 * low[c] + 0.48 * leaf[c] * (0.35 + 0.65 * light.ambient[c]) for c in range(3))
    if light.time == "night":
        return red * 0.7, green * 0.78, blue * 0.95
    return red, green, blue


def _trees(seen: View, light: Light, rng: np.random.Generator, middle: Array) -> None:
    """Crowns and trunks from far to near, thickest beside the path."""
    crowns = [trees.tree(light, rng, kind) for kind in range(3)] + [trees.pine(light, rng)]
    trunks = [_trunk(light, rng) for _ in range(3)]
    land = seen.plain
    spots: list[tuple[float, float, float, Billboard]] = []
    for _ in range(30):
        z = 9 / (0.14 + 0.86 * float(rng.random()))
        x = float(rng.random())
        spots.append(
            (
                z,
                x,
                float(rng.uniform(3.2, 6.5)) * (1 + z / 50) * max(1.0, land.horizon / 0.62),
                crowns[int(rng.integers(4))],
            )
        )
    for _ in range(28):
        z = 3.4 / (0.08 + 0.92 * float(rng.random()))
        row = int(np.clip(np.searchsorted(land.z[:, 0], z), 0, len(land.z) - 1))
        side = float(rng.choice([-1, 1]))
        aside = float(middle[row, 0]) + side * float(rng.uniform(1.15, 2.2) + rng.random() * z * 0.5)
        x = 0.5 + aside * FOCAL / (z * land.frame.wide)
        if -0.1 < x < 1.1:
            spots.append((z, x, max(9.0, 1.15 * z * land.horizon / FOCAL + 1), trunks[int(rng.integers(3))]))
    ferns = [herbs.fern(light, rng) for _ in range(3)]
    for _ in range(54):
        z = 2.6 / (0.12 + 0.88 * float(rng.random()))
        row = int(np.clip(np.searchsorted(land.z[:, 0], z), 0, len(land.z) - 1))
        aside = float(middle[row, 0]) + float(rng.choice([-1, 1])) * float(
            rng.uniform(0.85, 1.2) + rng.random() ** 2 * z * 0.5
        )
        x = 0.5 + aside * FOCAL / (z * land.frame.wide)
        if -0.1 < x < 1.1:
            spots.append((z, x, float(rng.uniform(0.18, 0.42)), ferns[int(rng.integers(3))]))
    for z, x, _, kind in spots:
        if z < 14 and kind not in ferns:
            billboards.shadow(seen, x, z, 0.6 if kind in trunks else 1.2)
    for z, x, tall, kind in sorted(spots, key=lambda spot: -spot[0]):
        billboards.stand(seen, kind, x, z, tall, reach=15)
    _canopy(seen, crowns[:3], light, rng)


def _canopy(seen: View, crowns: list[Billboard], light: Light, rng: np.random.Generator) -> None:
    """Leaves that hang into the picture from above, most at its corners, in place."""
    frame = seen.plain.frame
    for _ in range(round(9 * frame.wide)):
        x = float(rng.random())
        wide = (0.2 + 0.3 * abs(2 * x - 1)) * float(rng.uniform(0.7, 1.1))
        head = crowns[int(rng.integers(len(crowns)))].image
        head = head.crop((0, 0, head.width, round(head.height * 0.6))).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        size = round(wide / frame.pixel), round(wide * 0.7 / frame.pixel)
        image = head.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        drop = (0.02 + 0.11 * abs(2 * x - 1) ** 1.5) / frame.pixel
        corner = round(x * frame.width - size[0] / 2), round(drop - size[1])
        billboards.stamp(seen.rgb, seen.alpha, image, corner, (light.haze, 0.1))


def _trunk(light: Light, rng: np.random.Generator) -> Billboard:
    """A tall trunk with bark, flared at its foot; its crown is out of sight."""
    height, width = 640, 60
    y = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    texture = tile(rng, 16, 5, 0.7, 256)
    bend = 0.1 * np.sin(y * float(rng.uniform(3, 6)) + float(rng.uniform(0, 6)))
    half = 0.42 + 0.14 * (1 - y) + 0.2 * np.exp(-y * 34) + 0.02 * sample(texture, 0 * y + 0.2, y * 2)
    across = (x - bend) / half
    bark = sample(texture, across * 0.16, y * 0.9) + 0.5 * sample(texture, across * 0.5 + 0.3, y * 3)
    lit = np.clip(0.5 + 0.42 * light.side * across + 0.16 * bark, 0, 1)
    tone: Rgb = ((0.36, 0.26, 0.19), (0.44, 0.36, 0.29), (0.32, 0.25, 0.22))[int(rng.integers(3))]
    color = np.stack([part * (0.55 + 0.6 * lit) for part in tone])
    moss = smooth(0.2, 1.3, bark - 1.6 * y + 0.3 * light.side * across) * 0.7
    for plane, part in zip(color, (0.3, 0.4, 0.16), strict=True):
        plane += (part * (0.5 + 0.6 * lit) - plane) * moss
    return billboards.lit_up(light, color, smooth(1.0, 0.9, np.abs(across)), lit)


def _shafts(planes: Array, alpha: Array, frame: Frame, light: Light, rng: np.random.Generator) -> None:
    """Sunlight or moonlight that falls between the trees, in place."""
    if light.weather not in ("clear", "wind", "fog"):
        return
    x, y = frame.x - light.source[0] * frame.wide, frame.y + 0.35
    turn = np.arctan2(x, y)
    line = np.interp(np.linspace(-1.6, 1.6, 1024), np.linspace(-1.6, 1.6, 70), rng.standard_normal(70))
    shafts = np.clip(line, 0, 2).astype(np.float32).take(((turn + 1.6) * 320).astype(np.int32), mode="clip")
    fade = np.exp(-((turn / 0.6) ** 2)) * np.exp(-frame.y * 1.1) * smooth(1.0, 0.8, frame.y / frame.tall)
    warm = 0.5 if light.time != "night" else 0.12
    screen(planes, light.glow, shafts * fade * warm * np.clip(alpha, 0, 1))
    glow = np.exp(-((frame.x - light.source[0] * frame.wide) ** 2 * 3 + (frame.y - 0.42 * frame.tall) ** 2 * 9))
    screen(planes, light.glow, glow * warm * 0.8)
