import math

import pytest
import torch
from torch import nn

from mengbi.lab.adversarial import (
    CRITIC,
    HINGE,
    SATURATING_NEVER,
    WASSERSTEIN,
    adaptively,
    critic_turn,
    gradient_penalty,
    painter_turn,
    path_length,
    r1,
)
from mengbi.lab.labelled import Labelled
from mengbi.lab.turns import PRINCIPAL, Moment


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


class Plane(nn.Module):
    """A critic whose gradient is (1, 1, …) · slope everywhere."""

    def __init__(self, slope, offset=0.0):
        super().__init__()
        self.slope, self.offset = nn.Parameter(torch.tensor(slope)), offset
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("sign", torch.zeros(()))

    def forward(self, x, y):
        return self.slope * x.sum((1, 2, 3)) + self.offset


class Painter(nn.Module):
    """Paints its style, which is z, as a picture of 2 × 2 pixels, so many times as strong."""

    latent = 4

    def __init__(self, size=1.0):
        super().__init__()
        self.size, self.mapping = nn.Parameter(torch.tensor(size)), nn.Parameter(torch.ones(()))
        self.register_buffer("path", torch.zeros(()))

    def forward(self, z, y):
        return self.paint(self.style(z, y))

    def style(self, z, y):
        return z * self.mapping

    def paint(self, w):
        return (self.size * w).unflatten(1, (1, 2, 2))


def moment(painter, critic, x):
    batch = Labelled(x=x, y=torch.zeros(len(x), 0), labels=torch.zeros(len(x), dtype=torch.long))
    networks = {PRINCIPAL: painter, CRITIC: critic}
    return Moment(networks=networks, batch=batch, generator=chance(), step=0, done=0.0)


def picture(n=8):
    return torch.randn(n, 1, 2, 2, generator=chance(1))


def test_who_does_not_know_pays_two_bits_and_who_knows_nothing():
    nothing, much = torch.zeros(5), torch.full((5,), 50.0)
    assert SATURATING_NEVER.critic(nothing, nothing) == pytest.approx(2 * math.log(2))
    assert SATURATING_NEVER.critic(much, -much) == pytest.approx(0, abs=1e-6)
    assert SATURATING_NEVER.painter(-much) == pytest.approx(50)  # where the saturating loss has no slope left
    assert HINGE.critic(nothing, nothing) == 2 and HINGE.critic(much, -much) == 0
    assert WASSERSTEIN.critic(much, nothing) == -50 and WASSERSTEIN.painter(much) == -50


def test_the_log_hears_how_many_verdicts_are_right():
    real, made = torch.tensor([1.0, 1, 1, -1]), torch.tensor([-1.0, -1, 1, 1])
    assert HINGE.facts(real, made)["right"] == pytest.approx((0.75 + 0.5) / 2)
    assert WASSERSTEIN.facts(real, made) == {"distance": real.mean() - made.mean()}


def test_the_log_hears_how_much_what_is_made_varies():
    x = picture(4000)
    for size in (0.05, 0.5, 1.0):
        _, facts = critic_turn(HINGE).loss(moment(Painter(size), Plane(1.0), x))
        assert facts["spread"] == pytest.approx(size, rel=0.03)


def test_a_gradient_of_length_one_costs_nothing():
    real, made, y = picture(), picture() + 1, torch.zeros(8, 0)
    for slope, length in ((0.5, 1.0), (1.5, 3.0), (0.0, 0.0)):
        penalty = gradient_penalty(Plane(slope), real, made, y, chance()).item()
        assert penalty == pytest.approx((length - 1) ** 2, abs=1e-5)
    critic = Plane(1.5)
    gradient_penalty(critic, real, made, y, chance()).backward()
    assert critic.slope.grad == pytest.approx(2 * (3 - 1) * 2)  # and the critic learns from it
    total, facts = critic_turn(WASSERSTEIN, gradient=10.0).loss(moment(Painter(), Plane(1.5), real))
    plain, _ = critic_turn(WASSERSTEIN).loss(moment(Painter(), Plane(1.5), real))
    assert facts["penalty"].item() == pytest.approx(4)
    assert (total - plain).item() == pytest.approx(40, rel=1e-4)


def test_r1_comes_seldom_and_weighs_so_much_the_more():
    turn = r1(weight=3.0, every=16)
    loss, facts = turn.loss(moment(Painter(), Plane(0.5), picture()))
    assert turn.every == 16 and turn.who == CRITIC
    assert facts["penalty"].item() == pytest.approx(4 * 0.25) and loss.item() == pytest.approx(3.0 / 2 * 16)


def test_paths_are_measured_and_their_mean_is_kept():
    torch.manual_seed(0)
    painter, turn = Painter(3.0), path_length(weight=2.0, every=4)
    for _ in range(400):
        loss, facts = turn.loss(moment(painter, Plane(1.0), picture(64)))
    # of a random direction at the picture, half of it a pixel: E‖Jᵀy‖ = 3/2 · E χ₄
    expected = 1.5 * math.sqrt(2) * math.gamma(2.5) / math.gamma(2)
    assert facts["path"].item() == pytest.approx(expected, rel=0.1)
    assert painter.path == pytest.approx(facts["path"].item() * (1 - 0.99**400), rel=0.01)
    painter.size.grad = None
    loss.backward()
    assert painter.size.grad.isfinite() and loss > 0


def test_the_painter_learns_through_the_critic_and_one_stands_still_while_the_other_learns():
    painter, critic = Painter(), Plane(1.0)
    critic.requires_grad_(False)
    painter_turn(HINGE, every=5).loss(moment(painter, critic, picture())).backward()
    assert painter.size.grad is not None and critic.slope.grad is None
    critic.requires_grad_(True)
    painter.requires_grad_(False)
    painter.size.grad = None
    critic_turn(HINGE).loss(moment(painter, critic, picture()))[0].backward()
    assert painter.size.grad is None and critic.slope.grad is not None


def test_a_sure_critic_sees_ever_more_changed_pictures():
    sure = Plane(0.0, offset=2.0)
    turn = critic_turn(SATURATING_NEVER, change=adaptively, until=50)
    seen = [float(turn.loss(moment(Painter(), sure, picture()))[1]["p"]) for _ in range(60)]
    assert seen[0] == 0 and seen == sorted(seen) and seen[-1] > 0.7


def test_of_some_pictures_nothing_is_said():
    asked = []

    def note(_, y):
        asked.append(y)
        return y.sum(1)

    said = Labelled(x=picture(4000), y=torch.ones(4000, 1), labels=torch.zeros(4000, dtype=torch.long))
    networks = {PRINCIPAL: Painter(), CRITIC: note}
    painter_turn(HINGE).loss(Moment(networks=networks, batch=said, generator=chance(), step=0, done=0.0))
    assert asked[0].mean() == pytest.approx(0.9, abs=0.02)
