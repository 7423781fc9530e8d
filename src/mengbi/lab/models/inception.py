"""InceptionV3 (Szegedy et al. 2015) as the Fréchet Inception Distance has it: the TensorFlow graph of 2015-12-05.

It differs from the network of the paper in its pooling: averages do not count the padding, and the last block takes
maxima. Names of the weights are those of torchvision and of `pt_inception-2015-12-05-6726825d.pth` (pytorch-fid).
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 299
FEATURES = 2048

Size: TypeAlias = int | tuple[int, int]


class Inception(nn.Module):
    """float (n, 3, 299, 299) in [−1, 1] -> float (n, 2048), the mean of the last block."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Unit(32, 32, 3)
        self.Conv2d_2b_3x3 = Unit(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Unit(64, 80, 1)
        self.Conv2d_4a_3x3 = Unit(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = BlockA(192, 32), BlockA(256, 64), BlockA(288, 64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b, self.Mixed_6c = BlockC(768, 128), BlockC(768, 160)
        self.Mixed_6d, self.Mixed_6e = BlockC(768, 160), BlockC(768, 192)
        self.Mixed_7a = BlockD(768)
        self.Mixed_7b, self.Mixed_7c = BlockE(1280), BlockE(2048, last=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, stride=2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, stride=2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        return self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x))).mean(dim=(2, 3))


class Unit(nn.Module):
    """A convolution, its batch norm and ReLU."""

    def __init__(self, before: int, width: int, kernel: Size, stride: int = 1, padding: Size = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, width, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


_across = partial(Unit, kernel=(1, 7), padding=(0, 3))
_down = partial(Unit, kernel=(7, 1), padding=(3, 0))


class BlockA(nn.Module):
    """35 × 35: windows of one, five, and twice three."""

    def __init__(self, before: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = Unit(before, 64, 1)
        self.branch5x5_1, self.branch5x5_2 = Unit(before, 48, 1), Unit(48, 64, 5, padding=2)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Unit(before, 64, 1), Unit(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Unit(96, 96, 3, padding=1)
        self.branch_pool = Unit(before, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        threes = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, threes, self.branch_pool(_around(x))], 1)


class BlockB(nn.Module):
    """From 35 × 35 to 17 × 17."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.branch3x3 = Unit(before, 384, 3, stride=2)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Unit(before, 64, 1), Unit(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Unit(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        threes = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), threes, F.max_pool2d(x, 3, stride=2)], 1)


class BlockC(nn.Module):
    """17 × 17: windows of seven, taken apart into rows and columns."""

    def __init__(self, before: int, inner: int) -> None:
        super().__init__()
        self.branch1x1 = Unit(before, 192, 1)
        self.branch7x7_1, self.branch7x7_2 = Unit(before, inner, 1), _across(inner, inner)
        self.branch7x7_3 = _down(inner, 192)
        self.branch7x7dbl_1, self.branch7x7dbl_2 = Unit(before, inner, 1), _down(inner, inner)
        self.branch7x7dbl_3, self.branch7x7dbl_4 = _across(inner, inner), _down(inner, inner)
        self.branch7x7dbl_5 = _across(inner, 192)
        self.branch_pool = Unit(before, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat([self.branch1x1(x), seven, twice, self.branch_pool(_around(x))], 1)


class BlockD(nn.Module):
    """From 17 × 17 to 8 × 8."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.branch3x3_1, self.branch3x3_2 = Unit(before, 192, 1), Unit(192, 320, 3, stride=2)
        self.branch7x7x3_1, self.branch7x7x3_2 = Unit(before, 192, 1), _across(192, 192)
        self.branch7x7x3_3, self.branch7x7x3_4 = _down(192, 192), Unit(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), seven, F.max_pool2d(x, 3, stride=2)], 1)


class BlockE(nn.Module):
    """8 × 8: rows and columns side by side. last: it takes the maximum around each place, not the mean."""

    def __init__(self, before: int, *, last: bool = False) -> None:
        super().__init__()
        self.branch1x1 = Unit(before, 320, 1)
        self.branch3x3_1 = Unit(before, 384, 1)
        self.branch3x3_2a, self.branch3x3_2b = _row(384), _column(384)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Unit(before, 448, 1), Unit(448, 384, 3, padding=1)
        self.branch3x3dbl_3a, self.branch3x3dbl_3b = _row(384), _column(384)
        self.branch_pool = Unit(before, 192, 1)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        once = _both(self.branch3x3_1(x), (self.branch3x3_2a, self.branch3x3_2b))
        twice = _both(self.branch3x3dbl_2(self.branch3x3dbl_1(x)), (self.branch3x3dbl_3a, self.branch3x3dbl_3b))
        pooled = F.max_pool2d(x, 3, stride=1, padding=1) if self.last else _around(x)
        return torch.cat([self.branch1x1(x), once, twice, self.branch_pool(pooled)], 1)


def _row(width: int) -> Unit:
    return Unit(width, width, (1, 3), padding=(0, 1))


def _column(width: int) -> Unit:
    return Unit(width, width, (3, 1), padding=(1, 0))


def _both(x: Tensor, units: Sequence[nn.Module]) -> Tensor:
    return torch.cat([unit(x) for unit in units], 1)


def _around(x: Tensor) -> Tensor:
    """The mean of each place and those around it that there are."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
