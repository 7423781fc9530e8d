"""The avatar network: a small StyleGAN2 of faces with everything known about them, on nothing; in three sizes.

Of a face that was put together by us, the point z that it belongs to is known. So the painter need not be led by a
critic alone, which takes millions of pictures: it learns which picture belongs to which point (as in Bojanowski et al.
2018, "Optimizing the latent space of generative networks", but that the points are given), and when it can, the game
begins, which makes clear what it would leave vague where one part goes over into another.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.adversarial import CRITIC, SATURATING_NEVER, critic_turn, r1
from mengbi.lab.data.faces import GENES, OF_A_GENE, Faces, batches, parts, shades
from mengbi.lab.gallery import SIDE, grid, made
from mengbi.lab.labelled import SMOKE, Labelled, as_numbers, preset_of
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.recipes.stylegan import BETAS, RATE
from mengbi.lab.task import Sheet, Task
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn
from mengbi.noise import gaussian
from mengbi.text import traits

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

FAST = 0.02
"""The painter's rate: of pictures that it is shown it learns ten times as fast as through a critic."""
GAME = 0.85
"""Share of the run after which the game begins."""
TAKEN_FOR_REAL = 0.02
"""What that weighs beside being the very picture."""
LEVELS = 4
"""Of the pyramid by which two pictures are compared."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 8, "steps": 13_500, "sheet_every": 1000, "save_minutes": 3.0, "critics": (8, 128)},
    "gpu": {"batch": 64, "steps": 40_000, "critics": (16, 256)},
    "smoke": {**SMOKE, "widths": (8, 8), "planes": 2, "code": 16, "critics": (8, 16)},
}
SHAPE: Mapping[str, Any] = {"widths": (64, 32, 16), "planes": 6, "code": 128}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Known(Labelled):
    """Pictures of which it is known what they are made of."""

    z: Tensor  # float32 (n, latent)


def avatar(data: Faces, preset: str) -> Task:
    """Karras et al. 2020, told the traits of every face by projection; faces never run out, so nothing is augmented.

    Raises BriefError for an unknown preset or size.
    """
    chosen = {**SHAPE, **preset_of(PRESETS, preset)}
    form = {"size": data.pixels.shape[1], "channels": 4, "classes": data.numbers.shape[1]}
    width, widest = chosen.pop("critics")
    critic = {"kind": "stylegan2-critic", "width": width, "widest": widest, **form}
    model = {name: chosen.pop(name) for name in SHAPE} | {"parts": parts(), "shades": shades(), "of_a_gene": OF_A_GENE}
    usual = {"rate": FAST, "betas": (0.9, 0.99), "warmup": 100, "decay": 0.5, "clip": math.inf, "mixed": True}
    recipe = Recipe(
        model={"kind": "portrait", "latent": data.points.shape[1], **form, **model},
        others={CRITIC: Player(model=critic, rate=RATE, betas=BETAS)},
        **{**usual, **chosen},
    )
    return Task(
        recipe=recipe,
        turns=[
            critic_turn(SATURATING_NEVER, unsaid=0.0, since=GAME),
            r1(weight=1.0, since=GAME),
            Turn(who=PRINCIPAL, loss=known),
        ],
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=see,
        sheet=sheet(),
    )


def known(moment: Moment) -> Outcome:
    """The painter learns which picture belongs to which point; and in the game, to be taken for real besides."""
    batch = moment.batch
    made = moment.networks[PRINCIPAL](batch.z, batch.y)
    apart = difference(made, batch.x)
    if moment.done < GAME:
        return apart, {"apart": apart}
    taken = SATURATING_NEVER.painter(moment.networks[CRITIC](made, batch.y))
    return apart + TAKEN_FOR_REAL * taken, {"apart": apart, "taken": taken}


def difference(made: Tensor, real: Tensor) -> Tensor:
    """Mean size of what differs, summed over the levels of a Laplacian pyramid: fine lines count as broad areas do."""
    d = made.float() - real
    total = torch.zeros((), device=d.device)
    for _ in range(LEVELS):
        coarse = F.avg_pool2d(d, 2)
        total = total + (d - F.interpolate(coarse, scale_factor=2.0)).abs().mean()
        d = coarse
    return total + d.abs().mean()


def see(pixels: Tensor, numbers: Tensor, points: Tensor) -> Known:
    """From uint8 (n, h, w, 4) and (n, traits), and z: colours on white in [−1, 1], and how much of them there is."""
    x = as_numbers(pixels)
    cover = (x[:, 3:] + 1) / 2
    x = torch.cat([x[:, :3] * cover + 1 - cover, x[:, 3:]], 1).contiguous(memory_format=torch.channels_last)
    return Known(x=x, y=numbers.float(), labels=numbers.new_full((len(numbers),), -1, dtype=torch.int64), z=points)


def sheet() -> Sheet:
    """A row of SHOWN each, a point a column, on white."""
    asked = np.stack([traits.as_numbers(names.split()) for names in SHOWN])
    z = np.tile(gaussian(tuple(range(SIDE)), 0, (GENES * OF_A_GENE,)), (len(asked), 1))
    y = np.repeat(asked, SIDE, axis=0)

    def draw(model: nn.Module) -> NDArray[np.uint8]:
        return grid(made(model.eval(), torch.from_numpy(z), torch.from_numpy(y))[..., :3])

    return draw
