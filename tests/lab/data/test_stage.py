"""Where things stand: the facts must be seen in the places."""

import numpy as np
import pytest

from mengbi.lab.data import stage
from mengbi.noise import generator
from mengbi.scene import Relation, Scene, Thing


def placed(wardrobe, scene, seed, ground=None):
    pack = wardrobe.pack
    shelves = [int(pack.shelves[f"thing/{thing.concept}"][0]) for thing in scene.things]
    backdrop = pack.backdrops[ground] if ground is not None else None
    return stage.arrange(scene, [(number, pack.rows[number]) for number in shelves], backdrop, generator(seed, 0))


def pair(kind):
    return Scene(
        things=(Thing(concept="dog"), Thing(concept="house")), relations=(Relation(subject=0, kind=kind, object=1),)
    )


@pytest.mark.parametrize("ground", [None, 0, 1])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("left of", lambda dog, house: dog.x < house.x),
        ("right of", lambda dog, house: dog.x > house.x),
        ("above", lambda dog, house: dog.foot <= house.foot - house.height),
        ("on", lambda dog, house: dog.foot < house.foot - 0.4 * house.height),
        ("behind", lambda dog, house: dog.depth < house.depth),
        ("in front of", lambda dog, house: dog.depth > house.depth),
    ],
)
def test_relations_are_kept(wardrobe, kind, holds, seed, ground):
    figures = {figure.thing: figure for figure in placed(wardrobe, pair(kind), seed, ground)}
    assert holds(figures[0], figures[1])


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
def test_as_many_are_placed_as_the_scene_counts_and_all_within_the_picture(wardrobe, count):
    for seed in range(5):
        figures = placed(wardrobe, Scene(things=(Thing(concept="fox", count=count),)), seed)
        assert len(figures) == count
        for figure in figures:
            assert figure.x - figure.width / 2 > -0.01 and figure.x + figure.width / 2 < 1.01
            assert figure.foot - figure.height > -0.01 and figure.foot < 1.01


def test_a_crown_sits_on_the_head_of_whoever_wears_it(wardrobe):
    scene = Scene(
        things=(Thing(concept="cat"), Thing(concept="crown")),
        relations=(Relation(subject=0, kind="wearing", object=1),),
    )
    figures = {figure.thing: figure for figure in placed(wardrobe, scene, 1)}
    cat, crown = figures[0], figures[1]
    assert crown.depth > cat.depth
    assert abs(crown.foot - (cat.foot - cat.height)) < 0.35 * cat.height
    assert abs(crown.x - cat.x) < 0.5 * cat.width


def test_a_huge_thing_is_larger_than_a_tiny_one(wardrobe):
    tall = [
        placed(wardrobe, Scene(things=(Thing(concept="cat", size=size),)), 2)[0].height for size in ("tiny", "huge")
    ]
    assert tall[0] < 0.5 * tall[1]


def test_a_dyed_thing_has_the_colour_and_keeps_its_outline(wardrobe):
    number = int(wardrobe.pack.shelves["thing/car"][0])
    plain, blue = (np.asarray(wardrobe.picture(number, color)).astype(int) for color in (None, "green"))
    shown = plain[..., 3] > 128
    assert np.array_equal(plain[..., 3], blue[..., 3])
    red, green, _ = plain[shown][:, :3].mean(axis=0) - blue[shown][:, :3].mean(axis=0)
    assert red > green
