import pytest
import torch
from torch.nn import functional as F

from mengbi.errors import UnknownName
from mengbi.lab.models import WORD_WIDTH, WORDS, build, weigh
from mengbi.lab.models.dream import RMSNorm, rotate, rotations
from mengbi.lab.objective import examples, velocity_loss
from mengbi.lab.recipes.dream import PRESETS

SMALL = {
    "transformer": {"kind": "transformer", "size": 16, "patch": 4, "width": 64, "depth": 2, "heads": 2},
    "unet": {"kind": "unet", "size": 16, "widths": [32, 64], "blocks": [1, 1], "read": [0, 1], "attend": [1]},
}


@pytest.fixture(params=SMALL)
def network(request):
    torch.manual_seed(0)
    model = build(SMALL[request.param])
    with torch.no_grad():
        for parameter in model.parameters():  # fresh weights are zero in places: nothing would be seen
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return model


def inputs(n):
    chance = torch.Generator().manual_seed(1)
    given = torch.arange(WORDS) < torch.arange(1, n + 1)[:, None]
    vectors = F.normalize(torch.randn(n, WORDS, WORD_WIDTH, generator=chance), dim=-1)
    return (
        torch.randn(n, 3, 16, 16, generator=chance),
        torch.linspace(0, 1, n),
        vectors,
        given,
        torch.randn(n, 4, 16, 16, generator=chance),
    )


def close(one, other):
    return torch.allclose(one, other, atol=1e-5)


@torch.inference_mode()
def test_a_row_is_painted_alike_alone_and_in_company(network):
    batch = inputs(3)
    together = network(*batch)
    assert together.shape == (3, 3, 16, 16)
    for row in range(3):
        assert close(network(*(each[row : row + 1] for each in batch))[0], together[row])


@torch.inference_mode()
def test_everything_that_goes_in_is_seen(network):
    batch = inputs(2)
    x0 = network(*batch)
    for place in range(5):
        changed = [*batch]
        changed[place] = ~changed[place] if place == 3 else changed[place] * 0.5
        assert not close(network(*changed), x0), place


@torch.inference_mode()
def test_a_vector_that_is_not_given_is_not_seen(network):
    z, t, vectors, given, control = inputs(2)
    hidden = torch.where(given[..., None], vectors, torch.randn_like(vectors))
    assert close(network(z, t, hidden, given, control), network(z, t, vectors, given, control))


@torch.inference_mode()
def test_without_words_all_wishes_are_one(network):
    z, t, vectors, given, control = inputs(2)
    nothing = torch.zeros_like(given)
    assert close(network(z, t, vectors, nothing, control), network(z, t, vectors * 0, nothing, control))


@pytest.mark.parametrize("kind", SMALL)
def test_fresh_weights_paint_nothing_and_every_weight_learns(kind):
    model = build(SMALL[kind])
    assert not model(*inputs(2)).any()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(3):  # gates open one after the other
        optimizer.zero_grad()
        (model(*inputs(WORDS - 1)) - 1).square().mean().backward()
        optimizer.step()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


def test_the_presets_have_the_sizes_they_are_said_to_have():
    with torch.device("meta"):
        millions = {name: weigh(build(preset().model)) / 1e6 for name, preset in PRESETS.items()}
    assert 20 < millions["gpu"] < 24
    assert 8 < millions["cpu"] < 20
    assert millions["smoke"] < 2
    with pytest.raises(UnknownName, match="transformer"):
        build({"kind": "transformr"})


def test_the_norm_is_torchs_own():
    x, norm = torch.randn(4, 32) * 3, RMSNorm(32)
    norm.scale.data.normal_()
    assert torch.allclose(norm(x), F.rms_norm(x, (32,), norm.scale, 1e-6), atol=1e-5)


def test_a_turned_product_knows_only_how_far_apart_two_places_are():
    side, width = 5, 32
    cos, sin = rotations(side, width, words=2)
    q, k = torch.randn(2, 1, 1, 1, width)
    products = rotate(q, cos, sin)[0, 0] @ rotate(k, cos, sin)[0, 0].T
    assert torch.allclose(products[0, 1], (q * k).sum())  # words are not turned
    grid = products[2:, 2:].reshape(side, side, side, side)
    assert torch.allclose(grid[:-1, :-1, :-1, :-1], grid[1:, 1:, 1:, 1:], atol=1e-4)
    assert not torch.allclose(grid[0, 0, 0, 1], grid[0, 0, 1, 0], atol=1e-3)  # right is not down


def batch_of(n):
    chance = torch.Generator().manual_seed(2)
    pictures = torch.randint(0, 256, (n, 8, 8, 3), generator=chance, dtype=torch.uint8)
    control = torch.cat([pictures, torch.full((n, 8, 8, 1), 255, dtype=torch.uint8)], -1)
    control[0, ..., 3] = 0
    return examples(pictures, control, torch.ones(n, WORDS, WORD_WIDTH), torch.ones(n, WORDS, dtype=torch.bool))


def test_pixels_become_numbers_from_minus_one_to_one_and_a_sketch_is_nothing_where_it_is_not_given():
    batch = batch_of(4)
    assert batch.x.shape == (4, 3, 8, 8) and batch.control.shape == (4, 4, 8, 8)
    assert -1 <= batch.x.min() < -0.95 and 0.95 < batch.x.max() <= 1
    assert not batch.control[0].any()
    assert torch.equal(batch.control[1, :3], batch.x[1]) and (batch.control[1, 3] == 1).all()


def loss_of(model, batch, words_dropped=0.0, control_dropped=0.0):
    chance = torch.Generator().manual_seed(3)
    return velocity_loss(model, batch, chance, words_dropped=words_dropped, control_dropped=control_dropped)


def test_who_knows_the_picture_loses_nothing_and_an_error_counts_as_the_velocity_it_makes():
    batch = batch_of(64)
    assert loss_of(lambda *_: batch.x, batch).max() == 0
    wrong = loss_of(lambda z, t, *_: batch.x + 0.5 * (1 - t)[:, None, None, None], batch)
    assert torch.allclose(wrong, torch.tensor(0.25), rtol=1e-4)


def test_times_follow_the_logistic_normal_and_the_share_that_was_asked_for_is_dropped():
    seen = {}

    def model(z, t, vectors, given, control):
        seen.update(t=t, given=given, control=control)
        return z

    batch = batch_of(4000)
    loss_of(model, batch, words_dropped=0.1, control_dropped=0.7)
    logit = torch.logit(seen["t"])
    assert abs(logit.mean() + 0.8) < 0.05 and abs(logit.std() - 0.8) < 0.05
    assert 0.08 < 1 - seen["given"].any(1).float().mean() < 0.12
    assert 0.67 < (~seen["control"].flatten(1).any(1)).float().mean() < 0.73
    assert torch.equal(seen["given"].any(1), seen["given"].all(1))
