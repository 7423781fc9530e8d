"""The builder of the fonts, without a network."""

import io

import pytest

from mengbi.assets import fonts as shipped
from mengbi.lab.data.fonts import CUTS, GREEK, HAN, SIMPLIFIED, Cut, cut, pack, spans


def test_spans_are_what_the_shipped_lists_are_read_from():
    assert spans({0x41, 0x42, 0x43, 0x61, 0x4E00}) == "41-43 61 4e00"
    assert spans(shipped.letters("thai")).split()[0] == "20"


def test_the_tables_of_characters_are_whole():
    assert len(SIMPLIFIED) == 6763
    assert {ord(c) for c in "貓夢筆辻喆"} <= HAN
    assert set(shipped.letters("kai")) >= HAN
    assert ord("λ") in GREEK


def test_the_shipped_faces_are_those_that_are_cut():
    assert set(CUTS) == set(shipped.FACES)


def test_an_archive_is_the_same_bytes_for_the_same_members():
    assert pack({"b": b"2", "a": b"1"}) == pack({"a": b"1", "b": b"2"})


def test_a_face_is_cut_to_the_letters_that_are_wanted_and_named_anew():
    tools = pytest.importorskip("fontTools.ttLib")
    how = Cut(package=CUTS["text"].package, path="", name="Mengbi Test", wanted=frozenset(map(ord, "AVé→猫")))
    data, kept = cut(shipped.face("text"), how)
    assert kept == frozenset(map(ord, "AVé→")) & shipped.letters("text") and len(data) < 20_000
    font = tools.TTFont(io.BytesIO(data))
    assert font["name"].getDebugName(1) == "Mengbi Test" and set(font.getBestCmap()) == kept
    assert cut(shipped.face("text"), how)[0] == data
