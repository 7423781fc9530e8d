"""`mengbi keep` and `mengbi paint --for`: real files of exact sizes, painted again to the same bytes."""

import numpy as np
import pytest
from PIL import Image

from mengbi.provenance import read


@pytest.fixture
def photo(tmp_path):
    """A meadow with something bright in its middle."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(60, 120, (300, 420, 3), np.uint8)
    pixels[110:190, 170:250] = (250, 220, 60)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def opened(path):
    with Image.open(path) as image:
        image.load()
        return image


def test_a_card_is_painted_and_painted_again_to_the_same_bytes(mengbi, tmp_path):
    words = ("a red apple in the snow", "--style", "none", "--seed", 7, "--for", "card", "--seal", "李白", "-q")
    assert mengbi("paint", *words, "-o", "card.png") == (0, "", "")
    assert opened("card.png").size == (1080, 1350)
    code, out, _ = mengbi("repeat", "card.png", "-o", "again.png")
    assert code == 0 and "the same pixels, every one" in out
    assert (tmp_path / "card.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert read("card.png").touches[-1]["touch"] == "card"


def test_a_picture_of_ours_is_painted_again_in_the_shape_it_is_kept_in(mengbi):
    mengbi("paint", "a red apple in the snow", "--style", "none", "--seed", 7, "--size", "128x96", "-q", "-o", "a.png")
    assert mengbi("keep", "a.png", "--for", "wallpaper:watch", "-q", "-o", "watch.png")[0] == 0
    kept = read("watch.png").plan
    assert opened("watch.png").size == (396, 484) and kept.size == (396, 484)
    assert kept.samples == read("a.png").plan.samples
    code, _, _ = mengbi("keep", "watch.png", "--for", "avatar:square", "-q", "-o", "avatar.png")
    assert code == 0 and opened("avatar.png").size == (512, 512)


def test_a_photo_is_kept_and_what_matters_stays_in_it(mengbi, photo):
    code, out, err = mengbi("keep", photo, "--for", "wallpaper:watch")
    assert (code, err) == (0, "") and "saved photo-wallpaper.png (396x484" in out
    pixels = np.asarray(opened("photo-wallpaper.png")).astype(int)
    bright = (pixels[..., 0] > 200) & (pixels[..., 2] < 120)
    assert bright.sum() > 0.7 * 80 * 80  # nothing of it was cut off
    code, out, _ = mengbi("repeat", "photo-wallpaper.png")
    assert code == 0 and "the same pixels" in out


def test_a_poster_as_a_pdf_tells_what_made_it_and_is_painted_again(mengbi, photo, tmp_path):
    words = ("--for", "poster:a4", "--title", "Meadow", "--seal", "Ada", "-q")
    assert mengbi("keep", photo, *words, "-o", "poster.pdf") == (0, "", "")
    data = (tmp_path / "poster.pdf").read_bytes()
    assert data.startswith(b"%PDF-1.4") and b"/MediaBox [0 0 841.890 595.276]" in data  # A4, lying
    code, out, _ = mengbi("show", "poster.pdf")
    assert code == 0 and "Meadow" in out and "photo.png" in out
    code, out, _ = mengbi("repeat", "poster.pdf", "-o", "again.pdf")
    assert code == 0 and (tmp_path / "again.pdf").read_bytes() == data


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "keep it as what?"),
        (("--for", "mug"), "nothing to keep a picture as is called 'mug'"),
        (("--for", "sticker"), "nothing in it is transparent"),
        (("--for", "wallpaper:iphne 15"), "did you mean 'iphone 15'"),
        (("--for", "card", "--seal", "欧阳修之印"), "5 characters"),
        (("--for", "card", "--title", "🐱"), "no letters here for 🐱"),
        (("--for", "card", "--number", "-4"), "number -4"),
        (("--for", "card", "--from", "other.png"), "leave --from off"),
    ],
)
def test_what_cannot_be_kept_is_one_line_and_no_file(mengbi, photo, tmp_path, arguments, said):
    code, out, err = mengbi("keep", photo, *arguments)
    assert code == 2 and out == "" and said in err and len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".png"] == ["photo.png"]


def test_what_has_no_letters_is_told(mengbi):
    _, _, err = mengbi("paint", "🐱 on the moon", "--style", "none", "--for", "card", "-o", "c.png")
    assert "no letters here for 🐱: left out of the title" in err


def test_help_teaches_the_values(mengbi):
    for command in ("paint", "keep"):
        _, out, _ = mengbi(command, "--help")
        for word in ("wallpaper", "poster", "card", "avatar", "sticker", "phone", ":a3", "李白"):
            assert word in out


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (3, 20)])
def test_what_is_tiny_and_of_one_colour_can_be_kept_too(mengbi, size):
    Image.new("RGB", size, (200, 30, 60)).save("red.png")
    for purpose in ("card", "avatar:square", "wallpaper:watch"):
        assert mengbi("keep", "red.png", "--for", purpose, "-q", "-o", "kept.png") == (0, "", "")
        assert np.abs(np.asarray(opened("kept.png").convert("RGB"))[150, 200].astype(int) - (200, 30, 60)).max() <= 2


def test_what_is_clear_stays_clear_when_it_is_enlarged_and_mended(mengbi):
    leaf = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    leaf.paste((30, 160, 60, 255), (10, 8, 30, 22))
    leaf.save("leaf.png")
    assert mengbi("upscale", "leaf.png", "--scale", 4, "-q", "-o", "large.png") == (0, "", "")
    assert mengbi("restore", "leaf.png", "-q", "-o", "clean.png") == (0, "", "")
    for name, scale in (("large.png", 4), ("clean.png", 1)):
        pixels = np.asarray(opened(name))
        assert pixels.shape == (30 * scale, 40 * scale, 4)
        assert pixels[2, 2, 3] == 0 and pixels[15 * scale, 20 * scale, 3] == 255
    assert mengbi("repeat", "large.png", "-q", "-o", "again.png")[0] == 0
    assert np.array_equal(np.asarray(opened("again.png")), np.asarray(opened("large.png")))
