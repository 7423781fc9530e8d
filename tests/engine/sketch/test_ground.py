import itertools

import numpy as np
import pytest

from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.sky import paint_sky
from mengbi.scene import GROUNDS, SEASONS, TIMES, Scene, Sky


def landscape(size, ground, time="day", seed=1, weather="clear", season=None):
    scene = Scene(sky=Sky(time=time, weather=weather), ground=ground, season=season)
    light = light_of(scene, seed)
    canvas = paint_sky(size, scene, light, light.horizon, seed)
    painted = paint_ground(size, scene, light, light.horizon, seed)
    for layer in painted.layers:
        layer.lay(canvas)
    return painted, canvas


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_is_painted_by_every_hour(ground):
    for time, weather in zip(TIMES, ("clear", "rain", "snow", "fog"), strict=True):
        painted, canvas = landscape((96, 72), ground, time, weather=weather)
        assert np.isfinite(canvas).all()
        assert canvas.min() >= 0
        assert canvas.max() <= 1
        assert [layer.depth for layer in painted.layers] == sorted(layer.depth for layer in painted.layers)
        for layer in painted.layers:
            assert layer.rgb.shape == (*layer.alpha.shape, 3)
            assert layer.rgb.dtype == layer.alpha.dtype == np.float32
            assert layer.alpha.min() >= 0
            assert layer.alpha.max() <= 1.001
            assert layer.rgb.min() >= 0
            assert layer.rgb.max() <= 1


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_ground_covers_the_foot_of_the_picture_and_not_its_head(ground):
    painted, _ = landscape((128, 128), ground)
    cover = 1 - np.prod([1 - layer.alpha for layer in painted.layers], axis=0)
    assert cover[-8:].min() > 0.97
    if ground != "forest":
        assert cover[: cover.shape[0] // 10].mean() < 0.1


@pytest.mark.parametrize("ground", GROUNDS)
def test_things_stand_lower_and_larger_the_nearer_they_are(ground):
    painted, _ = landscape((96, 96), ground, seed=6)
    depths = np.linspace(0, 1, 21)
    for x in (0.0, 0.3, 0.5, 0.9, 1.0):
        feet = [painted.foot(float(depth), x) for depth in depths]
        assert all(far < near for far, near in itertools.pairwise(feet))
        assert feet[0] > 0.1
        assert 0.85 < feet[-1] <= 1.0
    sizes = [painted.scale(float(depth)) for depth in depths]
    assert all(far < near for far, near in itertools.pairwise(sizes))
    assert sizes[-1] == pytest.approx(1.0)
    assert sizes[0] > 0.1


@pytest.mark.parametrize(
    ("ground", "surface"),
    [
        ("meadow", "land"),
        ("sea", "water"),
        ("clouds", "air"),
        ("room", "indoors"),
        ("space", "space"),
        ("underwater",) * 2,
    ],
)
def test_a_ground_says_what_one_stands_on(ground, surface):
    assert landscape((64, 64), ground)[0].surface == surface


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_seed_is_one_picture_at_every_size_and_another_seed_another(ground):
    large, small, other = (
        landscape((side, side), ground, "sunset", seed)[1] for side, seed in ((384, 5), (96, 5), (96, 6))
    )
    assert np.abs(large.reshape(96, 4, 96, 4, 3).mean(axis=(1, 3)) - small).mean() < 0.03
    assert np.abs(small - other).mean() > 0.01


def test_the_same_seed_gives_the_same_bytes():
    for ground in ("hills", "sea", "city", "room"):
        first, again = (landscape((96, 96), ground, "dawn", 9)[1] for _ in range(2))
        assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize("ground", ["meadow", "sea", "city", "village", "underwater", "room"])
def test_night_is_darker_than_day(ground):
    day, night = (
        np.mean([landscape((64, 64), ground, time, s)[1][40:] for s in range(2)]) for time in ("day", "night")
    )
    assert night < 0.85 * day


def test_seasons_tint_the_land():
    colors = [landscape((96, 96), "hills", season=season, seed=2)[1][60:].mean(axis=(0, 1)) for season in SEASONS]
    spring, _, autumn, winter = colors
    assert spring[1] > spring[0]
    assert autumn[0] > autumn[1]
    assert winter.min() > 0.5


@pytest.mark.parametrize("size", [(300, 40), (40, 300), (64, 64)])
@pytest.mark.parametrize("ground", ["meadow", "lake", "city", "room", "clouds"])
def test_ribbons_and_thumbnails_are_painted(ground, size):
    assert landscape(size, ground)[1].shape == (size[1], size[0], 3)


def test_a_sheet_fits_a_canvas_larger_than_itself_without_seams():
    painted, _ = landscape((96, 96), "desert")
    canvas = np.zeros((700, 700, 3), dtype=np.float32)
    painted.layers[0].lay(canvas)
    steps = np.abs(np.diff(canvas[500:], axis=0)).max(axis=(1, 2))
    assert steps[11:13].max() <= steps.max()
    assert steps.max() < 0.2


@pytest.mark.parametrize("ground", ["river", "lake", "beach"])
def test_a_shore_knows_where_its_water_is(ground):
    places = [(float(depth), float(x)) for depth in np.linspace(0, 1, 11) for x in np.linspace(0, 1, 11)]
    shares = []
    for seed in range(3):
        painted, _ = landscape((96, 96), ground, seed=seed)
        shares.append(np.mean([painted.wet(depth, x) for depth, x in places]))
    assert 0.03 < np.mean(shares) < 0.9
    assert not landscape((64, 64), "meadow")[0].wet(0.5, 0.5)
