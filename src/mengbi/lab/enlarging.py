"""Enlarging and restoring as lessons: the loss, the sheet to look at, and how good weights are.

Nothing is invented here: no second network that judges (Goodfellow et al. 2014), which would paint what was never
there. What is learnt is the mean of all large pictures that the small one could be of, crisp where it can be known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from mengbi.lab.data.large import Pool
from mengbi.lab.data.pairs import Batch, batches, pair
from mengbi.lab.evaluation.compare import decibels
from mengbi.lab.objective import Network
from mengbi.lab.recipes.upscale import Lesson
from mengbi.lab.task import Task
from mengbi.lab.train import train as run
from mengbi.lab.turns import alone
from mengbi.noise import generator

SHOWN = 6
CHECKS = 1 << 40
"""Pairs that are measured with are drawn from a seed of their own."""


def train(lesson: Lesson, pool: Pool, out: Path, **options: Any) -> bool:
    """Trains in the folder `out` as `lab.train.train` does, options too; True when the lesson is learnt."""

    def stream(cursor: int) -> Iterator[Batch]:
        return batches(pool, lesson.recipe.seed, cursor, batch=lesson.recipe.batch, **lesson.shape)

    sheet = make_sheet(lesson, pool)
    task = Task(recipe=lesson.recipe, turns=alone(loss), batches=stream, see=pairs, sheet=sheet)
    options["notes"] = {**options.get("notes", {}), "pool": pool.digest}
    return run(task, out, **options)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """A batch on the device: float32 (n, 3, h, w), 0 to 1, and so many times as large; each colour of another pair."""

    small: Tensor
    large: Tensor


def pairs(small: Tensor, large: Tensor) -> Pairs:
    """From what `data.pairs` gives, uint8 (3 · n, h, w, 3): one colour of each, because they show much the same."""
    return Pairs(small=_one_of_each(small), large=_one_of_each(large))


def _one_of_each(pictures: Tensor) -> Tensor:
    count, height, width, _ = pictures.shape
    row = torch.arange(count, device=pictures.device)
    return (pictures[row, :, :, row % 3].float() / 255).reshape(count // 3, 3, height, width)


def loss(model: Network, batch: Pairs, _: torch.Generator) -> Tensor:
    """The mean difference of each pair (Lim et al. 2017, EDSR: it leaves edges crisper than the mean square)."""
    small = batch.small.contiguous(memory_format=torch.channels_last)
    with torch.autocast(small.device.type, torch.bfloat16):
        large = model(small)
    return (large.float() - batch.large).abs().mean((1, 2, 3))


def make_sheet(lesson: Lesson, pool: Pool) -> Callable[[nn.Module], NDArray[np.uint8]]:
    """A row a pair that was never learnt from: the small picture made larger by Lanczos, by the network, the truth."""
    shown = list(islice(held(lesson, pool), 0, 40 * SHOWN, 40))

    def sheet(model: nn.Module) -> NDArray[np.uint8]:
        large = enlarge(model, [small for small, _ in shown])
        rows = [(lanczos(small, lesson.scale), own, truth) for (small, truth), own in zip(shown, large, strict=True)]
        return np.concatenate([np.concatenate(row, axis=1) for row in rows])

    return sheet


def measure(model: nn.Module, lesson: Lesson, pool: Pool) -> dict[str, dict[str, float]]:
    """PSNR in dB on pairs that nothing was learnt from, of the network and of what there is without it: the median.

    A mean would say most of pictures that are hardly worn.
    """
    chosen = list(held(lesson, pool))
    own = enlarge(model, [small for small, _ in chosen])
    without = "Lanczos" if lesson.scale > 1 else "as it was"
    by = {"ours": own, without: [lanczos(small, lesson.scale) for small, _ in chosen]}
    found = {
        name: float(np.median([psnr(each, truth) for each, (_, truth) in zip(pictures, chosen, strict=True)]))
        for name, pictures in by.items()
    }
    return {"PSNR, dB": found}


def held(lesson: Lesson, pool: Pool) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """A pair of each crop that is kept from learning."""
    for number, crop in enumerate(pool.held):
        yield pair((crop,), generator(CHECKS, number), **lesson.shape)


def enlarge(model: nn.Module, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Each uint8 (h, w, 3) by the network as it lies."""
    device, found = next(model.parameters()).device, []
    for picture in pictures:
        small = torch.from_numpy(np.array(picture)).to(device).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            large = model(small)[0].permute(1, 2, 0).clamp(0, 1)
        found.append((large * 255 + 0.5).cpu().numpy().astype(np.uint8))
    return found


def lanczos(picture: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """What it is measured against; at scale 1 the picture itself."""
    size = (picture.shape[1] * scale, picture.shape[0] * scale)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def psnr(picture: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """In dB, at most 60: a flat crop that is met exactly must not outweigh all others."""
    error = float(np.square(picture.astype(np.float32) - truth).mean())
    return min(60.0, decibels(error, 255.0))
