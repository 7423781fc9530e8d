"""Kills `mengbi studio` with SIGKILL at random moments until all is painted, and counts what came of it.

python bench/kill_studio.py [--jobs 1000] [--kills 50] [--workers 2] [--on sqlite] [--on postgresql] [--json FILE]

The command as people start it, with its HTTP and the workers that it brings. A client sends jobs, each under a key of
its own, and tries again until it hears that one was accepted; meanwhile the server, one of its workers, or all of them
are killed, also before they have come up, and the server is started again at the same port. Afterwards every job that
was accepted must be done, exactly once and under the number that was told, with exactly its pictures; every row has its
file, every file its row; no half file lies anywhere, and no worker lives on without its server. Exits with 1 and says
what is wrong, if anything is. Linux only: it looks for processes in /proc.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kill import brief_of, database, wrong
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from mengbi.studio.briefs import brief_to_dict
from mengbi.studio.mend import mend
from mengbi.studio.store import opened
from mengbi.studio.tables import jobs

KINDS = ("server", "worker", "all")
LONGEST = 60.0
"""Seconds until a kill, at most, also where nothing was painted meanwhile."""
EARLY = 4.0
"""Seconds after the last kill within which every fifth comes, whether all has come up again or not."""
PATIENCE = 900.0
"""Seconds in which another job is done when nobody kills any more, and in which one is accepted."""


@dataclass(kw_only=True)
class Run:
    """One studio on one database, and what is to be done to it."""

    url: str
    folder: str
    port: int
    options: argparse.Namespace
    allowed: int = 0  # jobs that the client may have sent by now
    told: dict[int, int] = field(default_factory=dict)  # the job's number by ours, as the client heard it
    counts: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    alone: dict[int, float] = field(default_factory=dict)  # workers whose server was killed, and when
    longest: float = 0.0  # seconds that one of them lived on

    @property
    def step(self) -> int:
        """Jobs that come between two kills."""
        return max(1, int(self.options.jobs / (self.options.kills + 1)))


def start(run: Run) -> "subprocess.Popen[bytes]":
    """The studio, in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MENGBI_")}
    env |= {"MENGBI_HOME": run.folder, "MENGBI_DATABASE": run.url, "MENGBI_BLOBS": run.folder, "OMP_NUM_THREADS": "1"}
    workers = str(run.options.workers)
    command = [sys.executable, "-m", "mengbi", "studio", "--port", str(run.port), "--no-browser", "--workers", workers]
    with Path(run.folder, "said.txt").open("ab") as said:
        return subprocess.Popen(command, env=env, stdout=said, stderr=said)


def send(run: Run) -> None:
    """Sends one job after another, each until it was accepted, and one of ten once more."""
    dice = random.Random(run.options.seed)
    for number in range(run.options.jobs):
        while number >= run.allowed:
            time.sleep(0.01)
        run.told[number] = _accepted(run, number)
        if dice.random() < 0.1 and (again := _accepted(run, number)) != run.told[number]:
            run.bad.append(f"key {number} was job {run.told[number]} and then job {again}")


def _accepted(run: Run, number: int) -> int:
    body = json.dumps({"brief": brief_to_dict(brief_of(number))})
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"kill-{number}"}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", run.port, timeout=60)) as line:
                line.request("POST", "/api/v1/jobs", body, headers)
                answer = line.getresponse()
                said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):  # nobody there, or not to the end
            run.counts["requests cut off"] += 1
            time.sleep(0.05)
            continue
        if answer.status in (200, 201):
            return int(said["id"])
        run.bad.append(f"job {number} was answered with {answer.status}: {said}")
        time.sleep(1)
    run.bad.append(f"job {number} was never accepted")
    return 0


def kill(run: Run, engine: Engine) -> None:
    """Starts and kills until the last kill, then lets it end."""
    options, dice = run.options, random.Random(run.options.seed)
    server = start(run)
    client = threading.Thread(target=send, args=(run,))
    client.start()
    kinds: list[str] = []
    for number in range(options.kills):
        run.allowed = (number + 2) * run.step  # some are to come at every kill
        _wait(run, engine, dice)
        os.kill(server.pid, signal.SIGSTOP)  # so that it starts nobody while we look
        kinds = kinds or dice.sample(KINDS, len(KINDS))
        mine, what = workers(run), kinds.pop()
        if what == "worker" and not mine:
            what = "server"
        for victim in {"server": [], "worker": mine and [dice.choice(mine)], "all": mine}[what]:
            os.kill(victim, signal.SIGKILL)
        if what == "worker":
            os.kill(server.pid, signal.SIGCONT)
        else:
            server.kill()
            server.wait()
        run.counts += _struck(run, engine, what)
        if what == "server":
            run.alone |= dict.fromkeys(mine, time.monotonic())
        if what != "worker":
            server = start(run)
    run.allowed = options.jobs
    client.join()
    _end(run, engine, server)


def _wait(run: Run, engine: Engine, dice: random.Random) -> None:
    """Until a random moment: soon after the start, soon after a worker took something, or when some more are done."""
    began, before = time.monotonic(), _many(engine, "done")
    kind, more = dice.choice(("early", "taken", "taken", "done", "done")), dice.randrange(2 * run.step)
    until = began + (dice.random() * EARLY if kind == "early" else LONGEST)
    while time.monotonic() < until:
        if kind == "taken" and _many(engine, "running"):
            break
        if kind == "done" and _many(engine, "done") >= before + more:
            break
        time.sleep(0.1)
        _look(run)
    time.sleep(dice.random() * 0.5)


def _struck(run: Run, engine: Engine, what: str) -> Counter[str]:
    """What was under way when it was killed."""
    held = _many(engine, "running")
    return Counter({"kills": 1, f"of {what}": 1, "kills that hit a run": int(held > 0), "jobs cut short": held})


def _many(engine: Engine, state: str) -> int:
    """How many jobs are in that state; 0 where there are no tables yet."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return 0
    try:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).where(jobs.c.state == state)) or 0
    except DBAPIError:
        return 0


def _look(run: Run) -> None:
    """Notes for how long workers without a server have lived."""
    there = workers(run) if run.alone else []
    for pid in [pid for pid in run.alone if pid not in there]:
        run.longest = max(run.longest, time.monotonic() - run.alone.pop(pid))


def _end(run: Run, engine: Engine, server: "subprocess.Popen[bytes]") -> None:
    """Lets it paint what is left, tells it to stop, and sees that nobody stays."""
    until, before = time.monotonic() + PATIENCE, 0
    while (done := _many(engine, "done")) < run.options.jobs and time.monotonic() < until:
        until, before = (until, before) if done == before else (time.monotonic() + PATIENCE, done)
        time.sleep(0.1)
        _look(run)
    server.send_signal(signal.SIGTERM)
    if server.wait(60) != 0:
        run.bad.append(f"told to stop, the server ended with code {server.returncode}")
    until = time.monotonic() + 60
    while (left := workers(run)) and time.monotonic() < until:
        time.sleep(0.1)
    _look(run)
    if left:
        run.bad.append(f"{len(left)} workers live on without their server")
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def workers(run: Run) -> list[int]:
    """The processes that paint in this folder, whoever started them."""
    found, mark = [], f"MENGBI_HOME={run.folder}".encode()
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and b"worker" in (place / "cmdline").read_bytes().split(b"\0"):
                found += [int(place.name)] if mark in (place / "environ").read_bytes().split(b"\0") else []
        except OSError:  # gone since, or somebody else's
            continue
    return found


def _amiss(run: Run) -> Iterator[str]:
    """All that is not as it should be."""
    yield from run.bad
    with opened(run.url, run.folder) as store:
        yield from wrong(store, run.options.jobs)
        with store.reading() as connection:
            kept = {row.key: row.id for row in connection.execute(select(jobs.c.key, jobs.c.id))}
        for number, told in run.told.items():
            if kept.get(f"kill-{number}") != told:
                yield f"key {number} was accepted as job {told} and is job {kept.get(f'kill-{number}')}"
        mended = mend(store, grace=-1)
        if mended.changed or mended.dropped or mended.missing:
            yield f"there was something to mend: {mended}"
    for left in Path(run.folder).rglob("*.scratch"):
        yield f"{left} is left"


def attempt(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """One database from nothing to the end."""
    with tempfile.TemporaryDirectory(prefix="mengbi-kill-") as folder, database(kind, folder) as url:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        run = Run(url=url, folder=folder, port=port, options=options)
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
        began = time.monotonic()
        kill(run, engine)
        seconds = time.monotonic() - began
        engine.dispose()
        bad = list(_amiss(run))
        if bad:
            sys.stderr.write(Path(folder, "said.txt").read_text(errors="replace")[-4000:])
    alone = round(run.longest, 1)
    return {
        "database": kind, "jobs": options.jobs, "seconds": round(seconds), **run.counts,
        "a worker lived on, s": alone, "wrong": bad[:20],
    }  # fmt: skip


def main() -> int:
    """Runs it on each database and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = [attempt(kind, options) for kind in options.on or ["sqlite", "postgresql"]]
    for result in results:
        print(json.dumps(result, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    return 1 if any(result["wrong"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
