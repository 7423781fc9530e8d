"""What the words place, stands where they say: geometry, before a pixel is drawn."""

import pytest

from mengbi.engine.sketch.drawing import settle
from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.onto import IN_PHOTO
from mengbi.scene import Relation, Scene, Thing, scene_from_dict

SHAPES = [(768, 768), (432, 768), (1920, 1080), (64, 256)]


def roots_of(scene, seed=1, size=(768, 768)):
    return arrange(scene, IN_PHOTO, size, seed)


def pair(kind, subject="cat", other="dog", seed=1, size=(768, 768)):
    scene = Scene(
        things=(Thing(concept=subject), Thing(concept=other)), relations=(Relation(subject=0, kind=kind, object=1),)
    )
    placed = {f.thing: (f, x, foot) for root in roots_of(scene, seed, size) for f, x, foot in root.family()}
    return placed[0], placed[1]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", SHAPES)
def test_left_is_left_and_right_is_right(seed, size):
    (_, subject, _), (_, other, _) = pair("left of", seed=seed, size=size)
    assert subject < other
    (_, subject, _), (_, other, _) = pair("right of", seed=seed, size=size)
    assert subject > other


@pytest.mark.parametrize("seed", range(12))
def test_behind_is_further_and_in_front_is_nearer_and_neither_is_wholly_hidden(seed):
    for kind, further in (("behind", True), ("in front of", False)):
        (subject, x, foot), (other, other_x, other_foot) = pair(kind, "castle", "horse", seed=seed)
        assert (subject.depth < other.depth) == further
        assert (foot < other_foot) == further
        near, far = (other, subject) if further else (subject, other)
        assert abs(x - other_x) + far.width / 2 > near.width / 2 or far.height > 0.8 * near.height


@pytest.mark.parametrize("seed", range(6))
def test_what_is_worn_sits_on_the_upper_part_of_its_wearer_and_moves_with_it(seed):
    (cat, x, foot), (crown, crown_x, crown_foot) = pair("wearing", "cat", "crown", seed=seed)
    assert crown in cat.children
    assert abs(crown_x - x) <= cat.width / 2
    assert foot - 1.1 * cat.height <= crown_foot <= foot - 0.5 * cat.height
    assert crown.width < cat.width


@pytest.mark.parametrize("seed", range(6))
def test_a_rider_sits_on_its_mount_whose_near_side_hides_the_legs(seed):
    scene = Scene(
        things=(Thing(concept="girl"), Thing(concept="horse")),
        relations=(Relation(subject=0, kind="riding", object=1),),
    )
    (root,) = roots_of(scene, seed)
    (girl, girl_x, girl_foot), (horse, x, foot) = list(root.family())
    assert (girl.thing, horse.thing) == (0, 1)
    assert foot - horse.height < girl_foot < foot
    assert girl_foot - 0.6 * girl.height < foot - 0.5 * horse.height
    assert abs(girl_x - x) < horse.width / 2


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 24])
def test_every_copy_is_there(count):
    roots = roots_of(Scene(things=(Thing(concept="tree", count=count),)))
    assert len(roots) == count


def test_three_cats_with_hats_have_three_hats():
    scene = scene_from_dict(
        {
            "things": [{"concept": "cat", "count": 3}, {"concept": "top-hat"}],
            "relations": [{"subject": 0, "kind": "wearing", "object": 1}],
        }
    )
    roots = roots_of(scene)
    assert [[child.concept.id for child in root.children] for root in roots] == [["top-hat"]] * 3


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("seed", range(8))
def test_nothing_that_matters_is_cut_off(size, seed):
    scene = Scene(things=(Thing(concept="castle"), Thing(concept="cat"), Thing(concept="tree", count=3)))
    short = min(size)
    for root in roots_of(scene, seed, size):
        left, top, right, bottom = root.box()
        assert left > -0.02
        assert top > -0.02
        assert right < size[0] / short + 0.02
        assert bottom < size[1] / short + 0.02


def test_large_is_larger_and_tiny_is_smaller():
    def height(size):
        things = (Thing(concept="cat", size=size), Thing(concept="dog"))
        return next(root.height for root in roots_of(Scene(things=things)) if root.thing == 0)

    heights = [height(size) for size in ("tiny", "small", "normal", "large", "huge")]
    assert heights == sorted(heights)
    assert heights[-1] > 1.8 * heights[0]


def test_real_sizes_count_but_nobody_becomes_a_speck():
    roots = roots_of(Scene(things=(Thing(concept="castle"), Thing(concept="butterfly"))))
    castle, butterfly = (next(r for r in roots if r.thing == thing) for thing in (0, 1))
    assert castle.height > 2 * butterfly.height
    assert butterfly.height > 0.05


def test_another_seed_arranges_otherwise_and_the_same_seed_the_same():
    scene = Scene(things=(Thing(concept="fox"), Thing(concept="tree", count=2)))
    places = [tuple((round(r.x, 4), round(r.foot, 4)) for r in roots_of(scene, seed)) for seed in (1, 1, 2, 3)]
    assert places[0] == places[1]
    assert len(set(places)) == 3


def test_circles_of_relations_are_cut_not_followed_for_ever():
    things = tuple(Thing(concept=name) for name in ("cat", "dog", "horse"))
    relations = tuple(Relation(subject=i, kind="on", object=(i + 1) % 3) for i in range(3))
    roots = roots_of(Scene(things=things, relations=relations))
    assert sorted(figure.thing for root in roots for figure, _, _ in root.family()) == [0, 1, 2]


def test_those_of_the_land_come_to_the_shore_of_the_sea():
    assert settle(Scene(things=(Thing(concept="cat"),), ground="sea")).ground == "beach"
    assert settle(Scene(things=(Thing(concept="sailboat"),), ground="sea")).ground == "sea"
    aboard = Scene(
        things=(Thing(concept="cat"), Thing(concept="sailboat")),
        relations=(Relation(subject=0, kind="on", object=1),),
        ground="sea",
    )
    assert settle(aboard).ground == "sea"


@pytest.mark.parametrize("ground", ["lake", "river", "beach"])
@pytest.mark.parametrize("seed", range(4))
def test_what_swims_is_on_the_water_and_what_does_not_is_beside_it(ground, seed):
    scene = Scene(things=(Thing(concept="swan"), Thing(concept="fox")), ground=ground)
    light = light_of(scene, seed)
    land = paint_ground((96, 96), scene, light, light.horizon, seed)
    swan, fox = sorted(arrange(scene, land, (96, 96), seed), key=lambda root: root.thing)
    assert land.wet(swan.depth, swan.x)
    assert swan.sink > 0
    assert not land.wet(fox.depth, fox.x)
