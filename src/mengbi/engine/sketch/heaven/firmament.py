"""The sky in the open: its colours, its clouds, and what stands in it."""

from functools import lru_cache

import numpy as np

from mengbi.engine.sketch.heaven import clouds, heavens
from mengbi.engine.sketch.heaven.clouds import Air
from mengbi.engine.sketch.light import Light
from mengbi.engine.sketch.texture import Array, Frame, over, ramp, resize, screen
from mengbi.engine.sketch.tint import tinted
from mengbi.noise import generator

CLOUDS, HEAVENS = 11, 12
"""Streams of chance."""


@lru_cache(maxsize=1)  # waters and windows show the sky that was just painted
def open_sky(frame: Frame, light: Light, horizon: float, seed: int) -> Array:
    """Planes (3, h, w) of a sky in the open, to be read only; horizon in units."""
    small = frame.at(2 / 3)
    air = Air(
        frame=small,
        light=light,
        horizon=horizon,
        planes=gradient(small, light, horizon),
        cover=np.zeros((small.height, small.width), dtype=np.float32),
    )
    _clouds(air, generator(seed, CLOUDS))
    _glow(air)
    planes = resize(air.planes, (frame.width, frame.height))
    clear = 1 - np.clip(resize(air.cover, (frame.width, frame.height)), 0, 1)
    _heavens(planes, frame, light, horizon, clear, seed)
    if light.weather == "fog":
        veil = np.clip(1.05 - 0.75 * (horizon - frame.y) / horizon, 0.3, 1) + 0 * frame.x
        over(planes, light.haze, veil * 0.85)
    if light.tints[0]:
        planes = tinted(planes, light.tints[0])
    planes.setflags(write=False)
    return planes


def gradient(frame: Frame, light: Light, horizon: float) -> Array:
    """The clear sky: colours by height, drawn up on the side of the sun and cooler away from it."""
    up = np.clip((horizon - frame.y) / horizon, 0, 1)
    place = light.sun or light.moon
    if place is None:
        return np.repeat(ramp(light.sky, up), frame.width, axis=2)
    away = np.abs(frame.x - place[0] * frame.wide) / max(frame.wide, 1)
    lift = {"dawn": 0.16, "sunset": 0.2}.get(light.time, 0.07)
    t = up + (away - 0.35) * (lift * 4) * up * (1 - up)
    return ramp(light.sky, np.clip(t, 0, 1))


def _heavens(planes: Array, frame: Frame, light: Light, horizon: float, clear: Array, seed: int) -> None:
    """Everything beyond and before the clouds, each with a stream of its own so that one never moves another."""
    rng = [generator(seed, HEAVENS + index) for index in range(8)]
    features = light.features
    if "stars" in features and light.said("stars").count:
        heavens.few_stars(planes, frame, light, horizon, rng[1])
    elif "stars" in features:
        if light.moon is None or "crescent" in features:
            heavens.milky_way(planes, frame, rng[0], clear)
        heavens.stars(
            planes,
            frame,
            horizon,
            rng[1],
            clear * heavens.beside_moon(frame, light),
            0.7 if "moon" in features else 1.0,
            light.said("stars").color,
        )
    if "aurora" in features:
        heavens.aurora(planes, frame, horizon, rng[2], clear * 0.6 + 0.4, light.said("aurora").color)
    heavens.sun(planes, frame, light, rng[3], clear)
    heavens.moon(planes, frame, light, rng[4], clear)
    if "rainbow" in features:
        heavens.rainbow(planes, frame, light, horizon)
    if "meteors" in features:
        heavens.meteors(planes, frame, light, horizon, rng[5])
    if "lightning" in features:
        heavens.lightning(planes, frame, light, horizon, rng[6])
    if "fireworks" in features:
        heavens.fireworks(planes, frame, light, horizon, rng[7])


def _glow(air: Air) -> None:
    """The light around the sun or moon, on the air and on the clouds before it."""
    frame, light = air.frame, air.light
    place = light.sun or light.moon
    if place is None:
        return
    d2 = (frame.x - place[0] * frame.wide) ** 2 + (frame.y - place[1] * frame.tall) ** 2
    wide, strong = (2.2, 0.36) if light.time in ("dawn", "sunset") else (5.0, 0.22)
    strong *= 0.5 if light.time == "night" else 1.0
    screen(air.planes, light.glow, strong * np.exp(-d2 * wide) + strong * 0.8 * np.exp(-d2 * wide * 12))


def _clouds(air: Air, rng: np.random.Generator) -> None:
    """The clouds that the weather and the hour bring; the seed chooses among them."""
    kind = float(rng.random())
    weather, time = air.light.weather, air.light.time
    more = "clouds" in air.light.features
    if more and (count := air.light.said("clouds").count):
        clouds.wisps(air, rng, 0.2)
        clouds.few(air, rng, count)
        return
    if weather == "storm":
        clouds.ceiling(air, rng)
    elif weather in ("rain", "snow", "cloudy"):
        clouds.deck(air, rng, 0.72 if weather == "cloudy" else 0.85, 0.9)
        if weather == "cloudy":
            clouds.heaps(air, rng, 4, 0.8)
    elif weather == "fog":
        clouds.wisps(air, rng, 0.3)
    elif weather == "wind":
        clouds.wisps(air, rng, 0.9)
        clouds.streaks(air, rng, 0.7)
    elif time == "day":
        clouds.wisps(air, rng, 0.5)
        if kind < 0.3 or more:
            clouds.deck(air, rng, 0.42, 0.85)
        if kind >= 0.2 or more:
            clouds.heaps(air, rng, 7 if more else 4, 0.7)
    elif time == "night":
        clouds.wisps(air, rng, 0.3)
        if more:
            clouds.heaps(air, rng, 5, 0.7)
        elif kind < 0.4:
            clouds.streaks(air, rng, 0.45)
    else:
        clouds.streaks(air, rng, 0.85)
        if kind < 0.45 or more:
            clouds.deck(air, rng, 0.4, 0.75)
        if kind >= 0.45 or more:
            clouds.heaps(air, rng, 4, 0.6)
