"""How likely a model finds what it never learnt from, in bits. The bounds themselves are `lab.variational`'s."""

import math


def bits_per_dim(nats: float, dims: int) -> float:
    """Bits a number of a picture, from the log-likelihood (or its bound) of the whole picture in nats.

    Of 256 levels a density says something only where noise as wide as a level was added (Theis et al. 2016).
    """
    return -nats / (dims * math.log(2))
