"""What becomes of a photo: its size, and how much of it is kept."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mengbi.brief import Brief
from mengbi.errors import BriefError, SourceError
from mengbi.finish import find_style
from mengbi.finish.photo import influenced, painted_size, strength_for, usual_shape
from mengbi.finish.restyle import restyle
from mengbi.noise import generator
from mengbi.pipeline import make_plan
from mengbi.plan import plan_from_dict
from mengbi.style import style_from_dict

Y, X = np.mgrid[0:192, 0:256]
FORMS = (90 + 60 * np.sin(X / 9) * np.cos(Y / 13))[..., None] + np.array([40, 0, -30]) * (X > 128)[..., None]
PHOTO = np.clip(FORMS + 12 * generator(1, 0).standard_normal((192, 256, 1)), 0, 255).astype(np.uint8)


def save(path, width, height, orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", (width, height), 90).save(path, exif=exif)
    return path


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_photo_keeps_its_shape_and_gets_the_usual_number_of_pixels(width, height):
    wide, high = usual_shape(width, height)
    assert wide % 8 == high % 8 == 0 and min(wide, high) >= 64
    assert wide * high == pytest.approx(768 * 768, rel=0.03)
    if 1 / 16 < width / height < 16:
        assert wide / high == pytest.approx(width / height, rel=0.03)


@pytest.mark.parametrize(
    ("wishes", "size"),
    [
        ({}, (888, 664)),
        ({"size": "photo"}, (120, 90)),
        ({"size": (300, 300)}, (300, 300)),
    ],
)
def test_the_size_is_the_wished_one_or_follows_the_photo(tmp_path, wishes, size):
    assert painted_size(Brief(photo=save(tmp_path / "a.png", 120, 90), **wishes)) == size
    assert painted_size(Brief(photo=save(tmp_path / "b.jpg", 90, 120, orientation=6), **wishes)) == size


def test_without_a_photo_the_size_is_the_usual_one():
    assert painted_size(Brief(prompt="a cat")) == (768, 768)


@pytest.mark.parametrize(
    ("width", "height", "says"),
    [(1, 1, "1x1 pixels, and each side must be 64"), (17_000, 100, "each side"), (9000, 9000, "at most 67 megapixels")],
)
def test_an_own_size_that_cannot_be_painted_is_answered_with_one_that_can(tmp_path, width, height, says):
    photo = save(tmp_path / "a.png", width, height)
    with pytest.raises(SourceError, match=says) as caught:
        painted_size(Brief(photo=photo, size="photo"))
    tried = str(caught.value).partition("--size ")[2].partition(",")[0]
    Brief(photo=photo, size=tuple(int(side) for side in tried.split("x")))


def test_pictures_that_do_not_fit_in_memory_together_are_refused_when_the_photos_size_is_known(tmp_path):
    photo = save(tmp_path / "a.png", 4000, 4000)
    with pytest.raises(BriefError, match="at most 4 of that size"):
        make_plan(Brief(photo=photo, size="photo", count=5))


def test_an_influence_is_numbers_in_the_plan_and_nothing_else(tmp_path):
    wishes = {"photo": save(tmp_path / "a.png", 100, 100), "style": "oil", "seed": 1}
    plans = {name: make_plan(Brief(influence=name, **wishes)) for name in ("high", "medium", "low")}
    assert plans["medium"] == make_plan(Brief(**wishes))
    assert plans["high"].strength < plans["medium"].strength < plans["low"].strength
    assert plans["high"].style.color > plans["medium"].style.color > plans["low"].style.color
    for plan in plans.values():
        assert "influence" not in plan.to_dict()
        assert plan_from_dict(plan.to_dict()).style == plan.style


@pytest.mark.parametrize("name", ["oil", "starry", "watercolor", "woodblock", "mosaic", "oil:0.5,mosaic:0.5"])
def test_a_high_influence_keeps_more_of_the_photo_and_a_low_one_less(name):
    style = find_style(name)
    apart = {}
    for influence in ("high", "medium", "low"):
        made = restyle(PHOTO, influenced(style, influence), 1)
        light, own = (pixels.astype(float).mean(axis=2).ravel() for pixels in (made, PHOTO))
        apart[influence] = 1 - np.corrcoef(light, own)[0, 1]
    assert apart["high"] < apart["medium"] < apart["low"] + 0.02
    assert apart["high"] < apart["low"]


@pytest.mark.parametrize("influence", ["high", "low"])
def test_every_influence_gives_a_style_that_can_be_written_and_read(influence):
    from mengbi.finish import all_styles

    for style in all_styles().values():
        made = influenced(influenced(style, influence), influence)
        assert style_from_dict(made.to_dict()) == made
        assert influenced(style, "medium") is style


def test_an_engines_strength_stays_between_its_ends():
    for usual in (0.0, 0.4, 1.0):
        assert 0 <= strength_for("high", usual) <= strength_for("medium", usual) <= strength_for("low", usual) <= 1


def test_the_unit_of_a_style_makes_its_treatments_broader_and_its_own_share_shines_through():
    pixel = find_style("pixel")

    def steps(style):
        """How often the colour changes along the rows."""
        return (np.diff(restyle(PHOTO, style, 1).astype(int), axis=1) != 0).any(axis=2).mean()

    assert steps(replace(pixel, unit=3.0)) < 0.6 * steps(replace(pixel, unit=1.0))
    assert np.array_equal(restyle(PHOTO, replace(pixel, own=1.0), 1), PHOTO)
