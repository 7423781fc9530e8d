"""The game of two (Goodfellow et al. 2014): what the critic and the painter learn in their turns, each by its own loss.

A Verdict turns what the critic says, float (n,), above 0 where a picture looks real, into losses. What one says is
logged in words that `watch.diagnose` reads: "right", the share of verdicts on the right side of 0, and "spread", how
much what is made varies over how much real pictures do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from mengbi.lab.augment import adapt, adaptive, differentiable
from mengbi.lab.labelled import Labelled, some_dropped
from mengbi.lab.objective import Network
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn

CRITIC = "critic"
UNSAID = 0.1
"""Share of the pictures of which nothing is said, so that one can be asked for without a wish."""
ALIKE = 1e-3
"""Difference of two pictures below which it counts no more."""
PATHS_REMEMBERED = 0.99
"""What is kept of the mean length of paths, a turn."""

Change: TypeAlias = Callable[[Moment, Tensor], Tensor]
"""What the critic is shown in place of pictures float (n, c, h, w), real and made alike; see `augment`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Verdict:
    """What the two learn from the verdicts on real and on made pictures."""

    critic: Callable[[Tensor, Tensor], Tensor]  # (real, made) -> its loss
    painter: Callable[[Tensor], Tensor]  # made -> its loss
    facts: Callable[[Tensor, Tensor], Mapping[str, Tensor]]  # (real, made) -> how the game stands


def _right(real: Tensor, made: Tensor) -> Mapping[str, Tensor]:
    return {"right": ((real > 0).float().mean() + (made <= 0).float().mean()) / 2}


SATURATING_NEVER = Verdict(  # the painter raises log D(G(z)) (Goodfellow et al. 2014, section 3)
    critic=lambda real, made: F.softplus(-real).mean() + F.softplus(made).mean(),
    painter=lambda made: F.softplus(-made).mean(),
    facts=_right,
)
HINGE = Verdict(  # Lim & Ye 2017, "Geometric GAN"
    critic=lambda real, made: F.relu(1 - real).mean() + F.relu(1 + made).mean(),
    painter=lambda made: -made.mean(),
    facts=_right,
)
WASSERSTEIN = Verdict(  # Arjovsky et al. 2017; its zero means nothing, so no verdict is right
    critic=lambda real, made: made.mean() - real.mean(),
    painter=lambda made: -made.mean(),
    facts=lambda real, made: {"distance": real.mean() - made.mean()},
)


def unchanged(_: Moment, x: Tensor) -> Tensor:
    """A Change that is none."""
    return x


def augmented(moment: Moment, x: Tensor) -> Tensor:
    """The Change of DiffAugment."""
    return differentiable(x, moment.generator)


def adaptively(moment: Moment, x: Tensor) -> Tensor:
    """The Change of ADA, with the likelihood that the critic holds."""
    return adaptive(x, moment.generator, cast(Any, moment.networks[CRITIC]).p)


def critic_turn(
    verdict: Verdict,
    *,
    change: Change = unchanged,
    gradient: float = 0.0,
    until: float = 0.0,
    unsaid: float = UNSAID,
    since: float = 0.0,
) -> Turn:
    """The critic learns to tell real pictures from made ones.

    gradient: weight of its gradient penalty (Gulrajani et al. 2017, λ); until: steps in which ADA's likelihood may rise
    to 1, 0: it stays as it is; unsaid: share of the pictures of which it is told nothing; since: see Turn.
    """

    def loss(moment: Moment) -> Outcome:
        critic, batch = moment.networks[CRITIC], some_dropped(moment.batch, unsaid, moment.generator)
        fake = paint(moment, batch)
        seen, seen_fake = change(moment, batch.x), change(moment, fake)
        real, made = critic(seen, batch.y), critic(seen_fake, batch.y)
        facts = {**verdict.facts(real, made), "spread": spread(fake, batch.labels) / spread(batch.x, batch.labels)}
        total = verdict.critic(real, made)
        if gradient:
            steepness = gradient_penalty(critic, seen, seen_fake, batch.y, moment.generator)
            total, facts["penalty"] = total + gradient * steepness, steepness
        if until:
            network = cast(Any, critic)
            adapt(network.p, network.sign, real, until)
            facts["p"] = network.p.clone()
        return total, facts

    return Turn(who=CRITIC, loss=loss, since=since)


def painter_turn(verdict: Verdict, *, change: Change = unchanged, every: int = 1, seeking: float = 0.0) -> Turn:
    """The painter learns to be taken for real, through the critic and what it is shown.

    seeking: weight of how alike two pictures of one wish are (Mao et al. 2019, "Mode seeking generative adversarial
    networks"): told what to paint, a painter may forget chance and paint one picture of each wish. Each two differ
    by a share of what their points do, and it learns from the inverse.
    """

    def loss(moment: Moment) -> Outcome:
        batch = some_dropped(moment.batch, UNSAID, moment.generator)
        z, painter = draw_points(moment), moment.networks[PRINCIPAL]
        made = painter(z, batch.y)
        taken = verdict.painter(moment.networks[CRITIC](change(moment, made), batch.y))
        if not (seeking and batch.y.shape[1]):
            return taken
        other = draw_points(moment)
        apart = (made - painter(other, batch.y)).abs().mean() / (z - other).abs().mean()
        return taken + seeking / (apart + ALIKE), {"apart": apart}

    return Turn(who=PRINCIPAL, loss=loss, every=every)


def paint(moment: Moment, batch: Labelled) -> Tensor:
    """Pictures of what a batch wishes for, at points that are drawn anew."""
    return moment.networks[PRINCIPAL](draw_points(moment), batch.y)


def draw_points(moment: Moment) -> Tensor:
    """z, standard normal, a row for each picture of the batch."""
    x, latent = moment.batch.x, cast(Any, moment.networks[PRINCIPAL]).latent
    return torch.randn(len(x), latent, generator=moment.generator, device=x.device)


def gradient_penalty(critic: Network, real: Tensor, fake: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """(‖∇D‖ − 1)² between real and made pictures, its mean (Gulrajani et al. 2017): a distance grows by 1 a step."""
    share = torch.rand(len(real), 1, 1, 1, generator=generator, device=real.device)
    between = torch.lerp(real, fake.detach(), share).requires_grad_()
    return (steepness(critic, between, y).sqrt() - 1).square().mean()


def r1(*, weight: float, change: Change = unchanged, every: int = 16, since: float = 0.0) -> Turn:
    """‖∇D‖² · γ/2 at real pictures (Mescheder et al. 2018), seldom but so much the more (Karras et al. 2020, lazily).

    weight: γ; since: see Turn.
    """

    def loss(moment: Moment) -> Outcome:
        x = change(moment, moment.batch.x).requires_grad_()
        penalty = steepness(moment.networks[CRITIC], x, moment.batch.y).mean()
        return penalty * weight / 2 * every, {"penalty": penalty}

    return Turn(who=CRITIC, loss=loss, every=every, since=since)


def steepness(critic: Network, x: Tensor, y: Tensor) -> Tensor:
    """‖∇D‖² of each picture, float32 (n,), through which the critic can learn."""
    (gradient,) = torch.autograd.grad(critic(x, y).sum(), x, create_graph=True)
    return gradient.float().square().sum((1, 2, 3)) + 1e-12  # whose root has a slope everywhere


def path_length(*, weight: float, every: int = 8) -> Turn:
    """A step in the space of styles shall change the picture equally much everywhere (Karras et al. 2020, section 3.2).

    For a network with `style`, `paint` and the buffer `path`.
    """

    def loss(moment: Moment) -> Outcome:
        painter = cast(Any, moment.networks[PRINCIPAL])
        w = painter.style(draw_points(moment), moment.batch.y)
        picture = painter.paint(w)
        noise = torch.randn(picture.shape, generator=moment.generator, device=picture.device)
        direction = noise / (picture.shape[2] * picture.shape[3]) ** 0.5
        (gradient,) = torch.autograd.grad((picture * direction).sum(), w, create_graph=True)
        lengths = gradient.float().square().sum(1).sqrt()
        painter.path.lerp_(lengths.detach().mean(), 1 - PATHS_REMEMBERED)
        penalty = (lengths - painter.path).square().mean()
        return penalty * weight * every, {"path": lengths.mean()}

    return Turn(who=PRINCIPAL, loss=loss, every=every)


def spread(pictures: Tensor, labels: Tensor) -> Tensor:
    """How far pictures of a batch are from the mean of those with their label, root of the mean square.

    Not from the mean of all: a painter that has one picture for each label would seem to vary.
    """
    x = pictures.detach().float().flatten(1)
    alike = (labels[:, None] == labels).float()
    return (x - alike / alike.sum(1, keepdim=True) @ x).square().mean().sqrt() + 1e-6
