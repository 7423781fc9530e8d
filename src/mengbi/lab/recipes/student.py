"""The few-step student of a dream model, in three sizes: 16, 8, then 4 looks, each taught by the one before."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from mengbi.engine.dream import INTERVAL
from mengbi.engine.guidance import Guidance
from mengbi.lab.data.stream import LATE
from mengbi.lab.recipes.dream import Painting, Stage

LOOKS = (16, 8, 4)
GUIDANCE = Guidance(scale=3.0, interval=INTERVAL)

Lessons: TypeAlias = tuple[Painting, ...]


def gpu(model: Mapping[str, Any]) -> Lessons:
    """Some ten minutes of one H100."""
    return lessons(model, batch=256, steps=2000, rate=1e-4, log_every=50, save_minutes=2.0)


def cpu(model: Mapping[str, Any]) -> Lessons:
    """Some hours of a core."""
    return lessons(model, batch=16, steps=1500, rate=1e-4, log_every=25, save_minutes=5.0)


def smoke(model: Mapping[str, Any]) -> Lessons:
    """A minute: shows that everything turns."""
    return lessons(model, batch=8, steps=40, rate=3e-4, log_every=10, save_minutes=0.1)


def lessons(model: Mapping[str, Any], *, steps: int, guidance: Guidance = GUIDANCE, **changes: Any) -> Lessons:
    """A recipe each for so many looks; steps: of each. model: the teacher's, see `models.build`."""
    shared: dict[str, Any] = {
        "warmup": max(1, steps // 20),
        "decay": 1.0,  # to nothing, each time (Salimans & Ho 2022)
        "average": min(0.999, 1 - 10 / steps),
        "control_dropped": 0.5,
        "stages": (Stage(until=1.0, mix=LATE),),
        **changes,
    }
    first, *others = (Painting(model=model, steps=steps, looks=looks, **shared) for looks in LOOKS)
    return (replace(first, folded=guidance), *others)


PRESETS: dict[str, Callable[[Mapping[str, Any]], Lessons]] = {"gpu": gpu, "cpu": cpu, "smoke": smoke}
