"""What the dream model learns, as a task: pictures of a pack, the velocity's loss, a sheet of prompts."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mengbi.lab.data.loader import Loader
from mengbi.lab.objective import Loss, examples, velocity_loss
from mengbi.lab.recipes.dream import Painting
from mengbi.lab.sheet import draw_prompts, paint_sheet
from mengbi.lab.task import Batch, Batches, Sheet, Task
from mengbi.lab.turns import alone


def painting(recipe: Painting, batches: Batches, loss: Loss | None = None) -> Task:
    """A network that learns to see the picture behind noise. loss: the velocity's if not given."""
    usual = partial(velocity_loss, words_dropped=recipe.words_dropped, control_dropped=recipe.control_dropped)
    return Task(recipe=recipe, turns=alone(loss or usual), batches=batches, see=examples, sheet=painted(recipe))


def painted(recipe: Painting) -> Sheet | None:
    """The sheet of a recipe with prompts."""
    if not recipe.prompts:
        return None
    drawings = draw_prompts(recipe.prompts, recipe.size)
    return lambda model: paint_sheet(model, recipe.prompts, drawings)


def stream(recipe: Painting, pack: Path, workers: int) -> Batches:
    """What a recipe learns from, made in so many processes (0: in this one) from the pictures of a pack."""

    def batches(cursor: int) -> Iterator[Batch]:
        for stage in recipe.stages:
            end = round(stage.until * recipe.steps) * recipe.batch
            if cursor >= end:
                continue
            shape = {"size": recipe.size, "batch": recipe.batch, "workers": workers}
            for batch in Loader(path=pack, seed=recipe.seed, start=cursor, mix=stage.mix, **shape):
                yield batch
                cursor = batch.cursor
                if cursor >= end:
                    break

    return batches
