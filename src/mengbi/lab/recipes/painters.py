"""Painters on any folder, by the words of its labels or captions: flow matching and DDPM, in three sizes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mengbi.errors import BriefError
from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.diffusing import flow_loss, loss_check, noise_loss, painted_sheet, see
from mengbi.lab.labelled import SMOKE, preset_of
from mengbi.lab.models.vae import halved
from mengbi.lab.objective import Loss
from mengbi.lab.recipes import Recipe
from mengbi.lab.task import Task
from mengbi.lab.turns import alone

FLOW: Mapping[str, Any] = {"steps": 16, "guidance": 2.0, "sampler": "multistep", "schedule": "uniform"}
DDPM: Mapping[str, Any] = {"steps": 50, "guidance": 2.0, "sampler": "ancestral", "schedule": "cosine"}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 32, "steps": 10_000, "first": 48, "blocks": 2, "sheet_every": 2000, "check_every": 2000},
    "gpu": {"batch": 256, "steps": 30_000, "first": 128, "blocks": 2, "sheet_every": 3000, "check_every": 3000},
    "smoke": {"first": 32, "blocks": 1, **SMOKE},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Denoising(Recipe):
    """A run of a network that sees a picture behind noise, by words."""

    words_dropped: float = 0.1  # share of the examples painted without words, so that guidance can be learnt
    defaults: Mapping[str, Any] = field(default_factory=dict)  # how an engine should paint with it


def flow(data: Dataset, preset: str) -> Task:
    """The painter's own objective, Li & He 2025. Raises BriefError: no such preset, a size that does not fit."""
    return _painter(data, preset, flow_loss, FLOW)


def ddpm(data: Dataset, preset: str) -> Task:
    """Ho et al. 2020, with the times of Nichol & Dhariwal 2021. As `flow`."""
    return _painter(data, preset, noise_loss, DDPM)


def _painter(data: Dataset, preset: str, loss: Callable[[float], Loss], how: Mapping[str, Any]) -> Task:
    chosen = preset_of(PRESETS, preset)
    if data.pixels.shape[-1] > 3:
        raise BriefError(f"{data.source} — transparent pictures, which this network does not paint; take --channels 3")
    model = network(data.pixels.shape[1], chosen.pop("first"), chosen.pop("blocks"))
    recipe = Denoising(model=model, defaults=how, **{"rate": 6e-4, "warmup": 300, **chosen})
    return Task(
        recipe=recipe,
        turns=alone(loss(recipe.words_dropped)),
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=see,
        sheet=painted_sheet(data, how),
        check=loss_check(data, loss),
    )


def network(size: int, first: int, blocks: int) -> dict[str, Any]:
    """The spec of a U-Net that folds a picture to 32 pixels a side or fewer, and looks at the words where it is small.

    first: channels there, a multiple of 16. Raises BriefError for a size that does not halve so often.
    """
    folds = 1 if size <= 64 else 2 if size <= 128 else 3
    levels = 2 if size <= 32 else 3
    halved(size, folds + levels - 1)
    return {
        "kind": "unet",
        "size": size,
        "patch": 2**folds,
        "widths": [first, 2 * first, 4 * first][:levels],
        "blocks": [blocks] * levels,
        "read": list(range(1, levels)),
        "attend": [levels - 1],
    }
