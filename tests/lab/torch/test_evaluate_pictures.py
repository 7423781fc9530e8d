"""Evaluating what is made: against generators whose faults are known, seen by a network that sees pixels."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mengbi.errors import BriefError, UnknownName
from mengbi.lab.evaluation import features
from mengbi.lab.evaluation.features import Network, look_once, open_network
from mengbi.lab.evaluation.pictures import evaluate_pictures

SIDE = 6


def pixels(pictures):
    return np.asarray(pictures, np.float32).reshape(len(pictures), -1)[:, ::6] / 255


EYES = Network(
    name="eyes", see=pixels, digest="0", frechet="FD-eyes", kernel="KD-eyes", about="every sixth pixel", known=10_000
)


def drawn(seed, n, kinds=3):
    """Pictures of three kinds, by where they are bright."""
    chance = np.random.default_rng(seed)
    kind = chance.integers(0, kinds, n)
    made = chance.integers(0, 120, (n, SIDE, SIDE, 1))
    made[np.arange(n), 2 * kind] += 120
    return made.astype(np.uint8)


def read(pictures):
    """Which of the rows is the brightest: surely."""
    bright = np.asarray(pictures, np.float32)[:, ::2].mean(axis=(2, 3))
    return np.float32(np.eye(3)[bright.argmax(axis=1)])


TRAIN, HELD = drawn(100, 900), drawn(101, 600)


def evaluated(sample, **given):
    given = {"features": [EYES], "classifier": read, "names": ["high", "middle", "low"], "n": 200} | given
    return evaluate_pictures(sample, TRAIN, HELD, **given)


def test_what_is_as_the_real_is_as_far_as_the_floor():
    found = evaluated(drawn).figures["figures"]
    for name in ("precision-eyes", "coverage-eyes", "nearest-eyes", "sure", "entropy"):
        assert found[name]["made"] == pytest.approx(found[name]["real"], rel=0.25)
    assert found["FD-eyes"]["made"] < 3 * found["FD-eyes"]["real"]
    assert found["KD-eyes"]["made"] == pytest.approx(0, abs=0.02)
    assert found["classes covered"]["made"] == 3
    assert found["copies-eyes"]["made"] < 0.05


def test_copies_of_training_pictures_are_found():
    def copied(seed, n):
        return TRAIN[np.random.default_rng(seed).choice(len(TRAIN), n)]

    found = evaluated(copied).figures["figures"]
    assert found["copies-eyes"]["made"] == 1.0 > found["copies-eyes"]["real"]
    assert found["nearest-eyes"]["made"] < 0.01 * found["nearest-eyes"]["real"]


def test_what_is_not_made_is_missed():
    found = evaluated(partial(drawn, kinds=2))
    figures = found.figures["figures"]
    assert figures["classes covered"]["made"] == 2 < figures["classes covered"]["real"]
    assert figures["recall-eyes"]["made"] < figures["recall-eyes"]["real"] - 0.1
    assert figures["FD-eyes"]["made"] > 10 * figures["FD-eyes"]["real"]
    shares = found.figures["classes"]
    assert shares["made"][2] < 0.02 and shares["real"][2] > 0.25


def test_three_seeds_are_sampled_and_their_mean_is_the_figure():
    asked = []

    def sample(seed, n):
        asked.append((seed, n))
        return drawn(seed, n)

    found = evaluated(sample).figures
    assert asked == [(0, 200), (1, 200), (2, 200)]
    one = found["figures"]["FD-eyes"]
    assert len(set(one["seeds"])) == 3 and one["made"] == pytest.approx(np.mean(one["seeds"]))
    assert one["made_deviation"] == pytest.approx(np.std(one["seeds"], ddof=1))


def test_the_figures_are_json_and_the_same_each_time():
    first, second = (json.dumps(evaluated(drawn).figures, allow_nan=False) for _ in range(2))
    assert first == second


def test_the_sheets_show_what_was_made_first_and_what_is_nearest():
    sheets = {sheet.title: sheet for sheet in evaluated(drawn).sheets}
    assert set(sheets) == {
        "Made", "Real", "Nearest to the training pictures: made", "Nearest to the training pictures: held back",
        "What is made of each class", "Hard to read",
    }  # fmt: skip
    ((_, shown),) = sheets["Made"].rows
    assert (shown[:SIDE, :SIDE] == drawn(0, 200)[0]).all()


def test_a_pair_is_a_picture_and_its_training_picture():
    copied = evaluated(lambda seed, n: np.repeat(TRAIN[7:8], n, axis=0))
    ((_, shown),) = next(each for each in copied.sheets if each.title.endswith(": made")).rows
    assert (shown[:SIDE, :SIDE] == TRAIN[7]).all() and (shown[:SIDE, SIDE : 2 * SIDE] == TRAIN[7]).all()


def test_without_a_classifier_there_are_no_classes():
    found = evaluated(drawn, classifier=None)
    assert "classes" not in found.figures and "classes covered" not in found.figures["figures"]


def test_few_pictures_and_a_part_of_the_training_pictures_are_noted():
    whole = replace(EYES, see=lambda pictures: np.asarray(pictures, np.float32).reshape(len(pictures), -1))
    assert evaluated(drawn).figures["notes"] == []
    few, part = evaluated(drawn, features=[replace(whole, known=300)], n=30).figures["notes"]
    assert "fewer than the 36 features" in few and "300 of the 900" in part


@pytest.mark.parametrize("n", [301, 5, 0])
def test_more_than_half_of_the_held_back_pictures_cannot_be_asked_for(n):
    with pytest.raises(BriefError, match=f"n={n} — two halves of the 600 held-back pictures are 300 each"):
        evaluated(drawn, n=n)


@pytest.mark.parametrize("n", [None, 5, 6])
def test_too_few_held_back_pictures_are_told_with_how_many_are_needed(n):
    with pytest.raises(BriefError, match=r"pictures held back: 11 — 12 are needed, .* a folder test, .* train"):
        evaluate_pictures(drawn, TRAIN, HELD[:11], features=[EYES], n=n)
    assert evaluate_pictures(drawn, TRAIN, HELD[:12], features=[EYES], n=6).figures["n"] == 6


@pytest.mark.parametrize("change", [lambda made: made[:-1], lambda made: made[:, :4], lambda made: made / 255])
def test_what_is_made_must_be_as_the_real(change):
    with pytest.raises(BriefError, match=r"it must be uint8 \(200, 6, 6, 1\)"):
        evaluated(lambda seed, n: change(drawn(seed, n)))


def test_features_of_real_pictures_that_took_long_are_looked_up_the_next_time(tmp_path, monkeypatch):
    asked = []

    def see(pictures):
        asked.append(len(pictures))
        return pixels(pictures)

    monkeypatch.setattr(features, "CACHE", tmp_path)
    eyes = replace(EYES, see=see)
    look_once(eyes, HELD, lambda *_: None)
    assert list(tmp_path.iterdir()) == []  # that was quick
    monkeypatch.setattr(features, "LONG", -1.0)
    first, second = (look_once(eyes, HELD, lambda *_: None) for _ in range(2))
    assert sum(asked) == 2 * len(HELD) and (first == second).all()
    look_once(replace(eyes, digest="1"), HELD, lambda *_: None)  # other weights see anew
    look_once(eyes, HELD[:-1], lambda *_: None)
    assert sum(asked) == 4 * len(HELD) - 1


def test_a_network_is_opened_by_its_name():
    with pytest.raises(UnknownName, match="lite0"):
        open_network("lite1")
    with pytest.raises(BriefError, match="write lite0 alone"):
        open_network("lite0:file")
