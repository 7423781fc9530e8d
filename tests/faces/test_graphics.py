import numpy as np
import pytest
from little_terminal import LittleTerminal, half_block_pixels

from mengbi.faces.graphics import fit, half_blocks, iterm, kitty, sheet, sixel


def painting(width: int, height: int) -> np.ndarray:
    """Smooth colour with an edge in it."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([255 * x / width, 255 * y / height, np.where(x > width / 2, 220, 30)], axis=-1)
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("size", [(3, 2), (97, 61), (300, 200)])
def test_kitty_receives_every_pixel_and_moves_no_cursor(size):
    pixels = painting(*size)
    terminal = LittleTerminal().feed(kitty(pixels, 30, 10, 77))
    (_, _, _, options, shown) = terminal.pictures[0]
    assert np.array_equal(shown, pixels)
    assert options["c"] == "30" and options["r"] == "10" and options["i"] == "77"
    assert options["C"] == "1" and options["q"] == "2"


def test_every_piece_for_kitty_tells_it_not_to_answer():
    terminal = LittleTerminal()
    noise = np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    text = kitty(noise, 8, 4, 5)
    assert text.count("\x1b_G") > 3
    assert text.count("q=2") == text.count("\x1b_G")
    assert np.array_equal(terminal.feed(text).pictures[0][4], noise)


def test_iterm_receives_every_pixel_and_the_cells_to_fill():
    pixels = painting(64, 48)
    (_, _, _, options, shown) = LittleTerminal().feed(iterm(pixels, 16, 6)).pictures[0]
    assert np.array_equal(shown, pixels)
    assert (options["width"], options["height"], options["inline"]) == ("16", "6", "1")


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 6), (96, 64), (101, 67)])
def test_sixel_paints_every_pixel_near_its_colour(size):
    pixels = painting(*size)
    shown = LittleTerminal().feed(sixel(pixels)).pictures[0][4]
    assert shown.shape == pixels.shape
    assert shown.min() >= 0, "a pixel was left out"
    assert np.abs(shown - pixels).mean() < 14


def test_sixel_of_few_colours_is_exact_to_a_percent():
    pixels = np.zeros((30, 40, 3), dtype=np.uint8)
    pixels[:, 20:] = (255, 128, 0)
    shown = LittleTerminal().feed(sixel(pixels)).pictures[0][4]
    assert np.abs(shown - pixels).max() <= 9


def test_sixel_of_one_colour_is_short():
    assert len(sixel(np.full((240, 240, 3), 90, dtype=np.uint8))) < 6000


def test_half_blocks_carry_two_pixels_a_cell():
    pixels = painting(20, 10)
    terminal = LittleTerminal().feed("\n".join(half_blocks(pixels, truecolor=True)))
    assert np.array_equal(half_block_pixels(terminal, 0, 20, 5), pixels)


def test_half_blocks_leave_the_pen_as_it_was():
    assert all(line.endswith("\x1b[0m") for line in half_blocks(painting(4, 4), truecolor=True))


@pytest.mark.parametrize(
    ("color", "number"),
    [((0, 0, 0), 16), ((255, 255, 255), 231), ((255, 0, 0), 196), ((95, 135, 175), 67), ((128, 128, 128), 244)],
)
def test_without_truecolor_the_nearest_of_256_colours_is_taken(color, number):
    pixels = np.full((2, 1, 3), color, dtype=np.uint8)
    terminal = LittleTerminal().feed(half_blocks(pixels, truecolor=False)[0])
    assert terminal.cells[0][0] == ("▀", number, number)


@pytest.mark.parametrize("count", range(1, 10))
def test_a_sheet_shows_every_picture_once(count):
    images = np.stack([np.full((8, 8, 3), 10 + index, dtype=np.uint8) for index in range(count)])
    page = sheet(images)
    values, areas = np.unique(page[..., 0], return_counts=True)
    shown = {value: area for value, area in zip(values.tolist(), areas.tolist(), strict=True) if value}
    assert shown == {10 + index: 64 for index in range(count)}


def test_four_pictures_stand_two_by_two():
    height, width = sheet(np.ones((4, 100, 100, 3), dtype=np.uint8)).shape[:2]
    assert height == width < 210


def test_fit_changes_the_size_and_nothing_that_fits_already():
    pixels = painting(20, 10)
    assert fit(pixels, 20, 10) is pixels
    assert fit(pixels, 7, 3).shape == (3, 7, 3)
