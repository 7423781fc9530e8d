"""`mengbi worker`: paints what the studio's queue holds, here or on another machine."""

import os
import signal
import threading
import time

import click

PATIENCE = 10.0
"""Seconds that it has to put down its brush when its server is gone: a step may take longer, or never end."""


@click.command()
@click.option("--filter/--no-filter", "filters", default=True, help="Hold explicit words and pictures back.  [on]")
@click.option("--drain", is_flag=True, help="End when all is done, by others too.")
@click.option("--tied", is_flag=True, hidden=True, help="End when standard input does: whoever started it is gone.")
def worker(*, filters: bool, drain: bool, tied: bool) -> None:
    """Paint for the studio.

    mengbi studio has one worker of its own. More of them, also on other machines, share the work when they have the
    same database and the same place for pictures.

    \b
    MENGBI_DATABASE=postgresql://me@server/mengbi MENGBI_BLOBS=s3://pictures mengbi worker
    """
    from mengbi.studio.store import opened
    from mengbi.studio.worker import work

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if tied:
        threading.Thread(target=_end_with, args=(stop,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(5)  # whoever answers people goes first
    with opened() as store:
        work(store, stop=stop, filters=filters, drain=drain)


def _end_with(stop: threading.Event) -> None:
    while os.read(0, 4096):  # not through sys.stdin: its lock would be held when the interpreter ends
        pass
    stop.set()
    time.sleep(PATIENCE)
    os._exit(1)  # as if it had been killed: what it holds is painted by another, and nothing that it wrote is half
