"""What is read off a photo: drawn faces whose right answer is known, and photos that anyone may use."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mengbi.errors import SourceError
from mengbi.makers import landmarks, shades
from mengbi.makers.likeness import likeness
from mengbi.text.traits import traits


def portrait(skin, hair, shirt):
    image = Image.new("RGB", (480, 600), (150, 190, 220))
    pen = ImageDraw.Draw(image)
    pen.ellipse((130, 70, 350, 330), fill=hair)
    pen.rectangle((60, 470, 420, 600), fill=shirt)
    pen.rectangle((200, 380, 280, 480), fill=skin)
    pen.ellipse((150, 150, 330, 410), fill=skin)
    return np.asarray(image)


@pytest.mark.parametrize(
    ("skin", "hair", "shirt", "expected"),
    [
        ((245, 214, 192), (28, 22, 20), (60, 110, 200), {"fair-skin", "black-hair", "clothes-blue"}),
        ((205, 150, 110), (90, 55, 30), (200, 45, 40), {"tan-skin", "brown-hair", "clothes-red"}),
        ((110, 68, 45), (240, 120, 180), (250, 250, 248), {"dark-skin", "pink-hair", "clothes-white"}),
    ],
)
def test_colors_are_read_without_anything_more_installed(monkeypatch, skin, hair, shirt, expected):
    monkeypatch.setattr(landmarks.importlib, "import_module", missing)
    found = likeness(portrait(skin, hair, shirt))
    assert expected <= set(found.traits) <= set(traits())
    assert {"hair", "mood", "wears"} <= set(found.unread)


def missing(name):
    raise ImportError(name)


def test_where_there_is_no_face_it_says_so(monkeypatch):
    monkeypatch.setattr(landmarks.importlib, "import_module", missing)
    sky = np.full((300, 400, 3), (120, 170, 230), np.uint8)
    with pytest.raises(SourceError, match=r"sky\.png — no face to be seen"):
        likeness(sky, "sky.png")


@pytest.mark.parametrize(
    ("color", "name"),
    [("#1c1613", "black"), ("#5b3a21", "brown"), ("#e8c56a", "blond"), ("#b5462a", "red"), ("#c9c9cf", "gray"),
     ("#ee9ec1", "pink"), ("#4f86d9", "blue"), ("#57a86b", "green"), ("#8b5cc7", "purple")],
)  # fmt: skip
def test_the_shades_that_avatars_are_dyed_in_are_read_as_themselves(color, name):
    pixels = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
    assert shades.hair(shades.typical(pixels)) == f"{name}-hair"


@pytest.mark.parametrize(
    ("color", "name"),
    [("#fbe3d3", "fair"), ("#f7d7c0", "fair"), ("#e0a678", "tan"), ("#b9784a", "brown"), ("#57321f", "dark")],
)
def test_skins_that_avatars_have_are_read_as_themselves(color, name):
    pixels = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
    assert shades.skin(shades.typical(pixels)) == f"{name}-skin"


def test_a_photo_is_read_with_mediapipe():
    pytest.importorskip("mediapipe")
    data = pytest.importorskip("skimage.data")
    found = likeness(data.astronaut())
    assert {"fair-skin", "laugh", "short", "clothes-yellow"} <= set(found.traits)
    assert not {"glasses", "beard", "hat"} & set(found.traits)
