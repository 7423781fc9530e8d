import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mengbi.errors import BriefError
from mengbi.finish.mark import code, find_mark, mark, number_of, touch, write_mark
from mengbi.finish.mark.search import MAX_CHANCE, read_in_place
from mengbi.finish.upscale import enlarge
from mengbi.finish.upscale import touch as upscaling
from mengbi.noise import generator
from mengbi.pipeline import carry_out, finish, paint
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.source import Source
from mengbi.style import Style

NUMBER = 0xC0FFEE42


def landscape(height=480, width=600, seed=1):
    """A picture with an even sky, a textured ground, and edges: noise of many sizes below a slanting line."""
    y, x = np.mgrid[0:height, 0:width] / height
    sky = np.stack([90 + 100 * y, 140 + 60 * y, 215 + 20 * y], axis=-1)
    ground = np.zeros((height, width))
    for octave in range(2, 8):
        small = generator(seed, octave).standard_normal((2**octave, 2**octave)).astype(np.float32)
        lumps = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        ground += np.asarray(lumps) * 60 / octave
    lower = (y > 0.55 + 0.2 * x)[..., None]
    return np.clip(np.where(lower, np.stack([80 + ground, 120 + ground, 60 + ground * 0.7], -1), sky), 0, 255).astype(
        np.uint8
    )


def noise_of(before, after):
    return 10 * np.log10(255**2 / np.square(after.astype(float) - before).mean())


def jpeg(pixels, quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def sized(pixels, across, down=None):
    size = (round(pixels.shape[1] * across), round(pixels.shape[0] * (down or across)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def cut(pixels, part, top=0.7, left=0.2):
    height, width = pixels.shape[:2]
    y, x = round(height * part * top), round(width * part * left)
    return pixels[y : y + round(height * (1 - part)), x : x + round(width * (1 - part))]


@pytest.fixture(scope="module")
def marked():
    return write_mark(landscape(), NUMBER)


def test_it_cannot_be_seen_and_can_be_read(marked):
    before = landscape()
    assert 38.5 <= noise_of(before, marked) < 52
    change = np.abs(marked.astype(int) - before)
    assert change[:100].mean() < 1.0  # the even sky
    assert change.max() <= 16
    heard = find_mark(marked)
    assert heard.there and heard.number == NUMBER


@pytest.mark.parametrize(
    "attack",
    [
        lambda p: jpeg(p, 75),
        lambda p: sized(p, 0.5),
        lambda p: sized(p, 2),
        lambda p: cut(p, 0.1),
        lambda p: jpeg(cut(p, 0.1), 75),
        lambda p: jpeg(sized(cut(p, 0.1), 0.5), 75),
        lambda p: cut(p, 0.25, 1, 0),
        lambda p: jpeg(sized(p, 0.713, 0.716), 80),
        lambda p: jpeg(p[:, ::-1], 75),
        np.rot90,
        lambda p: np.clip(p * 1.1 + 8, 0, 255).astype(np.uint8),
        lambda p: np.pad(p, ((40, 60), (90, 30), (0, 0)), constant_values=240),
    ],
    ids=["jpeg", "half", "double", "cut", "cut-jpeg", "all", "corner", "odd", "mirrored", "turned", "bright", "framed"],
)
def test_it_is_read_after_what_pictures_go_through(marked, attack):
    heard = find_mark(np.ascontiguousarray(attack(marked)))
    assert heard.there
    assert heard.number == NUMBER


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_heard_where_nothing_is(seed):
    for pixels in (landscape(seed=seed + 10), generator(seed, 0).integers(0, 256, (200, 300, 3), dtype=np.uint8)):
        heard = find_mark(pixels)
        assert not heard.there
        assert heard.number is None
        assert heard.score < 7


def test_a_pattern_that_repeats_is_not_taken_for_a_mark():
    for period in (16, 43):
        tile = generator(period, 0).integers(0, 256, (period, period, 3), dtype=np.uint8)
        assert not find_mark(np.tile(tile, (384 // period + 1, 384 // period + 1, 1))[:384, :384]).there


def test_chance_alone_scores_as_the_bound_says():
    """Random phases in place of a picture's: the share above a score stays below exp(−s²/2)."""
    fixed = code.fixed()
    turns = generator(5, 0).random((4000, len(fixed)))
    scores = (np.exp(2j * np.pi * turns) @ fixed.conj()).real / np.sqrt(len(fixed) / 2)
    for score in (1.0, 2.0, 3.0):
        assert (scores > score).mean() <= np.exp(-(score**2) / 2)
    assert abs(scores.std() - 1) < 0.05


def test_marking_again_changes_nothing_and_another_number_takes_the_place_of_the_first(marked):
    assert write_mark(marked, NUMBER) is marked
    other = write_mark(marked, 7)
    assert find_mark(other).number == 7
    assert noise_of(landscape(), other) > 36


def test_transparency_stays_and_the_mark_is_read_on_white():
    clear = np.dstack([landscape(), np.where(np.arange(600) < 480, 255, 0)[None].repeat(480, 0).astype(np.uint8)])
    done = write_mark(clear, NUMBER)
    assert np.array_equal(done[..., 3], clear[..., 3])
    assert find_mark(done).number == NUMBER


def test_white_and_black_carry_it_too():
    drawing = np.full((400, 400, 3), 255, np.uint8)
    for at in range(20, 380, 60):
        drawing[at : at + 6, 30:370] = 0
        drawing[30:370, at : at + 4] = 0
    done = write_mark(drawing, NUMBER)
    assert find_mark(jpeg(done, 75)).number == NUMBER
    assert done.min() >= 0 and noise_of(drawing, done) > 38.5


def test_equal_pictures_give_equal_bytes(marked):
    assert np.array_equal(write_mark(landscape(), NUMBER), marked)


@settings(deadline=None, max_examples=6)
@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([3, 4]))
def test_any_small_picture_goes_through(height, width, channels):
    pixels = generator(1, 1).integers(0, 256, (height, width, channels), dtype=np.uint8)
    done = write_mark(pixels, NUMBER)
    assert done.shape == pixels.shape and done.dtype == np.uint8
    assert find_mark(done).score < 100


def test_a_strip_is_searched_in_its_middle():
    strip = write_mark(np.concatenate([landscape(96, 128, seed) for seed in range(16)], axis=1), NUMBER)
    assert strip.shape == (96, 2048, 3)
    heard = find_mark(strip)
    assert heard.there and heard.number == NUMBER
    assert find_mark(strip[:, 832:1216]).score == heard.score  # four times as long as wide, and no more


@given(st.integers(0, 2**32 - 1))
def test_every_number_is_spelled_and_read(number):
    assert code.read(code.spell(number)) == number


def test_a_number_with_one_byte_in_doubt_is_still_read_and_noise_is_no_number():
    rng = generator(3, 0)
    lines, start = code.spell(NUMBER), len(code.fixed())
    wrong = lines.copy()
    size = code.codes().shape[2]
    wrong[start : start + size] += 1.2 * code.codes()[0, 3]  # another byte is nearer now
    assert code.read(wrong) == NUMBER
    noise = [rng.standard_normal(len(lines)) + 1j * rng.standard_normal(len(lines)) for _ in range(60)]
    assert sum(code.read(each) is not None for each in noise) <= 2


def plan(**changes):
    sample = Sample(seed=7, prompt="fox", scene=Scene())
    style = Style(name="none", title="", title_zh="", sentence="")
    known = Plan(version="0", engine="sketch", weights="", size=(64, 64), samples=(sample,), style=style)
    return replace(known, **changes)


def test_the_number_is_that_of_the_plan():
    done = mark(landscape(), plan(), touch().settings)
    assert find_mark(done).number == number_of(plan())
    assert number_of(plan()) != number_of(plan(negative="rain"))


def test_a_step_after_the_mark_and_the_name_of_a_photo_do_not_count():
    photo = Source(path="holiday.jpg", sha256="ab" * 32)
    marked = plan(photo=photo, finish=(touch(),))
    assert number_of(replace(marked, photo=replace(photo, path="renamed.jpg"))) == number_of(marked)
    assert number_of(replace(marked, photo=replace(photo, sha256="cd" * 32))) != number_of(marked)
    assert number_of(replace(marked, finish=(touch(), upscaling("enlarge", scale=2)))) == number_of(marked)
    assert number_of(replace(marked, finish=(upscaling("enlarge", scale=2), touch()))) != number_of(marked)


def test_a_marked_picture_that_was_enlarged_is_painted_again_to_the_same_pixels():
    painted = paint("a red fox", seed=3, size=(256, 256), style="none", mark=True)
    larger = upscaling("enlarge", scale=2)
    after = enlarge(painted.pixels, painted.plan, larger.settings)
    (again,) = finish(carry_out(replace(painted.plan, finish=(touch(), larger))))
    assert np.array_equal(again.pixels, after)
    assert find_mark(after).number == number_of(again.plan)


@pytest.mark.parametrize("given", [{}, {"version": 2}, {"version": 1, "more": 1}, {"version": "1"}])
def test_settings_of_another_version_are_refused(given):
    with pytest.raises(BriefError, match="version"):
        mark(landscape(), plan(), given)


def test_a_painting_is_marked_last_and_its_repeat_is_the_same():
    painted = paint("a red fox", seed=3, size=(320, 320), style="none", mark=True)
    assert painted.plan.finish[-1] == touch()
    assert painted.touches[-1]["touch"] == "mark"
    heard = read_in_place(painted.pixels)
    assert heard.chance <= MAX_CHANCE and heard.number == number_of(painted.plan)
    clean = paint("a red fox", seed=3, size=(320, 320), style="none")
    assert not find_mark(clean.pixels).there
    assert noise_of(clean.pixels, painted.pixels) > 38.5
