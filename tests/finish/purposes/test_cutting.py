"""Avatars and stickers: the main thing found where it was drawn, cut exactly, nothing around it."""

import numpy as np
import pytest
from PIL import Image

from mengbi.engine.sketch import draw
from mengbi.engine.sketch.subject import cut_out, find_subject
from mengbi.errors import BriefError
from mengbi.finish import TOUCHES
from mengbi.text.reading import read_scene


@pytest.fixture
def cut_picture(tmp_path):
    """A red disc on nothing, as a PNG."""
    y, x = np.mgrid[:200, :300]
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[..., 0] = 220
    pixels[..., 3] = 255 * (np.hypot(x - 150, y - 100) < 60)
    Image.fromarray(pixels).save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


def test_the_main_thing_is_where_it_differs_from_the_scene_without_it():
    scene, empty = read_scene("a huge red apple in the snow"), read_scene("in the snow")
    size = (320, 240)
    *_, (_, full) = draw(scene, size, 7)
    left, top, right, bottom = (round(edge) for edge in find_subject(scene, size, 7))
    patch = full[top:bottom, left:right]
    redness = patch[..., 0] - patch[..., 1]
    assert (redness > 0.2).mean() > 0.3
    outside = full.copy()
    outside[top:bottom, left:right] = 0
    assert ((outside[..., 0] - outside[..., 1]) > 0.3).mean() < 0.005
    assert find_subject(empty, size, 7) is None and cut_out(empty, 100, 7) is None


def test_what_is_cut_out_is_solid_inside_and_nothing_outside():
    cut = cut_out(read_scene("a cat wearing a crown and a boat"), 300, 3)
    assert cut.shape[2] == 4 and max(cut.shape[:2]) <= 300 and max(cut.shape[:2]) > 180
    alpha = cut[..., 3]
    assert (alpha > 250).mean() > 0.3 and (alpha < 5).mean() > 0.1
    assert np.array_equal(cut, cut_out(read_scene("a cat wearing a crown and a boat"), 300, 3))


def test_an_avatar_is_512_pixels_and_its_corners_are_clear(plan):
    made = plan("a red apple in the snow", purpose="avatar")
    pixels = np.random.default_rng(0).integers(0, 255, (made.size[1], made.size[0], 3), np.uint8)
    touch = made.finish[-1]
    avatar = TOUCHES.find("avatar")(pixels, made, touch.settings)
    assert avatar.shape == (512, 512, 4)
    y, x = np.mgrid[:512, :512] - 255.5
    away = np.hypot(x, y)
    assert (avatar[..., 3][away > 257] == 0).all() and (avatar[..., 3][away < 255] == 255).all()
    rim = avatar[..., 3][(away > 254) & (away < 258)]
    assert ((rim > 0) & (rim < 255)).sum() > 300  # smooth
    square = TOUCHES.find("avatar")(pixels, made, {**touch.settings, "shape": "square"})
    assert square.shape == (512, 512, 3) and np.array_equal(square[200:300, 200:300], avatar[200:300, 200:300, :3])


def test_an_avatar_shows_the_thing_and_little_else(plan):
    made = plan("a huge red apple in the snow", purpose="avatar:square", size=None)
    *_, (_, canvas) = draw(made.samples[0].scene, made.size, made.samples[0].seed)
    pixels = (np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    avatar = TOUCHES.find("avatar")(pixels, made, made.finish[-1].settings).astype(int)
    red = (avatar[..., 0] - avatar[..., 1]) > 50
    down, across = np.nonzero(red)
    assert 0.3 < red.mean() < 0.85
    assert abs(down.mean() - 256) < 60 and abs(across.mean() - 256) < 60


def test_a_sticker_has_a_white_border_a_shadow_and_nothing_else(plan):
    made = plan("a red apple in the snow", purpose="sticker")
    pixels = np.zeros((made.size[1], made.size[0], 3), np.uint8)
    sticker = TOUCHES.find("sticker")(pixels, made, made.finish[-1].settings)
    assert sticker.shape == (512, 512, 4)
    alpha, rgb = sticker[..., 3], sticker[..., :3].astype(int)
    assert alpha[:4].max() < 20 and alpha[:, :4].max() < 20  # free on all sides
    red = (rgb[..., 0] - rgb[..., 1] > 60) & (alpha > 250)
    white = (rgb.min(axis=2) > 250) & (alpha > 250)
    assert red.mean() > 0.2 and 0.02 < white.mean() < 0.3
    row = 256
    inside = np.flatnonzero(alpha[row] > 250)
    assert white[row, inside[2] : inside[2] + 6].all()  # the first that is solid is the border
    shadow = (alpha > 20) & (alpha < 120) & (rgb.max(axis=2) < 80)
    assert shadow[300:].sum() > 2 * shadow[:212].sum()  # it falls down
    assert np.array_equal(sticker, TOUCHES.find("sticker")(pixels, made, made.finish[-1].settings))


def test_a_photo_that_is_cut_out_becomes_a_sticker(plan, cut_picture):
    made = plan("", photo=cut_picture, strength=0.0, purpose="sticker:small")
    pixels = np.full((made.size[1], made.size[0], 3), (220, 0, 0), np.uint8)
    sticker = TOUCHES.find("sticker")(pixels, made, made.finish[-1].settings)
    red = (sticker[..., 0] > 180) & (sticker[..., 1] < 60) & (sticker[..., 3] > 200)
    down, across = np.nonzero(red)
    assert sticker.shape == (256, 256, 4)
    assert abs((down.max() - down.min()) - (across.max() - across.min())) <= 2  # the disc is round, and fills it
    assert down.max() - down.min() > 190


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"purpose": "sticker", "engine": "analytic"}, "only sketch and avatar can cut out"),
        ({"purpose": "avatar:triangle"}, "no avatar 'triangle'"),
        ({"purpose": "sticker:huge"}, "no sticker 'huge'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_painted(plan, wishes, said):
    with pytest.raises(BriefError, match=said):
        plan(**wishes)


@pytest.mark.parametrize("name", ["avatar", "sticker"])
@pytest.mark.parametrize("size", [[512, 300], [8000, 8000], [0, 0], "big"])
def test_a_size_of_somebody_else_is_refused(plan, name, size):
    made = plan("a red apple", purpose=name)
    with pytest.raises(BriefError, match="damaged plan"):
        TOUCHES.find(name)(np.zeros((64, 64, 3), np.uint8), made, {**made.finish[-1].settings, "size": size})


def test_words_without_a_thing_give_no_sticker(plan):
    made = plan("calm", purpose="sticker")
    with pytest.raises(BriefError, match="no thing in these words"):
        TOUCHES.find("sticker")(np.zeros((768, 768, 3), np.uint8), made, made.finish[-1].settings)
