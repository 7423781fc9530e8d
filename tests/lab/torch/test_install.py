import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_ports import NETWORKS, run_of

from mengbi.engine import ENGINES
from mengbi.engine.onnx_file import check
from mengbi.engine.own import Own
from mengbi.errors import BriefError, OutputError
from mengbi.lab import sampling
from mengbi.lab.card import facts_of
from mengbi.lab.install import install
from mengbi.lab.recipes import Recipe
from mengbi.lab.task import Task
from mengbi.lab.train import train
from mengbi.lab.turns import PRINCIPAL, Turn
from mengbi.noise import generator
from mengbi.pipeline import paint

UNET = {"kind": "unet", "size": 16, "widths": [32, 32], "blocks": [1, 1], "read": [1], "attend": [1]}
MADE = Path(__file__).parents[2] / "engine" / "own"
COLORS = ((1.0, -1.0, -1.0), (-1.0, 1.0, -1.0), (-1.0, -1.0, 1.0))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    return tmp_path


class Labels:
    def __init__(self, cursor):
        self.arrays, self.cursor = (generator(1, cursor).integers(3, size=8),), cursor + 8


def flat_colors(out):
    """A generator that learns to paint its label's colour."""

    def loss(moment):
        y = torch.nn.functional.one_hot(moment.batch, 3).float()
        picture = moment.networks[PRINCIPAL](torch.randn(len(y), 8, generator=moment.generator), y)
        return (picture - torch.tensor(COLORS)[moment.batch][..., None, None]).square().mean((1, 2, 3))

    def stream(cursor):
        while True:
            yield Labels(cursor)
            cursor += 8

    recipe = Recipe(model=NETWORKS["dcgan"], batch=8, steps=150, rate=1e-2, warmup=10, average=0.9, log_every=50)
    train(Task(recipe=recipe, turns=(Turn(who=PRINCIPAL, loss=loss),), batches=stream, see=lambda y: y), out, say=str)


def test_what_was_trained_is_an_engine_that_paints_what_the_words_name(tmp_path, mengbi):
    flat_colors(tmp_path / "run")
    out = install(tmp_path / "run", "my-colors", title="three colours", labels=("red", "green", "blue"),
                  data={"source": "flat colours", "licence": "CC0-1.0"})  # fmt: skip
    assert out == tmp_path / "models" / "my-colors"
    check((out / "model.onnx").read_bytes())
    facts = facts_of((out / "card.md").read_text("utf-8"))
    assert (facts["steps"], facts["names"], facts["data"]["licence"]) == (150, ["red", "green", "blue"], "CC0-1.0")
    file = tmp_path / "a.png"
    wish = ("paint", "a green one", "--engine", "my-colors", "--seed", 1, "--size", "64x64")
    code, _, said = mengbi(*wish, "--out", file)
    assert code == 0, said
    red, green, blue = np.asarray(Image.open(file)).reshape(-1, 3).mean(0)
    assert green > 200
    assert max(red, blue) < 60
    code, shown, _ = mengbi("show", file)
    assert code == 0
    assert "green 100%" in shown
    assert "my-colors" in mengbi("engines")[1]
    code, _, _ = mengbi("repeat", file, "--out", tmp_path / "b.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "b.png")), np.asarray(Image.open(file)))


def test_a_network_that_sees_behind_noise_paints_as_its_recipe_says(tmp_path):
    install(run_of(UNET, tmp_path / "run"), "my-painter")
    engine = Own("my-painter")
    assert engine.defaults["style"] == "none"
    assert not engine.defaults["sketch"]
    picture = paint("a cat", engine="my-painter", size=(64, 64), seed=1, steps=2)
    assert np.array_equal(paint("a cat", engine="my-painter", size=(64, 64), seed=1, steps=2).pixels, picture.pixels)


@pytest.mark.parametrize("name", ["stylegan2 of words", "vqvae", "dcgan of anything", "vae"])
def test_every_network_that_paints_becomes_an_engine(name, tmp_path):
    install(run_of(NETWORKS[name], tmp_path / "run"), "mine")
    picture = paint("2", engine="mine", size=(64, 64), seed=1)
    labels = picture.plan.samples[0].labels
    assert labels == ((("2", 1.0),) if NETWORKS[name].get("classes") else ())
    other = paint("2", engine="mine", size=(64, 64), seed=2)
    assert not np.array_equal(picture.pixels, other.pixels)


@pytest.mark.parametrize("spec", [UNET, NETWORKS["stylegan2 of words"]])
def test_a_network_that_was_told_labels_as_words_reads_words(spec, tmp_path):
    out = install(run_of(spec, tmp_path / "run"), "mine", labels=("circle", "square"))
    assert facts_of((out / "card.md").read_text("utf-8"))["names"] == ["circle", "square"]
    circle, square = (paint(words, engine="mine", size=(64, 64), seed=1) for words in ("circle", "square"))
    assert circle.plan.samples[0].labels == ()
    assert not np.array_equal(circle.pixels, square.pixels)


def test_the_engine_of_another_run_keeps_its_name(tmp_path):
    one, other = (run_of(NETWORKS["dcgan of anything"], tmp_path / name) for name in ("one", "other"))
    out = install(one, "mine")
    before = (out / "model.onnx").read_bytes()
    with pytest.raises(BriefError, match=r"--as mine — an engine of another run has this name .* with --anyway"):
        install(other, "mine")
    assert (out / "model.onnx").read_bytes() == before
    assert install(one, "mine", title="anew") == out
    (out / "card.md").unlink()  # nobody knows whose it is
    with pytest.raises(BriefError, match="how it was made is unknown"):
        install(one, "mine")


def test_a_wish_that_is_no_label_is_answered_with_the_one_that_an_engine_would_take(tmp_path):
    hand = replace(sampling.take_up(run_of(NETWORKS["dcgan"], tmp_path / "run")), names=("1", "7", "9"))
    assert sampling.wished(hand, "7").tolist() == [0, 1, 0]
    for wish, said in (
        ("seven", r"no label 'seven'; did you mean '7'\?"),
        ("elephant", "'elephant'; choose from 1, 7, 9"),
    ):
        with pytest.raises(BriefError, match=said):
            sampling.wished(hand, wish)


def test_a_run_takes_its_own_place_anew_and_a_mistake_leaves_it(tmp_path):
    run = run_of(NETWORKS["dcgan"], tmp_path / "run")
    install(run, "mine", labels=("a", "b", "c"))
    before = Own("mine").weights
    for wish, said in (
        ({"name": "dream"}, "an engine of Mengbi has this name; choose another, for example my-dream"),
        ({"name": "../mine"}, "letters, digits"),
        ({"name": ""}, "letters, digits"),
        ({"name": "mine", "labels": ("a", "b")}, "2 labels for a network that learnt 3"),
    ):
        with pytest.raises(BriefError, match=said):
            install(run, **wish)
    with pytest.raises(BriefError, match="a classifier does not paint"):
        install(run_of(NETWORKS["classifier"], tmp_path / "other"), "mine")
    assert Own("mine").weights == before
    install(run, "mine", labels=("x", "y", "z"))
    assert Own("mine").weights != before
    (tmp_path / "models" / "mine" / "diary.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"diary\.txt"):
        install(run, "mine")
    assert ENGINES.names()[-1] == "mine"


def test_the_small_networks_of_the_engines_tests_are_what_their_script_makes():
    made = runpy.run_path(str(MADE / "make.py"))
    assert made["colors"]() == (MADE / "colors.onnx").read_bytes()
    assert made["orange"]() == (MADE / "orange.onnx").read_bytes()
