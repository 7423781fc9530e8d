"""Enlarging and restoring as finishing steps and as commands: exact on repeat, and what made a picture stays in it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mengbi.brief import Brief
from mengbi.engine import upscale as engine
from mengbi.errors import BriefError
from mengbi.faces.enlarging import steps
from mengbi.finish import TOUCHES
from mengbi.finish.upscale import touch
from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.plan import Touch, plan_from_dict
from mengbi.provenance import read

PLAN = make_plan(Brief(prompt="a red cat", style="none", engine="sketch", size=(96, 64), seed=3))


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))


def painted(*touches):
    (picture,) = finish(carry_out(replace(PLAN, finish=touches)))
    return picture


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def clouds(width, height, mode="RGB"):
    small = np.random.default_rng(0).integers(0, 256, (5, 7, len(mode)), dtype=np.uint8)
    return Image.fromarray(small, mode).resize((width, height), Image.Resampling.BICUBIC)


# In a plan


@pytest.mark.parametrize(
    ("step", "size"),
    [
        (touch("enlarge", scale=2), (192, 128)),
        (touch("enlarge", scale=4), (384, 256)),
        (touch("fit", size=[200, 100]), (200, 100)),
        (touch("fit", size=[48, 32]), (48, 32)),
        (touch("restore", kind="worn", strength=1.0), (96, 64)),
        (touch("restore", kind="old", strength=0.5), (96, 64)),
    ],
)
def test_a_plan_with_the_step_gives_the_same_bytes_every_time_and_after_json(step, size):
    once = painted(step)
    assert once.size == size
    assert once.touches[-1] == step.to_dict() and len(step.settings["weights"]) == 64
    again = plan_from_dict(json.loads(json.dumps(once.plan.to_dict())))
    assert finish(carry_out(again))[0].pixels.tobytes() == once.pixels.tobytes()


def test_steps_follow_one_another():
    both = painted(touch("enlarge", scale=2), touch("fit", size=[50, 40])).pixels
    np.testing.assert_array_equal(both, engine.to_size(engine.upscale(painted().pixels, 2), (50, 40)))


def test_restoring_with_no_strength_changes_nothing_and_faded_colours_come_back():
    np.testing.assert_array_equal(painted(touch("restore", kind="old", strength=0)).pixels, painted().pixels)
    faded = (painted().pixels // 3 + 100).astype(np.uint8)
    mend = TOUCHES.find("restore")
    old, worn = (mend(faded, PLAN, {"kind": kind, "strength": 1}).astype(float) for kind in ("old", "worn"))
    assert np.ptp(old) > 1.5 * np.ptp(worn)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("enlarge", {}),
        ("enlarge", {"scale": 3}),
        ("enlarge", {"scale": 2.5}),
        ("enlarge", {"scale": True}),
        ("enlarge", {"scale": "4"}),
        ("enlarge", {"scale": 10**9}),
        ("enlarge", {"scale": [2]}),
        ("fit", {}),
        ("fit", {"size": 100}),
        ("fit", {"size": [100]}),
        ("fit", {"size": [0, 100]}),
        ("fit", {"size": [100.0, 100]}),
        ("fit", {"size": ["100", "100"]}),
        ("fit", {"size": [True, True]}),
        ("fit", {"size": [10**6, 10**6]}),
        ("restore", {}),
        ("restore", {"kind": "magic", "strength": 1}),
        ("restore", {"kind": ["old"], "strength": 1}),
        ("restore", {"kind": "worn", "strength": 2}),
        ("restore", {"kind": "worn", "strength": float("nan")}),
        ("restore", {"kind": "worn", "strength": None}),
    ],
)
def test_settings_from_anybody_are_refused_in_one_line(name, settings):
    with pytest.raises(BriefError) as refusal:
        painted(Touch(name=name, settings=settings))
    assert "\n" not in str(refusal.value)


# As commands


def test_a_file_of_ours_is_enlarged_keeps_its_plan_and_is_repeated_to_the_pixel(mengbi):
    painted().save("cat.png")
    code, out, err = mengbi("upscale", "cat.png", "--scale", 4)
    assert (code, err) == (0, "") and out.startswith("saved cat-4x.png (384x256, seed 3, style none, ")
    found = read("cat-4x.png")
    assert found.plan.samples == PLAN.samples and [step.name for step in found.plan.finish] == ["enlarge"]
    np.testing.assert_array_equal(pixels("cat-4x.png"), engine.upscale(painted().pixels, 4))
    code, out, err = mengbi("repeat", "cat-4x.png", "-o", "again.png")
    assert code == 0 and "the same pixels, every one" in out
    assert Path("again.png").read_bytes() == Path("cat-4x.png").read_bytes()


def test_what_was_enlarged_is_enlarged_again(mengbi):
    painted(touch("enlarge", scale=2)).save("cat.png")
    assert mengbi("upscale", "cat.png", "-o", "more.png")[0] == 0
    assert [step.name for step in read("more.png").plan.finish] == ["enlarge", "enlarge"]
    assert pixels("more.png").shape == (256, 384, 3)


def test_anybody_s_picture_becomes_a_plan_that_is_repeated(mengbi):
    clouds(80, 70).save("photo.jpg")
    for arguments, size in (
        (("upscale", "photo.jpg", "-o", "made.png"), (160, 140)),
        (("upscale", "photo.jpg", "--size", "200x100", "-o", "made.png"), (200, 100)),
        (("restore", "photo.jpg", "--strength", "0.5", "-o", "made.png"), (80, 70)),
        (("restore", "photo.jpg", "--kind", "old", "-o", "made.png"), (80, 70)),
    ):
        code, _, err = mengbi(*arguments)
        assert (code, err) == (0, ""), err
        assert pixels("made.png").shape == (size[1], size[0], 3)
        assert read("made.png").plan.photo.name == "photo.jpg"
        assert "the same pixels" in mengbi("repeat", "made.png", "-o", "again.png")[1]
    code, _, _ = mengbi("upscale", "photo.jpg")
    np.testing.assert_array_equal(pixels("photo-2x.png"), engine.upscale(pixels("photo.jpg"), 2))


def test_the_command_makes_what_the_plan_says_and_says_how_far_it_is():
    step = touch("enlarge", scale=2)
    *under_way, last = list(steps(PLAN, step))
    assert [each.done for each in under_way] == sorted(each.done for each in under_way)
    assert all(each.pictures == () for each in under_way) and last.done == 1
    assert under_way[-1].stage == last.stage == "enlarge"
    (made,), whole = last.pictures, painted(step)
    np.testing.assert_array_equal(made.pixels, whole.pixels)
    assert (made.plan, made.touches) == (whole.plan, whole.touches)


def test_nothing_is_overwritten_unless_it_is_named(mengbi):
    painted().save("cat.png")
    mengbi("upscale", "cat.png")
    mengbi("upscale", "cat.png")
    assert {path.name for path in Path().glob("*.png")} == {"cat.png", "cat-2x.png", "cat-2x-2.png"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("upscale", "nothing.png"), "there is no such file"),
        (("upscale", "text.png"), "not a picture"),
        (("upscale", "cut.png"), "damaged"),
        (("upscale", "cat.png", "--scale", "3"), "'3' is not one of"),
        (("upscale", "cat.png", "--scale", "2", "--size", "100"), "leave one of them off"),
        (("upscale", "cat.png", "--size", "9000000"), "megapixels"),
        (("upscale", "cat.png", "-o", "cat.bmp"), "a picture ends in"),
        (("restore", "cat.png", "--kind", "odl"), "did you mean 'old'"),
        (("restore", "cat.png", "--strength", "2"), "0<=x<=1"),
    ],
)
def test_mistakes_are_one_clear_line_and_leave_nothing_behind(mengbi, arguments, said):
    painted().save("cat.png")
    clouds(90, 90).save("cut.png")
    Path("cut.png").write_bytes(Path("cut.png").read_bytes()[:900])
    Path("text.png").write_text("no picture")
    before = sorted(Path().iterdir())
    code, out, err = mengbi(*arguments)
    assert code == 2 and out == "" and said in err
    assert err.startswith("mengbi: ") and err.count("\n") == 1
    assert sorted(Path().iterdir()) == before
