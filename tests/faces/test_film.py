import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mengbi.engine import Step
from mengbi.errors import OutputError, StorageError
from mengbi.faces.film import MAX_FRAMES, check_film, encode, record
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.style import Style


def painting(count, side=64):
    """Steps that get lighter; the last is twice as large."""
    plan = Plan(
        version="0",
        engine="sketch",
        weights="",
        size=(side, side),
        samples=(Sample(seed=1, prompt="", scene=Scene()),),
        style=Style(name="none", title="", title_zh="", sentence=""),
    )
    for index in range(count):
        pictures = ()
        if index == count - 1:
            pictures = (Picture(pixels=np.full((2 * side, 2 * side, 3), 250, dtype=np.uint8), plan=plan),)
        light = np.full((1, side, side, 3), 250 * index // count, dtype=np.uint8)
        yield Step(done=(index + 1) / count, stage="light", images=light, pictures=pictures)


def frames(path):
    """Mean brightness and milliseconds of every frame."""
    with Image.open(path) as film:
        return [(float(np.asarray(f.convert("L")).mean()), f.info["duration"]) for f in ImageSequence.Iterator(film)]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".apng", ".GIF"])
def test_a_film_shows_the_real_steps_and_holds_the_last(tmp_path, suffix):
    path = tmp_path / f"steps{suffix}"
    assert len(list(record(painting(10), path))) == 10
    shown = frames(path)
    lights = [light for light, _ in shown]
    assert lights == pytest.approx([25 * index for index in range(9)] + [250], abs=3)
    assert [duration for _, duration in shown] == pytest.approx([400] * 9 + [2500], abs=20)
    with Image.open(path) as film:
        assert film.size == (128, 128) and film.info["loop"] == 0


def test_a_long_painting_is_thinned_out_but_keeps_first_and_last(tmp_path):
    list(record(painting(1000, side=8), tmp_path / "long.webp"))
    shown = frames(tmp_path / "long.webp")
    assert MAX_FRAMES / 2 <= len(shown) <= MAX_FRAMES + 1
    assert shown[0][0] < 5 and shown[-1][0] > 245
    assert 3000 < sum(duration for _, duration in shown[:-1]) < 5000


def test_a_film_of_one_step_is_a_picture(tmp_path):
    list(record(painting(1), tmp_path / "one.gif"))
    with Image.open(tmp_path / "one.gif") as film:
        assert film.size == (128, 128)


def test_a_painting_that_is_cancelled_leaves_no_film(tmp_path):
    filming = record(painting(10), tmp_path / "steps.gif")
    next(filming)
    filming.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["steps", "steps.mp4", "steps.jpg", ".gif"])
def test_what_is_no_film_is_refused(name):
    with pytest.raises(OutputError, match=r"\.gif, \.webp, \.png"):
        check_film(Path(name))


def test_a_film_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises((OutputError, StorageError)):
        list(record(painting(2), tmp_path / "file" / "steps.gif"))


def test_colours_of_a_gif_stay_near():
    y, x = np.mgrid[0:64, 0:64]
    rainbow = np.stack([4 * x, 4 * y, 255 - 4 * x], axis=-1).astype(np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(encode([rainbow], ".gif"))).convert("RGB"))
    assert np.abs(shown.astype(int) - rainbow).mean() < 12
