import errno
import os
import subprocess
import sys
import threading

import pytest

from mengbi import locks
from mengbi.locks import lock, lock_now

TAKES = """
import sys, time
from pathlib import Path
from mengbi.locks import lock

file = Path(sys.argv[1]).open("a+b")
lock(file)
print("taken", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "one.lock"
    path.write_bytes(b"a name")
    return path


def test_one_has_a_file_at_a_time(path):
    with path.open("a+b") as first, path.open("a+b") as second:
        assert lock_now(first)
        assert not lock_now(second)
        first.close()
        assert lock_now(second)


def test_what_stands_in_the_file_is_read_by_whoever_wants_to(path):
    with path.open("a+b") as file:
        assert lock_now(file)
        assert path.read_bytes() == b"a name"
        file.seek(0)
        assert file.read() == b"a name"


def test_who_waits_has_it_when_it_is_let_go(path):
    order, begun = [], threading.Event()

    def wait():
        with path.open("a+b") as file:
            begun.set()
            lock(file)
            order.append("taken")

    with path.open("a+b") as first:
        lock(first)
        waiting = threading.Thread(target=wait)
        waiting.start()
        begun.wait()
        waiting.join(0.2)  # who does not wait would be through
        order.append("let go")
    waiting.join()
    assert order == ["let go", "taken"]


def test_a_killed_process_lets_go(path):
    command = [sys.executable, "-c", TAKES, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other, path.open("a+b") as file:
        assert other.stdout.readline() == "taken\n"
        assert not lock_now(file)
        other.kill()
        lock(file)


@pytest.mark.skipif(os.name == "nt", reason="it locks otherwise")
@pytest.mark.parametrize("way", [lock, lock_now])
def test_where_files_cannot_be_locked_that_is_said_rather_than_that_another_has_it(path, monkeypatch, way):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    with path.open("a+b") as file, pytest.raises(OSError, match="No locks"):
        way(file)
