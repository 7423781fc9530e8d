"""The analytic engine: the ideal denoiser of a world where the answer is known, and what makes an engine of it.

The pictures of that world are Gaussian: a mean that the words choose (`wash`), and around it clouds with a spectrum
like that of natural images. E[x | z] then has a closed form: nothing to train, nothing to load, and every sampler can
be checked against the exact result. What comes out are dreamy coloured clouds that follow words, photo, mask and
sketch. Read it as an example of an engine.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine import Step
from mengbi.engine.denoiser import Array, path
from mengbi.engine.editing import control_of, fit, keeping, mask_of, photo_of, pixels_of, signal_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.schedules import shifted, shorten
from mengbi.engine.wash import PALETTE, flat, wash
from mengbi.noise import gaussian
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample

CANVAS = 384 * 384
"""Pixels that are painted at most; a larger picture is enlarged from so many. Clouds have no finer detail to lose."""

EXPONENT = 3.4  # of the power spectrum: 2 is a natural image, above it softer
CORNER = 1.5  # cycles a picture below which the spectrum is flat
STRETCH = 1.7  # clouds are so much wider than high
COLORS = ((1, 1, 1), (1, 0, -1), (-1, 2, -1))  # light, warm–cold, green–pink: independent in natural images
DEVIATION = (0.26, 0.12, 0.05)  # of a pixel along each of them


class Analytic:
    """Paints Gaussian pictures exactly."""

    name = "analytic"
    title = "dreamy coloured clouds from a closed formula: nothing to load, for tests and examples"
    uses = frozenset({"steps", "guidance", "sampler", "negative", "photo", "strength", "mask", "sketch"})
    defaults: Mapping[str, Any] = MappingProxyType(
        {"steps": 20, "guidance": 1.5, "sampler": "multistep", "strength": 0.6}
    )

    @property
    def weights(self) -> str:
        """Digest of the numbers that stand for trained weights here."""
        return hashlib.sha256(json.dumps([EXPONENT, CORNER, STRETCH, COLORS, DEVIATION, PALETTE]).encode()).hexdigest()

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine. A sketch is the mean where it is given; "none" leaves one colour all over, to start from."""
        steps, guidance, strength = (_chosen(plan, name) for name in ("steps", "guidance", "strength"))
        sampler = SAMPLERS.find(_chosen(plan, "sampler"))
        size = canvas_size(plan.size)
        shape = (3, size[1], size[0])
        seeds = tuple(sample.seed for sample in plan.samples)
        wishes = [
            Wish(toward=((mean_of(plan, sample, size), 1.0),), away=flat(plan.negative, size))
            for sample in plan.samples
        ]

        denoise = guided(Clouds(shape), wishes, Guidance(scale=guidance))
        times = shifted(steps)
        z = gaussian(seeds, 0, shape)
        fine = None if plan.photo is None else photo_of(plan.photo, plan.size)
        if fine is not None:
            photo = signal_of(fit(fine, size))
            times = shorten(times, strength)
            z = path(photo, z, float(times[0]))
            if plan.mask is not None:
                denoise = keeping(denoise, photo, mask_of(plan.mask, size))

        states = sampler(denoise, z, times, lambda step: gaussian(seeds, 1 + step, shape))
        for number, state in enumerate(states, start=1):
            z = state.z
            yield Step(done=number / len(times), stage="denoise", images=pixels_of(state.x0))
        finished = enumerate(enlarge(z, plan, fine, strength))
        pictures = tuple(Picture(pixels=pixels, plan=plan.only(index)) for index, pixels in finished)
        yield Step(done=1.0, stage="enlarge", images=pixels_of(z), pictures=pictures)


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


def mean_of(plan: Plan, sample: Sample, size: tuple[int, int]) -> Array:
    """The mean of a sample's pictures: its wash, and its sketch where one is given. float32 (3, h, w)."""
    mean = wash(sample.prompt, sample.scene, size)
    if plan.sketch == "auto":
        return mean
    if plan.sketch == "none":
        return np.broadcast_to(mean.mean(axis=(1, 2), keepdims=True), mean.shape)
    control = control_of(plan.sketch, size)
    return control[:3] + (1 - control[3:]) * mean


def canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size that is painted for a picture of that size: width, height, of the same shape."""
    factor = min(1.0, sqrt(CANVAS / (size[0] * size[1])))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def enlarge(x: Array, plan: Plan, fine: NDArray[np.uint8] | None, strength: float) -> Iterator[NDArray[np.uint8]]:
    """The painted rows as pictures of the plan's size, uint8 (h, w, 3).

    Of a photo's detail that is finer than the canvas, 1 − strength is kept; where the mask keeps the photo, all of it.
    fine: the photo at the plan's size.
    """
    coarse = np.float32(0) if fine is None else (1 - strength) * signal_of(fit(fine, (x.shape[3], x.shape[2])))
    mask = 1.0 if plan.mask is None else mask_of(plan.mask, plan.size)[0]
    for row in x:
        pixels = np.empty((plan.size[1], plan.size[0], 3), dtype=np.uint8)
        for channel, plane in enumerate(row - coarse):  # one at a time: a plane of the largest picture is 64 MiB
            large = np.asarray(Image.fromarray(plane).resize(plan.size, Image.Resampling.LANCZOS))
            if fine is not None:
                photo = signal_of(fine[..., channel : channel + 1])[0]
                large = mask * (large + (1 - strength) * photo) + (1 - mask) * photo
            pixels[..., channel] = pixels_of(large[None])[..., 0]
        yield pixels


def _chosen(plan: Plan, name: str) -> Any:
    value = getattr(plan, name)
    return Analytic.defaults[name] if value is None else value
