"""What the page is built on, without a network."""

import io
import json
import tarfile

import pytest

from mengbi.errors import AssetError
from mengbi.faces import web
from mengbi.lab.data.vendor import HTM, MODULES, PREACT, SIGNALS, SIGNALS_CORE, build, inside, letters

HERE = {"preact": PREACT, "htm": HTM, "signals": SIGNALS, "core": SIGNALS_CORE}


def packed(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_modules_are_taken_as_they_are_with_their_licences_and_a_card(tmp_path):
    tarballs = {
        package: packed(
            tmp_path / f"{name}.tgz",
            {"LICENSE": name.encode(), **{m.path: m.name.encode() for m in MODULES if m.package is package}},
        )
        for name, package in HERE.items()
    }
    made = build(tarballs)
    assert {module.name: module.name.encode() for module in MODULES}.items() <= made.items()
    assert (made["preact.LICENSE"], made["htm.LICENSE"]) == (b"preact", b"htm")
    card = made["card.md"].decode()
    assert all(f"{package.name} {package.version}" in card for package in HERE.values())


def test_a_package_without_the_module_is_no_package_of_ours(tmp_path):
    with pytest.raises(AssetError, match=r"holds no dist/htm\.mjs"):
        inside(packed(tmp_path / "htm.tgz", {"LICENSE": b""}), "dist/htm.mjs")


def test_the_letters_are_those_that_are_shipped():
    pytest.importorskip("fontTools", reason="needs fonttools")
    words = json.loads((web.FOLDER / "locales" / "zh.json").read_text("utf-8"))
    assert {name: (web.FOLDER / "fonts" / name).read_bytes() for name in letters(words)} == letters(words)
