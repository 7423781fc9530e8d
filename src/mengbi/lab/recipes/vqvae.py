"""An autoencoder in a few hundred words, and the prior that draws them, on any pictures, in three sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.labelled import SMOKE, form, preset_of, see, widths
from mengbi.lab.recipes import Recipe
from mengbi.lab.recipes.vae import likelihood
from mengbi.lab.task import Task
from mengbi.lab.variational import autoencoder_sheet, bound_check, vqvae_turns

SMALLEST = 16
"""Codes a side, at most: 256 of them are what a small prior bears."""
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 128, "steps": 10_000, "first": 32, "codes": 128, "prior": 128, "depth": 3},
    "gpu": {"batch": 256, "steps": 60_000, "first": 64, "codes": 512, "prior": 256, "depth": 6},
    "smoke": {"first": 8, "codes": 16, "prior": 32, "depth": 1, **SMOKE},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantising(Recipe):
    """A run of two stages: the autoencoder learns, then the prior of its codes."""

    first: float = 0.4  # share of the run that is the first stage
    dropped: float = 0.2  # share of the pictures of which nothing is said


def vq_vae(data: Dataset, preset: str) -> Task:
    """van den Oord et al. 2017. Raises BriefError for an unknown preset, or a size that cannot be halved."""
    chosen = preset_of(PRESETS, preset)
    shape = {name: chosen.pop(name) for name in ("codes", "prior", "depth")}
    shape |= {"widths": widths(data, chosen.pop("first"), SMALLEST), "likelihood": likelihood(data)}
    model = {"kind": "vqvae", **form(data), **shape}
    usual = {"rate": 1e-3, "warmup": 200, "clip": 200.0, "mixed": True, "sheet_every": 1000, "check_every": 1000}
    recipe = Quantising(model=model, **{**usual, **chosen})
    return Task(
        recipe=recipe,
        turns=vqvae_turns(first=recipe.first, dropped=recipe.dropped),
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=partial(see, spec=recipe.model),
        sheet=autoencoder_sheet(data),
        check=bound_check(data),
    )
