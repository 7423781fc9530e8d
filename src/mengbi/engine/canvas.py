"""The way from a denoiser to pictures of the size that was asked for; engines that walk it differ in what they believe.

An engine paints on a canvas of its own size. What lies under a painting, a photo or a drawing, is where it begins, and
gives it the detail that is finer than the canvas.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from math import ceil
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.engine import Step
from mengbi.engine.denoiser import Array, Denoise, path
from mengbi.engine.editing import fit, keeping, mask_of, pixels_of, signal_of
from mengbi.engine.samplers import Sampler
from mengbi.engine.schedules import Times
from mengbi.engine.upscale import to_size
from mengbi.noise import gaussian
from mengbi.picture import Picture
from mengbi.plan import Plan

GROUP = 8
"""Samples that are painted at once: what is under way stays small however many a plan has."""

STRIDE = 0.5
"""From one square to the next, in their sides, at most."""


def in_groups(plan: Plan, size: tuple[int, int], paint: Callable[[Plan], Iterator[Step]]) -> Iterator[Step]:
    """The painting of a plan, GROUP samples after another, each group as `paint` does it on a canvas of that size."""
    count = len(plan.samples)
    images = np.full((count, size[1], size[0], 3), 244, dtype=np.uint8)
    pictures: tuple[Picture, ...] = ()
    for first in range(0, count, GROUP):
        group = replace(plan, samples=plan.samples[first : first + GROUP])
        for step in paint(group):
            images = images.copy()
            images[first : first + GROUP] = step.images
            pictures += step.pictures
            done = (first + step.done * len(group.samples)) / count
            finished = pictures if len(pictures) == count else ()
            yield Step(done=done, stage=step.stage, images=images, pictures=finished)


def walk(
    plan: Plan,
    size: tuple[int, int],
    sampler: Sampler,
    denoise: Denoise,
    times: Times,
    *,
    under: NDArray[np.uint8] | None,
    detail: float,
) -> Iterator[Step]:
    """Paints the samples of a plan on a canvas of that size, and enlarges them.

    times: from 0, or from where the painting leaves what lies under it. under: that, at the plan's size, uint8
    (1 or n, h, w, 3); where the plan has a mask it is the photo. detail: see `enlarge`.
    """
    seeds = tuple(sample.seed for sample in plan.samples)
    shape = (3, size[1], size[0])
    z = gaussian(seeds, 0, shape)
    if under is not None:
        coarse = np.stack([signal_of(fit(pixels, size)) for pixels in under])
        z = path(coarse, z, float(times[0]))
        if plan.mask is not None:
            denoise = keeping(denoise, coarse[0], mask_of(plan.mask, size))
    states = sampler(denoise, z, times, lambda step: gaussian(seeds, 1 + step, shape))
    for number, state in enumerate(states, start=1):
        z = state.z
        yield Step(done=number / len(times), stage="denoise", images=pixels_of(state.x0))
    mask = None if plan.mask is None else mask_of(plan.mask, plan.size)[0]
    pictures = []
    for index, row in enumerate(z):
        fine = None if under is None else under[index % len(under)]
        pictures.append(Picture(pixels=enlarge(row, plan.size, fine, detail, mask), plan=plan.only(index)))
    yield Step(done=1.0, stage="enlarge", images=pixels_of(z), pictures=tuple(pictures))


def enlarge(
    row: Array, size: tuple[int, int], fine: NDArray[np.uint8] | None, detail: float, mask: Array | None
) -> NDArray[np.uint8]:
    """A painted row, float32 (3, h, w), as a picture of that size (width, height), uint8 (h, w, 3).

    fine: what lies under it, at that size; of its detail that is finer than the canvas the share `detail` is kept,
    0 to 1, and where the mask (h, w) is 0 all that there is of it.
    """
    painted = to_size(pixels_of(row), size)
    if fine is None or (detail == 0 and mask is None):
        return painted
    coarse = to_size(fit(fine, (row.shape[2], row.shape[1])), size)
    pixels = np.empty((size[1], size[0], 3), dtype=np.uint8)
    for channel in range(3):  # one at a time: a plane of the largest picture is 256 MiB
        large, own, known = (signal_of(each[..., channel : channel + 1])[0] for each in (painted, fine, coarse))
        large = large + detail * (own - known)
        if mask is not None:
            large = mask * large + (1 - mask) * own
        pixels[..., channel] = pixels_of(large[None])[..., 0]
    return pixels


Square: TypeAlias = tuple[tuple[slice, slice, slice], Array]
"""A place on a canvas (c, h, w), and the share (h, w) that it has in the canvas there."""


@lru_cache(maxsize=8)
def squares(shape: tuple[int, int], side: int) -> list[Square]:
    """Squares that cover a canvas of a shape (height, width), the shares of all adding up to 1 everywhere."""
    bump = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    across = [np.linspace(0, length - side, ceil((length - side) / (side * STRIDE)) + 1) for length in shape]
    places = [
        (slice(None), slice(top, top + side), slice(left, left + side))
        for top in np.rint(across[0]).astype(int)
        for left in np.rint(across[1]).astype(int)
    ]
    total = np.zeros(shape)
    for _, rows, columns in places:
        total[rows, columns] += bump[:, None] * bump
    return [
        ((every, rows, columns), (bump[:, None] * bump / total[rows, columns]).astype(np.float32))
        for every, rows, columns in places
    ]
