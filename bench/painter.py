"""One look of the painter: eager torch in fp32, ONNX Runtime in fp32, and eight bits; and a picture. Needs `lab`.

python bench/painter.py [--model weights.onnx] [--preset gpu cpu] [--threads 2] [--rounds 15]

They take turns, so that a busy machine slows all of them alike; a figure is the least of its rounds, a ratio the median
of the rounds' ratios. The first line says what a product of two matrices alone gains by bytes on this processor: no
network gains more. A picture is 128 pixels a side, after words alone, in eight bits, with the steps and the guidance
that the engine takes where nothing is wished for; its memory is the most that a fresh process held (Linux).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper

from mengbi.lab.compress import in_bytes, psnr
from mengbi.lab.export import read_weights, session, to_onnx
from mengbi.lab.models import build, weigh
from mengbi.lab.models.ports import some_inputs
from mengbi.lab.recipes.dream import PRESETS

PRODUCT = 280, 384, 1024
"""What the transformer's blocks multiply most: tokens, width, width inside."""
SECONDS, MEBIBYTES = 0.8, 700
"""What a picture may take on two threads, warm."""
PICTURE = """
import sys, time
from pathlib import Path
from mengbi.brief import Brief
from mengbi.engine import ENGINES
from mengbi.engine.dream import Dream
from mengbi.pipeline import carry_out, finish, make_plan

def paint(seed):
    began = time.perf_counter()
    wishes = dict(engine="measured", style="none", sketch="none", size=(128, 128))
    finish(carry_out(make_plan(Brief(prompt="a red fox in the snow", seed=seed, **wishes))))
    return time.perf_counter() - began

ENGINES.register("measured", lambda: Dream(Path(sys.argv[1])))
cold = paint(0)
status = Path("/proc/self/status")
peak = [int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")]
print(cold, *peak, *(paint(seed) for seed in range(1, int(sys.argv[2]) + 1)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, help="an ONNX file of ours, instead of random weights")
    parser.add_argument("--preset", nargs="*", default=["gpu", "cpu"], choices=list(PRESETS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    product(options.threads, options.rounds)
    networks = {name: _random(PRESETS[name]().model) for name in options.preset}
    if options.model:
        spec, weights = read_weights(options.model)
        networks = {str(options.model): (build(spec), spec)}
        networks[str(options.model)][0].load_state_dict(weights)
    for name, (model, spec) in networks.items():
        measure(name, model.eval(), spec, options.threads, options.rounds)


def measure(name: str, model: torch.nn.Module, spec: Mapping[str, object], threads: int, rounds: int) -> None:
    size = int(spec["size"])
    floats = to_onnx(model, spec)
    small = in_bytes(floats)
    print(
        f"{name}: {spec['kind']}, {size} px, {weigh(model) / 1e6:.1f} M weights, {threads} threads; "
        f"{len(floats) / 2**20:.1f} MiB, in bytes {len(small) / 2**20:.1f} MiB at {psnr(floats, small):.1f} dB"
    )
    alone, pool = session(small, 1), ThreadPoolExecutor(threads)
    for n in (1, 2):  # two: with and without words, as guidance looks
        inputs = some_inputs(size, n)
        tensors = [torch.from_numpy(array) for array in inputs.values()]
        one, other = session(floats, threads), session(small, threads)

        def eager(tensors: list[torch.Tensor] = tensors) -> None:
            with torch.inference_mode():
                model(*tensors)

        ways: dict[str, Callable[[], object]] = {
            "torch fp32": eager,
            "onnx fp32": lambda one=one, inputs=inputs: one.run(["x0"], inputs),
            "onnx bytes": lambda other=other, inputs=inputs: other.run(["x0"], inputs),
        }
        if n > 1:  # the engine's way
            rows = [{name: array[row : row + 1] for name, array in inputs.items()} for row in range(n)]
            ways["bytes, a thread each"] = lambda one=alone, rows=rows: list(pool.map(partial(one.run, ["x0"]), rows))
        times = {way: [] for way in ways}
        for turn in range(rounds + 2):
            for way, call in ways.items():
                began = time.perf_counter()
                call()
                if turn > 1:  # the first ones warm up
                    times[way].append(time.perf_counter() - began)
        for way, seconds in times.items():
            ratio = statistics.median(a / b for a, b in zip(times["torch fp32"], seconds, strict=True))
            print(f"  {n} x {way:<20} {min(seconds) * 1e3:7.1f} ms  {ratio:5.2f} times as fast as torch")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(small)
        paint(path, threads, rounds)


def product(threads: int, rounds: int) -> None:
    """Prints how much faster this processor multiplies bytes than torch multiplies float32."""
    rows, shared, columns = PRODUCT
    floats = torch.randn(rows, shared), torch.randn(shared, columns)
    weights = numpy_helper.from_array(np.random.default_rng(0).integers(-127, 128, (shared, columns), np.int8), "w")
    node = helper.make_node("MatMulInteger", ["a", "w", "zero"], ["y"])
    a = helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, shared])
    y = helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])
    graph = helper.make_graph([node], "product", [a], [y], [weights, numpy_helper.from_array(np.uint8(128), "zero")])
    opset = [helper.make_opsetid("", 17)]
    run = session(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString(), threads).run
    inputs = {"a": np.random.default_rng(1).integers(0, 256, (rows, shared), np.uint8)}
    ways: tuple[Callable[[], object], ...] = (lambda: floats[0] @ floats[1], lambda: run(["y"], inputs))
    times: list[list[float]] = [[], []]
    for _ in range(20 * rounds):
        for call, seconds in zip(ways, times, strict=True):
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
    work = 2e-9 * rows * shared * columns
    torch_seconds, byte_seconds = map(min, times)
    print(
        f"a product of {rows} x {shared} x {columns} alone: torch fp32 {work / torch_seconds:.0f} thousand million a "
        f"second, bytes {work / byte_seconds:.0f}: {torch_seconds / byte_seconds:.1f} times"
    )


def paint(path: Path, threads: int, rounds: int) -> None:
    """Prints what a picture costs in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PICTURE, path, str(rounds)],
        env={**os.environ, "MENGBI_THREADS": str(threads)},
        stdout=subprocess.PIPE,
        check=True,
    )
    cold, peak, *warm = map(float, done.stdout.split())
    least = min(warm)
    print(
        f"  a picture {least:.2f} s warm (limit {SECONDS} {'ok' if least <= SECONDS else 'OVER'}), median "
        f"{statistics.median(warm):.2f} s, first one {cold:.2f} s; "
        f"peak memory {peak:.0f} MiB (limit {MEBIBYTES} {'ok' if peak <= MEBIBYTES else 'OVER'})"
    )


def _random(spec: Mapping[str, object]) -> tuple[torch.nn.Module, Mapping[str, object]]:
    """A network whose weights are as large as a trained one's: fresh ones would paint nothing."""
    torch.manual_seed(0)
    model = build(spec)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return model, spec


if __name__ == "__main__":
    main()
