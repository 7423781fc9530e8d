from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from mengbi.lab.measuring import asked
from mengbi.lab.models.ports import generator
from mengbi.lab.sampling import Hand


class Painter(nn.Module):
    """Paints what was asked for in one of three shades, but where z's first number is above 0.5 another one."""

    def __init__(self):
        super().__init__()
        self.shades = nn.Parameter(torch.tensor([-1.0, 0.0, 1.0]))

    def forward(self, z, y):
        shade = y @ self.shades
        shade = torch.where(z[:, 0] > 0.5, (shade + 2) % 3 - 1, shade)
        return shade[:, None, None, None].expand(-1, 1, 4, 4)


def shares(pictures):
    return np.eye(3)[(np.asarray(pictures).mean((1, 2, 3)) / 127.5).round().astype(int)]


def test_what_is_made_of_a_wish_is_read_again():
    hand = Hand(model=Painter(), ports=generator(4, 3), names=("dark", "grey", "light"), spec={}, state={})
    judge = SimpleNamespace(shares=shares, names=("dark", "grey", "light"), accuracy=0.99)
    found = asked(hand, judge)["asked"]
    assert found["made"] == pytest.approx(1 - 0.31, abs=0.12) and found["real"] == 0.99
    other = SimpleNamespace(
        shares=lambda pictures: shares(pictures)[:, [2, 0, 1]], names=("light", "dark", "grey"), accuracy=1
    )
    assert asked(hand, other)["asked"]["made"] == found["made"]


def test_where_nothing_can_be_asked_nothing_is_said():
    hand = Hand(model=Painter(), ports=generator(4, 3), names=(), spec={}, state={})
    assert asked(hand, SimpleNamespace(shares=shares, names=(), accuracy=1)) == {}
