"""Which classes are made: shares, how many are covered, divergence."""

import math

import numpy as np
import pytest

from mengbi.lab.evaluation.classes import classes


def read(counts, sure=0.99):
    """Verdicts of so many pictures of each class."""
    places = np.repeat(np.arange(len(counts)), counts)
    rest = (1 - sure) / (len(counts) - 1)
    return np.where(np.arange(len(counts)) == places[:, None], sure, rest).astype(np.float32)


def test_what_is_made_as_it_is_real_covers_all():
    found = classes(read([50, 30, 20]), read([500, 300, 200]))
    assert found["classes present"] == found["classes covered"] == 3
    assert found["KL"] == pytest.approx(0, abs=1e-9)
    assert found["shares"] == [0.5, 0.3, 0.2]


def test_one_misread_picture_makes_a_class_present_and_not_covered():
    found = classes(read([500, 499, 1]), read([100, 100, 100]))
    assert (found["classes present"], found["classes covered"]) == (3, 2)


def test_a_class_is_covered_from_a_tenth_of_its_real_share():
    rare = read([900, 100])
    assert classes(read([989, 11]), rare)["classes covered"] == 2
    assert classes(read([991, 9]), rare)["classes covered"] == 1


def test_one_class_alone_diverges_by_all_that_there_is_to_say():
    found = classes(read([80, 0, 0, 0]), read([25, 25, 25, 25]))
    assert found["KL"] == pytest.approx(2) and found["entropy"] == pytest.approx(0)
    assert classes(read([1, 1, 1, 1]), read([1, 1, 1, 1]))["entropy"] == pytest.approx(2)


def test_a_class_that_is_not_real_diverges_much_but_not_without_end():
    assert 1 < classes(read([50, 50]), read([1000, 0]))["KL"] < math.inf


def test_only_a_high_share_is_sure():
    verdicts = np.concatenate([read([30, 0], sure=0.95), read([0, 70], sure=0.8)])
    assert classes(verdicts, read([1, 1]))["sure"] == pytest.approx(0.3)
