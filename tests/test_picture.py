import io

import numpy as np
import pytest
from PIL import Image

from mengbi.errors import OutputError
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.provenance import read
from mengbi.scene import Scene
from mengbi.style import Style

PIXELS = np.arange(30 * 40 * 3, dtype=np.uint32).reshape(30, 40, 3).astype(np.uint8)


def picture(prompt="落日飞车", pixels=PIXELS):
    style = Style(name="none", title="None", title_zh="无", sentence="Clean.")
    sample = Sample(seed=7, prompt=prompt, scene=Scene())
    plan = Plan(version="0.1.0", engine="sketch", weights="", size=(64, 64), samples=(sample,), style=style)
    return Picture(pixels=pixels, plan=plan, touches=({"touch": "frame"},))


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("b.JPG", "JPEG"), ("c.jpeg", "JPEG"), ("d.webp", "WEBP")]
)
def test_the_suffix_chooses_the_format(tmp_path, name, kind):
    path = picture().save(tmp_path / "new folder" / name)
    assert path == tmp_path / "new folder" / name
    with Image.open(path) as image:
        assert image.format == kind
    assert read(path).plan == picture().plan
    assert read(path).touches == ({"touch": "frame"},)
    assert [p.name for p in path.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.png.txt", ".png"])
def test_another_suffix_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.png, \.jpg, \.jpeg, \.webp"):
        picture().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_saving_twice_gives_the_same_bytes(tmp_path):
    first, second = picture().save(tmp_path / "1.png"), picture().save(str(tmp_path / "2.png"))
    assert first.read_bytes() == second.read_bytes() == picture().png()


def test_a_notebook_shows_the_png():
    assert picture()._repr_png_() == picture().png()
    assert Image.open(io.BytesIO(picture().png())).size == picture().size == (40, 30)


def test_its_name_is_short_however_long_the_words():
    assert repr(picture()) == "<Picture 40x30 '落日飞车' by sketch, seed 7>"
    assert len(repr(picture("long " * 500))) < 120


def test_transparency_is_kept_or_refused(tmp_path):
    clear = picture(pixels=np.zeros((8, 8, 4), np.uint8))
    for name in ("a.png", "a.webp"):
        with Image.open(clear.save(tmp_path / name)) as image:
            assert not np.asarray(image)[..., 3].any()
    with pytest.raises(OutputError, match="transparency"):
        clear.save(tmp_path / "a.jpg")


def test_pillow_gets_the_same_pixels():
    assert (np.asarray(picture().image) == PIXELS).all()
