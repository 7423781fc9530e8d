"""Painter and critic of convolutions alone (Radford et al. 2015, "Unsupervised representation learning with deep
convolutional generative adversarial networks"), 28 pixels a side or 4 · 2ⁿ.

What is wished for, y float (n, wishes), is as wide as there are classes, or as a vector of words; zeros: anything. The
painter takes it beside z, the critic by projection: where it sees f, its verdict is v·f + y·Wf (Miyato & Koyama 2018).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.models import WORD_WIDTH
from mengbi.lab.models.ports import Ports, generator

WIDEST = 512
SLOPE = 0.2
"""Of the critic's leaky ReLU."""


class Dcgan(nn.Module):
    """`picture = model(z, y)`: z float (n, latent), y float (n, wishes) -> (n, channels, size, size) in [−1, 1].

    width: channels before the last layer, twice as many in each before. Raises BriefError for a size it cannot grow to.
    """

    def __init__(
        self, size: int, channels: int, latent: int, width: int, classes: int = 0, words: bool = False
    ) -> None:
        super().__init__()
        self.size, self.latent, self.wishes = size, latent, WORD_WIDTH if words else classes
        self.side, doublings = grown(size)
        widths = [min(WIDEST, width << level) for level in reversed(range(doublings))]
        if self.wishes:
            self.wish = nn.Linear(self.wishes, latent, bias=False)
        self.first = nn.Linear(latent * (2 if self.wishes else 1), widths[0] * self.side**2, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.body = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False) for before, after in pairwise(widths)
        )
        self.last = nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1)
        self.apply(_begin)
        if self.wishes:
            nn.init.normal_(self.wish.weight)  # a wish is as loud as chance

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        x = torch.cat([z, self.wish(y)], 1) if self.wishes else z
        x = self.first(x).unflatten(1, (-1, self.side, self.side)).contiguous(memory_format=torch.channels_last)
        for norm, layer in zip(self.norms, (*self.body, self.last), strict=True):
            x = layer(F.relu(norm(x)))
        return torch.tanh(x.float())

    def ports(self) -> Ports:
        return generator(self.latent, self.wishes)


class DcganCritic(nn.Module):
    """`verdict = critic(x, y)`: a picture and what was wished for -> float (n,), above 0 where it looks real.

    width: channels after the first layer, twice as many after each; norm: batch norm between, as the paper has it. A
    penalty on each picture's gradient forbids it (Gulrajani et al. 2017): there every picture must be seen alone.
    """

    def __init__(
        self, size: int, channels: int, width: int, norm: bool = True, classes: int = 0, words: bool = False
    ) -> None:
        super().__init__()
        side, halvings = grown(size)
        widths = [channels, *(min(WIDEST, width << level) for level in range(halvings))]
        self.body = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1) for before, after in pairwise(widths))
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(width) if norm and level else nn.Identity() for level, width in enumerate(widths[1:])
        )
        self.last = nn.Linear(widths[-1] * side**2, 1)
        self.wishes = WORD_WIDTH if words else classes
        if self.wishes:
            self.wish = nn.Linear(self.wishes, widths[-1] * side**2, bias=False)
        self.apply(_begin)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        for layer, norm in zip(self.body, self.norms, strict=True):
            x = F.leaky_relu(norm(layer(x)), SLOPE)
        seen = x.flatten(1)
        verdict = self.last(seen)[:, 0]
        return (verdict + (self.wish(y) * seen).sum(1) if self.wishes else verdict).float()


def grown(size: int) -> tuple[int, int]:
    """The side that a picture of so many pixels grows from, and how often it is doubled. Raises BriefError."""
    side = 7 if size == 28 else 4
    doublings = (size // side).bit_length() - 1
    if doublings < 1 or side << doublings != size:
        raise BriefError(f"size {size} — these networks paint 28 pixels a side, or 8, 16, 32, 64, 128, 256; try 64")
    return side, doublings


def _begin(layer: nn.Module) -> None:
    """All weights from N(0, 0.02²), as the paper begins."""
    if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, std=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
