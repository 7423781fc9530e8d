"""Recipes: what is trained, for how long and how, each a Python function that returns one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mengbi.engine.guidance import Guidance
from mengbi.lab.data.stream import EARLY, LATE, Mix

SEED = 20241


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A part of a run with data of its own. Each ends in weights that can be used."""

    until: float  # share of the steps of the run
    mix: Mix


THINGS_THEN_SCENES = (Stage(until=0.35, mix=EARLY), Stage(until=1.0, mix=LATE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A training run, but for its data. Two runs of one recipe over the same data end in the same weights."""

    model: Mapping[str, Any]  # see `models.build`
    batch: int  # examples a step
    steps: int  # of the whole run; the schedule counts on them
    rate: float = 5e-4  # of learning, at its highest
    warmup: int = 500  # steps until it is reached
    decay: float = 0.3  # share of the steps, the last ones, over which it falls to nothing
    average: float = 0.999  # EMA of the weights: what is kept of it a step
    clip: float = 1.0  # longest gradient
    words_dropped: float = 0.1  # share of the examples painted without words, so that guidance can be learnt
    control_dropped: float = 0.7  # share of the examples painted without a sketch to follow
    log_every: int = 50  # steps
    sheet_every: int = 2000  # steps
    save_minutes: float = 5.0
    seed: int = SEED
    prompts: tuple[str, ...] = ()  # painted on every sheet
    stages: tuple[Stage, ...] = THINGS_THEN_SCENES
    looks: int = 0  # what a student paints in, see `distill`; 0: no student, it learns from the pictures themselves
    folded: Guidance | None = None  # the student learns to paint what its teacher paints so guided

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that the network paints."""
        return int(self.model["size"])

    def rate_at(self, step: int) -> float:
        """Warm-up, a plateau, a straight fall to zero over the last `decay` of the steps."""
        fall = (self.steps - step) / (self.decay * self.steps)
        return self.rate * max(0.0, min(1.0, (step + 1) / self.warmup, fall))
