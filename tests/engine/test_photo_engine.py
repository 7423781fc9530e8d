"""The engine that leaves a photo as it is."""

import numpy as np
import pytest
from PIL import Image

from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.plan import plan_from_dict


@pytest.fixture
def leaf(tmp_path):
    """Small, half of it transparent, every colour in it."""
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 4), np.uint8)
    pixels[:, 20:, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "leaf.png")
    return tmp_path / "leaf.png", pixels


def test_nothing_of_a_photo_changes_neither_colour_nor_what_is_clear(leaf):
    path, pixels = leaf
    plan = make_plan(Brief(photo=path, size="photo", engine="photo"))
    (picture,) = finish(carry_out(plan))
    assert plan.size == (40, 30) and np.array_equal(picture.pixels, pixels)
    assert plan_from_dict(plan.to_dict()).size == (40, 30)


def test_a_style_goes_over_it_as_over_any_other(leaf):
    (picture,) = finish(carry_out(make_plan(Brief(photo=leaf[0], size=(96, 72), engine="photo", style="vintage"))))
    assert picture.pixels.shape == (72, 96, 3)
    assert (np.abs(picture.pixels[:, 60:].astype(int) - 255).max(-1) < 90).mean() > 0.9  # clear is white, a little old


def test_it_needs_a_photo():
    with pytest.raises(BriefError, match="add --from PHOTO"):
        finish(carry_out(make_plan(Brief(prompt="a fox", engine="photo"))))


def test_no_other_engine_paints_so_small(leaf):
    plan = make_plan(Brief(photo=leaf[0], size="photo", engine="photo")).to_dict()
    with pytest.raises(BriefError, match="40x30 pixels; each side is at least 64"):
        plan_from_dict(plan | {"engine": "sketch"})
    with pytest.raises(BriefError, match="damaged plan"):
        plan_from_dict(plan | {"size": [40, 0]})
