"""Several of a kind can be counted: nobody hides another, and yet nobody stands as on a chessboard."""

from itertools import combinations

import numpy as np
import pytest

from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.onto import IN_PHOTO
from mengbi.scene import Relation, Scene, Thing

THINGS = ("truck", "cat", "pencil", "elephant", "balloon", "rocket", "palm", "bicycle", "key")
SHAPES = ((768, 768), (432, 768), (1280, 720))


def boxes(scene, seed=1, size=(768, 768), ground=IN_PHOTO):
    return [(root, root.box()) for root in arrange(scene, ground, size, seed)]


def covered(a, b):
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return across > 0.004 and down > 0.004


def real(scene, seed):
    light = light_of(scene, seed)
    return paint_ground((96, 96), scene, light, light.horizon, seed)


@pytest.mark.parametrize("concept", THINGS)
@pytest.mark.parametrize("count", [2, 3, 4, 7, 12])
def test_no_more_than_a_dozen_stand_clear_of_each_other_and_inside(concept, count):
    for seed, size in enumerate(SHAPES):
        found = boxes(Scene(things=(Thing(concept=concept, count=count),)), seed, size)
        assert len(found) == count
        assert not any(covered(a, b) for (_, a), (_, b) in combinations(found, 2)), (size, found)
        for _, (left, top, right, bottom) in found:
            assert left > -0.01 and top > -0.01
            assert right < size[0] / min(size) + 0.01 and bottom < size[1] / min(size) + 0.01


@pytest.mark.parametrize("ground", ["meadow", "beach", "lake", "river", "room", "snow", "underwater", "space", "city"])
def test_they_stand_clear_of_each_other_on_every_ground(ground):
    for seed in range(3):
        scene = Scene(things=(Thing(concept=("duck", "car", "fox")[seed], count=4),), ground=ground)
        found = boxes(scene, seed, (96, 96), real(scene, seed))
        assert not any(covered(a, b) for (_, a), (_, b) in combinations(found, 2)), (seed, found)


def test_those_of_the_land_do_not_stand_in_the_water_and_swimmers_do():
    for seed in range(4):
        for concept, wet in (("duck", True), ("car", False)):
            scene = Scene(things=(Thing(concept=concept, count=3),), ground="lake")
            ground = real(scene, seed)
            roots = arrange(scene, ground, (96, 96), seed)
            assert sum(ground.wet(root.depth, root.x) == wet for root in roots) >= 2, (seed, concept)


def test_two_kinds_and_a_house_do_not_hide_each_other_either():
    scene = Scene(things=(Thing(concept="cat", count=3), Thing(concept="dog", count=2), Thing(concept="house")))
    for seed in range(8):
        found = boxes(scene, seed)
        for (root, a), (other, b) in combinations(found, 2):
            if root.thing == other.thing:
                assert not covered(a, b), seed


def test_several_left_of_something_are_all_left_of_it():
    scene = Scene(
        things=(Thing(concept="panda", count=3), Thing(concept="car")),
        relations=(Relation(subject=0, kind="left of", object=1),),
    )
    for seed in range(8):
        roots = arrange(scene, IN_PHOTO, (768, 768), seed)
        car = next(root for root in roots if root.thing == 1)
        assert all(root.x < car.x for root in roots if root.thing == 0), seed


def test_they_differ_in_size_a_little_and_stand_on_no_grid():
    scene = Scene(things=(Thing(concept="cat", count=4),))
    for size in ((1280, 720), (768, 768)):
        places = []
        for seed in range(6):
            roots = sorted(arrange(scene, IN_PHOTO, size, seed), key=lambda root: root.x)
            heights = [root.height for root in roots]
            gaps = np.diff([root.x for root in roots])
            assert 1.02 < max(heights) / min(heights) < 1.9
            assert np.std([root.foot for root in roots]) > 0.005
            assert gaps.std() / gaps.mean() > 0.01
            places.append(tuple(gaps))
        assert len(set(places)) == 6


def test_a_crowd_of_twenty_four_is_all_there():
    found = boxes(Scene(things=(Thing(concept="sunflower", count=24),)))
    assert len(found) == 24
    assert min(root.height for root, _ in found) > 0.06


def test_tiny_ones_are_smaller_than_huge_ones_even_alone():
    tiny, huge = (
        boxes(Scene(things=(Thing(concept="cat", count=2, size=size),)))[0][0].height for size in ("tiny", "huge")
    )
    assert huge > 1.5 * tiny
