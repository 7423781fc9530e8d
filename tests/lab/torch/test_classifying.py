from dataclasses import replace

import folders
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.classifying import moved, named, naming_turns
from mengbi.lab.export import export, session
from mengbi.lab.labelled import Labelled
from mengbi.lab.models import build
from mengbi.lab.recipes.classifier import classifier
from mengbi.lab.run import kept, last, trained
from mengbi.lab.train import train
from mengbi.lab.turns import Moment


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("shapes"))


def trained_model(out):
    found = kept(out)
    model = build(found.state["model"]).eval()
    model.load_state_dict(trained(found))
    return model


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    task, out = classifier(data, "smoke"), tmp_path_factory.mktemp("run")
    assert train(replace(task, recipe=replace(task.recipe, steps=80)), out, say=str)
    return out


def test_it_names_what_it_has_not_seen(run, data):
    figures = classifier(data, "smoke").check(trained_model(run))
    assert figures["accuracy"] > 0.8
    assert next(iter(figures)) == "validation" and figures["validation"] < 0.6


def test_the_sheet_shows_what_surprises_it_most_first(run, data):
    model = trained_model(run)
    chosen = np.flatnonzero(data.held)
    logits = named(model, np.asarray(data.pixels[chosen]))
    surprise = F.cross_entropy(logits, torch.from_numpy(data.labels[chosen]), reduction="none").numpy()
    sheet = classifier(data, "smoke").sheet(model)
    assert np.array_equal(sheet[:16, :16], data.pixels[chosen[surprise.argmax()]])


def test_pictures_without_a_name_do_not_count():
    logits = torch.tensor([[3.0, 0.0], [0.0, 1.0], [5.0, -5.0]])

    def losses(labels):
        batch = Labelled(x=torch.zeros(3, 1, 28, 28), y=torch.zeros(3, 2), labels=torch.tensor(labels))
        moment = Moment(
            networks={"model": lambda _: logits}, batch=batch, generator=torch.Generator(), step=0, done=0.0
        )
        ((turn),) = naming_turns()
        loss, facts = turn.loss(moment)
        return float(loss), float(facts["named right"])

    loss, right = losses([0, 0, -1])
    expected = F.cross_entropy(logits[:2], torch.tensor([0, 0]), label_smoothing=0.05)
    assert (loss, right) == (pytest.approx(float(expected)), 0.5)
    assert losses([-1, -1, -1]) == (0, 0)


def test_a_batch_is_moved_as_one_by_a_few_pixels():
    x = torch.arange(28.0).expand(2, 1, 28, 28)
    seen = {float(moved(x, torch.Generator().manual_seed(seed))[0, 0, 14, 14]) for seed in range(60)}
    assert seen == {12.0, 13.0, 14.0, 15.0, 16.0}
    assert moved(x, torch.Generator()).shape == x.shape


def test_a_run_that_is_broken_off_and_taken_up_ends_in_the_same_weights(data, tmp_path):
    task = classifier(data, "smoke")
    task = replace(task, recipe=replace(task.recipe, steps=10, check_every=4))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(task, whole, say=str)

    def tick(run):
        if run.step == 5:
            run.save(broken / "checkpoints")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(task, broken, say=str, tick=tick)
    assert train(task, broken, say=str)
    one, other = (last(out).tensors for out in (whole, broken))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_exported_says_the_same(run, data):
    runner = session(export(run, run / "exported").read_bytes())
    x = torch.randn(5, 3, 16, 16)
    (logits,) = runner.run(["logits"], {"x": x.numpy()})
    with torch.inference_mode():
        assert np.abs(logits - trained_model(run)(x).numpy()).max() < 1e-4


def test_pictures_without_names_cannot_be_learnt_from(tmp_path):
    with pytest.raises(BriefError, match="0 names; put the pictures of each in a folder of its name"):
        classifier(folders.dataset(tmp_path, said="", each=4), "smoke")
