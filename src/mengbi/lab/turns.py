"""Turns: who learns in a step, and by which loss.

A network alone has one turn a step. In a game of two (Goodfellow et al. 2014) the critic has its turn and the painter
its own, each with an optimiser and at a pace of its own; while one learns, the others stand still.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from mengbi.lab.objective import Loss, Network

PRINCIPAL = "model"
"""The network that a run is for, among those that learn: it is averaged, painted with and exported."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moment:
    """What a loss is told. What training changes beside weights lies in buffers of a network: checkpoints keep them."""

    networks: Mapping[str, Network]  # by name, the principal and the others of the recipe
    batch: Any  # as the task sees it
    generator: torch.Generator  # seeded by the step, as torch's own chance is
    step: int  # steps done before this one
    done: float  # share of the run that is behind, 0 to 1


Outcome: TypeAlias = Tensor | tuple[Tensor, Mapping[str, Tensor]]
"""A loss, float32 () or (n,), of which the mean is learnt; and facts for the log, each of one number."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Turn:
    """One network's learning in a step."""

    who: str  # a name of Moment.networks
    loss: Callable[[Moment], Outcome]
    every: int = 1  # steps from one such turn to the next
    since: float = 0.0  # share of the run that must be behind


def alone(loss: Loss) -> Sequence[Turn]:
    """The turns of a network that learns by itself."""
    return (Turn(who=PRINCIPAL, loss=lambda moment: loss(moment.networks[PRINCIPAL], moment.batch, moment.generator)),)
