"""The state of a training run: what a step changes, and what a checkpoint keeps of it."""

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mengbi.errors import AssetError, BriefError, FaultError
from mengbi.lab import checkpoint
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.models import build
from mengbi.lab.objective import Loss, velocity_loss
from mengbi.lab.recipes import Recipe

SPIKE = 4.0
"""A loss so many times what it lately was means that the run has left its way."""

HALVINGS = 3
"""So often a run that left its way is taken back and goes on at half the rate."""


class Diverged(Exception):  # noqa: N818 - reads as what happened
    """The loss is no number any more, or far above what it lately was."""


class Run:
    """All that changes while training."""

    def __init__(
        self,
        recipe: Recipe,
        device: torch.device,
        *,
        loss: Loss | None = None,
        weights: Mapping[str, torch.Tensor] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.manual_seed(recipe.seed)  # the first weights
        self.recipe, self.device = recipe, device
        self.model = build(recipe.model).to(device, memory_format=torch.channels_last)
        if weights is not None:
            self.model.load_state_dict(weights)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        self.loss = loss or partial(
            velocity_loss, words_dropped=recipe.words_dropped, control_dropped=recipe.control_dropped
        )
        self.forward = compiled(self.model)
        self.notes = dict(notes or {})
        self.step = self.cursor = self.halvings = 0
        self.trend = math.inf  # the loss as it lately was
        self.seconds, self.speed = 0.0, 0.0  # of training; pictures a second, as it lately was
        self.window = torch.zeros(3, device=device)  # since the last look: loss, gradient, steps
        self._clock, self._looked = time.monotonic(), 0

    def advance(self, batch: Any, cursor: int) -> None:
        """One step on one batch, as the loss takes it, after which the data go on at `cursor`."""
        recipe = self.recipe
        generator = torch.Generator(self.device).manual_seed((recipe.seed << 32) + self.step)
        loss = self.loss(self.forward, batch, generator).mean()
        loss.backward()
        gradient = torch.nn.utils.clip_grad_norm_(self.parameters, recipe.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        kept = min(recipe.average, (1 + self.step) / (10 + self.step))  # the first weights are no one's average
        torch._foreach_lerp_(list(self.average.parameters()), [p.detach() for p in self.parameters], 1 - kept)
        self.window += torch.stack([loss.detach(), gradient, torch.ones_like(gradient)])
        self.step += 1
        self.cursor = cursor

    @property
    def rate(self) -> float:
        """Of learning, at this step."""
        return self.recipe.rate_at(self.step) * 0.5**self.halvings

    @property
    def left(self) -> float:
        """Seconds until the recipe is done; infinite before the first look."""
        return (self.recipe.steps - self.step) * self.recipe.batch / self.speed if self.speed else math.inf

    def look(self) -> dict[str, float]:
        """The means since the last look, for the log. Raises Diverged."""
        loss, gradient = self._means()
        if loss > SPIKE * self.trend:
            raise Diverged(f"a loss of {loss:.4g} after {self.trend:.4g} before step {self.step}")
        self.trend = loss if math.isinf(self.trend) else 0.9 * self.trend + 0.1 * loss
        self.window.zero_()
        now = time.monotonic()
        self.speed = (self.step - self._looked) * self.recipe.batch / (now - self._clock)
        self.seconds, self._clock, self._looked = self.seconds + now - self._clock, now, self.step
        return {
            "step": self.step,
            "loss": loss,
            "gradient": gradient,
            "rate": self.rate,
            "pictures a second": self.speed,
            "minutes": self.seconds / 60,
        }

    def save(self, folder: Path) -> None:
        """Raises Diverged rather than save numbers that are none; OutputError, StorageError."""
        self._means()
        checkpoint.write(folder, self.snapshot())

    def begin(self, folder: Path) -> None:
        """Takes up what stands in `folder`, or writes the first checkpoint. Raises BriefError, AssetError."""
        found = checkpoint.newest(folder)
        if found is None:
            checkpoint.write(folder, self.snapshot())
            return
        if found.state["model"] != _plain(self.recipe.model) or found.state["seed"] != self.recipe.seed:
            raise BriefError(f"{folder.parent} holds a run of another recipe; choose another --out")
        self.restore(found)

    def go_back(self, folder: Path, reason: Diverged) -> None:
        """To the last checkpoint, from where the rate is half. Raises FaultError the fourth time."""
        found = checkpoint.newest(folder)
        if found is None or found.state["halvings"] >= HALVINGS:
            raise FaultError(f"{reason}, {HALVINGS} times at half the rate before it; start again with a lower rate")
        self.restore(found)
        self.halvings += 1
        checkpoint.write(folder, self.snapshot())  # killed from here on, it does not forget

    def snapshot(self) -> Checkpoint:
        """Everything that the next step depends on."""
        tensors = {f"model.{name}": p for name, p in self.model.named_parameters()}
        tensors |= {f"average.{name}": p for name, p in self.average.named_parameters()}
        for name, p in self.model.named_parameters():
            tensors |= {f"adam.{key}.{name}": value for key, value in self.optimizer.state[p].items()}
        tensors["window"] = self.window
        state = {
            "cursor": self.cursor,
            "halvings": self.halvings,
            "trend": None if math.isinf(self.trend) else self.trend,
            "seconds": self.seconds,
            "samples": self.step * self.recipe.batch,
            "notes": self.notes,
            **_plain(asdict(self.recipe)),
        }
        return Checkpoint(step=self.step, tensors=tensors, state=state)

    def restore(self, found: Checkpoint) -> None:
        """Stands where the run stood when `found` was taken."""
        tensors = {name: tensor.to(self.device) for name, tensor in found.tensors.items()}
        self.step, self.cursor, self.halvings = found.step, found.state["cursor"], found.state["halvings"]
        self.trend = math.inf if found.state["trend"] is None else found.state["trend"]
        asked = {name: note for name, note in self.notes.items() if name != "after"}  # it began where it began
        self.notes = {**found.state.get("notes", {}), **asked}
        self.seconds, self._clock, self._looked = found.state["seconds"], time.monotonic(), found.step
        self.window = tensors["window"].clone()
        self.optimizer.state.clear()
        with torch.no_grad():
            for kind, module in (("model", self.model), ("average", self.average)):
                for name, p in module.named_parameters():
                    p.copy_(tensors[f"{kind}.{name}"])
        for name, p in self.model.named_parameters():
            if f"adam.step.{name}" in tensors:
                self.optimizer.state[p] = {
                    key: torch.empty_like(p).copy_(value) if value.dim() else value
                    for key in ("step", "exp_avg", "exp_avg_sq")
                    for value in (tensors[f"adam.{key}.{name}"],)
                }

    def _means(self) -> tuple[float, float]:
        loss, gradient, steps = self.window.tolist()
        if not (math.isfinite(loss) and math.isfinite(gradient)):
            raise Diverged(f"a loss that is no number before step {self.step}")
        return loss / max(steps, 1), gradient / max(steps, 1)


def compiled(model: nn.Module) -> Callable[..., torch.Tensor]:
    """The network as it is fastest where it lies."""
    return torch.compile(model) if next(model.parameters()).is_cuda else model


def last(run: Path) -> Checkpoint:
    """The last checkpoint of the run in a folder. Raises AssetError where there is none."""
    found = checkpoint.newest(run / "checkpoints")
    if found is None:
        raise AssetError(f"{run} holds no checkpoint; train first: mengbi lab train dream --out {run}")
    return found


def story(found: Checkpoint) -> str:
    """How the weights of a checkpoint came about, in a line: what they learnt last comes first."""
    state = found.state
    notes = state.get("notes", {})
    told = notes.get("command", "a run that took no notes")
    if "samples" in state:
        told += f": {state['samples']:,} pictures in {state['seconds'] / 60:,.0f} minutes"
    return "; ".join(filter(None, (told, notes.get("after"))))


def trained(found: Checkpoint) -> dict[str, torch.Tensor]:
    """The averaged weights in a checkpoint: what is kept of a run."""
    kind = "average."
    return {name.removeprefix(kind): tensor for name, tensor in found.tensors.items() if name.startswith(kind)}


def _plain(value: Any) -> Any:
    """As JSON gives it back: tuples are lists."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
