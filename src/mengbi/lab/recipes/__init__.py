"""Recipes: what is trained, for how long and how, each a Python function that returns one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SEED = 20241


@dataclass(frozen=True, kw_only=True, slots=True)
class Player:
    """A network that learns beside the one that a run is for, at a pace of its own: the critic of a game of two."""

    model: Mapping[str, Any]  # see `models.build`
    rate: float  # of learning, at its highest
    betas: tuple[float, float] = (0.9, 0.95)  # what Adam keeps a step of the gradient and of its square
    clip: float = math.inf  # longest gradient


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A training run, but for its data. Two runs of one recipe over the same data end in the same weights."""

    model: Mapping[str, Any]  # see `models.build`
    batch: int  # examples a step
    steps: int  # of the whole run; the schedule counts on them
    rate: float = 5e-4  # of learning, at its highest
    betas: tuple[float, float] = (0.9, 0.95)
    warmup: int = 500  # steps until it is reached
    decay: float = 0.3  # share of the steps, the last ones, over which it falls to nothing; 0: it stays
    average: float = 0.999  # EMA of the weights: what is kept of it a step
    clip: float = 1.0  # longest gradient
    others: Mapping[str, Player] = field(default_factory=dict)  # that learn beside it, by name
    pieces: int = 1  # into which a batch is cut where memory is short; their gradients are summed
    mixed: bool = False  # bfloat16 where it is safe, over float32 weights
    log_every: int = 50  # steps
    sheet_every: int = 2000  # steps
    check_every: int = 0  # steps from one check to the next; 0: never
    patience: int = 0  # checks without a better one after which it ends early; 0: never
    save_minutes: float = 5.0
    seed: int = SEED

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that the network paints."""
        return int(self.model["size"])

    def rate_at(self, step: int) -> float:
        """Warm-up, a plateau, a straight fall to zero over the last `decay` of the steps."""
        return self.rate * self.pace(step)

    def pace(self, step: int) -> float:
        """The share of its rate at which every network of the run learns at a step, 0 to 1."""
        fall = (self.steps - step) / (self.decay * self.steps) if self.decay else 1.0
        return max(0.0, min(1.0, (step + 1) / max(1, self.warmup), fall))
