"""Photos on the command line: without words, with an influence, at their own size, from every kind of file."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SMALL = ("--size", "128", "--seed", "1")
Y, X = np.mgrid[0:96, 0:144]
PHOTO = np.stack([X * 255 // 144, Y * 255 // 96, (X * Y) // 60 % 256], axis=-1).astype(np.uint8)


@pytest.fixture(autouse=True)
def _photos():
    Image.fromarray(PHOTO).save("photo.png")
    Image.fromarray(PHOTO).save("cut.jpg", quality=95)
    Path("cut.jpg").write_bytes(Path("cut.jpg").read_bytes()[:1500])
    Image.new("RGB", (1, 1), "red").save("dot.png")
    frames = [Image.fromarray(PHOTO), Image.fromarray(PHOTO[::-1])]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:], duration=100)
    Path("drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    Path("page.jpg").write_bytes(b"%PDF-1.7\n")
    os.mkfifo("pipe.png")


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_photo_without_words_becomes_a_painting_of_its_shape(mengbi):
    code, out, err = mengbi("paint", "--from", "photo.png", "--style", "none", "--seed", 1, "-o", "a.png", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["size"] == [944, 624]
    assert pixels("a.png").shape == (624, 944, 3)


def test_its_own_size_is_its_own_size(mengbi):
    assert mengbi("paint", "--from", "photo.png", "--size", "photo", "-s", "none", "-q", "-o", "a.png")[0] == 0
    np.testing.assert_array_equal(pixels("a.png"), PHOTO)


def test_repeat_gives_a_photo_of_high_influence_again(mengbi):
    asked = ("--from", "photo.png", "--influence", "high", "--style", "ukiyoe", *SMALL, "-q", "-o", "a.png")
    assert mengbi("paint", *asked) == (0, "", "")
    code, out, _ = mengbi("repeat", "a.png", "-o", "b.png")
    assert code == 0 and "the same pixels, every one" in out
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_of_an_animation_it_is_said_that_the_first_frame_is_taken(mengbi):
    asked = ("paint", "--from", "moving.gif", "-s", "none", *SMALL, "-o", "a.png")
    assert mengbi(*asked)[2] == "mengbi: moving.gif — an animation; its first frame is taken\n"
    assert mengbi(*asked, "-q")[2] == ""


@pytest.mark.parametrize("role", ["--from", "--mask", "--sketch", "--style-image", "show"])
@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("cut.jpg", "damaged"),
        ("drawing.svg", "an SVG drawing"),
        ("page.jpg", "a PDF"),
        ("pipe.png", "not a file"),
        ("/dev/zero", "not a file"),
        (".", "not a file"),
        ("none.png", "no such file"),
    ],
)
def test_a_file_that_is_no_picture_gets_one_line_wherever_it_is_given(mengbi, role, file, says):
    if role == "show" and file == "cut.jpg":
        return  # its header says what there is to say
    before = sorted(Path().iterdir())
    paint = (
        "paint",
        "a cat",
        *SMALL,
        "-s",
        "none",
        "-o",
        "a.png",
        *(("--from", "photo.png") if role == "--mask" else ()),
    )
    code, out, err = mengbi("show", file) if role == "show" else mengbi(*paint, role, file)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("mengbi: ") and says in err
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize("role", ["--from", "--mask", "--sketch", "--style-image"])
def test_a_picture_of_one_pixel_is_a_picture(mengbi, role):
    photo = () if role == "--from" else ("--from", "photo.png")
    assert mengbi("paint", "a cat", *photo, role, "dot.png", *SMALL, "-q", "-o", "a.png") == (0, "", "")
    assert pixels("a.png").shape == (128, 128, 3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--from", "photo.png", "--influence", "hi"), "choose from low, medium, high"),
        (("--from", "photo.png", "--influence", "high", "--strength", "0.3"), "both a strength and an influence"),
        (("a cat", "--influence", "high"), "add --from PHOTO"),
        (("a cat", "--size", "photo"), "add --from PHOTO"),
        (("--from", "dot.png", "--size", "photo"), "1x1 pixels, and each side must be 64 to 16384; try --size 64x64"),
    ],
)
def test_what_cannot_be_asked_of_a_photo_is_said(mengbi, options, says):
    code, out, err = mengbi("paint", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
