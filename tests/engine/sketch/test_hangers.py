"""What hangs on a figure is seen, and where it belongs."""

from itertools import combinations

import numpy as np
import pytest

from mengbi.assets import concepts
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.onto import IN_PHOTO
from mengbi.engine.sketch.sprites import sprite
from mengbi.scene import Relation, Scene, Thing


def family(subject, kind, other, counts=(1, 1), seed=1):
    """Figures of a family with their places, by thing: of the subject, of the object."""
    scene = Scene(
        things=(Thing(concept=subject, count=counts[0]), Thing(concept=other, count=counts[1])),
        relations=(Relation(subject=0, kind=kind, object=1),),
    )
    (root,) = arrange(scene, IN_PHOTO, (768, 768), seed)
    found = list(root.family())
    return [row for row in found if row[0].thing == 0], [row for row in found if row[0].thing == 1]


def apart(rows):
    """How far the middles of the nearest two are apart, in widths of one."""
    return min(
        max(abs(x - other_x) / figure.width, abs(y - other_y) / figure.height)
        for (figure, x, y), (_, other_x, other_y) in combinations(rows, 2)
    )


@pytest.mark.parametrize("animal", ["cat", "fox", "penguin", "girl", "elephant", "dog", "snowman"])
def test_a_scarf_is_tied_below_the_face(animal):
    ((host, _, foot),), ((scarf, _, scarf_foot),) = family(animal, "wearing", "scarf")
    assert scarf_foot - scarf.height > foot - 0.82 * host.height
    assert scarf.width < 0.75 * host.width


@pytest.mark.parametrize("animal", ["cat", "fox", "horse", "man"])
def test_a_helmet_sits_on_the_head_and_its_strap_is_not_over_the_face(animal):
    ((host, _, foot),), ((helmet, _, helmet_foot),) = family(animal, "wearing", "helmet")
    assert helmet_foot - helmet.cut * helmet.height < foot - 0.7 * host.height
    assert helmet.cut > 0.2


@pytest.mark.parametrize("worn", ["boot", "shoe", "high-heels"])
def test_shoes_come_in_pairs_and_are_on_the_feet(worn):
    ((host, x, foot),), shoes = family("girl", "wearing", worn)
    assert len(shoes) == 2
    assert (shoes[0][1] - x) * (shoes[1][1] - x) < 0
    for shoe, _, shoe_foot in shoes:
        assert abs(shoe_foot - foot) < 0.1 * host.height
        assert shoe.height < 0.35 * host.height


@pytest.mark.parametrize("host", ["basket", "bowl", "package", "boat", "bathtub"])
def test_what_is_in_something_looks_over_its_rim_and_is_cut_by_it(host):
    ((cat, _, cat_foot),), ((holder, _, foot),) = family("cat", "in", host)
    rim = foot - (1 - holder.anchors.rim[1]) * holder.height
    assert cat_foot - cat.cut * cat.height == pytest.approx(rim, abs=0.01)
    assert cat_foot - cat.height < rim - 0.1 * holder.height
    assert [f.thing for f, _, _ in _order("cat", "in", host)] == [1, 0]


def _order(subject, kind, other):
    scene = Scene(
        things=(Thing(concept=subject), Thing(concept=other)), relations=(Relation(subject=0, kind=kind, object=1),)
    )
    (root,) = arrange(scene, IN_PHOTO, (768, 768), 1)
    return list(root.family())


@pytest.mark.parametrize("vehicle", ["truck", "car", "bus", "tractor", "hot-air-balloon", "rocket"])
def test_who_drives_or_rides_is_drawn_over_the_vehicle(vehicle):
    order = [figure.thing for figure, _, _ in _order("bear", "riding", vehicle)]
    assert order == [1, 0]


@pytest.mark.parametrize("count", [2, 3, 5, 7, 9])
def test_balloons_in_a_hand_are_a_bunch_in_which_each_is_seen(count):
    _, balloons = family("girl", "holding", "balloon", (1, count))
    assert len(balloons) == count
    assert apart(balloons) > 0.6
    assert all(balloon.tie for balloon, _, _ in balloons)
    ends = np.array([(x + balloon.tie[0], y + balloon.tie[1]) for balloon, x, y in balloons])
    assert np.ptp(ends, axis=0).max() < 0.02


@pytest.mark.parametrize(("subject", "kind", "host"), [("cat", "on", "sofa"), ("candle", "on", "cake"),
                                                       ("kite", "above", "house"), ("fox", "under", "tree"),
                                                       ("bird", "on", "tree"), ("apple", "in", "basket")])  # fmt: skip
@pytest.mark.parametrize("count", [2, 4, 6])
def test_several_that_hang_alike_stand_beside_each_other(subject, kind, host, count):
    subjects, _ = family(subject, kind, host, (count, 1))
    assert len(subjects) == count
    assert apart(subjects) > 0.5


def test_a_turned_bunch_keeps_its_strings_in_the_hand():
    for seed in range(6):
        _, balloons = family("girl", "holding", "balloon", (1, 4), seed)
        ends = np.array([(x + balloon.tie[0], y + balloon.tie[1]) for balloon, x, y in balloons])
        assert np.ptp(ends, axis=0).max() < 0.02


@pytest.mark.parametrize("name", ["shop", "calendar", "map", "newspaper", "clock"])
def test_what_has_letters_on_it_is_never_mirrored(name):
    concept = concepts()[name]
    for variant in range(len(concept.drawings)):
        assert np.array_equal(sprite(concept, 60, variant=variant), sprite(concept, 60, variant=variant, flip=True))
