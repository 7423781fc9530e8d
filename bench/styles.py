"""Seconds of every style at 512, 1024 and 2048 pixels a side, and the memory of large photos at their own size.

python bench/styles.py [--from PHOTO] [--runs 3] [--sizes 512 1024 2048] [--styles oil …] [--json bench/styles.json]

Seconds are of the processor, on one thread, the median of the runs: what else the machine does hardly changes them.
Without a photo the motif is one that we paint. Memory is the peak of a whole process, `mengbi paint --size photo`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.finish import all_styles
from mengbi.finish.restyle import does_nothing, restyle
from mengbi.pipeline import paint
from mengbi.source import load_pixels, opaque, read_source

MOTIF = "a huge red fox and a cherry tree in a meadow, mountains, sunny day"
SLOW = 3.0
"""Seconds at 1024 pixels above which a style is marked."""
LARGE = {"12 megapixels": ((4000, 3000), 1536), "48 megapixels": ((8064, 6048), 2560)}
"""Photos by name: their size, and the MiB that a process may need."""
LARGE_STYLES = ("oil", "woodblock", "vintage")
"""A style of strokes, one of treatments, and one that leaves the photo's detail: a way of enlarging each."""

OBSERVE = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss, used.ru_utime + used.ru_stime]))
"""
"""By a process that is small itself: a child's peak begins with what its parent holds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--from", dest="photo", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024, 2048])
    parser.add_argument("--styles", nargs="*")
    parser.add_argument("--json", type=Path, default=Path(__file__).with_suffix(".json"))
    options = parser.parse_args()
    os.environ |= {"MENGBI_THREADS": "1", "MENGBI_GALLERY": "off"}
    motif = _motif(options.photo, max(options.sizes))
    styles = {name: style for name, style in all_styles().items() if not does_nothing(style)}
    restyle(motif[:64, :64], styles["oil"], 1)  # the networks are loaded once
    rows: dict[str, dict[str, float]] = {}
    print(f"{'style':<14}" + "".join(f"{size:>9}" for size in options.sizes))
    for name in options.styles or styles:
        rows[name] = {}
        for size in options.sizes:
            pixels = np.asarray(Image.fromarray(motif).resize((size, size), Image.Resampling.LANCZOS))
            rows[name][str(size)] = round(statistics.median(_seconds(pixels, styles[name], options.runs)), 3)
        slow = "  slow" if rows[name].get("1024", 0) > SLOW else ""
        print(f"{name:<14}" + "".join(f"{seconds:9.2f}" for seconds in rows[name].values()) + slow, flush=True)
    large = {}
    for name, (size, limit) in LARGE.items():
        for style in LARGE_STYLES:
            mebibytes, seconds = _process(motif, size, style)
            large[f"{name}, {style}"] = {"MiB": round(mebibytes), "seconds": round(seconds, 1), "limit": limit}
            verdict = "ok" if mebibytes <= limit else "OVER"
            print(f"{name}, {style}: {mebibytes:.0f} MiB, limit {limit} {verdict}; {seconds:.1f} s", flush=True)
    options.json.write_text(json.dumps({"seconds": rows, "large": large}, indent=1) + "\n")


def _motif(photo: Path | None, side: int) -> NDArray[np.uint8]:
    if photo is None:
        return paint(MOTIF, seed=4, size=(side, side), style="none").pixels
    return opaque(load_pixels(read_source(photo)))


def _seconds(pixels: NDArray[np.uint8], style: object, runs: int) -> list[float]:
    taken = []
    for _ in range(runs):
        began = time.process_time()
        restyle(pixels, style, 1)
        taken.append(time.process_time() - began)
    return taken


def _process(motif: NDArray[np.uint8], size: tuple[int, int], style: str) -> tuple[float, float]:
    """MiB at its peak and seconds of the processor of a whole process that restyles a photo of that size."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        Image.fromarray(motif).resize(size, Image.Resampling.LANCZOS).save(photo, quality=92)
        command = ["-m", "mengbi", "paint", "--from", photo, "--size", "photo", "--style", style, "--seed", 1, "-q"]
        asked = [sys.executable, "-c", OBSERVE, sys.executable, *map(str, command), "-o", f"{folder}/out.png"]
        mebibytes, seconds = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)
    return mebibytes / (2**20 if sys.platform == "darwin" else 2**10), seconds


if __name__ == "__main__":
    main()
