"""Enlarging is learnt in the same loop as painting: the same checkpoints, export and card."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from test_commands_of_the_lab import call

from mengbi.engine.upscale import Network
from mengbi.errors import AssetError, BriefError
from mengbi.lab import enlarging
from mengbi.lab.card import facts_of
from mengbi.lab.data.large import HELD, LEAF, SIDE, Pool
from mengbi.lab.export import exported, read_weights, session
from mengbi.lab.models import build
from mengbi.lab.recipes.upscale import PRESETS, Lesson, restoring
from mengbi.lab.run import last, trained
from mengbi.lab.ship_upscaler import ship_upscaler


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A pool of discs and boxes."""
    out = tmp_path_factory.mktemp("pool")
    chance = np.random.default_rng(0)
    for number in range(HELD + 1):
        crops = [_shapes(chance) for _ in range(LEAF)]
        np.save(out / f"{number:05}.npy", np.stack(crops))
    credit = {"source": "shapes", "by": ["us"], "license": "CC0-1.0", "pictures": 1}
    notes = {"leaves": HELD + 1, "digest": "5" * 64, "credits": [credit]}
    (out / "pool.json").write_text(json.dumps(notes))
    return out


def _shapes(chance):
    small = chance.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    grey = Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return np.asarray(grey.rotate(float(chance.uniform(0, 90)), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def pool(folder):
    return Pool(folder)


def lesson(steps, **changes):
    small = PRESETS["smoke"]()
    return Lesson(recipe=replace(small.recipe, steps=steps, sheet_every=1000, **changes), side=small.side)


@pytest.fixture(scope="module")
def run(pool, tmp_path_factory):
    """A run of 120 steps, with what a command would have noted."""
    out = tmp_path_factory.mktemp("run")
    notes = {"command": "mengbi lab train upscale --preset smoke", "machine": "an abacus"}
    assert enlarging.train(lesson(120, rate=2e-3), pool, out, notes=notes, say=str)
    return out


def model_of(run):
    found = last(run)
    model = build(found.state["model"]).eval()
    model.load_state_dict(trained(found))
    return model


def test_a_fresh_network_enlarges_bilinearly_and_restores_nothing():
    picture = np.asarray(Image.fromarray(_shapes(np.random.default_rng(1))).resize((20, 24)))
    for each in (PRESETS["smoke"](), restoring(PRESETS["smoke"]())):
        (made,) = enlarging.enlarge(build(each.recipe.model), [picture])
        size = (20 * each.scale, 24 * each.scale)
        plain = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR), int)
        assert np.abs(made - plain).mean() < 2


def test_it_learns_what_it_never_saw(run, pool):
    wanted = lesson(120)
    fresh = enlarging.measure(build(wanted.recipe.model), wanted, pool)["PSNR, dB"]
    found = enlarging.measure(model_of(run), wanted, pool)["PSNR, dB"]
    assert found["Lanczos"] == fresh["Lanczos"]
    assert found["ours"] > fresh["ours"] + 0.05


def test_a_run_that_is_broken_off_and_taken_up_ends_in_the_same_weights(pool, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    enlarging.train(lesson(12), pool, whole, say=str)

    def tick(state):
        if state.step == 7:
            state.save(broken / "checkpoints")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enlarging.train(lesson(12), pool, broken, say=str, tick=tick)
    assert enlarging.train(lesson(12), pool, broken, say=str)
    one, other = (last(out).tensors for out in (whole, broken))
    assert all(torch.equal(one[name], other[name]) for name in one if name != "window")


@pytest.mark.parametrize("make", [lambda each: each, restoring])
def test_the_exported_network_is_the_trained_one_of_any_shape(make, tmp_path, pool):
    wanted = make(lesson(10))
    enlarging.train(wanted, pool, tmp_path, say=str)
    network, model = Network(session(exported(last(tmp_path)))), model_of(tmp_path)
    assert (network.scale, network.reach) == (wanted.scale, (1 if wanted.scale > 1 else 2) * 4)
    picture = pool.held[0][:46, :70]
    work = network.work(picture, network.scale)
    with pytest.raises(StopIteration) as end:
        while True:
            next(work)
    (expected,) = enlarging.enlarge(model, [picture])
    assert np.abs(end.value.value.astype(int) - expected).max() <= 1


def test_what_is_shipped_is_a_network_its_digest_and_a_card_that_says_how_it_was_made(run, pool, tmp_path):
    out = tmp_path / "upscale"
    said = ship_upscaler(run, out, pool)
    data, card = (out / "model.onnx").read_bytes(), (out / "card.md").read_text("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    assert (out / "digest").read_text() == f"{digest}\n" and digest[:12] in said
    spec, tensors = read_weights(out / "model.onnx")
    assert spec == PRESETS["smoke"]().recipe.model
    assert all(torch.equal(tensors[name], tensor) for name, tensor in trained(last(run)).items())
    facts = facts_of(card)
    assert facts["digest"] == digest and facts["pool"] == pool.digest
    for words in ("mengbi lab train upscale --preset smoke", "an abacus", "120 steps", "| shapes | 1 | CC0-1.0 | us |"):
        assert words in card
    assert facts["evaluation"]["PSNR, dB"]["ours"] == pytest.approx(
        enlarging.measure(model_of(run), Lesson(recipe=lesson(120).recipe, side=48), pool)["PSNR, dB"]["ours"]
    )


def test_better_weights_are_not_replaced_by_worse_ones_unless_asked(run, pool, tmp_path):
    out = tmp_path / "upscale"
    ship_upscaler(run, out, pool)
    standing = (out / "digest").read_text()
    worse = tmp_path / "worse"
    enlarging.train(lesson(10), pool, worse, say=str)
    with pytest.raises(BriefError, match="dB stand there"):
        ship_upscaler(worse, out, pool)
    assert (out / "digest").read_text() == standing
    ship_upscaler(worse, out, pool, anyway=True)
    assert (out / "digest").read_text() != standing


def test_the_commands_train_go_on_with_what_was_shipped_export_and_ship(folder, tmp_path):
    options = ("--preset", "smoke", "--pack", folder, "--device", "cpu", "--steps", 10)
    for name in ("upscale", "restore"):
        out = tmp_path / name
        assert "step 10 " in call("train", name, "--out", out / "run", *options)
        assert last(out / "run").state["notes"]["command"] == f"mengbi lab train {name} --preset smoke --steps 10"
        assert list((out / "run" / "sheets").glob("*.png"))
        assert "MiB" in call("ship", out / "run", "--out", out / "weights", "--pack", folder)
        assert "MiB" in call("export", out / "run", out / "floats")
        call("train", name, "--out", out / "more", "--from", out / "weights" / "model.onnx", *options)
        assert "smoke" in last(out / "more").state["notes"]["after"]


def test_without_a_pool_it_says_how_to_make_one(tmp_path):
    with pytest.raises(AssetError, match="mengbi lab data upscale"):
        call("train", "upscale", "--out", tmp_path / "run", "--pack", tmp_path / "nothing")
    assert not (tmp_path / "run").exists()
