"""The upscaler, four times as many pixels a side, and the restorer, whose pictures keep their size; in three sizes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mengbi.lab.data.pairs import Wear
from mengbi.lab.recipes import Recipe

SMALL = Wear()
WORN = Wear(blur=(0.5, 1.2), again=(0.25, 1.8), noise=(0.7, 22.0), blocks=(0.0, 0.0), jpeg=(0.75, 12, 85))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A recipe, and the pairs that it is learnt from. Its batch is a multiple of 3: one colour of each pair is seen."""

    recipe: Recipe
    side: int  # of the small pictures, in pixels

    @property
    def scale(self) -> int:
        """Times as many pixels a side: 1 restores."""
        return int(self.recipe.model["scale"])

    @property
    def shape(self) -> dict[str, Any]:
        """As `data.pairs` takes it."""
        return {"side": self.side, "scale": self.scale, "wear": SMALL if self.scale > 1 else WORN}


def gpu() -> Lesson:
    """A larger one, for some ten minutes of an H100."""
    model = {"kind": "upscaler", "width": 48, "depth": 12, "scale": 4}
    return Lesson(recipe=_recipe(model=model, batch=96, steps=30_000, log_every=200, sheet_every=5000), side=48)


def cpu() -> Lesson:
    """A quarter of an hour of one quiet thread."""
    return Lesson(recipe=_recipe(), side=48)


def smoke() -> Lesson:
    """Half a minute: shows that everything turns."""
    model = {"kind": "upscaler", "width": 16, "depth": 2, "scale": 4}
    recipe = _recipe(model=model, batch=6, steps=60, warmup=10, log_every=10, sheet_every=30, save_minutes=0.1)
    return Lesson(recipe=recipe, side=24)


def restoring(lesson: Lesson) -> Lesson:
    """The same for pictures that are worn, not small: half the grid, so that a photo costs no more than it must."""
    model = {**lesson.recipe.model, "scale": 1, "fold": 2}
    return Lesson(recipe=replace(lesson.recipe, model=model), side=2 * lesson.side)


def _recipe(**changes: Any) -> Recipe:
    usual: dict[str, Any] = {
        "model": {"kind": "upscaler", "width": 32, "depth": 8, "scale": 4},
        "batch": 12,
        "steps": 4000,
        "rate": 1e-3,
        "warmup": 100,
        "decay": 0.6,
        "average": 0.998,
        "clip": 0.5,
        "log_every": 50,
        "sheet_every": 500,
        "save_minutes": 2.0,
    }
    return Recipe(**{**usual, **changes})


PRESETS: dict[str, Callable[[], Lesson]] = {"gpu": gpu, "cpu": cpu, "smoke": smoke}
