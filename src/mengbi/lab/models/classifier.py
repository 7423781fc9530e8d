"""A small residual network that says what a picture shows (He et al. 2016, "Deep Residual Learning…")."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models.ports import Ports, classifier


class Classifier(nn.Module):
    """logits (n, classes) = model(x); x float (n, c, size, size) in [−1, 1].

    widths: channels at half the side, a quarter…; blocks: residual ones of each.
    """

    def __init__(
        self, *, size: int, channels: int, classes: int, widths: Sequence[int] = (32, 64, 128), blocks: int = 2
    ) -> None:
        super().__init__()
        self.size, self.channels, self.classes = size, channels, classes
        layers: list[nn.Module] = []
        for before, width in pairwise((channels, *widths)):
            layers += [Convolution(before, width, stride=2), nn.ReLU(), *(Block(width) for _ in range(blocks))]
        self.body, self.head = nn.Sequential(*layers), nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """What it sees before it decides, float (n, widths[-1]), none below 0."""
        return self.body(x).mean((2, 3))

    def ports(self) -> Ports:
        return classifier(self.channels, self.size)


class Block(nn.Module):
    """Two convolutions beside a straight way."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Convolution(width, width), Convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Convolution(nn.Sequential):
    """3 × 3, normalised over the batch (Ioffe & Szegedy 2015)."""

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(before, width, 3, stride, padding=1, bias=False), nn.BatchNorm2d(width))
