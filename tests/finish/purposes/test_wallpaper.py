"""Wallpapers: exact sizes of real screens, what matters in a photo kept, and the picture continued without a seam."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mengbi.errors import BriefError, UnknownName
from mengbi.finish.purposes import KINDS
from mengbi.finish.purposes.kinds import all_kinds
from mengbi.finish.purposes.reshape import reshape
from mengbi.finish.purposes.salience import around, salience, window
from mengbi.finish.purposes.wallpaper import find_screen, screens


@pytest.fixture
def photo(tmp_path):
    """Grey-green noise with a bright, detailed disc at its left."""
    rng = np.random.default_rng(2)
    pixels = rng.integers(90, 110, (400, 600, 3), np.uint8)
    y, x = np.mgrid[:400, :600]
    disc = np.hypot(x - 150, y - 200) < 70
    pixels[disc] = rng.integers(0, 255, (int(disc.sum()), 3), np.uint8) // 2 + np.array([120, 60, 0], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("", (1920, 1080)), ("phone", (1080, 2400)), ("4k", (3840, 2160)), ("ultrawide", (3440, 1440)),
        ("watch", (396, 484)), ("iphone 15", (1179, 2556)), ("iPhone-15-Pro-Max", (1290, 2796)),
        ("pixel8pro", (1344, 2992)), ("Samsung Galaxy S24+", (1440, 3120)), ("手机", (1080, 2400)),
        ("华为 mate 60 pro", (1260, 2720)), ("mate-60-pro", (1260, 2720)),
        ("S24 Ultra", (1440, 3120)), ("macbook-air", (2560, 1664)), ("ipad mini", (1488, 2266)),
    ],
)  # fmt: skip
def test_a_screen_answers_to_its_names_with_its_real_pixels(name, size):
    assert find_screen(name).size == size


def test_a_screen_that_nobody_has_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'iphone 15'"):
        find_screen("iphne 15")


def test_every_kind_can_be_planned_and_no_name_is_given_twice(plan):
    sizes = {screen.name: screen.size for screen in screens().values()}
    assert all(300 <= side <= 6000 for size in sizes.values() for side in size)
    for kind in all_kinds():
        assert plan(purpose=kind).finish or kind.startswith("wallpaper")
    assert set(KINDS) <= set(all_kinds())


def test_words_are_painted_in_the_shape_of_the_screen(plan):
    assert plan(purpose="wallpaper").size == (1920, 1080)
    assert plan(purpose="wallpaper").finish == ()  # they are the screen's own pixels
    made = plan(purpose="wallpaper:phone")
    assert made.finish[-1].settings["size"] == [1080, 2400]
    assert abs(made.size[0] / made.size[1] - 1080 / 2400) < 0.01 and made.size[0] * made.size[1] < 2.1e6
    assert plan(purpose="wallpaper", size=(300, 200)).size == (300, 200)


def test_what_matters_in_a_photo_is_found(photo):
    matters = salience(np.asarray(Image.open(photo)))
    assert abs(matters.sum() - 1) < 1e-3
    x, y, side = around(matters, (600, 400))
    assert abs(x - 0.25) < 0.06 and abs(y - 0.5) < 0.06 and side < 0.8


@pytest.mark.parametrize("shape", [9 / 19.5, 0.75, 1.0, 16 / 9, 21 / 9])
def test_a_window_has_its_shape_and_holds_what_matters(photo, shape):
    matters = salience(np.asarray(Image.open(photo)))
    for grow in (True, False):
        view = window(matters, (600, 400), shape, grow=grow)
        wide = (view.right - view.left + view.more[0] + view.more[2]) * 600
        high = (view.bottom - view.top + view.more[1] + view.more[3]) * 400
        assert abs(wide / high / shape - 1) < 0.01
        assert view.left < 0.15 + 1e-6 and view.right > 0.35 - 1e-6 and view.top < 0.36 and view.bottom > 0.64
        assert grow or not any(view.more)


def test_a_photo_becomes_a_wallpaper_of_the_exact_size(plan, photo):
    made = plan("", photo=photo, strength=0.0, purpose="wallpaper:phone")
    assert abs(made.size[0] / made.size[1] - 1.5) < 0.01
    crop, more = (made.finish[0].settings[name] for name in ("crop", "more"))
    shape = (crop[2] + more[0] + more[2]) / (crop[3] + more[1] + more[3])
    assert abs(shape / (1080 / 2400) - 1) < 0.02
    assert made.finish[-1].settings["size"] == [1080, 2400]


def test_a_picture_goes_on_beyond_its_edges_without_a_seam_and_keeps_every_pixel(plan):
    y, x = np.mgrid[:120, :90]
    pixels = np.dstack([60 + y, 40 + x, 128 + 0 * x]).astype(np.uint8)
    made = reshape(pixels, plan(), {"crop": [0, 10, 90, 100], "more": [0, 80, 0, 60]})
    assert made.shape == (240, 90, 3)
    assert np.array_equal(made[80:180], pixels[10:110])
    rows = made.astype(int).mean(axis=(1, 2))
    assert np.abs(np.diff(rows)).max() < 3  # no step anywhere
    assert np.array_equal(made, reshape(pixels, plan(), {"crop": [0, 10, 90, 100], "more": [0, 80, 0, 60]}))
    aside = reshape(
        np.ascontiguousarray(pixels.transpose(1, 0, 2)), plan(), {"crop": [10, 0, 100, 90], "more": [80, 0, 60, 0]}
    )
    assert np.array_equal(aside[:, 80:180], pixels.transpose(1, 0, 2)[:, 10:110])


def test_a_thing_deep_inside_is_not_seen_again_beyond_the_edge(plan):
    pixels = np.full((200, 100, 3), 100, np.uint8)
    pixels[60:90] = 255
    beyond = reshape(pixels, plan(), {"crop": [0, 0, 100, 200], "more": [0, 150, 0, 0]})[:150]
    assert beyond.max() < 160


@pytest.mark.parametrize(
    "settings",
    [{"crop": [0, 0, 50, 50]}, {"crop": [0, 0, 500, 5], "more": [0, 0, 0, 0]},
     {"crop": [0, 0, 5, 5], "more": [10**6, 10**6, 0, 0]}, {"crop": [0, 0, 5, 5], "more": [-1, 0, 0, 0]},
     {"crop": [0.5, 0, 5, 5], "more": [0, 0, 0, 0]}],
)  # fmt: skip
def test_a_window_that_is_none_is_refused(plan, settings):
    with pytest.raises(BriefError, match="damaged plan"):
        reshape(np.zeros((90, 90, 3), np.uint8), plan(), settings)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"purpose": "wallpapr"}, "did you mean 'wallpaper'"),
        ({"purpose": "card:big"}, "one kind of card"),
        ({"purpose": "poster:b5"}, "no paper 'b5'"),
        ({"purpose": "wallpaper:phone", "size": (100, 100)}, "a size of its own"),
        ({"purpose": "avatar", "size": (100, 100)}, "a size of its own"),
        ({"purpose": "card", "enlarge": 2}, "a size of its own"),
        ({"purpose": "wallpaper", "title": "x"}, "has no letters"),
        ({"seal": "李白"}, "has no letters"),
        ({"vertical": True}, "has no letters"),
        ({"purpose": "poster", "title": "hi 🐱"}, "no letters here for 🐱"),
        ({"purpose": "poster:a2", "count": 2}, "more than fit in memory"),
    ],
)
def test_wishes_that_do_not_go_together_are_said_before_anything_is_painted(plan, wishes, said):
    with pytest.raises(BriefError, match=said):
        plan(**wishes)


def test_a_step_of_a_plan_keeps_its_settings_through_a_file(plan):
    from mengbi.plan import plan_from_dict

    made = plan("落日", purpose="poster:a4", vertical=True, seal="李白")
    assert plan_from_dict(made.to_dict()).to_dict() == replace(made).to_dict()
