"""What is enlarged is crisp, keeps its colours, and is the same to the byte however it was cut and by however many."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mengbi import weights
from mengbi.assets import concepts
from mengbi.engine import upscale as engine
from mengbi.engine.sketch.sprites import sprite
from mengbi.engine.upscale import bled, passes, restore, tiles, to_size, upscale, upscaling
from mengbi.errors import AssetError, BriefError


def drawing(side=384, name="fox", ground=(120, 170, 210, 255)):
    """A large drawing on a plain ground, uint8 (side, side, 3): the truth."""
    image = Image.new("RGBA", (side, side), ground)
    thing = Image.fromarray(sprite(concepts()[name], round(side * 0.9)))
    image.alpha_composite(thing.crop((0, 0, side, side)), ((side - min(thing.width, side)) // 2, side // 20))
    return np.asarray(image.convert("RGB"))


def cloud(height, width, channels=3, seed=0):
    """Something of every colour and of every size, uint8."""
    chance = np.random.default_rng(seed)
    small = chance.integers(0, 256, (height // 4 + 1, width // 4 + 1, channels), dtype=np.uint8)
    mode = "RGB" if channels == 3 else "RGBA"
    return np.asarray(Image.fromarray(small, mode).resize((width, height), Image.Resampling.NEAREST))


def smaller(large, scale):
    return np.asarray(Image.fromarray(large).resize((large.shape[1] // scale, large.shape[0] // scale), 3))


def lanczos(small, scale):
    size = (small.shape[1] * scale, small.shape[0] * scale)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.LANCZOS))


def psnr(one, other):
    return 10 * np.log10(255**2 / np.square(one.astype(float) - other).mean())


# What it looks like


@pytest.mark.parametrize(("scale", "better"), [(2, 1.0), (4, 1.0)])
@pytest.mark.parametrize("name", ["fox", "castle", "cat"])
def test_a_drawing_comes_nearer_to_the_true_large_one_than_by_lanczos(name, scale, better):
    truth = drawing(name=name)
    small = smaller(truth, scale)
    assert psnr(upscale(small, scale), truth) > psnr(lanczos(small, scale), truth) + better


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (240, 30, 60), (20, 80, 200)])
def test_a_flat_colour_stays_what_it_is_without_a_pattern(color, scale):
    flat = np.broadcast_to(np.array(color, np.uint8), (40, 40, 3))
    large = upscale(flat, scale)[4 * scale : -4 * scale, 4 * scale : -4 * scale].astype(int)
    assert np.abs(large.mean((0, 1)) - color).max() <= 2
    assert large.reshape(-1, 3).std(0).max() < 1


def test_the_colours_of_a_picture_do_not_shift():
    small = smaller(drawing(), 4)
    assert np.abs(upscale(small, 4).mean((0, 1)) - small.mean((0, 1))).max() < 1


def test_a_grey_picture_stays_grey_and_a_colour_is_enlarged_as_its_grey():
    grey = np.repeat(cloud(30, 40)[..., :1], 3, axis=2)
    large = upscale(grey, 4)
    assert (large == large[..., :1]).all()
    colors = cloud(30, 40)
    np.testing.assert_array_equal(upscale(colors[..., ::-1], 4), upscale(colors, 4)[..., ::-1])


def test_an_edge_rings_less_than_by_lanczos():
    edge = np.full((32, 32, 3), 60, np.uint8)
    edge[:, 16:] = 190
    over = {
        name: int(large[16:-16].max()) - 190 + 60 - int(large[16:-16].min())
        for name, large in (("ours", upscale(edge, 4)), ("lanczos", lanczos(edge, 4)))
    }
    assert over["ours"] < over["lanczos"]


# How it is done


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 2), (63, 130), (150, 300)])
@pytest.mark.parametrize("scale", [2, 4])
def test_any_shape_becomes_so_many_times_as_large(shape, scale):
    for channels in (3, 4):
        large = upscale(cloud(*shape, channels), scale)
        assert large.shape == (shape[0] * scale, shape[1] * scale, channels) and large.dtype == np.uint8


@pytest.mark.parametrize("shape", [(128, 128), (90, 200), (131, 67)])
def test_no_seam_whole_and_in_tiles_are_the_same_bytes(monkeypatch, shape):
    picture = cloud(*shape)
    for work in (lambda: upscale(picture, 4), lambda: upscale(picture, 2), lambda: restore(picture)):
        made = []
        for tile in ((1024, 1024), (64, 64), (48, 32), (32, 200)):
            monkeypatch.setattr(engine, "TILE", tile)
            made.append(work())
        assert all(np.array_equal(each, made[0]) for each in made[1:])


def test_same_bytes_with_any_number_of_threads_and_when_many_enlarge_at_once(monkeypatch):
    picture = cloud(140, 180)
    expected = upscale(picture, 4)
    for threads in "123":
        monkeypatch.setenv("MENGBI_THREADS", threads)
        np.testing.assert_array_equal(upscale(picture, 4), expected)
    with ThreadPoolExecutor(3) as pool:
        assert all(np.array_equal(each, expected) for each in pool.map(lambda _: upscale(picture, 4), range(3)))


@pytest.mark.parametrize("shape", [(1, 1), (128, 128), (300, 40), (500, 700)])
def test_tiles_cover_a_picture_once_and_see_as_far_as_they_must(shape):
    covered = np.zeros(shape, int)
    for tile in tiles(shape, 10):
        covered[tile.place] += 1
        for place, seen, inner, end in zip(tile.place, tile.seen, tile.inner, shape, strict=True):
            assert seen.start == max(0, place.start - 10) and seen.stop == min(end, place.stop + 10)
            assert inner.stop - inner.start == place.stop - place.start and inner.start == place.start - seen.start
    assert (covered == 1).all()


def test_it_says_how_far_it_is():
    work, shares = upscaling(cloud(300, 300, 4), 2), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            assert end.value.shape == (600, 600, 4)
            break
    assert shares == sorted(shares) and len(shares) >= 2 and 0 < shares[0] < shares[-1] == 1


# Transparency


def test_what_is_opaque_stays_opaque_and_what_is_not_there_stays_away():
    for level in (0, 255):
        picture = cloud(20, 30, 4).copy()
        picture[..., 3] = level
        assert (upscale(picture, 2)[..., 3] == level).all()
    opaque = cloud(40, 40, 4).copy()
    opaque[..., 3] = 255
    np.testing.assert_array_equal(upscale(opaque, 4)[..., :3], upscale(opaque[..., :3], 4))


def test_no_dark_edge_grows_around_a_sticker():
    large = Image.new("RGBA", (256, 256), (0, 0, 0, 0))  # what is transparent is black
    ImageDraw.Draw(large).ellipse((40, 40, 216, 216), fill=(250, 200, 40, 255))
    small = np.asarray(large.resize((64, 64), Image.Resampling.BOX))
    made = Image.fromarray(upscale(small, 4))
    for ground in ("white", (250, 200, 40)):
        on = Image.new("RGBA", made.size, ground)
        seen, truth = (np.asarray(Image.alpha_composite(on, each).convert("RGB"), int) for each in (made, large))
        assert seen.min(axis=(0, 1))[0] > 235  # between yellow and white there is no dark
        assert np.abs(seen - truth).mean() < 2


def test_colours_are_spread_into_what_is_transparent_and_stay_where_they_are():
    picture = np.zeros((32, 32, 4), np.uint8)
    picture[10:20, 10:20] = (200, 100, 50, 255)
    colors = bled(picture)
    assert np.abs(colors.astype(int) - (200, 100, 50)).max() <= 8
    assert (colors[10:20, 10:20] == (200, 100, 50)).all()
    np.testing.assert_array_equal(bled(np.zeros((5, 3, 4), np.uint8)), np.zeros((5, 3, 3)))


# To a size


@pytest.mark.parametrize("size", [(100, 80), (101, 333), (60, 40), (7, 900), (1, 1)])
def test_a_picture_gets_exactly_the_size_that_is_asked_for(size):
    for channels in (3, 4):
        assert to_size(cloud(50, 60, channels), size).shape == (size[1], size[0], channels)


def test_smaller_and_a_little_larger_is_the_work_of_lanczos():
    picture = cloud(100, 120)
    for size in ((60, 50), (120, 100), (130, 110)):
        wanted = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(to_size(picture, size), wanted)


def test_exactly_so_many_times_as_large_is_the_network_s_own():
    picture = cloud(40, 50)
    for scale in (2, 4):
        np.testing.assert_array_equal(to_size(picture, (50 * scale, 40 * scale)), upscale(picture, scale))


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        ((128, 128), (512, 512), [4]),
        ((128, 128), (768, 768), [4]),
        ((128, 128), (1200, 1200), [4, 4]),
        ((64, 64), (4096, 4096), [4, 4, 4]),
        ((512, 512), (600, 600), [2]),
        ((768, 1086), (4961, 7016), [4]),
        ((5000, 4000), (8000, 6400), []),
    ],
)
def test_the_network_enlarges_as_often_as_is_needed_and_no_print_is_waited_for(size, wanted, expected):
    assert passes(size, wanted) == expected


# Restoring


def test_the_traces_of_jpeg_and_noise_go():
    truth = drawing(256)
    soft = Image.fromarray(truth).filter(ImageFilter.GaussianBlur(0.4))
    noisy = np.asarray(soft, float) + np.random.default_rng(1).normal(0, 12, truth.shape)
    worn = np.clip(noisy, 0, 255).astype(np.uint8)
    assert psnr(restore(worn), truth) > psnr(worn, truth) + 4


def test_strength_says_how_much_is_restored_and_alpha_is_left_alone():
    picture = cloud(40, 60, 4)
    np.testing.assert_array_equal(restore(picture, 0.0), picture)
    half, whole = (restore(picture, strength).astype(int) for strength in (0.5, 1.0))
    assert 0 < np.abs(half - picture).mean() < np.abs(whole - picture).mean()
    np.testing.assert_array_equal(whole[..., 3], picture[..., 3])


# What may be wrong


@pytest.mark.parametrize("scale", [0, 1, 3, 8])
def test_another_scale_is_refused(scale):
    with pytest.raises(BriefError, match="2 or 4 times"):
        upscale(cloud(4, 4), scale)


def test_too_many_pixels_are_refused_before_anything_is_made():
    with pytest.raises(BriefError, match="megapixels"):
        to_size(cloud(4, 4), (100_000, 100_000))
    with pytest.raises(BriefError, match="megapixels"):
        upscale(np.broadcast_to(np.uint8(0), (9000, 9000, 3)), 4)


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_weights_that_were_altered_are_one_clear_line(tmp_path, monkeypatch, content):
    shutil.copytree(weights.folder("upscale"), tmp_path / "upscale")
    (tmp_path / "upscale" / "model.onnx").write_bytes(content)
    (tmp_path / "upscale" / "digest").write_text("0" * 64)
    monkeypatch.setattr(weights, "folder", lambda name: tmp_path / name)
    with pytest.raises(AssetError, match=r"^the weights of upscale were changed.*install mengbi again$"):
        upscale(cloud(8, 8), 2)
