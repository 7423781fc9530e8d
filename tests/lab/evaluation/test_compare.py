"""Kernel distance, precision, recall, density and coverage, against answers known in closed form or by brute force."""

import numpy as np
import pytest

from mengbi.errors import BriefError
from mengbi.lab.evaluation import compare
from mengbi.lab.evaluation.compare import frechet, kernel_distance, manifold, overlap


def rows(seed, count=300, width=12, move=0.0):
    return (np.random.default_rng(seed).standard_normal((count, width)) + move).astype(np.float32)


def by_hand(made, real):
    """The definitions, picture by picture."""

    def apart(a, b):
        return float(np.linalg.norm(a.astype(np.float64) - b))

    def ball(rows, place, k):
        return sorted(apart(rows[place], other) for at, other in enumerate(rows) if at != place)[k - 1]

    near, far = [ball(real, at, 3) for at in range(len(real))], [ball(real, at, 5) for at in range(len(real))]
    around = [ball(made, at, 3) for at in range(len(made))]
    pairs = [(m, r, apart(made[m], real[r])) for m in range(len(made)) for r in range(len(real))]
    return {
        "precision": len({m for m, r, far_ in pairs if far_ <= near[r]}) / len(made),
        "recall": len({r for m, r, far_ in pairs if far_ <= around[m]}) / len(real),
        "density": sum(far_ <= far[r] for m, r, far_ in pairs) / 5 / len(made),
        "coverage": len({r for m, r, far_ in pairs if far_ <= far[r]}) / len(real),
    }


def test_the_kernel_distance_of_two_gaussians_is_that_of_their_moments():
    # for one feature (xy + 1)³ compares three moments: Σ C(3, j) (mⱼ − m′ⱼ)², of N(0, 1): 0, 1, 0, of N(1, 1): 1, 2, 4
    found, scatter = kernel_distance(rows(1, 200_000, 1), rows(2, 200_000, 1, move=1.0))
    assert found == pytest.approx(3 * 1 + 3 * 1 + 16, abs=4 * scatter / np.sqrt(compare.SUBSETS))


def test_the_kernel_distance_of_two_points_is_that_of_the_formula():
    u, v = np.float32([[1, 2, 0]]), np.float32([[0, 1, 3]])
    found, scatter = kernel_distance(np.repeat(u, 9, axis=0), np.repeat(v, 7, axis=0))
    assert found == pytest.approx((5 / 3 + 1) ** 3 + (10 / 3 + 1) ** 3 - 2 * (2 / 3 + 1) ** 3, rel=1e-5)
    assert scatter == pytest.approx(0, abs=1e-4)


def test_a_kernel_distance_scatters_over_subsets_and_of_one_subset_it_does_not():
    assert kernel_distance(rows(1, 900), rows(2, 900))[1] == 0 < kernel_distance(rows(1, 1100), rows(2, 1100))[1]


def test_the_kernel_distance_is_the_mean_over_all_pairs_but_those_of_a_picture_with_itself():
    a, b = rows(1, 9, 4).astype(np.float64), rows(2, 9, 4, move=0.5).astype(np.float64)

    def mean(one, other, alike):
        return np.mean(
            [(x @ y / 4 + 1) ** 3 for i, x in enumerate(one) for j, y in enumerate(other) if alike or i != j]
        )

    wanted = mean(a, a, False) + mean(b, b, False) - 2 * mean(a, b, True)
    assert kernel_distance(a.astype(np.float32), b.astype(np.float32))[0] == pytest.approx(wanted, rel=1e-4)


def test_the_kernel_distance_does_not_grow_where_there_are_few_pictures_and_frechets_does():
    few = [[kernel_distance(rows(2 * seed, 20), rows(2 * seed + 1, 20))[0] for seed in range(40)]]
    assert np.mean(few) == pytest.approx(0, abs=4 * np.std(few) / np.sqrt(40))
    assert min(frechet(rows(2 * seed, 20), rows(2 * seed + 1, 20)) for seed in range(10)) > 1


def test_a_kernel_distance_is_the_same_of_the_same_seed(monkeypatch):
    monkeypatch.setattr(compare, "SUBSET", 100)
    a, b = rows(1), rows(2, move=0.1)
    assert kernel_distance(a, b) == kernel_distance(a, b) != kernel_distance(a, b, seed=1)


@pytest.mark.parametrize("move", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("block", [7, 1024])
def test_overlap_is_what_the_definitions_say(monkeypatch, move, block):
    monkeypatch.setattr(compare, "BLOCK", block)
    made, real = rows(1, 40, 3, move), rows(2, 60, 3)
    assert overlap(manifold(made), manifold(real)) == pytest.approx(by_hand(made, real))


def test_overlap_is_the_same_far_from_nought():
    made, real = rows(1, 40, 3), rows(2, 60, 3)
    wanted = overlap(manifold(made), manifold(real))
    assert overlap(manifold(made + 1000), manifold(real + 1000)) == pytest.approx(wanted, abs=0.03)


def test_a_set_overlaps_with_itself_and_with_nothing_elsewhere():
    real = manifold(rows(1))
    itself = overlap(real, real)
    assert itself["precision"] == itself["recall"] == itself["coverage"] == 1.0
    elsewhere = overlap(manifold(rows(2, move=100.0)), real)
    assert set(elsewhere.values()) == {0.0}


def test_who_makes_one_thing_well_is_precise_and_recalls_nothing():
    real = rows(1)
    collapsed = overlap(manifold(np.repeat(real[:1], 300, axis=0)), manifold(real))
    assert collapsed["precision"] == 1.0 and collapsed["recall"] < 0.02 and collapsed["coverage"] < 0.1


def test_outliers_inflate_recall_and_not_coverage():
    real, made = rows(1), np.concatenate([rows(2)[:30] * 0.1, rows(3, 4) * 30])
    with_outliers, without = (overlap(manifold(each), manifold(real)) for each in (made, made[:30]))
    assert with_outliers["recall"] > without["recall"] + 0.3
    assert with_outliers["coverage"] == pytest.approx(without["coverage"], abs=0.02)


def test_sets_too_small_to_say_anything_are_refused():
    with pytest.raises(BriefError, match="5 pictures — more than 5"):
        manifold(rows(1, 5))
    with pytest.raises(BriefError, match="needs two of each"):
        kernel_distance(rows(1, 1), rows(2, 9))
