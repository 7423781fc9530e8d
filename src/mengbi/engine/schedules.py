"""Schedules: at which times a sampler looks.

Each takes a number of steps, 1 or more, and gives steps + 1 increasing times, float64, from exactly 0 (noise) to
exactly 1 (picture). Where the times are dense the sampler is careful: early for composition, late for detail.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.registry import Registry

Times: TypeAlias = NDArray[np.float64]
Schedule: TypeAlias = Callable[[int], Times]
SCHEDULES: Registry[Schedule] = Registry("schedule")


def uniform(steps: int) -> Times:
    """Evenly spaced."""
    return np.linspace(0, 1, steps + 1)


def cosine(steps: int) -> Times:
    """The cosine schedule (Nichol & Dhariwal 2021, s = 0) at the same signal-to-noise: careful at both ends."""
    angle = np.pi / 2 * uniform(steps)
    times: Times = np.sin(angle) / (np.sin(angle) + np.cos(angle))
    return times


def shifted(steps: int) -> Times:
    """`uniform` with SD3's shift of 3: careful with composition."""
    return shift(uniform(steps), 3)


def karras(steps: int) -> Times:
    """σ = (1 − t)/t as in Karras et al. 2022, eq. 5 (80 to 0.002, ρ = 7), its first σ taken for infinity."""
    high, low, rho = 80.0, 0.002, 7
    sigma = (high ** (1 / rho) + np.linspace(0, 1, steps) * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return np.concatenate([[0.0], 1 / (1 + sigma[1:]), [1.0]])


def shift(times: Times, ratio: float) -> Times:
    """The same look at a picture of other size (Esser et al. 2024, SD3, eq. 23).

    ratio: √(pixels / pixels of the size that `times` were made for); above 1 the times move towards noise, because a
    larger picture is still seen through more of it.
    """
    return times / (times + ratio * (1 - times))


def shorten(times: Times, strength: float) -> Times:
    """What is left of a schedule for a painting that begins with a photo: the last part of its steps.

    strength: from 1, all of them, to 0, only the end. Where the part begins between two times, the nearer one moves
    there: no step gets much shorter than its neighbours, which multistep samplers would not bear.
    """
    steps = len(times) - 1
    begin = (1 - strength) * steps
    t = np.interp(begin, np.arange(steps + 1), times)
    if t == 1:
        return times[-1:]
    return np.concatenate([[t], times[min(round(begin), steps - 1) + 1 :]])
