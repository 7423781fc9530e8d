"""How fast the painter's data is made: samples a second a core, by part, and batches a second by workers.

python bench/data.py PACK [--size 128] [--seconds 10] [--workers 2]
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

from mengbi.lab.data.loader import Loader, encode
from mengbi.lab.data.pack import Pack
from mengbi.lab.data.stream import BLOCK, EARLY, LATE, Mix, sample
from mengbi.lab.data.wardrobe import Wardrobe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    began = time.perf_counter()
    pack = Pack(chosen.pack)
    print(f"{chosen.pack}: {chosen.pack.stat().st_size / 2**20:.1f} MiB, opened in {time.perf_counter() - began:.2f} s")
    sources = ", ".join(f"{name} {number}" for name, number in Counter(row.source for row in pack.rows).most_common())
    print(f"{len(pack.rows)} pictures ({sources}), {len(pack.backdrops)} backdrops")
    wardrobe = Wardrobe(pack)
    for name, mix in (("early", EARLY), ("late", LATE)):
        made = rate(pictures(wardrobe, chosen.size, mix), chosen.seconds)
        print(f"pictures and sketches, {name:6}{made:8.0f} /s a core")
    print(f"their texts encoded          {rate(texts(wardrobe), chosen.seconds):8.0f} /s a core")
    stream = iter(Loader(path=chosen.pack, seed=1, size=chosen.size, batch=64, workers=chosen.workers))
    next(stream)
    began = time.perf_counter()
    made = sum(len(batch.given) for batch in islice(stream, max(4, int(2 * chosen.seconds))))
    print(f"batches, {chosen.workers} workers           {made / (time.perf_counter() - began):8.0f} /s in all")


def pictures(wardrobe: Wardrobe, size: int, mix: Mix) -> Callable[[int], int]:
    """A piece of work: one sample."""

    def work(index: int) -> int:
        sample(wardrobe, 1, index, size, mix)
        return 1

    return work


def texts(wardrobe: Wardrobe) -> Callable[[int], int]:
    """A piece of work: the texts of a block, made beforehand."""
    blocks = [[sample(wardrobe, 1, BLOCK * n + i, 16).phrases for i in range(BLOCK)] for n in range(3)]

    def work(index: int) -> int:
        encode(blocks[index % len(blocks)])
        return BLOCK

    return work


def rate(work: Callable[[int], int], seconds: float) -> float:
    """Pieces a second of this process's own time, so that busy neighbours do not count."""
    for index in range(4):
        work(index)
    began, done = time.process_time(), 0
    for index in count(4):
        done += work(index)
        if time.process_time() - began > seconds:
            return done / (time.process_time() - began)
    return 0.0


if __name__ == "__main__":
    main()
