"""Collecting, without a network: what is taken, what is left out, and what a failure costs."""

import io
import json
import lzma
import tarfile
from dataclasses import replace

import pytest

from mengbi.assets import drawing
from mengbi.errors import AssetError, UnknownName
from mengbi.faces.cli import main
from mengbi.lab.data import avatars, clipart, dream, emoji
from mengbi.lab.data.art import LICENSES, Art, check_license
from mengbi.lab.data.pack import Pack
from mengbi.lab.data.packages import EMOJIBASE, NOTO
from mengbi.lab.data.sources import OPENCLIPART, SOURCES, Source

CAT, FLAG, CLOCK, WAITER = "1F408", "1F1E8-1F1F3", "1F550", "1F469-200D-1F373"
ROWS = [
    {"hexcode": CAT, "label": "cat", "group": 3, "subgroup": 34},
    {"hexcode": FLAG, "label": "flag: China", "group": 9, "subgroup": 98},
    {"hexcode": CLOCK, "label": "one o’clock", "group": 5, "subgroup": 58},
    {
        "hexcode": WAITER,
        "label": "woman cook",
        "group": 1,
        "subgroup": 25,
        "skins": [{"hexcode": f"1F469-1F3F{tone}-200D-1F373", "label": f"woman cook {tone}"} for tone in "BCDEF"],
    },
]


def tarball(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@pytest.fixture
def tarballs(tmp_path):
    codes = {row["hexcode"].lower(): row["label"] for row in ROWS}
    codes |= {skin["hexcode"].lower(): skin["label"] for row in ROWS for skin in row.get("skins", ())}
    icons = {"width": 16, "icons": {name: {"body": '<path fill="#f80" d="M1 1h9v9z"/>'} for name in codes.values()}}
    names = {f"{language}/data.json": ROWS for language in emoji.LANGUAGES}
    shortcodes = {f"en/shortcodes/{table}.json": {} for table in ("cldr", "github", "iamcal", "joypixels", "emojibase")}
    return {
        NOTO: tarball(tmp_path / "noto.tgz", {"icons.json": icons, "chars.json": codes}),
        EMOJIBASE: tarball(tmp_path / "names.tgz", names | shortcodes),
    }


def art(**changes):
    fields = {
        "id": "some/cat", "source": "some", "author": "me", "license": "MIT", "data": drawing("noto/cat").encode(),
        "names": {"en": ("cat",)}, "kind": "animal", "key": "cat", "concept": "cat",
    }  # fmt: skip
    return Art(**(fields | changes))


@pytest.mark.parametrize("license_", ["CC-BY-SA-4.0", "CC-BY-NC-4.0", "GPL-2.0", "", "proprietary"])
def test_only_licences_of_the_list_are_learnt_from(license_):
    with pytest.raises(AssetError, match=r"only Apache-2\.0, CC-BY-4\.0, CC0-1\.0"):
        check_license(license_, "some/cat")
    with pytest.raises(AssetError, match=r"some/cat is under"):
        dream.sprite_row(art(license=license_))


def test_every_source_is_pinned_and_under_a_licence_of_the_list():
    for source in SOURCES:
        for package in source.packages:
            assert len(package.sha256) == 64 and package.version and package.author
            assert package.license in LICENSES


def test_two_art_sets_are_kept_from_the_painter():
    assert {source.name for source in SOURCES if source.split == "judge"} == {"emojione", "fxemoji"}


def test_flags_and_clocks_are_left_out_and_skin_tones_sampled_down(tarballs):
    source = next(source for source in SOURCES if source.name == "noto")
    taken = list(emoji.read_icons(source, tarballs))
    assert [each.key for each in taken].count("1f469-200d-1f373") <= 2
    assert {each.key for each in taken} == {"1f408", "1f469-200d-1f373"}
    cat = next(each for each in taken if each.key == "1f408")
    assert cat.concept == "cat" and cat.names["zh"][0] == "猫" and cat.names["de"] == ("cat",)


def test_emoji_sets_without_code_points_are_known_by_name():
    slugs = {"cat": "1f408", "smiling-face": "263a", "smilingface": "263a"}
    assert emoji._code("cat-2", slugs) == "1f408"
    assert emoji._code("smilingface", slugs) == "263a"
    assert emoji._code("regional", slugs) == ""


def debian(path, files):
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"./usr/share/openclipart/svg/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    data = lzma.compress(inside.getvalue())
    parts = [("debian-binary", b"2.0\n"), ("data.tar.xz", data)]
    packed = b"".join(
        f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(part):<10}`\n".encode() + part + b"\n" * (len(part) % 2)
        for name, part in parts
    )
    path.write_bytes(b"!<arch>\n" + packed)
    return path


def clip(title, license_="http://web.resource.org/cc/PublicDomain"):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"><dc:title>{title}</dc:title><dc:creator><cc:Agent><dc:title>Ann'
        f'</dc:title></cc:Agent></dc:creator><license rdf:resource="{license_}"/></svg>'
    )


def test_clip_art_is_taken_where_it_is_free_and_its_title_says_what_it_shows(tmp_path):
    files = {
        "animals/a.svg": clip("Cartoon Cat"),
        "animals/b.svg": clip("Cat", "http://creativecommons.org/licenses/by-nc/2.0/"),
        "animals/c.svg": clip("untitled 7"),
        "animals/d.svg": clip("apple with worm"),
        "logos/e.svg": clip("cat"),
    }
    source = next(source for source in SOURCES if source.name == "openclipart")
    taken = list(clipart.read(source, {OPENCLIPART: debian(tmp_path / "clip.deb", files)}))
    assert [(each.concept, each.author, each.license) for each in taken] == [
        ("cat", "Ann", "public domain"),
        ("apple", "Ann", "public domain"),
    ]


@pytest.mark.parametrize(
    ("hexa", "name"),
    [("#fda4af", "pink"), ("#7dd3fc", "cyan"), ("#e2e8f0", "white"), ("#2c1b18", "black"), ("#724133", "brown"),
     ("#b91c1c", "red"), ("#4ade80", "green"), ("#1d4ed8", "blue"), ("#9ca3af", "gray"), ("#fcd34d", "yellow")],
)  # fmt: skip
def test_colours_have_the_names_that_people_give_them(hexa, name):
    assert avatars.color_name(hexa) == name


def some_source(name, arts, error=None):
    def read(source, tarballs):
        if error:
            raise error
        yield from arts

    read.__module__ = "mengbi.lab.data.own"
    return replace(Source(name=name, read=read, package=None), name=name)


@pytest.fixture
def no_names(monkeypatch):
    monkeypatch.setattr(dream, "fetch", lambda package, cache: cache)


def test_one_source_that_fails_does_not_lose_the_others(tmp_path, no_names):
    said = []
    sources = [some_source("bad", [], AssetError("no network")), some_source("good", [art()])]
    assert dream.build(tmp_path, tmp_path / "out", sources, 1, said.append) == ["bad"]
    assert "bad: no network" in said
    pack = Pack(tmp_path / "out" / "dream.pack")
    assert [row.id for row in pack.rows] == ["some/cat"] and len(pack.backdrops) == 1
    table = (tmp_path / "out" / "dream.csv").read_text("utf-8").splitlines()
    assert table[1] == "some/cat,some,me,MIT,train,cat,flat,en: cat"


def test_what_was_done_is_not_done_again(tmp_path, no_names, monkeypatch):
    dream.build(tmp_path, tmp_path / "out", [some_source("good", [art()])], 1, lambda _: None)
    first = (tmp_path / "out" / "dream.pack").read_bytes()
    monkeypatch.setattr(dream, "sprite_row", None)
    monkeypatch.setattr(dream.backdrops, "paint", None)
    dream.build(tmp_path, tmp_path / "out", [some_source("good", [])], 1, lambda _: None)
    assert (tmp_path / "out" / "dream.pack").read_bytes() == first


def test_a_drawing_that_is_there_already_is_left_out(tmp_path, no_names):
    same, other = art(id="some/again"), art(id="some/dog", data=drawing("noto/dog").encode(), key="dog")
    broken = art(id="some/broken", data=b"<svg")
    source = some_source("good", [art(), same, other, broken])
    dream.build(tmp_path, tmp_path / "out", [source], 1, lambda _: None)
    assert [row.id for row in Pack(tmp_path / "out" / "dream.pack").rows] == ["some/cat", "some/dog"]


def test_no_source_at_all_is_an_error(tmp_path, no_names):
    with pytest.raises(AssetError, match="not one source"):
        dream.build(tmp_path, tmp_path / "out", [some_source("bad", [], AssetError("no"))], 1, lambda _: None)


def test_a_source_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(UnknownName, match="source 'moto' — one of mengbi, noto"):
        dream.chosen(["moto"])


def test_the_command_says_what_is_missing_in_one_line(tmp_path, no_names, monkeypatch, capsys):
    sources = (some_source("bad", [], AssetError("no network")), some_source("good", [art()]))
    monkeypatch.setattr(dream, "SOURCES", sources)
    options = ["--cache", str(tmp_path), "--out", str(tmp_path / "out"), "--backdrops", "1"]
    assert main(["lab", "data", "dream", *options]) == 1
    assert "without bad; run the same command again" in capsys.readouterr().err.splitlines()[-1]
