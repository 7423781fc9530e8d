"""What is looked at before a picture is learnt from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from shelves import FRAME, picture, png, saved

from mengbi.lab.data.checking import Frame, Refused, Seen, duplicates, fit, hash_of, look, near

DAMAGED = "damaged or cut short"
NOT_ONE = "not a picture, whatever its name says"


def framed(**wishes):
    return Frame(**{"size": 32, "channels": 3, "fit": "crop", "least": 16} | wishes)


def refused(data, name="a.png", frame=FRAME):
    with pytest.raises(Refused) as caught:
        look(data, name, frame)
    return str(caught.value)


@pytest.mark.parametrize(
    ("mode", "kind", "note"),
    [
        ("L", "PNG", None),
        ("P", "PNG", None),
        ("1", "PNG", None),
        ("LA", "PNG", "transparent, laid on white"),
        ("RGBA", "WEBP", "transparent, laid on white"),
        ("CMYK", "JPEG", "other colours made RGB"),
        ("I;16", "PNG", "deep colours made 8 bits"),
        ("I;16", "TIFF", "deep colours made 8 bits"),
        ("RGB", "BMP", None),
        ("RGB", "GIF", None),
    ],
)
def test_a_picture_of_any_mode_is_taken(mode, kind, note):
    image = picture(1, mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image, np.uint16) * 257)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    seen, pixels = look(saved(image, kind), f"a.{kind.lower()}", FRAME)
    assert pixels.shape == (32, 32, 3)
    assert (seen.width, seen.height) == (60, 40)
    assert note is None or note in seen.notes
    plain = np.asarray(fit(np.asarray(picture(1).convert("L").convert("RGB")), FRAME), int).mean()
    assert mode in ("LA", "RGBA", "CMYK", "RGB", "P", "1") or abs(pixels.mean() - plain) < 2


def test_deep_greys_keep_their_shades():
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    _, pixels = look(saved(Image.fromarray(ramp)), "a.png", framed(size=64, channels=1))
    assert np.abs(pixels[..., 0].astype(int) - ramp // 257).max() <= 1


def test_what_is_transparent_is_white_or_stays_transparent():
    image = picture(2, (40, 40))
    image.putalpha(Image.new("L", (40, 40), 0))
    image.paste(picture(2, (20, 20)).convert("RGBA"), (10, 10))
    _, flat = look(saved(image), "a.png", FRAME)
    assert (flat[0, 0] == 255).all()
    _, clear = look(saved(image), "a.png", framed(channels=4))
    assert clear[0, 0, 3] == 0
    assert clear[16, 16, 3] == 255
    seen, opaque = look(saved(picture(2)), "a.png", framed(channels=4))
    assert (opaque[..., 3] == 255).all()
    assert seen.notes == ()


def test_a_photo_lies_as_its_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (80, 40), "black")
    image.paste("white", (0, 0, 40, 40))
    seen, pixels = look(saved(image, "JPEG", exif=exif), "a.jpg", framed(fit="pad", least=8))
    assert (seen.width, seen.height) == (40, 80)
    assert "turned upright" in seen.notes
    assert (pixels[4, 16].mean() > 200, pixels[28, 16].mean() < 60) == (True, True)


def test_the_first_picture_of_an_animation_is_taken():
    frames = [picture(3), picture(4)]
    seen, pixels = look(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "a.gif", FRAME)
    alone = look(saved(frames[0], "GIF"), "a.gif", FRAME)[1]
    assert "the first picture of an animation" in seen.notes
    assert (pixels == alone).all()


def test_the_middle_is_cut_out_or_the_whole_is_laid_on_white():
    image = Image.new("RGB", (90, 30), "black")
    image.paste("red", (30, 0, 60, 30))
    image.putpixel((45, 15), (250, 20, 20))
    image.paste((120, 0, 0), (40, 5, 50, 10))
    _, cut = look(saved(image), "a.png", framed())
    assert (cut[..., 0] > 90).all()
    _, padded = look(saved(image), "a.png", framed(fit="pad"))
    assert (padded[0] == 255).all()
    assert (padded[16, 2] == 0).all()


def test_fine_lines_are_averaged_and_not_dropped():
    lines = np.zeros((256, 256, 3), np.uint8)
    lines[:, ::2] = 255
    pixels = fit(lines, FRAME)
    assert np.abs(pixels[4:-4, 4:-4].astype(int) - 127).max() <= 4


def test_a_huge_photo_is_read_small_and_looks_the_same():
    large = picture(5, (3000, 2400))
    _, quick = look(saved(large, "JPEG", quality=95), "a.jpg", FRAME)
    exact = fit(np.asarray(large), FRAME)
    assert np.abs(quick.astype(int) - exact).mean() < 3


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", "a.jpg", NOT_ONE),
        (b"\x00" * 500, "a.png", NOT_ONE),
        (b"", "a.png", NOT_ONE),
        (saved(picture(6, (90, 90)), "JPEG")[:-200], "a.jpg", DAMAGED),
        (saved(picture(6), "JPEG")[:300], "a.jpg", NOT_ONE),
        (saved(picture(6))[:400], "a.png", DAMAGED),
        (saved(picture(6), "WEBP")[:200], "a.webp", NOT_ONE),
        (png(12_000, 12_000), "a.png", "a small file of a great many pixels"),
        (png(60_000, 60_000)[:4000], "a.png", "too many pixels"),
        (saved(picture(6, (15, 200))), "a.png", "smaller than 16 pixels"),
        (saved(picture(6, (20, 900))), "a.png", "more than 20 times as long as wide"),
        (saved(Image.new("RGB", (50, 50), (200, 30, 90))), "a.png", "one colour only"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "an SVG drawing"),
        (b"II*\x00" + b"\x00" * 64, "a.cr2", "a camera's raw file"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_is_left_out_for_its_reason(data, name, reason):
    assert refused(data, name) == reason


@given(st.binary(max_size=400), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]), st.data())
def test_whatever_a_file_holds_it_is_a_picture_or_left_out(junk, kind, data):
    good = saved(picture(7), kind)
    at = data.draw(st.integers(0, len(good)))
    try:
        seen, pixels = look(good[:at] + junk + good[at + len(junk) :], f"a.{kind.lower()}", FRAME)
    except Refused as error:
        assert str(error)
    else:
        assert isinstance(seen, Seen)
        assert (pixels.shape, pixels.dtype) == ((32, 32, 3), np.uint8)


def test_a_copy_of_a_picture_is_near_it_and_another_is_not():
    first = picture(8, (300, 200))
    again = Image.open(__import__("io").BytesIO(saved(first.resize((210, 140)), "JPEG", quality=60)))
    pictures = [fit(np.asarray(image.convert("RGB")), FRAME) for image in (again, first, picture(9), picture(10))]
    hashes = np.array([hash_of(each) for each in pictures], np.uint64)
    means = np.array([each.mean(axis=(0, 1)) for each in pictures], np.float32)
    assert duplicates(hashes, means, pictures.__getitem__, [(210,), (300,), (300,), (300,)]) == {0: 1}


def test_one_outline_in_other_colours_is_another_picture():
    base = np.zeros((32, 32, 3), np.uint8)
    base[8:24, 8:24] = (200, 60, 60)
    other = base.copy()
    other[8:24, 8:24] = (60, 60, 200)
    worn = base.copy()
    worn[9:13, 18:22] = (250, 240, 90)
    pictures = [base, other, worn]
    hashes = np.zeros(3, np.uint64)
    means = np.array([each.mean(axis=(0, 1)) for each in pictures], np.float32)
    assert duplicates(hashes, means, pictures.__getitem__, [(1,)] * 3) == {}


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=12), st.data())
def test_all_near_hashes_are_found(values, data):
    flips = data.draw(st.lists(st.integers(0, 63), max_size=5, unique=True))
    values.append(values[0] ^ sum(1 << bit for bit in flips))
    hashes = np.array(values, np.uint64)
    found = near(hashes, np.zeros((len(values), 3), np.float32))
    apart = np.bitwise_count(hashes[:, None] ^ hashes)
    assert found.tolist() == np.argwhere(np.triu(apart <= 3, 1)).tolist()


def test_of_copies_the_best_is_kept_and_a_chain_is_cut():
    step = np.zeros((32, 32, 3), np.uint8)
    pictures = [(step + level).astype(np.uint8) for level in (100, 104, 108, 112)]
    means = np.array([each.mean(axis=(0, 1)) for each in pictures], np.float32)
    found = duplicates(np.zeros(4, np.uint64), means, pictures.__getitem__, [(1,), (5,), (1,), (1,)])
    assert found == {0: 1, 2: 1}
