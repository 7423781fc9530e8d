"""The drawing: everything that was said is seen, and it grows from the sky to what stands in front."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mengbi.engine.sketch import Sketch, draw, to_pixels
from mengbi.engine.sketch.drawing import STAGES
from mengbi.pipeline import paint
from mengbi.scene import FEATURES, GROUNDS, MOODS, SEASONS, TIMES, WEATHERS, Scene, Sky, Thing, scene_from_dict

GOLDEN = Path(__file__).parents[2] / "golden" / "sketch.png"


def drawn(scene, size=(96, 96), seed=1):
    return [(stage, canvas.copy()) for stage, canvas in draw(scene, size, seed)]


def picture(scene, size=(96, 96), seed=1):
    return drawn(scene, size, seed)[-1][1]


def test_stages_come_in_order_and_each_adds_something():
    scene = scene_from_dict({"things": [{"concept": "castle"}, {"concept": "cat"}], "ground": "meadow"})
    steps = drawn(scene)
    assert tuple(stage for stage, _ in steps) == STAGES
    for (_, before), (stage, after) in pairwise(steps):
        if stage != "weather":
            assert (before != after).any(), stage


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_takes_things_by_every_light(ground):
    for index, time in enumerate(TIMES):
        scene = Scene(things=(Thing(concept="fox"), Thing(concept="bird", count=2)), ground=ground, sky=Sky(time=time))
        canvas = picture(scene, seed=index)
        bare = picture(Scene(ground=ground, sky=Sky(time=time)), seed=index)
        assert canvas.shape == (96, 96, 3)
        assert np.isfinite(canvas).all()
        assert np.abs(to_pixels(canvas).astype(int) - to_pixels(bare)).mean() > 1.5


@pytest.mark.parametrize("said", [*WEATHERS, *FEATURES, *SEASONS, *MOODS])
def test_every_word_of_the_sky_the_season_and_the_mood_is_painted(said):
    sky = Sky(time="night", weather=said if said in WEATHERS else None, features=(said,) if said in FEATURES else ())
    scene = Scene(
        sky=sky, season=said if said in SEASONS else None, mood=said if said in MOODS else None, ground="meadow"
    )
    assert np.isfinite(picture(scene)).all()


def test_a_colour_that_was_asked_for_is_seen():
    def redness(color):
        pixels = picture(Scene(things=(Thing(concept="cat", color=color),), ground="snow", sky=Sky(time="day")))
        return float((pixels[..., 0] - pixels[..., 1:].mean(axis=2)).clip(0).sum())

    assert redness("red") > 1.5 * redness("blue")


def test_a_dream_in_a_colour_is_held_in_it_but_who_is_dreamt_of_keeps_his_own():
    bare = picture(Scene(tint=("green",), ground="meadow", sky=Sky(time="sunset")))
    assert (bare[..., 1] >= bare[..., 0] - 0.02).mean() > 0.9
    fox = picture(Scene(things=(Thing(concept="fox"),), tint=("blue",), ground="meadow", sky=Sky(time="day")))
    assert (fox[..., 0] > fox[..., 2] + 0.2).mean() > 0.02


def test_a_ground_may_have_a_colour_of_its_own():
    pixels = picture(Scene(ground="meadow", ground_color="red", sky=Sky(time="day")))
    assert (pixels[-16:, :, 0] > pixels[-16:, :, 1]).mean() > 0.9
    assert (pixels[:16, :, 2] > pixels[:16, :, 0] - 0.1).mean() > 0.9


def test_what_shines_lights_the_night_around_it():
    def light(concept):
        scene = Scene(things=(Thing(concept=concept),), ground="meadow", sky=Sky(time="night"))
        return float(picture(scene, seed=3).mean())

    assert light("campfire") > light("rock")


def test_a_boat_is_mirrored_in_the_water():
    sea = {"ground": "sea", "sky": {"time": "day", "weather": "clear"}}
    boat = picture(scene_from_dict({"things": [{"concept": "sailboat", "color": "red"}], **sea}), (128, 128))
    empty = picture(scene_from_dict(sea), (128, 128))
    rows = np.flatnonzero(np.abs(boat - empty).sum(axis=(1, 2)) > 0.5)
    assert rows[-1] > 0.6 * 128


@pytest.mark.parametrize("size", [(64, 64), (64, 300), (300, 64), (97, 131)])
def test_any_shape_is_filled(size):
    canvas = picture(Scene(things=(Thing(concept="dragon"), Thing(concept="castle"))), size)
    assert canvas.shape == (size[1], size[0], 3)


def test_the_same_drawing_at_another_size_is_the_same_drawing():
    scene = Scene(things=(Thing(concept="fox"), Thing(concept="tree", count=3)), ground="hills")
    small = Image.fromarray(to_pixels(picture(scene, (128, 128), seed=4)))
    large = Image.fromarray(to_pixels(picture(scene, (384, 384), seed=4)))
    small, large = (np.asarray(image.resize((16, 16), Image.Resampling.BOX), int) for image in (small, large))
    assert np.abs(small - large).mean() < 14


GOLDEN_SCENE = {
    "things": [{"concept": "cat", "color": "black"}, {"concept": "crown", "color": "gold"}, {"concept": "castle"}],
    "relations": [{"subject": 0, "kind": "wearing", "object": 1}],
    "sky": {"time": "night", "features": ["moon", "stars"]},
    "ground": "mountains",
}


def test_the_golden_picture_is_still_painted():
    got = paint(scene=GOLDEN_SCENE, seed=7, size=(96, 96)).pixels
    assert np.abs(got.astype(int) - np.asarray(Image.open(GOLDEN))).mean() <= 2


def test_it_says_what_it_takes():
    assert Sketch().uses >= {"photo", "mask", "sketch"}
    assert len(Sketch().weights) == 64
