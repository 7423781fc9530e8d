"""Where pictures lie, and what comes with them."""

import json
import os
import socket
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelves import filled, picture, saved

from mengbi.errors import SourceError
from mengbi.lab.data.checking import Refused
from mengbi.lab.data.reading import OUTSIDE, Folder, open_shelf
from mengbi.lab.data.telling import by_folder, clean


def names(shelf):
    return [file.name for file in shelf.contents().pictures]


def told(shelf):
    found, wrong = shelf.told(shelf.contents())
    return found, wrong


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_pictures_lie_at_any_depth(tmp_path):
    for place in ("a.JPG", "b/c.png", "b/d/e/f.webp", "notes.md", "b/.hidden.png", ".git/g.png", "Thumbs.db"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"x")
    (tmp_path / "empty.png").touch()
    listing = open_shelf(str(tmp_path)).contents()
    assert [file.name for file in listing.pictures] == ["a.JPG", "b/c.png", "b/d/e/f.webp"]
    assert [file.name for file in listing.others] == [".git", "Thumbs.db", "b/.hidden.png", "notes.md"]
    assert listing.left == (("empty.png", "empty"),)


@pytest.mark.skipif(os.name == "nt", reason="no pipes by name")
def test_links_and_devices_are_not_opened(tmp_path):
    root, secret = tmp_path / "root", tmp_path / "secret.png"
    (root / "in").mkdir(parents=True)
    secret.write_bytes(saved(picture(0)))
    (root / "in" / "real.png").write_bytes(saved(picture(1)))
    (root / "good.png").symlink_to(root / "in" / "real.png")
    (root / "out.png").symlink_to(secret)
    (root / "nowhere.png").symlink_to(root / "not there")
    (root / "device.png").symlink_to("/dev/zero")
    (root / "loop").symlink_to(root)
    (root / "round.png").symlink_to(root / "round.png")
    os.mkfifo(root / "pipe.png")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.path.relpath(root / "door.png"))
        listing = open_shelf(str(root)).contents()
    assert [file.name for file in listing.pictures] == ["good.png", "in/real.png"]
    left = dict(listing.left)
    assert {name for name, reason in left.items() if reason == OUTSIDE} == {
        "out.png", "nowhere.png", "device.png", "round.png",
    }  # fmt: skip
    assert left["pipe.png"] == left["door.png"] == "a pipe, a device or a socket"
    assert left["loop"] == "a link to something that is no file"


@pytest.mark.skipif(os.name == "nt", reason="no pipes by name")
def test_what_was_exchanged_since_it_was_listed_is_not_opened_either(tmp_path):
    root = filled(tmp_path / "root", 3)
    (tmp_path / "secret").write_bytes(b"secret")
    shelf = open_shelf(str(root))
    for name, exchange in (("000.png", os.mkfifo),
                           ("001.png", lambda path: path.symlink_to(tmp_path / "secret")),
                           ("002.png", lambda path: path.mkdir())):  # fmt: skip
        (root / name).unlink()
        exchange(root / name)
        with pytest.raises(Refused):
            shelf.read(name)
    with pytest.raises(Refused, match="outside"):
        shelf.read("../secret")


def test_there_must_be_a_folder_or_a_zip(tmp_path):
    (tmp_path / "a.txt").write_text("words")
    for spec in (tmp_path / "nowhere", tmp_path / "a.txt", "\0"):
        with pytest.raises(SourceError, match=r"no such folder|neither a folder"):
            open_shelf(str(spec))


def test_a_zip_is_read_where_it_lies(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x/cat/1.png": saved(picture(1)), "x/dog/2.png": saved(picture(2))})
    before = sorted(tmp_path.rglob("*"))
    shelf = open_shelf(str(path))
    assert names(shelf) == ["x/cat/1.png", "x/dog/2.png"]
    assert shelf.read("x/cat/1.png") == saved(picture(1))
    assert [one.label for one in told(shelf)[0].values()] == ["cat", "dog"]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_holds_nothing_against_us(tmp_path):
    good = saved(picture(1))
    members = dict.fromkeys(
        ("good.png", "../up.png", "/root.png", "C:\\x.png", "a\\b.png", "__MACOSX/._good.png"), good
    )
    path = zipped(tmp_path / "a.zip", members | {"bomb.png": bytes(1 << 26), "inner.zip": b"PK"})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked.png", good)
        archive.infolist()[-1].flag_bits |= 1
    listing = open_shelf(str(path)).contents()
    assert [file.name for file in listing.pictures] == ["good.png"]
    left = dict(listing.left)
    assert {name for name, reason in left.items() if reason == OUTSIDE} == members.keys() - {
        "good.png", "__MACOSX/._good.png",
    }  # fmt: skip
    assert left["bomb.png"] == "packed so tightly that it may be a bomb"
    assert (left["link.png"], left["locked.png"]) == ("a link, a pipe or a device", "encrypted")
    assert left["inner.zip"] == "an archive within"


def test_a_member_that_says_less_than_it_holds_is_cut_or_left_out(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.png": bytes(5000)})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(Refused, match="damaged part"):
        open_shelf(str(path)).read("a.png")


@given(st.data())
def test_a_damaged_zip_is_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("zips") / "a.zip"
    zipped(path, {"a.png": saved(picture(1)), "b.jpg": b"x" * 300})
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        shelf = open_shelf(str(path))
        for name in names(shelf):
            shelf.read(name)
    except (SourceError, Refused) as error:
        assert str(error)


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["cat/1.png", "dog/2.png"], ["cat", "dog"]),
        (["all/cat/1.png", "all/dog/2.png"], ["cat", "dog"]),
        (["cat/in/1.png", "cat/out/2.png", "dog/3.png"], ["cat", "cat", "dog"]),
        (["cats/1.png", "cats/2.png"], [None, None]),
        (["1.png", "cat/2.png"], [None, "cat"]),
        (["train/cat/1.png", "test/dog/2.png"], ["cat", "dog"]),
        (["test/1.png", "exam/2.png"], ["test", "exam"]),
    ],
)
def test_folders_name_the_labels(paths, labels):
    found, held = by_folder(paths)
    assert [found.get(path) for path in paths] == labels
    assert [held.get(path) for path in paths] == (
        [False, True] if paths[0].startswith("train") else [None] * len(paths)
    )


TABLES = {
    "metadata.csv": "file_name,text,label\n1.png,a red cat,cat\nsub/2.png,a dog,dog\n",
    "captions.csv": "1.png;a red cat\nsub/2.png;a dog\n",
    "metadata.jsonl": '{"file_name": "1.png", "text": "a red cat"}\n\n{"file_name": "sub/2.png", "caption": "a dog"}\n',
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_gives_captions_and_labels(tmp_path, table):
    filled(tmp_path, 1)
    (tmp_path / "000.png").rename(tmp_path / "1.png")
    filled(tmp_path / "sub", 1)
    (tmp_path / "sub" / "000.png").rename(tmp_path / "sub" / "2.png")
    (tmp_path / table).write_text(TABLES[table])
    found, wrong = told(open_shelf(str(tmp_path)))
    assert {name: one.caption for name, one in found.items()} == {"1.png": "a red cat", "sub/2.png": "a dog"}
    assert found["sub/2.png"].label == ("dog" if table == "metadata.csv" else "sub")
    assert wrong == ()


def test_a_table_speaks_of_its_own_folder_and_opens_nothing(tmp_path):
    root = filled(tmp_path / "root", 2, "train", "test")
    (root / "train" / "metadata.csv").write_text(
        "file_name,text\n000.png,here\n../test/000.png,there\n../../../etc/passwd,x\n"
    )
    (root / "test" / "metadata.jsonl").write_text('{"file_name": 7}\n[1]\n"x"\n{')
    found, wrong = told(open_shelf(str(root)))
    assert [name for name, one in found.items() if one.caption] == ["train/000.png"]
    assert any("2 of its 3 rows name no picture" in line for line in wrong)
    assert any(line.startswith("test/metadata.jsonl: ") for line in wrong)


BROKEN = {
    "metadata.jsonl": (
        '{"file_name": "000.png", "text": "zero"}\n\n{"file_name": "001.png", "text": "one"\n[2]\n'
        '{"file_name": "002.png", "text": "a\u2028b"}\n',
        "left out line 3 (not JSON at column 39: Expecting ',' delimiter), line 4 (no object of JSON)",
        {"000.png": "zero", "002.png": "a b"},
    ),
    "metadata.csv": (
        'file_name,text\r\n000.png,"ze\r\nro"\r\n001.png,"one\r\n002.png,"a ""b"""\r\n',
        "left out line 4 (quotes that do not match: ',' expected after '\"')",
        {"000.png": "ze ro", "002.png": 'a "b"'},
    ),
    "captions.csv": (
        '000.png;zero\n001.png;"one\n\n002.png;a b\n',
        "left out line 2 (quotes that do not match: unexpected end of data)",
        {"000.png": "zero", "002.png": "a b"},
    ),
    "labels.csv": ('file_name,"text\n000.png,zero\n', "line 1 (quotes that do not match: unexpected end of data)", {}),
}


@pytest.mark.parametrize("table", BROKEN)
def test_a_broken_line_of_a_table_is_named_and_costs_no_other(tmp_path, table):
    text, said, captions = BROKEN[table]
    (filled(tmp_path, 3) / table).write_bytes(text.encode())
    found, wrong = told(open_shelf(str(tmp_path)))
    assert wrong == (f"{table}: {said}",)
    assert {name: one.caption for name, one in found.items() if one.caption} == captions


def test_of_many_broken_lines_some_are_named(tmp_path):
    (filled(tmp_path, 1) / "metadata.jsonl").write_text("[]\n" * 2000)
    _, (wrong,) = told(open_shelf(str(tmp_path)))
    assert wrong.startswith("metadata.jsonl: left out line 1 (") and wrong.endswith(
        "line 3 (no object of JSON) and 1,997 more"
    )


def test_a_picture_that_a_table_names_twice_is_mentioned(tmp_path):
    (filled(tmp_path, 2) / "captions.csv").write_text(
        "file_name,text\n000.png,first\n001.png,other\n000.png,last\nx,\n"
    )
    found, wrong = told(open_shelf(str(tmp_path)))
    assert found["000.png"].caption == "last"
    assert wrong == (
        "captions.csv: 1 of its 4 rows names no picture here",
        "captions.csv: named more than once, and what is said last counts: 000.png",
    )


def test_a_text_beside_a_picture_is_its_caption(tmp_path):
    filled(tmp_path, 2)
    (tmp_path / "000.txt").write_bytes("\ufeffan old\n  man \x1b[31m".encode())
    (tmp_path / "001.txt").write_bytes(b"x" * (1 << 17))
    found, wrong = told(open_shelf(str(tmp_path)))
    assert found["000.png"].caption == "an old man [31m"
    assert found["001.png"].caption == ""
    assert wrong == ("001.txt: more than 65,536 bytes of words",)


@given(st.binary(max_size=300), st.sampled_from(["metadata.csv", "metadata.jsonl", "captions.csv"]))
def test_whatever_a_table_holds_the_pictures_are_read(tmp_path_factory, data, table):
    root = tmp_path_factory.mktemp("tables")
    (root / "a.png").write_bytes(b"x")
    (root / table).write_bytes(data)
    found, _ = told(Folder(root=str(root)))
    assert list(found) == ["a.png"]


@given(st.text(max_size=50))
def test_a_caption_is_one_line_that_steers_nothing(text):
    said = clean(text)
    assert said.isprintable()
    assert said == said.strip()
    assert json.loads(json.dumps(said)) == said
