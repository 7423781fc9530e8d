"""Painting by denoising, on any folder: the painter's own loss or DDPM's, a check on held-out pictures, a sheet.

DDPM (Ho et al. 2020) walks another path, x_τ = √ᾱ·x + √(1 − ᾱ)·ε, but only a scale lies between them: divided by
√ᾱ + √(1 − ᾱ) it is the point z = t·x + (1 − t)·ε at t = √ᾱ / (√ᾱ + √(1 − ᾱ)). So the same networks learn both, and one
engine paints with both; what differs is at which times one looks, what an error weighs there, and how one samples.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mengbi.engine.dream import INTERVAL, Told
from mengbi.engine.editing import pixels_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.schedules import SCHEDULES
from mengbi.lab.data.folder import Dataset
from mengbi.lab.gallery import grid
from mengbi.lab.labelled import SHOWN, as_numbers
from mengbi.lab.models import CONTROL
from mengbi.lab.objective import Examples, Loss, Network, seen_at, velocity_loss
from mengbi.lab.sheet import as_denoiser
from mengbi.lab.task import Check, Sheet
from mengbi.noise import gaussian

WEIGHT = 5.0
"""Most that an error weighs (Hang et al. 2023, Min-SNR-γ): near the picture the ε-loss is all about the last bit."""
CHECKED = 500
ROWS = 50
COLUMNS = 4
"""Pictures of each wish on a sheet."""


def see(pictures: Tensor, _labels: Tensor, vectors: Tensor, given: Tensor) -> Examples:
    """From what `data.folder.batches` gives; grey pictures become coloured ones, and there is no sketch to follow."""
    n, height, width, _ = pictures.shape
    return Examples(
        x=as_numbers(pictures).expand(-1, 3, -1, -1),
        vectors=vectors.float(),
        given=given,
        control=torch.zeros(n, CONTROL, height, width, device=pictures.device),
    )


def flow_loss(words_dropped: float) -> Loss:
    """The painter's own, see `objective`."""
    return partial(velocity_loss, words_dropped=words_dropped, control_dropped=1.0)


def noise_loss(words_dropped: float) -> Loss:
    """‖ε̂ − ε‖² at times drawn as the cosine schedule looks (Nichol & Dhariwal 2021), its weight bounded.

    An error of x̂ is one of ε̂ = (z − t·x̂) / (1 − t), times t / (1 − t): its square weighs as signal does over noise.
    """

    def loss(model: Network, batch: Examples, generator: torch.Generator) -> Tensor:
        n, device = len(batch.x), batch.x.device
        chance = torch.rand(2, n, generator=generator, device=device)
        angle = chance[0] * math.pi / 2
        t = angle.sin() / (angle.sin() + angle.cos())
        noise = torch.randn(batch.x.shape, generator=generator, device=device)
        inputs = seen_at(t, noise, batch, chance[1] >= words_dropped, torch.zeros_like(batch.given[:, 0]))
        with torch.autocast(device.type, torch.bfloat16):
            x0 = model(*inputs)
        return angle.tan().square().clamp(max=WEIGHT) * (x0.float() - batch.x).square().mean((1, 2, 3))

    return loss


def loss_check(data: Dataset, loss: Callable[[float], Loss]) -> Check | None:
    """The loss on held-out pictures with their words, at always the same times and noise; None where none are held."""
    rows = np.flatnonzero(data.held)[:CHECKED]
    if not len(rows):
        return None

    def check(model: nn.Module) -> dict[str, float]:
        device = next(model.parameters()).device
        generator, total = torch.Generator(device).manual_seed(0), 0.0
        with torch.inference_mode():
            for some in np.array_split(rows, math.ceil(len(rows) / ROWS)):
                arrays = (np.asarray(data.pixels[some]), data.labels[some], *data.words.of(some))
                batch = see(*(torch.from_numpy(array).to(device) for array in arrays))
                total += float(loss(0.0)(model, batch, generator).sum())
        return {"validation": total / len(rows)}

    return check


def painted_sheet(data: Dataset, how: Mapping[str, Any]) -> Sheet:
    """A row a wish, always the same seeds; without words 8 rows of any.

    how: it is painted: "steps", "guidance", "sampler", "schedule".
    """
    told = [one for one in told_of(data) for _ in range(COLUMNS)]
    alike = len({one.given.any() for one in told}) == 1 and not told[0].given.any()
    seeds = tuple(range(len(told))) if alike else tuple(range(COLUMNS)) * (len(told) // COLUMNS)
    wishes = [Wish(toward=((one, 1.0),), away=_unsaid(one)) for one in told]
    guidance = Guidance(scale=1.0 if alike else how["guidance"], interval=INTERVAL)
    shape, times = (3, *data.pixels.shape[1:3]), SCHEDULES.find(how["schedule"])(how["steps"])

    def sheet(model: nn.Module) -> NDArray[np.uint8]:
        z = gaussian(seeds, 0, shape)
        denoise = guided(as_denoiser(model), wishes, guidance)
        for state in SAMPLERS.find(how["sampler"])(denoise, z, times, lambda step: gaussian(seeds, step + 1, shape)):
            z = state.z
        return grid(pixels_of(z), COLUMNS)

    return sheet


def told_of(data: Dataset) -> list[Told]:
    """What a sheet asks for: of each name a picture's words, else the first captions, else 8 times nothing."""
    if data.names:
        rows = [int(np.argmax(data.labels == label)) for label in range(min(len(data.names), 2 * SHOWN))]
    else:
        first = {caption: row for row, caption in reversed(list(enumerate(data.captions))) if caption}
        rows = sorted(first.values())[:SHOWN] or [0] * SHOWN
    vectors, given = data.words.of(np.array(rows))
    control = np.zeros((CONTROL, *data.pixels.shape[1:3]), np.float32)
    return [
        Told(vectors=row.astype(np.float32), given=which, control=control)
        for row, which in zip(vectors, given, strict=True)
    ]


def _unsaid(told: Told) -> Told:
    return Told(vectors=told.vectors, given=np.zeros_like(told.given), control=told.control)
