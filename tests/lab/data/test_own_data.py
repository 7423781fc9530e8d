"""A person's own pictures, made ready and given out in batches."""

import json
import os
import shutil
from itertools import islice, pairwise

import numpy as np
import pytest
from shelves import FRAME, Deadly, filled, picture, png, saved

from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.lab.data import preparing
from mengbi.lab.data.folder import batches, open_data
from mengbi.lab.data.preparing import DEADLY, Chunk, prepare, work
from mengbi.lab.data.reading import Folder
from mengbi.text.encoder import load_encoder


@pytest.fixture
def opened(tmp_path):
    """Opens a folder with a cache of the test's own."""

    def open_(root, **wishes):
        return open_data(str(root), **{"size": 32, "cache": tmp_path / "cache"} | wishes)

    return open_


def state(root):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in root.rglob("*")}


def test_a_mixed_folder_is_ready_after_one_report_and_untouched(tmp_path, opened):
    root = filled(tmp_path / "root", 8, "cat", "dog")
    good = (root / "cat" / "000.png").read_bytes()
    (root / "dog" / "same.png").write_bytes(good)
    (root / "dog" / "again.jpg").write_bytes(saved(picture(3).resize((54, 36)), "JPEG", quality=85))
    (root / "cat" / "cut.png").write_bytes(good[:300])
    (root / "cat" / "lie.jpg").write_text("hello")
    (root / "cat" / "bomb.png").write_bytes(png(12_000, 12_000))
    (root / "cat" / "out.png").symlink_to("/etc/passwd")
    before = state(root)
    data = opened(root)
    assert state(root) == before
    assert (len(data), data.pixels.shape, data.pixels.dtype) == (16, (16, 32, 32, 3), np.uint8)
    assert data.names == ("cat", "dog")
    assert data.labels.tolist() == [0] * 8 + [1] * 8
    assert {reason: names for reason, _, names in data.report.left} == {
        "the same file as another": ("dog/same.png",),
        "a copy of another": ("dog/again.jpg",),
        "damaged or cut short": ("cat/cut.png",),
        "not a picture, whatever its name says": ("cat/lie.jpg",),
        "a small file of a great many pixels": ("cat/bomb.png",),
        "a name or a link that leads outside": ("cat/out.png",),
    }
    assert data.report.conflicts == 2
    assert str(data.report).startswith("16 of 22 pictures can be used, ")
    lines = [json.loads(line) for line in (data.folder / "files.jsonl").read_text().splitlines()]
    assert next(line for line in lines if line["file"] == "dog/again.jpg")["copy_of"] == "cat/003.png"
    assert sum("left_out" not in line for line in lines) == 16


def test_it_is_made_ready_once_and_again_when_a_file_changes(tmp_path, opened, monkeypatch):
    root = filled(tmp_path / "root", 6)
    first = opened(root)
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "_looked", lambda *_: pytest.fail("looked again"))
        again = opened(root)
    assert (again.digest, again.folder) == (first.digest, first.folder)
    assert opened(root, size=16).folder != first.folder
    (root / "000.png").write_bytes(saved(picture(77)))
    changed = opened(root)
    assert changed.digest != first.digest
    (root / "words.txt").write_text("no picture's")
    (root / "001.txt").write_text("a caption")
    assert opened(root).digest != changed.digest


def test_what_is_learnt_from_is_known_by_what_it_is_wherever_it_lies(tmp_path, opened):
    root = filled(tmp_path / "root", 5, "a", "b")
    first = opened(root)
    shutil.copytree(root, tmp_path / "elsewhere")
    assert opened(tmp_path / "elsewhere").digest == first.digest
    shutil.make_archive(str(tmp_path / "packed"), "zip", root)
    packed = opened(tmp_path / "packed.zip")
    assert packed.digest == first.digest
    assert (packed.pixels == first.pixels).all()


def test_a_picture_stays_held_when_others_come(tmp_path, opened):
    root = filled(tmp_path / "root", 120)
    first = opened(root, size=16)
    assert 0 < first.held.sum() < 20
    held = {first.pixels[number].tobytes() for number in np.flatnonzero(first.held)}
    filled(root / "more", 30, "x")
    for path in (root / "more" / "x").iterdir():
        path.write_bytes(saved(picture(5000 + int(path.stem))))
    second = opened(root, size=16)
    assert len(second) == 150
    assert held <= {second.pixels[number].tobytes() for number in np.flatnonzero(second.held)}


def test_folders_that_say_so_are_held(tmp_path, opened):
    data = opened(filled(tmp_path / "root", 3, "train/a", "test/a", "train/b", "validation/b"))
    assert data.names == ("a", "b")
    lines = [json.loads(line) for line in (data.folder / "files.jsonl").read_text().splitlines()]
    assert {line["file"].split("/")[0]: line["held"] for line in lines} == {
        "train": False, "test": True, "validation": True,
    }  # fmt: skip


def test_a_broken_off_preparation_goes_on_where_it_stopped(tmp_path, monkeypatch):
    shelf = Folder(root=str(filled(tmp_path / "root", 100)))
    whole = prepare(shelf, "it", FRAME, tmp_path / "other", lambda *_: None)
    looked = []

    def some(shelf, chunk, frame):
        if len(looked) == 2:
            raise KeyboardInterrupt
        looked.append(chunk.names)
        return work(shelf, chunk, frame)

    monkeypatch.setattr(preparing, "work", some)
    with pytest.raises(KeyboardInterrupt):
        prepare(shelf, "it", FRAME, tmp_path / "cache", lambda *_: None)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.suffix == ""]
    (part,) = (path for path in (tmp_path / "cache").iterdir() if path.suffix == ".part")
    raw = np.load(part / "raw.npy", mmap_mode="r+")
    raw[5] = 0  # what the disk lost of the first chunk
    del raw
    with (part / "journal.jsonl").open("a") as journal:
        journal.write('{"first": 64, "crc"')
    again = []
    monkeypatch.setattr(preparing, "work", lambda shelf, chunk, frame: again.append(chunk) or work(shelf, chunk, frame))
    ready = prepare(shelf, "it", FRAME, tmp_path / "cache", lambda *_: None)
    assert [chunk.first for chunk in again] == [0, 64, 96]
    for name in ("pixels.npy", "files.jsonl"):
        assert (ready / name).read_bytes() == (whole / name).read_bytes()
    assert not list(ready.parent.glob("*.part"))


def test_in_processes_it_is_the_same_and_what_ends_one_is_left_out(tmp_path, monkeypatch):
    root = filled(tmp_path / "root", 40)
    here = prepare(Folder(root=str(root)), "it", FRAME, tmp_path / "here", lambda *_: None)
    monkeypatch.setattr(preparing, "FEW", 10)
    monkeypatch.setattr(preparing, "CHUNK", 8)
    monkeypatch.setenv("MENGBI_THREADS", "1")
    there = prepare(Folder(root=str(root)), "it", FRAME, tmp_path / "there", lambda *_: None)
    assert (here / "pixels.npy").read_bytes() == (there / "pixels.npy").read_bytes()
    (root / "deadly.png").write_bytes(saved(picture(99)))
    ready = prepare(Deadly(root=str(root)), "it", FRAME, tmp_path / "cache", lambda *_: None)
    left = [json.loads(line) for line in (ready / "files.jsonl").read_text().splitlines()]
    assert [line["file"] for line in left if line.get("left_out") == DEADLY] == ["deadly.png"]
    assert (here / "pixels.npy").read_bytes() == (ready / "pixels.npy").read_bytes()


def test_where_no_process_can_be_started_it_is_done_here(tmp_path, monkeypatch):
    root = filled(tmp_path / "root", 12)

    class Broken:
        def __init__(self, *_):
            pass

        def submit(self, *_):
            raise preparing.BrokenProcessPool

        def shutdown(self, **_):
            pass

    monkeypatch.setattr(preparing, "FEW", 4)
    monkeypatch.setattr(preparing, "crew", Broken)
    ready = prepare(Folder(root=str(root)), "it", FRAME, tmp_path / "cache", lambda *_: None)
    assert np.load(ready / "pixels.npy").shape[0] == 12


def test_what_nobody_went_on_with_falls_away(tmp_path, opened):
    for name in ("old.part", "new.part"):
        (tmp_path / "cache" / name).mkdir(parents=True)
    os.utime(tmp_path / "cache" / "old.part", (1, 1))
    opened(filled(tmp_path / "root", 3))
    assert [path.name for path in (tmp_path / "cache").glob("*.part")] == ["new.part"]


def test_what_is_given_is_looked_at_without_reading():
    chunk = Chunk(first=0, names=("a#0", "a#1"), given=(saved(picture(1)), "a row without a picture"))
    found, pixels = work(None, chunk, FRAME)
    assert found[1] == "a row without a picture"
    assert pixels[0].any()
    assert not pixels[1].any()


def test_progress_ends_at_the_number_of_files(tmp_path, opened):
    told = []
    opened(filled(tmp_path / "root", 50), tick=lambda done, of: told.append((done, of)))
    assert told[0] == (0, 50)
    assert told[-1] == (50, 50)
    assert all(a <= b for a, b in pairwise(told))


def test_with_nothing_to_learn_from_it_says_what_there_was(tmp_path, opened):
    (tmp_path / "root").mkdir()
    with pytest.raises(
        SourceError, match="0 pictures to learn from, and a network needs 2 or more; there are no others"
    ):
        opened(tmp_path / "root")
    with pytest.raises(SourceError, match="1 picture to learn from, and a network needs 2 or more"):
        opened(filled(tmp_path / "one", 1))
    (tmp_path / "root" / "a.png").write_text("no")
    with pytest.raises(SourceError, match=r"1 not a picture, whatever its name says"):
        opened(tmp_path / "root")


def test_what_cannot_be_asked_for_is_refused(tmp_path, opened):
    root = filled(tmp_path / "root", 3)
    for wish, said in (({"size": 4}, "size 4"), ({"channels": 2}, "2 channels"), ({"fit": "stretch"}, "fit 'stretch'")):
        with pytest.raises(BriefError, match=said):
            opened(root, **wish)


def test_where_there_is_no_room_it_says_so_before_it_begins(tmp_path, opened, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match="0 are free"):
        opened(filled(tmp_path / "root", 3))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_have_the_channels_asked_for(tmp_path, opened, channels):
    data = opened(filled(tmp_path / "root", 4), channels=channels)
    assert data.pixels.shape == (4, 32, 32, channels)
    batch = next(batches(data, batch=3, seed=0, flip=True)(0))
    assert batch.pictures.shape == (3, 32, 32, channels)


def test_a_batch_depends_on_its_cursor_alone(tmp_path, opened):
    data = opened(filled(tmp_path / "root", 11, "a", "b"))
    stream = batches(data, batch=8, seed=4, flip=True)
    straight = list(islice(stream(0), 12))
    assert [batch.cursor for batch in straight] == list(range(8, 97, 8))
    for number in (1, 3, 7):
        again = next(stream(8 * number))
        for one, other in zip(again.arrays, straight[number].arrays, strict=True):
            assert (one == other).all()
    odd = next(batches(data, batch=5, seed=4, flip=True)(13))
    flat = np.concatenate([batch.pictures for batch in straight])
    assert (odd.pictures == flat[13:18]).all()
    other = next(batches(data, batch=8, seed=5, flip=True)(0))
    assert (other.pictures != straight[0].pictures).any()


def test_every_epoch_shows_each_picture_once_some_mirrored_and_none_that_is_held(tmp_path, opened):
    data = opened(filled(tmp_path / "root", 60))
    learnt = np.flatnonzero(~data.held)
    known = {data.pixels[number].tobytes(): number for number in learnt}
    known |= {data.pixels[number][:, ::-1].tobytes(): number for number in learnt}
    stream = batches(data, batch=len(learnt), seed=1, flip=True)(0)
    orders = []
    for batch in islice(stream, 2):
        shown = [known[pixels.tobytes()] for pixels in batch.pictures]
        assert sorted(shown) == learnt.tolist()
        orders.append(shown)
        mirrored = sum((p == data.pixels[n][:, ::-1]).all() for p, n in zip(batch.pictures, shown, strict=True))
        assert 10 < mirrored < 50
    assert orders[0] != orders[1]
    plain = next(batches(data, batch=len(learnt), seed=1)(0))
    assert {pixels.tobytes() for pixels in plain.pictures} == {data.pixels[number].tobytes() for number in learnt}


def test_what_is_held_has_batches_of_its_own(tmp_path, opened):
    filled(tmp_path / "r", 2, "train/a", "train/b", "val/c", "val/d")
    data = opened(tmp_path / "r")
    assert data.held.tolist() == (data.labels >= 2).tolist()
    batch = next(batches(data, batch=4, seed=0, held=True)(0))
    assert all(data.held[data.labels == label].all() for label in batch.labels)
    nothing = opened(filled(tmp_path / "few", 2))
    assert not nothing.held.any()
    with pytest.raises(SourceError, match="no picture is held"):
        batches(nothing, batch=1, seed=0, held=True)


def test_words_are_those_of_the_caption_or_of_the_label(tmp_path, opened):
    root = filled(tmp_path / "root", 2, "cat", "dog")
    (root / "cat" / "000.txt").write_text("a cat, asleep")
    data = opened(root)
    vectors, given = data.words.of(np.arange(4))
    assert given.sum(axis=1).tolist() == [3, 1, 1, 1]
    asked = load_encoder().encode(["a cat, asleep", "cat", "dog"])
    for row, vector in ((0, asked[0]), (1, asked[1]), (2, asked[2])):
        assert vectors[row, 0].astype(np.float32) @ vector > 0.999
    assert not vectors[1, 1:].any()
    again = opened(root)
    assert (again.words.of(np.arange(4))[0] == vectors).all()
    assert len(list(data.folder.glob("words-*.npy"))) == 1


def test_pictures_without_words_have_none(tmp_path, opened):
    batch = next(batches(opened(filled(tmp_path / "root", 3)), batch=2, seed=0)(0))
    assert batch.vectors.shape == (2, 8, 512)
    assert not batch.given.any()
    assert not batch.vectors.any()
    assert batch.labels.tolist() == [-1, -1]


def test_what_is_said_of_the_rights_is_remembered(tmp_path, opened):
    root = filled(tmp_path / "root", 3)
    assert (opened(root).licence, opened(root).consent) == ("unknown", "unknown")
    opened(root, licence="CC0-1.0")
    data = opened(root, consent="mine alone")
    assert (data.licence, data.consent) == ("CC0-1.0", "mine alone")
    assert opened(root, size=16).licence == "CC0-1.0"


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_are_taken_too(tmp_path, opened):
    root = filled(tmp_path / "root", 3)
    (root / os.fsdecode(b"\xff\xfe\x1b[2J.png")).write_bytes(saved(picture(50)))
    data = opened(root)
    assert len(data) == 4
    assert json.loads((data.folder / "files.jsonl").read_text().splitlines()[-1])["sha256"]
