"""Large pictures: strokes grow with the picture, edges stay edges, and nobody sees the bands that were worked on."""

import numpy as np
import pytest
from PIL import Image

from mengbi.finish import crisp, find_style
from mengbi.finish import restyle as module
from mengbi.finish.crisp import drawn_out, enlarge_edges, enlarge_strokes, enlarge_tones, shocked
from mengbi.finish.restyle import restyle
from mengbi.noise import generator

Y, X = np.mgrid[0:120, 0:160]
DISC = np.where(np.hypot(Y - 60, X - 80) < 40, 220, 40).astype(np.uint8)[..., None].repeat(3, axis=2)
NOISE = generator(1, 0).integers(0, 255, (120, 160, 3), dtype=np.uint8)


def sharpness(pixels):
    """The steepest step of a row through the middle, of 255."""
    return int(np.abs(np.diff(pixels[len(pixels) // 2, :, 0].astype(int))).max())


@pytest.mark.parametrize("enlarge", [enlarge_strokes, enlarge_edges])
def test_an_edge_stays_steeper_than_lanczos_leaves_it_and_where_it_was(enlarge):
    size = (480, 360)
    soft = np.asarray(Image.fromarray(DISC).resize(size, Image.Resampling.LANCZOS))
    grown = enlarge(DISC, size)
    assert grown.shape == soft.shape
    assert sharpness(grown) > 1.25 * sharpness(soft)
    assert ((grown[..., 0] > 130) != (soft[..., 0] > 130)).mean() < 0.01


def test_flat_colour_stays_what_it_is():
    flat = np.full((40, 50, 3), (200, 90, 10), dtype=np.uint8)
    for made in (drawn_out(flat, 3.0), shocked(flat, 2.0), enlarge_strokes(flat, (130, 110))):
        assert (made == (200, 90, 10)).all()


def test_colour_is_drawn_out_along_stripes_and_not_across():
    stripes = np.broadcast_to(np.where(X // 8 % 2, 200, 60)[..., None], (120, 160, 3))
    noisy = np.clip(stripes + generator(2, 0).normal(0, 25, (120, 160, 1)), 0, 255).astype(np.uint8)
    made = drawn_out(noisy, 2.0).astype(float)[10:-10, 10:-10]
    true = stripes[10:-10, 10:-10]
    assert np.abs(made - true).mean() < 0.6 * np.abs(noisy[10:-10, 10:-10].astype(float) - true).mean()


@pytest.mark.parametrize("enlarge", [enlarge_strokes, enlarge_edges])
def test_the_bands_leave_no_seam(enlarge, monkeypatch):
    size = (260, 1500)
    banded = enlarge(NOISE, size)
    monkeypatch.setattr(crisp, "BAND", 10**6)
    whole = enlarge(NOISE, size)
    apart = np.abs(banded.astype(int) - whole)
    assert apart.max() <= 16  # where in noise a stroke's direction is a matter of the last bit
    assert (apart > 1).mean() < 1e-3


def test_tones_are_carried_over_to_the_detail_of_the_large_picture():
    large = np.clip(120 + 60 * NOISE[..., :1].astype(float).repeat(3, 2) / 255, 0, 255).astype(np.uint8)
    small = np.asarray(Image.fromarray(large).resize((40, 30), Image.Resampling.LANCZOS))
    made = enlarge_tones((small // 2).astype(np.uint8), small, large).astype(float)
    assert made.mean() == pytest.approx(large.mean() / 2, abs=2)
    assert np.corrcoef(made[..., 0].ravel(), large[..., 0].ravel())[0, 1] > 0.95
    same = enlarge_tones(small, small, large)
    assert np.abs(same.astype(int) - large).max() <= 2


@pytest.mark.parametrize("style", ["oil", "etching", "vintage", "hd", "oil:0.5,etching:0.5"])
def test_a_style_on_a_picture_above_the_limit_looks_as_it_does_below(style, monkeypatch):
    style = find_style(style)
    photo = np.asarray(Image.fromarray(DISC).resize((400, 300), Image.Resampling.LANCZOS))
    below = restyle(photo, style, 1)
    monkeypatch.setattr(module, "LARGEST", 200)
    above = restyle(photo, style, 1)
    assert above.shape == below.shape
    coarse = (np.asarray(Image.fromarray(pixels).resize((20, 15), Image.Resampling.BOX)) for pixels in (below, above))
    first, second = (pixels.astype(float) for pixels in coarse)
    assert np.abs(first - second).mean() < 20
    assert restyle(photo, style, 1).tobytes() == above.tobytes()
