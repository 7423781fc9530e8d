import onnx
import pytest
import tiny
from click.testing import CliRunner

from mengbi.errors import AssetError, BriefError
from mengbi.lab.commands import lab
from mengbi.lab.dreaming import painting
from mengbi.lab.export import note, read_weights
from mengbi.lab.run import last
from mengbi.lab.train import train


def call(*arguments):
    result = CliRunner().invoke(lab, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_run_is_exported_and_compressed(tmp_path):
    wanted = tiny.recipe(steps=20)
    train(painting(wanted, lambda cursor: tiny.batches(wanted.size, wanted.batch, cursor)), tmp_path / "run", say=str)
    assert "MiB" in call("export", tmp_path / "run", tmp_path / "floats")
    assert "dB" in call("compress", tmp_path / "floats" / "model.onnx", tmp_path / "bytes.onnx")
    assert read_weights(tmp_path / "bytes.onnx")[0] == dict(wanted.model)


def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path):
    out, pack = tmp_path / "run", tmp_path / "dream.pack"
    with pytest.raises(AssetError, match="mengbi lab data dream"):
        call("train", "dream", "--out", out, "--pack", pack)
    pack.touch()
    with pytest.raises(BriefError, match="did you mean 'smoke'"):
        call("train", "dream", "--preset", "smok", "--out", out, "--pack", pack)
    with pytest.raises(AssetError, match=r"nothing\.onnx"):
        call("train", "dream", "--out", out, "--pack", pack, "--from", tmp_path / "nothing.onnx")
    with pytest.raises(BriefError, match="needs a teacher"):
        call("train", "student", "--out", out, "--pack", pack)
    assert not out.exists()


def test_a_run_notes_how_it_was_begun_and_a_student_begins_with_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "mengbi.lab.dreaming.stream", lambda recipe, *_: lambda cursor: tiny.batches(recipe.size, recipe.batch, cursor)
    )
    (tmp_path / "pack").touch()
    base, out = tmp_path / "base", tmp_path / "student"
    options = ("--preset", "smoke", "--steps", "10", "--pack", tmp_path / "pack", "--device", "cpu")
    assert "step 10 " in call("train", "dream", "--out", base, *options)
    notes = last(base).state["notes"]
    assert notes["command"] == "mengbi lab train dream --preset smoke --steps 10" and "processors" in notes["machine"]
    call("train", "student", "--from", base, "--out", out, *options)
    for looks in (16, 8, 4):
        found = last(out / str(looks))
        assert (found.step, found.state["looks"], found.state["model"]) == (10, looks, last(base).state["model"])
    assert notes["command"] in last(out / "4").state["notes"]["after"]
    call("export", out / "4", tmp_path)
    defaults = note(onnx.load(tmp_path / "model.onnx"), "defaults")
    assert defaults == {"steps": 4, "guidance": 1.0, "sampler": "euler", "schedule": "uniform"}
