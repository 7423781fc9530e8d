"""Pictures a second that are learnt from, beside well-known packages that train the same networks, in one run.

python bench/lab.py [--rounds 5] [--only stylegan2 ddpm light] [--json lab.json]
pip install stylegan2-pytorch denoising-diffusion-pytorch lightweight-gan   in an environment with mengbi[lab]

Every row has the same pictures, size, batch and losses, one thread, and no augmentation. In a step each network's
optimiser has one, and in every fourth the critics of GANs are penalised for steepness at real and at made pictures.
What brings the pictures is left out: all get them from memory.

theirs                   the package as it comes, in float32, and in bfloat16 where it can do that on a processor:
                         denoising-diffusion-pytorch if it is asked to, the others on a GPU alone
theirs in our trainer    the same network and losses, stepped by `mengbi.lab.run`, which also averages the weights in
                         every step, where they do in every tenth; in float32, and in bfloat16 as our recipes run
ours                     our network of the same kind: layers as wide, or as many weights; another network than theirs

Seconds are of the processor, which a busy machine hardly changes; the rows take turns. × is the median over the rounds
of how many times as many pictures as theirs in the same round. GFLOP: of the products and convolutions of a step, there
and back, a picture.
"""

import argparse
import json
import math
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import lab_peers as peers
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from mengbi.lab import diffusing, labelled
from mengbi.lab.adversarial import CRITIC
from mengbi.lab.models import WORD_WIDTH, WORDS, weigh
from mengbi.lab.recipes import Player, Recipe
from mengbi.lab.recipes.painters import network as unet
from mengbi.lab.run import Run
from mengbi.lab.turns import Turn, alone

STEPS = peers.PENALTY_EVERY
"""Of every measurement: one of them has the penalty."""
DROPPED = 0.1
"""Share of the examples of which our painters are told nothing."""


@dataclass(kw_only=True, slots=True)
class Row:
    """Something that learns."""

    name: str
    precision: str
    networks: Sequence[nn.Module]
    learn: Callable[[int], None]  # so many steps
    gflop: float = 0.0  # a picture
    seconds: list[float] = field(default_factory=list)  # of STEPS, a round each


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a row comes to."""

    name: str
    precision: str
    weights: float  # millions, of all networks that learn
    gflop: float
    pictures_a_second: float
    times_theirs: float
    least_times: float  # of all rounds
    most_times: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--json", type=Path, help="writes the figures there too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {}
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            title, size, batch, rows = CASES[name](Path(folder))
            print(f"\n{title}, {size} px, batch {batch}", flush=True)
            results[name] = {
                "title": title,
                "size": size,
                "batch": batch,
                "rows": measured(rows, batch, options.rounds),
            }
    about = {"date": date.today().isoformat(), "machine": platform.processor() or platform.machine(), "threads": 1}
    if options.json:
        options.json.write_text(json.dumps({**about, "torch": torch.__version__, "rounds": options.rounds, **results}))


def stylegan2(folder: Path) -> tuple[str, int, int, list[Row]]:
    """Both with 16 channels at the largest layers of the painter and 32 of the critic, at most 512, and as wide a z."""
    size, batch, latent, capacity, depth = 64, 16, 128, 8, 4
    shape = {"network_capacity": capacity, "latent_dim": latent, "style_depth": depth}
    theirs = peers.StyleGan2(size, batch, shape, pictures(size), folder)
    painter = {"kind": "their-stylegan2", "size": size, "latent": latent, "depth": depth, "capacity": capacity}
    critic = {"kind": "their-stylegan2-critic", "size": size, "capacity": capacity}
    own = {"size": size, "channels": 3, "widest": 512}
    own_painter = {"kind": "stylegan2", "latent": latent, "depth": depth, "width": 2 * capacity, **own}
    own_critic = {"kind": "stylegan2-critic", "width": 4 * capacity, **own}
    rows = [
        Row(name="theirs", precision="float32", networks=theirs.networks, learn=theirs.learn),
        *games("theirs in our trainer", painter, critic, size, batch),
        *games("ours, layers as wide", own_painter, own_critic, size, batch),
    ]
    return "stylegan2-pytorch", size, batch, rows


def ddpm(folder: Path) -> tuple[str, int, int, list[Row]]:
    """Theirs learns the velocity of the path, in our trainer the noise: another weight of the same error."""
    size, batch, shape = 32, 16, {"dim": 32, "dim_mults": (1, 2, 4)}
    theirs, asked = (peers.Diffusion(size, batch, shape, pictures(size), folder, halves) for halves in (False, True))
    (wanted,) = (weigh(each) for each in theirs.networks)
    candidates = [unet(size, first, blocks) for first in range(32, 97, 16) for blocks in (1, 2)]
    own = min(candidates, key=lambda spec: abs(math.log(weigh(peers.build(spec)) / wanted)))
    rows = [
        Row(name="theirs", precision="float32", networks=theirs.networks, learn=theirs.learn),
        Row(name="theirs", precision="bfloat16", networks=asked.networks, learn=asked.learn),
        *denoisers("theirs in our trainer", {"kind": "their-unet", "size": size, **shape}, size, batch),
        *denoisers("ours, as many weights", own, size, batch),
    ]
    return "denoising-diffusion-pytorch", size, batch, rows


def light(folder: Path) -> tuple[str, int, int, list[Row]]:
    """Of ours the networks of the recipe `hinge` are nearest: convolutions alone, without attention or redrawing."""
    size, batch, latent, widest = 64, 8, 128, 64
    shape = {"latent_dim": latent, "fmap_max": widest}
    theirs = peers.LightweightGan(size, batch, shape, pictures(size), folder)
    painter = {"kind": "their-light", "size": size, "latent": latent, "widest": widest}
    own = {"size": size, "channels": 3, "width": 32}
    rows = [
        Row(name="theirs", precision="float32", networks=theirs.networks, learn=theirs.learn),
        *games(
            "theirs in our trainer",
            painter,
            {"kind": "their-light-critic", "size": size, "widest": widest},
            size,
            batch,
        ),
        *games(
            "ours, of `hinge`",
            {"kind": "dcgan", "latent": latent, **own},
            {"kind": "dcgan-critic", "norm": False, **own},
            size,
            batch,
        ),
    ]
    return "lightweight-gan", size, batch, rows


CASES = {"stylegan2": stylegan2, "ddpm": ddpm, "light": light}


def games(name: str, painter: dict[str, Any], critic: dict[str, Any], size: int, batch: int) -> list[Row]:
    """A painter and a critic in our trainer, with the losses of both packages."""
    x = pictures(size)[:batch].contiguous(memory_format=torch.channels_last)
    seen = labelled.Labelled(x=x, y=torch.zeros(batch, 0), labels=torch.full((batch,), -1))
    rows = []
    for mixed in (False, True):
        recipe = Recipe(
            model=painter, others={CRITIC: Player(model=critic, rate=2e-4)}, batch=batch, steps=peers.NEVER, rate=2e-4,
            warmup=1, clip=math.inf, mixed=mixed,
        )  # fmt: skip
        rows.append(row(name, "bfloat16" if mixed else "float32", recipe, peers.TURNS, seen))
    return rows


def denoisers(name: str, model: dict[str, Any], size: int, batch: int) -> list[Row]:
    """A painter that removes noise in our trainer, with the loss of our recipe `ddpm`."""
    x = ((pictures(size)[:batch] + 1) * 127.5).to(torch.uint8).permute(0, 2, 3, 1)
    said = torch.zeros(batch, WORDS, WORD_WIDTH), torch.zeros(batch, WORDS, dtype=torch.bool)
    seen = diffusing.see(x, torch.full((batch,), -1), *said)
    rows = []
    for precision, spec in {"float32": {"kind": "precise", "size": size, "within": model}, "bfloat16": model}.items():
        recipe = Recipe(model=spec, batch=batch, steps=peers.NEVER, rate=1e-4, warmup=1)
        rows.append(row(name, precision, recipe, alone(diffusing.noise_loss(DROPPED)), seen))
    return rows


def row(name: str, precision: str, recipe: Recipe, turns: Sequence[Turn], seen: Any) -> Row:
    run = Run(recipe, turns, torch.device("cpu"))

    def learn(steps: int) -> None:
        for _ in range(steps):
            run.advance([seen], 0)

    return Row(name=name, precision=precision, networks=[one.model for one in run.learners.values()], learn=learn)


def pictures(size: int) -> torch.Tensor:
    """64 of noise, in [−1, 1]: nobody's speed depends on what they show."""
    return torch.rand(64, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def measured(rows: list[Row], batch: int, rounds: int) -> list[dict[str, Any]]:
    """Takes the time of each row in turns, the other way round every second time, and prints the table."""
    for each in rows:
        with Products() as products:  # and warms up
            each.learn(STEPS)
        each.gflop = products.total / STEPS / batch / 1e9
    for turn in range(rounds):
        for each in rows if turn % 2 else rows[::-1]:
            began = time.process_time()
            each.learn(STEPS)
            each.seconds.append(time.process_time() - began)
    print("| | precision | weights | GFLOP | pictures/s | × | over the rounds |")
    print("|---|---|---|---|---|---|---|")
    results = []
    for each in rows:
        ratios = [theirs / own for theirs, own in zip(rows[0].seconds, each.seconds, strict=True)]
        found = Found(
            name=each.name,
            precision=each.precision,
            weights=sum(map(weigh, each.networks)) / 1e6,
            gflop=each.gflop,
            pictures_a_second=STEPS * batch / median(each.seconds),
            times_theirs=median(ratios),
            least_times=min(ratios),
            most_times=max(ratios),
        )
        print(
            f"| {found.name} | {found.precision} | {found.weights:.2f} M | {found.gflop:.2f} | "
            f"{found.pictures_a_second:.2f} | {found.times_theirs:.2f} | "
            f"{found.least_times:.2f} to {found.most_times:.2f} |",
            flush=True,
        )
        results.append(asdict(found))
    return results


class Products(TorchDispatchMode):
    """Counts the floating-point operations of products and convolutions while it is entered."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.total += count(*args, **(kwargs or {}), out_val=out)
        return out


if __name__ == "__main__":
    main()
