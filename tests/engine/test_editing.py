import numpy as np
import pytest
from ideal import denoise_gaussian
from PIL import Image

from mengbi.engine.denoiser import (
    noise_from_x0,
    path,
    velocity_from_x0,
    x0_from_noise,
    x0_from_velocity,
)
from mengbi.engine.editing import control_of, keeping, mask_of, photo_of, pixels_of, signal_of
from mengbi.engine.samplers import ancestral, euler, heun, multistep
from mengbi.engine.schedules import cosine, shorten
from mengbi.errors import SourceError
from mengbi.noise import gaussian
from mengbi.source import read_source

SHAPE = (3, 6, 8)
PHOTO = np.random.default_rng(0).uniform(-1, 1, SHAPE).astype(np.float32)
EPS = gaussian((1, 2), 0, SHAPE)


@pytest.fixture
def save(tmp_path):
    def save(pixels):
        Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(tmp_path / "picture.png")
        return read_source(tmp_path / "picture.png")

    return save


def half_mask():
    mask = np.zeros((1, *SHAPE[1:]), np.float32)
    mask[:, :, 4:] = 1
    return mask


@pytest.mark.parametrize("strength", [1.0, 0.7, 0.2])
@pytest.mark.parametrize("sampler", [euler, heun, multistep])
def test_what_is_kept_walks_its_own_path_to_the_photo_itself(sampler, strength):
    times = shorten(cosine(10), strength)
    start = path(PHOTO, EPS, float(times[0]))
    for state in sampler(keeping(denoise_gaussian, PHOTO, half_mask()), start, times, None):
        np.testing.assert_allclose(state.z[..., :4], path(PHOTO, EPS, state.t)[..., :4], atol=2e-6)
    np.testing.assert_array_equal(state.z[..., :4], np.stack([PHOTO, PHOTO])[..., :4])
    assert np.abs(state.z[..., 4:] - PHOTO[..., 4:]).mean() > 0.1


def test_with_fresh_noise_too_the_kept_part_ends_as_the_photo():
    noise = lambda step: gaussian((1, 2), 1 + step, SHAPE)  # noqa: E731
    *_, last = ancestral(keeping(denoise_gaussian, PHOTO, half_mask()), EPS, cosine(8), noise)
    np.testing.assert_array_equal(last.z[..., :4], np.stack([PHOTO, PHOTO])[..., :4])


def test_a_soft_mask_blends():
    denoise = keeping(lambda z, t: np.ones_like(z), np.zeros(SHAPE, np.float32), np.full((1, 6, 8), 0.25, np.float32))
    np.testing.assert_array_equal(denoise(EPS, 0.5), np.full_like(EPS, 0.25))


def test_predictions_of_velocity_noise_and_picture_say_the_same():
    z = path(PHOTO, EPS, 0.3)
    np.testing.assert_allclose(velocity_from_x0(z, PHOTO, 0.3), PHOTO - EPS, atol=1e-5)
    np.testing.assert_allclose(noise_from_x0(z, PHOTO, 0.3), EPS, atol=1e-5)
    np.testing.assert_allclose(x0_from_velocity(z, PHOTO - EPS, 0.3), np.stack([PHOTO, PHOTO]), atol=1e-5)
    np.testing.assert_allclose(x0_from_noise(z, EPS, 0.3), np.stack([PHOTO, PHOTO]), atol=1e-5)


def test_every_grey_comes_back_as_it_went_in():
    greys = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    signal = signal_of(greys)
    assert signal.dtype == np.float32
    assert (signal.min(), signal.max()) == (-1, 1)
    np.testing.assert_array_equal(pixels_of(signal), greys)
    np.testing.assert_array_equal(pixels_of(np.float32([[[-9]], [[0.2]], [[9]]])), [[[0, 153, 255]]])


def test_a_photo_covers_the_size_and_is_cut_around_its_middle(save):
    wide = np.zeros((40, 120, 3))
    wide[:, 40:80] = 255
    assert photo_of(save(wide), (20, 20)).min() > 230  # at its rim the filter sees a little of what is cut off
    assert photo_of(save(wide), (120, 40)).shape == (40, 120, 3)


def test_transparent_is_white_in_a_photo_kept_in_a_mask_and_not_given_in_a_sketch(save):
    pixels = np.zeros((8, 8, 4))
    pixels[:, :4] = (255, 255, 255, 255)
    pixels[:, 4:] = (255, 0, 0, 0)
    source = save(pixels)
    assert (photo_of(source, (8, 8)) == 255).all()
    np.testing.assert_array_equal(mask_of(source, (8, 8))[0, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    control = control_of(source, (8, 8))
    assert control.shape == (4, 8, 8)
    np.testing.assert_array_equal(control[3, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(control[:3, :, 4:], 0)
    np.testing.assert_array_equal(control[:3, :, :4], 1)


def test_a_sketch_without_transparency_is_given_everywhere(save):
    assert (control_of(save(np.zeros((8, 8, 3))), (4, 4))[3] == 1).all()


def test_a_photo_that_changed_since_the_plan_is_refused(save):
    source = save(np.zeros((8, 8, 3)))
    save(np.ones((8, 8, 3)))
    with pytest.raises(SourceError, match="not the picture of the plan"):
        photo_of(source, (8, 8))
