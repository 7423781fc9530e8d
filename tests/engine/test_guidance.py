import numpy as np
import pytest

from mengbi.engine.guidance import Guidance, Wish, guided


class Table:
    """A denoiser whose belief is written in the condition; it remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, z, t, conditions):
        assert len(z) == len(conditions)
        self.calls.append((t, list(conditions)))
        return np.stack([condition + 0 * row for condition, row in zip(conditions, z, strict=True)])


Z = np.zeros((2, 3, 2, 2), dtype=np.float32)


def ask(wishes, t=0.5, **guidance):
    table = Table()
    return guided(table, wishes, Guidance(**guidance))(Z[: len(wishes)], t), table.calls


def test_guidance_goes_beyond_the_words_away_from_the_negative():
    x0, calls = ask([Wish(toward=((3.0, 1.0),), away=1.0)], scale=2.5)
    np.testing.assert_allclose(x0, 1 + 2.5 * (3 - 1))
    assert len(calls) == 1  # both in one batch


def test_conditions_that_hold_at_once_add_up_by_their_weights():
    x0, _ = ask([Wish(toward=((3.0, 1.0), (5.0, 0.5), (2.0, -0.25)), away=1.0)], scale=2.0)
    np.testing.assert_allclose(x0, 1 + 2 * (1.0 * (3 - 1) + 0.5 * (5 - 1) - 0.25 * (2 - 1)))


def test_outside_its_interval_guidance_is_one_and_asks_only_for_the_words():
    wish = Wish(toward=((3.0, 1.0),), away=1.0)
    for t, expected, asked in [(0.1, 3, 1), (0.2, 5, 2), (0.79, 5, 2), (0.8, 3, 1)]:
        x0, [(_, conditions)] = ask([wish], t=t, scale=2.0, interval=(0.2, 0.8))
        np.testing.assert_allclose(x0, expected)
        assert len(conditions) == asked


def test_guidance_zero_paints_the_negative_alone():
    x0, [(_, conditions)] = ask([Wish(toward=((3.0, 1.0),), away=1.0)], scale=0.0)
    assert conditions == [1.0]
    np.testing.assert_array_equal(x0, np.ones_like(x0))


def test_each_row_follows_its_own_wish():
    x0, calls = ask([Wish(toward=((3.0, 1.0),), away=1.0), Wish(toward=((4.0, 0.5), (6.0, 0.5)), away=0.0)], scale=2.0)
    np.testing.assert_allclose(x0[0], 5)
    np.testing.assert_allclose(x0[1], 10)
    assert len(calls) == 1


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_rescale_brings_the_contrast_back_to_that_of_the_words(strength):
    words, nothing = np.random.default_rng(0).standard_normal((2, 3, 2, 2)).astype(np.float32)
    x0, _ = ask([Wish(toward=((words, 1.0),), away=nothing)], scale=6.0, rescale=strength)
    plain = nothing + 6 * (words - nothing)
    np.testing.assert_allclose(x0[0], plain * (1 - strength + strength * words.std() / plain.std()), rtol=1e-5)
    if strength == 1:
        assert x0.std() == pytest.approx(words.std(), rel=1e-5)


def test_rescale_leaves_a_flat_picture_alone():
    x0, _ = ask([Wish(toward=((3.0, 1.0),), away=1.0)], scale=2.0, rescale=1.0)
    assert np.isfinite(x0).all()


def test_pictures_stay_float32():
    x0, _ = ask([Wish(toward=((3.0, 0.3), (1.0, 0.6)), away=1.0)], scale=1.7, rescale=0.4)
    assert x0.dtype == np.float32
