import itertools

import pytest

from mengbi.engine.sketch.light import light_of
from mengbi.scene import FEATURES, GROUNDS, MOODS, TIMES, WEATHERS, Scene, Sky


def scene(time=None, weather=None, features=(), **rest):
    return Scene(sky=Sky(time=time, weather=weather, features=features), **rest)


@pytest.mark.parametrize("ground", GROUNDS)
def test_what_the_scene_says_stays_as_it_was_said(ground):
    for time, weather in itertools.product(TIMES, WEATHERS):
        light = light_of(scene(time, weather, ground=ground, season="autumn", mood="calm"), 3)
        assert (light.time, light.weather, light.ground) == (time, weather, ground)
        assert (light.season, light.mood) == ("autumn", "calm")


def test_every_number_lies_where_it_belongs():
    for seed, (time, weather, mood) in enumerate(itertools.product(TIMES, WEATHERS, (None, *MOODS))):
        light = light_of(scene(time, weather, FEATURES[seed % 10 :], mood=mood), seed)
        colors = [color for _, color in light.sky] + [*light.clouds, light.glow, light.ambient, light.haze, light.rim]
        assert all(0 <= part <= 1.001 for color in colors for part in color)
        assert [height for height, _ in light.sky] == sorted(height for height, _ in light.sky)
        assert 0 <= light.haze_strength <= 1
        assert 0 <= light.shadow[2] <= 1
        assert 0.3 < light.horizon < 0.8
        for place in (light.sun, light.moon):
            assert place is None or (0 < place[0] < 1 and 0 < place[1] < light.horizon)


def test_the_same_seed_gives_the_same_light_and_seeds_vary_it():
    lights = [light_of(Scene(), seed) for seed in range(40)]
    assert lights[:5] == [light_of(Scene(), seed) for seed in range(5)]
    assert len({light.time for light in lights}) >= 3
    assert len({light.ground for light in lights}) >= 3
    assert len({light.sky for light in lights}) >= 8


@pytest.mark.parametrize(
    ("features", "time"), [(("stars",), "night"), (("aurora",), "night"), (("rainbow",), "day"), (("moon",), "night")]
)
def test_what_shines_in_the_sky_brings_its_hour(features, time):
    assert {light_of(scene(features=features), seed).time for seed in range(6)} == {time}


def test_lightning_brings_a_storm_and_winter_snow():
    assert light_of(scene(features=("lightning",)), 1).weather == "storm"
    assert light_of(Scene(season="winter"), 1).ground == "snow"


def test_a_sun_by_day_and_a_moon_or_none_by_night():
    assert light_of(scene("day", "clear"), 2).sun is not None
    night = light_of(scene("night", "clear"), 2)
    assert night.sun is None
    assert night.moon is not None
    assert light_of(scene("day", "rain"), 2).sun is None


def test_night_is_darker_than_day_and_a_sunset_warmer():
    day, sunset, night = (light_of(scene(time, "clear"), 4) for time in ("day", "sunset", "night"))
    assert sum(night.ambient) < 0.7 * sum(day.ambient)
    assert sunset.ambient[0] / sunset.ambient[2] > day.ambient[0] / day.ambient[2]


@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_shadows_fall_away_from_the_sun(side, sign):
    lights = [light_of(scene("sunset", "clear"), seed) for seed in range(20)]
    lights = [light for light in lights if light.sun and (light.sun[0] < 0.5) == (side == "left")]
    assert lights
    assert all(sign * light.shadow[0] > 0 for light in lights)
