"""Training: one loop for every network and machine.

    for batch in batches: loss, gradient, step, average; now and then a look, a sheet, a checkpoint

Everything that a step depends on is in the checkpoint: weights, their average, Adam's moments, and the number of the
step, from which noise, times and what is dropped are drawn, and the cursor of the data. So a run that is killed at any
moment and started again ends in the same weights, bit for bit, on the same machine with the same number of threads.
Started by torchrun, many processes share the rows of every batch (see `ranks`).
"""

import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mengbi.lab.log import Log
from mengbi.lab.models import weigh
from mengbi.lab.ranks import Ranks, joined
from mengbi.lab.run import Diverged, Run
from mengbi.lab.sheet import save_sheet
from mengbi.lab.task import Batch, Task
from mengbi.lab.watch import diagnose
from mengbi.studio.trainings import alone

AHEAD = 3
"""Batches that wait ready."""


def train(
    task: Task,
    out: Path,
    *,
    device: str = "cpu",
    minutes: float = math.inf,
    weights: Mapping[str, Tensor] | None = None,
    notes: Mapping[str, Any] | None = None,
    tensorboard: bool = False,
    say: Callable[[str], None] = print,
    tick: Callable[[Run], None] = lambda _: None,
    record: Callable[[Run, str], None] = lambda *_: None,
) -> bool:
    """Trains in the folder `out`, from where a run there stands; True when the recipe is done, False when time was up.

    minutes: for this call; weights: where a fresh run starts from; notes: what its checkpoints shall say of how it came
    about; say: gets a line now and then; tick: gets the run after every step; record: gets the run when it begins
    and at every look, and what the curves say in plain words, "" if nothing.
    SIGTERM and SIGINT end it as time does: after the step at hand, with a checkpoint. Raises BriefError if another
    recipe was begun in `out`, or another process trains there, FaultError if the loss keeps leaving its way,
    AssetError, OutputError and StorageError.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or a GPU's sums differ from run to run
    with joined(device) as (ranks, own), alone(out) if ranks.first else nullcontext(), stopping(minutes) as asked:

        def stop() -> bool:
            return ranks.agree(asked())

        run = Run(task.recipe, task.turns, own, ranks=ranks, weights=weights, notes=notes)
        run.begin(out / "checkpoints")
        log = Log(out, tensorboard=tensorboard and ranks.first)
        look = Look(task, out, log, say if ranks.first else lambda _: None, tick, record)
        look.back_to(run.step)
        look.say(f"step {run.step:,} of {task.recipe.steps:,}, {weigh(run.model) / 1e6:.1f} M weights, {own}")
        if ranks.first:
            record(run, "")
        while not (run.done or stop()):
            try:
                _go_on(run, fed(task, run, ranks), out / "checkpoints", look, stop)
            except Diverged as error:
                run.go_back(out / "checkpoints", error)
                look.back_to(run.step)
                look.say(f"{error}; back to step {run.step}, at {0.5**run.halvings:g} of the rate")
        if ranks.first:
            log.draw()
    if not run.done:
        look.say(f"stopped after step {run.step:,}; the same command goes on from there")
    elif run.step < task.recipe.steps:
        look.say(f"ended at step {run.step:,}: no check was better for {run.since} checks; the best weights are kept")
    return run.done


def _go_on(
    run: Run, batches: Iterator[tuple[list[Any], int]], folder: Path, look: "Look", stop: Callable[[], bool]
) -> None:
    """Steps until the recipe is done or `stop`, and a checkpoint at the end. Raises Diverged."""
    saved = time.monotonic()
    for pieces, cursor in batches:
        run.advance(pieces, cursor)
        look(run)
        done = run.done or stop()
        if done or run.ranks.agree(time.monotonic() - saved > 60 * run.recipe.save_minutes):
            run.save(folder)
            saved = time.monotonic()
        if done:
            return


class Look:
    """Watches a run: a line now and then, a sheet now and again, and what the curves say."""

    def __init__(
        self,
        task: Task,
        out: Path,
        log: Log,
        say: Callable[[str], None],
        tick: Callable[[Run], None],
        record: Callable[[Run, str], None],
    ) -> None:
        self.task, self.out, self.log, self.say, self.tick, self.record = task, out, log, say, tick, record
        self.told = ""

    def __call__(self, run: Run) -> None:
        recipe, first = run.recipe, run.ranks.first
        last = run.step >= recipe.steps
        if first:
            self.tick(run)
        if run.step % recipe.log_every == 0:
            line = run.look()
            if first:
                self._tell(run, line)
        if self.task.check and recipe.check_every and (run.step % recipe.check_every == 0 or last):
            figures = self.task.check(run.average)
            run.check(figures, self.out / "best")
            if first:
                self.log.add({"step": run.step, **figures})
                self.say(in_a_line(figures))
        if first and self.task.sheet and (run.step % recipe.sheet_every == 0 or last):
            save_sheet(self.out / "sheets" / f"{run.step:08d}.png", self.task.sheet(run.average))
            self.log.draw()

    def _tell(self, run: Run, line: Mapping[str, float]) -> None:
        self.log.add(line)
        self.say(f"{in_a_line(line)}  left {in_time(run.left)}")
        diagnosis = diagnose(self.log.lines())
        if diagnosis and diagnosis != self.told:
            self.say(diagnosis)
        self.told = diagnosis
        self.record(run, diagnosis)

    def back_to(self, step: int) -> None:
        """The log says nothing of what is to be learnt again."""
        self.log.rewind(step)


def in_a_line(figures: Mapping[str, float]) -> str:
    """What a look or a check found, for people."""
    return "  ".join(f"{name} {value:{',' if isinstance(value, int) else '.4g'}}" for name, value in figures.items())


def in_time(seconds: float) -> str:
    """As people say it: 3 h 20 min."""
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def fed(task: Task, run: Run, ranks: Ranks) -> Iterator[tuple[list[Any], int]]:
    """Batches on the device, cut and seen, and where each ends; a thread asks for the next while this one is learnt."""
    pinned = run.device.type == "cuda"
    stream = task.batches(run.cursor)
    with ThreadPoolExecutor(1) as pool:
        ahead = deque(pool.submit(next, stream) for _ in range(AHEAD))
        try:
            while True:
                batch: Batch = ahead.popleft().result()
                ahead.append(pool.submit(next, stream))
                own = [array[ranks.rows(len(array))] for array in batch.arrays]
                tensors = (torch.from_numpy(np.ascontiguousarray(array)) for array in own)
                moved = [(t.pin_memory() if pinned else t).to(run.device, non_blocking=True) for t in tensors]
                yield [task.see(*piece) for piece in _cut(moved, task.recipe.pieces)], batch.cursor
        finally:
            pool.shutdown(cancel_futures=True)


def _cut(tensors: Sequence[Tensor], pieces: int) -> Iterator[tuple[Tensor, ...]]:
    return zip(*(tensor.tensor_split(pieces) for tensor in tensors), strict=True)


@contextmanager
def stopping(minutes: float) -> Iterator[Callable[[], bool]]:
    """`stop()` turns true when the minutes are over, or on SIGTERM or SIGINT, which otherwise do nothing meanwhile."""
    asked = threading.Event()
    end = time.monotonic() + 60 * minutes
    main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGTERM, signal.SIGINT) if main else ()
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in numbers}
    try:
        yield lambda: asked.is_set() or time.monotonic() > end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
