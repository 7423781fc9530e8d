"""Nats as bits."""

import math

import pytest

from mengbi.lab.evaluation.likelihood import bits_per_dim


def test_bits_are_nats_over_what_is_said():
    assert bits_per_dim(-784 * math.log(2), 784) == pytest.approx(1)
    assert bits_per_dim(-3072 * math.log(256), 3072) == pytest.approx(8)  # every level alike
