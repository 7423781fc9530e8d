"""The avatar network: a small StyleGAN2 of faces with everything known about them, on nothing; in three sizes."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mengbi.lab.adversarial import CRITIC, SATURATING_NEVER, critic_turn, painter_turn, r1
from mengbi.lab.data.faces import Faces, batches
from mengbi.lab.gallery import SIDE, grid, made
from mengbi.lab.labelled import SMOKE, Labelled, as_numbers, preset_of
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.recipes.stylegan import BETAS, LATENT, RATE
from mengbi.lab.task import Sheet, Task
from mengbi.makers import traits
from mengbi.noise import gaussian

SHOWN = (
    "comic short brown-hair fair-skin smile glasses",
    "comic pigtails red-hair tan-skin laugh freckles",
    "ink ponytail black-hair fair-skin smile earrings",
    "ink short blue-hair tan-skin calm sunglasses",
    "toon long blond-hair fair-skin laugh clothes-blue",
    "toon mohawk green-hair dark-skin surprised clothes-yellow",
    "flat curly purple-hair brown-skin laugh clothes-red",
    "flat bun pink-hair fair-skin wink clothes-white",
)
"""A row of the sheet each."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 16, "steps": 60_000, "width": 24, "widest": 160, "save_minutes": 3.0},
    "gpu": {"batch": 128, "steps": 60_000, "width": 24, "widest": 160},
    "smoke": {**SMOKE, "width": 8, "widest": 16},
}


def avatar(data: Faces, preset: str) -> Task:
    """Karras et al. 2020, told the traits of every face by projection; faces never run out, so nothing is augmented.

    Raises BriefError for an unknown preset or size.
    """
    chosen = preset_of(PRESETS, preset)
    shape = {"size": data.pixels.shape[1], "channels": 4, "classes": data.numbers.shape[1]}
    shape |= {"width": chosen.pop("width"), "widest": chosen.pop("widest")}
    critic = Player(model={"kind": "stylegan2-critic", **shape}, rate=RATE, betas=BETAS)
    usual = {"rate": RATE, "betas": BETAS, "warmup": 100, "decay": 0.3, "clip": math.inf, "mixed": True}
    recipe = Recipe(
        model={"kind": "stylegan2", "latent": LATENT, **shape}, others={CRITIC: critic}, **{**usual, **chosen}
    )
    return Task(
        recipe=recipe,
        turns=[critic_turn(SATURATING_NEVER), r1(weight=1.0), painter_turn(SATURATING_NEVER)],
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=see,
        sheet=sheet(),
    )


def see(pixels: Tensor, numbers: Tensor) -> Labelled:
    """From uint8 (n, h, w, 4) and (n, traits): colours on white in [−1, 1], and how much of them there is."""
    x = as_numbers(pixels)
    cover = (x[:, 3:] + 1) / 2
    x = torch.cat([x[:, :3] * cover + 1 - cover, x[:, 3:]], 1).contiguous(memory_format=torch.channels_last)
    return Labelled(x=x, y=numbers.float(), labels=numbers.new_full((len(numbers),), -1, dtype=torch.int64))


def sheet() -> Sheet:
    """A row of SHOWN each, a point a column, on white."""
    asked = np.stack([traits.as_numbers(names.split()) for names in SHOWN])
    z = np.tile(gaussian(tuple(range(SIDE)), 0, (LATENT,)), (len(asked), 1))
    y = np.repeat(asked, SIDE, axis=0)

    def draw(model: nn.Module) -> NDArray[np.uint8]:
        return grid(made(model.eval(), torch.from_numpy(z), torch.from_numpy(y))[..., :3])

    return draw
