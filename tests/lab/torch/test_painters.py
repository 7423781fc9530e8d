from dataclasses import replace

import folders
import numpy as np
import pytest
import torch

from mengbi.engine.dream import Dream, load
from mengbi.errors import BriefError
from mengbi.lab.diffusing import WEIGHT, noise_loss, see, told_of
from mengbi.lab.export import export
from mengbi.lab.models import build
from mengbi.lab.objective import Examples
from mengbi.lab.recipes.painters import ddpm, flow, network
from mengbi.lab.run import last, trained
from mengbi.lab.train import train
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.style import Style


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("shapes"), channels=1)


def examples(n):
    return Examples(
        x=torch.rand(n, 3, 4, 4) * 2 - 1,
        vectors=torch.zeros(n, 8, 512),
        given=torch.ones(n, 8, dtype=torch.bool),
        control=torch.zeros(n, 4, 4, 4),
    )


def test_who_knows_the_picture_loses_nothing_and_an_error_counts_as_the_noise_that_it_makes():
    batch, times = examples(512), {}

    def wrong(z, t, *_):
        times["t"] = t
        return batch.x + 0.1

    assert noise_loss(0.0)(lambda *_: batch.x, batch, torch.Generator().manual_seed(0)).max() == 0
    loss, t = noise_loss(0.0)(wrong, batch, torch.Generator().manual_seed(0)), times["t"]
    noise_error = 0.1 * t / (1 - t)  # of (z − t·x̂) / (1 − t)
    assert torch.allclose(loss, noise_error.square().clamp(max=WEIGHT * 0.1**2), rtol=1e-3)
    assert torch.atan(t / (1 - t)).mean() == pytest.approx(np.pi / 4, abs=0.05)  # the cosine's angle is uniform


def test_words_are_dropped_as_asked_and_there_is_never_a_sketch():
    told = {}

    def model(z, t, vectors, given, control):
        told.update(given=given, control=control)
        return z

    noise_loss(0.3)(model, examples(4000), torch.Generator().manual_seed(0))
    assert 1 - told["given"].all(1).float().mean() == pytest.approx(0.3, abs=0.03)
    assert not told["control"].any()


def test_grey_pictures_are_seen_in_colour(data):
    arrays = (data.pixels[:3], data.labels[:3], *data.words.of(np.arange(3)))
    batch = see(*(torch.from_numpy(np.array(array)) for array in arrays))
    assert batch.x.shape == (3, 3, 16, 16) and batch.control.shape == (3, 4, 16, 16)
    assert torch.equal(batch.x[:, 0], batch.x[:, 2]) and batch.given[:, 0].all()


def test_a_sheet_asks_for_every_name_or_for_what_was_said_or_for_anything(data, tmp_path):
    box, disc = told_of(data)
    assert not np.array_equal(box.vectors, disc.vectors) and box.given[0]
    captioned = folders.dataset(tmp_path / "captions", said="captions", each=4)
    assert len(told_of(captioned)) == 2
    unsaid = folders.dataset(tmp_path / "unsaid", said="", each=4)
    assert len(told_of(unsaid)) == 8 and not any(one.given.any() for one in told_of(unsaid))
    task = flow(unsaid, "smoke")
    torch.manual_seed(0)
    sheet = task.sheet(build(task.recipe.model))
    assert sheet.shape == (8 * 16, 4 * 16, 3)


@pytest.fixture(scope="module", params=[flow, ddpm])
def run(request, data, tmp_path_factory):
    task, out = request.param(data, "smoke"), tmp_path_factory.mktemp("run")
    assert train(replace(task, sheet=None), out, say=str)
    return task, out


def test_it_learns_what_it_has_not_seen(run):
    task, out = run
    model = build(task.recipe.model)
    fresh = task.check(model)["validation"]
    model.load_state_dict(trained(last(out)))
    assert task.check(model)["validation"] < 0.8 * fresh
    assert task.check(model) == task.check(model)


def test_the_engine_dream_opens_what_is_exported_and_paints_with_it_as_it_says(run):
    task, out = run
    path = export(out, out / "exported")
    assert load(path).defaults.items() >= task.recipe.defaults.items()
    style = Style(name="none", title="", title_zh="", sentence="")
    samples = (Sample(seed=1, prompt="disc", scene=Scene()), Sample(seed=2, prompt="disc", scene=Scene()))
    plan = Plan(
        version="0", engine="dream", weights="", size=(16, 16), samples=samples, style=style, steps=3, sketch="none"
    )
    one, other = ([p.pixels for p in list(Dream(path).paint(plan))[-1].pictures] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert one[0].shape[:2] == (16, 16) and not np.array_equal(*one)


@pytest.mark.parametrize("make", [flow, ddpm])
def test_a_run_that_is_broken_off_and_taken_up_ends_in_the_same_weights(make, data, tmp_path):
    task = make(data, "smoke")
    task = replace(task, recipe=replace(task.recipe, steps=8), sheet=None, check=None)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(task, whole, say=str)

    def tick(state):
        if state.step == 6:
            state.save(broken / "checkpoints")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(task, broken, say=str, tick=tick)
    assert train(task, broken, say=str)
    one, other = (last(out).tensors for out in (whole, broken))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_networks_fit_the_usual_sizes_and_say_which_they_do_not_fit(data, tmp_path):
    for size in (16, 28, 32, 64, 96, 128, 256):
        spec = network(size, 48, 1)
        model = build(spec).to("meta")
        assert size // spec["patch"] <= 32 and model.size == size
    with pytest.raises(BriefError, match="size 50"):
        network(50, 48, 1)
    with pytest.raises(BriefError, match="transparent"):
        flow(folders.dataset(tmp_path, channels=4, each=4), "smoke")
