"""`mengbi styles` and `--style`: a table, JSON, a sheet, thumbnails, and pictures in the manner of pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from mengbi.faces.cli import main
from mengbi.provenance import read


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_the_table_names_every_style_in_both_languages(capsys):
    assert main(["styles"]) == 0
    out = capsys.readouterr().out
    for words in ("inkwash", "水墨", "Synthwave", "none"):
        assert words in out


def test_named_styles_are_told_as_json_with_all_that_a_plan_holds(capsys):
    assert main(["styles", "水墨", "oil:1,starry:1", "--json"]) == 0
    ink, mixed = json.loads(capsys.readouterr().out)
    assert ink["name"] == "inkwash"
    assert {step["do"] for step in ink["before"]} >= {"bleed", "ink"}
    assert mixed["brushes"] == [[12, 0.25], [19, 0.75]]


def test_a_sheet_shows_each_style_on_the_drawing_and_on_the_photo(place, capsys):
    Image.new("RGB", (300, 200), "#c03020").save(place / "photo.png")
    assert main(["styles", "papercut", "none", "hd", "--sheet", "sheet.png", "--from", "photo.png"]) == 0
    assert "3 styles" in capsys.readouterr().out
    sheet = pixels("sheet.png").astype(int)
    assert min(sheet.shape[:2]) > 176
    assert (np.abs(sheet - (0xC0, 0x30, 0x20)).max(axis=-1) < 3).sum() > 120 * 120  # the photo, without a style


def test_thumbnails_are_written_small(place):
    assert main(["styles", "pencil", "oil:1,hd:1", "--thumbs", "thumbs"]) == 0
    found = sorted(path.name for path in (place / "thumbs").iterdir())
    assert found == ["oil-0-5-hd-0-5.webp", "pencil.webp"]
    assert all((place / "thumbs" / name).stat().st_size <= 6 * 1024 for name in found)


def test_a_picture_lends_its_manner_and_repeat_finds_it_again(place, capsys):
    stripes = np.kron(np.indices((32, 32)).sum(axis=0) % 2 * 200, np.ones((8, 8))).astype(np.uint8)
    Image.fromarray(np.stack([stripes, stripes // 2, 255 - stripes], axis=-1)).save(place / "model.png")
    assert (
        main(["paint", "a red cat", "--size", "128", "--seed", "1", "--style-image", "model.png", "-o", "cat.png"]) == 0
    )
    plan = read(place / "cat.png").plan
    assert plan.style.name == "picture"
    assert plan.style_image.name == "model.png"
    assert main(["paint", "a red cat", "--size", "128", "--seed", "1", "--style", "none", "-o", "plain.png"]) == 0
    assert np.abs(pixels("cat.png").astype(int) - pixels("plain.png")).mean() > 8
    (place / "model.png").rename(place / "elsewhere.png")
    assert main(["repeat", "cat.png", "-o", "again.png"]) == 0
    assert np.array_equal(pixels("again.png"), pixels("cat.png"))
    capsys.readouterr()
    assert main(["show", "cat.png"]) == 0
    assert "model.png" in capsys.readouterr().out


@pytest.mark.parametrize("style", ["papercut", "水墨", "gongbi:0.5,neon:0.5"])
def test_a_plan_holds_the_whole_style_and_repeats_to_the_byte(place, style):
    assert main(["paint", "a red cat", "--size", "160x128", "--seed", "1", "--style", style, "-o", "cat.png"]) == 0
    assert main(["repeat", "cat.png", "-o", "again.png"]) == 0
    assert (place / "again.png").read_bytes() == (place / "cat.png").read_bytes()


def test_ones_own_style_is_painted_without_its_file_when_it_is_repeated(place):
    (place / "home").mkdir()
    (place / "home" / "styles.toml").write_text('[mine]\nlike = "hd"\nafter = [{do = "tint", color = "#00ff00"}]\n')
    assert main(["paint", "a cat", "--size", "96", "--seed", "1", "--style", "mine", "-o", "cat.png"]) == 0
    (place / "home" / "styles.toml").unlink()
    assert main(["repeat", "cat.png", "-o", "again.png"]) == 0
    assert (place / "again.png").read_bytes() == (place / "cat.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["styles", "--from", "x.png"], "add --sheet"),
        (["styles", "--sheet", "x.pdf"], "a sheet ends in"),
        (["styles", "papr"], "did you mean 'paper"),
        (["styles", "none", "--sheet", "x.png", "--from", "nowhere.png"], "no such file"),
        (["paint", "cat", "--style-image", "nowhere.png"], "no such file"),
        (["paint", "cat", "--style", "papercut:1,hd:1", "--style-image", "x.png"], "the blend"),
        (["styles", "none", "--sheet", "x.png", "--prompt", ""], "the prompt is empty"),
    ],
)
def test_mistakes_get_one_line(arguments, words, capsys):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
