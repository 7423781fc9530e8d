"""Variational autoencoders on any pictures, in three sizes: the bound itself, and one whose code falls into parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.labelled import SMOKE, form, preset_of, see, widths
from mengbi.lab.models.vae import BERNOULLI, GAUSSIAN
from mengbi.lab.recipes import Recipe
from mengbi.lab.task import Task
from mengbi.lab.variational import autoencoder_sheet, bound_check, vae_turns

BETA = 4.0
"""Of Higgins et al. 2017, where pictures are black and white."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 128, "steps": 12_000, "latent": 32, "first": 32},
    "gpu": {"batch": 256, "steps": 60_000, "latent": 64, "first": 64},
    "smoke": {"latent": 8, "first": 8, **SMOKE},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounding(Recipe):
    """A run of a network that learns a code for pictures."""

    beta: float  # what a nat of the code costs
    grown: float = 0.1  # share of the run over which that grows from 0
    dropped: float = 0.1  # share of the pictures of which nothing is said: it paints as well unasked


def vae(data: Dataset, preset: str) -> Task:
    """Kingma & Welling 2014. Raises BriefError for an unknown preset, or a size that its network cannot halve."""
    return _autoencoder(data, preset, beta=1.0)


def beta_vae(data: Dataset, preset: str) -> Task:
    """Higgins et al. 2017: the code costs more than it is worth, so it says one thing in one number. As `vae`."""
    return _autoencoder(data, preset, beta=BETA)


def _autoencoder(data: Dataset, preset: str, *, beta: float) -> Task:
    chosen = preset_of(PRESETS, preset)
    shape = {"latent": chosen.pop("latent"), "widths": widths(data, chosen.pop("first"))}
    usual = {"rate": 1e-3, "warmup": 200, "clip": 200.0, "mixed": True, "sheet_every": 1000, "check_every": 1000}
    model = {"kind": "vae", **form(data), **shape, "likelihood": likelihood(data)}
    recipe = Bounding(model=model, beta=beta, **{**usual, **chosen})
    return Task(
        recipe=recipe,
        turns=vae_turns(beta=recipe.beta, warmup=recipe.grown, dropped=recipe.dropped),
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=partial(see, spec=recipe.model),
        sheet=autoencoder_sheet(data),
        check=bound_check(data),
    )


def likelihood(data: Dataset) -> str:
    """Of a pixel: grey pictures are taken as drawings in black and white."""
    return BERNOULLI if data.pixels.shape[-1] == 1 else GAUSSIAN
