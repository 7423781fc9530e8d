"""The analytic engine: the ideal denoiser of a world where the answer is known, and what makes an engine of it.

The pictures of that world are Gaussian: their mean is the underdrawing, seen through half-closed eyes, and around it
are clouds with a spectrum like that of natural images. E[x | z] then has a closed form: nothing to train, nothing to
load, and every sampler can be checked against the exact result. What comes out are dreamy pictures that follow words,
photo, mask and sketch. Read it as an example of an engine.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from mengbi import assets
from mengbi.engine import Step, upscale
from mengbi.engine.canvas import in_groups, walk
from mengbi.engine.denoiser import Array
from mengbi.engine.editing import control_of, photo_of, signal_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.schedules import shifted, shorten
from mengbi.engine.sketch import draw
from mengbi.engine.sketch.dye import TARGETS, from_oklab
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.text.prompt import plain
from mengbi.text.reading import read_scene
from mengbi.text.tokens import tokenize

CANVAS = 384 * 384
"""Pixels that are painted at most; a larger picture is enlarged from so many. Clouds have no finer detail to lose."""

EXPONENT = 3.4  # of the power spectrum: 2 is a natural image, above it softer
CORNER = 1.5  # cycles a picture below which the spectrum is flat
STRETCH = 1.7  # clouds are so much wider than high
COLORS = ((1, 1, 1), (1, 0, -1), (-1, 2, -1))  # light, warm–cold, green–pink: independent in natural images
DEVIATION = (0.18, 0.09, 0.04)  # of a pixel along each of them
BLUR = 0.016  # of the underdrawing, in shorter sides


class Analytic:
    """Paints Gaussian pictures exactly."""

    name = "analytic"
    title = "the underdrawing in soft clouds, from a closed formula: for tests and examples"
    uses = frozenset({"steps", "guidance", "sampler", "negative", "photo", "strength", "mask", "sketch"})
    defaults: Mapping[str, Any] = MappingProxyType(
        {"steps": 20, "guidance": 1.15, "sampler": "multistep", "strength": 0.6}
    )

    @property
    def weights(self) -> str:
        """Digest of the numbers that stand for trained weights here."""
        return hashlib.sha256(
            json.dumps([EXPONENT, CORNER, STRETCH, COLORS, DEVIATION, BLUR, assets.digest(), upscale.digest()]).encode()
        ).hexdigest()

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine. A sketch is the mean where it is given; "none" leaves one colour all over, to start from."""
        yield from in_groups(plan, canvas_size(plan.size), _paint_group)


def _paint_group(plan: Plan) -> Iterator[Step]:
    steps, guidance, strength = (_chosen(plan, name) for name in ("steps", "guidance", "strength"))
    sampler = SAMPLERS.find(_chosen(plan, "sampler"))
    width, height = size = canvas_size(plan.size)
    denoise = guided(Clouds((3, height, width)), wishes_of(plan, size), Guidance(scale=guidance))
    times, photo = shifted(steps), None
    if plan.photo is not None:
        times, photo = shorten(times, strength), photo_of(plan.photo, plan.size)[None]
    yield from walk(plan, size, sampler, denoise, times, under=photo, detail=1 - strength)


class Clouds:
    """The denoiser of Gaussian pictures with a stationary covariance; a condition is their mean, (3, h, w) in [−1, 1].

    Fourier waves times COLORS diagonalise the covariance, so E[x | z] = mean + W·(z − t·mean) with the Wiener filter
    W = t·power / (t²·power + (1 − t)²): frequencies that stand out of the noise pass, the others stay with the mean.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        """shape: 3, height, width of the pictures."""
        self.shape = shape
        self.axes = (np.array(COLORS) / np.linalg.norm(COLORS, axis=1, keepdims=True)).astype(np.float32)
        self.power = spectrum(shape)

    def __call__(self, z: Array, t: float, conditions: Sequence[Array], /) -> Array:
        gain = t * self.power / (t * t * self.power + (1 - t) ** 2)
        # Row by row: the Fourier transform of one picture never sees another, and memory stays that of one.
        return np.stack([mean + self._filter(row - t * mean, gain) for row, mean in zip(z, conditions, strict=True)])

    def _filter(self, x: Array, gain: Array) -> Array:
        waves = np.fft.rfft2(np.einsum("kc,chw->khw", self.axes, x))
        filtered = np.fft.irfft2(gain * waves, s=self.shape[1:])
        painted: Array = np.einsum("kc,khw->chw", self.axes, filtered).astype(np.float32)
        return painted


def spectrum(shape: tuple[int, int, int]) -> Array:
    """Variance of each wave of each of COLORS: float32 (3, h, w // 2 + 1), for Fourier transforms with norm="ortho".

    A power law, 1/f^EXPONENT (Field 1987), level below CORNER; frequencies count waves across the geometric mean of the
    sides, so that a picture looks the same at any size. Each pixel's variance is DEVIATION².
    """
    _, height, width = shape
    scale = sqrt(height * width)
    down, across = np.fft.fftfreq(height)[:, None] * scale, np.fft.rfftfreq(width)[None] * scale
    law = (CORNER**2 + down**2 + (STRETCH * across) ** 2) ** (-EXPONENT / 2)
    variance = np.fft.irfft2(law, s=(height, width))[0, 0]
    power: Array = (np.square(DEVIATION)[:, None, None] * law / variance).astype(np.float32)
    return power


def wishes_of(plan: Plan, size: tuple[int, int]) -> list[Wish[Array]]:
    """For each sample the mean of its pictures, and one colour all over that guidance leads away from.

    Away from its own average colour a picture gains contrast. A negative prompt names other colours, or another time,
    place or weather, at which the scene has another average; the things that it names were never in the scene.
    """
    words = plain(plan.negative)
    unwanted = read_scene(words)
    said = [token.value for token in tokenize(words).tokens if token.role == "color"]
    named = [color_of(name) for name in said if name in TARGETS]
    wishes = []
    for sample in plan.samples:
        mean = mean_of(plan, sample, size)
        spoilt = spoil(sample.scene, unwanted)
        colors = list(named)
        if spoilt != sample.scene:
            colors.append(mean_color(softened(spoilt, size, sample.seed)))
        away = np.mean(colors or [mean_color(mean)], axis=0, dtype=np.float32)
        wishes.append(Wish(toward=((mean, 1.0),), away=np.broadcast_to(away, mean.shape)))
    return wishes


def mean_of(plan: Plan, sample: Sample, size: tuple[int, int]) -> Array:
    """The mean of a sample's pictures, float32 (3, h, w): its softened underdrawing, and the sketch where given."""
    mean = softened(sample.scene, size, sample.seed)
    if plan.sketch == "auto":
        return mean
    if plan.sketch == "none":
        return np.broadcast_to(mean_color(mean), mean.shape)
    control = control_of(plan.sketch, size)
    return control[:3] + (1 - control[3:]) * mean


def softened(scene: Scene, size: tuple[int, int], seed: int) -> Array:
    """An underdrawing through half-closed eyes: float32 (3, h, w) in [−1, 1]."""
    *_, (_, canvas) = draw(scene, size, seed)
    drawing = Image.fromarray(np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8))
    return signal_of(np.asarray(drawing.filter(ImageFilter.GaussianBlur(BLUR * min(size)))))


def spoil(scene: Scene, unwanted: Scene) -> Scene:
    """The scene at the time and place, in the weather, season and mood of another, as far as that one says them."""
    return replace(
        scene,
        ground=unwanted.ground or scene.ground,
        season=unwanted.season or scene.season,
        mood=unwanted.mood or scene.mood,
        sky=replace(
            scene.sky,
            time=unwanted.sky.time or scene.sky.time,
            weather=unwanted.sky.weather or scene.sky.weather,
        ),
    )


def mean_color(picture: Array) -> Array:
    """Of (3, h, w), as (3, 1, 1)."""
    return np.asarray(picture.mean(axis=(1, 2), keepdims=True))


def color_of(name: str) -> Array:
    """A colour by its name, as (3, 1, 1) in [−1, 1]."""
    lightness, chroma, hue = TARGETS[name]
    lab = np.array([lightness, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))])
    return np.asarray(np.clip(from_oklab(lab), 0, 1)[:, None, None] * 2 - 1)


def canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size that is painted for a picture of that size: width, height, of the same shape."""
    factor = min(1.0, sqrt(CANVAS / (size[0] * size[1])))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _chosen(plan: Plan, name: str) -> Any:
    value = getattr(plan, name)
    return Analytic.defaults[name] if value is None else value
