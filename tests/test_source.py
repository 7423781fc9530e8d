import hashlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mengbi import source as sources
from mengbi.errors import SourceError
from mengbi.settings import MAX_PIXELS
from mengbi.source import Source, load_pixels, open_picture, read_source

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


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
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
