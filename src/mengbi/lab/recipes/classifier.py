"""A network that names pictures, for any that have labels, in three sizes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mengbi.errors import BriefError
from mengbi.lab.classifying import hardest_sheet, naming_check, naming_turns
from mengbi.lab.data.folder import Dataset, batches
from mengbi.lab.labelled import SMOKE, form, preset_of, see, widths
from mengbi.lab.recipes import Recipe
from mengbi.lab.task import Task

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"batch": 128, "steps": 8000, "first": 32, "blocks": 1},
    "gpu": {"batch": 256, "steps": 30_000, "first": 64, "blocks": 2},
    "smoke": {"first": 8, "blocks": 1, **SMOKE},
}


def classifier(data: Dataset, preset: str) -> Task:
    """He et al. 2016. Raises BriefError for an unknown preset, or pictures that do not have two names at least."""
    chosen = preset_of(PRESETS, preset)
    if len(data.names) < 2:
        raise BriefError(f"{data.source} — {len(data.names)} names; put the pictures of each in a folder of its name")
    shape = {name: form(data)[name] for name in ("size", "channels", "classes")}
    model = {"kind": "classifier", **shape, "widths": widths(data, chosen.pop("first")), "blocks": chosen.pop("blocks")}
    usual = {"rate": 2e-3, "warmup": 100, "decay": 0.6, "average": 0.99, "mixed": True, "patience": 8}
    recipe = Recipe(model=model, **{**usual, "sheet_every": 1000, "check_every": 500, **chosen})
    return Task(
        recipe=recipe,
        turns=naming_turns(),
        batches=batches(data, batch=recipe.batch, seed=recipe.seed),
        see=partial(see, spec=form(data)),
        sheet=hardest_sheet(data),
        check=naming_check(data),
    )
