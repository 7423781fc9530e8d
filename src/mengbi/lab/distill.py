"""The student: paints in four looks what its teacher paints in sixteen with guidance, a look of which costs two.

First the guidance is folded in (Meng et al. 2023, at one strength): the student learns to see at once what the teacher
sees with and without words. Then, twice, the number of looks is halved (Salimans & Ho 2022): a student's step has to
end where two steps of the student before it end. All of it on the path z = t·x + (1 − t)·ε, in steps of Euler's.

Each lesson is a run of its own (`OUT/16`, `OUT/8`, `OUT/4`) that ends in weights which can be used; its teacher is the
run before, so there is nothing that a checkpoint does not hold already.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from mengbi.engine.guidance import Guidance
from mengbi.errors import BriefError
from mengbi.lab import checkpoint
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.dreaming import painting
from mengbi.lab.objective import Examples, Loss, Network, seen_at, velocity_error
from mengbi.lab.recipes.dream import Painting
from mengbi.lab.recipes.student import Lessons
from mengbi.lab.run import compiled, last, restored, story, trained
from mengbi.lab.task import Batches
from mengbi.lab.train import train

Seen: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
Target: TypeAlias = Callable[[Seen], Tensor]
"""The picture that a student should see, float32 (n, 3, size, size), from what a network sees (see `models`)."""


def distill(
    lessons: Lessons,
    batches: Callable[[Painting], Batches],
    out: Path,
    teacher: Checkpoint,
    *,
    device: str = "cpu",
    minutes: float = math.inf,
    notes: Mapping[str, str] | None = None,
    **options: Any,
) -> bool:
    """Goes through the lessons in the folder `out`, from where they stand; True when all are learnt.

    teacher: of the network of the lessons. The rest is as for `train`, options too.
    """
    end = time.monotonic() + 60 * minutes
    for recipe in lessons:
        model = restored(teacher).requires_grad_(False).to(device, memory_format=torch.channels_last)
        how: dict[str, Any] = {
            "weights": trained(teacher),
            "minutes": (end - time.monotonic()) / 60,
            "notes": {**(notes or {}), "after": story(teacher)},
        }
        run = out / str(recipe.looks)
        task = painting(recipe, batches(recipe), lesson(compiled(model), recipe))
        if not train(task, run, device=device, **how, **options):
            return False
        teacher = last(run)
    return True


def teacher_of(out: Path, first: Checkpoint | None) -> Checkpoint:
    """The first teacher of the lessons in `out`.

    It was laid down there when they began, so that they go on with it whatever became of its own run; `first` is who is
    taken then. Raises BriefError if there is none.
    """
    kept = out / "teacher"
    if checkpoint.newest(kept / "checkpoints") is None:
        if first is None:
            raise BriefError(f"{out} — a student that begins needs a teacher; name its weights with --from")
        tensors = {name: tensor for name, tensor in first.tensors.items() if name.startswith("average.")}
        checkpoint.write(kept / "checkpoints", replace(first, tensors=tensors))
    return last(kept)


def lesson(teacher: Network, recipe: Painting) -> Loss:
    """The loss of a student of `teacher`: half of it at the times at which it will look, half of it at any other.

    A painting that begins with a photo or a drawing looks between those times.
    """
    target = guided(teacher, recipe.folded) if recipe.folded else two_steps(teacher, recipe.looks)

    def loss(model: Network, batch: Examples, generator: torch.Generator) -> Tensor:
        n, device = len(batch.x), batch.x.device
        chance = torch.rand(2, n, generator=generator, device=device)
        t = torch.rand(n, generator=generator, device=device)
        t = torch.where(torch.arange(n, device=device) % 2 == 0, (t * recipe.looks).floor() / recipe.looks, t)
        noise = torch.randn(batch.x.shape, generator=generator, device=device)
        words, control = chance[0] >= recipe.words_dropped, chance[1] >= recipe.control_dropped
        seen = seen_at(t, noise, batch, words, control)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                x = target(seen)
            x0 = model(*seen)
        return velocity_error(x0, x, t)

    return loss


def guided(teacher: Network, guidance: Guidance) -> Target:
    """What the teacher sees with words and without, and further that way; see `engine.guidance`."""
    low, high = guidance.interval

    def target(seen: Seen) -> Tensor:
        z, t, vectors, given, control = seen
        toward = teacher(z, t, vectors, given, control).float()
        away = teacher(z, t, vectors, torch.zeros_like(given), control).float()
        strong = ((low <= t) & (t < high))[:, None, None, None]
        return torch.where(strong, away + guidance.scale * (toward - away), toward)

    return target


def two_steps(teacher: Network, looks: int) -> Target:
    """The one picture towards which a step of 1/looks, or to the end, ends where two half steps of the teacher do.

    From z to z″ by x̂′ and x̂″ is z to z″ by w·x̂′ + (1 − w)·x̂″ with w = (1 − t″) / 2(1 − t′).
    """

    def target(seen: Seen) -> Tensor:
        z, t, *told = seen
        end = (t + 1 / looks).clamp(max=1)
        middle = (t + end) / 2
        first = teacher(z, t, *told).float()
        share = ((middle - t) / (1 - t))[:, None, None, None]
        z = (share * first + (1 - share) * z).contiguous(memory_format=torch.channels_last)
        second = teacher(z, middle, *told).float()
        weight = ((1 - end) / (2 * (1 - middle)))[:, None, None, None]
        return weight * first + (1 - weight) * second

    return target
