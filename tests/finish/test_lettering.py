"""Letters: every character from a face that has it, nothing wider or higher than its box, nothing lost in silence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mengbi.finish.columns import draw_columns, fit_columns
from mengbi.finish.lettering import draw, fit, from_right, legible, measure, missing, runs, wrap

WORDS = st.text(st.sampled_from("abc WiM ,.字一，。「」あか한 글áЖ-قل"), max_size=60).map(legible)


def ink(canvas):
    """Left, top, right, bottom of all that is not white."""
    return Image.eval(canvas, lambda level: 255 - level).getbbox()


def lettered(setting, size, at):
    canvas = Image.new("L", size, 255)
    for number, line in enumerate(setting.lines):
        draw(ImageDraw.Draw(canvas), (at[0], at[1] + number * setting.leading), line, setting.cut, setting.size, 0)
    return canvas


@pytest.mark.parametrize(
    ("words", "cut", "faces"),
    [
        ("A Red Fox", "display", ["display"]),
        ("Ένα κάστρο", "display", ["text"]),
        ("calm", "italic", ["italic"]),
        ("月下独酌", "display", ["kai"]),
        ("Cats 猫", "display", ["kai"]),  # Latin beside Chinese is of its brush
        ("قلعة", "text", ["naskh"]),
        ("ปราสาท", "text", ["thai"]),
        ("달빛", "display", ["kai"]),
    ],
)
def test_a_line_is_set_in_the_faces_of_its_writing(words, cut, faces):
    assert [face for face, _ in runs(words, cut)] == faces


def test_what_no_face_has_is_named_and_left_out():
    assert missing("a cat 🐱 and a crown 👑🐱") == ["🐱", "👑"]
    assert legible("a cat 🐱 and  a crown\t👑") == "a cat and a crown"
    assert missing("Zoë café") == []  # marks that stand alone are joined to their letters


def test_what_is_read_from_the_right_is_laid_from_the_right():
    assert from_right("قلعة 2024") and not from_right("2024 castle")
    assert [text.strip() for _, text in runs("قلعة abc", "text")] == ["abc", "قلعة"]


@given(WORDS, st.floats(3, 30))
def test_no_line_is_wider_than_it_may_be_and_no_letter_is_lost(words, width):
    lines = wrap(words, "text", width)
    assert "".join("".join(lines).split()) == "".join(words.split())
    assert all(measure(line, "text") <= width or len(line) <= 2 for line in lines)


def test_chinese_breaks_anywhere_but_not_before_its_punctuation():
    lines = wrap("一只猫，坐在（月亮）上。看星空！", "text", 4)
    assert all(line[0] not in "，。！）" and line[-1] != "（" for line in lines)


def test_a_title_is_as_large_as_its_box_lets_it_and_stays_inside():
    box = (700, 150)
    short = fit("Fox", "display", box, largest=80, smallest=16, most=2)
    long = fit("A red fox under the northern lights, and snow on every tree", "display", box, largest=80, smallest=16,
               most=2)  # fmt: skip
    assert short.size == 80 and len(short.lines) == 1
    assert long.size < 80 and len(long.lines) == 2
    for setting in (short, long):
        left, top, right, bottom = ink(lettered(setting, (1000, 400), (100, 100 + setting.size)))
        assert left >= 90 and right <= 100 + box[0] + 10  # a swash may hang out a little
        assert top >= 100 and bottom <= 100 + box[1] + 0.3 * setting.size


def test_lines_of_a_title_are_of_about_one_length():
    lines = fit("a small boat on a wide and quiet sea", "display", (420, 200), largest=50, smallest=40, most=2).lines
    assert len(lines) == 2
    widths = sorted(measure(line, "display") for line in lines)
    assert widths[0] > 0.6 * widths[1]


@pytest.mark.parametrize("words", ["a" * 4000, "字" * 4000, "word " * 800, "\n" * 3000, "字,a" * 1000])
def test_what_is_far_too_long_is_cut_with_an_ellipsis_and_soon(words):
    setting = fit(words, "display", (300, 60), largest=30, smallest=12, most=2)
    assert len(setting.lines) <= 2 and setting.height <= 60
    assert all(measure(line, setting.cut) * setting.size <= 301 for line in setting.lines)
    made = fit_columns(words, (60, 300), largest=30, smallest=12, most=2)
    assert len(made.columns) <= 2 and made.width <= 61


def test_columns_run_from_right_to_left_inside_their_box():
    canvas = Image.new("RGB", (300, 400), "white")
    made = fit_columns("床前明月光，疑是地上霜。举头望明月，低头思故乡。", (200, 300), largest=60, smallest=12, most=4)
    assert len(made.columns) > 1 and "︐" in made.columns[0]  # punctuation stands upright
    end = draw_columns(canvas, (250, 50), made, "black")
    left, top, right, bottom = ink(canvas.convert("L"))
    assert left >= 45 and right <= 252 and top >= 50 and bottom <= 352
    assert bottom - 8 <= end <= 352
    first = np.asarray(canvas.convert("L"))[:, 250 - round(made.size) : 250]
    assert (first < 128).sum() > 500  # the first column stands at the right


def test_a_word_in_letters_lies_on_its_side_in_a_column():
    canvas = Image.new("RGB", (200, 600), "white")
    draw_columns(canvas, (120, 20), fit_columns("梦 Mengbi", (60, 560), largest=60, smallest=20, most=1), "black")
    rows = np.flatnonzero((np.asarray(canvas.convert("L")) < 128).any(axis=1))
    columns = np.flatnonzero((np.asarray(canvas.convert("L"))[120:] < 128).any(axis=0))
    assert rows[-1] - rows[0] > 200 and columns[-1] - columns[0] < 70
