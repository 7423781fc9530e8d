"""Not a test: a process whose children add pictures, until they are killed or done.

python killing.py kill URL FOLDER ROUNDS     one child at a time, killed by SIGKILL at a random moment
python killing.py crowd URL FOLDER CHILDREN  many at once, on a database that none of them has made yet

Prints how many pictures the children reported as kept, as JSON.
"""

import io
import json
import os
import random
import signal
import sys
import time

import alembic.command  # noqa: F401 - what the children need is imported once
import numpy as np
from PIL import Image

from mengbi.errors import MengbiError
from mengbi.studio.pictures import add, find, remove, thumbnail
from mengbi.studio.store import opened


def files(seed):
    """Picture files of all sizes without end, the same for the same seed."""
    dice = np.random.default_rng(seed)
    while True:
        side = int(dice.integers(8, 200))
        out = io.BytesIO()
        Image.fromarray(dice.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(out, "PNG", compress_level=0)
        yield out.getvalue()


def child(url, folder, report, seed, count=10**6):
    """Adds pictures, and takes some away again; tells each that is there to stay, once it is there."""
    with opened(url, folder) as store:
        os.write(report, b"ready\n")
        for number, data in zip(range(count), files(seed), strict=False):
            entry = add(store, data)
            if number % 3 == 2:
                thumbnail(store, entry)
                remove(store, entry)
            else:
                os.write(report, f"{entry.digest}\n".encode())


def start(*arguments):
    """A child, and the pipe that it reports into."""
    reader, report = os.pipe()
    number = os.fork()
    if number == 0:
        os.close(reader)
        try:
            child(*arguments[:2], report, *arguments[2:])
            os._exit(0)
        except MengbiError as error:
            sys.stderr.write(f"{error}\n")
        os._exit(1)
    os.close(report)
    return number, reader


def told(report):
    """What else a child has reported before its end."""
    with report:
        return [line.decode() for line in report.read().split(b"\n")[:-1] if line != b"ready"]


def kill(url, folder, rounds):
    kept, dice = [], random.Random(int(rounds))
    for seed in range(int(rounds)):
        number, reader = start(url, folder, seed)
        report = os.fdopen(reader, "rb")
        assert report.readline() == b"ready\n"
        kept += [report.readline().decode().strip() for _ in range(dice.randrange(4))]
        time.sleep(dice.random() * 0.05)
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        kept += told(report)
    return kept


def crowd(url, folder, children):
    started = [start(url, folder, seed // 2, 9) for seed in range(int(children))]  # two and two add the same
    reports = [told(os.fdopen(reader, "rb")) for _, reader in started]
    codes = [os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number, _ in started]
    assert codes == [0] * int(children), codes
    return [digest for report in reports for digest in report]


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    found = {"kill": kill, "crowd": crowd}[what](*rest)
    with opened(*rest[:2]) as store:
        print(json.dumps([digest for digest in found if find(store, digest)]))
