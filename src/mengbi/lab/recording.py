"""A run as the registry of trainings sees it: begun, how far, how it goes, ended."""

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import mengbi
from mengbi.errors import MengbiError, StorageError
from mengbi.faces.say import printable
from mengbi.lab.card import machine
from mengbi.lab.log import Log
from mengbi.lab.order import Order
from mengbi.lab.ranks import first
from mengbi.lab.run import Run
from mengbi.studio import trainings
from mengbi.studio.store import Store, opened
from mengbi.studio.trainings import Training

PAUSE = 2.0
"""Seconds at least between two entries of one run."""


class Entry:
    """A run's row, from its first step on. What cannot be written costs nobody their training: it is said, once."""

    def __init__(self, store: Store | None, training: Training) -> None:
        self.store, self.training, self.begun, self.last = store, training, False, -math.inf

    def learns_from(self, data: Mapping[str, Any]) -> None:
        """What it learns from, before it begins."""
        self.training = replace(self.training, data=data)

    def look(self, run: Run, note: str) -> None:
        """As `train` calls `record`."""
        if not self.begun:
            self.begun = True
            self._try(trainings.begin, replace(self.training, steps=run.recipe.steps))
        if time.monotonic() - self.last >= PAUSE:
            self.last = time.monotonic()
            standing = {"step": run.step, "steps": run.recipe.steps, "seconds": run.seconds}
            self._write(**standing, metrics=latest(self.training.folder), note=note or None)

    def end(self, state: str, note: str | None = None) -> None:
        """The call is over. state: as in a row."""
        if self.begun:
            lines = Log(self.training.folder).lines()
            standing = {"step": int(lines[-1]["step"])} if lines else {}
            noted = {"note": note} if note else {}
            self._write(**standing, **noted, metrics=latest(self.training.folder), state=state)

    def _write(self, **changes: Any) -> None:
        self._try(trainings.follow, self.training.name, **changes)

    def _try(self, what: Callable[..., Any], *arguments: Any, **changes: Any) -> None:
        if self.store is None:
            return
        try:
            what(self.store, *arguments, **changes)
        except StorageError as error:
            self.store = None
            sys.stderr.write(
                f"mengbi: trained on, but not written into the list of trainings: {printable(str(error))}\n"
            )


@contextmanager
def recorded(order: Order, out: Path, name: str, device: str) -> Iterator[Entry]:
    """A run's row while it trains; of many processes the first writes. Raises BriefError if the name is another's."""
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
    if not first():
        yield Entry(None, training)
        return
    with opened() as store:
        trainings.check(store, name, out)
        entry = Entry(store, training)
        try:
            yield entry
        except (KeyboardInterrupt, BrokenPipeError):
            entry.end("stopped")
            raise
        except BaseException as error:
            entry.end("failed", str(error) if isinstance(error, MengbiError) else type(error).__name__)
            raise


def latest(out: Path) -> dict[str, float]:
    """Of each number in the log of the run there, what it lately was."""
    found: dict[str, float] = {}
    for line in Log(out).lines():
        found |= line
    return {name: value for name, value in found.items() if math.isfinite(value)}
