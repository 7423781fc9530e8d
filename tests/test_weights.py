import hashlib
import shutil

import pytest

from mengbi import weights
from mengbi.errors import AssetError


@pytest.fixture
def room(tmp_path, monkeypatch):
    shutil.copytree(weights.folder("dream"), tmp_path / "dream")
    monkeypatch.setattr(weights, "folder", lambda name: tmp_path / name)
    return tmp_path / "dream"


def test_what_is_shipped_is_whole_and_says_where_it_is_from():
    assert hashlib.sha256(weights.read("dream")).hexdigest() == weights.digest("dream")
    assert "\n# dream\n" in weights.card("dream")
    assert sum(path.stat().st_size for path in weights.folder("dream").iterdir()) <= 24 * 2**20


def test_altered_weights_are_refused(room):
    data = bytearray((room / "model.onnx").read_bytes())
    data[1000] ^= 1
    (room / "model.onnx").write_bytes(data)
    with pytest.raises(AssetError, match=r"^the weights of dream were changed since they were shipped .*again$"):
        weights.read("dream")


@pytest.mark.parametrize("lost", ["model.onnx", "digest", "card.md"])
def test_missing_weights_are_told_in_one_line(room, lost):
    (room / lost).unlink()
    look = {"model.onnx": weights.read, "digest": weights.read, "card.md": weights.card}[lost]
    with pytest.raises(AssetError, match=r"dream.* missing.*; install mengbi again$"):
        look("dream")


def test_a_damaged_digest_is_not_compared_with(room):
    (room / "digest").write_text("0" * 63)
    with pytest.raises(AssetError, match="damaged"):
        weights.digest("dream")
