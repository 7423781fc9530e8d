"""A small StyleGAN2 (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN").

It departs from the paper for the speed of a CPU alone: a layer that doubles the side convolves before it enlarges, and
the critic halves by means of 2 × 2. Sizes are 28 or 4 · 2ⁿ pixels; what is wished for, y float (n, wishes), is as wide
as there are classes, or as a vector of words; zeros: anything.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models import WORD_WIDTH
from mengbi.lab.models.dcgan import grown
from mengbi.lab.models.ports import Ports, generator, halves

SLOPE, GAIN = 0.2, math.sqrt(2)
"""Of the leaky ReLU, and what makes up for the half that it takes away."""
MAPPED_SLOWLY = 0.01
"""At this share of the rate the mapping learns."""
GROUP = 4
"""Pictures that the critic compares with one another."""


class Growing(nn.Module):
    """A painter that makes a style w, float (n, code), of z and y, and paints it from small to large.

    What inherits says `style` and `paint`, and calls `layers` once and `grow` to paint.
    """

    latent: int
    wishes: int
    code: int

    def layers(self, widths: Sequence[int], channels: int, steered: int, side: int) -> None:
        """Those that enlarge, refine and colour, by `steered` numbers. widths: from the smallest size, `side`, up."""
        self.enlarging = nn.ModuleList(
            Styled(before, after, steered, side << level, twice=True)
            for level, (before, after) in enumerate(pairwise(widths))
        )
        self.refining = nn.ModuleList(
            Styled(after, after, steered, side << level) for level, after in enumerate(widths[1:], 1)
        )
        self.colors = nn.ModuleList(Colors(width, channels, steered) for width in widths)

    def grow(self, x: Tensor, w: Tensor) -> Tensor:
        """The picture, to which each size adds its part, without growing while it learns (the paper's figure 7b)."""
        picture = self.colors[0](x, w)
        for enlarge, refine, colors in zip(self.enlarging, self.refining, self.colors[1:], strict=True):
            x = refine(enlarge(x, w), w)
            picture = doubled(picture) + colors(x, w)
        return picture

    def style(self, z: Tensor, y: Tensor) -> Tensor:
        raise NotImplementedError

    def paint(self, w: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.paint(self.style(z, y))

    def ports(self) -> Ports:
        """A generator, and its two halves beside it: what makes a style, and what paints one."""
        return replace(generator(self.latent, self.wishes), beside=halves(self.latent, self.wishes, self.code))


class StyleGan2(Growing):
    """`picture = model(z, y)`: z float (n, latent), y float (n, wishes) -> (n, channels, size, size), about [−1, 1].

    width: channels of the largest layers, twice as many in each smaller, `widest` at most; depth: of the mapping. While
    it learns, noise is drawn anew for every picture; in `eval()` it is always the same, as it is in what is exported.
    path: running mean of the length of paths, see `adversarial.path_length`.
    """

    path: Tensor

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        width: int,
        widest: int = 256,
        depth: int = 4,
        classes: int = 0,
        words: bool = False,
    ) -> None:
        super().__init__()
        self.size, self.latent, self.code, self.wishes = size, latent, latent, WORD_WIDTH if words else classes
        side, doublings = grown(size)
        widths = [min(widest, width << level) for level in reversed(range(doublings + 1))]
        if self.wishes:
            self.wish = listening(self.wishes, latent)
        self.mapping = nn.ModuleList(
            Linear(latent * (2 if self.wishes and level == 0 else 1), latent, pace=MAPPED_SLOWLY)
            for level in range(depth)
        )
        self.start = nn.Parameter(torch.randn(1, widths[0], side, side))
        self.first = Styled(widths[0], widths[0], latent, side)
        self.layers(widths, channels, latent, side)
        self.register_buffer("path", torch.zeros(()))

    def style(self, z: Tensor, y: Tensor) -> Tensor:
        """w, float (n, latent): z as the layers are steered by it."""
        x = normal(z)
        if self.wishes:
            x = torch.cat([x, self.wish(y).float()], 1)
        for layer in self.mapping:
            x = F.leaky_relu(layer(x), SLOPE) * GAIN
        return x

    def paint(self, w: Tensor) -> Tensor:
        """The picture of a style."""
        return self.grow(self.first(self.start.expand(w.shape[0], -1, -1, -1), w), w)


class Styled(nn.Module):
    """A 3 × 3 convolution steered by a style (equations 1 and 3 of the paper), noise, leaky ReLU.

    Weights scaled by s for each input and by d for each output are the same as inputs scaled by s and outputs by d:
    so one convolution serves all pictures, where scaled weights would need one for each.
    """

    noise: Tensor

    def __init__(self, before: int, after: int, latent: int, side: int, *, twice: bool = False) -> None:
        """side: pixels of what comes in; twice: comes out."""
        super().__init__()
        self.twice, side = twice, 2 * side if twice else side
        self.weight = nn.Parameter(torch.randn(after, before, 3, 3))  # of any size: d makes up for it
        self.bias = nn.Parameter(torch.zeros(1, after, 1, 1))
        self.strength = nn.Parameter(torch.zeros(()))
        self.style = Linear(latent, before, begin=1.0)
        self.register_buffer("noise", torch.randn(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = self.style(w).float()
        d = GAIN * torch.rsqrt(s.square() @ self.weight.square().sum((2, 3)).T + 1e-8)
        x = F.conv2d(x * over(s, x), self.weight, padding=1).float()  # narrow layers are added to slowly in bfloat16
        x = torch.addcmul(self.bias, x, d[:, :, None, None])
        x = doubled(x) if self.twice else x
        noise = torch.randn_like(x[:, :1]) if self.training else self.noise
        return F.leaky_relu(x + self.strength * noise, SLOPE, inplace=True)


class Colors(nn.Module):
    """What a layer adds to the picture: a 1 × 1 convolution steered by a style, not demodulated."""

    def __init__(self, before: int, channels: int, latent: int) -> None:
        super().__init__()
        self.scale = 1 / math.sqrt(before)
        self.weight = nn.Parameter(torch.randn(channels, before, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.style = Linear(latent, before, begin=1.0)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return F.conv2d(x * over(self.style(w) * self.scale, x), self.weight, self.bias).float()


class StyleGan2Critic(nn.Module):
    """`verdict = critic(x, y)`: a picture and what was wished for -> float (n,), above 0 where it looks real.

    A residual network (figure 7c), the mean deviation within groups of GROUP pictures as a last channel (Karras et al.
    2018), and the wish by projection. p, sign: of adaptive augmentation, see `augment`.
    """

    p: Tensor
    sign: Tensor

    def __init__(
        self, size: int, channels: int, width: int, widest: int = 256, classes: int = 0, words: bool = False
    ) -> None:
        super().__init__()
        side, halvings = grown(size)
        widths = [min(widest, width << level) for level in range(halvings + 1)]
        self.first = Conv(channels, widths[0], 1, gain=GAIN)
        self.body = nn.ModuleList(Halving(*pair) for pair in pairwise(widths))
        self.mix = Conv(widths[-1] + 1, widths[-1], 3, gain=GAIN)
        self.read = Linear(widths[-1] * side**2, widths[-1])
        self.last = Linear(widths[-1], 1)
        self.wishes = WORD_WIDTH if words else classes
        if self.wishes:
            self.wish = listening(self.wishes, widths[-1])
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("sign", torch.zeros(()))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(x), SLOPE, inplace=True)
        for layer in self.body:
            x = layer(x)
        x = F.leaky_relu(self.mix(with_deviation(x)), SLOPE, inplace=True)
        seen = F.leaky_relu(self.read(x.flatten(1)), SLOPE) * GAIN
        verdict = self.last(seen)[:, 0].float()
        if not self.wishes:
            return verdict
        return verdict + (self.wish(y) * seen).float().sum(1) / math.sqrt(seen.shape[1])


class Halving(nn.Module):
    """Half the side, by a residual block; both ways bring half of the variance."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = Conv(before, before, 3, gain=GAIN)
        self.second = Conv(before, after, 3, gain=GAIN * math.sqrt(0.5))
        self.skip = Conv(before, after, 1, gain=math.sqrt(0.5), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        long = F.leaky_relu(self.first(x), SLOPE, inplace=True)
        long = F.leaky_relu(self.second(F.avg_pool2d(long, 2)), SLOPE, inplace=True)
        return long + self.skip(F.avg_pool2d(x, 2))


class Conv(nn.Module):
    """A convolution at an equalised rate: its weights are of size 1, and scaled where they are used."""

    def __init__(self, before: int, after: int, kernel: int, *, gain: float, bias: bool = True) -> None:
        super().__init__()
        self.scale, self.padding = gain / math.sqrt(before * kernel**2), kernel // 2
        self.weight = nn.Parameter(torch.randn(after, before, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(after)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class Linear(nn.Module):
    """A matrix at an equalised rate, `pace` times that of the others; begin: its bias."""

    def __init__(self, before: int, after: int, *, pace: float = 1.0, begin: float = 0.0) -> None:
        super().__init__()
        self.scale, self.pace = 1 / math.sqrt(before), pace
        self.weight = nn.Parameter(torch.randn(after, before) / pace)
        self.bias = nn.Parameter(torch.full((after,), begin / pace))

    def forward(self, x: Tensor) -> Tensor:
        x = F.linear(x * self.scale, self.weight, self.bias)
        return x if self.pace == 1 else x * self.pace


def listening(wishes: int, width: int) -> Linear:
    """A matrix that hears a wish: what is of size 1 there is its length, not its numbers."""
    layer = Linear(wishes, width)
    layer.scale = 1.0
    return layer


def doubled(x: Tensor) -> Tensor:
    """Twice the side, bilinear: the filter 1 3 3 1 of the paper."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")


def over(s: Tensor, x: Tensor) -> Tensor:
    """(n, c) over the pixels of x, in its precision."""
    return s[:, :, None, None].to(x.dtype)


def normal(x: Tensor) -> Tensor:
    """Each row at a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def with_deviation(x: Tensor) -> Tensor:
    """A channel more: how much the pictures of a group differ. The smaller the group, the finer it tells."""
    n, _, height, width = x.shape
    group = GROUP if n % GROUP == 0 else n
    groups = x.float().unflatten(0, (-1, group))
    apart = (groups - groups.mean(1, keepdim=True)).square().mean(1)
    deviation = (apart + 1e-8).sqrt().mean((1, 2, 3))
    each = deviation.repeat_interleave(group)[:, None, None, None].expand(-1, -1, height, width)
    return torch.cat([x, each.to(x.dtype)], 1)
