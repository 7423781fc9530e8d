"""What stands behind something that is cut out."""

import numpy as np
import pytest

from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.finish.backdrop import backdrop, touch
from mengbi.pipeline import make_plan


@pytest.fixture(scope="module")
def plan():
    return make_plan(Brief(engine="avatar", face={}, seed=4, size=(64, 64)))


def disc(color):
    y, x = np.mgrid[:64, :64] - 31.5
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[np.hypot(x, y) < 20] = (*color, 255)
    return pixels


def test_a_color_fills_what_is_clear_and_nothing_else(plan):
    made = backdrop(disc((200, 10, 10)), plan, touch("skyblue").settings)
    assert made.shape == (64, 64, 3)
    assert tuple(made[0, 0]) == (135, 206, 235) and tuple(made[32, 32]) == (200, 10, 10)


def test_what_is_chosen_is_light_never_the_things_own_hue_and_the_same_again(plan):
    for color in ((200, 40, 40), (40, 180, 60), (40, 60, 200), (90, 90, 90)):
        made = backdrop(disc(color), plan, touch("auto").settings)
        corner = made[0, 0].astype(int)
        assert corner.max() > 220 and corner.min() > 150
        assert np.abs(corner - color).max() > 60
        assert np.array_equal(made, backdrop(disc(color), plan, {"color": "auto"}))


def test_a_picture_without_alpha_stays_as_it_is(plan):
    pixels = np.full((8, 8, 3), 7, np.uint8)
    assert backdrop(pixels, plan, {"color": "#ffffff"}) is pixels


def test_what_is_no_color_is_refused(plan):
    with pytest.raises(BriefError, match="none, auto, or a colour"):
        touch("sky-ish")
    with pytest.raises(BriefError, match="is no colour"):
        backdrop(disc((1, 2, 3)), plan, {"color": "url(x)"})
