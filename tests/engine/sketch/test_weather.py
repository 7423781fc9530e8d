import numpy as np
import pytest

from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.weather import paint_weather
from mengbi.scene import MOODS, WEATHERS, Scene, Sky


def weathered(canvas, weather="clear", time="day", mood=None, ground="meadow", season=None, seed=1):
    scene = Scene(sky=Sky(time=time, weather=weather), ground=ground, mood=mood, season=season)
    return paint_weather(canvas, scene, light_of(scene, seed), seed)


def plain(value=0.4, size=(96, 128)):
    return np.full((*size, 3), value, dtype=np.float32)


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("time", ["day", "night"])
def test_every_weather_keeps_the_canvas_in_range_and_its_source_untouched(weather, time):
    canvas = plain()
    out = weathered(canvas, weather, time)
    assert out.shape == canvas.shape
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert out.min() >= 0
    assert out.max() <= 1
    assert (canvas == np.float32(0.4)).all()


@pytest.mark.parametrize("weather", ["rain", "snow", "storm", "fog"])
def test_weather_shows_in_the_open_and_not_indoors(weather):
    canvas = plain(0.25)
    outside, inside = weathered(canvas, weather), weathered(canvas, weather, ground="room")
    assert outside.std() > 1.3 * inside.std()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (weathered(plain(), "snow", seed=seed) for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - other).mean() > 0.005


@pytest.mark.parametrize("weather", ["rain", "snow", "fog", "wind"])
def test_weather_is_the_same_at_every_size(weather):
    large, small = (weathered(plain(size=(side, side)), weather) for side in (512, 128))
    assert np.abs(large.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3)) - small).mean() < 0.02


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_tones_the_picture_its_own_way(mood):
    canvas = plain(size=(64, 64))
    canvas[:32] = (0.9, 0.6, 0.3)
    toned, neutral = weathered(canvas, mood=mood), weathered(canvas)
    assert np.abs(toned - neutral).mean() > 0.004


def test_a_sad_picture_has_less_colour_and_a_happy_one_more():
    canvas = np.broadcast_to(np.array([0.8, 0.5, 0.3], dtype=np.float32), (64, 64, 3)).copy()
    spread = {mood: np.ptp(weathered(canvas, mood=mood).mean(axis=(0, 1))) for mood in ("sad", "happy")}
    assert spread["sad"] < 0.4 < spread["happy"]


def test_a_flat_canvas_is_dithered_against_bands():
    out = weathered(plain(0.5, (64, 64)), ground="room")
    assert len(np.unique((out[30:34, 30:34] * 255).astype(int))) > 1
    assert out[24:40, 24:40].std() < 0.01
