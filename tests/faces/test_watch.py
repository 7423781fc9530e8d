import io

import numpy as np
import pytest
from little_terminal import LittleTerminal, half_block_pixels

from mengbi.engine import Step
from mengbi.faces.graphics import fit
from mengbi.faces.terminal import Screen
from mengbi.faces.watch import bar, cells, show, watch

IMAGE = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def steps(count):
    for index in range(count):
        image = IMAGE if index == count - 1 else np.full_like(IMAGE, 10 * index)
        yield Step(done=(index + 1) / count, stage="sky", images=image[None], pictures=("last",) * (index == count - 1))


def screen(**changes):
    return Screen(**{"pictures": "blocks", "columns": 80, "rows": 24, **changes})


@pytest.fixture(autouse=True)
def _size(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setattr("mengbi.faces.watch.REST_SECONDS", 0)  # draw every step
    monkeypatch.setattr("mengbi.faces.watch.REST_SHARE", 0)


@pytest.mark.parametrize("lines_above", [0, 3, 22, 40])
def test_the_picture_is_redrawn_in_place_and_what_stood_above_stays(lines_above):
    stream = io.StringIO()
    assert len(list(watch(steps(6), screen(), stream))) == 6
    terminal = LittleTerminal()
    before = [f"line {index}" for index in range(lines_above)]
    terminal.feed("".join(f"{line}\n" for line in before) + stream.getvalue() + "after")
    columns, rows = cells(120, 90, screen())
    assert terminal.lines()[:lines_above] == before
    assert terminal.lines()[lines_above : lines_above + rows + 1] == ["▀" * columns] * rows + ["after"]
    top = lines_above - len(terminal.scrolled)
    assert np.array_equal(half_block_pixels(terminal, top, columns, rows), fit(IMAGE, columns, 2 * rows))


@pytest.mark.parametrize("pictures", ["kitty", "iterm", "sixel"])
def test_pictures_of_every_protocol_are_put_at_one_place_and_the_cursor_ends_below(pictures):
    stream = io.StringIO()
    list(watch(steps(4), screen(pictures=pictures), stream))
    terminal = LittleTerminal().feed("above\n" + stream.getvalue() + "after")
    columns, rows = cells(120, 90, screen())
    assert {picture[:3] for picture in terminal.pictures} == {(1, 0, pictures)}
    assert len(terminal.pictures) == 4
    assert terminal.lines()[rows + 1] == "after"
    shown = terminal.pictures[-1][4]
    assert shown.shape[:2] == (rows * 20, columns * 10)
    if pictures != "sixel":
        assert np.array_equal(shown, fit(IMAGE, columns * 10, rows * 20))


def test_kitty_replaces_the_picture_instead_of_keeping_every_one():
    stream = io.StringIO()
    list(watch(steps(3), screen(pictures="kitty"), stream))
    assert len({picture[3]["i"] for picture in LittleTerminal().feed(stream.getvalue()).pictures}) == 1


def test_where_no_picture_can_be_shown_there_is_a_bar_that_leaves_nothing():
    stream = io.StringIO()
    list(watch(steps(3), screen(pictures="none"), stream))
    assert "100%" in stream.getvalue()
    assert "".join(LittleTerminal().feed(stream.getvalue()).lines()) == ""


def test_a_painting_that_breaks_off_takes_its_bar_away():
    def breaking():
        yield from steps(2)
        raise KeyboardInterrupt

    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        list(watch(breaking(), screen(pictures="none"), stream))
    assert "".join(LittleTerminal().feed(stream.getvalue()).lines()) == ""


@pytest.mark.parametrize("columns", [1, 2, 10, 20, 31, 60, 200])
@pytest.mark.parametrize("pictures", ["none", "blocks"])
def test_the_bar_is_never_wider_than_the_terminal(columns, pictures):
    step = Step(done=0.5, stage="a stage with a name that does not end", images=IMAGE[None])
    terminal = LittleTerminal(columns=columns)
    terminal.feed(bar(step, 12345.6, screen(pictures=pictures, columns=columns)))


@pytest.mark.parametrize("size", [(4096, 64), (64, 4096), (768, 768), (1024, 576)])
@pytest.mark.parametrize("terminal", [(80, 24), (20, 5), (300, 100), (2, 2)])
def test_the_picture_fits_the_terminal_undistorted(size, terminal):
    where = screen(columns=terminal[0], rows=terminal[1])
    columns, rows = cells(*size, where)
    assert 1 <= columns < max(2, terminal[0]) and 1 <= rows <= max(1, terminal[1] - 3)
    if columns > 4 and rows > 4:
        assert columns * 10 / (rows * 20) == pytest.approx(size[0] / size[1], rel=0.1)


def test_a_single_picture_is_shown_with_the_cursor_below():
    stream = io.StringIO()
    show(IMAGE, screen(), stream)
    terminal = LittleTerminal().feed(stream.getvalue() + "after")
    assert terminal.lines()[cells(120, 90, screen())[1]] == "after"
