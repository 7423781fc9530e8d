"""The pack as a file."""

import json
import zipfile

import numpy as np
import pytest

from mengbi.errors import AssetError
from mengbi.lab.data.pack import Pack


def test_a_pack_is_what_was_written(pack_path, wardrobe):
    pack = Pack(pack_path)
    assert pack.digest == wardrobe.pack.digest
    row = pack.rows[int(pack.shelves["thing/cat"][0])]
    assert (row.concept, row.source, row.license) == ("cat", "mengbi", "Apache-2.0")
    assert pack.names[row.key]["zh"][0] == "猫"
    assert pack.sprite(0).rgba().shape[2] == 4
    assert pack.backdrop(0).shape == (128, 128, 3)
    assert 0 < pack.backdrops[0].horizon < 1 and np.array(pack.backdrops[0].feet).shape == (5, 5)


def test_a_missing_pack_says_how_to_make_one(tmp_path):
    with pytest.raises(AssetError, match=r"no pack.*mengbi lab data dream"):
        Pack(tmp_path / "dream.pack")


def test_a_damaged_pack_is_refused(tmp_path, pack_path):
    path = tmp_path / "dream.pack"
    path.write_bytes(pack_path.read_bytes()[:5000])
    with pytest.raises(AssetError, match="damaged pack"):
        Pack(path)


def test_a_pack_of_another_version_is_refused(tmp_path):
    path = tmp_path / "dream.pack"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"version": 99}))
        archive.writestr("sprites.bin", b"")
        archive.writestr("backdrops.bin", b"")
    with pytest.raises(AssetError, match="version 99"):
        Pack(path)
