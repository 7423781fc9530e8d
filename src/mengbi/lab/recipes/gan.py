"""Games of two on any pictures: DCGAN, WGAN-GP, and a hinge GAN for few pictures; each in three sizes."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mengbi.lab.adversarial import (
    CRITIC,
    HINGE,
    SATURATING_NEVER,
    WASSERSTEIN,
    augmented,
    critic_turn,
    painter_turn,
    r1,
)
from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.gallery import generator_sheet
from mengbi.lab.labelled import SMOKE, form, preset_of, see, wishes
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.task import Task
from mengbi.lab.turns import Turn

LATENT = 100
RATE = 2e-4
BETAS, BETAS_OF_WGAN, BETAS_OF_HINGE = (0.5, 0.999), (0.0, 0.9), (0.0, 0.99)
NARROW = 32
"""Channels of the largest layers, from which on they are not made fewer for larger pictures."""
SEEKING = 1.0
"""What it weighs that pictures of one label differ, where there are labels."""
CRITIC_TURNS = 5
"""Of the critic for one of the painter, in WGAN-GP."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 64, "steps": 10_000, "width": 64, "mixed": True, "side": 32},
    "gpu": {"batch": 256, "steps": 30_000, "width": 64, "mixed": True},
    "smoke": {**SMOKE, "width": 8},
}
PRESETS_OF_WGAN = {**PRESETS, "cpu": {**PRESETS["cpu"], "steps": 30_000, "width": 32}}  # few steps are the painter's


def dcgan(data: Dataset, preset: str) -> Task:
    """Radford et al. 2015, with the loss that never saturates. Raises BriefError for an unknown preset or size."""
    turns = (critic_turn(SATURATING_NEVER), painter_turn(SATURATING_NEVER, seeking=SEEKING))
    return game(data, preset_of(PRESETS, preset), turns, betas=BETAS, norm=True)


def wgan_gp(data: Dataset, preset: str) -> Task:
    """Gulrajani et al. 2017: the critic measures a distance, five turns for one of the painter. Raises as `dcgan`."""
    turns = (critic_turn(WASSERSTEIN, gradient=10.0), painter_turn(WASSERSTEIN, every=CRITIC_TURNS, seeking=SEEKING))
    return game(data, preset_of(PRESETS_OF_WGAN, preset), turns, betas=BETAS_OF_WGAN, norm=False)


def hinge(data: Dataset, preset: str) -> Task:
    """For few pictures: a hinge loss (Lim & Ye 2017), R1, and DiffAugment (Zhao et al. 2020). Raises as `dcgan`."""
    turns = (
        critic_turn(HINGE, change=augmented),
        r1(weight=1.0, change=augmented),
        painter_turn(HINGE, change=augmented, seeking=SEEKING),
    )
    return game(data, preset_of(PRESETS, preset), turns, betas=BETAS_OF_HINGE, norm=False)


def game(
    data: Dataset, chosen: dict[str, Any], turns: Sequence[Turn], *, norm: bool, betas: tuple[float, float]
) -> Task:
    """A painter and a critic of the DCGAN's kind. chosen: a preset; norm: of the critic. Raises as `dcgan`."""
    chosen = afforded(chosen, data)
    shape = {**form(data), "width": chosen.pop("width")}
    critic = Player(model={"kind": "dcgan-critic", "norm": norm, **shape}, rate=RATE, betas=betas)
    usual = {"rate": RATE, "betas": betas, "warmup": 100, "decay": 0.5, "clip": math.inf}
    recipe = Recipe(model={"kind": "dcgan", "latent": LATENT, **shape}, others={CRITIC: critic}, **{**usual, **chosen})
    return Task(
        recipe=recipe,
        turns=turns,
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=partial(see, spec=recipe.model),
        sheet=generator_sheet(LATENT, wishes(data)),
    )


def afforded(chosen: dict[str, Any], data: Dataset) -> dict[str, Any]:
    """A preset without its "side", pixels up to which it is meant: twice as many, half the steps of half the batch.

    So its time stays what it is, at more work a picture. Layers become half as wide, not below NARROW.
    """
    size, width = data.pixels.shape[1], chosen["width"]
    times = max(1, size // chosen.pop("side", size))
    narrow = max(width // times, min(width, NARROW))
    return {**chosen, "batch": chosen["batch"] // times, "steps": chosen["steps"] // times, "width": narrow}
