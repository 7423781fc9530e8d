"""The store with 100,000 pictures: paging, searching by words and by meaning, filters, adding; beside the limits.

python bench/store.py [--pictures 100000] [--runs 20] [--url postgresql://…] [--json FILE]

The rows are synthetic: prompts in English and Chinese put together from parts, vectors of random directions. Their
files are not there, and nothing here reads them. Figures are the median and the slowest of the runs, warm: the first
run of each is left out, but for the first search by meaning, which reads all vectors.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from mengbi.studio.facts import fold
from mengbi.studio.meaning import COUNTER, matrix_of
from mengbi.studio.pictures import add
from mengbi.studio.search import Filter, Page, by_meaning, page
from mengbi.studio.store import Store, opened
from mengbi.studio.tables import counters, favourites, meanings, pictures, plans, ratings, tags

THINGS = (
    "fox castle sailboat lighthouse cat dragon whale garden train owl city 狐狸 古寺 帆船 猫 龙 鲸鱼 山 城市".split()
)
PLACES = (
    "under the northern lights", "at sunset", "in the snow", "by the sea", "on the moon", "in a forest",
    "夕阳下", "雪中", "海边", "月亮上", "竹林里",
)  # fmt: skip
MANNERS = "red huge tiny golden sleeping ancient 红色的 巨大的 金色的 沉睡的".split()
STYLES = ("oil", "starry", "watercolor", "inkwash", "woodblock", "neon", "pixel", "etching")
RARE = ("zeppelin", "琵琶", "氦")
"""Words in ten pictures each."""
AT_ONCE = 5000


def fill(store: Store, count: int) -> None:
    """Writes `count` rows with all that belongs to them."""
    dice, vectors = random.Random(1), np.random.default_rng(1)
    for start in range(1, count + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count + 1))
        prompts = {number: _prompt(dice, number, count) for number in numbers}
        rows = [_row(dice, number, prompts[number]) for number in numbers]
        directions = vectors.standard_normal((len(rows), 512)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        halves = [direction.tobytes() for direction in directions.astype("<f2")]
        with store.writing() as connection:
            connection.execute(insert(pictures), rows)
            plan = {"format": 1, "words": "x" * 2000}
            connection.execute(insert(plans), [{"picture_id": number, "plan": plan} for number in numbers])
            meant = zip(numbers, halves, strict=True)
            connection.execute(
                insert(meanings),
                [{"picture_id": n, "encoder": "usem3", "change": 1, "vector": half} for n, half in meant],
            )
            connection.execute(insert(tags), [{"tag": f"tag{n % 50}", "picture_id": n} for n in numbers])
            starred = [{"person": "", "picture_id": n, "stars": 1 + n % 5} for n in numbers if n % 7 == 0]
            connection.execute(insert(ratings), starred)
            loved = [{"person": "", "picture_id": n} for n in numbers if n % 100 == 0]
            if loved:
                connection.execute(insert(favourites), loved)
    with store.writing() as connection:
        connection.execute(insert(counters).values(name=COUNTER, value=1))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval('pictures_id_seq', (SELECT max(id) FROM pictures))")
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _prompt(dice: random.Random, number: int, count: int) -> str:
    rare = RARE[number * 30 // count % 3] if number % max(1, count // 30) == 0 else ""
    return " ".join(filter(None, (dice.choice(MANNERS), dice.choice(THINGS), dice.choice(PLACES), rare)))


def _row(dice: random.Random, number: int, prompt: str) -> dict[str, Any]:
    return {
        "id": number, "digest": f"{number:064x}", "suffix": ".png", "width": 768, "height": 768, "bytes": 10**6,
        "prompt": prompt, "title": "", "words": fold(f"{prompt} tag{number % 50}"), "style": dice.choice(STYLES),
        "engine": "sketch", "seed": number, "essence": f"{number:064x}", "created": 1_700_000_000_000 + number * 1000,
        "person": "", "job_id": None, "missing": False, "removed": False,
    }  # fmt: skip


def cases(store: Store) -> dict[str, tuple[Callable[[], Any], float | None]]:
    """What is measured, and its limit in milliseconds."""
    deep = page(store, limit=50)
    for _ in range(100):
        deep = page(store, limit=500, after=deep.next)
    picture = _picture()

    def words(text: str) -> Callable[[], Page]:
        return lambda: page(store, Filter(words=text), limit=50)

    def chosen(**wishes: Any) -> Callable[[], Page]:
        return lambda: page(store, Filter(**wishes), limit=50)

    return {
        "first page": (lambda: page(store, limit=50), 50),
        "page after 50,000": (lambda: page(store, limit=50, after=deep.next), 50),
        "words: fox (5 %)": (words("fox"), 100),
        "words: northern lights fox": (words("northern lights fox"), 100),
        "words: zeppelin (10 pictures)": (words("zeppelin"), 100),
        "words: nothing has them": (words("qwertzuiop"), 100),
        "words: 狐狸 (two letters)": (words("狐狸"), 100),
        "words: 琵琶 (two letters, 10 pictures)": (words("琵琶"), 100),
        "words: 氦 (one letter, 10 pictures)": (words("氦"), 100),
        "style": (chosen(style="neon"), 50),
        "favourites": (chosen(favourite=True), 50),
        "five stars": (chosen(stars=5), 50),
        "tag": (chosen(tag="tag7"), 50),
        "favourites with words and style": (chosen(words="fox", favourite=True, style="oil"), 100),
        "by meaning": (lambda: by_meaning(store, "a red fox in winter"), 200),
        "by meaning among five stars": (lambda: by_meaning(store, "a red fox", Filter(stars=5)), 200),
        "by meaning after one was added": (lambda: (add(store, next(picture)), by_meaning(store, "fox")), None),
        "add a picture": (lambda: add(store, next(picture)), None),
    }


def _picture() -> Any:
    """Small pictures, each another."""
    import io

    from PIL import Image

    for number in range(10**6):
        out = io.BytesIO()
        Image.new("RGB", (64, 64), (number % 256, number // 256 % 256, os.getpid() % 256)).save(out, "PNG")
        yield out.getvalue()


def measure(work: Callable[[], Any], runs: int) -> tuple[float, float, float]:
    """Median, slowest, and median of the processor's time in milliseconds, after a run that is not counted."""
    work()
    times, worked = [], []
    for _ in range(runs):
        began, busy = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return statistics.median(times), max(times), statistics.median(worked)


def main() -> None:
    """Fills a store in a folder of its own, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--url", help="an empty PostgreSQL database; default: SQLite in a temporary folder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened(options.url or f"sqlite:///{folder}/b.db", folder) as store:
        began = time.perf_counter()
        fill(store, options.pictures)
        kind = store.engine.dialect.name
        head = f"{options.pictures:,} pictures, {kind}, {platform.machine()}, {os.cpu_count()} cores"
        print(f"{head}; filled in {time.perf_counter() - began:.0f} s")
        began, busy = time.perf_counter(), time.process_time()
        matrix_of(store)
        whole, worked = (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
        rows: dict[str, tuple[float | None, ...]] = {"the first search reads all vectors": (whole, whole, worked, None)}
        for name, (work, limit) in cases(store).items():
            rows[name] = (*measure(work, options.runs), limit)
    table = Table("", "median ms", "slowest ms", "of it work", "limit ms")
    for name, (median, slowest, worked, limit) in rows.items():
        told = "" if limit is None else f"{limit:.0f}" + (" ✗" if median > limit else "")
        table.add_row(name, f"{median:.1f}", f"{slowest:.1f}", f"{worked:.1f}", told)
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps({"machine": head, "milliseconds": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
