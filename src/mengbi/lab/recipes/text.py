"""Networks that write: an LSTM, and a small transformer, on any text.

Two cores have half an hour: an LSTM of one layer sees 15 to 20 million characters in it, a transformer fewer pieces,
so it is better off with pieces that are longer (`--data shakespeare:1000`).
"""

from functools import partial
from typing import Any

from mengbi.errors import BriefError
from mengbi.lab.data.text import TextData, batches
from mengbi.lab.recipes import SEED, Recipe
from mengbi.lab.task import Task
from mengbi.lab.writing import bits_a_character, see, sheet, turns
from mengbi.registry import nearest

CHECKED = 1 << 16
"""Pieces of the tail that a check reads."""

LSTM: dict[str, dict[str, Any]] = {
    "cpu": {"model": {"width": 512}, "length": 128, "batch": 32, "steps": 4000, "rate": 2e-3},
    "gpu": {"model": {"width": 1024, "depth": 3, "dropped": 0.2}, "length": 256, "batch": 128, "steps": 8000},
    "smoke": {"model": {"width": 32}, "length": 16, "batch": 8, "steps": 40, "rate": 1e-2},
}
TRANSFORMER: dict[str, dict[str, Any]] = {
    "cpu": {"model": {"width": 256, "depth": 4, "heads": 8, "reach": 128}, "length": 128, "batch": 24, "steps": 3000},
    "gpu": {
        "model": {"width": 384, "depth": 6, "heads": 6, "reach": 256, "dropped": 0.2},
        "length": 256,
        "batch": 64,
        "steps": 10_000,
    },
    "smoke": {"model": {"width": 32, "depth": 2, "heads": 4, "reach": 32}, "length": 32, "batch": 8, "steps": 40},
}
"""By preset: arguments of the network, pieces that are learnt at once, and what is other than usual in the recipe."""


def lstm(data: TextData, preset: str) -> Task:
    """Writes with a memory (see `models.lstm`). Raises BriefError for an unknown preset or a text that is too short."""
    return _writing("lstm", data, LSTM, preset)


def transformer(data: TextData, preset: str) -> Task:
    """Writes and looks back (see `models.gpt`). Raises BriefError as `lstm` does."""
    return _writing("gpt", data, TRANSFORMER, preset)


def _writing(kind: str, data: TextData, presets: dict[str, dict[str, Any]], preset: str) -> Task:
    if preset not in presets:
        raise BriefError(f"no preset {preset!r}; {nearest(preset, list(presets))}")
    chosen = dict(presets[preset])
    length, model = chosen.pop("length"), chosen.pop("model")
    recipe = _recipe(model={"kind": kind, "vocabulary": data.vocabulary.to_dict(), **model}, **chosen)
    return Task(
        recipe=recipe,
        turns=turns(),
        batches=batches(data, recipe.batch, length, SEED),
        see=see,
        sheet=partial(sheet, vocabulary=data.vocabulary),
        check=lambda model: {"validation": bits_a_character(model, data, CHECKED)},
    )


def _recipe(*, steps: int, **changes: Any) -> Recipe:
    usual: dict[str, Any] = {
        "rate": 1e-3,
        "betas": (0.9, 0.99),
        "warmup": min(100, steps // 4),
        "decay": 0.5,
        "average": 0.995,
        "mixed": True,
        "log_every": max(5, min(50, steps // 8)),
        "sheet_every": max(20, steps // 8),
        "check_every": max(20, steps // 16),
        "patience": 6,
        "save_minutes": 3.0,
    }
    return Recipe(steps=steps, **usual | changes)
