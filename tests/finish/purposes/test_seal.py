"""The seal: read from a name, cut in one of two ways, worn by the seed."""

import numpy as np
import pytest
from PIL import Image

from mengbi.errors import BriefError
from mengbi.finish.purposes.seal import draw_seal, impression, monogram, read_seal


@pytest.mark.parametrize(
    ("wish", "read"),
    [
        ("李白", ("李白", "white")),
        ("王 羲之：朱文".replace("：", ":"), ("王羲之", "red")),
        ("齐白石印:white", ("齐白石印", "white")),
        ("Ada Lovelace", ("AL", "red")),
        ("Wolfgang Amadeus von Mozart:baiwen", ("WAM", "white")),
        ("Bob", ("BOB", "red")),
        ("Mengbi", ("M", "red")),
    ],
)
def test_a_name_becomes_what_is_cut(wish, read):
    assert read_seal(wish) == read


@pytest.mark.parametrize(
    ("wish", "said"),
    [("欧阳修之印", "5 characters"), ("🐱", "no letters here for 🐱"), ("  ", "one to 4"), ("李白:blue", "red")],
)
def test_a_name_that_cannot_be_cut_is_refused(wish, said):
    with pytest.raises(BriefError, match=said):
        read_seal(wish)


def test_initials_are_three_at_most():
    assert monogram("jean-paul sartre") == "JPS" and len(monogram("a b c d e f")) == 3


def test_white_letters_stand_on_red_and_red_letters_in_a_red_frame():
    white, red = (np.asarray(impression("王", cut, 3)) for cut in ("white", "red"))
    assert white.mean() > 0.5 > red.mean()
    inside, frame = (slice(64, 448), slice(64, 448)), (slice(200, 300), slice(12, 30))
    assert red[frame].mean() > 0.6 and white[frame].mean() > 0.6
    assert abs((1 - white[inside]).mean() - red[inside].mean()) < 0.35  # the same strokes, one way and the other
    assert max(white[:4].mean(), white[:, :4].mean()) < 0.1  # round it there is paper


def test_it_is_worn_by_the_seed_and_by_nothing_else():
    assert np.array_equal(impression("李白", "white", 5), impression.__wrapped__("李白", "white", 5))
    assert not np.array_equal(impression("李白", "white", 5), impression("李白", "white", 6))


def test_two_characters_stand_one_over_the_other_and_ink_stays_in_its_box():
    assert impression("李白", "white", 1).shape[0] > 1.4 * impression("李白", "white", 1).shape[1]
    canvas = Image.new("RGB", (200, 200), "white")
    draw_seal(canvas, (50, 60, 150, 160), "AL", "red", 1)
    left, top, right, bottom = Image.eval(canvas.getchannel("G"), lambda level: 255 - level).getbbox()
    assert left >= 50 and top >= 60 and right <= 150 and bottom <= 160
