"""Naming pictures as a lesson: cross-entropy, how many held-out ones are named right, and the hardest of them."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.data.folder import Dataset
from mengbi.lab.gallery import SIDE, grid
from mengbi.lab.labelled import as_numbers
from mengbi.lab.task import Check, Sheet
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn

SMOOTHED = 0.05
"""Share of the belief that is spread over all names while learning (Szegedy et al. 2016)."""
MOVED = 1 / 14
"""Of a side, how far a batch is moved at most: a name does not depend on where a thing stands."""
ROWS = 200


def naming_turns() -> Sequence[Turn]:
    """A classifier's: pictures without a label do not count."""

    def loss(moment: Moment) -> Outcome:
        labels = moment.batch.labels
        logits = moment.networks[PRINCIPAL](moved(moment.batch.x, moment.generator)).float()
        wrong = F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=SMOOTHED, reduction="none")
        named = (labels >= 0).float()
        right = (logits.argmax(1) == labels).float().sum()
        count = named.sum().clamp(min=1)
        return wrong.sum() / count, {"named right": right / count}

    return (Turn(who=PRINCIPAL, loss=loss),)


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """A batch moved by the same few pixels, what comes in like the edge."""
    most, side = round(x.shape[-1] * MOVED), x.shape[-1]
    down, right = torch.randint(2 * most + 1, (2,), generator=generator, device=x.device).tolist()
    around = F.pad(x, (most,) * 4, mode="replicate")
    return around[..., down : down + side, right : right + side].contiguous(memory_format=torch.channels_last)


def naming_check(data: Dataset) -> Check | None:
    """Cross-entropy in nats and accuracy on held-out pictures with labels; None where there are none."""
    pictures, labels = _held(data)
    if not len(pictures):
        return None

    def check(model: nn.Module) -> dict[str, float]:
        logits = named(model, pictures)
        surprise = F.cross_entropy(logits, torch.from_numpy(labels))
        accuracy = (logits.argmax(1).numpy() == labels).mean()
        return {"validation": float(surprise), "accuracy": float(accuracy)}

    return check


def hardest_sheet(data: Dataset) -> Sheet | None:
    """The 64 held-out pictures whose labels surprise it most, the most surprising first."""
    pictures, labels = _held(data)
    if not len(pictures):
        return None

    def sheet(model: nn.Module) -> NDArray[np.uint8]:
        surprise = F.cross_entropy(named(model, pictures), torch.from_numpy(labels), reduction="none").numpy()
        return grid(pictures[np.argsort(-surprise, kind="stable")[: SIDE * SIDE]])

    return sheet


def named(model: nn.Module, pictures: NDArray[np.uint8]) -> Tensor:
    """Logits float32 (n, classes) on the CPU of pictures uint8 (n, h, w, c)."""
    return torch.cat(list(_named(model.eval(), pictures)))


def _named(model: nn.Module, pictures: NDArray[np.uint8]) -> Iterator[Tensor]:
    device = next(model.parameters()).device
    with torch.inference_mode():
        for rows in torch.from_numpy(pictures).split(ROWS):
            yield model(as_numbers(rows.to(device))).float().cpu()


def _held(data: Dataset) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    chosen = np.flatnonzero(data.held & (data.labels >= 0))
    return np.asarray(data.pixels[chosen]), data.labels[chosen]
