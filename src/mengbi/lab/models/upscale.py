"""The upscaler's network: plain convolutions on the small picture, the large one by a shuffle of the last (Shi et al.
2016, "Real-time single image and video super-resolution using an efficient sub-pixel convolutional network"), added to
the small picture enlarged bilinearly; as Real-ESRGAN's "compact" one (Wang et al. 2021), but each colour on its own.

One that saw the three at once learnt to see light and dark first, and left soft for long what differs in colour alone.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from mengbi.lab.models.ports import Ports, enlarger

SLOPE = 0.1
"""Of what is below zero: leaky ReLU, which ONNX Runtime makes one step of with the convolution before it."""


class Upscaler(nn.Module):
    """`large = model(small)`: float (n, 3, h, w), 0 to 1 -> (n, 3, scale · h, scale · w).

    fold: the network works on so many times as small a grid; h and w are multiples of it. What it sees of a pixel's
    neighbourhood reaches fold · (depth + 2) pixels.
    """

    def __init__(self, width: int, depth: int, scale: int, fold: int = 1) -> None:
        super().__init__()
        self.scale, self.fold = scale, fold
        self.first = nn.Conv2d(fold**2, width, 3, padding=1)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.last = nn.Conv2d(width, (scale * fold) ** 2, 3, padding=1)
        for layer in (self.first, *self.body):
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.last.weight, std=1e-3)  # it begins as the picture itself
        nn.init.zeros_(self.last.bias)

    def forward(self, small: Tensor) -> Tensor:
        x = small.flatten(0, 1)[:, None]
        x = F.pixel_unshuffle(x, self.fold) if self.fold > 1 else x
        x = F.leaky_relu(self.first(x), SLOPE)
        for layer in self.body:
            x = F.leaky_relu(layer(x), SLOPE)
        own = F.interpolate(small, scale_factor=float(self.scale), mode="bilinear") if self.scale > 1 else small
        return own + F.pixel_shuffle(self.last(x), self.scale * self.fold)[:, 0].unflatten(0, (-1, 3))

    def ports(self) -> Ports:
        return enlarger(self.fold)
