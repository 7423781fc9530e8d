import numpy as np

from mengbi.noise import gaussian, generator


def test_a_row_depends_on_its_seed_alone():
    whole = gaussian((3, 1, 2**63 - 1), 5, (2, 4))
    np.testing.assert_array_equal(gaussian((1,), 5, (2, 4))[0], whole[1])
    np.testing.assert_array_equal(gaussian((2**63 - 1, 3), 5, (2, 4)), whole[[2, 0]])


def test_seeds_and_streams_never_share_noise():
    keys = [(seed, stream) for seed in (0, 1, 2, 2**40) for stream in (0, 1, 2, 1001)]
    draws = np.stack([gaussian((seed,), stream, (64,))[0] for seed, stream in keys])
    assert np.abs(np.corrcoef(draws) - np.eye(len(keys))).max() < 0.5
    assert len(np.unique(draws)) > 0.99 * draws.size


def test_noise_is_standard_normal_float32():
    draws = gaussian((9,), 0, (200_000,))
    assert draws.dtype == np.float32
    assert abs(draws.mean()) < 0.01
    assert abs(draws.std() - 1) < 0.01
    assert abs((np.abs(draws) > 1.96).mean() - 0.05) < 0.005


def test_the_noise_of_old_pictures_is_still_the_same():
    assert generator(2026, 7).integers(0, 2**32, 4).tolist() == [3720979725, 1039491919, 2525535056, 2142583771]
    np.testing.assert_allclose(gaussian((2026,), 7, (3,))[0], [-0.50648743, -0.29143909, -0.7121849], rtol=1e-6)
