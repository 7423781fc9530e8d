from dataclasses import replace

import numpy as np
import pytest

import mengbi
from mengbi.assets import fonts
from mengbi.engine import ENGINES
from mengbi.faces.again import compare, difference
from mengbi.finish.upscale import touch as upscaling
from mengbi.pipeline import paint
from mengbi.plan import Touch


@pytest.fixture(scope="module")
def fox():
    return paint("a red fox", style="none", size=(64, 64), seed=3)


def card(digest):
    return Touch(name="card", settings={"title": "Fox", "fonts": digest})


def test_a_plan_of_today_has_no_difference(fox):
    steps = (upscaling("enlarge", scale=2), upscaling("restore", kind="worn", strength=1.0), card(fonts.digest()))
    assert difference(replace(fox.plan, finish=steps)) == ""


def test_the_engine_and_the_version_are_named(fox):
    changed = replace(fox.plan, weights="of old", version="0.0.1")
    said = difference(changed)
    assert "the sketch engine paints with other weights now" in said
    assert f"made by Mengbi 0.0.1, this is {mengbi.__version__}" in said
    assert ENGINES.find("sketch")().weights == fox.plan.weights


@pytest.mark.parametrize("name", ["enlarge", "fit", "restore"])
def test_a_step_with_other_weights_is_named_once(fox, name):
    old = Touch(name=name, settings={"weights": "0" * 64})
    assert difference(replace(fox.plan, finish=(old, old))) == f"{name} works with other weights now"


def test_the_restorer_has_weights_of_its_own(fox):
    mixed = Touch(name="restore", settings=upscaling("enlarge", scale=2).settings)
    assert difference(replace(fox.plan, finish=(mixed,))) == "restore works with other weights now"


@pytest.mark.parametrize("digest", ["0" * 64, None, 7, ["x"]])
def test_letters_in_other_fonts_are_named_whatever_stands_there(fox, digest):
    assert difference(replace(fox.plan, finish=(card(digest),))) == "card letters in other fonts now"


def test_pixels_are_compared_one_by_one(fox, tmp_path):
    path = fox.save(tmp_path / "fox.png")
    data = path.read_bytes()
    assert compare(data, path, fox) == "the same pixels, every one"
    darker = replace(fox, pixels=np.where(fox.pixels > 0, fox.pixels - 1, 0).astype(np.uint8))
    assert compare(data, path, darker).startswith("not the same pixels: ")
    smaller = replace(fox, pixels=fox.pixels[:32])
    assert compare(data, path, smaller) == "not the same picture: fox.png is 64x64"


def test_a_jpeg_is_said_to_keep_not_every_pixel(fox, tmp_path):
    path = fox.save(tmp_path / "fox.jpg")
    assert compare(path.read_bytes(), path, fox).endswith("(.jpg may not keep every pixel)")
