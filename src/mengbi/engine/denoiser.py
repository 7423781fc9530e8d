"""The one question that every sampler asks: which clean picture is behind this noise?

All of the engine room walks the straight path of rectified flow (Liu et al. 2022)

    z = t·x + (1 − t)·ε        t from 0, pure noise, to 1, the picture

where x is a picture in [−1, 1] and ε is standard normal. `Array` is float32 (n, c, h, w): a row a picture.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
C_contra = TypeVar("C_contra", contravariant=True)


class Denoiser(Protocol[C_contra]):
    """`x0 = denoiser(z, t, conditions)`: the mean of all clean pictures x that could be behind z.

    z: (n, c, h, w); t: 0 to 1, the same for all rows; conditions: n of whatever the denoiser understands (vectors of
    words, a control sketch, a mean picture), one a row. Returns x0, shaped as z and finite, also at t = 0.

    It promises that row i depends only on row i of z, on t and on conditions[i], to the bit: not on the rows beside
    it, their number or their order, and not on the number of threads.
    """

    def __call__(self, z: Array, t: float, conditions: Sequence[C_contra], /) -> Array: ...


Denoise: TypeAlias = Callable[[Array, float], Array]
"""What a sampler gets, `x0 = denoise(z, t)`: a Denoiser that was told what to paint (see `guidance`, `editing`)."""


def path(x: Array, noise: Array, t: float) -> Array:
    """The point z of the path between noise and picture."""
    return t * x + (1 - t) * noise


def velocity_from_x0(z: Array, x0: Array, t: float) -> Array:
    """dz/dt = x − ε, towards x0. t below 1: at the end of the path every velocity fits."""
    return (x0 - z) / (1 - t)


def noise_from_x0(z: Array, x0: Array, t: float) -> Array:
    """The ε that is in z if x0 is the picture behind it. t below 1."""
    return (z - t * x0) / (1 - t)


def x0_from_velocity(z: Array, velocity: Array, t: float) -> Array:
    """The picture, for a network that predicts v = x − ε."""
    return z + (1 - t) * velocity


def x0_from_noise(z: Array, noise: Array, t: float) -> Array:
    """The picture, for a network that predicts ε. t above 0: pure noise holds nothing of it."""
    return (z - (1 - t) * noise) / t
