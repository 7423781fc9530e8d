"""The wash: what a scene looks like through half-closed eyes. Soft colours and lights, no shapes.

It is the mean of the pictures that the analytic engine paints. Everything here is plain arithmetic on the place of a
pixel: no chance, and the same colours at any size.
"""

import colorsys
import hashlib
import math
import re
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.engine.denoiser import Array
from mengbi.scene import Scene, Thing

RGB: TypeAlias = tuple[float, float, float]
Plane: TypeAlias = NDArray[np.float64]  # (h, w)
Canvas: TypeAlias = NDArray[np.float64]  # (3, h, w), 0 to 255
HORIZON = 0.64  # from the top, in picture heights

COLOR: dict[str, RGB] = {
    "red": (214, 48, 44), "orange": (240, 134, 40), "yellow": (250, 214, 66), "green": (70, 158, 74),
    "cyan": (64, 196, 206), "blue": (48, 98, 206), "purple": (130, 70, 180), "pink": (244, 140, 180),
    "brown": (132, 88, 56), "black": (22, 20, 28), "white": (248, 246, 240), "gray": (140, 144, 150),
    "gold": (224, 178, 62), "silver": (192, 198, 208),
}  # fmt: skip
NAMED: dict[str, tuple[str, str]] = {  # English words; Chinese and Japanese characters
    "red": ("red|scarlet|crimson", "红紅赤"), "orange": ("orange", "橙橘"), "yellow": ("yellow", "黄黃"),
    "green": ("green", "绿綠緑"), "cyan": ("cyan|teal|turquoise", "青"), "blue": ("blue|azure", "蓝藍"),
    "purple": ("purple|violet|lavender", "紫"), "pink": ("pink", "粉桃"), "brown": ("brown", "棕褐茶"),
    "black": ("black", "黑黒"), "white": ("white", "白"), "gray": ("gray|grey", "灰"), "gold": ("gold|golden", "金"),
    "silver": ("silver", "银銀"),
}  # fmt: skip
SKY: dict[str, tuple[RGB, RGB]] = {  # at the top, at the horizon
    "dawn": ((112, 132, 190), (255, 206, 176)),
    "day": ((74, 142, 214), (208, 230, 242)),
    "sunset": ((84, 62, 132), (255, 150, 78)),
    "night": ((26, 32, 78), (78, 88, 146)),
}
GROUND: dict[str, tuple[RGB, RGB]] = {  # at the horizon, at the bottom
    "meadow": ((150, 186, 96), (64, 122, 52)), "hills": ((140, 172, 118), (70, 118, 64)),
    "mountains": ((128, 142, 170), (72, 88, 92)), "sea": ((96, 160, 190), (18, 70, 120)),
    "beach": ((96, 176, 196), (236, 208, 156)), "lake": ((130, 178, 196), (36, 92, 120)),
    "river": ((132, 178, 168), (48, 110, 112)), "desert": ((236, 196, 136), (198, 134, 74)),
    "forest": ((86, 128, 88), (28, 66, 42)), "city": ((150, 150, 168), (70, 70, 88)),
    "village": ((186, 170, 128), (104, 116, 70)), "snow": ((226, 234, 246), (196, 212, 236)),
    "clouds": ((250, 236, 236), (206, 214, 238)),
}  # fmt: skip
EVERYWHERE: dict[str, tuple[RGB, RGB]] = {  # grounds without a horizon: at the top, at the bottom
    "space": ((28, 22, 62), (92, 48, 120)),
    "underwater": ((84, 190, 206), (8, 44, 92)),
    "room": ((236, 214, 186), (150, 104, 74)),
}
ROUGH = {"mountains": 0.06, "hills": 0.035, "sea": 0.0, "lake": 0.004, "city": 0.02, "clouds": 0.03}  # of the horizon
NIGHTLY = {"moon", "crescent", "stars", "aurora", "meteors", "fireworks"}
LIGHT: dict[str, float] = {"dawn": 0.85, "sunset": 0.72, "night": 0.5}  # what of the ground's colour is lit
VEIL: dict[str, tuple[RGB, float]] = {  # weather, season, mood: a colour over everything, and how much of it
    "cloudy": ((186, 194, 204), 0.35), "rain": ((112, 126, 144), 0.5), "storm": ((70, 74, 100), 0.6),
    "snow": ((230, 236, 246), 0.4), "fog": ((206, 210, 214), 0.6), "spring": ((246, 196, 214), 0.25),
    "summer": ((250, 226, 130), 0.2), "autumn": ((220, 120, 46), 0.45), "winter": ((206, 222, 244), 0.3),
    "sad": ((84, 102, 140), 0.25), "spooky": ((44, 34, 66), 0.4), "romantic": ((248, 150, 178), 0.2),
    "mysterious": ((70, 54, 120), 0.28), "cozy": ((246, 180, 110), 0.2), "dreamy": ((220, 180, 240), 0.2),
    "happy": ((255, 220, 120), 0.12), "epic": ((180, 90, 60), 0.12),
}  # fmt: skip
LIGHTS: dict[str, tuple[RGB, tuple[tuple[float, float, float], ...]]] = {  # colour; x, y, radius in picture heights
    "sun": ((255, 236, 150), ((0.7, 0.3, 0.11),)),
    "moon": ((246, 240, 210), ((0.72, 0.22, 0.075),)),
    "crescent": ((246, 240, 210), ((0.74, 0.2, 0.055),)),
    "stars": (
        (232, 236, 255),
        tuple((k * 0.755 % 1, k * 0.57 % 1 * 0.5 + 0.03, 0.004 + k % 3 * 0.002) for k in range(28)),
    ),
    "meteors": ((240, 244, 255), tuple((0.2 + 0.05 * k, 0.32 - 0.035 * k, 0.008 + 0.003 * k) for k in range(6))),
    "lightning": (
        (226, 214, 255),
        tuple((0.33 + 0.05 * abs(k / 9 % 2 - 1) + 0.001 * k, 0.017 * k, 0.01) for k in range(32)),
    ),
    "fireworks": ((255, 176, 120), ((0.25, 0.22, 0.05), (0.55, 0.13, 0.04), (0.82, 0.28, 0.045))),
    "clouds": ((255, 255, 255), ((0.2, 0.2, 0.12), (0.34, 0.23, 0.09), (0.62, 0.13, 0.1), (0.76, 0.16, 0.08))),
}  # fmt: skip
SIZE = {"tiny": 0.04, "small": 0.065, "normal": 0.1, "large": 0.15, "huge": 0.22}

PALETTE = (HORIZON, COLOR, NAMED, SKY, GROUND, EVERYWHERE, ROUGH, LIGHT, VEIL, LIGHTS, SIZE)


def wash(prompt: str, scene: Scene, size: tuple[int, int]) -> Array:
    """The soft colours of a scene at size (width, height): float32 (3, h, w) in [−1, 1].

    Where nothing is said of the sky, the colours that the prompt names paint it, or else the words themselves choose:
    every prompt has colours of its own.
    """
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    y, x = (y + 0.5) / height, (x + 0.5) / width
    picture = _ground(_sky(prompt, scene, y), scene, x, y)
    for name in (scene.sky.weather, scene.season, scene.mood):
        if name in VEIL:
            color, share = VEIL[name]
            picture = _over(picture, color, np.full_like(y, share))
    for name in scene.sky.features:
        picture = _feature(picture, name, x, y)
    for index, thing in enumerate(scene.things):
        picture = _thing(picture, thing, (index + 0.5) / len(scene.things), x, y)
    return (picture / 127.5 - 1).astype(np.float32)


def flat(words: str, size: tuple[int, int]) -> Array:
    """One colour all over, the mean of those that the words name, or middle grey: float32 (3, h, w) in [−1, 1]."""
    colors = [COLOR[name] for name in named_colors(words)] or [(127.5, 127.5, 127.5)]
    color = np.mean(colors, axis=0) / 127.5 - 1
    return np.broadcast_to(color[:, None, None], (3, size[1], size[0])).astype(np.float32)


def named_colors(words: str) -> list[str]:
    """The colours that words name in English, Chinese or Japanese, in the order of the words."""
    found = []
    for name, (latin, characters) in NAMED.items():
        if match := re.search(rf"(?<![a-z])(?:{latin})(?![a-z])|[{characters}]", words.lower()):
            found.append((match.start(), name))
    return [name for _, name in sorted(found)]


def _sky(prompt: str, scene: Scene, y: Plane) -> Canvas:
    top, low = EVERYWHERE[scene.ground] if scene.ground in EVERYWHERE else _sky_colors(prompt, scene)
    depth = y if scene.ground in EVERYWHERE else np.clip(y / HORIZON, 0, 1)
    return _over(np.broadcast_to(np.array(top, dtype=float)[:, None, None], (3, *y.shape)), low, depth)


def _sky_colors(prompt: str, scene: Scene) -> tuple[RGB, RGB]:
    if scene.sky.time is not None:
        return SKY[scene.sky.time]
    if not NIGHTLY.isdisjoint(scene.sky.features):
        return SKY["night"]
    if scene.ground or scene.sky.weather or scene.sky.features:
        return SKY["day"]
    named = [COLOR[name] for name in named_colors(prompt)]
    if named and not scene.things:
        return named[0], named[-1]
    return _own_colors(prompt)


def _ground(picture: Canvas, scene: Scene, x: Plane, y: Plane) -> Canvas:
    if scene.ground not in GROUND:
        return picture
    far, near = GROUND[scene.ground]
    light = LIGHT.get(scene.sky.time or "day", 1.0)
    line = HORIZON + ROUGH.get(scene.ground, 0.015) * (np.sin(7 * x + 1) + 0.6 * np.sin(17 * x + 2))
    soil = _over(
        _over(np.zeros_like(picture), far, np.full_like(y, light)), near, light * np.clip((y - line) / 0.36, 0, 1)
    )
    inside = 1 / (1 + np.exp(-np.clip((y - line) / 0.012, -30, 30)))
    return picture + inside * (soil - picture)


def _feature(picture: Canvas, name: str, x: Plane, y: Plane) -> Canvas:
    aspect = x.shape[1] / x.shape[0]
    if name == "rainbow":
        radius = np.hypot((x - 0.5) * aspect, y - 0.75)
        shown = _bump((radius - 0.52) / 0.08) * np.clip((HORIZON - y) / 0.1, 0, 1)
        return _over(picture, _hues(np.clip((0.6 - radius) / 0.16, 0, 1) * 0.8), 0.6 * shown)
    if name == "aurora":
        curtain = _bump((y - 0.25 - 0.06 * np.sin(9 * x + 1) - 0.03 * np.sin(23 * x)) / 0.12)
        return _over(_over(picture, (70, 235, 160), 0.7 * curtain), (150, 90, 220), 0.4 * _bump((y - 0.08) / 0.09))
    color, lights = LIGHTS[name]
    for at_x, at_y, radius in lights:
        distance = np.hypot((x - at_x) * aspect, y - at_y) / radius
        picture = _over(picture, color, np.clip(_bump(distance / 1.1) * 1.1 + 0.35 * _bump(distance / 3), 0, 1))
    return picture


def _thing(picture: Canvas, thing: Thing, place: float, x: Plane, y: Plane) -> Canvas:
    """A soft light of the thing's colour for each of its kind, along the lower third."""
    aspect = x.shape[1] / x.shape[0]
    if thing.color == "rainbow":
        color: RGB | Canvas = _hues(x)
    elif thing.color is not None:
        color = COLOR[thing.color]
    else:
        color = _own_colors(thing.concept)[1]
    radius = SIZE[thing.size] / math.sqrt(thing.count) ** 0.7
    for k in range(thing.count):
        at_x = place + (k - (thing.count - 1) / 2) * 1.7 * radius / aspect
        at_y = 0.7 + 0.06 * math.sin(2.4 * k + 9 * place)
        picture = _over(picture, color, 0.9 * _bump(np.hypot((x - at_x) * aspect, y - at_y) / radius))
    return picture


def _own_colors(words: str) -> tuple[RGB, RGB]:
    """Two colours that go together and that only these words have: a deeper one, and its lighter neighbour."""
    hue = int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") / 2**32
    return _hsv(hue, 0.5, 0.7), _hsv(hue + 0.14, 0.35, 0.92)


def _hsv(hue: float, saturation: float, value: float) -> RGB:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return 255 * red, 255 * green, 255 * blue


def _hues(turn: Plane) -> Canvas:
    """The rainbow: turn 0 red, 0.33 green, 0.67 blue."""
    k = (np.array([5.0, 3.0, 1.0])[:, None, None] + 6 * turn) % 6
    return 255 * (1 - np.clip(np.minimum(k, 4 - k), 0, 1))


def _bump(distance: Plane) -> Plane:
    return np.exp(-distance * distance)


def _over(picture: Canvas, color: RGB | Canvas, share: Plane) -> Canvas:
    """The colour laid over the picture, share 0 to 1."""
    paint = color if isinstance(color, np.ndarray) else np.array(color, dtype=float)[:, None, None]
    return picture + share * (paint - picture)
