"""Training: one loop for every network and machine.

    for batch in batches: loss, gradient, step, average; now and then a look, a sheet, a checkpoint

Everything that a step depends on is in the checkpoint: weights, their average, Adam's moments, and the number of the
step, from which noise, times and what is dropped are drawn, and the cursor of the data. So a run that is killed at any
moment and started again ends in the same weights, bit for bit, on the same machine with the same number of threads.
"""

import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mengbi.lab.data.loader import Loader
from mengbi.lab.log import Log
from mengbi.lab.models import weigh
from mengbi.lab.objective import Loss, examples
from mengbi.lab.recipes import Recipe
from mengbi.lab.run import Diverged, Run
from mengbi.lab.sheet import draw_prompts, paint_sheet, save_sheet

T = TypeVar("T")

AHEAD = 3
"""Batches that wait ready."""


class Batch(Protocol):
    """What a stream gives: arrays with a row an example, and the number of the example after the last."""

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]: ...

    @property
    def cursor(self) -> int: ...


Batches = Callable[[int], Iterator[Batch]]
"""`batches(cursor)`: an endless stream from there; an example depends on its place in the stream alone."""
Sheet = Callable[[nn.Module], NDArray[np.uint8]]
"""What a network makes of always the same, uint8 (h, w, 3)."""


def train(
    recipe: Recipe,
    batches: Batches,
    out: Path,
    *,
    device: str = "cpu",
    minutes: float = math.inf,
    loss: Loss | None = None,
    see: Callable[..., Any] = examples,
    sheet: Sheet | None = None,
    weights: Mapping[str, torch.Tensor] | None = None,
    notes: Mapping[str, str] | None = None,
    tensorboard: bool = False,
    say: Callable[[str], None] = print,
    tick: Callable[[Run], None] = lambda _: None,
) -> bool:
    """Trains in the folder `out`, from where a run there stands; True when the recipe is done, False when time was up.

    minutes: for this call; loss: the velocity's if not given; see: from the arrays of a batch, as tensors, to what the
    loss takes; sheet: the recipe's prompts, painted, if not given; weights: where a fresh run starts from; notes: what
    its checkpoints shall say of how it came about; say: gets a line now and then; tick: gets the run after every step.
    SIGTERM and SIGINT end it as time does: after the step at hand, with a checkpoint. Raises BriefError if another
    recipe was begun in `out`, FaultError if the loss keeps leaving its way, AssetError, OutputError and StorageError.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or a GPU's sums differ from run to run
    run = Run(recipe, torch.device(device), loss=loss, weights=weights, notes=notes)
    run.begin(out / "checkpoints")
    log = Log(out, tensorboard=tensorboard)
    log.rewind(run.step)
    look = Look(recipe, out, log, say, tick, sheet or painted(recipe))
    say(f"step {run.step} of {recipe.steps}, {weigh(run.model) / 1e6:.1f} M weights, {device}")
    with stopping(minutes) as stop:
        while run.step < recipe.steps and not stop():
            try:
                _go_on(run, fed(batches(run.cursor), run.device, see), out / "checkpoints", look, stop)
            except Diverged as error:
                run.go_back(out / "checkpoints", error)
                log.rewind(run.step)
                say(f"{error}; back to step {run.step}, at {0.5**run.halvings:g} of the rate")
    log.draw()
    if run.step < recipe.steps:
        say(f"stopped after step {run.step}; resume with the same command and --out {out}")
    return run.step >= recipe.steps


def _go_on(run: Run, batches: Iterator[tuple[Any, int]], folder: Path, look: "Look", stop: Callable[[], bool]) -> None:
    """Steps until the recipe is done or `stop`, and a checkpoint at the end. Raises Diverged."""
    saved = time.monotonic()
    for batch, cursor in batches:
        run.advance(batch, cursor)
        look(run)
        done = run.step >= run.recipe.steps or stop()
        if done or time.monotonic() - saved > 60 * run.recipe.save_minutes:
            run.save(folder)
            saved = time.monotonic()
        if done:
            return


class Look:
    """Watches a run: a line now and then, and a sheet now and again."""

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        log: Log,
        say: Callable[[str], None],
        tick: Callable[[Run], None],
        sheet: Sheet | None,
    ) -> None:
        self.folder, self.log, self.say, self.tick, self.sheet = out / "sheets", log, say, tick, sheet

    def __call__(self, run: Run) -> None:
        recipe = run.recipe
        self.tick(run)
        if run.step % recipe.log_every == 0:
            line = run.look()
            self.log.add(line)
            self.say("  ".join(f"{name} {value:.4g}" for name, value in line.items()) + f"  left {in_time(run.left)}")
        if self.sheet and (run.step % recipe.sheet_every == 0 or run.step >= recipe.steps):
            save_sheet(self.folder / f"{run.step:08d}.png", self.sheet(run.average))
            self.log.draw()


def painted(recipe: Recipe) -> Sheet | None:
    """The sheet of a recipe with prompts."""
    if not recipe.prompts:
        return None
    drawings = draw_prompts(recipe.prompts, recipe.size)
    return lambda model: paint_sheet(model, recipe.prompts, drawings)


def in_time(seconds: float) -> str:
    """As people say it: 3 h 20 min."""
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def stream(recipe: Recipe, pack: Path, workers: int) -> Batches:
    """What a recipe learns from, made in so many processes (0: in this one) from the pictures of a pack."""

    def batches(cursor: int) -> Iterator[Batch]:
        for stage in recipe.stages:
            end = round(stage.until * recipe.steps) * recipe.batch
            if cursor >= end:
                continue
            shape = {"size": recipe.size, "batch": recipe.batch, "workers": workers}
            for batch in Loader(path=pack, seed=recipe.seed, start=cursor, mix=stage.mix, **shape):
                yield batch
                cursor = batch.cursor
                if cursor >= end:
                    break

    return batches


def fed(stream: Iterator[Batch], device: torch.device, see: Callable[..., T]) -> Iterator[tuple[T, int]]:
    """Batches on the device, seen, and where each ends; a thread asks for the next while this one is learnt from."""
    pinned = device.type == "cuda"
    with ThreadPoolExecutor(1) as pool:
        ahead = deque(pool.submit(next, stream) for _ in range(AHEAD))
        try:
            while True:
                batch = ahead.popleft().result()
                ahead.append(pool.submit(next, stream))
                tensors = (torch.from_numpy(np.ascontiguousarray(array)) for array in batch.arrays)
                moved = ((t.pin_memory() if pinned else t).to(device, non_blocking=True) for t in tensors)
                yield see(*moved), batch.cursor
        finally:
            pool.shutdown(cancel_futures=True)


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
