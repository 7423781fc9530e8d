import io
import os
import sys

import pytest

from mengbi.errors import BriefError
from mengbi.faces.terminal import from_environment, look_at

posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")


@pytest.mark.parametrize(
    ("environ", "pictures"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "blocks"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "foot"}, None),
        ({"TERM": "linux"}, "none"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm-256color", "MENGBI_TERMINAL": "sixel"}, "sixel"),
    ],
)
def test_the_environment_names_what_the_terminal_shows(environ, pictures):
    assert from_environment(environ)[0] == pictures


@pytest.mark.parametrize("outside", [{"KITTY_WINDOW_ID": "1"}, {"LC_TERMINAL": "iTerm2"}, {"TERM_PROGRAM": "WezTerm"}])
def test_what_shines_through_a_multiplexer_is_not_believed(outside):
    assert from_environment({"TERM": "tmux-256color", "TMUX": "/tmp/x", **outside})[0] is None
    assert from_environment({"TERM": "screen-256color", **outside})[0] is None


def test_an_unknown_kind_of_picture_is_refused_by_name():
    with pytest.raises(BriefError, match=r"MENGBI_TERMINAL='gif'.*kitty, iterm, sixel, blocks, none"):
        from_environment({"MENGBI_TERMINAL": "gif"})


@pytest.mark.parametrize(
    ("environ", "truecolor"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-direct"}, True),
        ({"TERM": "xterm-256color"}, False),
    ],
)
def test_24_bit_colour_is_used_where_it_is_announced(environ, truecolor):
    assert from_environment(environ)[1] is truecolor


def test_a_pipe_is_no_screen():
    assert look_at(io.StringIO(), {"TERM": "xterm-kitty"}) is None


@posix
def test_a_dumb_terminal_is_no_screen():
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as stream:
        assert look_at(stream, {"TERM": "dumb"}) is None
    os.close(master)


@posix
def test_a_background_job_does_not_draw():
    master, slave = os.openpty()  # a terminal whose foreground we are not
    with os.fdopen(slave, "w") as stream:
        assert look_at(stream, {"TERM": "xterm-kitty"}) is None
    os.close(master)
