"""The builder of the drawing pack, on a few drawings and without a network."""

import io
import json
import shutil
import tarfile
import zipfile

import numpy as np
import pytest
import resvg_py
from PIL import Image

from mengbi.errors import AssetError
from mengbi.faces.cli import main
from mengbi.lab.data import drawings, packages, svg, table
from mengbi.lab.data.packages import EMOJIBASE, FLUENT, NOTO, Package, fetch, read_json

CAT, GIRL, ROCKET = "1f408", "1f467", "1f680"
TABLE = """id,kind,emoji,en,zh,height,home,sets
cat,animal,🐈 🐱,cat/kitten,猫/小猫,0.3,land,
girl,person,👧,girl,女孩,1.3,land,
rocket,vehicle,🚀,spaceship,火箭,20,air,noto
"""


def tarball(folder, package, members):
    path = folder / package.tarball
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@pytest.fixture
def sets(tmp_path):
    """Three emoji in two hands, as the packages hold them."""
    icon = {"body": '<path fill="#f00" d="M1.2345 2.001.5 3.999l5.118-.004z"/>'}
    toned = {f"{GIRL}-1f3f{tone}": f"girl-{tone}" for tone in "bcdef"}
    codes = {CAT: "cat", GIRL: "girl", ROCKET: "rocket", **toned}
    icons = {"icons": dict.fromkeys(codes.values(), icon)}
    rows = [
        {"hexcode": code.upper(), "label": label, "skins": skins}
        for code, label, skins in (
            (CAT, "cat", []),
            (GIRL, "girl", [{"hexcode": code, "tone": tone} for tone, code in enumerate(toned, 1)]),
            (ROCKET, "rocket", []),
        )
    ]
    tarballs = {
        NOTO: tarball(tmp_path, NOTO, {"chars.json": codes, "icons.json": icons}),
        FLUENT: tarball(tmp_path, FLUENT, {"chars.json": codes, "icons.json": icons}),
        EMOJIBASE: tarball(tmp_path, EMOJIBASE, {"en/data.json": rows, "zh/data.json": rows}),
    }
    return table.load_sets(tarballs)


@pytest.fixture
def small_table(tmp_path):
    path = tmp_path / "concepts.csv"
    path.write_text(TABLE, "utf-8")
    return path


def test_the_pack_has_the_same_bytes_whatever_the_order_and_the_day():
    some = {"noto/cat": "<svg/>", "own/boat": '<svg viewBox="0 0 1 1"/>'}
    assert drawings.pack(some) == drawings.pack(dict(reversed(some.items())))
    with zipfile.ZipFile(io.BytesIO(drawings.pack(some))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("noto/cat.svg") == b"<svg/>"


def test_the_vectors_have_the_same_bytes_each_time():
    names = [("cat", "cat"), ("cat", "猫")]
    first = drawings.vectors(names)
    assert first == drawings.vectors(names)
    with np.load(io.BytesIO(first), allow_pickle=False) as data:
        assert data["vectors"].dtype == np.int8 and data["vectors"].shape == (2, 512)
        assert list(data["ids"]) == ["cat", "cat"]


def test_a_concept_takes_one_drawing_of_each_set_and_a_person_three_skin_tones(sets, small_table):
    cat, girl, rocket = table.rows(sets, small_table)
    assert cat["drawings"] == ["noto/cat", "fluent/cat"]
    assert cat["emoji"] == "🐈" and cat["also"] == ["🐱"]
    assert girl["drawings"] == ["noto/girl-b", "noto/girl-d", "noto/girl-e"]
    assert rocket["drawings"] == ["noto/rocket"]


def test_the_emojis_own_name_is_kept_as_one_more(sets, small_table):
    cat, _, rocket = table.rows(sets, small_table)
    assert rocket["en"] == ["spaceship", "rocket"]
    assert cat["en"] == ["cat", "kitten"]


@pytest.mark.parametrize(
    "second", ["dog,animal,🚀,Cat,狗", "dog,animal,🚀 🐱,dog,狗", "dog,animal,🚀,dog,猫", "cat,animal,,dog,狗"]
)
def test_an_id_a_name_or_an_emoji_for_two_concepts_is_refused(sets, small_table, second):
    with small_table.open("a", encoding="utf-8") as file:
        file.write(f"{second},0.4,land,\n".replace("cat,animal,,", "cat,animal,🐈,"))
    with pytest.raises(AssetError, match=r"stands for both \w+ and \w+"):
        table.rows(sets, small_table)


def test_a_concept_without_a_drawing_is_refused(sets, small_table):
    with small_table.open("a", encoding="utf-8") as file:
        file.write("ghost-ship,vehicle,,ghost ship,鬼船,9,water,own\n")
    with pytest.raises(AssetError, match="ghost-ship has no drawing"):
        table.rows(sets, small_table)


def test_shortened_drawings_look_the_same():
    body = (
        '<path fill="#c33" d="M12.3456 100.001.5-80.12345q30.98765.4321 40.55555 60.11111'
        'a9.876 9.876 0 01.999 1.23456z"/>'
        '<path fill="#33c" d="m80.9996 20.0049l.3333.6667 20.128.5.001.999-30 60.7777z"/>'
    )
    whole, short = (
        np.asarray(Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=text, width=512))).convert("RGBA"), float)
        for text in (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{body}</svg>',
            svg.wrap(body, 128),
        )
    )
    assert len(svg.shorten(body)) < len(body)
    assert np.abs(whole - short).mean() < 0.2


def test_a_written_drawing_loses_its_comments_and_indents():
    assert svg.squeeze("<svg>\n  <!-- of\n wood -->\n  <g/>\n</svg>\n") == "<svg><g/></svg>"


def test_our_own_drawings_render_and_stand_in_the_table():
    own = {path.stem for path in table.own_files()}
    listed = (table.HERE / "concepts.csv").read_text("utf-8")
    assert len(own) > 60
    for name in own:
        assert f"\n{name}," in listed, name


def test_a_package_that_lies_in_the_cache_is_not_fetched_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    path = tarball(tmp_path, NOTO, {"a.json": 1})
    package = Package(
        name=NOTO.name, version=NOTO.version, sha256=packages._sha256(path), license="", author="", home=""
    )
    assert fetch(package, tmp_path) == path
    assert read_json(path, "a.json") == 1


def test_without_npm_a_person_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(AssetError, match=r"npm is missing.*Node\.js"):
        fetch(NOTO, tmp_path)


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho other > '{tmp_path}/{NOTO.tarball}'\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(npm))
    with pytest.raises(AssetError, match=r"is not the @iconify-json/noto@1\.2\.9 that was pinned"):
        fetch(NOTO, tmp_path)


def test_a_file_that_a_package_lacks_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"holds no icons\.json"):
        read_json(tarball(tmp_path, NOTO, {"a.json": 1}), "icons.json")


def test_the_command_without_npm_and_network_ends_with_one_clear_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main(["lab", "data", "drawings", "--cache", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "npm is missing" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
