"""The state of a training run: what a step changes, and what a checkpoint keeps of it."""

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mengbi.errors import AssetError, BriefError, FaultError
from mengbi.lab import checkpoint
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.learner import Learner, follow, take
from mengbi.lab.models import build
from mengbi.lab.ranks import Ranks
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.turns import PRINCIPAL, Moment, Turn

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
        turns: Sequence[Turn],
        device: torch.device,
        *,
        ranks: Ranks = Ranks(),  # noqa: B008 - frozen
        weights: Mapping[str, Tensor] | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # no one reads it; a fifth of a step on a CPU
        torch.manual_seed(recipe.seed)  # the first weights
        self.recipe, self.turns, self.device, self.ranks = recipe, turns, device, ranks
        principal = Player(model=recipe.model, rate=recipe.rate, betas=recipe.betas, clip=recipe.clip)
        self.players = {PRINCIPAL: principal, **recipe.others}
        self.learners = {
            name: Learner(
                player.model,
                device,
                betas=player.betas,
                clip=player.clip,
                prefix="" if name == PRINCIPAL else f"{name}/",
            )
            for name, player in self.players.items()
        }
        if weights is not None:
            take(self.model, weights)
        self.average = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.networks = {
            name: learner.model if recipe.others else compiled(learner.model) for name, learner in self.learners.items()
        }  # losses of games differentiate gradients, which is not compiled
        self.notes = dict(notes or {})
        self.step = self.cursor = self.halvings = 0
        self.trend = math.inf  # the loss as it lately was
        self.best, self.since = math.inf, 0  # the best check, and how many came after it
        self.seconds, self.speed = 0.0, 0.0  # of training; pictures a second, as it lately was
        self.window: dict[str, Tensor] = {}  # since the last look: of each fact its sum, and how many
        self._clock, self._looked = time.monotonic(), 0

    @property
    def model(self) -> nn.Module:
        """The network that the run is for."""
        return self.learners[PRINCIPAL].model

    def advance(self, pieces: Sequence[Any], cursor: int) -> None:
        """One step on one batch, cut in pieces as the losses take them, after which the data go on at `cursor`."""
        chance = (self.recipe.seed << 32) + self.step + (self.ranks.rank << 56)
        torch.manual_seed(chance)
        generator = torch.Generator(self.device).manual_seed(chance)
        for turn in self.turns:
            if self.step % turn.every == 0 and self.step >= turn.since * self.recipe.steps:
                self._take(turn, pieces, generator)
        kept = min(self.recipe.average, (1 + self.step) / (10 + self.step))  # the first weights are no one's average
        follow(self.average, self.model, kept)
        self.step += 1
        self.cursor = cursor

    def _take(self, turn: Turn, pieces: Sequence[Any], generator: torch.Generator) -> None:
        learner = self.learners[turn.who]
        for other in self.learners.values() if len(self.learners) > 1 else ():
            other.model.requires_grad_(other is learner)
        label = "" if turn.who == PRINCIPAL else f"{turn.who} "
        for batch in pieces:
            moment = Moment(
                networks=self.networks,
                batch=batch,
                generator=generator,
                step=self.step,
                done=self.step / self.recipe.steps,
            )
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.mixed):
                outcome = turn.loss(moment)
            loss, facts = outcome if isinstance(outcome, tuple) else (outcome, {})
            loss = loss.mean()
            (loss / len(pieces)).backward()
            self._note({f"{label}loss": loss, **facts})
        self.ranks.average([p.grad for p in learner.parameters if p.grad is not None])
        rate = self.players[turn.who].rate * self.recipe.pace(self.step) * 0.5**self.halvings
        self._note({f"{label}gradient": learner.learn(rate)})

    def _note(self, facts: Mapping[str, Tensor]) -> None:
        for name, value in facts.items():
            seen = self.window.setdefault(name, torch.zeros(2, device=self.device))
            seen += torch.stack([value.detach().float(), torch.ones((), device=self.device)])

    @property
    def rate(self) -> float:
        """Of learning, at this step."""
        return self.recipe.rate_at(self.step) * 0.5**self.halvings

    @property
    def left(self) -> float:
        """Seconds until the recipe is done; infinite before the first look."""
        return (self.recipe.steps - self.step) * self.recipe.batch / self.speed if self.speed else math.inf

    @property
    def done(self) -> bool:
        """The recipe is at its end, or no check was better for as long as its patience lasts."""
        return self.step >= self.recipe.steps or 0 < self.recipe.patience <= self.since

    def look(self) -> dict[str, float]:
        """The means since the last look, for the log. Raises Diverged."""
        facts = self._means()
        loss = facts["loss"]
        if not self.recipe.others:  # in a game no loss falls for good
            if self.trend > 0 and loss > SPIKE * self.trend:
                raise Diverged(f"a loss of {loss:.4g} after {self.trend:.4g} before step {self.step}")
            self.trend = loss if math.isinf(self.trend) else 0.9 * self.trend + 0.1 * loss
        self.window.clear()
        now = time.monotonic()
        self.speed = (self.step - self._looked) * self.recipe.batch / (now - self._clock)
        self.seconds, self._clock, self._looked = self.seconds + now - self._clock, now, self.step
        return {
            "step": self.step,
            **facts,
            "rate": self.rate,
            "pictures a second": self.speed,
            "minutes": self.seconds / 60,
        }

    def check(self, figures: Mapping[str, float], folder: Path) -> None:
        """Takes note of how good the average is; the best one is kept in `folder`. Raises OutputError, StorageError."""
        first = next(iter(figures.values()))
        if first < self.best:
            self.best, self.since = first, 0
            tensors = {f"average.{name}": tensor for name, tensor in self.average.state_dict().items()}
            if self.ranks.first:
                checkpoint.write(folder, Checkpoint(step=self.step, tensors=tensors, state=self._state()))
        else:
            self.since += 1

    def save(self, folder: Path) -> None:
        """Raises Diverged rather than save numbers that are none; OutputError, StorageError."""
        self._means()
        self.ranks.average([b for one in self.learners.values() for b in one.model.buffers() if b.is_floating_point()])
        if self.ranks.first:
            checkpoint.write(folder, self.snapshot())

    def begin(self, folder: Path) -> None:
        """Takes up what stands in `folder`, or writes the first checkpoint. Raises BriefError, AssetError."""
        found = checkpoint.newest(folder)
        if found is None:
            if self.ranks.first:
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
        if self.ranks.first:
            checkpoint.write(folder, self.snapshot())  # killed from here on, it does not forget

    def snapshot(self) -> Checkpoint:
        """Everything that the next step depends on."""
        tensors = {f"average.{name}": tensor for name, tensor in self.average.state_dict().items()}
        for learner in self.learners.values():
            tensors |= learner.tensors()
        tensors |= {f"window.{name}": seen for name, seen in self.window.items()}
        return Checkpoint(step=self.step, tensors=tensors, state=self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "cursor": self.cursor,
            "halvings": self.halvings,
            "trend": _finite(self.trend),
            "best": _finite(self.best),
            "since": self.since,
            "seconds": self.seconds,
            "samples": self.step * self.recipe.batch,
            "notes": self.notes,
            **_plain(asdict(self.recipe)),
        }

    def restore(self, found: Checkpoint) -> None:
        """Stands where the run stood when `found` was taken."""
        tensors = {name: tensor.to(self.device) for name, tensor in found.tensors.items()}
        self.step, self.cursor = found.step, found.state["cursor"]
        self.halvings = found.state["halvings"] if found.state["rate"] == self.recipe.rate else 0
        self.trend = math.inf if found.state["trend"] is None else found.state["trend"]
        self.best = math.inf if found.state.get("best") is None else found.state["best"]
        self.since = found.state.get("since", 0)
        asked = {name: note for name, note in self.notes.items() if name != "after"}  # it began where it began
        self.notes = {**found.state.get("notes", {}), **asked}
        self.seconds, self._clock, self._looked = found.state["seconds"], time.monotonic(), found.step
        kind = "window."
        self.window = {name[len(kind) :]: seen.clone() for name, seen in tensors.items() if name.startswith(kind)}
        take(self.average, tensors, "average.")
        for learner in self.learners.values():
            learner.restore(tensors)

    def _means(self) -> dict[str, float]:
        self.ranks.average(list(self.window.values()))
        means = {name: float(total / count) for name, (total, count) in self.window.items()}
        if not all(math.isfinite(mean) for mean in means.values()):
            raise Diverged(f"a loss that is no number before step {self.step}")
        return means


def compiled(model: nn.Module) -> Callable[..., Tensor]:
    """The network as it is fastest where it lies."""
    return torch.compile(model) if next(model.parameters()).is_cuda else model


def last(run: Path) -> Checkpoint:
    """The last checkpoint of the run in a folder. Raises AssetError where there is none."""
    found = checkpoint.newest(run / "checkpoints")
    if found is None:
        raise AssetError(f"{run} — no checkpoint of a training lies there; see: mengbi lab runs")
    return found


def kept(run: Path) -> Checkpoint:
    """What is kept of the run in a folder: its best weights where they were checked, else the last ones."""
    return checkpoint.newest(run / "best") or last(run)


def story(found: Checkpoint) -> str:
    """How the weights of a checkpoint came about, in a line: what they learnt last comes first."""
    state = found.state
    notes = state.get("notes", {})
    told = notes.get("command", "a run that took no notes")
    if "samples" in state:
        told += f": {state['samples']:,} pictures in {state['seconds'] / 60:,.0f} minutes"
    return "; ".join(filter(None, (told, notes.get("after"))))


def trained(found: Checkpoint) -> dict[str, Tensor]:
    """The averaged weights in a checkpoint: what is kept of a run."""
    kind = "average."
    return {name.removeprefix(kind): tensor for name, tensor in found.tensors.items() if name.startswith(kind)}


def restored(found: Checkpoint) -> nn.Module:
    """The network of a checkpoint with its averaged weights, as it is used. Raises AssetError if they do not fit."""
    model = build(found.state["model"]).eval()
    take(model, trained(found))
    return model


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _plain(value: Any) -> Any:
    """As JSON gives it back: tuples are lists."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
