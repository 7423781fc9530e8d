"""What a smaller network costs and saves, beside the whole one: a row a file, every figure taken in the same run.

All are asked the same: the same points, wishes, held-back pictures and text. What they take is measured in turns, a few
looks of each at a time, so that a machine that slows down slows all of them.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mengbi.lab.compression.storing import Inputs
from mengbi.lab.evaluation.classes import classes
from mengbi.lab.evaluation.compare import decibels, frechet, kernel_distance
from mengbi.lab.evaluation.features import Network, look, look_once
from mengbi.lab.export import session
from mengbi.lab.objective import Examples, seen_at
from mengbi.lab.sampling import Hand
from mengbi.lab.task import Task
from mengbi.noise import gaussian, generator

if TYPE_CHECKING:
    from rich.table import Table

POINTS = 1 << 40
"""Seeds of points from here on are nobody's."""
ROUNDS, LOOKS = 12, 5
"""Of each network, in turns; and looks of a round."""
LONGEST = 20.0
"""Seconds after which no further round is begun."""
PIECES = 64
"""Of a text, that a network which writes is shown at once."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Row:
    """A network in a file."""

    name: str  # of the row
    data: bytes  # ONNX
    hand: Hand  # of the run that it comes from


class Opened(nn.Module):
    """The network in an ONNX file, as a torch module that is only used; all else is as the one it came from."""

    def __init__(self, data: bytes, hand: Hand) -> None:
        super().__init__()
        self.session, self.known, self.like = session(data), hand.ports, hand.model
        self.takes = {entry.name for entry in self.session.get_inputs()}
        self.names = list(self.known.some(1))
        self.nowhere = nn.Parameter(torch.zeros(()), requires_grad=False)  # it lies on the processor

    def forward(self, *inputs: Tensor, **named: Tensor) -> Any:
        given = dict(zip(self.names, inputs, strict=False)) | named
        found = self.run({name: each.numpy() for name, each in given.items()})
        return tuple(map(torch.from_numpy, found)) if len(found) > 1 else torch.from_numpy(found[0])

    def run(self, inputs: Inputs) -> list[NDArray[Any]]:
        """Its outputs of inputs by name; one that it has no use for is left out, a state that is not there begins."""
        given = {name: array for name, array in inputs.items() if name in self.takes}
        if "state" in self.takes and "state" not in given:
            given["state"] = self.start(len(given["tokens"])).numpy()
        return list(self.session.run(list(self.known.outputs), given))

    def start(self, n: int) -> Tensor:
        """See `models.lstm`."""
        return torch.zeros(n, *self.like.start(1).shape[1:])


def compared(
    rows: Sequence[Row], inputs: Sequence[Inputs], quality: Callable[[Hand], Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """By name what each row weighs, how long it takes, how near it is to the first, and how good it is.

    inputs: real ones, each of one; quality: of a hand, figures by name.
    """
    opened = {row.name: Opened(row.data, row.hand) for row in rows}
    seconds = _timed(opened, inputs[0])
    wanted = [opened[rows[0].name].run(each)[0] for each in inputs]
    return {
        row.name: {
            "bytes": len(row.data),
            "seconds": seconds[row.name],
            **({} if row is rows[0] else {"psnr": psnr(wanted, [opened[row.name].run(each)[0] for each in inputs])}),
            **quality(replace(row.hand, model=opened[row.name])),
        }
        for row in rows
    }


def _timed(opened: Mapping[str, Opened], one: Inputs) -> dict[str, float]:
    """Median seconds of a look at one, on one thread."""
    taken: dict[str, list[float]] = {name: [] for name in opened}
    for network in opened.values():
        network.run(one)
    end = time.monotonic() + LONGEST
    for _ in range(ROUNDS):
        for name, network in opened.items():
            for _ in range(LOOKS):
                began = time.perf_counter()
                network.run(one)
                taken[name].append(time.perf_counter() - began)
        if time.monotonic() > end:
            break
    return {name: float(np.median(each)) for name, each in taken.items()}


def psnr(wanted: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> float:
    """Decibels between outputs, of the range of those wanted (of pictures, 2 at most); 120 at most."""
    error = float(np.mean([np.square(a - b).mean() for a, b in zip(wanted, found, strict=True)]))
    span = max(float(each.max()) for each in wanted) - min(float(each.min()) for each in wanted)
    return decibels(error, max(span, 1e-6))


def inputs_of(hand: Hand, task: Task, many: int) -> list[Inputs]:
    """Real inputs of a network, each of one: points of seeds, and what is learnt from, as it is learnt."""
    return list(islice(_inputs(hand, task), many))


def _inputs(hand: Hand, task: Task) -> Iterator[Inputs]:
    seed, stream = POINTS, task.batches(0)
    while True:
        batch = task.see(*(torch.from_numpy(array) for array in next(stream).arrays))
        for row in range(len(batch if isinstance(batch, Tensor) else batch.x)):
            yield _one(hand, batch, row, seed)
            seed += 1


def _one(hand: Hand, batch: Any, row: int, seed: int) -> Inputs:
    kind, rows = hand.ports.kind, slice(row, row + 1)
    if kind == "writer":
        return {"tokens": batch[rows, :PIECES].numpy()}
    if kind == "classifier":
        return {"x": np.ascontiguousarray(batch.x[rows].numpy())}
    if kind == "denoiser":
        some = Examples(**{name: getattr(batch, name)[rows] for name in ("x", "vectors", "given", "control")})
        t = torch.from_numpy(generator(seed, 0).random(1, np.float32))
        noise, yes = torch.from_numpy(gaussian((seed,), 0, tuple(some.x.shape[1:]))), torch.ones(1, dtype=torch.bool)
        seen = seen_at(t, noise, some, yes, yes)
        return {name: np.ascontiguousarray(each) for name, each in zip(hand.ports.some(1), seen, strict=True)}
    return {"z": gaussian((seed,), 0, (hand.ports.width("z"),)), "y": batch.y[rows].numpy()}


def of_pictures(
    sample: Callable[[Hand], Callable[[int, int], NDArray[np.uint8]]],
    held: NDArray[np.uint8],
    network: Network,
    *,
    classifier: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None,
    n: int,
    seeds: Sequence[int],
) -> Callable[[Hand], Mapping[str, float]]:
    """Quality: FD and KD of n pictures to as many held-back ones, as `lab measure` has them, means over the seeds.

    sample: of a hand, `sample(seed, n)`; classifier: shares of the classes, for how many are covered.
    """
    halves = [np.split(np.random.Generator(np.random.Philox(seed)).permutation(2 * n), 2)[0] for seed in seeds]
    real = look_once(network, held[: 2 * n], lambda *_: None)
    read = classifier(held[: 2 * n]) if classifier else None

    def quality(hand: Hand) -> Mapping[str, float]:
        found = []
        for seed, half in zip(seeds, halves, strict=True):
            made = sample(hand)(seed, n)
            seen = look(network, made, lambda *_: None)
            figures = {
                network.frechet: frechet(seen, real[half]),
                network.kernel: kernel_distance(seen, real[half], seed)[0],
            }
            if classifier and read is not None:
                figures["classes covered"] = classes(classifier(made), read[half])["classes covered"]
            found.append(figures)
        return {name: float(np.mean([each[name] for each in found])) for name in found[0]}

    return quality


def shown(facts: Mapping[str, Any], width: int) -> "Table":
    """A row a file, the first the whole network; after KiB and ms, how many times less than of the first.

    width: in characters; the columns come closer where they would be wider. No figure is cut, whatever it takes.
    """
    from mengbi.faces.say import table

    rows: Mapping[str, Mapping[str, float]] = facts["rows"]
    first = next(iter(rows.values()))
    figures = [name for name in first if name not in ("bytes", "seconds")]
    made = table("", "KiB", "÷", "ms", "÷", "dB", *(re.sub("[-: ]", "\n", name) for name in figures))
    for name, row in rows.items():
        made.add_row(
            name,
            f"{row['bytes'] / 1024:,.0f}",
            f"{first['bytes'] / row['bytes']:.1f}",
            f"{1000 * row['seconds']:.3g}",
            f"{first['seconds'] / row['seconds']:.1f}",
            f"{row['psnr']:.1f}" if "psnr" in row else "–",
            *(f"{row[each]:.4g}" for each in figures),
        )
    made.show_edge = False
    for column in made.columns:
        column.no_wrap = True
    for column in made.columns[1:]:
        column.justify = "right"
    for gap in (1, 0):
        made.padding = (0, gap, 0, 0)
        if width_of(made) <= width:
            break
    return made


def width_of(table: "Table") -> int:
    """Characters that a table takes with nothing folded or cut."""
    from rich.console import Console

    console = Console(width=1 << 10)
    return console.measure(table).maximum
