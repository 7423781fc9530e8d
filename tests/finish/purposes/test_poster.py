"""A poster: exact paper, the picture untouched on it, letters inside the margins, the seal where it belongs."""

from dataclasses import replace

import numpy as np
import pytest

from mengbi.errors import BriefError
from mengbi.finish.purposes.poster import PAPERS, picture_box
from mengbi.plan import Touch

RED = np.array([178, 34, 28], np.int16)


def seal_places(pixels):
    """Left, top, right, bottom of the vermilion."""
    seen = pixels[::3, ::3].astype(np.int16)
    down, across = 3 * np.array(np.nonzero(np.abs(seen - RED).max(axis=2) < 40))
    return across.min(), down.min(), across.max(), down.max()


def ink_of(pixels, dark=110):
    down, across = 2 * np.array(np.nonzero(pixels[::2, ::2].max(axis=2) < dark))
    return across.min(), down.min(), across.max(), down.max()


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_a_page_has_the_size_of_its_paper_at_300_dots_an_inch(plan, touched, paper):
    made = plan(purpose=f"poster:{paper}")
    mm, size = made.finish[-1].settings["mm"], made.finish[-1].settings["size"]
    assert sorted(mm) == sorted(PAPERS[paper])
    assert all(abs(pixels - side / 25.4 * 300) <= 0.5 for pixels, side in zip(size, mm, strict=True))
    if paper == "a4":
        assert touched(made).shape == (3508, 2480, 3)


def test_the_page_lies_as_the_picture_does(plan):
    assert plan(purpose="poster:a4", size=(900, 600)).finish[-1].settings["size"] == [3508, 2480]
    assert plan(purpose="poster:a4", size=(600, 900)).finish[-1].settings["size"] == [2480, 3508]


def test_what_is_painted_has_the_shape_of_its_place(plan):
    for wishes in ({}, {"vertical": True}, {"size": (1600, 900)}):
        made = plan(purpose="poster:a3", **wishes)
        _, _, width, height = made.finish[-1].settings["picture"]
        assert abs(made.size[0] / made.size[1] - width / height) < 0.01
        assert made.size[0] * made.size[1] <= 1.01 * 1920 * 1080


def test_the_picture_is_on_the_page_as_it_was(plan, touched):
    made = plan(purpose="poster:a4")
    left, top, width, height = made.finish[-1].settings["picture"]
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    page = touched(made, pixels)
    assert np.array_equal(page[top : top + height, left : left + width], pixels)
    assert np.array_equal(page, touched(made, pixels))


def test_letters_and_seal_stay_inside_the_margins_however_long_they_are(plan, touched):
    for title in ("Fox", "A very long title, " * 40, "极长的题目" * 60):
        made = plan(purpose="poster:a4", title=title, seal="齐白石印")
        left, top, width, height = made.finish[-1].settings["picture"]
        page = touched(made, np.full((height, width, 3), 255, np.uint8))
        x0, y0, x1, y1 = ink_of(page)
        assert x0 >= left - 40 and x1 <= left + width + 40, title
        assert y0 >= top + height and y1 <= page.shape[0] - 80, title
        seal = seal_places(page)
        assert seal[0] > left + 0.85 * width and seal[1] > top + height
        letters = page[seal[1] : seal[3], left : seal[0] - 60]
        assert (letters.max(axis=2) < 110).any() and (page[seal[1] : seal[3], seal[0] - 50 : seal[0] - 5] > 200).all()


def test_what_is_read_from_the_right_stands_at_the_right_and_its_seal_at_the_left(plan, touched):
    made = plan("قلعة على التل", purpose="poster:a4", seal="Ada")
    left, _, width, height = made.finish[-1].settings["picture"]
    page = touched(made, np.full((height, width, 3), 255, np.uint8))
    assert seal_places(page)[2] < left + 0.15 * width
    assert ink_of(page)[2] > left + 0.97 * width


def test_a_scroll_has_its_inscription_at_the_right_of_the_picture(plan, touched):
    made = plan("床前明月光，疑是地上霜", purpose="poster:a4", vertical=True, title="静夜思", seal="李白")
    left, top, width, height = made.finish[-1].settings["picture"]
    page = touched(made, np.full((height, width, 3), 255, np.uint8))
    seal, letters = seal_places(page), ink_of(page, dark=60)
    assert left + width < letters[0] and letters[2] < page.shape[1] - 0.08 * 2480
    assert top < letters[1] and seal[1] > letters[1]
    assert left + width < seal[0] and seal[3] < top + height
    mount = page[20:200, 20:200].reshape(-1, 3)
    assert mount.std() > 1 and mount.mean() < 210  # silk, not paper


def test_the_title_is_the_first_words_and_the_rest_stands_beneath(plan, touched):
    bare, said = (plan(words, purpose="poster:a4") for words in ("a fox", "a fox, snow on every tree, oil on canvas"))
    lower = slice(3230, 3300)  # where the words stand, below the title
    assert (touched(bare)[lower] > 200).all() and (touched(said)[lower] < 200).any()


def test_a_photo_keeps_its_shape():
    for shape in (0.5, 0.8, 1.0, 1.5, 2.4):
        for vertical in (True, False):
            page = (3508, 2480) if shape > 1.05 else (2480, 3508)
            left, top, width, height = picture_box(page, shape, worded=True, vertical=vertical)
            assert abs(width / height - shape) < 0.01
            assert left >= 100 and top >= 100 and left + width <= page[0] - 100 and top + height <= page[1] - 250


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": [10**6, 10**6]}, "megapixels"),
        ({"size": "large"}, "2 whole numbers"),
        ({"size": [100, 2000]}, "reaches out|at least 600"),
        ({"picture": [0, 0, 9999, 5]}, "reaches out"),
        ({"picture": [0, 0, 64, 64]}, "are planned"),
        ({"vertical": "yes"}, "one of True, False"),
        ({"title": 7}, "a text"),
        ({"seal": ["王" * 9, "white"]}, "one to four"),
        ({"seal": ["🐱", "white"]}, "one to four"),
        ({"seal": "王"}, "what is cut"),
        ({"number": -1}, "whole number"),
    ],
)
def test_a_plan_of_somebody_else_is_refused_in_one_line(plan, touched, change, said):
    made = plan(purpose="poster:a4")
    pixels = np.zeros((*made.finish[-1].settings["picture"][:1:-1], 3), np.uint8)
    spoilt = replace(made, finish=(Touch(name="poster", settings={**made.finish[-1].settings, **change}),))
    with pytest.raises(BriefError, match=said):
        touched(spoilt, pixels)
