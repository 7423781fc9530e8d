"""A game of two that ends well: a painter of points learns where a ring of points lies, a critic tells which is which.

As a program, a run of it: what torchrun starts.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models import MODELS
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.task import Task
from mengbi.lab.turns import Moment, Turn
from mengbi.noise import generator

WIDTH = 32


class Points(nn.Module):
    """Points in, points or verdicts out; it counts in a buffer how often it was asked, and normalises its batch."""

    def __init__(self, outputs: int, normed: bool) -> None:
        super().__init__()
        norm = nn.BatchNorm1d(WIDTH) if normed else nn.Identity()
        self.layers = nn.Sequential(nn.Linear(2, WIDTH), norm, nn.SiLU(), nn.Linear(WIDTH, outputs))
        self.register_buffer("asked", torch.zeros(()))

    def forward(self, points: Tensor) -> Tensor:
        if self.training:
            self.asked += 1
        return self.layers(points)


if "points" not in MODELS.names():
    MODELS.register("points", Points)


@dataclass(frozen=True)
class Batch:
    arrays: tuple[NDArray[Any], ...]
    cursor: int


def batches(count: int, cursor: int) -> Iterator[Batch]:
    while True:
        rows = []
        for place in range(cursor, cursor + count):
            angle = generator(3, place).uniform(0, 2 * np.pi)
            rows.append((np.cos(angle), np.sin(angle)))
        cursor += count
        yield Batch(arrays=(np.array(rows, np.float32),), cursor=cursor)


def made(moment: Moment) -> Tensor:
    return moment.networks["model"](torch.randn(moment.batch.shape, generator=moment.generator))


def judge(moment: Moment) -> tuple[Tensor, dict[str, Tensor]]:
    critic = moment.networks["critic"]
    real, fake = critic(moment.batch), critic(made(moment).detach())
    loss = F.softplus(-real) + F.softplus(fake)
    return loss.mean(1), {"right": ((real > 0).float().mean() + (fake < 0).float().mean()) / 2}


def fool(moment: Moment) -> Tensor:
    return F.softplus(-moment.networks["critic"](made(moment))).mean(1)


def game(*, normed: bool = True, **changes: Any) -> Task:
    usual: dict[str, Any] = {
        "model": {"kind": "points", "outputs": 2, "normed": normed},
        "others": {
            "critic": Player(model={"kind": "points", "outputs": 1, "normed": False}, rate=2e-3, betas=(0.5, 0.9))
        },
        "batch": 16,
        "steps": 60,
        "rate": 1e-3,
        "warmup": 1,
        "decay": 0.0,
        "log_every": 5,
        "average": 0.9,
        "save_minutes": 0.0,
    }
    recipe = Recipe(**{**usual, **changes})
    turns = (Turn(who="critic", loss=judge), Turn(who="model", loss=fool, every=2))
    return Task(
        recipe=recipe,
        turns=turns,
        batches=lambda cursor: batches(recipe.batch, cursor),
        see=lambda points: points,
    )


if __name__ == "__main__":  # game.py FOLDER STEPS
    from mengbi.lab.train import train

    torch.set_num_threads(1)
    train(game(normed=False, steps=int(sys.argv[2])), Path(sys.argv[1]))
