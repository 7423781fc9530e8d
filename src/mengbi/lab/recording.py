"""A run as the registry of trainings sees it: begun, how far, how it goes, ended."""

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mengbi
from mengbi.errors import MengbiError, StorageError
from mengbi.faces.say import printable
from mengbi.lab.card import machine
from mengbi.lab.log import Log
from mengbi.lab.order import Order
from mengbi.lab.run import Run
from mengbi.studio import trainings
from mengbi.studio.store import Store, opened
from mengbi.studio.trainings import Training

PAUSE = 2.0
"""Seconds at least between two entries of one run."""


class Entry:
    """A run's row. What cannot be written costs nobody their training: standard error says so, once."""

    def __init__(self, store: Store | None, name: str, out: Path) -> None:
        self.store, self.name, self.out, self.last = store, name, out, -math.inf

    def look(self, run: Run, note: str) -> None:
        """As `train` calls `record`."""
        if time.monotonic() - self.last >= PAUSE:
            self.last = time.monotonic()
            standing = {"step": run.step, "steps": run.recipe.steps, "seconds": run.seconds}
            self.write(**standing, metrics=latest(self.out), note=note or None)

    def end(self, done: bool) -> None:
        """The call is over: the recipe is done, or it can be gone on with."""
        lines = Log(self.out).lines()
        standing = {"step": int(lines[-1]["step"])} if lines else {}
        self.write(**standing, metrics=latest(self.out), state="done" if done else "stopped")

    def write(self, **changes: Any) -> None:
        """Any columns of the row."""
        if self.store is None:
            return
        try:
            trainings.follow(self.store, self.name, **changes)
        except StorageError as error:
            self.store = None
            sys.stderr.write(
                f"mengbi: trained on, but not written into the list of trainings: {printable(str(error))}\n"
            )


@contextmanager
def recorded(order: Order, out: Path, name: str, device: str) -> Iterator[Entry]:
    """A run's row while it trains; of many processes the first writes. Raises BriefError if the name is another's."""
    if os.environ.get("RANK", "0") != "0":
        yield Entry(None, name, out)
        return
    with opened() as store:
        training = Training(
            name=name,
            family=order.recipe,
            recipe=asdict(order),
            data={},
            code=mengbi.__version__,
            machine=machine(device),
            folder=out,
            steps=0,
            parent=order.start,
            metrics={},
        )
        entry, fresh = Entry(store, name, out), trainings.in_folder(store, out) is None
        trainings.begin(store, training)
        try:
            yield entry
        except BaseException as error:
            if fresh and math.isinf(entry.last):  # it never began
                trainings.forget(store, name)
            else:
                entry.write(state="failed", note=str(error) if isinstance(error, MengbiError) else type(error).__name__)
            raise


def latest(out: Path) -> dict[str, float]:
    """Of each number in the log of the run there, what it lately was."""
    found: dict[str, float] = {}
    for line in Log(out).lines():
        found |= line
    return {name: value for name, value in found.items() if math.isfinite(value)}
