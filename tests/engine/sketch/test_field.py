"""A field of them: dozens all over the ground in perspective, and nothing else hidden."""

import numpy as np
import pytest

from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.subject import cut_out, find_subject
from mengbi.scene import Relation, Scene, Thing


def cast(scene, seed=1, size=(768, 768)):
    light = light_of(scene, seed)
    return arrange(scene, paint_ground((96, 96), scene, light, light.horizon, seed), size, seed)


@pytest.mark.parametrize("concept", ["sunflower", "tulip", "sheep", "mushroom"])
@pytest.mark.parametrize("ground", ["meadow", "hills", "forest"])
def test_a_field_is_dozens_from_the_horizon_to_our_feet(concept, ground):
    for seed, size in enumerate([(768, 768), (432, 768), (1280, 720)]):
        field = cast(Scene(things=(Thing(concept=concept, spread=True),), ground=ground), seed, size)
        wide, tall = size[0] / min(size), size[1] / min(size)
        feet, heights = np.array([root.foot for root in field]), np.array([root.height for root in field])
        assert 30 <= len(field) <= 96
        assert heights.max() > 3 * heights.min(), "small ones far away"
        assert np.corrcoef(feet, heights)[0, 1] > 0.9, "and large ones near"
        assert feet.max() > 0.85 * tall and feet.min() < 0.72 * tall
        for part in (feet > np.median(feet), feet <= np.median(feet)):
            across = np.array([root.x for root in field])[part]
            assert across.min() < 0.2 * wide and across.max() > 0.8 * wide


def test_a_count_that_was_said_is_kept():
    assert len(cast(Scene(things=(Thing(concept="sunflower", count=12),), ground="meadow"))) == 12


def test_who_stands_in_a_field_is_seen():
    scene = Scene(things=(Thing(concept="girl"), Thing(concept="sunflower", spread=True)), ground="meadow")
    for seed in range(6):
        roots = cast(scene, seed)
        (girl,) = (root for root in roots if root.thing == 0)
        left, top, right, bottom = girl.box()
        for flower in roots:
            box = flower.box()
            before = flower is not girl and flower.depth >= girl.depth and box[2] > left and box[0] < right
            assert not before or box[1] > top + 0.5 * (bottom - top), "nothing before her face"


def test_two_colours_share_a_field():
    roots = cast(Scene(things=tuple(Thing(concept="tulip", color=color, spread=True) for color in ("red", "yellow"))))
    colors = [root.color for root in roots]
    assert len(roots) <= 96 and min(colors.count("red"), colors.count("yellow")) > 12


def test_nobody_hangs_on_a_field_but_a_field_may_be_dressed():
    things = (Thing(concept="bee"), Thing(concept="tulip", spread=True))
    roots = cast(Scene(things=things, relations=(Relation(subject=0, kind="above", object=1),)))
    assert sum(root.thing == 0 for root in roots) == 1
    things = (Thing(concept="sheep", spread=True), Thing(concept="scarf"))
    roots = cast(Scene(things=things, relations=(Relation(subject=0, kind="wearing", object=1),)))
    assert all([child.concept.id for child in root.children] == ["scarf"] for root in roots)


def test_the_subject_of_a_field_is_who_stands_in_it():
    field = Thing(concept="sunflower", spread=True)
    scene = Scene(things=(field, Thing(concept="girl")), ground="meadow")
    box = find_subject(scene, (256, 256), 1)
    assert box is not None and box[2] - box[0] > 30
    assert cut_out(Scene(things=(field,)), 128, 1) is not None
