"""A task: all that `train` has to know."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mengbi.lab.recipes import Recipe
from mengbi.lab.turns import Turn


class Batch(Protocol):
    """What a stream gives: arrays with a row an example, and the number of the example after the last."""

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]: ...

    @property
    def cursor(self) -> int: ...


Batches: TypeAlias = Callable[[int], Iterator[Batch]]
"""`batches(cursor)`: an endless stream from there; an example depends on its place in the stream alone."""
Sheet: TypeAlias = Callable[[nn.Module], NDArray[np.uint8]]
"""What a network makes of always the same, uint8 (h, w, 3), or 4 with transparency."""
Check: TypeAlias = Callable[[nn.Module], Mapping[str, float]]
"""How good a network is on what it does not learn from; the first figure is what counts, and less is better."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """What is learnt, from what, and how one sees how far it is."""

    recipe: Recipe
    turns: Sequence[Turn]
    batches: Batches
    see: Callable[..., Any]  # from the arrays of a batch, as tensors, to what the losses take
    sheet: Sheet | None = None  # of the averaged network, now and again
    check: Check | None = None  # likewise
