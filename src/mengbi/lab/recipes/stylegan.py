"""A small StyleGAN2 on any pictures, for faces above all; in three sizes."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from mengbi.lab.adversarial import (
    CRITIC,
    SATURATING_NEVER,
    adaptively,
    critic_turn,
    painter_turn,
    path_length,
    r1,
)
from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.gallery import generator_sheet
from mengbi.lab.labelled import SMOKE, form, preset_of, see, wishes
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.recipes.gan import afforded
from mengbi.lab.task import Task

LATENT = 128
RATE = 2e-3
BETAS = (0.0, 0.99)
SURE = 100_000
"""Real pictures that the critic must be sure of until every one is changed; five times as many in the paper."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 16, "steps": 12_000, "width": 16, "widest": 128, "paths": 0.0, "side": 64},
    "gpu": {"batch": 64, "steps": 30_000, "width": 64, "widest": 512, "paths": 2.0},
    "smoke": {**SMOKE, "width": 8, "widest": 16, "paths": 2.0},
}


def stylegan2(data: Dataset, preset: str) -> Task:
    """Karras et al. 2020, with adaptive augmentation. Raises BriefError for an unknown preset or size.

    What lengthens a step and shows only after millions of pictures, equal lengths of paths, is left to a GPU.
    """
    chosen = afforded(preset_of(PRESETS, preset), data)
    paths = chosen.pop("paths")
    shape = {**form(data), "width": chosen.pop("width"), "widest": chosen.pop("widest")}
    critic = Player(model={"kind": "stylegan2-critic", **shape}, rate=RATE, betas=BETAS)
    usual = {"rate": RATE, "betas": BETAS, "warmup": 100, "decay": 0.3, "clip": math.inf, "mixed": True}
    recipe = Recipe(
        model={"kind": "stylegan2", "latent": LATENT, **shape}, others={CRITIC: critic}, **{**usual, **chosen}
    )
    turns = [
        critic_turn(SATURATING_NEVER, change=adaptively, until=SURE / recipe.batch),
        r1(weight=1.0, change=adaptively),
        painter_turn(SATURATING_NEVER, change=adaptively),
        *([path_length(weight=paths)] if paths else []),
    ]
    return Task(
        recipe=recipe,
        turns=turns,
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=partial(see, spec=recipe.model),
        sheet=generator_sheet(LATENT, wishes(data)),
    )
