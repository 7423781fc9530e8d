import os
import subprocess
import sys
import time

import pytest

from mengbi.lab.data.crew import crew

BUSY = """
import multiprocessing, time
from mengbi.lab.data.crew import crew
if __name__ == "__main__":
    pool = crew(2)
    asked = [pool.submit(time.sleep, 600) for _ in range(2)]
    print(*(each.pid for each in multiprocessing.active_children()), flush=True)
    time.sleep(600)
"""
LEARNS = """
import multiprocessing, sys, time
from pathlib import Path
from mengbi.lab.data.loader import Loader
if __name__ == "__main__":
    next(stream := iter(Loader(path=Path(sys.argv[1]), seed=3, size=24, batch=8, workers=2)))
    print(*(each.pid for each in multiprocessing.active_children()), flush=True)
    time.sleep(600)
"""

_told = []


def remember(*told):
    _told[:] = told


def remembered():
    return os.getpid(), tuple(_told)


def left_behind(tmp_path, program, *arguments):
    """Helpers of a process that was killed, as far as they are still there after two minutes."""
    path = tmp_path / "program.py"
    path.write_text(program)
    with subprocess.Popen([sys.executable, path, *arguments], stdout=subprocess.PIPE, text=True) as asking:
        helpers = [int(number) for number in asking.stdout.readline().split()]
        assert helpers
        assert all(map(lives, helpers))
        asking.kill()
    deadline = time.monotonic() + 120
    while any(map(lives, helpers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [helper for helper in helpers if lives(helper)]


def lives(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_begins_with_what_it_is_told_in_a_process_of_its_own():
    with crew(1, remember, "a pack", 3) as pool:
        number, told = pool.submit(remembered).result()
    assert number != os.getpid()
    assert told == ("a pack", 3)
    assert _told == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_who_is_killed_leaves_nobody_behind_not_even_in_the_midst_of_something(tmp_path):
    assert left_behind(tmp_path, BUSY) == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_training_that_is_killed_takes_along_who_made_its_batches(tmp_path, pack_path):
    assert left_behind(tmp_path, LEARNS, pack_path) == []
