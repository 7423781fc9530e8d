import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.engine.schedules import SCHEDULES, cosine, karras, shift, shifted, shorten, uniform


@pytest.mark.parametrize("name", SCHEDULES.names())
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 1000])
def test_times_rise_from_exactly_noise_to_exactly_picture(name, steps):
    times = SCHEDULES.find(name)(steps)
    assert times.dtype == np.float64
    assert len(times) == steps + 1
    assert (times[0], times[-1]) == (0, 1)
    assert (np.diff(times) > 0).all()


def test_cosine_has_the_signal_to_noise_of_nichol_and_dhariwal():
    t, u = cosine(10)[1:-1], np.arange(1, 10) / 10
    noise_left = np.cos(np.pi / 2 * u) ** 2  # 1 − ᾱ, where u counts towards the picture
    np.testing.assert_allclose(((1 - t) / t) ** 2, noise_left / (1 - noise_left))


def test_karras_spaces_the_seventh_root_of_sigma_evenly():
    sigma = 1 / karras(20)[1:-1] - 1
    assert sigma[-1] == pytest.approx(0.002)
    np.testing.assert_allclose(np.diff(sigma ** (1 / 7)), (0.002 ** (1 / 7) - 80 ** (1 / 7)) / 19)


def test_a_shift_multiplies_noise_over_signal():
    t = uniform(10)[1:-1]
    np.testing.assert_allclose(1 / shift(t, 2.5) - 1, 2.5 * (1 / t - 1))
    np.testing.assert_array_equal(shifted(10), shift(uniform(10), 3))


@given(st.sampled_from(SCHEDULES.names()), st.integers(1, 60), st.floats(0, 1))
def test_a_shortened_schedule_is_its_last_part_with_steps_of_its_own_size(name, steps, strength):
    times = SCHEDULES.find(name)(steps)
    rest = shorten(times, strength)
    assert rest[-1] == 1
    assert (np.diff(rest) > 0).all()
    assert set(rest[1:]) <= set(times)
    assert abs(len(rest) - 1 - strength * steps) <= 1
    if len(rest) > 2:  # the moved first time leaves at least half of the step that it shortens
        own = np.diff(times)[-len(rest) + 1]
        assert rest[1] - rest[0] >= 0.499 * own


def test_strength_one_is_the_whole_schedule_and_strength_zero_only_its_end():
    np.testing.assert_array_equal(shorten(cosine(8), 1), cosine(8))
    np.testing.assert_array_equal(shorten(cosine(8), 0), [1])
    np.testing.assert_allclose(shorten(uniform(4), 0.5), [0.5, 0.75, 1])
    np.testing.assert_allclose(shorten(uniform(4), 0.01), [0.99, 1])
