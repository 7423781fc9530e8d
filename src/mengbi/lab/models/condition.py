"""What both networks make of the time and of the words."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models import WORD_WIDTH, WORDS

FREQUENCIES = 128


class Words(nn.Module):
    """Vectors of words -> tokens to look at, (n, WORDS, width), and their sum as one vector, (n, WORD_WIDTH).

    A place without a vector holds a learnt token, so attention needs no mask and "no words" is a wish like any other.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(WORD_WIDTH, width)
        self.place = nn.Parameter(torch.zeros(WORDS, width))
        self.empty = nn.Parameter(torch.randn(WORDS, width) * 0.02)

    def forward(self, vectors: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        wished = vectors * given[..., None] * math.sqrt(WORD_WIDTH)  # numbers of size 1
        tokens = torch.where(given[..., None], self.project(wished) + self.place, self.empty)
        total = wished.sum(1)
        return tokens, total / (total.square().mean(1, keepdim=True) + 1e-4).sqrt()


class Moment(nn.Module):
    """The time and the sum of the words -> one vector (n, width) that steers every block."""

    frequencies: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("frequencies", _frequencies(), persistent=False)
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.words = nn.Linear(WORD_WIDTH, width)

    def forward(self, t: Tensor, pooled: Tensor) -> Tensor:
        angles = t[:, None].float() * self.frequencies
        return F.silu(self.time(torch.cat([angles.cos(), angles.sin()], 1)) + self.words(pooled))


def _frequencies() -> Tensor:
    """From less than a turn over the whole path to a hundred and sixty turns."""
    return torch.exp(torch.linspace(0.0, math.log(1000.0), FREQUENCIES))
