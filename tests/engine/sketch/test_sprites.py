"""Sprites: whole, sharp and tight at any size, and in any colour without losing the drawing."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mengbi import assets
from mengbi.engine.sketch import dye, figures
from mengbi.engine.sketch.sprites import anchors, aspect, sprite
from mengbi.scene import COLORS

COMMON = (
    "cat dog horse rabbit elephant fish bird butterfly dragon fox bear rose tulip apple car house tree balloon sailboat"
    " umbrella heart star castle mushroom dress crown lantern girl book whale"
).split()
CHROMATIC = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown")


def concept(name):
    return assets.concepts()[name]


def lab_of(pixels):
    return dye.to_oklab(pixels[..., :3] / 255)


@pytest.mark.parametrize("height", [8, 33, 256, 1500])
def test_a_sprite_is_as_tall_as_asked_and_cropped_to_what_is_drawn(height):
    pixels = sprite(concept("cat"), height)
    alpha = pixels[..., 3]
    assert pixels.dtype == np.uint8 and pixels.shape[0] == height and pixels.shape[2] == 4
    assert pixels.shape[1] == pytest.approx(height * aspect(concept("cat")), abs=1)
    edge = max(1, height // 100)
    for side in (alpha[:edge], alpha[-edge:], alpha[:, :edge], alpha[:, -edge:]):
        assert side.max() > 60


def test_a_sprite_is_never_wider_than_4096_pixels():
    pixels = sprite(concept("airship"), 4096)
    assert pixels.shape[1] <= 4096
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(aspect(concept("airship")), rel=0.01)


def test_every_drawing_of_every_concept_shows_something():
    for one in assets.concepts().values():
        for variant in range(len(one.drawings)):
            alpha = sprite(one, 24, variant=variant)[..., 3]
            assert (alpha > 128).mean() > 0.05, one.drawings[variant]


def test_the_same_sprite_twice_is_the_same_to_the_bit():
    first = sprite(concept("dragon"), 100, color="gold")
    assert np.array_equal(first, sprite(concept("dragon"), 100, color="gold"))


def test_flipped_is_mirrored_and_so_are_its_anchors():
    cat = concept("cat")
    assert np.array_equal(sprite(cat, 64, flip=True), sprite(cat, 64)[:, ::-1])
    plain, flipped = anchors(cat), anchors(cat, flip=True)
    for one, other in zip((plain.top, plain.hand, plain.seat), (flipped.top, flipped.hand, flipped.seat), strict=True):
        assert other == pytest.approx((1 - one[0], one[1]))


def test_all_drawings_of_a_concept_look_the_same_way():
    snake = concept("snake")
    assert {assets.marks()[name].faces for name in snake.drawings} == {"left", "right"}
    assert anchors(snake, 1).top[0] < 0.5  # its head, which the drawing itself has on the right


def test_anchors_lie_in_the_sprite_and_on_or_near_what_is_drawn():
    for one in assets.concepts().values():
        for variant in range(len(one.drawings)):
            points = anchors(one, variant)
            for x, y in (points.top, points.hand, points.seat):
                assert -0.02 <= x <= 1.02 and -0.02 <= y <= 1.02, one.drawings[variant]
            assert points.top[1] < 0.8


@pytest.mark.parametrize("name", ["panda", "fox", "girl", "man", "princess", "astronaut", "baby"])
def test_a_face_gets_a_whole_body(name):
    one = concept(name)
    assert one.body
    assert aspect(one) < 0.8  # taller than wide
    points = anchors(one)
    assert points.top[1] < 0.2 < points.seat[1] < points.hand[1]
    lower = sprite(one, 200)[120:, :, 3]
    assert (lower > 200).mean() > 0.3


def test_a_body_keeps_the_skin_of_its_face():
    one = concept("boy")
    for variant, tone in enumerate(("light", "medium", "medium-dark")):
        assert f"-{tone}-skin" in one.drawings[variant]
        skin = np.array([int(figures.SKIN[f"-{tone}-skin"][at : at + 2], 16) for at in (1, 3, 5)])
        lower = sprite(one, 200, variant=variant)[110:]
        assert (np.abs(lower[..., :3].astype(int) - skin).max(axis=-1) < 4).sum() > 60


@pytest.mark.parametrize("color", CHROMATIC)
@pytest.mark.parametrize("name", COMMON)
def test_the_main_area_takes_the_hue_and_its_shading_stays(name, color):
    plain, dyed = sprite(concept(name), 96), sprite(concept(name), 96, color=color)
    assert np.array_equal(plain[..., 3], dyed[..., 3])
    before, after = lab_of(plain), lab_of(dyed)
    changed = (np.abs(after - before).sum(axis=-1) > 0.03) & (plain[..., 3] > 250)
    if changed.sum() < 50:  # it had the colour already
        family = dye.main_family(plain)
        lightness, _, hue = dye.TARGETS[color]
        apart = abs((family.hue - hue + 180) % 360 - 180)
        assert (apart < 14 and abs(family.lightness - lightness) < 0.14) or name == "girl"
        return
    a, b = before[changed], after[changed]
    hue = np.degrees(np.arctan2(b[:, 2].mean(), b[:, 1].mean()))
    assert abs((hue - dye.TARGETS[color][2] + 180) % 360 - 180) < 12
    assert np.hypot(b[:, 1], b[:, 2]).mean() > 0.04
    if a[:, 0].std() > 0.02:  # a flat area has no shading to keep
        assert np.corrcoef(a[:, 0], b[:, 0])[0, 1] >= 0.8


@pytest.mark.parametrize("name", COMMON)
def test_black_white_and_grey_come_out_dark_light_and_between(name):
    mean = {}
    for color in ("black", "gray", "white"):
        plain, dyed = sprite(concept(name), 96), sprite(concept(name), 96, color=color)
        changed = (np.abs(lab_of(dyed) - lab_of(plain)).sum(axis=-1) > 0.03) & (plain[..., 3] > 250)
        family = dye.main_family(plain, figures.PEOPLE if name == "girl" else ())
        mean[color] = np.median(lab_of(dyed)[changed][:, 0]) if changed.sum() > 50 else family.lightness
    assert mean["black"] < 0.45 < mean["gray"] < 0.83 < mean["white"]


def test_a_black_cat_keeps_its_eyes():
    dyed = lab_of(sprite(concept("cat"), 200, color="black"))[:80, :, 0]
    solid = sprite(concept("cat"), 200)[:80, :, 3] > 250
    assert np.median(dyed[solid]) < 0.4
    assert (dyed[solid] > 0.75).sum() > 30


def test_a_rainbow_runs_through_the_hues():
    dyed = sprite(concept("heart"), 128, color="rainbow")
    lab = lab_of(dyed)[dyed[..., 3] > 250]
    hues = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    assert (np.histogram(hues, bins=6, range=(0, 360))[0] > 0.03 * len(hues)).sum() >= 4


def test_clothes_change_and_the_face_does_not():
    plain, dyed = sprite(concept("girl"), 200), sprite(concept("girl"), 200, color="blue")
    changed = np.abs(plain.astype(int) - dyed).max(axis=-1) > 8
    assert changed[:80].mean() < 0.01
    assert changed[100:170].mean() > 0.2


def test_leaves_stay_green_on_a_blue_rose():
    before, after = (lab_of(sprite(concept("rose"), 96, color=color)) for color in (None, "blue"))
    green = (np.degrees(np.arctan2(before[..., 2], before[..., 1])) % 360 - 140).__abs__() < 12
    green &= np.hypot(before[..., 1], before[..., 2]) > 0.1
    assert green.sum() > 50
    assert np.abs(after - before)[green].mean() < 0.01


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(assets.concepts())),
    color=st.sampled_from((None, *COLORS)),
    height=st.integers(4, 80),  # of chopsticks a row of pixels shows nothing
    variant=st.integers(0, 9),
    flip=st.booleans(),
)
def test_any_concept_in_any_colour_at_any_size_is_a_picture(name, color, height, variant, flip):
    pixels = sprite(concept(name), height, color=color, variant=variant, flip=flip)
    assert pixels.shape[0] == height and pixels.shape[1] >= 1 and pixels[..., 3].max() > 0


def test_oklab_goes_there_and_back():
    rgb = np.random.default_rng(1).random((200, 3))
    np.testing.assert_allclose(dye.from_oklab(dye.to_oklab(rgb)), rgb, atol=1e-5)
    np.testing.assert_allclose(dye.to_oklab(np.ones((1, 3))), [[1, 0, 0]], atol=1e-4)  # white, as published


def test_a_sprite_is_quick_once_it_was_drawn():
    names = COMMON[:12]
    for name in names:
        sprite(concept(name), 64, color="blue")
    times = []
    for name in names:
        start = time.process_time()
        sprite(concept(name), 256, color="blue")
        times.append(time.process_time() - start)
    assert np.median(times) < 0.03  # half of that on an idle machine


@pytest.mark.parametrize("alpha", [0, 1, 90, 255])
def test_a_drawing_of_mist_that_is_nowhere_quite_there_has_a_main_colour_too(alpha):
    mist = np.full((6, 6, 4), (200, 90, 90, alpha), np.uint8)
    assert dye.main_family(mist) == dye.main_family(np.full((6, 6, 4), (200, 90, 90, 255), np.uint8))
