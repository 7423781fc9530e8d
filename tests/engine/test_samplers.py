import numpy as np
import pytest
from ideal import denoise_gaussian, denoise_mixture, denoise_points, flow_gaussian, flow_mixture

from mengbi.engine.analytic import Clouds
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS, ancestral, euler, heun, multistep
from mengbi.engine.schedules import SCHEDULES, cosine, uniform
from mengbi.errors import UnknownName
from mengbi.noise import gaussian

DETERMINISTIC = (euler, heun, multistep)
ALL = (*DETERMINISTIC, ancestral)
GAUSSIAN, MIXTURE = (denoise_gaussian, flow_gaussian), (denoise_mixture, flow_mixture)


def no_noise(step):
    raise AssertionError("a deterministic sampler asked for noise")


def noise_like(z, seed=7):
    return lambda step: np.random.default_rng([seed, step]).standard_normal(z.shape)


def end(sampler, denoise, z, times, noise=no_noise):
    for state in sampler(denoise, z, times, noise):
        last = state
    return last.z


def error(sampler, ideal, times):
    denoise, flow = ideal
    z = np.random.default_rng(0).standard_normal((1, 1, 16, 16))
    return np.sqrt(np.mean((end(sampler, denoise, z, times) - flow(z, times[-1])) ** 2))


@pytest.mark.parametrize("ideal", [GAUSSIAN, MIXTURE], ids=["gaussian", "mixture"])
@pytest.mark.parametrize(("sampler", "order"), [(euler, 1), (heun, 2), (multistep, 2)])
def test_the_error_shrinks_with_the_order_of_the_sampler(sampler, order, ideal):
    steps = [64, 128, 256, 512]
    inside = [error(sampler, ideal, 0.8 * uniform(n)) for n in steps]
    assert -np.polyfit(np.log(steps), np.log(inside), 1)[0] == pytest.approx(order, abs=0.12)
    whole = [error(sampler, ideal, uniform(n)) for n in steps]  # with the last step, where 1 / (1 − t) is infinite
    assert -np.polyfit(np.log(steps), np.log(whole), 1)[0] > 0.7 * order


@pytest.mark.parametrize("schedule", SCHEDULES.names())
@pytest.mark.parametrize("sampler", DETERMINISTIC)
def test_every_schedule_leads_to_the_exact_picture(sampler, schedule):
    assert error(sampler, MIXTURE, SCHEDULES.find(schedule)(100)) < (0.02 if sampler is euler else 0.007)


def test_a_second_order_sampler_gets_more_out_of_the_same_number_of_looks():
    assert error(multistep, MIXTURE, uniform(20)) < 0.5 * error(euler, MIXTURE, uniform(20))
    assert error(heun, MIXTURE, uniform(10)) < 0.5 * error(euler, MIXTURE, uniform(20))


@pytest.mark.parametrize("sampler", ALL)
def test_the_last_step_lands_on_the_picture_that_the_denoiser_believes_in(sampler):
    z = gaussian((1, 2), 0, (3, 4, 4))
    *_, last = sampler(denoise_gaussian, z, cosine(9), noise_like(z))
    assert last.t == 1
    np.testing.assert_array_equal(last.z, last.x0)


@pytest.mark.parametrize("sampler", ALL)
def test_with_a_few_pictures_to_choose_from_every_path_ends_at_one_of_them(sampler):
    points = np.random.default_rng(3).uniform(-1, 1, (5, 1, 4, 4))
    z = np.random.default_rng(4).standard_normal((12, 1, 4, 4))
    got = end(sampler, denoise_points(points), z, uniform(30), noise_like(z))
    distance = np.abs(got[:, None] - points[None]).max((2, 3, 4))
    assert distance.min(1).max() < 1e-6
    assert len(set(distance.argmin(1))) > 1


def test_ancestral_pictures_get_the_mean_and_the_covariance_of_the_data():
    mean, mixing = np.array([0.4, -0.2]), np.array([[0.5, 0.0], [0.35, 0.2]])
    covariance = mixing @ mixing.T

    def denoise(z, t):
        gain = t * covariance @ np.linalg.inv(t**2 * covariance + (1 - t) ** 2 * np.eye(2))
        return (mean + (z[:, :, 0, 0] - t * mean) @ gain.T)[:, :, None, None]

    def bias(steps):
        z = np.random.default_rng(5).standard_normal((60_000, 2, 1, 1))
        got = end(ancestral, denoise, z, uniform(steps), noise_like(z))[:, :, 0, 0]
        return np.abs(got.mean(0) - mean).max(), np.abs(np.cov(got.T) - covariance).max()

    (_, few), (off, many) = bias(24), bias(192)
    assert off < 0.005
    assert many < 0.015
    assert few > 4 * many  # of first order: 8 times, but 60,000 draws leave 0.002 uncertain


def test_an_ancestral_sampler_asks_for_the_noise_of_each_step_by_its_number():
    z = gaussian((1,), 0, (1, 2, 2))
    asked = []
    end(ancestral, denoise_gaussian, z, uniform(4), lambda step: asked.append(step) or np.zeros_like(z))
    assert asked == [0, 1, 2, 3]


@pytest.mark.parametrize("sampler", ALL)
def test_a_state_a_step_and_none_where_there_is_nothing_left_to_do(sampler):
    z = gaussian((1,), 0, (1, 2, 2))
    assert [state.t for state in sampler(denoise_gaussian, z, uniform(4), noise_like(z))] == [0.25, 0.5, 0.75, 1]
    assert list(sampler(denoise_gaussian, z, np.array([1.0]), noise_like(z))) == []


@pytest.mark.parametrize("sampler", ALL)
def test_a_sampler_that_is_not_asked_does_not_look(sampler):
    looks = []
    z = gaussian((1,), 0, (1, 2, 2))
    painting = sampler(lambda z, t: looks.append(t) or denoise_gaussian(z, t), z, uniform(10), noise_like(z))
    next(painting)
    painting.close()
    assert len(looks) <= 2


@pytest.mark.parametrize("sampler", ALL)
def test_a_row_has_the_same_bits_in_any_batch_and_any_order(sampler):
    shape = (3, 20, 28)
    means = {seed: np.float32(0.1 * seed - 0.4) * np.ones(shape, np.float32) for seed in range(8)}

    def paint(seeds):
        wishes = [Wish(toward=((means[seed], 0.7), (means[0], 0.2)), away=means[7]) for seed in seeds]
        denoise = guided(Clouds(shape), wishes, Guidance(scale=2.5, interval=(0.1, 0.8), rescale=0.5))
        noise = lambda step: gaussian(seeds, 1 + step, shape)  # noqa: E731
        return dict(zip(seeds, end(sampler, denoise, gaussian(seeds, 0, shape), cosine(6), noise), strict=True))

    whole = paint((0, 1, 2, 3, 4, 5, 6, 7))
    for seeds in [(3,), (6,), (5, 2, 7, 0), (7, 6, 5, 4, 3, 2, 1, 0)]:
        for seed, picture in paint(seeds).items():
            assert picture.dtype == np.float32
            assert picture.tobytes() == whole[seed].tobytes()


def test_samplers_have_names():
    assert SAMPLERS.names() == ["euler", "heun", "multistep", "ancestral"]
    assert SAMPLERS.find("heun") is heun
    with pytest.raises(UnknownName, match="did you mean 'euler'"):
        SAMPLERS.find("eular")
