import numpy as np
import pytest

from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.sky import paint_sky
from mengbi.scene import FEATURES, TIMES, WEATHERS, Feature, Scene, Sky


def sky(size, seed=1, time=None, weather="clear", features=(), ground="meadow"):
    scene = Scene(sky=Sky(time=time, weather=weather, features=features), ground=ground)
    light = light_of(scene, seed)
    return light, paint_sky(size, scene, light, light.horizon, seed)


def reduced(picture, size):
    height, width = size
    rows, columns = picture.shape[0] // height, picture.shape[1] // width
    return picture.reshape(height, rows, width, columns, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("weather", WEATHERS)
def test_every_hour_and_weather_is_painted_in_range(time, weather):
    _, picture = sky((96, 72), 5, time, weather)
    assert picture.shape == (72, 96, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.std() > 0.005


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_changes_the_sky(feature):
    hour = "day" if feature in ("sun", "rainbow", "clouds", "lightning") else "night"
    light, with_it = sky((128, 128), 8, hour, "storm" if feature == "lightning" else "cloudy", (feature,))
    _, without = sky((128, 128), 8, hour, "storm" if feature == "lightning" else "cloudy")
    assert feature in light.features
    assert np.abs(with_it - without).max() > 0.05 or feature == "clouds"


@pytest.mark.parametrize("ground", ["meadow", "underwater", "space", "room"])
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(ground):
    first = sky((96, 96), 7, "sunset", ground=ground)[1]
    other = sky((96, 96), 8, "sunset", ground=ground)[1]
    again = sky((96, 96), 7, "sunset", ground=ground)[1]
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - other).mean() > 0.01


@pytest.mark.parametrize("ground", ["meadow", "underwater", "space", "room"])
def test_a_seed_is_the_same_picture_at_every_size(ground):
    large, small = (sky((side, side), 3, "sunset", ground=ground)[1] for side in (512, 128))
    assert np.abs(reduced(large, (128, 128)) - small).mean() < 0.02


def test_the_brightest_sky_is_where_the_sun_stands():
    for seed in range(6):
        light, picture = sky((160, 160), seed, ("day", "sunset", "dawn")[seed % 3])
        x, y = int(light.sun[0] * 160), int(light.sun[1] * 160)
        bright = picture.sum(axis=2)
        around = bright[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5]
        assert around.mean() >= np.quantile(bright[: int(light.horizon * 160)], 0.97) - 0.12


def test_night_is_darker_than_day_and_a_sunset_warmer():
    pictures = {time: np.mean([sky((96, 96), seed, time)[1] for seed in range(5)], axis=(0, 1, 2)) for time in TIMES}
    assert pictures["night"].sum() < 0.6 * pictures["day"].sum()
    warmth = {time: color[0] / color[2] for time, color in pictures.items()}
    assert warmth["sunset"] > 1.15 * warmth["day"]


def test_a_gradient_shows_no_bands():
    light, picture = sky((256, 256), 11, "dawn", "fog")
    column = picture[: int(light.horizon * 200), 128].sum(axis=1)
    assert np.abs(np.diff(column)).max() < 0.03


@pytest.mark.parametrize("size", [(64, 64), (300, 40), (40, 300), (64, 400)])
def test_ribbons_and_thumbnails_are_painted(size):
    assert sky(size, 2, "sunset")[1].shape == (size[1], size[0], 3)


def marked(name, count=None, color=None, time=None, seed=1, size=(192, 192)):
    sky = Sky(time=time, weather="clear", features=(name,), marked=(Feature(name=name, count=count, color=color),))
    scene = Scene(sky=sky, ground="meadow")
    light = light_of(scene, seed)
    return light, paint_sky(size, scene, light, light.horizon, seed)


def patches(mask):
    """How many connected parts a mask has."""
    left, found = {tuple(place) for place in np.argwhere(mask).tolist()}, 0
    while left:
        found, waiting = found + 1, [left.pop()]
        while waiting:
            y, x = waiting.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            waiting += near
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12])
def test_stars_that_were_counted_are_so_many_and_have_their_colour(count):
    for seed in range(3):
        _, picture = marked("stars", count, "yellow", "night", seed)
        red, green, blue = np.moveaxis(picture, -1, 0)
        assert patches((red > 0.9) & (green > 0.75) & (blue < 0.6)) == count


def test_two_moons_are_two_and_a_red_one_is_red():
    light, _ = marked("moon", 2, time="night")
    (x, y), (other, _) = light.places("moon")
    assert abs(x - other) > 0.2
    light, picture = marked("moon", color="red", time="night")
    x, y = (round(192 * part) for part in light.moon)
    red, green, blue = picture[y - 3 : y + 3, x - 3 : x + 3].mean(axis=(0, 1))
    assert red > 2 * green and red > 2 * blue


def test_a_sky_in_a_colour_has_it_and_keeps_its_light():
    plain, purple = (
        paint_sky((96, 96), scene, light_of(scene, 3), 0.6, 3)
        for scene in (Scene(sky=Sky(time="day")), Scene(sky=Sky(time="day", color="green")))
    )
    assert (purple[..., 1] > purple[..., 0]).mean() > 0.9 and (purple[..., 1] > purple[..., 2]).mean() > 0.9
    assert np.corrcoef(plain.mean(axis=2).ravel(), purple.mean(axis=2).ravel())[0, 1] > 0.7
