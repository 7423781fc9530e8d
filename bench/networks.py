"""Which network learns most in equal minutes of one core: each is trained from nothing, then asked what it never saw.

python bench/networks.py dream.pack [--minutes 3] [--network cpu …] [--held 128]

The figure is the mean squared error of the clean picture at three times of the path, without and with a drawing to
follow, at 64 pixels whatever the network's size. A larger picture is less hidden by the same noise, so compare sizes
with care.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional as F

from mengbi.lab.data.loader import Loader
from mengbi.lab.data.stream import LATE
from mengbi.lab.dreaming import painting, stream
from mengbi.lab.models import weigh
from mengbi.lab.objective import examples, seen_at
from mengbi.lab.ranks import Ranks
from mengbi.lab.recipes.dream import PRESETS, Painting, Stage
from mengbi.lab.run import Run
from mengbi.lab.train import fed

UNET = {"kind": "unet", "widths": [48, 96, 256], "blocks": [2, 2, 2]}
NETWORKS = {
    "cpu": PRESETS["cpu"]().model,
    "cpu, 64 px folded 2 x 2": UNET | {"size": 64, "patch": 2},
    "transformer": {"kind": "transformer", "size": 128, "patch": 8, "width": 320, "depth": 8, "heads": 5},
}
TIMES = (0.1, 0.3, 0.6)
SIDE, BATCH, WARM = 64, 16, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0, help="of one core, each")
    parser.add_argument("--network", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--held", type=int, default=128, help="pictures that nobody learns from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    headings = [f"{'drawn ' if drawn else ''}t={t}" for drawn in (False, True) for t in TIMES]
    print("network".ljust(26), "weights".rjust(8), "samples".rjust(8), *(each.rjust(11) for each in headings))
    for name in options.network:
        run = trained(NETWORKS[name], options.pack, options.minutes * 60)
        figures = [f"{error:11.4f}" for error in errors(run, options.pack, options.held)]
        print(name.ljust(26), f"{weigh(run.model) / 1e6:7.1f}M {run.step * BATCH:8,}", *figures, flush=True)


def trained(model: dict[str, object], pack: Path, seconds: float) -> Run:
    """A run of as many steps as fit into so many seconds of one core; making the pictures does not count."""
    recipe = Painting(
        model=model, batch=BATCH, steps=WARM, rate=6e-4, warmup=20, average=0.98, control_dropped=0.5,
        stages=(Stage(until=1e9, mix=LATE),),
    )  # fmt: skip
    task = painting(recipe, stream(recipe, pack, 1))
    run, spent = Run(recipe, task.turns, torch.device("cpu")), 0.0
    for pieces, cursor in fed(task, run, Ranks()):
        began = time.process_time()
        run.advance(pieces, cursor)
        spent += time.process_time() - began
        if run.step == WARM:  # now it is known how many fit
            run.recipe = replace(recipe, steps=max(WARM + 1, int(seconds / spent * WARM)))
        if run.step > WARM and spent >= seconds:
            break
    return run


@torch.inference_mode()
def errors(run: Run, pack: Path, held: int) -> list[float]:
    """The mean squared error at each of TIMES, without a drawing, then with one."""
    size = run.recipe.size
    batch = next(iter(Loader(path=pack, seed=run.recipe.seed + 1, size=size, batch=held, mix=LATE)))
    seen = examples(*(torch.from_numpy(array) for array in (batch.pictures, batch.control, batch.vectors, batch.given)))
    noise = torch.randn(seen.x.shape, generator=torch.Generator().manual_seed(0))
    found = []
    for drawn in (False, True):
        for t in TIMES:
            inputs = seen_at(torch.full((held,), t), noise, seen, torch.ones(held).bool(), torch.full((held,), drawn))
            x0 = torch.cat(
                [run.average(*rows).float() for rows in zip(*(each.split(16) for each in inputs), strict=True)]
            )
            found.append(float(F.adaptive_avg_pool2d(x0 - seen.x, SIDE).square().mean()))
    return found


if __name__ == "__main__":
    main()
