"""`mengbi lab data own`, and the pictures that it draws."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from shelves import filled

from mengbi.errors import BriefError
from mengbi.lab.data import folder
from mengbi.lab.data.album import sheet, statistics
from mengbi.lab.data.command import own
from mengbi.lab.data.folder import open_data


@pytest.fixture
def asked(tmp_path, monkeypatch):
    monkeypatch.setitem(folder.open_data.__kwdefaults__, "cache", tmp_path / "cache")

    def run(*arguments):
        return CliRunner().invoke(own, [str(each) for each in arguments], catch_exceptions=False)

    return run


def test_the_command_says_what_was_left_out_and_what_was_not_said(tmp_path, asked):
    root = filled(tmp_path / "root", 6, "猫", "dog")
    (root / "dog" / "bad\x1b[31m.png").write_text("no")
    done = asked(root, "--size", "16", "--out", tmp_path / "out", "--licence", "my own")
    assert done.exit_code == 0
    assert "12 of 13 pictures can be used" in done.output
    assert "not a picture, whatever its name says: dog/bad\\x1b[31m.png" in done.output
    assert "licence: my own\n" in done.output
    assert "consent: unknown — " in done.output
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["licence"], manifest["consent"], manifest["labels"]) == ("my own", "unknown", ["dog", "猫"])
    assert len(manifest["files"]) == 13
    for name in ("sheet.png", "statistics.png"):
        with Image.open(tmp_path / "out" / name) as image:
            assert np.asarray(image.convert("L")).std() > 5


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("labels", [(), ("a", "b", "c")])
def test_a_sheet_shows_pictures_in_rows_of_labels(tmp_path, labels, channels):
    data = open_data(
        str(filled(tmp_path / "root", 5, *labels)), size=72, least=8, channels=channels, cache=tmp_path / "cache"
    )
    drawn = sheet(data)
    assert drawn.height == max(1, len(labels)) * 76 + 4
    cell = np.asarray(drawn)[4:76, (154 if labels else 4) : (226 if labels else 76)]
    wanted = [data.pixels[number][..., :3] for number in np.flatnonzero(data.labels == (0 if labels else -1))]
    assert any((cell == each).all() for each in wanted)
    assert statistics(data).width == 1120


def test_files_that_were_read_are_not_said_to_be_left_alone(tmp_path, asked):
    root = filled(tmp_path / "root", 4)
    (root / "captions.csv").write_text("file_name,text\n000.png,a cloud\n")
    (root / "001.txt").write_text("another cloud")
    said = asked(root).output
    assert "2 have captions." in said and "not looked at" not in said
    (root / "notes.md").write_text("mine")
    (root / "002.txt").write_text("a third")
    said = asked(root).output
    assert "3 have captions." in said and "1 other file was not looked at." in said


def test_a_path_of_nothing_is_not_the_folder_one_is_in(tmp_path, asked, monkeypatch):
    monkeypatch.chdir(filled(tmp_path / "root", 4))
    with pytest.raises(BriefError, match="is empty"):
        asked("")
    assert "4 of 4 pictures" in asked(".").output


def test_the_rights_are_printed_as_they_were_last_said(tmp_path, asked):
    root = filled(tmp_path / "root", 3)
    asked(root, "--consent", "all are of my garden")
    assert "consent: all are of my garden\n" in asked(root).output
