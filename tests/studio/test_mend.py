import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mengbi.studio.mend import mend
from mengbi.studio.pictures import add, data_of, find, thumbnail
from mengbi.studio.search import page
from mengbi.studio.steps import name_of, steps_of, write_steps
from mengbi.studio.store import opened
from mengbi.studio.tables import meanings, pictures

KILLING = Path(__file__).with_name("killing.py")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def run(*arguments):
    done = subprocess.run(
        [sys.executable, KILLING, *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def rows(store):
    with store.reading() as connection:
        return connection.execute(select(pictures)).all()


def names(store, area="pictures"):
    return {file.name for file in store.blobs.find(area)}


@forks
def test_whoever_is_killed_while_adding_leaves_no_row_without_its_file_and_mending_leaves_no_orphan(url, tmp_path):
    kept = run("kill", url, tmp_path / "blobs", 12)
    assert len(kept) > 12
    with opened(url, str(tmp_path / "blobs")) as store:
        for row in rows(store):
            assert row.removed or row.digest + row.suffix in names(store)
        assert mend(store, grace=0).missing == ()
        assert {row.digest + row.suffix for row in rows(store)} == names(store)
        assert set(kept) <= {row.digest for row in rows(store)}
        for entry in page(store, limit=500).entries:
            assert len(data_of(store, entry)) == entry.bytes
        assert not mend(store, grace=0).changed
    assert not any(file.name.startswith(".") for file in (tmp_path / "blobs").rglob("*") if file.is_file())


@forks
def test_many_processes_make_and_fill_a_gallery_together(tmp_path, empty_postgresql):
    for url in (f"sqlite:///{tmp_path}/new.db", empty_postgresql):
        folder = tmp_path / url[:6]
        run("crowd", url, folder, 4)
        with opened(url, str(folder)) as store:
            standing = {row.digest + row.suffix for row in rows(store) if not row.removed}
            assert standing == names(store)
            assert len(standing) >= 12
            assert mend(store, grace=0).missing == ()
            assert standing == names(store)


def test_a_whole_picture_without_a_row_is_taken_in_with_all_that_it_tells(store, painted):
    data = painted("落日飞车", seed=3)
    digest = hashlib.sha256(data).hexdigest()
    store.blobs.put("pictures", f"{digest}.png", data)
    assert mend(store).adopted == ()  # somebody may be about to write the row
    (number,) = mend(store, grace=0).adopted
    assert (find(store, number).prompt, find(store, number).digest) == ("落日飞车", digest)
    assert not mend(store, grace=0).changed


def test_half_files_are_dropped_and_what_somebody_else_put_there_is_not(store, painted, tmp_path):
    whole = painted()
    half = hashlib.sha256(whole).hexdigest()
    area = tmp_path / "blobs" / "pictures"
    for name, content in (
        (f"{half[:2]}/.{half[:40]}.png.0123456789ab.part", whole[:10]),
        (f"{half[:2]}/{half}.png", b"\x89PNG"),
        ("no/notes.txt", b"mine"),
    ):
        (area / name).parent.mkdir(parents=True, exist_ok=True)
        (area / name).write_bytes(content)
    mended = mend(store, grace=0)
    assert (mended.dropped, mended.adopted) == (2, ())
    assert names(store) == {"notes.txt"}


def test_a_row_without_its_file_is_told_of_and_marked_and_stays(store, painted):
    gone, stays = add(store, painted(seed=1)), add(store, painted(seed=2))
    store.blobs.remove("pictures", gone.name)
    assert mend(store).missing == (gone.id,)
    assert mend(store).missing == (gone.id,)
    assert [entry.missing for entry in page(store).entries] == [False, True]
    store.blobs.put("pictures", gone.name, painted(seed=1))
    mended = mend(store)
    assert (mended.missing, mended.found) == ((), (gone.id,))
    assert page(store).entries == (stays, gone)


def test_a_file_of_another_length_is_not_the_picture_and_adding_it_again_mends_it(store, painted, tmp_path):
    file = tmp_path / "fox.png"
    file.write_bytes(painted())
    entry = add(store, painted(), at=file, link=True)
    file.write_bytes(painted()[:-1])
    assert mend(store).missing == (entry.id,)
    assert add(store, painted()) == entry
    assert data_of(store, entry) == painted()
    assert not mend(store).missing


def test_a_removal_that_was_cut_short_is_ended_and_nothing_comes_back(store, painted):
    entry = add(store, painted())
    thumbnail(store, entry)
    with store.writing() as connection:
        connection.execute(update(pictures).values(removed=True))
    assert page(store).entries == ()
    mended = mend(store, grace=0)
    assert (mended.removed, mended.adopted, mended.pictures) == (1, (), 0)
    assert names(store) == names(store, "thumbs") == set()


def test_what_was_being_removed_can_be_added_again(store, painted):
    entry = add(store, painted())
    with store.writing() as connection:
        connection.execute(update(pictures).values(removed=True))
    again = add(store, painted())
    assert again.id > entry.id
    assert not mend(store, grace=0).changed
    assert data_of(store, again) == painted()


def test_thumbnails_and_steps_of_nobody_are_dropped(store, painted, plain):
    entry = add(store, painted())
    made = thumbnail(store, entry)
    seen = plain(1, "WEBP") + plain(2, "WEBP")
    with store.writing() as connection:
        write_steps(connection, store, entry.id, seen, (1, 2))
    store.blobs.put("steps", name_of(plain(3, "WEBP")), plain(3, "WEBP"))
    store.blobs.put("thumbs", f"{'0' * 64}.webp", made)
    assert mend(store).dropped == 0
    assert mend(store, grace=0).dropped == 2
    assert names(store, "steps") == {name_of(seen)} and mend(store).steps == 1
    assert names(store, "thumbs") == {f"{entry.digest}.webp"}


def test_steps_whose_file_is_gone_are_told_of_and_forgotten(store, painted, plain):
    entry, seen = add(store, painted()), plain(1, "WEBP") + plain(2, "WEBP")
    with store.writing() as connection:
        write_steps(connection, store, entry.id, seen, (1, 2))
    store.blobs.remove("steps", name_of(seen))
    mended = mend(store)
    assert (mended.steps, mended.forgotten, mended.missing) == (0, 1, ())
    assert steps_of(store, entry.id) == () and not mend(store).changed


def test_mending_makes_every_picture_findable_by_meaning(store, painted):
    add(store, painted())
    with store.writing() as connection:
        connection.execute(meanings.delete())
    assert mend(store).filled == 1
    assert mend(store).filled == 0
