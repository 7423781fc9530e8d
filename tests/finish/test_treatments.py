"""Treatments are exact, keep a picture's shape, and do what their names say."""

import numpy as np
import pytest

from mengbi.errors import BriefError, UnknownName
from mengbi.finish.treatments import TREATMENTS, check, settings_of, treat
from mengbi.finish.treatments.field import blur, from_oklab, luma, noise, to_oklab, unit_of
from mengbi.noise import generator
from mengbi.style import Treatment


def scene(height=96, width=128):
    """A bright disc and a red bar on a dark slope, float32 (h, w, 3)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    picture = np.stack([0.1 + 0.2 * x / width, 0.15 + 0 * x, 0.3 + 0.2 * y / height], axis=-1)
    picture[np.hypot(y - height / 2, x - width / 3) < height / 4] = (0.9, 0.85, 0.6)
    picture[:, int(width * 0.7) : int(width * 0.8)] = (0.8, 0.1, 0.1)
    return picture.astype(np.float32)


STRONG = {  # a small picture shows little of what is meant for a large one
    "levels": {"gamma": 0.5}, "saturate": {"by": 2.0}, "kuwahara": {"radius": 60}, "ink": {"width": 8.0, "gain": 60.0},
    "crackle": {"width": 8.0, "size": 90.0}, "relief": {"width": 6.0, "amount": 1.5}, "sparks": {"size": 60.0},
}  # fmt: skip


def run(name, picture, seed=1, **settings):
    treatment = Treatment(name=name, settings=tuple(settings.items()))
    return treat(picture, (treatment,), lambda place: generator(seed, place))


@pytest.mark.parametrize("name", TREATMENTS)
def test_every_treatment_changes_a_picture_the_same_way_each_time_and_keeps_its_shape(name):
    settings = STRONG.get(name, {})
    picture = scene()
    before = picture.copy()
    made = run(name, picture, **settings)
    assert np.array_equal(picture, before)
    assert made.shape == picture.shape
    assert made.dtype == np.float32
    assert 0 <= made.min() <= made.max() <= 1
    assert np.abs(made - picture).mean() > 0.001
    assert made.tobytes() == run(name, picture, **settings).tobytes()


@pytest.mark.parametrize("name", TREATMENTS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (37, 2), (20, 61)])
def test_every_treatment_takes_the_smallest_and_the_oddest_pictures(name, shape):
    made = run(name, scene(*shape))
    assert made.shape == (*shape, 3)
    assert np.isfinite(made).all()


@pytest.mark.parametrize("name", TREATMENTS)
def test_every_treatment_takes_black_and_white(name):
    for value in (0, 1):
        assert np.isfinite(run(name, np.full((24, 32, 3), value, dtype=np.float32))).all()


def test_chance_comes_from_the_seed_alone():
    for name in ("warp", "mosaic", "points", "paper", "bleed", "bokeh", "sparks"):
        assert run(name, scene(), seed=1).tobytes() != run(name, scene(), seed=2).tobytes()


def test_oklab_there_and_back_is_the_same_colour():
    rgb = np.linspace(0, 1, 3 * 500, dtype=np.float32).reshape(-1, 3)[np.random.default_rng(1).permutation(500)]
    assert np.abs(from_oklab(to_oklab(rgb)) - rgb).max() < 2 / 255
    assert np.allclose(to_oklab(np.array([[1, 1, 1]], dtype=np.float32)), [[1, 0, 0]], atol=1e-3)


def test_a_blur_keeps_the_light_and_spreads_it_as_far_as_it_says():
    dot = np.zeros((129, 129), dtype=np.float32)
    dot[64, 64] = 1
    y, x = np.mgrid[-64:65, -64:65]
    for sigma in (1.0, 3.0, 7.0, 12.0):
        made = blur(dot, sigma)
        assert made.sum() == pytest.approx(1, abs=0.02)
        assert np.sqrt((made * (y**2 + x**2)).sum() / 2) == pytest.approx(sigma, rel=0.12)


def test_noise_has_about_unit_strength_at_every_size_and_depth():
    for cell, octaves in ((2, 1), (20, 1), (30, 4)):
        lumps = noise(generator(1, 1), (400, 400), cell, octaves)
        assert abs(float(lumps.mean())) < 0.3
        assert 0.7 < float(lumps.std()) < 1.4


def test_lengths_follow_the_pictures_size():
    assert unit_of((768, 768)) == 1
    assert unit_of((1536, 384)) == 1
    dark = [(luma(run("ink", scene(n, n), paper="#ffffff", width=6.0)) < 0.5).mean() for n in (192, 384)]
    assert dark[0] == pytest.approx(dark[1], rel=0.3)


def test_a_gradient_map_knows_only_its_own_colours():
    made = run("gradient", scene(), colors=("#102030", "#f0e0d0"))
    low, high = (np.array(c) / 255 for c in ((16, 32, 48), (240, 224, 208)))
    assert (made >= low - 0.01).all()
    assert (made <= high + 0.01).all()
    assert run("gradient", np.zeros((4, 4, 3), np.float32), colors=("#102030", "#f0e0d0"))[0, 0] == pytest.approx(
        low, abs=0.01
    )


def test_a_palette_leaves_its_inks_and_no_others():
    inks = ("#d02020", "#f0e0a0", "#203060")
    made = (run("palette", scene(), colors=inks, soft=0.0) * 255).round().reshape(-1, 3)
    allowed = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in inks])
    assert np.abs(made[:, None] - allowed[None]).max(axis=-1).min(axis=-1).max() <= 2


def test_kuwahara_evens_noise_out_and_keeps_edges():
    picture = scene()
    rough = picture + 0.05 * generator(1, 1).standard_normal(picture.shape, dtype=np.float32)
    made = run("kuwahara", np.clip(rough, 0, 1), radius=40)
    assert np.abs(made - picture)[20:70, 60:85].mean() < 0.5 * np.abs(rough - picture)[20:70, 60:85].mean()
    red = luma(made)[48, 86:105]
    assert red.max() - red.min() > 0.6 * (luma(picture)[48, 86:105].max() - luma(picture)[48, 86:105].min())


def test_posterised_light_has_few_steps():
    slope = np.repeat(np.linspace(0, 1, 400, dtype=np.float32)[None, :, None], 3, axis=2)
    light = to_oklab(run("posterize", slope, steps=4, soft=0.02))[0, :, 0]
    steps = np.array([0, 1 / 3, 2 / 3, 1])
    assert (np.abs(light[:, None] - steps).min(axis=1) < 0.01).mean() > 0.95


def test_ink_lies_on_edges_and_nowhere_else():
    made = luma(run("ink", scene(), paper="#ffffff", width=8.0, gain=60.0))
    assert made[40:56, 84:108].min() < 0.3
    assert (made[5:15, 60:80] > 0.97).all()


def test_hatching_is_denser_where_it_is_darker():
    flat = [np.full((256, 256, 3), value, dtype=np.float32) for value in (0.1, 0.3, 0.5, 0.7, 0.95)]
    light = [float(luma(run("hatch", picture, spacing=20.0)).mean()) for picture in flat]
    assert light == sorted(light)
    assert light[-1] - light[0] > 0.6


def test_halftone_prints_the_tone_it_stands_for():
    for value in (0.25, 0.5, 0.75):
        flat = np.full((256, 256, 3), value, dtype=np.float32)
        tone = luma(run("tone", flat, cell=24.0, pale=1.0, dark=0.0, color="#000000")).mean()
        assert tone == pytest.approx(value, abs=0.06)


def test_tiles_and_blocks_have_one_colour_each():
    made = run("blocks", scene(), cell=48.0, steps=6.0)
    side = round(48 * unit_of(made.shape))
    assert (made[:side, :side] == made[0, 0]).all()
    tiles = run("mosaic", scene(), size=80.0, gap=0.0, vary=0.0)
    assert len(np.unique((tiles * 255).round().reshape(-1, 3), axis=0)) < 0.2 * tiles.shape[0] * tiles.shape[1]


def test_a_vignette_darkens_the_corners_and_not_the_middle():
    white = np.ones((90, 120, 3), dtype=np.float32)
    made = run("vignette", white, amount=1.0)
    assert made[0, 0].max() < 0.1
    assert made[45, 60].min() > 0.99


def test_glow_only_adds_light_and_only_near_light():
    picture = scene()
    made = run("glow", picture, radius=20.0, amount=1.0)
    assert (made >= picture - 1e-6).all()
    assert (made - picture)[48, 48 + 28].mean() > 3 * (made - picture)[90, 125].mean()


def test_what_no_treatment_is_or_takes_is_said_in_one_line():
    for settings, words in (
        ({"radius": 1e9}, "a number from"),
        ({"radius": float("nan")}, "a number from"),
        ({"radius": True}, "a number from"),
        ({"radius": "wide"}, "a number from"),
        ({"radios": 3}, "did you mean 'radius'"),
    ):
        with pytest.raises(BriefError, match=words):
            check(Treatment(name="kuwahara", settings=tuple(settings.items())))
    with pytest.raises(UnknownName, match="did you mean 'kuwahara'"):
        check(Treatment(name="kuwahra"))
    with pytest.raises(BriefError, match="list of 1 to 16 colours"):
        check(Treatment(name="palette", settings=(("colors", ("red",)),)))
    with pytest.raises(BriefError, match="a colour as #rrggbb"):
        check(Treatment(name="ink", settings=(("color", ""),)))


def test_every_usual_setting_is_one_that_would_be_taken():
    for name in TREATMENTS:
        usual = {key: value for key, value in settings_of(name).items() if value not in ("", ())}
        check(Treatment(name=name, settings=tuple(usual.items())))
