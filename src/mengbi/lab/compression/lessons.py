"""Runs that make a trained network smaller, by the ordinary trainer: what is left of it learns on, or learns from it.

prune     the channels that are worth least go (see `pruning`), and what is left learns on by its own recipe, beside
          those that learnt beside it
distill   the same beginning, and then it learns to do what the whole network does: of the same point the same picture
          (a GAN, a VAE, whose encoders shall agree too), of a picture the same belief, softened (Hinton et al. 2015);
          a network that writes begins anew, narrower
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab import checkpoint
from mengbi.lab.adversarial import UNSAID, draw_points
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.classifying import moved
from mengbi.lab.compression import DISTILL, PRUNE
from mengbi.lab.compression.channels import narrowed, part
from mengbi.lab.compression.pruning import pruned, with_rivals
from mengbi.lab.distill import teacher_of
from mengbi.lab.labelled import some_dropped
from mengbi.lab.models.vae import Vae, divergence
from mengbi.lab.run import Run, kept, last, restored, story
from mengbi.lab.task import Task
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn

WARM = 0.05
"""Share of the run over which the rate rises: it begins with weights that are good already."""
RATE = 1e-3
"""Of a student at least: it has no game to keep in balance."""
SOFT = 4.0
"""Temperature at which beliefs are compared (Hinton et al. 2015, section 3)."""
TOLD = 0.1
"""Weight of the labels beside those beliefs."""
WRITERS = ("lstm", "gpt")


def smaller(how: str, share: float, parent: Path, task: Task, out: Path) -> Task:
    """The task of a run in `out` that makes the network of the run `parent` smaller; it is begun if it is not yet.

    task: the parent's own, with the steps of this run; share: of the channels, that is kept. Raises BriefError for a
    network that cannot be made smaller so, AssetError.
    """
    begun = checkpoint.newest(out / "checkpoints")
    if begun is None:
        teacher = teacher_of(out, kept(parent)) if how == DISTILL else kept(parent)
        narrow = narrower(how, teacher.state["model"], share)
    else:
        teacher = teacher_of(out, None) if how == DISTILL else begun
        narrow = begun.state["model"]
    changed = _changed(how, task, teacher, narrow)
    if begun is None:
        _begin(task, changed, teacher, last(parent), out)
    return changed


def narrower(how: str, spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    """The network that is to be. Raises BriefError for one that cannot be made smaller so."""
    if how == DISTILL and spec["kind"] in WRITERS:
        heads = spec.get("heads", 1)
        return {**spec, "width": heads * max(1, part(spec["width"], share) // heads)}
    return narrowed(spec, share)


def _changed(how: str, task: Task, teacher: Checkpoint, narrow: Mapping[str, Any]) -> Task:
    """The task with the narrow network, and with the turns of a student."""
    recipe = replace(task.recipe, model=dict(narrow), warmup=max(1, round(WARM * task.recipe.steps)))
    if how == PRUNE:
        return replace(task, recipe=recipe)
    if how != DISTILL:
        raise BriefError(f"{how!r} — choose from {PRUNE}, {DISTILL}")
    alone = replace(recipe, others={}, rate=max(RATE, recipe.rate))
    return replace(task, recipe=alone, turns=_lessons(restored(teacher)))


def _begin(task: Task, changed: Task, parent: Checkpoint, rivals: Checkpoint, out: Path) -> None:
    """Writes the first checkpoint: the channels that are worth most, and who learns beside them as they were."""
    spec, narrow = parent.state["model"], changed.recipe.model
    weights = None if spec["kind"] in WRITERS else pruned(task, parent, rivals, narrow)
    run = Run(changed.recipe, changed.turns, torch.device("cpu"), weights=weights, notes={"after": story(parent)})
    checkpoint.write(out / "checkpoints", with_rivals(run, rivals).snapshot())


def _lessons(teacher: nn.Module) -> Sequence[Turn]:
    """The turn of a student of this network. Raises BriefError for one that has none."""
    lessons: Mapping[str, Callable[[Any, Moment], Outcome]] = {
        "generator": _codes if isinstance(teacher, Vae) else _pictures,
        "classifier": _beliefs,
        "writer": _words,
    }
    kind = cast(Any, teacher).ports().kind
    if kind not in lessons:
        raise BriefError(f"a {kind} has no student here; take --how dynamic or static")
    teacher.requires_grad_(False)
    return (Turn(who=PRINCIPAL, loss=lambda moment: lessons[kind](teacher.to(moment.generator.device), moment)),)


def _pictures(teacher: nn.Module, moment: Moment) -> Outcome:
    """|x̂ − x|, a mean over the pixels: of the same point and the same wish the same picture."""
    batch = some_dropped(moment.batch, UNSAID, moment.generator)
    z = draw_points(moment)
    student = cast(nn.Module, moment.networks[PRINCIPAL])
    student.train(any(isinstance(layer, nn.BatchNorm2d) for layer in student.modules()))  # else it draws noise
    with torch.no_grad():
        wanted = teacher(z, batch.y)
    return (student(z, batch.y) - wanted).abs().mean((1, 2, 3))


def _codes(teacher: Vae, moment: Moment) -> Outcome:
    """The pictures of both, and KL between what both encoders believe, of a nat as much as of a grey level."""
    student, batch = cast(Vae, moment.networks[PRINCIPAL]), some_dropped(moment.batch, 0.5, moment.generator)
    with torch.no_grad():
        mean, logvar = teacher.encode(batch.x, batch.y)
    own_mean, own_logvar = (each.float() for each in student.encode(batch.x, batch.y))
    apart = divergence((own_mean - mean) * torch.exp(-logvar / 2), own_logvar - logvar)
    noise = torch.randn(mean.shape, generator=moment.generator, device=mean.device)
    half = (torch.arange(len(mean), device=mean.device) % 2 == 0)[:, None]
    z = torch.where(half, noise, mean + torch.exp(logvar / 2) * noise)  # of the prior, and of pictures
    with torch.no_grad():
        wanted = teacher(z, batch.y)
    error = (student(z, batch.y) - wanted).abs().mean((1, 2, 3))
    return error + apart / 256, {"kl of codes": apart.mean()}


def _beliefs(teacher: nn.Module, moment: Moment) -> Outcome:
    x = moved(moment.batch.x, moment.generator)
    logits = moment.networks[PRINCIPAL](x).float()
    with torch.no_grad():
        wanted = teacher(x).float()
    told = F.cross_entropy(logits, moment.batch.labels, ignore_index=-1, reduction="none")
    return (1 - TOLD) * _softly(logits, wanted) + TOLD * told


def _words(teacher: nn.Module, moment: Moment) -> Outcome:
    student, tokens = cast(Any, moment.networks[PRINCIPAL]), moment.batch
    told, next_ones = tokens[:, :-1], tokens[:, 1:]
    logits = student(told, student.start(len(told)))[0].float()
    with torch.no_grad():
        wanted = cast(Any, teacher)(told, cast(Any, teacher).start(len(told)))[0].float()
    learnt = F.kl_div(logits.log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction="none").sum(-1)
    return (learnt + F.cross_entropy(logits.transpose(1, 2), next_ones, reduction="none")).mean(1) / 2


def _softly(logits: Tensor, wanted: Tensor) -> Tensor:
    """T²·KL of the beliefs at temperature T, float (n,)."""
    belief, truth = ((each / SOFT).log_softmax(1) for each in (logits, wanted))
    return SOFT**2 * F.kl_div(belief, truth, log_target=True, reduction="none").sum(1)
