"""What is said to be in the air is in the air, and nothing else is touched by it."""

import numpy as np
import pytest

from mengbi.engine.sketch.footing import Canvas, floats, sky
from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import light_of
from mengbi.engine.sketch.lofty import bear, shade_below
from mengbi.engine.sketch.onto import IN_PHOTO
from mengbi.scene import Relation, Scene, Thing


def cast(scene, seed=1, size=(768, 768)):
    light = light_of(scene, seed)
    ground = paint_ground((96, 96), scene, light, light.horizon, seed)
    return arrange(scene, ground, size, seed), ground


@pytest.mark.parametrize("concept", ["whale", "cat", "castle", "car"])
@pytest.mark.parametrize("ground", ["meadow", "hills", "mountains", "sea", "city", "clouds", "desert"])
def test_it_hangs_above_the_land_and_inside_the_picture(concept, ground):
    for count in (1, 3):
        for seed, size in enumerate([(768, 768), (432, 768), (1280, 720)]):
            canvas = Canvas(width=size[0] / min(size), height=size[1] / min(size))
            scene = Scene(things=(Thing(concept=concept, aloft=True, count=count),), ground=ground)
            roots, land = cast(scene, seed, size)
            assert len(roots) == count
            for root in roots:
                left, top, right, bottom = root.box()
                assert floats(root, land)
                assert bottom <= (sky(land) + 0.04) * canvas.height
                assert left > -0.02 and top > -0.02 and right < canvas.width + 0.02


def test_a_mount_flies_with_its_rider():
    things = (Thing(concept="girl", aloft=True), Thing(concept="whale"))
    roots, land = cast(Scene(things=things, relations=(Relation(subject=0, kind="riding", object=1),), ground="hills"))
    assert [root.concept.id for root in roots] == ["whale"]
    assert floats(roots[0], land)


def test_a_house_under_a_flying_whale_stands_on_the_ground():
    things = (Thing(concept="house"), Thing(concept="whale", aloft=True))
    roots, land = cast(Scene(things=things, relations=(Relation(subject=0, kind="under", object=1),), ground="meadow"))
    (house,) = roots
    (whale,) = house.children
    assert (house.concept.id, whale.concept.id, floats(house, land)) == ("house", "whale", False)
    assert whale.foot < -0.9 * house.height


def test_a_whale_in_the_sky_makes_no_sea_of_the_ground_and_shows_more_sky():
    for seed in range(8):
        flying = light_of(Scene(things=(Thing(concept="whale", aloft=True),)), seed)
        assert flying.ground in ("hills", "clouds")
        standing = light_of(Scene(things=(Thing(concept="whale"),), ground=flying.ground), seed)
        assert flying.horizon > standing.horizon


def test_it_is_in_the_air_in_a_photo_as_well():
    (root,) = arrange(Scene(things=(Thing(concept="cat", aloft=True),)), IN_PHOTO, (512, 512), 3)
    (standing,) = arrange(Scene(things=(Thing(concept="cat"),)), IN_PHOTO, (512, 512), 3)
    assert root.foot < IN_PHOTO.horizon < standing.foot


def test_its_shadow_lies_below_it_and_is_fainter_the_higher_it_hangs():
    scene = Scene(things=(Thing(concept="whale", aloft=True),), ground="meadow")
    light = light_of(scene, 3)
    (root,), ground = cast(scene, 3, (192, 192))
    darkest = []
    for lower in (0.0, 0.15):
        root.foot += lower
        canvas = np.ones((192, 192, 3), dtype=np.float32)
        shade_below(canvas, root, ground, light)
        rows, columns = np.nonzero(canvas[..., 0] < 1)
        assert rows.min() > root.foot * 192, "below it"
        assert abs(columns.mean() - root.x * 192) < 4, "right below it"
        darkest.append(1 - canvas.min())
    assert 0.02 < darkest[0] < darkest[1] < 0.4


def test_a_castle_in_the_air_is_borne_by_clouds_and_a_cat_is_not():
    scene = Scene(things=(Thing(concept="castle", aloft=True), Thing(concept="cat", aloft=True)), ground="hills")
    roots, _ = cast(scene, 3, (192, 192))
    for root in roots:
        canvas = np.zeros((192, 192, 3), dtype=np.float32)
        bear(canvas, root, light_of(scene, 3))
        assert canvas.any() == (root.concept.id == "castle")
