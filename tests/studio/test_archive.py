import json
import os
import re
import shutil
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mengbi.errors import BriefError, MengbiError, SourceError
from mengbi.studio import intake, marks
from mengbi.studio.archive import LIST, Exported, export
from mengbi.studio.intake import Taken, take_archive, take_folder, take_picture
from mengbi.studio.lineage import family
from mengbi.studio.mend import mend
from mengbi.studio.pictures import add, data_of, find, plan_of
from mengbi.studio.search import Filter, by_meaning, page
from mengbi.studio.steps import step_of, steps_of, write_steps
from mengbi.studio.store import opened


@pytest.fixture
def other(tmp_path, empty_sqlite):
    """Another person's gallery, with nothing in it yet."""
    shutil.copy(empty_sqlite, tmp_path / "other.db")
    with opened(f"sqlite:///{tmp_path}/other.db", str(tmp_path / "other")) as made:
        yield made


def fill(store, painted, plain):
    """A gallery with everything in it."""
    prompt = 'a red fox <script>alert(1)</script> & "friends"'
    fox = add(store, painted(prompt), created=datetime(2025, 5, 4, tzinfo=UTC))
    moon = add(store, painted("月亮上的猫"), parents=[(fox.id, "variation")])
    photo = add(store, plain(1, "JPEG"), title="Grandmother's garden")
    with store.writing() as connection:
        for entry in (fox, moon):
            write_steps(connection, store, entry.id, plain(5, "WEBP") + plain(6, "WEBP"), (1, 8))
    marks.rate(store, fox, 4)
    marks.favour(store, moon)
    marks.tag(store, fox, ["wild", "夜"])
    marks.collect(store, fox, "Best of")
    marks.collect(store, photo, "Best of")


@pytest.fixture(scope="session")
def sample(tmp_path_factory, empty_sqlite, painted, plain):
    """The zip file of such a gallery."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copy(empty_sqlite, folder / "studio.db")
    with opened(f"sqlite:///{folder}/studio.db", str(folder)) as store:
        fill(store, painted, plain)
        assert export(store, folder / "gallery.zip") == Exported(pictures=3, left_out=())
    return folder / "gallery.zip"


@pytest.fixture
def exported(sample, tmp_path):
    """The same, to be damaged."""
    return Path(shutil.copy(sample, tmp_path / "gallery.zip"))


def everything(store):
    """All that a gallery knows, without numbers."""
    digests = {entry.id: entry.digest for entry in page(store).entries}
    return [
        (
            entry.to_dict() | {"id": 0},
            data_of(store, entry),
            plan_of(store, entry),
            marks.collections_of(store, entry),
            {(digests[r.parent], digests[r.child], r.kind) for r in family(store, entry.id)},
            [(number, step_of(store, entry.id, number)) for number in steps_of(store, entry.id)],
        )
        for entry in page(store).entries
    ]


def untouched(store):
    areas = ("pictures", "thumbs", "steps")
    return page(store).entries == () and not any(file for area in areas for file in store.blobs.find(area))


def test_what_was_exported_comes_back_whole(store, other, painted, plain, tmp_path):
    fill(store, painted, plain)
    export(store, tmp_path / "out.zip")
    assert take_archive(other, tmp_path / "out.zip") == Taken(added=3, known=0)
    assert everything(other) == everything(store)
    assert by_meaning(other, "a cat", limit=1)[0][0].prompt == "月亮上的猫"
    assert not mend(other, grace=0).changed


def test_to_import_twice_changes_nothing_and_what_is_there_stays(store, exported):
    assert take_archive(store, exported) == Taken(added=3, known=0)
    fox = page(store, Filter(words="fox")).entries[0]
    assert (fox.stars, fox.tags) == (4, ("wild", "夜"))
    marks.rate(store, fox, 1)
    marks.retitle(store, fox, "Mine")
    marks.tag(store, fox, ["own"], drop=["wild"])
    assert take_archive(store, exported) == Taken(added=0, known=3)
    fox = find(store, fox.id)
    assert (fox.stars, fox.title, fox.tags) == (1, "Mine", ("own", "wild", "夜"))


def test_an_export_is_of_what_was_asked_for_and_tells_what_is_gone(other, painted, plain, tmp_path):
    fill(other, painted, plain)
    photo = page(other, Filter(words="garden")).entries[0]
    other.blobs.remove("pictures", photo.name)
    done = export(other, tmp_path / "best.zip", Filter(collection="Best of"))
    assert done == Exported(pictures=1, left_out=(photo.id,))
    with zipfile.ZipFile(tmp_path / "best.zip") as archive:
        assert len([name for name in archive.namelist() if name.startswith("pictures/")]) == 1


def test_the_briefs_are_in_it_as_json(exported):
    with zipfile.ZipFile(exported) as archive:
        head, *lines = [json.loads(line) for line in archive.read(LIST).splitlines()]
        assert head["gallery"] == 1
        moon = next(line for line in lines if line["prompt"].startswith("月"))
        wishes = {"prompt": "月亮上的猫", "style": "none", "size": [64, 64], "seed": 1, "engine": "analytic"}
        assert moon["brief"].items() >= wishes.items()
        assert moon["plan"]["samples"][0]["prompt"] == "月亮上的猫"
        assert archive.read(moon["file"]).startswith(b"\x89PNG")
        assert moon["file"].startswith("pictures/月亮上的猫-")


class Page(HTMLParser):
    """What a browser would find on the page."""

    def __init__(self):
        super().__init__()
        self.tags, self.links, self.words = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.words += data


def test_the_page_shows_every_picture_without_a_network_and_no_prompt_can_steer_it(exported):
    with zipfile.ZipFile(exported) as archive:
        html = archive.read("index.html").decode()
        found = Page()
        found.feed(html)
        assert found.tags.count("figure") == 3
        assert found.tags.count("script") == 1
        assert {unquote(link) for link in found.links} <= set(archive.namelist())
    assert "<script>alert(1)</script>" in found.words
    assert not re.search(r"(https?:)?//\w", html)
    assert "Grandmother's garden" in found.words and "★★★★" in found.words and "♥" in found.words


def test_an_export_that_fails_leaves_nothing(other, painted, tmp_path, monkeypatch):
    add(other, painted())
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr("mengbi.studio.archive._figure", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(other, tmp_path / "new.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def repack(path, change):
    """Writes the zip file anew; change(name, data) -> data, None for nothing."""
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in inside.items():
            changed = change(name, data)
            if changed is not None:
                archive.writestr(name, changed)


def with_line(**changes):
    """Changes what is said of the last picture of the list."""

    def change(name, data):
        if name != LIST:
            return data
        *lines, last = data.splitlines()
        return b"\n".join([*lines, json.dumps(json.loads(last) | changes).encode()])

    return change


def of_list(work):
    return lambda name, data: work(data) if name == LIST else data


HOSTILE = {
    "another digest": with_line(digest="0" * 64),
    "a digest that is a path": with_line(digest="../../etc/passwd"),
    "a file outside": with_line(file="../../../etc/passwd"),
    "an absolute file": with_line(file="/etc/passwd"),
    "the list as a picture": with_line(file=LIST),
    "a file that is not there": with_line(file="pictures/none.png"),
    "six stars": with_line(stars=6),
    "stars that are true": with_line(stars=True),
    "no time zone": with_line(created="2025-01-01T00:00:00"),
    "no time": with_line(created="yesterday"),
    "a time of nobody": with_line(created="9999-12-31T23:59:59-12:00"),
    "too many tags": with_line(tags=[f"t{n}" for n in range(65)]),
    "tags without end": with_line(tags=["t"] * 10**5),
    "a tag that is none": with_line(tags=[["x"]]),
    "an empty collection": with_line(collections=[""]),
    "a kind that is none": with_line(parents=[{"digest": "0" * 64, "kind": "theft"}]),
    "a title that is a number": with_line(title=5),
    "no list": lambda name, data: None if name == LIST else data,
    "an empty list": of_list(lambda data: b""),
    "a list that is no JSON": of_list(lambda data: data + b"{"),
    "a list of a later format": of_list(lambda data: data.replace(b'"gallery": 1', b'"gallery": 2')),
    "a list of lists": of_list(lambda data: b"[]\n" * 4),
    "a line twice": of_list(lambda data: data + data.splitlines()[-1]),
    "lines without end": of_list(lambda data: data + b"\n" * 10**6),
    "a line without end": of_list(lambda data: data.splitlines()[0] + b"\n" + b" " * 2**23),
    "deep nesting": of_list(lambda data: data.splitlines()[0] + b"\n" + b"[" * 10**5),
    "a long number": of_list(lambda data: data.splitlines()[0] + b"\n" + b"9" * 10**5),
    "a picture that is none": lambda name, data: b"x" * 100 if name.startswith("pictures/") else data,
    "half a picture": lambda name, data: data[: len(data) // 2] if name.startswith("pictures/") else data,
    "a bomb": lambda name, data: data + bytes(2**25) if name.startswith("pictures/") else data,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_of_a_damaged_or_hostile_file_nothing_comes_in_and_one_line_says_why(exported, other, what):
    repack(exported, HOSTILE[what])
    with pytest.raises(BriefError) as told:
        take_archive(other, exported)
    assert str(exported) in str(told.value) and "\n" not in str(told.value) and len(str(told.value)) < 600
    assert untouched(other)


def test_a_zip_file_that_leads_out_of_itself_writes_nothing_outside(exported, other, tmp_path):
    with zipfile.ZipFile(exported, "a") as archive:
        archive.writestr("../../escaped.txt", "out")
        archive.writestr("/tmp/escaped-mengbi.txt", "out")
    before = {path for path in tmp_path.rglob("*") if "other" not in path.parts}
    assert take_archive(other, exported).added == 3
    assert {path for path in tmp_path.rglob("*") if "other" not in path.parts and path.suffix == ".txt"} <= before
    assert not Path("/tmp/escaped-mengbi.txt").exists()


def test_files_that_lie_over_each_other_are_a_bomb(exported, other, tmp_path):
    """Many entries that are all one piece of the file (Fifield 2019, A better zip bomb)."""
    with zipfile.ZipFile(exported) as archive:
        entry = max(archive.infolist(), key=lambda info: info.file_size)
        names = [f"pictures/{number}.png" for number in range(10**4)]
        with zipfile.ZipFile(tmp_path / "bomb.zip", "w") as bomb:
            bomb.writestr(LIST, archive.read(LIST))
            bomb.writestr(names[0], archive.read(entry))
            first = bomb.getinfo(names[0])
            for name in names[1:]:
                copy = zipfile.ZipInfo(name)
                copy.header_offset, copy.CRC = first.header_offset, first.CRC
                copy.file_size = copy.compress_size = first.file_size
                bomb.filelist.append(copy)
    with pytest.raises(BriefError, match="bomb"):
        take_archive(other, tmp_path / "bomb.zip")
    assert untouched(other)


def test_a_locked_file_and_one_that_is_no_zip_are_told(exported, other, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK no zip")
    data = bytearray(exported.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    for name, why in (("no.zip", "damaged"), ("locked.zip", "locked"), ("none.zip", "no such file"), ("", "cannot be")):
        with pytest.raises(BriefError, match=why):
            take_archive(other, tmp_path / name)
    assert untouched(other)


def test_an_import_that_is_cut_short_takes_its_files_away_and_not_those_of_others(
    exported, other, painted, monkeypatch
):
    moon = add(other, painted("月亮上的猫"))
    monkeypatch.setattr(intake, "write_row", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        take_archive(other, exported)
    assert page(other).entries == (moon,)
    assert [file.name for file in other.blobs.find("pictures")] == [moon.name]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), piece=st.binary(min_size=1, max_size=40), keep=st.booleans())
def test_a_file_that_was_changed_anywhere_comes_in_whole_or_not_at_all(exported, other, tmp_path, place, piece, keep):
    data = exported.read_bytes()
    start = int(place * len(data))
    (tmp_path / "changed.zip").write_bytes(data[:start] + piece + data[start + len(piece) * keep :])
    before = everything(other)
    try:
        taken = take_archive(other, tmp_path / "changed.zip")
    except BriefError as error:
        assert "\n" not in str(error)
        assert everything(other) == before
    else:
        assert taken.added + taken.known == 3
    assert {entry.name for entry in page(other).entries} == {file.name for file in other.blobs.find("pictures")}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
NAMES = ("digest", "file", "created", "title", "stars", "favourite", "tags", "collections", "parents")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1))
def test_whatever_a_list_says_it_is_taken_or_refused_in_one_line(exported, other, tmp_path, changes):
    path = tmp_path / "changed.zip"
    path.write_bytes(exported.read_bytes())
    repack(path, with_line(**changes))
    try:
        take_archive(other, path)
    except MengbiError as error:
        assert isinstance(error, BriefError) and "\n" not in str(error)
    assert {entry.name for entry in page(other).entries} == {file.name for file in other.blobs.find("pictures")}


def test_a_folder_is_taken_picture_by_picture_and_what_is_none_is_told(other, painted, plain, tmp_path):
    folder = tmp_path / "photos" / "2024"
    folder.mkdir(parents=True)
    (folder / "garden.JPG").write_bytes(plain(1, "JPEG"))
    (folder / "dream.png").write_bytes(painted("落日飞车"))
    (folder / "copy.png").write_bytes(painted("落日飞车"))
    (folder / "half.png").write_bytes(plain(2)[:300])
    (folder / "text.png").write_text("no picture")
    (folder / "notes.txt").write_text("not looked at")
    (folder / ".hidden.png").write_bytes(plain(3))
    (folder / "link.png").symlink_to(folder / "garden.JPG")
    os.utime(folder / "garden.JPG", (1.7e9, 1.7e9))
    taken = take_folder(other, tmp_path / "photos")
    assert (taken.added, taken.known) == (2, 1)
    assert [name for name, _ in taken.skipped] == ["2024/half.png", "2024/text.png"]
    garden = page(other, Filter(words="garden")).entries[0]
    assert (garden.title, garden.created) == ("garden", datetime.fromtimestamp(1.7e9, UTC))
    assert page(other, Filter(words="飞车")).entries[0].title == ""
    (folder / "garden.JPG").write_bytes(b"edited in place")
    assert data_of(other, garden) == plain(1, "JPEG")
    with pytest.raises(SourceError, match="no such folder"):
        take_folder(other, tmp_path / "none")


def test_one_picture_is_taken_too(other, plain, tmp_path):
    (tmp_path / "a.png").write_bytes(plain(1))
    assert take_picture(other, tmp_path / "a.png") is False
    assert take_picture(other, tmp_path / "a.png") is True
    with pytest.raises(SourceError, match="cannot be read"):
        take_picture(other, tmp_path / "none.png")
