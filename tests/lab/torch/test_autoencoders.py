import itertools
import math
from dataclasses import replace

import folders
import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.export import export, session
from mengbi.lab.labelled import form, see, some_dropped
from mengbi.lab.models import build
from mengbi.lab.models.vae import LEVEL, divergence, mean_picture, surprise
from mengbi.lab.models.vqvae import DEAD, Codebook, Prior, known_after, ranks
from mengbi.lab.recipes.vae import beta_vae, vae
from mengbi.lab.recipes.vqvae import vq_vae
from mengbi.lab.run import kept, last, trained
from mengbi.lab.train import train
from mengbi.lab.turns import Moment
from mengbi.lab.variational import bound_check, drawn, evidence, held


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("colour"))


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("grey"), channels=1)


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def some(count, *shape, seed=0):
    return torch.randn(count, *shape, generator=chance(seed))


def moment(model, batch, done=0.0):
    return Moment(networks={"model": model}, batch=batch, generator=chance(), step=0, done=done)


def batch_of(data, spec):
    arrays = (data.pixels[:8], data.labels[:8], *data.words.of(np.arange(8)))
    return see(*(torch.from_numpy(np.array(array)) for array in arrays), spec=spec)


def test_what_a_code_costs_is_the_divergence_of_two_normals():
    mean, logvar = some(5, 3), some(5, 3, seed=1)
    expected = kl_divergence(Normal(mean, torch.exp(logvar / 2)), Normal(torch.zeros(5, 3), 1.0)).sum(1)
    assert torch.allclose(divergence(mean, logvar), expected, atol=1e-5)


def test_black_and_white_costs_what_bernoulli_says_and_is_painted_as_its_mean():
    told, x = some(4, 1, 6, 6), torch.sign(some(4, 1, 6, 6, seed=1))
    fair = Bernoulli(logits=told)
    assert torch.allclose(surprise(x, told, None), -fair.log_prob((x + 1) / 2).sum((1, 2, 3)), atol=1e-4)
    assert torch.allclose(mean_picture(told, None), 2 * fair.mean - 1, atol=1e-6)


def test_the_256_levels_of_a_colour_share_one_probability():
    levels = (torch.arange(-100, 356) / 127.5 - 1)[:, None, None, None]  # and what the density leaves beyond them
    nats = surprise(levels, torch.full_like(levels, 0.1), torch.tensor(-1.5))
    assert torch.exp(-nats).sum() == pytest.approx(1, abs=1e-3)


def test_pictures_are_drawn_as_bright_as_they_are(data, grey):
    x = torch.full((2000, 1, 1, 1), -0.4)
    black_and_white = drawn(build(vae(grey, "smoke").recipe.model), x, chance())
    assert set(black_and_white.flatten().tolist()) == {-1.0, 1.0}
    assert black_and_white.mean() == pytest.approx(-0.4, abs=0.06)
    within = drawn(build(vae(data, "smoke").recipe.model), x, chance()) - x
    assert within.abs().max() <= LEVEL / 2 and within.abs().max() > 0.49 * LEVEL


def test_an_exact_bound_is_the_evidence_and_more_samples_say_no_less(grey):
    torch.manual_seed(0)
    model, pictures = build(vae(grey, "smoke").recipe.model), held(grey, 20)
    loose = bound_check(grey)(model)["validation"]
    known = [evidence(model, pictures, samples) for samples in (1, 8, 64)]
    assert loose + 1 > known[0] > known[1] > known[2]
    with torch.no_grad():
        model.decoder.first.weight.zero_()  # a decoder that looks at no code
        model.encoder.second.weight.zero_()
        model.encoder.second.bias.zero_()  # and an encoder that says nothing
    assert evidence(model, pictures, 8) == pytest.approx(bound_check(grey)(model)["validation"], rel=1e-5)


def test_bits_per_dimension_are_nats_of_every_number(data):
    figures = bound_check(data)(build(vae(data, "smoke").recipe.model))
    assert figures["bits per dimension"] == pytest.approx(figures["validation"] / (16 * 16 * 3) / math.log(2))
    parts = figures["reconstruction of held"] + figures["kl of held"]
    assert next(iter(figures.values())) == pytest.approx(parts)


def test_any_code_paints_what_is_wished_for_and_need_not_say_it(grey, tmp_path):
    light = np.where(grey.labels == 0, 230, 20)[:, None, None, None]
    blank = replace(grey, pixels=np.broadcast_to(light, grey.pixels.shape).astype(np.uint8))
    task = vae(blank, "smoke")
    task = replace(task, recipe=replace(task.recipe, steps=150, rate=3e-3, sheet_every=1000, average=0.9))
    train(task, tmp_path, say=str)
    model = build(task.recipe.model)
    model.load_state_dict(trained(last(tmp_path)))
    z, x = some(64, model.latent), batch_of(blank, task.recipe.model).x
    with torch.inference_mode():
        by_label = [model(z, torch.eye(2)[[label] * 64]).mean((1, 2, 3)) for label in (0, 1)]
        unsaid = model(z, torch.zeros(64, 2)).mean((1, 2, 3))
        told, untold = (
            divergence(*model.encode(x, y)).mean() for y in (torch.eye(2)[blank.labels[:8]], torch.zeros(8, 2))
        )
    assert (by_label[0] > 0).all() and (by_label[1] < 0).all()
    assert unsaid.min() < -0.5 and unsaid.max() > 0.5
    assert told < 0.5 * untold


@torch.no_grad()
def test_the_code_costs_nothing_at_first_and_beta_times_as_much_in_the_end(data):
    for make, beta in ((vae, 1.0), (beta_vae, 4.0)):
        task = make(data, "smoke")
        torch.manual_seed(0)
        model, (turn,) = build(task.recipe.model), task.turns
        model.encoder.second.bias += 1
        batch = batch_of(data, task.recipe.model)
        for done, weight in ((0.0, 0.0), (0.05, beta / 2), (0.7, beta)):
            loss, facts = turn.loss(moment(model, batch, done))
            assert loss.mean() == pytest.approx(float(facts["reconstruction"] + weight * facts["kl"]), rel=1e-5)


def test_a_wish_is_a_label_else_words_else_nothing(tmp_path, data):
    assert form(data) == {"size": 16, "channels": 3, "classes": 2, "words": False}
    batch = batch_of(data, form(data))
    assert torch.equal(batch.y.argmax(1), batch.labels) and (batch.y.sum(1) == 1).all()
    captioned = folders.dataset(tmp_path / "captions", said="captions", each=8)
    spec = form(captioned)
    assert spec["words"] and spec["classes"] == 0
    assert torch.allclose(batch_of(captioned, spec).y.norm(dim=1), torch.ones(8), atol=1e-2)
    unsaid = folders.dataset(tmp_path / "unsaid", said="", each=8)
    assert batch_of(unsaid, form(unsaid)).y.shape == (8, 0)


def test_the_share_that_was_asked_for_is_dropped():
    batch = see(
        torch.zeros(2000, 2, 2, 1), torch.zeros(2000, dtype=torch.long), torch.zeros(2000, 1, 1), None,
        spec={"classes": 3, "words": False},
    )  # fmt: skip
    assert some_dropped(batch, 0.3, chance()).y.sum(1).mean() == pytest.approx(0.7, abs=0.03)
    none = see(
        torch.zeros(1, 2, 2, 1), torch.tensor([-1]), torch.zeros(1, 1, 1), None, spec={"classes": 3, "words": False}
    )
    assert not none.y.any()


def test_each_vector_has_the_nearest_code_and_the_codes_go_to_their_vectors():
    torch.manual_seed(0)
    book, vectors = Codebook(16, 2), some(3, 40, 2)
    codes = book.nearest(vectors)
    distances = torch.cdist(vectors, book.vectors.expand(3, -1, -1))
    assert torch.equal(codes, distances.argmin(-1))
    centers = torch.tensor([[5.0, 0], [0, 5], [-5, 0], [0, -5], [5, 5], [-5, -5]])
    vectors = centers.repeat_interleave(20, 0)[None]
    generator = chance()
    for _ in range(600):
        book.follow(vectors, book.nearest(vectors), generator)
    assert torch.cdist(centers, book.vectors).min(1).values.max() < 0.3
    assert (book.counts >= DEAD).all()


def test_codes_that_nobody_needs_begin_anew_as_something_seen():
    book = Codebook(8, 2)
    vectors = some(1, 100, 2) + 50
    book.follow(vectors, torch.zeros(1, 100, dtype=torch.long), chance())
    assert torch.allclose(book.vectors[0], vectors[0].mean(0), atol=1e-4)
    assert torch.cdist(book.vectors[1:], vectors[0]).min(1).values.max() < 1e-4
    again = Codebook(8, 2)
    again.follow(vectors, torch.zeros(1, 100, dtype=torch.long), chance())
    assert torch.equal(book.vectors, again.vectors)


def test_places_are_known_in_some_order_and_in_the_end_all_are():
    for places, looks in ((49, 12), (64, 12), (256, 12), (16, 16), (4, 4), (1, 1)):
        known = known_after(places, looks)
        assert known[-1] == places and all(a < b for a, b in itertools.pairwise((0, *known)))
    assert torch.equal(ranks(some(5, 20)).sort(1).values, torch.arange(20).expand(5, -1))


def prior_of(chances):
    """A prior that knows how often each code comes, and nothing else."""
    prior = Prior(places=12, codes=len(chances), wish=0, width=32, depth=1, looks=4)
    with torch.no_grad():
        prior.out.bias.copy_(torch.tensor(chances).log())
    return prior


@torch.inference_mode()
def test_a_fresh_prior_knows_nothing_and_one_that_knows_says_what_is_true():
    codes = torch.randint(4, (3, 12), generator=chance())
    uniform = Prior(places=12, codes=4, wish=0, width=32, depth=1, looks=4)
    assert torch.allclose(
        uniform.surprise(codes, torch.zeros(3, 0), chance()), torch.full((3,), 12 * math.log(4)), rtol=1e-5
    )
    chances = [0.5, 0.25, 0.2, 0.05]
    said = prior_of(chances).surprise(codes[:1].expand(20_000, -1), torch.zeros(20_000, 0), chance()).mean()
    assert said == pytest.approx(-float(torch.tensor(chances)[codes[0]].log().sum()), rel=0.02)


@torch.inference_mode()
def test_codes_are_drawn_as_often_as_the_prior_says_and_hang_on_the_noise_alone():
    chances = [0.5, 0.25, 0.2, 0.05]
    prior, z = prior_of(chances), some(4000, 24)
    codes = prior.draw(z, torch.zeros(4000, 0))
    shares = F.one_hot(codes, 4).float().mean((0, 1))
    assert torch.allclose(shares, torch.tensor(chances), atol=0.01)
    assert torch.equal(prior.draw(z[7:9], torch.zeros(2, 0)), codes[7:9])


def test_first_the_autoencoder_learns_then_its_prior(grey):
    task = vq_vae(grey, "smoke")
    model, (turn,) = build(task.recipe.model), task.turns
    batch = batch_of(grey, task.recipe.model)
    priors = {name for name, _ in model.named_parameters() if name.startswith("prior.")}
    for done in (0.0, 0.9):
        model.zero_grad()
        book = model.codebook.vectors.clone()
        loss, facts = turn.loss(moment(model, batch, done))
        loss.mean().backward()
        learning = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
        assert learning == (priors if done else {name for name, _ in model.named_parameters()} - priors)
        assert torch.equal(book, model.codebook.vectors) == bool(done)
        assert facts["kl"].item() == pytest.approx(16 * math.log(16), rel=1e-5)  # what the fresh prior says, too


@pytest.mark.parametrize("make", [vae, beta_vae, vq_vae])
def test_it_learns_what_it_has_not_seen(make, data, tmp_path):
    task = make(data, "smoke")
    task = replace(task, recipe=replace(task.recipe, steps=60, rate=3e-3, sheet_every=1000))
    fresh = build(task.recipe.model)
    train(task, tmp_path, say=str)
    model = build(task.recipe.model)
    model.load_state_dict(trained(last(tmp_path)))
    assert task.check(model)["validation"] < 0.9 * task.check(fresh)["validation"]
    sheet = task.sheet(model)
    assert sheet.shape == ((4 + 2) * 16, 8 * 16, 3) and sheet.dtype == np.uint8
    shown = sheet[:16].reshape(16, 8, 16, 3).swapaxes(0, 1)
    assert np.array_equal(shown, data.pixels[np.flatnonzero(data.held)[:8]])


@pytest.mark.parametrize("stop", [3, 9])
@pytest.mark.parametrize("make", [vae, beta_vae, vq_vae])
def test_a_run_that_is_broken_off_and_taken_up_ends_in_the_same_weights(make, stop, data, tmp_path):
    task = make(data, "smoke")
    task = replace(task, recipe=replace(task.recipe, steps=12, check_every=4))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(task, whole, say=str)

    def tick(run):
        if run.step == stop:
            run.save(broken / "checkpoints")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(task, broken, say=str, tick=tick)
    assert train(task, broken, say=str)
    one, other = (last(out).tensors for out in (whole, broken))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_network_that_nobody_asks_anything_trains_and_is_exported(tmp_path):
    unsaid = folders.dataset(tmp_path / "unsaid", said="", each=8)
    for make in (vae, vq_vae):
        task, out = make(unsaid, "smoke"), tmp_path / make.__name__
        assert train(replace(task, recipe=replace(task.recipe, steps=10), check=None), out, say=str)
        z = some(2, build(task.recipe.model).latent).numpy()
        (picture,) = session(export(out, out / "exported").read_bytes()).run(
            None, {"z": z, "y": np.zeros((2, 0), np.float32)}
        )
        assert picture.shape == (2, 3, 16, 16)


@pytest.mark.parametrize("make", [vae, vq_vae])
def test_what_is_exported_paints_the_same_pictures(make, grey, tmp_path):
    task = make(grey, "smoke")
    train(replace(task, recipe=replace(task.recipe, steps=10)), tmp_path, say=str)
    model = build(task.recipe.model).eval()
    model.load_state_dict(trained(kept(tmp_path)))
    z, y = some(3, model.latent), torch.eye(2)[[0, 1, 1]]
    runner = session(export(tmp_path, tmp_path / "exported").read_bytes())
    (picture,) = runner.run(["picture"], {"z": z.numpy(), "y": y.numpy()})
    with torch.inference_mode():
        assert np.abs(picture - model(z, y).numpy()).max() < 1e-4
    assert picture.shape == (3, 1, 16, 16) and np.abs(picture).max() <= 1


def test_what_does_not_fit_is_said(data):
    with pytest.raises(BriefError, match="cpu, gpu, smoke"):
        vae(data, "large")
    with pytest.raises(BriefError, match="size 18 — this network halves it 2 times; take a multiple of 4"):
        build({**vae(data, "smoke").recipe.model, "size": 18})
