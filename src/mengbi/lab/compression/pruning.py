"""What a channel is worth, and the network without the channels that are worth least.

A channel times 1 + ε changes the loss by ε·Σ w·∂L/∂w over the weights that read it; the square of that, a mean over
batches, is what its loss would cost to first order (Molchanov et al. 2019, "Importance estimation for neural network
pruning", equation 8 at a gate). So a channel that is large and says nothing goes, which a norm would keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.compression.channels import Group, count, cut, groups
from mengbi.lab.learner import take
from mengbi.lab.run import Run, trained
from mengbi.lab.task import Task
from mengbi.lab.turns import PRINCIPAL, Moment

BATCHES = 24
"""On which the channels are tried."""


def pruned(task: Task, parent: Checkpoint, rivals: Checkpoint, narrow: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of the network `narrow` (see `channels.narrowed`), cut out of the parent's.

    task: the parent's own; rivals: a checkpoint that holds the networks that learnt beside it.
    """
    spec, tensors = parent.state["model"], trained(parent)
    of = groups(spec)
    return cut(tensors, spec, narrow, _worth(task, spec, tensors, rivals, of))


def with_rivals(run: Run, rivals: Checkpoint) -> Run:
    """The run, those beside its principal as a checkpoint holds them."""
    for name, learner in run.learners.items():
        if name != PRINCIPAL:
            take(learner.model, rivals.tensors, f"{name}/model.")
    return run


def _worth(
    task: Task, spec: Mapping[str, Any], tensors: Mapping[str, Tensor], rivals: Checkpoint, of: Sequence[Group]
) -> list[Tensor]:
    """Of each group, float (channels,)."""
    recipe = replace(task.recipe, model=dict(spec))
    run = with_rivals(Run(recipe, task.turns, torch.device("cpu"), weights=tensors), rivals)
    weights = dict(run.model.named_parameters())
    total = [torch.zeros(count(group, tensors)) for group in of]
    stream = task.batches(0)
    for step in range(BATCHES):
        batch = task.see(*(torch.from_numpy(array) for array in next(stream).arrays))
        torch.manual_seed(step)
        generator = torch.Generator().manual_seed(step)
        for turn in task.turns:
            if turn.who == PRINCIPAL:
                moment = Moment(networks=run.networks, batch=batch, generator=generator, step=step, done=1.0)
                outcome = turn.loss(moment)
                (outcome[0] if isinstance(outcome, tuple) else outcome).mean().backward()
        for group, found in zip(of, total, strict=True):
            found += _gate(group, weights).square()
        run.model.zero_grad()
    return total


def _gate(group: Group, weights: Mapping[str, Tensor]) -> Tensor:
    """Σ w·∂L/∂w over what reads each channel, float (channels,)."""
    parts = []
    for axis in group.reads:
        weight = weights[axis.tensor]
        if weight.grad is not None and axis.tensor.endswith("weight"):
            product = (weight.detach() * weight.grad).movedim(axis.dim, 0).flatten(1).sum(1)
            parts.append(product.unflatten(0, (-1, axis.block)).sum(1))
    return torch.stack(parts).sum(0)
