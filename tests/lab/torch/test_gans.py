"""Painters and critics: that they are what their papers say, and that a run of each goes on as if nothing had been."""

from dataclasses import replace

import folders
import pytest
import torch
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.export import export
from mengbi.lab.gallery import grid
from mengbi.lab.log import Log
from mengbi.lab.models import build
from mengbi.lab.models.stylegan import GAIN, SLOPE, Styled, StyleGan2Critic, with_deviation
from mengbi.lab.recipes.gan import dcgan, hinge, wgan_gp
from mengbi.lab.recipes.stylegan import stylegan2
from mengbi.lab.run import last, trained
from mengbi.lab.train import train

FAMILIES = (dcgan, wgan_gp, hinge, stylegan2)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("named"))


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("grey"), said="", channels=1)


def some(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", ["dcgan", "stylegan2"])
def test_they_paint_and_judge_pictures_of_any_size_they_can_grow_to(kind):
    for size in (8, 28, 32, 64, 128):
        for channels, wishes in ((1, {}), (3, {"classes": 3}), (4, {"words": True})):
            shape = {"size": size, "channels": channels, "width": 4, **wishes}
            painter = build({"kind": kind, "latent": 6, **shape})
            critic = build({"kind": f"{kind}-critic", **shape})
            y = some(4, painter.wishes)
            picture = painter(some(4, 6), y)
            assert picture.shape == (4, channels, size, size) and picture.isfinite().all()
            assert critic(picture, y).shape == (4,)
    for size in (4, 30, 48, 100):
        with pytest.raises(BriefError, match=f"size {size} "):
            build({"kind": kind, "latent": 6, "size": size, "channels": 3, "width": 4})


@pytest.mark.parametrize("kind", ["dcgan", "stylegan2"])
def test_a_wish_changes_the_picture_and_the_verdict(kind):
    torch.manual_seed(0)
    shape = {"size": 16, "channels": 3, "width": 8, "classes": 2}
    painter, critic = build({"kind": kind, "latent": 6, **shape}).eval(), build({"kind": f"{kind}-critic", **shape})
    z, (one, other) = some(4, 6), (F.one_hot(torch.full((4,), label), 2).float() for label in (0, 1))
    assert not torch.allclose(painter(z, one), painter(z, other))
    x = some(4, 3, 16, 16)
    assert not torch.allclose(critic(x, one), critic(x, other))


def test_scaled_inputs_and_outputs_are_scaled_weights():
    torch.manual_seed(0)
    layer, x, w = Styled(6, 10, 5, 8).eval(), some(3, 6, 8, 8), some(3, 5, seed=1)
    torch.nn.init.normal_(layer.strength)
    torch.nn.init.normal_(layer.bias)
    s = layer.style(w)
    modulated = s[:, None, :, None, None] * layer.weight  # equation 1
    demodulated = modulated / (modulated.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()  # equation 3
    one_by_one = torch.cat([F.conv2d(x[n : n + 1], demodulated[n], padding=1) for n in range(3)])
    expected = F.leaky_relu(GAIN * one_by_one + layer.strength * layer.noise + layer.bias, SLOPE)
    assert torch.allclose(layer(x, w), expected, atol=1e-5)


@torch.inference_mode()
def test_whatever_the_style_numbers_stay_of_one_size():
    torch.manual_seed(0)
    layer, x = Styled(64, 64, 32, 16), some(8, 64, 16, 16)
    for scale in (0.1, 1.0, 30.0):
        assert layer(x, scale * some(8, 32)).square().mean() == pytest.approx(1, abs=0.25)


def test_noise_is_new_while_it_learns_and_always_the_same_in_the_end():
    model = build({"kind": "stylegan2", "size": 16, "channels": 3, "latent": 8, "width": 8})
    torch.nn.init.constant_(model.refining[-1].strength, 1.0)
    z, y = some(2, 8), torch.zeros(2, 0)
    assert not torch.equal(model(z, y), model(z, y))
    model.eval()
    assert torch.equal(model(z, y), model(z, y))
    assert torch.allclose(model(z, y)[:1], model(z[:1], y[:1]), atol=1e-5)  # whoever stands beside it


def test_the_critic_sees_whether_pictures_of_a_group_are_alike():
    x = some(1, 2, 4, 4).expand(4, -1, -1, -1)
    others = some(4, 2, 4, 4, seed=1)
    channel = with_deviation(torch.cat([x, others]))[:, 2]
    assert channel[:4].max() < 1e-3
    assert torch.allclose(channel[4:], others.std(0, unbiased=False).mean())


def test_verdicts_do_not_depend_on_the_scale_of_a_layer_at_the_start():
    torch.manual_seed(0)
    critic = StyleGan2Critic(size=32, channels=3, width=16)
    verdicts = critic(some(32, 3, 32, 32), torch.zeros(32, 0))
    assert verdicts.square().mean() < 4


def numbers(out):
    return {name: tensor for name, tensor in last(out).tensors.items() if not name.startswith("window")}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_that_is_broken_off_and_taken_up_ends_in_the_same_weights(family, data, tmp_path):
    task, whole, broken = family(data, "smoke"), tmp_path / "whole", tmp_path / "broken"
    train(task, whole, say=str)

    def tick(run):
        if run.step == 17:
            run.save(broken / "checkpoints")
        if run.step == 19:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(task, broken, say=str, tick=tick)
    assert train(task, broken, say=str)
    one, other = numbers(whole), numbers(broken)
    assert one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())
    facts = Log(whole).lines()[-1]
    assert {"loss", "critic loss", "spread"} <= facts.keys()
    assert ("distance" if family is wgan_gp else "right") in facts
    assert list((whole / "sheets").glob("*.png"))


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_exported_paints_as_the_trained_network_does(family, grey, tmp_path):
    task = family(grey, "smoke")
    train(replace(task, recipe=replace(task.recipe, steps=5), sheet=None), tmp_path, say=str)
    assert export(tmp_path, tmp_path / "out").is_file()  # which compares them


@pytest.mark.parametrize("family", FAMILIES)
def test_the_presets_are_named_and_fit_the_data(family, data, grey):
    for preset in ("cpu", "gpu", "smoke"):
        assert family(data, preset).recipe.model["classes"] == 2
        assert family(grey, preset).recipe.model["channels"] == 1
    with pytest.raises(BriefError, match="huge"):
        family(data, "huge")


@pytest.mark.parametrize("family", FAMILIES)
def test_larger_pictures_are_not_learnt_for_longer(family, data):
    times = []
    for size in (64, 128):
        larger = replace(data, pixels=data.pixels.repeat(size // folders.SIZE, 1).repeat(size // folders.SIZE, 2))
        recipe = family(larger, "cpu").recipe
        assert recipe.batch % 8 == 0 and recipe.steps > 1000
        times.append(recipe.batch * recipe.steps * size**2)
    assert times[0] == times[1]


def test_it_learns_how_bright_the_pictures_are(grey, tmp_path):
    task = hinge(grey, "smoke")
    recipe = replace(task.recipe, steps=300, rate=1e-3, warmup=1, average=0.95)
    train(replace(task, recipe=recipe, sheet=None), tmp_path, say=str)
    real = torch.from_numpy(grey.pixels.astype("float32") / 127.5 - 1)
    errors = []
    for weights in (None, trained(last(tmp_path))):
        model = build(recipe.model).eval()
        model.load_state_dict(weights or model.state_dict())
        with torch.inference_mode():
            picture = model(some(200, recipe.model["latent"]), torch.zeros(200, 0))
        errors.append(abs(picture.mean() - real.mean()) + abs(picture.std() - real.std()))
    assert errors[1] < 0.5 * errors[0]


def test_a_grid_is_read_row_by_row_and_ends_in_white():
    pictures = torch.arange(3, dtype=torch.uint8)[:, None, None, None].expand(3, 2, 2, 1).numpy()
    assert grid(pictures, 2)[::2, ::2, 0].tolist() == [[0, 1], [2, 255]] and grid(pictures, 2).shape == (4, 4, 3)
