"""All chance in a picture: Philox, keyed by (seed, stream), drawn on the CPU whatever the engine runs on.

A counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") gives every stream its own
sequence, so a picture depends neither on its place in a batch nor on what was drawn for its neighbours.
"""

import numpy as np
from numpy.typing import NDArray


def generator(seed: int, stream: int) -> np.random.Generator:
    """The generator of one stream of one picture. seed, stream: 0 to 2⁶⁴ − 1."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)))


def gaussian(seeds: tuple[int, ...], stream: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal noise, float32 (len(seeds), *shape): a row a picture."""
    return np.stack([generator(seed, stream).standard_normal(shape, dtype=np.float32) for seed in seeds])
