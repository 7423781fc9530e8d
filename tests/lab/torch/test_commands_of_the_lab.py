import pytest
import tiny
from click.testing import CliRunner

from mengbi.errors import AssetError, BriefError
from mengbi.lab.commands import lab
from mengbi.lab.export import read_weights
from mengbi.lab.train import train


def call(*arguments):
    result = CliRunner().invoke(lab, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_run_is_exported_and_compressed(tmp_path):
    wanted = tiny.recipe(steps=20)
    train(wanted, lambda cursor: tiny.batches(wanted.size, wanted.batch, cursor), tmp_path / "run", say=str)
    assert "MiB" in call("export", tmp_path / "run", tmp_path / "floats")
    assert "dB" in call("compress", tmp_path / "floats" / "model.onnx", tmp_path / "bytes.onnx")
    assert read_weights(tmp_path / "bytes.onnx")[0] == dict(wanted.model)


def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path):
    out, pack = tmp_path / "run", tmp_path / "dream.pack"
    with pytest.raises(AssetError, match=r"lab\.data\.dream"):
        call("train", "dream", "--out", out, "--pack", pack)
    pack.touch()
    with pytest.raises(BriefError, match="did you mean 'smoke'"):
        call("train", "dream", "--preset", "smok", "--out", out, "--pack", pack)
    with pytest.raises(AssetError, match=r"nothing\.onnx"):
        call("train", "dream", "--out", out, "--pack", pack, "--from", tmp_path / "nothing.onnx")
    assert not out.exists()
