"""Engines: a Plan goes in, a painting comes out step by step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mengbi.engine.shelf import found
from mengbi.errors import BriefError
from mengbi.face import Face
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Step:
    """Where a painting stands. The caller drives: not asking for the next Step is how a painting is cancelled."""

    done: float  # 0 to 1
    stage: str  # what was just done: "sky", "denoise", "brush"…
    images: NDArray[np.uint8]  # (n, h, w, 3), one for each sample; may be smaller than the picture will be
    pictures: tuple[Picture, ...] = ()  # on the last Step only


class Engine(Protocol):
    """Everything that paints."""

    name: str

    @property
    def title(self) -> str:
        """One line for `mengbi engines`."""
        ...

    @property
    def uses(self) -> frozenset[str]:
        """Fields of the Brief that it takes: of "steps", "guidance", "sampler", "negative", …"""
        ...

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Of those, what the plan takes where the brief says None: {"steps": 20, …}."""
        ...

    @property
    def weights(self) -> str:
        """Digest of what it paints with, for the Plan."""
        ...

    def paint(self, plan: Plan) -> Iterator[Step]:
        """Paints every sample of the plan; the last Step carries the Pictures, in the order of the samples.

        Raises MengbiError, before the first Step where that is possible.
        """
        ...


@runtime_checkable
class Labelled(Protocol):
    """An Engine that can paint one of some labels, and takes the words for the nearest."""

    def labels_of(self, prompt: str) -> tuple[tuple[str, float], ...]:
        """The labels and their shares, for the Plan's sample. Raises MengbiError."""
        ...


@runtime_checkable
class Portrayer(Protocol):
    """An Engine that paints faces, and takes the words for what is said of one."""

    def face_of(self, prompt: str, seed: int, wishes: Mapping[str, Any] | None) -> Face:
        """The face with nothing left open, for the Plan's sample. wishes: `Brief.face`. Raises BriefError."""
        ...

    def unknown(self, prompt: str) -> tuple[str, ...]:
        """The phrases of which it makes nothing."""
        ...


def check_words_alone(name: str, plan: Plan) -> None:
    """Raises BriefError for a plan with what an engine of that name, which paints from words alone, has no use for."""
    given = {"photo": plan.photo, "mask": plan.mask, "negative prompt": plan.negative, "sketch": plan.sketch}
    for what, value in given.items():
        if value and value not in ("auto", "none"):
            raise BriefError(f"the {name} engine has no {what}; leave it off, or choose another engine")


ENGINES: Registry[Callable[[], Engine]] = Registry("engine", more=found)


def register() -> None:
    """Our own engines, samplers and schedules, as any package registers its own."""
    from mengbi.engine import samplers, schedules

    ENGINES.register("sketch", "mengbi.engine.sketch:Sketch")
    ENGINES.register("analytic", "mengbi.engine.analytic:Analytic")
    ENGINES.register("dream", "mengbi.engine.dream:Dream")
    ENGINES.register("photo", "mengbi.engine.photo:Photo")
    ENGINES.register("avatar", "mengbi.engine.avatar:Avatar")
    for sampler in (samplers.euler, samplers.heun, samplers.multistep, samplers.ancestral):
        samplers.SAMPLERS.register(sampler.__name__, sampler)
    for schedule in (schedules.uniform, schedules.cosine, schedules.shifted, schedules.karras):
        schedules.SCHEDULES.register(schedule.__name__, schedule)
