"""Samplers: from noise to a picture, one State a step.

Each is a generator `sampler(denoise, z, times, noise)`:

    denoise   x0 = denoise(z, t), see `denoiser`
    z         float32 (n, c, h, w), the start: a point of the path at times[0]
    times     strictly increasing, for a finished picture up to exactly 1, see `schedules`
    noise     noise(i): fresh standard normal noise for step i, shaped as z; a deterministic sampler never calls it

The caller drives: to stop asking is to cancel. Rows never mix, so a row's pixels do not depend on its batch.
All of them follow dz/dt = (x0 − z)/(1 − t). With x0 held that is a straight line, which `move` walks exactly; the
division by zero at t = 1 is never met, because the last step lands on x0 itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TypeAlias

from mengbi.engine.denoiser import Array, Denoise, noise_from_x0, path, velocity_from_x0
from mengbi.engine.schedules import Times
from mengbi.registry import Registry

Noise: TypeAlias = Callable[[int], Array]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class State:
    """Where a sampler stands."""

    z: Array  # the point of the path at t; at t = 1 the picture
    x0: Array  # the picture that the denoiser last believed in: the preview
    t: float


Sampler: TypeAlias = Callable[[Denoise, Array, Times, Noise], Iterator[State]]
SAMPLERS: Registry[Sampler] = Registry("sampler")


def euler(denoise: Denoise, z: Array, times: Times, _noise: Noise) -> Iterator[State]:
    """First order (Liu et al. 2022, Rectified Flow); the same steps as DDIM (Song et al. 2020)."""
    for t, t_next in pairwise(times.tolist()):
        x0 = denoise(z, t)
        z = move(z, x0, t, t_next)
        yield State(z=z, x0=x0, t=t_next)


def heun(denoise: Denoise, z: Array, times: Times, _noise: Noise) -> Iterator[State]:
    """Second order, two looks a step, the last step Euler's (Karras et al. 2022, algorithm 1)."""
    for t, t_next in pairwise(times.tolist()):
        x0 = denoise(z, t)
        ahead = move(z, x0, t, t_next)
        if t_next < 1:
            x0_ahead = denoise(ahead, t_next)
            z = z + (t_next - t) / 2 * (velocity_from_x0(z, x0, t) + velocity_from_x0(ahead, x0_ahead, t_next))
            yield State(z=z, x0=x0_ahead, t=t_next)
        else:
            yield State(z=ahead, x0=x0, t=t_next)


def multistep(denoise: Denoise, z: Array, times: Times, _noise: Noise) -> Iterator[State]:
    """Second order, one look a step: x0 goes on to the middle of the step as it changed during the step before.

    DPM-Solver++(2M) (Lu et al. 2022), except that the line through the last two x0 is drawn in t: their log-SNR is
    infinite at both ends of this path. As there, the last step is Euler's: near t = 1 the true x0 stands still, and to
    carry on its change would only sharpen errors.
    """
    x0_before: Array | None = None
    t_before = 0.0
    for t, t_next in pairwise(times.tolist()):
        x0 = denoise(z, t)
        middle = x0
        if x0_before is not None and t_next < 1:
            middle = x0 + (t_next - t) / 2 / (t - t_before) * (x0 - x0_before)
        z = move(z, middle, t, t_next)
        yield State(z=z, x0=x0, t=t_next)
        x0_before, t_before = x0, t


def ancestral(denoise: Denoise, z: Array, times: Times, noise: Noise) -> Iterator[State]:
    """Draws each z from its distribution given x0 and the z before (Ho et al. 2020, DDPM; η = 1 of DDIM).

    Fresh noise forgives the errors of earlier steps, so it wanders further and wants more of them. Only the
    distribution of the pictures converges, with first order.
    """
    for step, (t, t_next) in enumerate(pairwise(times.tolist())):
        x0 = denoise(z, t)
        kept = t * (1 - t_next) / (t_next * (1 - t))  # σ/α after over σ/α before: how much of the old noise may stay
        eps = kept * noise_from_x0(z, x0, t) + sqrt(1 - kept**2) * noise(step)
        z = path(x0, eps, t_next)
        yield State(z=z, x0=x0, t=t_next)


def move(z: Array, x0: Array, t: float, t_next: float) -> Array:
    """Where z is at t_next if x0 stays what it is: exactly x0 at t_next = 1."""
    share = (t_next - t) / (1 - t)
    return share * x0 + (1 - share) * z
