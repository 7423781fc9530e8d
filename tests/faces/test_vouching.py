import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mengbi.errors import FaultError
from mengbi.finish import safety
from mengbi.finish.safety import Verdict
from mengbi.pipeline import paint
from mengbi.provenance import read

FAST = ("--style", "none", "--size", "128", "--seed", 3)


@pytest.fixture
def strict(monkeypatch):
    """A picture filter that holds everything back."""
    monkeypatch.setattr(safety, "is_installed", lambda: True)
    monkeypatch.setattr(safety, "check_picture", lambda pixels: Verdict(of="picture", kind="sexual", score=0.93))


@pytest.fixture
def mild(monkeypatch):
    """A picture filter that finds nothing."""
    monkeypatch.setattr(safety, "is_installed", lambda: True)
    monkeypatch.setattr(safety, "check_picture", lambda pixels: Verdict(of="picture", score=0.01))


@pytest.fixture
def missing(monkeypatch):
    def check(pixels):
        raise FaultError("the picture filter is not installed; pip install 'mengbi[safety]' brings it")

    monkeypatch.setattr(safety, "is_installed", lambda: False)
    monkeypatch.setattr(safety, "check_picture", check)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_picture_that_is_held_back_is_blurred_and_can_be_had_again(mengbi, strict):
    code, out, err = mengbi("paint", "a red fox", "-o", "fox.png", *FAST)
    assert code == 0
    assert "saved fox.png" in out
    assert "fox.png is blurred" in err and "0.93 of 1" in err and "mengbi repeat fox.png --no-filter" in err
    clear = paint("a red fox", style="none", size=(128, 128), seed=3).pixels
    assert (
        np.abs(np.diff(pixels("fox.png").astype(int), axis=1)).max()
        < np.abs(np.diff(clear.astype(int), axis=1)).max() / 3
    )
    assert read("fox.png").touches[-1] == {"touch": "blurred", "by": "the picture filter", "score": 0.93}
    code, _, err = mengbi("repeat", "fox.png", "--no-filter", "-o", "clear.png")
    assert (code, err) == (0, "")
    assert np.array_equal(pixels("clear.png"), clear)


def test_programs_are_told_too_and_the_film_is_not_kept(mengbi, strict):
    code, out, err = mengbi("paint", "a red fox", "--json", "--film", "steps.gif", "-o", "fox.png", *FAST)
    assert code == 0
    assert json.loads(out)["filter"] == {"score": 0.93, "held": True}
    assert "film steps.gif" in err
    assert not Path("steps.gif").exists()


def test_what_is_harmless_is_painted_as_ever(mengbi, mild):
    code, out, err = mengbi("paint", "a red fox", "--json", "-o", "fox.png", *FAST)
    assert (code, err) == (0, "")
    assert json.loads(out)["filter"] == {"score": 0.01, "held": False}
    assert np.array_equal(pixels("fox.png"), paint("a red fox", style="none", size=(128, 128), seed=3).pixels)


def test_explicit_words_are_held_back_before_anything_is_painted(mengbi, mild):
    code, out, err = mengbi("paint", "hentai", "--json", *FAST)
    assert (code, out) == (2, "")
    assert "hentai" in err and "--no-filter" in err
    assert list(Path().glob("*.png")) == []
    assert mengbi("paint", "hentai", "--no-filter", *FAST)[0] == 0


def test_letters_on_the_picture_are_words(mengbi, mild):
    code, _, err = mengbi("paint", "a red fox", "--for", "card", "--title", "pornography", *FAST[:2])
    assert code == 2 and "held back" in err


def test_a_style_of_ones_own_is_words_too(mengbi, mild, monkeypatch, tmp_path):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "styles.toml").write_text('[mine]\nsentence = "Mine."\nwords = "hentai"\n')
    code, _, err = mengbi("paint", "a red fox", "--style", "mine", "--size", "128")
    assert code == 2 and "hentai" in err and "held back" in err


def test_without_the_extra_the_filters_are_off_and_can_not_be_demanded(mengbi, missing):
    assert mengbi("paint", "hentai", *FAST)[0] == 0
    code, out, err = mengbi("paint", "a fox", "--filter", *FAST)
    assert (code, out) == (1, "")
    assert "pip install 'mengbi[safety]'" in err


def test_children_and_sex_are_refused_with_the_filter_off(mengbi, missing):
    code, _, err = mengbi("paint", "child porn", "--no-filter", *FAST)
    assert code == 2 and "does not paint this" in err
    assert list(Path().glob("*.png")) == []


@pytest.mark.parametrize("command", ["repeat", "upscale", "restore"])
def test_a_plan_in_somebodys_file_is_checked_before_it_is_painted(mengbi, missing, command):
    painted = paint("a red fox", style="none", size=(128, 128), seed=3)
    sample = replace(painted.plan.samples[0], prompt="child porn")
    painted = replace(painted, plan=replace(painted.plan, samples=(sample,)))
    painted.save("theirs.png")
    code, out, err = mengbi(command, "theirs.png", "--no-filter", "-o", "mine.png")
    assert (code, out) == (2, "")
    assert "does not paint this" in err
    assert not Path("mine.png").exists()


def test_signing_without_the_extra_says_what_to_install(mengbi, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    code, out, err = mengbi("paint", "a fox", "--sign", *FAST)
    assert (code, out) == (1, "")
    assert "pip install 'mengbi[credentials]'" in err
    assert list(Path().glob("*.png")) == []


def test_a_signed_picture_says_so_and_is_the_same_picture(mengbi):
    pytest.importorskip("c2pa")
    code, out, err = mengbi("paint", "a red fox", "--sign", "-o", "fox.png", *FAST)
    assert code == 0, err
    assert ", signed)" in out
    code, out, _ = mengbi("verify", "fox.png", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["credentials"]["state"] == "valid" and said["credentials"]["known_as"] == "your own key"
    assert np.array_equal(pixels("fox.png"), paint("a red fox", style="none", size=(128, 128), seed=3).pixels)
    assert "every one" in mengbi("repeat", "fox.png", "-o", "again.png")[1]


def test_a_pdf_cannot_be_signed_and_says_so_first(mengbi):
    pytest.importorskip("c2pa")
    code, _, err = mengbi("paint", "a fox", "--sign", "-o", "a.pdf", *FAST)
    assert code == 2 and ".pdf files cannot be signed" in err
    assert not Path("a.pdf").exists()
