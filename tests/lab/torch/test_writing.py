from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from mengbi.errors import AssetError, BriefError
from mengbi.lab import writing
from mengbi.lab.checkpoint import newest
from mengbi.lab.data.text import cut
from mengbi.lab.export import disagreement, export, read_weights, to_onnx
from mengbi.lab.models import build
from mengbi.lab.recipes.text import lstm, transformer
from mengbi.lab.run import last, restored, trained
from mengbi.lab.train import train
from mengbi.lab.writing import UNKNOWN_BITS, as_step, bits_a_character, draw, open_writer, write

VERSE = "tiger tiger burning bright\nin the forests of the night\n"
FAMILIES = {"lstm": lstm, "transformer": transformer}
VOCABULARY = {"letters": "\n abcdefg", "merges": [[3, 4], [5, 6]]}
NETWORKS = {
    "lstm": {"kind": "lstm", "vocabulary": VOCABULARY, "width": 32, "depth": 2},
    "gpt": {"kind": "gpt", "vocabulary": VOCABULARY, "width": 32, "depth": 2, "heads": 4, "reach": 8},
}


@pytest.fixture(scope="module")
def data():
    return cut(VERSE * 60, source="tiger")


@pytest.fixture(params=NETWORKS)
def model(request):
    torch.manual_seed(0)
    return build(NETWORKS[request.param]).eval()


def small(task, **changes):
    return replace(task, sheet=None, recipe=replace(task.recipe, log_every=5, **changes))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_that_was_stopped_ends_in_the_same_weights_bit_for_bit(data, tmp_path, family):
    task = small(FAMILIES[family](data, "smoke"), steps=12, check_every=6)
    train(task, tmp_path / "whole", say=str)
    stops = iter([False] * 5 + [True] * 100)

    def halt(_run):
        if next(stops):
            raise KeyboardInterrupt

    parted = replace(task, recipe=replace(task.recipe, save_minutes=0.0))
    with pytest.raises(KeyboardInterrupt):
        train(parted, tmp_path / "parted", say=str, tick=halt)
    assert 0 < newest(tmp_path / "parted" / "checkpoints").step < 12
    train(parted, tmp_path / "parted", say=str)
    one, other = (last(tmp_path / name) for name in ("whole", "parted"))
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_learns_to_write_what_it_read_and_goes_on_in_onnx_runtime(data, tmp_path, family):
    task = small(FAMILIES[family](data, "smoke"), steps=250, rate=5e-3, check_every=125, batch=16)
    train(task, tmp_path, say=str)
    model = restored(last(tmp_path))
    assert bits_a_character(model, data) < 0.6
    text = "".join(write(as_step(model), data.vocabulary, "\ntiger", length=51, temperature=0))
    assert "tiger" + text == VERSE + VERSE[:1]
    step, vocabulary = open_writer(export(tmp_path, tmp_path / "out"))
    assert vocabulary == data.vocabulary
    for seed in (1, 2):
        wish = {"begin": "the ", "length": 60, "temperature": 1.0, "seed": seed}
        assert list(write(step, vocabulary, **wish)) == list(write(as_step(model), data.vocabulary, **wish))
    spec, weights = read_weights(tmp_path / "out" / "model.onnx")
    build(spec).load_state_dict(weights)
    assert all(torch.equal(weights[name], tensor) for name, tensor in trained(last(tmp_path)).items())


def test_the_file_writes_as_the_network_does(model):
    spec = NETWORKS["gpt" if hasattr(model, "blocks") else "lstm"]
    assert disagreement(to_onnx(model, spec), model) < 1e-5


def test_a_text_read_piece_by_piece_is_the_text_read_at_once(model):
    tokens = torch.randint(1, 10, (3, 8), generator=torch.Generator().manual_seed(0))
    whole, after = model(tokens, model.start(3))
    state, parts = model.start(3), []
    for at in range(8):
        logits, state = model(tokens[:, at : at + 1], state)
        parts.append(logits)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)
    assert torch.allclose(state, after, atol=1e-5)


def test_nothing_is_known_of_what_comes_later(model):
    tokens = torch.randint(1, 10, (1, 8), generator=torch.Generator().manual_seed(0))
    other = tokens.clone()
    other[:, 5:] = 11 - other[:, 5:]
    one, two = (model(each, model.start(1))[0] for each in (tokens, other))
    assert torch.equal(one[:, :5], two[:, :5])
    assert not torch.allclose(one[:, 5:], two[:, 5:])


def test_the_memory_of_a_transformer_slides_and_stays_as_long():
    model = build(NETWORKS["gpt"]).eval()
    state = model.start(1)
    for _ in range(20):
        _, state = model(torch.ones(1, 3, dtype=torch.int64), state)
    assert state.shape == (1, 8, 2, 2, 32)


class Even(torch.nn.Module):
    """Knows nothing: every piece is as likely as any other."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces, self.any = pieces, torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens, state):
        return torch.zeros(*tokens.shape, self.pieces), state

    def start(self, n):
        return torch.zeros(n)


@pytest.mark.parametrize("count", [0, 40])
def test_bits_a_character_are_those_of_a_code_of_the_text(data, count):
    data = data if not count else cut(VERSE * 60, count, source="tiger")
    told = data.held[1:].tolist()
    wanted = np.log2(len(data.vocabulary)) * len(told) / len(data.vocabulary.decode(told))
    assert bits_a_character(Even(len(data.vocabulary)), data) == pytest.approx(wanted, rel=1e-5)


def test_an_unknown_character_costs_which_one_it_is(data):
    strange = replace(data, held=np.where(np.arange(len(data.held)) % 2 == 0, 0, data.held).astype(np.uint16))
    cost = bits_a_character(Even(len(data.vocabulary)), strange) - bits_a_character(Even(len(data.vocabulary)), data)
    share = np.mean(strange.held[1:] == 0)
    assert cost == pytest.approx(UNKNOWN_BITS * share, rel=1e-5)


def test_what_is_drawn_follows_temperature_and_nucleus():
    logits = np.log(np.array([0.9, 0.05, 0.03, 0.02]))  # the first is the unknown one
    chances = (np.arange(1000) + 0.5) / 1000
    drawn = np.bincount([draw(logits, 1.0, 1.0, chance) for chance in chances], minlength=4)
    assert drawn.tolist() == [0, 500, 300, 200]
    assert {draw(logits, 0, 1.0, chance) for chance in chances} == {1}
    assert {draw(logits, 1.0, 0.75, chance) for chance in chances} == {1, 2}
    assert {draw(logits, 1.0, 0.4, chance) for chance in chances} == {1}
    hot = np.bincount([draw(logits, 10.0, 1.0, chance) for chance in chances], minlength=4)
    assert hot[3] > 300


def test_the_same_seed_writes_the_same(model):
    step, vocabulary = as_step(model), model.vocabulary
    one, again = ("".join(write(step, vocabulary, "a", length=50, seed=3)) for _ in range(2))
    assert one == again != "".join(write(step, vocabulary, "a", length=50, seed=4))
    assert "".join(islice(write(step, vocabulary, "a", seed=3), 50)) == one


def test_a_wish_that_cannot_be_met_is_refused_in_one_line(model, data, tmp_path):
    def ask(**wish):
        return next(write(as_step(model), model.vocabulary, **wish))

    for wish, said in (
        ({"begin": "猫a"}, "'猫' — never met in what was learnt from; begin with letters like abcdefg"),
        ({"begin": ""}, "nothing to begin with"),
        ({"begin": "a", "temperature": -1}, "temperature -1 — 0"),
        ({"begin": "a", "top_p": 0}, "top-p 0 — above 0"),
        ({"begin": "a", "temperature": float("nan")}, "temperature nan"),
    ):
        with pytest.raises(BriefError, match=said):
            ask(**wish)
    with pytest.raises(BriefError, match="did you mean 'smoke'"):
        lstm(data, "smok")
    (tmp_path / "other.onnx").write_bytes(b"no network")
    with pytest.raises(AssetError, match="no network that writes"):
        open_writer(tmp_path / "other.onnx")


def test_a_sheet_shows_what_it_writes_in_both_writings():
    vocabulary = {"letters": "\nab春眠", "merges": []}
    torch.manual_seed(0)
    model = build({"kind": "lstm", "vocabulary": vocabulary, "width": 16}).eval()
    picture = writing.sheet(model, model.vocabulary)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert 0.005 < (picture < 128).mean() < 0.5
    assert np.array_equal(picture, writing.sheet(model, model.vocabulary))
