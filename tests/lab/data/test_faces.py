"""Faces by chance, and by rules of good taste. Their drawing needs DiceBear, which the lab's own tests have."""

from itertools import islice

import numpy as np
import pytest

from mengbi.errors import AssetError
from mengbi.lab.data.faces import TOGETHER, Faces, batches, face, open_faces
from mengbi.makers.traits import as_names, groups

MANY = [face(1, index) for index in range(600)]


def test_a_face_depends_on_its_place_alone():
    assert face(1, 7) == face(1, 7) and face(1, 7) != face(1, 8) and face(2, 7) != face(1, 7)


def test_what_one_sees_is_said():
    for each in MANY:
        assert set(as_names(each.numbers)) == set(each.traits)
        assert sum(name in groups()["style"] for name in each.traits) == 1
        assert sum(name in groups()["mood"] for name in each.traits) == 1
        assert ("sunglasses" in each.traits) <= (each.options.get("glassesProbability", 100) == 100)


def test_all_that_can_be_said_is_seen_now_and_then():
    seen = {name for each in MANY for name in each.traits}
    assert {name for names in groups().values() for name in names} - seen == set()


def test_good_taste_is_kept():
    for each in MANY:
        assert all(len(group & set(each.traits)) <= 1 for group in TOGETHER)
        if "beard" in each.traits:
            assert not {"long", "wavy", "pigtails", "bun"} & set(each.traits)
        if "hat" in each.traits or "bald" in each.traits:
            assert not any(name.endswith("-hair") for name in each.traits)
        if "ink" in each.traits:
            assert "dark-skin" not in each.traits


def test_the_stream_is_the_same_from_any_cursor():
    pixels = np.arange(10 * 4 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4, 4)
    known = Faces(pixels=pixels, numbers=np.eye(10, dtype=np.uint8), digest="", source="")
    whole = list(islice(batches(known, batch=4, seed=3)(0), 6))
    again = list(islice(batches(known, batch=4, seed=3)(8), 4))
    assert [batch.cursor for batch in whole] == [4, 8, 12, 16, 20, 24]
    for one, other in zip(whole[2:], again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays, other.arrays, strict=True))
    first = np.concatenate([batch.arrays[1] for batch in whole[:2]] + [whole[2].arrays[1][:2]])
    assert (first.sum(0) == 1).all()  # each once an epoch
    shown = [np.sort(picture, axis=1) for picture in whole[0].arrays[0]]
    rows = whole[0].arrays[1].argmax(1)
    assert all(np.array_equal(picture, np.sort(pixels[row], axis=1)) for picture, row in zip(shown, rows, strict=True))


def test_without_faces_it_says_how_to_make_some(tmp_path):
    with pytest.raises(AssetError, match="mengbi lab data faces"):
        open_faces(tmp_path)


def test_colours_and_parts_are_written_as_dicebear_takes_them():
    for each in MANY[:50]:
        for key, value in each.options.items():
            if key.endswith("Color") and key != "backgroundColor":
                assert len(value) == 1 and value[0].startswith("#") and len(value[0]) == 7
            if key.endswith("Variant"):
                assert len(value) >= 1
