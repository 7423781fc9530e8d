import hashlib
import json
import shutil

import pytest
import tiny

from mengbi import assets
from mengbi.errors import AssetError, BriefError, OutputError
from mengbi.lab.card import body, facts_of, score
from mengbi.lab.data import own
from mengbi.lab.data.dream import sprite_row
from mengbi.lab.data.pack import Pack, write_pack
from mengbi.lab.data.sources import SOURCES
from mengbi.lab.dreaming import painting
from mengbi.lab.export import read_weights
from mengbi.lab.ship import ship, write_folder
from mengbi.lab.train import train

GOOD = {"object": {"en": 0.75, "zh": 0.5, "real": 0.9}, "color": {"en": 0.5, "zh": 0.25, "real": 0.9}}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    recipe = tiny.recipe(steps=20)
    notes = {"command": "mengbi lab train dream --preset smoke", "machine": "an abacus"}
    train(painting(recipe, lambda cursor: tiny.batches(recipe.size, recipe.batch, cursor)), out, notes=notes, say=str)
    return out


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    path = tmp_path_factory.mktemp("pack") / "dream.pack"
    cat = assets.concepts()["cat"]
    names = {"en": cat.en, "zh": cat.zh}
    write_pack(path, [sprite_row(own.art(cat, 0, cat.drawings[0], names, SOURCES[0]))], {"cat": names}, [])
    return path


def write_report(path, figures, rows=()):
    path.write_text(json.dumps({"figures": figures, "rows": list(rows)}))
    return path


@pytest.fixture(scope="module")
def shipped(run, pack, tmp_path_factory):
    """Weights with good figures, and what was said of them."""
    out = tmp_path_factory.mktemp("weights") / "dream"
    return out, ship(run, out, pack, write_report(out.parent / "report.json", GOOD))


def test_what_is_shipped_is_a_network_its_digest_and_a_card_that_says_how_it_was_made(shipped, pack):
    out, said = shipped
    assert {path.name for path in out.iterdir()} == {"model.onnx", "digest", "card.md"}
    data, card = (out / "model.onnx").read_bytes(), (out / "card.md").read_text("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    assert (out / "digest").read_text() == f"{digest}\n" and digest[:12] in said
    assert read_weights(out / "model.onnx")[0] == tiny.recipe().model
    facts = facts_of(card)
    assert (facts["digest"], facts["bytes"], facts["evaluation"]) == (digest, len(data), GOOD)
    assert (facts["run"]["samples"], facts["run"]["machine"], facts["pack"]) == (80, "an abacus", Pack(pack).digest)
    assert facts["psnr"] > 35
    text = body(card)
    for words in (
        "| trained by | `mengbi lab train dream --preset smoke` |", "| an abacus |", "20 steps, 80 pictures seen",
        "| object | 0.75 | 0.5 | 0.9 |", "our own underdrawing's figures", "| 1 | Apache-2.0 |",
    ):  # fmt: skip
        assert words in text, words
    assert {path.name for path in out.parent.iterdir()} == {"dream", "report.json"}


def test_the_card_shows_painting_over_a_drawing_beside_words_alone_but_compares_by_words(run, pack, tmp_path):
    helped = {"setting": {"name": "any.onnx+sketch"}, "figures": {"object": {"en": 1.0, "zh": 0.9, "real": 0.9}}}
    ship(run, tmp_path / "dream", pack, write_report(tmp_path / "report.json", GOOD, [helped]))
    card = (tmp_path / "dream" / "card.md").read_text("utf-8")
    assert "| object | 0.75 | 0.5 | 0.9 | 1 | 0.9 |" in card and "en over a drawing" in card
    assert score(facts_of(card)["evaluation"]) == score(GOOD)


def test_better_weights_are_not_replaced_by_worse_ones_unless_somebody_insists(run, shipped, pack, tmp_path):
    out = tmp_path / "dream"
    shutil.copytree(shipped[0], out)
    before = (out / "card.md").read_bytes()
    worse = write_report(
        tmp_path / "report.json",
        {"object": {"en": 0.6, "zh": 0.4, "real": 1.0}, "color": {"en": 0.5, "zh": 0.25, "real": 1.0}},
    )
    for shown in (worse, None):
        with pytest.raises(BriefError, match=r"50\.0% right answers stand there.*--anyway"):
            ship(run, out, pack, shown)
        assert (out / "card.md").read_bytes() == before
    ship(run, out, pack, worse, anyway=True)
    assert facts_of((out / "card.md").read_text("utf-8"))["evaluation"]["object"]["en"] == 0.6


def test_what_is_no_report_is_refused_before_anything_is_written(run, pack, tmp_path):
    path = tmp_path / "report.json"
    for text in ("", "[]", "{}", '{"figures": {"object": 3}}', '{"figures": {"object": {"en": "much"}}}'):
        path.write_text(text)
        with pytest.raises(BriefError, match=r"report\.json — no report"):
            ship(run, tmp_path / "dream", pack, path)
    assert not (tmp_path / "dream").exists()


def test_a_card_without_its_top_is_seen(run, pack, tmp_path):
    (tmp_path / "dream").mkdir()
    (tmp_path / "dream" / "card.md").write_text("# dream")
    with pytest.raises(AssetError, match="--anyway"):
        ship(run, tmp_path / "dream", pack, write_report(tmp_path / "report.json", GOOD))


def test_a_folder_is_written_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    out = tmp_path / "dream"
    write_folder(out, {"a": b"1", "b": b"1"})

    def full(path, data):
        if path.name == "b":
            raise OSError(28, "No space left on device")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    monkeypatch.setattr("mengbi.lab.ship.write_whole", full)
    with pytest.raises(OutputError, match="No space left"):
        write_folder(out, {"a": b"2", "b": b"2"})
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"a": b"1", "b": b"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["dream"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"letter\.txt"):
        write_folder(tmp_path, {"model.onnx": b""})
    assert (tmp_path / "letter.txt").read_text() == "dear"
