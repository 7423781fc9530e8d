"""A small network that reads digits, after LeNet-5 (LeCun et al. 1998), with ReLU, maxima and a little more width."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 28
FEATURES = 84


class Lenet(nn.Module):
    """logits (n, classes) = lenet(x); x float (n, 1, 28, 28) in [−1, 1]. 88,166 weights for ten classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 5, padding=2)
        self.second = nn.Conv2d(8, 24, 5)
        self.third = nn.Linear(24 * 5 * 5, 120)
        self.fourth = nn.Linear(120, FEATURES)
        self.last = nn.Linear(FEATURES, classes)
        self.register_buffer("size", torch.ones(()))  # of the features, as a training leaves them

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self._seen(x))

    def features(self, x: Tensor) -> Tensor:
        """What it sees before it decides, float (n, 84), none below 0, of mean square 1 over what it learnt from."""
        return self._seen(x) / self.size

    def measure(self, x: Tensor) -> None:
        """Takes these pictures for what the size of the features is counted in."""
        with torch.no_grad():
            self.size.copy_(torch.cat([self._seen(part) for part in x.split(2000)]).square().mean().sqrt())

    def _seen(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        return F.relu(self.fourth(F.relu(self.third(x.flatten(1)))))
