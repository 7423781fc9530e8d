"""The studio from outside, over HTTP: how soon it answers, how fast it accepts, how long it searches, what it weighs.

python bench/studio.py [--pictures 100000] [--jobs 2000] [--painted 1000] [--runs 30] [--only NAME] [--json FILE]

Each part starts a studio of its own in an empty folder, as a person would: `mengbi studio`. Figures beside the limits.
The pictures of the large gallery are rows without files, as in bench/store.py.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from store import RARE, fill

from mengbi.studio.store import open_store, opened
from mengbi.studio.tables import events

SMALL = {"prompt": "a red fox", "style": "none", "size": [64, 64]}
LONG = {"prompt": "foxes", "style": "oil", "size": [1024, 1024], "count": 16, "engine": "analytic", "steps": 200}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. most: the limit, if there is one."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def kept(self) -> bool:
        """Whether it is within its limit."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)


class Client:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        self.line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(self, method: str, path: str, data: Any = None) -> Any:
        """The JSON of the answer; raises RuntimeError for one that is none of 2xx."""
        body = None if data is None else json.dumps(data)
        self.line.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = self.line.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
        return json.loads(said) if said else None


@contextmanager
def studio(folder: Path, *options: str) -> Iterator[tuple[str, int]]:
    """URL and process number of a studio in that folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MENGBI_")}
    command = [sys.executable, "-m", "mengbi", "studio", "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(command, env=env | {"MENGBI_HOME": str(folder)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split(" at ")[1].split()[0], process.pid
    finally:
        process.terminate()
        process.wait(30)


def first_answer(folder: Path) -> Iterator[Figure]:
    """From the command to the page: an empty folder, then one with a gallery in it."""
    for name in ("first answer, empty folder", "first answer, again", "first answer, once more"):
        began = time.perf_counter()
        with studio(folder, "--workers", "0") as (url, pid):
            asked = Client(url).line
            asked.request("GET", "/")
            asked.getresponse().read()
            yield Figure(name=name, value=time.perf_counter() - began, unit="s", most=2.0)
            yield Figure(name="  of it at work", value=worked(pid), unit="s")


def enqueue(folder: Path, jobs: int) -> Iterator[Figure]:
    """Jobs accepted one after another over four connections, while a worker paints something long."""
    with studio(folder) as (url, _):
        client = Client(url)
        long = client.ask("POST", "/api/v1/jobs", {"brief": LONG, "priority": 10})["id"]
        while client.ask("GET", f"/api/v1/jobs/{long}")["done"] == 0:
            time.sleep(0.1)
        for lines in (1, 4):
            seconds: list[float] = []

            def accept() -> None:
                mine = Client(url)
                for _ in range(jobs // lines // 2):  # noqa: B023
                    began = time.perf_counter()
                    mine.ask("POST", "/api/v1/jobs", {"brief": SMALL})
                    seconds.append(time.perf_counter() - began)  # noqa: B023

            threads = [threading.Thread(target=accept) for _ in range(lines)]
            began = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rate, by = len(seconds) / (time.perf_counter() - began), f"{lines} connection{'s' if lines > 1 else ''}"
            yield Figure(name=f"accepted while painting, {by}", value=rate, unit="/s", least=200)
            p99 = statistics.quantiles(seconds, n=100)[98]
            yield Figure(name=f"  99 of 100 within, {by}", value=p99 * 1000, unit="ms", most=50)
        running = Client(url).ask("GET", f"/api/v1/jobs/{long}")["state"] == "running"
        yield Figure(name="  still painting at the end", value=float(running), unit="", least=1)


def gallery(folder: Path, pictures: int, runs: int) -> Iterator[Figure]:
    """A large gallery, page by page and searched."""
    with opened(f"sqlite:///{folder}/studio/studio.db", str(folder / "studio")) as store:
        fill(store, pictures)
    with studio(folder, "--workers", "0") as (url, pid):
        client = Client(url)
        first = client.ask("GET", "/api/v1/pictures?limit=50")
        paths = {
            "first page": ("/api/v1/pictures?limit=50", 50),
            "second page": (f"/api/v1/pictures?limit=50&cursor={first['next']}", 50),
            "a rare word": (f"/api/v1/pictures?q={RARE[0]}", 100),
            "a common word": ("/api/v1/pictures?q=fox", 100),
            "two words, one Chinese": (f"/api/v1/pictures?q={quote('狐狸 golden')}", 100),
            "by meaning": ("/api/v1/pictures?meaning=a+fox+in+winter", 200),
            "a style": ("/api/v1/pictures?style=oil", 50),
            "favourites": ("/api/v1/pictures?favourite=1", 50),
        }
        for name, (path, most) in paths.items():
            client.ask("GET", path)  # the first search by meaning reads all vectors
            seconds = []
            for _ in range(runs):
                began = time.perf_counter()
                client.ask("GET", path)
                seconds.append(time.perf_counter() - began)
            yield Figure(
                name=f"{name}, {pictures:,} pictures", value=statistics.median(seconds) * 1000, unit="ms", most=most
            )
        yield Figure(name="server after that", value=weight(pid), unit="MiB")


def previews(folder: Path) -> Iterator[Figure]:
    """From the moment that a worker writes a step to the moment that a browser has its preview."""
    with studio(folder) as (url, _):
        listening = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        listening.request("GET", "/api/v1/events")
        stream, client = listening.getresponse(), Client(url)
        client.ask("POST", "/api/v1/jobs", {"brief": {**LONG, "count": 4}})
        came: dict[int, float] = {}
        name, number = "", 0
        while True:
            kind, _, value = stream.readline().decode().strip().partition(": ")
            if kind == "event":
                name = value
            elif kind == "id":
                number = int(value)
            elif kind == "data" and name == "progress":
                client.line.request("GET", f"/api/v1/jobs/{json.loads(value)['job']}/preview")
                answer = client.line.getresponse()
                answer.read()
                if answer.status == 200:
                    came[number] = time.time()
            if len(came) == 25:  # before it ends: its signs of progress go with it
                break
        with open_store(f"sqlite:///{folder}/studio/studio.db", str(folder / "studio")).reading() as connection:
            query = select(events.c.id, events.c.created).where(events.c.id.in_(list(came)))
            waits = [came[row.id] - row.created / 1000 for row in connection.execute(query)]
    yield Figure(
        name=f"preview, {len(waits)} steps, median", value=statistics.median(waits) * 1000, unit="ms", most=500
    )
    yield Figure(name="preview, slowest", value=max(waits) * 1000, unit="ms")


def memory(folder: Path, painted: int) -> Iterator[Figure]:
    """What server and worker weigh after a tenth of the pictures, and after all, each looked at."""
    with studio(folder) as (url, pid):
        client, marks = Client(url), []
        for share in (painted // 10, painted - painted // 10):
            for begun in range(0, share, 50):
                some = range(min(50, share - begun))
                ids = [client.ask("POST", "/api/v1/jobs", {"brief": SMALL})["id"] for _ in some]
                while any(client.ask("GET", f"/api/v1/jobs/{n}")["state"] in ("queued", "running") for n in ids[-5:]):
                    time.sleep(0.2)
                for entry in client.ask("GET", "/api/v1/pictures?limit=50")["items"]:
                    for what in ("thumb", "file"):
                        client.line.request("GET", f"/api/v1/pictures/{entry['id']}/{what}")
                        client.line.getresponse().read()
            marks.append((weight(pid), weight(*children(pid))))
        kept = len(client.ask("GET", "/api/v1/pictures?limit=500")["items"])
    for name, place in (("server", 0), ("worker", 1)):
        yield Figure(name=f"{name} after {painted // 10} pictures", value=marks[0][place], unit="MiB")
        grown = marks[1][place] - marks[0][place]
        yield Figure(name=f"  grown after {painted} pictures", value=grown, unit="MiB", most=0.1 * marks[0][place])
    yield Figure(name="  pictures there in the end (of a page of 500)", value=kept, unit="", least=min(500, painted))


def worked(pid: int) -> float:
    """Seconds of a processor's time that the process has had: on a busy machine it waits for the rest."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def weight(*processes: int) -> float:
    """MiB that are in memory, of all together."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def children(pid: int) -> list[int]:
    """Of every thread of the process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--painted", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--only", choices=("answer", "enqueue", "gallery", "previews", "memory"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    parts = {
        "answer": first_answer,
        "enqueue": lambda folder: enqueue(folder, asked.jobs),
        "gallery": lambda folder: gallery(folder, asked.pictures, asked.runs),
        "previews": previews,
        "memory": lambda folder: memory(folder, asked.painted),
    }
    table, found = Table("", "measured", "limit", ""), []
    for name, part in parts.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="mengbi-") as folder:
                for figure in part(Path(folder)):
                    found.append(figure)
                    limit = (
                        f"≤ {figure.most:g}"
                        if figure.most is not None
                        else f"≥ {figure.least:g}"
                        if figure.least
                        else ""
                    )
                    table.add_row(figure.name, f"{figure.value:.1f} {figure.unit}", limit, "✓" if figure.kept else "✗")
    Console().print(table)
    if asked.json:
        asked.json.write_text(json.dumps([vars(figure) for figure in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
