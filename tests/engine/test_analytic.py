import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mengbi.engine import ENGINES
from mengbi.engine.analytic import CANVAS, DEVIATION, Analytic, Clouds, canvas_size, softened, spectrum
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS, ancestral, heun, multistep
from mengbi.engine.schedules import karras
from mengbi.errors import UnknownName
from mengbi.noise import gaussian
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene, Sky, Thing
from mengbi.source import read_source
from mengbi.style import Style

GOLDEN = Path(__file__).parents[1] / "golden" / "analytic.png"
SUNSET = Scene(sky=Sky(time="sunset", features=("sun",)), ground="sea", things=(Thing(concept="boat", color="red"),))
NIGHT = Scene(sky=Sky(time="night", features=("moon", "stars")), ground="forest")


def plan_of(*seeds, scene=SUNSET, prompt="a red boat at sunset", size=(96, 72), steps=6, **choices):
    samples = tuple(Sample(seed=seed, prompt=prompt, scene=scene) for seed in seeds)
    style = Style(name="none", title="", title_zh="", sentence="")
    return Plan(
        version="0", engine="analytic", weights="", size=size, samples=samples, style=style, steps=steps, **choices
    )


def paint(plan):
    for step in Analytic().paint(plan):
        last = step
    return [picture.pixels for picture in last.pictures]


def color_of(pixels):
    return pixels.reshape(-1, 3).mean(0)


@pytest.fixture
def save(tmp_path):
    def save(name, pixels):
        Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(tmp_path / name)
        return read_source(tmp_path / name)

    return save


def photo_like(size, seed=0):
    small = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    noisy = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)).astype(int)
    return np.clip(noisy + np.random.default_rng(seed).integers(-20, 21, noisy.shape), 0, 255)


def dense_covariance(shape):
    """The covariance of all pixels with each other, written out as a sum of waves."""
    channels, height, width = shape
    power = spectrum(shape)[:, :, [min(f, width - f) for f in range(width)]].astype(float)
    y, x = np.divmod(np.arange(height * width), width)
    dy, dx = y[:, None] - y, x[:, None] - x
    axes = np.array([[1, 1, 1], [1, 0, -1], [-1, 2, -1]]) / np.sqrt([[3], [2], [6]])
    covariance = np.zeros((channels, height * width, channels, height * width))
    for k in range(channels):
        waves = np.zeros(dy.shape)
        for v in range(height):
            for u in range(width):
                waves += power[k, v, u] * np.cos(2 * np.pi * (v * dy / height + u * dx / width))
        covariance += np.einsum("c,ab,d->cadb", axes[k], waves / (height * width), axes[k])
    return covariance.reshape(channels * height * width, -1)


def test_the_denoiser_is_the_exact_posterior_mean():
    shape = (3, 6, 8)
    covariance = dense_covariance(shape)
    mean, z = np.random.default_rng(0).standard_normal((2, *shape)).astype(np.float32)
    for t in (0.02, 0.35, 0.9):
        inverse = np.linalg.inv(t**2 * covariance + (1 - t) ** 2 * np.eye(len(covariance)))
        expected = mean.ravel() + t * covariance @ inverse @ (z - t * mean).ravel()
        np.testing.assert_allclose(Clouds(shape)(z[None], t, [mean])[0].ravel(), expected, atol=1e-4)


def test_the_denoiser_knows_nothing_in_pure_noise_and_everything_at_the_end():
    mean, z = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(Clouds((3, 8, 8))(z[None], 0.0, [mean])[0], mean, atol=1e-6)
    np.testing.assert_allclose(Clouds((3, 8, 8))(z[None], 1.0, [mean])[0], z, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (97, 41), (16, 200)])
def test_every_pixel_varies_as_much_as_it_should_at_any_size(size):
    power = spectrum((3, size[1], size[0]))
    both = np.concatenate([power, power[:, :, 1 : (size[0] + 1) // 2]], axis=2)  # rfft leaves the mirrored half out
    np.testing.assert_allclose(both.mean((1, 2)), np.square(DEVIATION), rtol=1e-4)


@pytest.mark.parametrize(("sampler", "steps"), [(heun, 60), (multistep, 120)])
def test_samplers_reach_the_picture_that_the_exact_path_leads_to(sampler, steps):
    shape = (3, 32, 48)
    clouds = Clouds(shape)
    mean = softened(SUNSET, (48, 32), 1)
    away = np.full_like(mean, 0.2)
    z = gaussian((5,), 0, shape)
    denoise = guided(clouds, [Wish(toward=((mean, 1.0),), away=away)], Guidance(scale=1.5))
    *_, last = sampler(denoise, z, karras(steps), None)
    waves = np.einsum("kc,chw->khw", clouds.axes, z[0])
    coloured = np.fft.irfft2(np.sqrt(clouds.power) * np.fft.rfft2(waves), s=shape[1:])
    exact = away + 1.5 * (mean - away) + np.einsum("kc,khw->chw", clouds.axes, coloured)
    assert np.abs(last.z[0] - exact).max() < 0.02


def test_ancestral_pictures_spread_as_the_data_do():
    shape, seeds = (3, 12, 12), tuple(range(64))
    denoise = guided(
        Clouds(shape), [Wish(toward=((np.float32(0.3), 1.0),), away=np.float32(0))] * 64, Guidance(scale=1)
    )
    *_, last = ancestral(denoise, gaussian(seeds, 0, shape), karras(40), lambda step: gaussian(seeds, 1 + step, shape))
    assert last.z.mean() == pytest.approx(0.3, abs=0.05)
    light = last.z.sum(1) / np.sqrt(3)
    assert light.std() == pytest.approx(DEVIATION[0], rel=0.15)


# The engine


def test_it_is_registered_and_says_what_it_takes():
    engine = ENGINES.find("analytic")()
    assert isinstance(engine, Analytic)
    assert engine.uses == {"steps", "guidance", "sampler", "negative", "photo", "strength", "mask", "sketch"}
    assert set(engine.defaults) <= engine.uses
    assert len(engine.weights) == 64
    assert "\n" not in engine.title


def test_steps_come_one_by_one_and_the_last_carries_the_pictures():
    plan = plan_of(4, 5, size=(96, 72))
    steps = list(Analytic().paint(plan))
    assert [step.stage for step in steps] == ["denoise"] * 6 + ["enlarge"]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == 1
    assert all(step.images.shape == (2, 72, 96, 3) and step.images.dtype == np.uint8 for step in steps)
    assert all(step.pictures == () for step in steps[:-1])
    assert [picture.plan for picture in steps[-1].pictures] == [plan.only(0), plan.only(1)]
    assert [picture.size for picture in steps[-1].pictures] == [(96, 72)] * 2
    assert np.abs(steps[0].images.astype(int) - steps[-1].images).mean() > 3  # it is being painted


def test_a_large_batch_is_painted_group_by_group_and_looks_the_same(monkeypatch):
    plan = plan_of(4, 5, 6, steps=2)
    at_once = list(Analytic().paint(plan))
    monkeypatch.setattr("mengbi.engine.canvas.GROUP", 2)
    steps = list(Analytic().paint(plan))
    assert [step.stage for step in steps] == ["denoise", "denoise", "enlarge"] * 2
    assert [step.done for step in steps] == pytest.approx([2 / 9, 4 / 9, 2 / 3, 7 / 9, 8 / 9, 1])
    assert [len(step.pictures) for step in steps] == [0] * 5 + [3]
    assert steps[-1].done == 1
    pictures = steps[-1].pictures
    assert [picture.plan for picture in pictures] == [plan.only(index) for index in range(3)]
    for picture, other in zip(pictures, at_once[-1].pictures, strict=True):
        np.testing.assert_array_equal(picture.pixels, other.pixels)
    for step in steps[2:]:  # who is finished is shown so while the others are painted
        np.testing.assert_array_equal(step.images[:2], [picture.pixels for picture in pictures[:2]])
    assert np.ptp(steps[2].images[2]) == 0
    np.testing.assert_array_equal(steps[-1].images, at_once[-1].images)


def test_the_golden_picture_is_still_painted():
    got = paint(plan_of(7, scene=NIGHT, prompt="moon over a forest", size=(96, 64), steps=8))[0]
    golden = np.asarray(Image.open(GOLDEN))
    assert np.abs(got.astype(int) - golden).mean() <= 2


def digest(plan):
    return [hashlib.sha256(pixels.tobytes()).hexdigest() for pixels in paint(plan)]


@pytest.mark.parametrize("sampler", SAMPLERS.names())
def test_same_plan_same_bytes_in_any_batch_and_any_order(sampler):
    seeds = (11, 12, 13, 14)
    one_by_one = {seed: digest(plan_of(seed, sampler=sampler, negative="night"))[0] for seed in seeds}
    assert len(set(one_by_one.values())) == 4
    for batch in (seeds[::-1], (14, 11)):
        assert digest(plan_of(*batch, sampler=sampler, negative="night")) == [one_by_one[seed] for seed in batch]


def test_same_plan_same_bytes_when_many_paint_at_once():
    plans = [plan_of(seed, size=(160, 120)) for seed in range(6)]
    alone = [digest(plan) for plan in plans]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(digest, plans)) == alone


def test_same_plan_same_bytes_with_any_number_of_threads():
    code = "import test_analytic as t; print(t.digest(t.plan_of(3, size=(512, 512), steps=3)))"

    def run(threads):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MENGBI_THREADS")
        env = {**os.environ, **dict.fromkeys(names, threads), "PYTHONPATH": str(Path(__file__).parent)}
        return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout

    assert run("1") == run("2") == run("5") == f"{digest(plan_of(3, size=(512, 512), steps=3))}\n"


@pytest.mark.parametrize("size", [(64, 64), (65, 333), (4096, 64), (64, 4096), (1024, 700)])
def test_any_size_is_painted_on_a_canvas_of_its_shape(size):
    pixels = paint(plan_of(1, size=size, steps=2))[0]
    assert pixels.shape == (size[1], size[0], 3)
    canvas = canvas_size(size)
    assert canvas[0] * canvas[1] <= CANVAS * 1.01
    assert canvas[0] / canvas[1] == pytest.approx(size[0] / size[1], rel=0.03)


def test_a_larger_picture_is_the_same_scene_in_the_same_colours():
    small, large = (np.mean(paint(plan_of(*range(8), size=size)), axis=0) for size in [(96, 96), (400, 400)])
    for band in range(4):  # the clouds of one seed differ, the mean of many does not
        rows = [color_of(pixels[band * len(pixels) // 4 :][: len(pixels) // 4]) for pixels in (small, large)]
        np.testing.assert_allclose(*rows, atol=20)


def test_the_scene_is_seen_in_the_picture():
    def sky(scene):
        return color_of(paint(plan_of(1, scene=scene))[0][:36])

    assert sky(Scene(sky=Sky(time="night"))).mean() < sky(Scene(sky=Sky(time="day"))).mean() - 60
    red, _, blue = sky(Scene(sky=Sky(time="day"))) - sky(SUNSET)
    assert blue > red + 40


def test_the_mean_of_many_pictures_is_the_underdrawing():
    clouds, mean = Clouds((3, 24, 32)), softened(SUNSET, (32, 24), 1)
    seeds = tuple(range(64))
    denoise = guided(clouds, [Wish(toward=((mean, 1.0),), away=mean)] * len(seeds), Guidance(scale=1))
    *_, last = multistep(denoise, gaussian(seeds, 0, mean.shape), karras(20), None)
    assert np.abs(last.z.mean(0) - mean).mean() < 0.05


def test_the_negative_pushes_its_colours_away_and_more_so_with_more_guidance():
    def share(channel, **choices):
        color = color_of(paint(plan_of(1, **choices))[0])
        return color[channel] - color.mean()

    plain = [share(channel) for channel in range(3)]
    for channel, names in enumerate([("red", "红色"), ("green", "绿色"), ("blue", "azul")]):
        one, other = (share(channel, negative=name) for name in names)
        assert one == other < plain[channel] - 2
        assert share(channel, negative=names[0], guidance=1.5) < one - 4
    assert share(0, negative="red", guidance=1.0) == share(0, guidance=1.0)
    assert share(1, negative="red") > share(1, negative="red, green") > share(1, negative="green")


def test_the_negative_pushes_its_time_and_place_away_and_more_so_with_more_guidance():
    def lift(negative, guidance):
        with_it, without = (paint(plan_of(1, negative=n, guidance=guidance))[0].mean() for n in (negative, ""))
        return with_it - without

    assert lift("night", 1.5) > lift("night", 1.2) + 5 > lift("night", 1.0) + 10
    assert (
        lift("a snow field by day", 1.5) < lift("a snow field by day", 1.2) - 2 < lift("a snow field by day", 1.0) - 4
    )
    assert lift("night", 1.0) == 0


@pytest.mark.parametrize("negative", ["ugly", "a dog", "sea"])
def test_a_negative_that_changes_nothing_of_the_scene_is_as_none(negative):
    np.testing.assert_array_equal(paint(plan_of(1, negative=negative))[0], paint(plan_of(1))[0])


def test_strength_goes_from_the_photo_itself_to_nothing_of_it(save):
    for size in [(90, 60), (900, 600)]:
        pixels = photo_like(size)
        photo = save(f"{size[0]}.png", pixels)
        painted = [paint(plan_of(1, size=size, photo=photo, strength=s))[0] for s in (0, 0.3, 0.7, 1)]
        np.testing.assert_array_equal(painted[0], pixels)
        away = [np.abs(p.astype(int) - pixels).mean() for p in painted]
        assert away == sorted(away)
        np.testing.assert_array_equal(painted[3], paint(plan_of(1, size=size))[0])


@pytest.mark.parametrize("sampler", SAMPLERS.names())
@pytest.mark.parametrize("size", [(90, 60), (900, 600)])
def test_what_the_mask_keeps_is_the_photo_to_the_byte(save, size, sampler):
    pixels = photo_like(size)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse((size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill=255)
    plan = plan_of(
        1, 2, size=size, sampler=sampler, strength=0.8, photo=save("p.png", pixels), mask=save("m.png", mask)
    )
    kept = np.asarray(mask) == 0
    for painted in paint(plan):
        np.testing.assert_array_equal(painted[kept], pixels[kept])
        assert np.abs(painted[~kept].astype(int) - pixels[~kept]).mean() > 15


def test_what_is_painted_under_a_mask_grows_out_of_what_is_kept(save):
    bright, dark = (np.full((60, 90, 3), grey) for grey in (250, 5))
    mask = np.zeros((60, 90))
    mask[20:40, 30:60] = 255
    middles = []
    for name, pixels in [("bright.png", bright), ("dark.png", dark)]:
        plan = plan_of(1, size=(90, 60), steps=12, photo=save(name, pixels), mask=save("m.png", mask), strength=1.0)
        middles.append(paint(plan)[0][20:40, 30:60].mean())
    assert middles[0] > middles[1] + 15


def test_a_sketch_says_what_is_where(save):
    sketch = np.zeros((40, 40, 4))
    sketch[10:30, 10:30] = (20, 200, 40, 255)
    with_it, without = (
        paint(plan_of(1, size=(80, 80), guidance=1.0, sketch=save("s.png", sketch)))[0],
        paint(plan_of(1, size=(80, 80), guidance=1.0))[0],
    )
    red, green, blue = color_of(with_it[25:55, 25:55])
    assert green > max(red, blue) + 60
    corner = (slice(0, 12), slice(0, 80))
    np.testing.assert_allclose(color_of(with_it[corner]), color_of(without[corner]), atol=2)
    plain = paint(plan_of(1, size=(80, 80), sketch="none"))[0]
    assert (
        np.abs(color_of(plain[:30]) - color_of(plain[50:])).max()
        < np.abs(color_of(without[:30]) - color_of(without[50:])).max()
    )


def test_an_unknown_sampler_is_refused_before_the_first_step():
    with pytest.raises(UnknownName, match="did you mean 'heun'"):
        next(Analytic().paint(plan_of(1, sampler="huen")))


def test_what_a_plan_leaves_open_is_what_the_engine_says_it_takes():
    chosen = dict(Analytic.defaults)
    del chosen["strength"]
    np.testing.assert_array_equal(paint(replace(plan_of(1), steps=None))[0], paint(plan_of(1, **chosen))[0])
