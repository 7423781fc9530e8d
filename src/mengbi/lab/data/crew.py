"""Processes that help this one, and leave when it does, even where it was killed."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def crew(workers: int, begin: Callable[..., None] | None = None, *told: Any) -> ProcessPoolExecutor:
    """So many processes, started anew; each begins with `begin(*told)`, a function that has a name in its module."""
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (begin, *told))


def _begin(begin: Callable[..., None] | None, *told: Any) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    if begin is not None:
        begin(*told)


def _leave_with_parent() -> None:
    """A process whose parent was killed would wait for ever for something to do."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
