"""Sprites: few colours, the same look."""

import numpy as np
import pytest
from PIL import Image

from mengbi.assets import drawing
from mengbi.errors import AssetError
from mengbi.lab.data import render


@pytest.fixture(scope="module")
def cat():
    return render.raster(drawing("noto/cat").encode(), render.SIDE)


def test_a_drawing_is_cut_tight_at_the_size_asked_for(cat):
    assert max(cat.shape[:2]) == render.SIDE and cat.shape[2] == 4
    for edge in (cat[0], cat[-1], cat[:, 0], cat[:, -1]):
        assert edge[..., 3].any()


@pytest.mark.parametrize("data", [b"<svg", b"not a picture", b'<svg xmlns="http://www.w3.org/2000/svg"/>', b""])
def test_what_cannot_be_drawn_is_refused(data):
    with pytest.raises(AssetError):
        render.raster(data, 64)


def test_few_colours_look_the_same(cat):
    sprite = render.sprite_of(cat)
    again = sprite.rgba()
    shown = cat[..., 3] > 128
    assert len(sprite.palette) <= render.COLORS[-1]
    assert np.abs(again.astype(int) - cat)[shown][:, :3].mean() < 1.5 * render.GOOD
    assert np.abs(again[..., 3].astype(int) - cat[..., 3]).max() <= 255 / render.LEVELS / 2 + 1


def test_a_sprite_survives_being_packed(cat):
    sprite = render.sprite_of(cat)
    again = render.decode(render.encode(sprite), sprite.palette)
    assert np.array_equal(again.rgba(), sprite.rgba())


def test_colours_that_must_be_exact_are(cat):
    near = render.sprite_of(cat).palette[0]
    exact = f"#{bytes(np.clip(near.astype(int) + 3, 0, 255).astype(np.uint8)).hex()}"
    palette = {f"#{color.tobytes().hex()}" for color in render.sprite_of(cat, exact=(exact,)).palette}
    assert exact in palette


def test_the_same_drawing_has_nearly_the_same_fingerprint_and_another_has_not(cat):
    def apart(one, other):
        return int(np.bitwise_count(render.fingerprint(one) ^ render.fingerprint(other)).sum())

    softer = np.asarray(Image.fromarray(cat).resize((90, 90)).resize(cat.shape[1::-1]))
    assert apart(cat, softer) < 20
    assert apart(cat, render.raster(drawing("noto/house").encode(), render.SIDE)) > 40
