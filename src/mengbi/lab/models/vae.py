"""The variational autoencoder (Kingma & Welling 2014, "Auto-Encoding Variational Bayes").

    prior     p(z) = N(0, 1)
    decoder   p(x | z)                           what a code z paints, see `surprise`
    encoder   q(z | x) = N(mean, exp(logvar))    the codes that a picture x could have come from

What is learnt makes the evidence lower bound as high as can be:

    log p(x) ≥ E log p(x | z) − KL(q(z | x) ‖ p(z))    over z from q(z | x)

A wish y, the label of a picture or a vector of its words, is told to both (Sohn et al. 2015): q(z | x, y) and
p(x | z, y). What the wish says the code need not say, so any code paints it. Where y is zeros nothing is asked for, and
the code says everything.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.models import WORD_WIDTH
from mengbi.lab.models.ports import Ports, encoder, generator

BERNOULLI, GAUSSIAN = "bernoulli", "gaussian"
LEVEL = 1 / 127.5
"""From one of 256 levels of a colour to the next."""


class Vae(nn.Module):
    """`picture = model(z, y)`: z float (n, latent), y float (n, classes), or (n, 512) with words -> in [−1, 1].

    likelihood: of a pixel; "bernoulli": black or white, "gaussian": any grey, with one deviation for all, which is
    learnt too (Rybkin et al. 2021, σ-VAE). widths: channels at half the side, a quarter… Raises BriefError for a size
    that cannot be halved so often.
    """

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        latent: int,
        classes: int = 0,
        words: bool = False,
        widths: Sequence[int] = (64, 128),
        hidden: int = 256,
        likelihood: str = BERNOULLI,
    ) -> None:
        super().__init__()
        side, wish = halved(size, len(widths)), WORD_WIDTH if words else classes
        self.size, self.channels, self.latent, self.wish = size, channels, latent, wish
        self.smallest = (widths[-1], side, side)
        numbers = math.prod(self.smallest)
        self.down, self.up = down(channels, widths), up(widths, channels)
        self.encoder, self.decoder = Told(numbers, wish, hidden, 2 * latent), Told(latent, wish, hidden, numbers)
        self.log_deviation = nn.Parameter(torch.tensor(-1.5)) if likelihood == GAUSSIAN else None

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of q(z | x, y), float (n, latent); x float (n, c, size, size)."""
        mean, logvar = self.encoder(self.down(x).flatten(1), y).chunk(2, 1)
        return mean, logvar

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """What p(x | z, y) is told by, float (n, c, size, size): logits of white, or the mean."""
        return self.up(self.decoder(z, y).unflatten(1, self.smallest))

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return mean_picture(self.decode(z, y), self.log_deviation)

    def ports(self) -> Ports:
        """A generator, and its encoder beside it."""
        beside = {"encoder": encoder(self.channels, self.size, self.wish)}
        return replace(generator(self.latent, self.wish), beside=beside)


class Told(nn.Module):
    """Two matrices, and between them what is wished for, loud from the first: y float (n, wish).

    A wish that whispers is not listened to, since at first the code says everything.
    """

    def __init__(self, before: int, wish: int, hidden: int, after: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(before, hidden), nn.Linear(hidden, after)
        self.wish = nn.Parameter(torch.randn(wish, hidden))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.second(F.silu(self.first(x) + y @ self.wish))


def mean_picture(told: Tensor, log_deviation: Tensor | None) -> Tensor:
    """The mean of p(x | z), in [−1, 1]."""
    return torch.tanh(told / 2) if log_deviation is None else told.clamp(-1, 1)


def surprise(x: Tensor, told: Tensor, log_deviation: Tensor | None) -> Tensor:
    """−log p(x | z) in nats of each picture, float (n,).

    x: −1 or 1 where the decoder tells logits. Where it tells means, any of 256 levels plus noise as wide as a level
    (Theis et al. 2016: what a density says of such numbers bounds what a code of the levels would take).
    """
    if log_deviation is None:
        return F.softplus(-x * told).sum((1, 2, 3))
    apart = (x - told) * torch.exp(-log_deviation)
    log_density = -0.5 * apart.square() - log_deviation - 0.5 * math.log(2 * math.pi)
    return -(log_density + math.log(LEVEL)).sum((1, 2, 3))


def divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mean, exp(logvar)) ‖ N(0, 1)) in nats of each row, float (n,) (Kingma & Welling 2014, appendix B)."""
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum(1)


def down(channels: int, widths: Sequence[int]) -> nn.Sequential:
    """From a picture to widths[-1] channels, halving its side once a width."""
    layers: list[nn.Module] = []
    for before, width in pairwise((channels, *widths)):
        layers += [nn.Conv2d(before, width, 4, stride=2, padding=1), Residual(width)]
    return nn.Sequential(*layers)


def up(widths: Sequence[int], channels: int) -> nn.Sequential:
    """The way back, by shuffles, which leave no chequers (Shi et al. 2016)."""
    layers: list[nn.Module] = []
    for width, after in pairwise((*reversed(widths), channels)):
        layers += [Residual(width), nn.Conv2d(width, 4 * after, 3, padding=1), nn.PixelShuffle(2)]
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """Two convolutions beside a straight way (He et al. 2016), which begin as nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(x))))


def halved(size: int, times: int) -> int:
    """The side that is left. Raises BriefError for one that does not halve so often."""
    if size % 2**times:
        raise BriefError(f"size {size} — this network halves it {times} times; take a multiple of {2**times}")
    return int(size // 2**times)
