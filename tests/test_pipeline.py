"""From a wish to a picture: every choice is made once, and the same plan always gives the same bytes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import mengbi
from mengbi.brief import Brief
from mengbi.engine.preview import shrink
from mengbi.errors import BriefError, SceneError, UnknownName
from mengbi.pipeline import carry_out, finish, make_plan, paint, paint_many, painting, without
from mengbi.plan import plan_from_dict
from mengbi.scene import Scene, Sky, Thing

SMALL = {"size": (160, 128)}


def test_a_plan_leaves_nothing_to_choose():
    plan = make_plan(Brief(prompt="a red cat", **SMALL))
    assert plan.engine == "sketch"
    assert plan.style.name == "oil"
    assert plan.weights
    assert plan.version == mengbi.__version__
    assert [thing.concept for thing in plan.samples[0].scene.things] == ["cat"]


def test_without_a_seed_every_plan_has_another():
    assert len({make_plan(Brief(prompt="cat")).samples[0].seed for _ in range(4)}) == 4


def test_the_same_plan_gives_the_same_bytes_even_after_a_round_trip_through_json():
    plan = make_plan(Brief(prompt="two foxes under a tree at night", seed=5, **SMALL))
    first = finish(carry_out(plan))[0].pixels
    again = finish(carry_out(plan_from_dict(plan.to_dict())))[0].pixels
    assert first.shape == (128, 160, 3)
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize("engine", ["sketch", "analytic"])
def test_a_picture_does_not_depend_on_its_batch_or_its_place_in_it(engine):
    batch = paint_many("a dragon over a castle", seed=10, count=3, engine=engine, **SMALL)
    for index, picture in enumerate(batch):
        alone = paint("a dragon over a castle", seed=10 + index, engine=engine, **SMALL)
        assert picture.pixels.tobytes() == alone.pixels.tobytes()
        assert picture.plan == alone.plan
    plan = make_plan(Brief(prompt="a dragon over a castle", seed=10, count=3, engine=engine, **SMALL))
    backwards = finish(carry_out(replace(plan, samples=plan.samples[::-1])))
    assert [p.pixels.tobytes() for p in backwards] == [p.pixels.tobytes() for p in batch[::-1]]


def test_steps_run_from_the_sky_to_the_brush_and_only_the_last_carries_the_picture():
    steps = list(painting("a ship on the sea", seed=1, **SMALL))
    assert [step.stage for step in steps] == ["sky", "ground", "far things", "near things", "weather", "brush"]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == 1
    assert [len(step.pictures) for step in steps] == [0] * 5 + [1]
    for before, after in pairwise(steps):
        assert before.images.dtype == np.uint8
        assert before.images.shape == after.images.shape


def test_without_a_style_the_clean_drawing_stays():
    picture = paint("a ship on the sea", seed=1, style="none", **SMALL)
    assert picture.touches == ()
    assert picture.pixels.tobytes() != paint("a ship on the sea", seed=1, **SMALL).pixels.tobytes()


def test_wildcards_are_drawn_anew_for_every_picture_and_written_into_its_plan():
    prompts = {
        picture.plan.samples[0].prompt for picture in paint_many("a {cat|dog|fox|owl}", seed=3, count=6, **SMALL)
    }
    assert len(prompts) > 1
    assert prompts <= {"a cat", "a dog", "a fox", "a owl"}


def test_a_negative_prompt_takes_things_out_of_the_scene():
    scene = Scene(things=(Thing(concept="cat"), Thing(concept="tree")), sky=Sky(features=("moon", "stars")))
    left = without(scene, Scene(things=(Thing(concept="tree"),), sky=Sky(features=("stars",))))
    assert [thing.concept for thing in left.things] == ["cat"]
    assert left.sky.features == ("moon",)
    plan = make_plan(Brief(prompt="a cat and a dog", negative="dog", seed=1))
    assert [thing.concept for thing in plan.samples[0].scene.things] == ["cat"]


def test_a_scene_graph_works_instead_of_words():
    scene = {"things": [{"concept": "panda", "count": 2}], "ground": "forest", "sky": {"time": "dawn"}}
    plan = make_plan(Brief(scene=scene, seed=1, **SMALL))
    assert plan.samples[0].scene.things[0].count == 2
    with pytest.raises(SceneError, match="did you mean 'panda'"):
        make_plan(Brief(scene={"things": ["pandda"]}))


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"engine": "skech"}, "did you mean 'sketch'"),
        ({"style": "oyl"}, "did you mean 'oil'"),
        ({"engine": "analytic", "sampler": "eular"}, "did you mean 'euler'"),
        ({"sampler": "eular"}, "did you mean 'euler'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(wish, message):
    with pytest.raises(UnknownName, match=message):
        make_plan(Brief(prompt="cat", **wish))


def test_a_wish_that_the_engine_cannot_meet_is_refused_and_one_that_can_is_named():
    with pytest.raises(BriefError, match="analytic"):
        make_plan(Brief(prompt="cat", steps=20))


def photo(path, size=(200, 120)):
    ramp = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    ramp[..., 0] = np.linspace(0, 255, size[0], dtype=np.uint8)
    ramp[..., 2] = 90
    Image.fromarray(ramp).save(path)
    return path


@pytest.mark.parametrize("engine", ["analytic", "dream"])
def test_a_picture_that_was_painted_on_a_smaller_canvas_is_brushed_as_a_whole(engine):
    steps = list(painting("a red cat", engine=engine, style="oil", size=(600, 500), steps=1, count=2, seed=1))
    (picture, other) = steps[-1].pictures
    assert steps[0].images.shape[2] < 500
    assert [step.images.shape for step in steps[-2:]] == [(2, 427, 512, 3)] * 2
    for shown, painted in zip(steps[-1].images, (picture, other), strict=True):
        assert painted.size == (600, 500) and painted.touches
        np.testing.assert_array_equal(shown, shrink(painted.pixels))


@pytest.mark.parametrize("engine", ["sketch", "analytic"])
def test_a_mask_keeps_what_is_black_to_the_last_bit_even_from_the_brush(tmp_path, engine):
    source = photo(tmp_path / "photo.png", (160, 128))
    mask = np.zeros((128, 160), dtype=np.uint8)
    mask[40:, 80:] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    painted = paint(
        "a red cat", photo=source, mask=tmp_path / "mask.png", seed=1, engine=engine, style="starry", **SMALL
    ).pixels
    original = np.asarray(Image.open(source))
    assert (painted[mask == 0] == original[mask == 0]).all()
    assert (painted[mask == 255] != original[mask == 255]).mean() > 0.5


def test_a_photo_without_words_is_painted_over_and_still_recognised(tmp_path):
    source = photo(tmp_path / "photo.png", (160, 128))
    painted = paint(photo=source, seed=1, **SMALL).pixels.astype(float)
    original = np.asarray(Image.open(source)).astype(float)
    assert np.corrcoef(painted[..., 0].ravel(), original[..., 0].ravel())[0, 1] > 0.8


def test_words_add_their_things_to_a_photo_and_strength_lets_their_sky_through(tmp_path):
    source = photo(tmp_path / "photo.png", (160, 128))
    kept = {"photo": source, "seed": 1, "style": "none", **SMALL}
    original = np.asarray(Image.open(source)).astype(float)

    def change(prompt, strength):
        return np.abs(paint(prompt, strength=strength, **kept).pixels - original).mean()

    assert change("an elephant", 0.0) > 3
    assert change("night sky full of stars", 0.0) == 0
    assert 0 < change("night sky full of stars", 0.3) < change("night sky full of stars", 0.9)


def test_a_sketch_of_ones_own_lies_over_the_drawing(tmp_path):
    doodle = np.zeros((128, 160, 4), dtype=np.uint8)
    doodle[50:80, 50:80] = (255, 0, 0, 255)
    Image.fromarray(doodle).save(tmp_path / "doodle.png")
    pixels = paint("meadow", sketch=tmp_path / "doodle.png", seed=1, style="none", **SMALL).pixels
    assert (pixels[55:75, 55:75] == (255, 0, 0)).all()
