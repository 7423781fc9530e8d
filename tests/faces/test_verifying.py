import json

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mengbi import credentials
from mengbi.faces.cli import main
from mengbi.finish.mark import write_mark
from mengbi.pipeline import paint


@pytest.fixture
def verify(capsys):
    """Runs `mengbi verify`: (exit code, what it said of each file)."""

    def run(*files):
        code = main(["verify", *map(str, files), "--json"])
        said = capsys.readouterr()
        assert not said.err or code == 2
        return code, [json.loads(line) for line in said.out.splitlines()]

    return run


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    path = tmp_path_factory.mktemp("fox") / "fox.png"
    return paint("a red fox", seed=3, size=(320, 320), style="none", mark=True).save(path)


def verdicts(said):
    return [said[name]["verdict"] for name in ("plan", "text", "mark")]


def test_a_picture_of_ours_tells_its_plan_and_its_mark_agrees(verify, fox):
    code, (said,) = verify(fox)
    assert code == 0
    assert verdicts(said) == ["there", "there", "there"]
    assert "a red fox" in said["plan"]["said"]
    assert said["mark"]["said"].endswith("of the plan in the file")


def test_a_copy_that_says_nothing_still_has_the_mark(verify, fox, tmp_path):
    Image.open(fox).convert("RGB").save(tmp_path / "copy.jpg", quality=75)
    code, (said,) = verify(tmp_path / "copy.jpg")
    assert code == 0
    assert verdicts(said) == ["absent", "absent", "there"]


def test_the_mark_of_another_plan_is_noticed(verify, fox, tmp_path):
    info = PngImagePlugin.PngInfo()
    for key, text in Image.open(fox).text.items():
        info.add_itxt(key, text)
    other = write_mark(np.asarray(Image.open(fox)), 7)
    Image.fromarray(other).save(tmp_path / "other.png", pnginfo=info)
    assert "another plan" in verify(tmp_path / "other.png")[1][0]["mark"]["said"]


def test_a_picture_that_tells_nothing_exits_with_three(verify, tmp_path):
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "plain.png")
    code, (said,) = verify(tmp_path / "plain.png")
    assert (code, said["exit"]) == (3, 3)
    assert verdicts(said) == ["absent", "absent", "absent"]


def test_a_damaged_plan_exits_with_one_and_the_worst_file_counts(verify, fox, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("mengbi", "{")
    Image.new("RGB", (32, 32)).save(tmp_path / "bad.png", pnginfo=info)
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.png")
    code, said = verify(tmp_path / "bad.png", tmp_path / "plain.png", fox)
    assert code == 1
    assert [each["exit"] for each in said] == [1, 3, 0]
    assert said[0]["plan"]["verdict"] == "wrong"


def test_other_programs_are_named(verify, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3, Version: v1.10.1")
    Image.new("RGB", (32, 32)).save(tmp_path / "cat.png", pnginfo=info)
    code, (said,) = verify(tmp_path / "cat.png")
    assert code == 0
    assert said["text"]["writer"] == "AUTOMATIC1111"
    assert said["text"]["fields"]["Seed"] == "3"


def test_people_get_a_line_for_each_thing(fox, capsys):
    assert main(["verify", str(fox)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["credentials", "plan", "text", "mark"]


def test_without_the_extra_it_says_what_to_install(fox, capsys, monkeypatch):
    monkeypatch.setattr(credentials, "is_installed", lambda: False)
    assert main(["verify", str(fox)]) == 0
    assert "pip install 'mengbi[credentials]'" in capsys.readouterr().out


def test_a_file_that_is_no_picture_is_one_line(capsys, tmp_path):
    (tmp_path / "x.png").write_text("hello")
    assert main(["verify", str(tmp_path / "x.png")]) == 2
    assert "not a picture" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_told(verify, fox, tmp_path, capsys):
    missing = tmp_path / "missing.png"
    code, said = verify(missing, fox)
    assert code == 2
    assert [each["exit"] for each in said] == [2, 0]
    assert "no such file" in said[0]["error"]
    assert main(["verify", str(missing), str(fox)]) == 2
    heard = capsys.readouterr()
    assert "no such file" in heard.err and "a red fox" in heard.out


def test_an_altered_file_is_found_out(tmp_path, verify):
    pytest.importorskip("c2pa")
    painted = paint("a red fox", seed=3, size=(128, 128), style="none")
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    data = credentials.sign(painted.save(good).read_bytes(), ".jpg", painted.plan)
    good.write_bytes(data)
    assert verify(good)[0] == 0
    bad.write_bytes(data.replace(b"mengbi 0.", b"mengbi 9.", 1))
    code, (said,) = verify(bad)
    assert code == 1
    assert said["credentials"]["verdict"] == "wrong"
