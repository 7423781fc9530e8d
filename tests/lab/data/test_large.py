"""Large pictures to learn from, and the pairs that are made of them: the same from any place in the stream."""

import json
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from mengbi import assets
from mengbi.errors import AssetError
from mengbi.lab.data import large
from mengbi.lab.data.large import HELD, SIDE, Materials, Pool, crops, leaf
from mengbi.lab.data.pairs import Wear, batches, jpeg, pair, worn
from mengbi.noise import generator

LEAF = 2  # what is tested is as true of small leaves
CLEAN = Wear(blur=(0.0, 0.0), noise=(0.0, 0.0), blocks=(0.0, 0.0), jpeg=(0.0, 60, 95))


@pytest.fixture(scope="module", autouse=True)
def patch():
    with pytest.MonkeyPatch.context() as context:
        context.setattr(large, "LEAF", LEAF)
        yield context


@pytest.fixture(scope="module")
def found():
    """A few drawings and a photo."""
    names = ("cat", "house", "sun", "fish")
    drawings = tuple(assets.drawing(assets.concepts()[name].drawings[0]).encode() for name in names)
    photo = np.random.default_rng(0).integers(0, 256, (300, 320, 3), dtype=np.uint8)
    credit = {"source": "ours", "by": ["us"], "license": "CC0-1.0", "pictures": 4}
    return Materials(drawings=(drawings, (b"<svg broken",)), photos=(photo,), credits=(credit,))


@pytest.fixture(scope="module")
def pool(found, patch, tmp_path_factory):
    """As many leaves as it takes to keep two from learning, of drawings alone."""
    out = tmp_path_factory.mktemp("pool")
    with patch.context() as once:
        once.setattr(large, "materials", lambda *_: found)
        once.setattr(large, "SCENE", 0.0)
        once.setattr(large, "DRAWING", 1.0)
        large.build(out, out, HELD + 1, str)
    return Pool(out)


# The pool


def test_a_leaf_depends_on_its_number_alone(found):
    numbers = [number for number in range(40) if generator(large.SEED, large.STREAM + number).random() > large.SCENE]
    leaves = {number: leaf(found, number) for number in numbers[:4]}
    assert len({each.tobytes() for each in leaves.values()}) == 4
    for number, each in leaves.items():
        assert each.shape == (LEAF, SIDE, SIDE, 3) and each.dtype == np.uint8
        np.testing.assert_array_equal(leaf(found, number), each)


def test_a_scene_of_the_library_is_drawn_and_cut(found):
    number = next(n for n in range(40) if generator(large.SEED, large.STREAM + n).random() < large.SCENE)
    scene = leaf(found, number)
    assert scene.shape == (LEAF, SIDE, SIDE, 3) and scene.std() > 5


def test_crops_are_taken_where_something_is_to_be_seen():
    picture = np.zeros((SIDE, 4 * SIDE, 3), np.uint8)
    picture[:, 3 * SIDE :] = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3))
    taken = crops(picture, generator(1, 1))
    anywhere = np.mean([picture[:, left : left + SIDE].std() for left in range(0, 3 * SIDE, 8)])
    assert np.mean([crop.std() for crop in taken]) > 1.3 * anywhere


def test_a_pool_goes_on_where_it_was_broken_off_and_is_the_same(pool, found, tmp_path, monkeypatch):
    monkeypatch.setattr(large, "materials", lambda *_: found)
    monkeypatch.setattr(large, "SCENE", 0.0)
    monkeypatch.setattr(large, "DRAWING", 1.0)
    made = []
    monkeypatch.setattr(large, "leaf", lambda _, number, make=large.leaf: made.append(number) or make(found, number))
    large.build(tmp_path, tmp_path, HELD, str)
    with pytest.raises(AssetError, match="mengbi lab data upscale"):
        Pool(tmp_path / "nowhere")
    made.clear()
    assert large.build(tmp_path, tmp_path, HELD + 1, str) == pool.digest
    assert made == [HELD]


def test_what_it_is_measured_with_is_never_learnt_from(pool):
    assert (len(pool.held), len(pool.learnt)) == (2 * LEAF, (HELD - 1) * LEAF)
    assert not {crop.tobytes() for crop in pool.held} & {crop.tobytes() for crop in pool.learnt}


def test_a_pool_with_a_leaf_that_is_missing_is_refused(pool, tmp_path):
    notes = {"leaves": 3, "digest": "0", "credits": []}
    (tmp_path / "pool.json").write_text(json.dumps(notes))
    with pytest.raises(AssetError, match="no whole pool"):
        Pool(tmp_path)


def test_only_photos_that_anyone_may_use_are_learnt_from_and_two_are_kept_for_measuring():
    assert {license_ for _, license_ in large.PHOTOS.values()} <= {"public domain", "CC0-1.0"}
    assert not {"chelsea.png", "coffee.png"} & set(large.PHOTOS)


# Pairs


def test_a_batch_depends_on_its_place_in_the_stream_alone(pool):
    shape = {"batch": 3, "side": 12, "scale": 4, "wear": Wear()}
    first, second = islice(batches(pool, 5, 0, **shape), 2)
    (again,) = islice(batches(pool, 5, first.cursor, **shape), 1)
    assert (first.cursor, second.cursor, again.cursor) == (3, 6, 6)
    for one, other in zip(second.arrays, again.arrays, strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.small.shape == (3, 12, 12, 3) and first.large.shape == (3, 48, 48, 3)
    assert first.large.tobytes() != second.large.tobytes()


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_the_small_picture_is_the_large_one_seen_from_afar(pool, scale):
    for number in range(12):
        small, truth = pair(pool.learnt, generator(9, number), 24, scale, CLEAN)
        afar = np.asarray(Image.fromarray(truth).resize((24, 24), Image.Resampling.BOX), float)
        assert np.abs(small - afar).mean() < 6
        assert np.abs(small.mean((0, 1)) - truth.mean((0, 1))).max() < 1


@pytest.mark.parametrize("what", ["blur", "again", "noise", "blocks", "jpeg"])
def test_each_kind_of_wear_wears(pool, what):
    size = {"blur": (1.0, 2.0), "again": (1.0, 3.0), "noise": (1.0, 20.0), "blocks": (1.0, 20.0), "jpeg": (1.0, 5, 5)}
    once = Wear(**{**{name: getattr(CLEAN, name) for name in size}, what: size[what]})
    picture = np.ascontiguousarray(pool.learnt[0][:96, :96])
    np.testing.assert_array_equal(worn(picture, 1, CLEAN, generator(1, 1)), picture)
    changed = worn(picture, 1, once, generator(1, 1))
    assert changed.shape == picture.shape and np.abs(changed.astype(int) - picture).mean() > 0.3


def test_jpeg_is_what_a_file_gives_back():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    errors = [np.abs(np.asarray(jpeg(image, quality), int) - np.asarray(image)).mean() for quality in (95, 60, 10)]
    assert 0 < errors[0] < errors[1] < errors[2]
