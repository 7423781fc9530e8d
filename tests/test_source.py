import hashlib
import io
import os
import struct
import sys
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, features

from icc import ADOBE_RGB, DISPLAY_P3, cmyk_profile, grey_profile, rgb_profile
from mengbi import source as sources
from mengbi.errors import SourceError
from mengbi.settings import MAX_PIXELS
from mengbi.source import Source, load_pixels, moves, open_picture, read_source, size_of

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def save(path, pixels=PIXELS, mode=None, **options):
    Image.fromarray(pixels).convert(mode or Image.fromarray(pixels).mode).save(path, **options)
    return path


def png_header(width, height):
    """A PNG that claims a size and holds no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = b"IEND"
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, b"IDAT", end))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def refuses(path):
    """The one line that every way of opening gives."""
    with pytest.raises(SourceError) as caught:
        read_source(path)
    with pytest.raises(SourceError):
        open_picture(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_source_is_known_by_its_digest_and_forgets_its_folder(tmp_path):
    path = save(tmp_path / "cat.png")
    source = read_source(path)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.name == "cat.png"
    assert (load_pixels(source) == PIXELS).all()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp"])
def test_every_lossless_format_gives_the_same_pixels(tmp_path, suffix):
    options = {"lossless": True} if suffix == "webp" else {}
    assert (load_pixels(read_source(save(tmp_path / f"a.{suffix}", **options))) == PIXELS).all()


def test_missing_files_folders_and_odd_names_are_said(tmp_path):
    assert "no such file" in refuses(tmp_path / "none.png")
    assert "not a file" in refuses(tmp_path)
    assert "cannot be read" in refuses(save(tmp_path / "a.png") / "b.png")
    assert "no name of a file" in refuses(tmp_path / "a\0b.png")
    assert "cannot be read" in refuses(tmp_path / ("n" * 300))
    assert "not a file" in refuses("/dev/zero")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_what_is_no_picture_is_said(tmp_path, data):
    path = tmp_path / "x.png"
    path.write_bytes(data)
    assert refuses(path) == f"{path} — not a picture that can be read; give a PNG, JPEG, WEBP, BMP, TIFF, GIF"


@pytest.mark.parametrize("side", [13_300, 30_000, 2**31 - 1])
def test_too_many_pixels_are_refused_from_the_header(tmp_path, side):
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(side, side))
    assert f"at most {MAX_PIXELS // 10**6} megapixels" in refuses(path)


def test_a_large_picture_below_the_limit_opens_without_a_warning(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(png_header(13_000, 13_000))
    assert open_picture(path).size == (13_000, 13_000)


def test_too_many_bytes_are_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 2**20)
    path = tmp_path / "big.png"
    path.write_bytes(b"\0" * (2**20 + 1))
    assert refuses(path).endswith("1 MiB; at most 1 MiB")


def test_a_picture_that_changed_since_the_plan_is_not_the_planned_one(tmp_path):
    source = read_source(save(tmp_path / "a.png"))
    save(tmp_path / "a.png", PIXELS[::-1])
    with pytest.raises(SourceError, match=f"planned {source.sha256[:12]}"):
        load_pixels(source)
    (tmp_path / "a.png").unlink()
    with pytest.raises(SourceError, match="no such file"):
        load_pixels(source)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [(1, PIXELS), (3, PIXELS[::-1, ::-1]), (6, np.rot90(PIXELS, -1)), (8, np.rot90(PIXELS)), (2, PIXELS[:, ::-1])],
)
def test_a_photo_is_turned_upright(tmp_path, orientation, upright):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert (load_pixels(read_source(save(tmp_path / "a.png", exif=exif))) == upright).all()


@pytest.mark.parametrize(("mode", "channels"), [("L", 3), ("P", 3), ("1", 3), ("RGBA", 4), ("LA", 4), ("CMYK", 3)])
def test_other_kinds_of_pixels_become_rgb_or_rgba(tmp_path, mode, channels):
    path = save(tmp_path / ("a.tiff" if mode == "CMYK" else "a.png"), mode=mode)
    pixels = load_pixels(read_source(path))
    assert pixels.shape == (6, 9, channels)
    assert pixels.dtype == np.uint8


def test_a_palette_with_a_clear_colour_is_transparent(tmp_path):
    image = Image.fromarray(np.array([[0, 1, 1, 0]], np.uint8))
    image.putpalette([255, 0, 0, 0, 255, 0])
    for suffix in ("gif", "png"):
        image.save(tmp_path / f"a.{suffix}", transparency=0)
        pixels = load_pixels(read_source(tmp_path / f"a.{suffix}"))
        assert pixels[0, :, 3].tolist() == [0, 255, 255, 0]


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    deep = np.array([[0, 257, 32768, 65535]], np.uint16)
    assert load_pixels(read_source(save(tmp_path / "a.png", deep)))[0, :, 0].tolist() == [0, 1, 127, 255]


def test_a_picture_cut_short_is_damaged_not_half_grey(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    data = save(tmp_path / "a.jpg", noise).read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="a damaged picture"):
        load_pixels(read_source(tmp_path / "a.jpg"))


@settings(deadline=None)
@given(st.data())
def test_damaged_bytes_are_pixels_or_a_source_error(tmp_path_factory, data):
    kind = data.draw(st.sampled_from(sources.FORMATS))
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, kind)
    file = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x"
    path.write_bytes(file)
    try:
        pixels = load_pixels(Source(path=str(path), sha256=hashlib.sha256(file).hexdigest()))
    except SourceError as error:
        assert str(error).startswith(str(path))
    else:
        assert pixels.ndim == 3
        assert pixels.dtype == np.uint8


def pixel(path, color, mode="RGB", **options):
    """What a picture of one colour is read as."""
    Image.new(mode, (16, 16), color).save(path, **options)
    return load_pixels(read_source(path))[8, 8].tolist()


def near(found, wanted, tolerance=3):
    return np.abs(np.subtract(found, wanted)).max() <= tolerance


@pytest.mark.parametrize(
    ("name", "primaries", "wanted"),
    [  # what the matrices of the two spaces say of it
        ("Adobe RGB (1998)", ADOBE_RGB, [220, 149, 97]),
        ("Display P3", DISPLAY_P3, [210, 147, 91]),
        ("sRGB IEC61966-2.1", ADOBE_RGB, [200, 150, 100]),  # which says that it need not be read
    ],
)
def test_the_colours_of_a_profile_become_those_of_srgb(tmp_path, name, primaries, wanted):
    profile = rgb_profile(name, primaries)
    assert near(pixel(tmp_path / "a.png", (200, 150, 100), icc_profile=profile), wanted)
    assert near(pixel(tmp_path / "a.jpg", (200, 150, 100), icc_profile=profile, quality=100), wanted, 5)
    assert near(pixel(tmp_path / "b.png", (200, 150, 100, 77), "RGBA", icc_profile=profile), [*wanted, 77])


def test_profiles_of_greys_and_of_inks_are_followed(tmp_path):
    linear = grey_profile(1.0)
    assert near(pixel(tmp_path / "a.png", 128, "L", icc_profile=linear), [188, 188, 188])
    assert near(pixel(tmp_path / "a.png", (128, 99), "LA", icc_profile=linear), [188, 188, 188, 99])
    cyan = {"mode": "CMYK", "color": (255, 0, 0, 0)}
    assert near(pixel(tmp_path / "a.tiff", **cyan), [0, 255, 255])
    red, green, blue = pixel(tmp_path / "a.tiff", **cyan, icc_profile=cmyk_profile())
    assert red > 200 and green < 100 and blue < 100


def test_lab_is_read(tmp_path):
    red, green, blue = pixel(tmp_path / "a.tiff", (200, 168, 68), "LAB")  # a* 40, b* -60
    assert blue > red > green > 120


@pytest.mark.parametrize("profile", [b"junk", b"\0" * 500, rgb_profile("x", ADOBE_RGB)[:200], cmyk_profile()])
def test_a_profile_that_is_damaged_or_of_another_kind_is_left_aside(tmp_path, profile):
    assert pixel(tmp_path / "a.png", (200, 150, 100), icc_profile=profile) == [200, 150, 100]


def test_floats_are_greys_from_0_to_1(tmp_path):
    ramp = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    ramp[0, 0] = np.nan
    found = load_pixels(read_source(save(tmp_path / "a.tiff", ramp)))
    np.testing.assert_array_equal(found[..., 0].ravel(), np.arange(16) * 17)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_picture(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.jpg", exif=exif)
    assert size_of(path) == load_pixels(read_source(path)).shape[1::-1]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_leaves_the_picture_as_it_lies(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert size_of(save(tmp_path / "a.png", exif=exif)) == (9, 6)


def test_a_large_jpeg_is_decoded_no_larger_than_it_is_needed(tmp_path):
    y, x = np.mgrid[0:1200, 0:800]
    smooth = np.stack([x * 255 // 800, y * 255 // 1200, (x + y) * 255 // 2000], axis=-1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    source = read_source(save(tmp_path / "a.jpg", smooth, exif=exif))
    assert load_pixels(source).shape == (800, 1200, 3)
    small = load_pixels(source, (300, 200))
    assert small.shape == (200, 300, 3)
    assert np.abs(small.astype(int) - np.rot90(smooth, -1)[2::4, 2::4]).mean() < 2
    assert load_pixels(source, (700, 500)).shape == (800, 1200, 3)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_is_taken(tmp_path, kind):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    path = tmp_path / f"a.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, **options)
    assert moves(path)
    assert load_pixels(read_source(path))[4, 4, :3].tolist() == [255, 0, 0]
    frames[0].save(path, **options)
    assert not moves(path)


def test_the_second_picture_in_a_phones_photo_is_no_animation(tmp_path):
    left, right = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    left.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[right])
    assert not moves(tmp_path / "a.jpg")
    assert near(load_pixels(read_source(tmp_path / "a.jpg"))[8, 8], [254, 0, 0])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.jpg", b"%PDF-1.7\n", "a PDF; save the page"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        ("a.png", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n<svg/>', "an SVG drawing"),
        ("a.dng", b"II*\0" + bytes(60), "a camera's raw file"),
        ("a.mp4", bytes(4) + b"ftypisom" + bytes(60), "a film"),
    ],
)
def test_what_we_know_and_cannot_read_is_named_with_what_to_do(tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    assert says in refuses(tmp_path / name)


def test_heic_without_the_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(bytes((0, 0, 0, 24)) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(60))
    assert "pip install 'mengbi[heic]'" in refuses(tmp_path / "a.heic")


def test_heic_with_the_extra_is_read(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(Image.new("RGB", (64, 64), (200, 60, 30))).save(
        tmp_path / "a.jpg", quality=100
    )  # so named by many
    assert near(load_pixels(read_source(tmp_path / "a.jpg"))[32, 32], [200, 60, 30], 6)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_read(tmp_path):
    assert near(pixel(tmp_path / "a.avif", (200, 60, 30), quality=100), [200, 60, 30], 6)


def test_the_suffix_decides_nothing(tmp_path):
    path = save(tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert (load_pixels(read_source(path)) == PIXELS).all()


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in refuses(tmp_path / "pipe.png")


def test_a_jpeg_of_endless_scans_is_refused_before_they_are_read(tmp_path):
    path = save(tmp_path / "a.jpg", np.zeros((512, 512, 3), np.uint8), progressive=True)
    data = path.read_bytes()
    at = data.rindex(b"\xff\xda")
    path.write_bytes(data[:at] + data[at:-2] * 20_000 + data[-2:])
    began = time.perf_counter()
    assert "scans" in refuses(path)
    assert time.perf_counter() - began < 5


def test_text_that_grows_a_thousandfold_is_refused(tmp_path):
    path, text = tmp_path / "a.png", PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 20_000_000, zip=True)
    Image.fromarray(PIXELS).save(path, pnginfo=text)
    assert path.stat().st_size < 10**5
    assert "\n" not in refuses(path)


@pytest.mark.parametrize(
    ("tag", "value"), [(278, 0), (278, 2**32 - 1), (273, 2**31), (279, 2**32 - 1), (258, 2**16 - 1)]
)
def test_a_tiff_with_absurd_strips_is_damaged(tmp_path, tag, value):
    """278 rows a strip, 273 where it lies, 279 its bytes, 258 bits a sample."""
    path = save(tmp_path / "a.tiff")
    data = bytearray(path.read_bytes())
    (at,) = struct.unpack_from("<I", data, 4)
    for place in range(at + 2, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], 12):
        if struct.unpack_from("<H", data, place)[0] == tag:
            struct.pack_into("<HIII", data, place, tag, 4, 0, 0)
            struct.pack_into("<HHII", data, place, tag, 4, 1, value)
    path.write_bytes(data)
    source = Source(path=str(path), sha256=hashlib.sha256(data).hexdigest())
    try:
        assert load_pixels(source).shape[:2] == (6, 9)
    except SourceError as error:
        assert "\n" not in str(error)
