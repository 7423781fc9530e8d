"""Faces by chance, and by rules of good taste. Their drawing needs DiceBear, which the lab's own tests have."""

from itertools import islice

import numpy as np
import pytest

from mengbi.errors import AssetError
from mengbi.lab.data.faces import DECIDES, TOGETHER, Faces, _shade, batches, face, open_faces, parts, shades
from mengbi.text.traits import as_names, groups, traits

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


def test_a_gene_chooses_among_the_parts_that_show_a_trait():
    table = np.array(parts())
    for each in MANY[:100]:
        here = table[(each.numbers[table[:, 0]] * each.numbers[table[:, 1]]) > 0]
        shown = [row for row in here if each.z[row[2], : row[3]].argmax() == row[4]]
        asked = {(style, trait, gene) for style, trait, gene, _, _ in here}
        assert {(style, trait, gene) for style, trait, gene, _, _ in shown} <= asked
        assert len(shown) >= len(asked)  # one of each at least; two where a trait asks for two by one gene


def test_equal_genes_of_one_trait_are_equal_parts():
    seen = {}
    for each in MANY:
        style, hair = each.traits[0], next((name for name in each.traits if name in groups()["hair"]), None)
        if hair and not {"hat", "flowers"} & set(each.traits):  # which are worn in place of it
            count = max(row[3] for row in parts() if row[:3] == [*numbers_of(style, hair), DECIDES["hair"]])
            chosen = int(each.z[DECIDES["hair"], :count].argmax())
            assert seen.setdefault((style, hair, chosen), each.options["hairVariant"]) == each.options["hairVariant"]
    assert len(seen) > 60


def numbers_of(*names):
    return [list(traits()).index(name) for name in names]


def test_a_shade_lies_between_the_colours_of_its_name():
    assert _shade(np.float32([0.0]), ["#000000", "#102030"]) == "#081018"
    assert _shade(np.float32([-9.0]), ["#112233", "#ffffff"]) == "#112233"
    assert {trait for trait, _ in shades()} == {
        number for number, each in enumerate(traits().values()) if each.group in ("color", "skin", "clothes")
    }


def test_the_stream_is_the_same_from_any_cursor():
    pixels = np.arange(10 * 4 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4, 4)
    points = np.arange(10, dtype=np.float32)[:, None]
    known = Faces(pixels=pixels, numbers=np.eye(10, dtype=np.uint8), points=points, digest="", source="")
    whole = list(islice(batches(known, batch=4, seed=3)(0), 6))
    again = list(islice(batches(known, batch=4, seed=3)(8), 4))
    assert [batch.cursor for batch in whole] == [4, 8, 12, 16, 20, 24]
    for one, other in zip(whole[2:], again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays, other.arrays, strict=True))
    first = np.concatenate([batch.arrays[1] for batch in whole[:2]] + [whole[2].arrays[1][:2]])
    assert (first.sum(0) == 1).all()  # each once an epoch
    for batch in whole:
        rows = batch.arrays[1].argmax(1)
        assert np.array_equal(batch.arrays[0], pixels[rows]) and np.array_equal(batch.arrays[2], points[rows])


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
