import errno
import os
import resource
import stat
from pathlib import Path

import pytest

from mengbi.errors import OutputError, StorageError
from mengbi.files import write_whole


def fails_with(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_is_written_whole_and_alone(tmp_path):
    path = tmp_path / "deep" / "er" / "落日.png"
    write_whole(path, b"first")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert [p.name for p in path.parent.iterdir()] == ["落日.png"]


def test_a_file_has_the_rights_that_the_umask_leaves(tmp_path):
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", b"")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failing_disk_leaves_what_stood_there_and_no_part(tmp_path, monkeypatch, number):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fails_with(number))
    with pytest.raises(StorageError, match=r"a\.png — the disk"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_a_disk_that_takes_only_the_beginning_leaves_what_stood_there(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # the system itself stops the write half way
    try:
        with pytest.raises(OutputError, match="File too large"):
            write_whole(path, b"new" * 4096)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_an_interruption_leaves_no_part(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.png", b"new")
    assert not list(tmp_path.iterdir())


def test_places_that_are_no_place_are_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    for path in (
        tmp_path / "file" / "a.png",
        tmp_path / "folder",
        tmp_path / ("n" * 300),
        tmp_path / "nul\0" / "a.png",
        tmp_path / "nul\0.png",
        Path("/proc/mengbi/a.png"),
        Path("/dev/null"),
        Path("/"),
        Path(),
    ):
        with pytest.raises(OutputError) as caught:
            write_whole(path, b"new")
        assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_read_only_folder_is_the_callers_to_change(tmp_path, monkeypatch, number):
    monkeypatch.setattr(Path, "open", fails_with(number))  # rights do not bind root, who may run this
    with pytest.raises(OutputError, match="cannot be written to"):
        write_whole(tmp_path / "a.png", b"new")
    assert not list(tmp_path.iterdir())
