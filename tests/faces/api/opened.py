"""A studio in a process of its own, for tests that need a real server with a real worker."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

TOKEN = "a-token-of-many-letters"
NEVER = 600
"""Seconds after which nobody comes any more."""


@contextmanager
def running(folder, *options, **environment):
    """The URL of a studio on this machine, and its process."""
    settings = {"MENGBI_HOME": str(folder), "MENGBI_THREADS": "1", "OMP_NUM_THREADS": "1"}
    env = {k: v for k, v in os.environ.items() if not k.startswith("MENGBI_")} | settings | environment
    command = [sys.executable, "-m", "mengbi", "studio", "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        if " at http" not in said:
            process.kill()
            raise AssertionError(f"the studio did not open: {said} {process.stderr.read()}")
        yield said.split(" at ")[1].split()[0], process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=NEVER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for(client, number):
    """The job as it ended, however slow the machine is: only what never ends takes so long."""
    until = time.monotonic() + NEVER
    while time.monotonic() < until:
        job = client.get(f"/api/v1/jobs/{number}").raise_for_status().json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"job {number} is still {job['state']}")


class Quick:
    """An engine that takes no time, whatever is asked for: a little picture in three steps."""

    name, title, defaults, weights = "quick", "a little picture", {}, "w"
    uses = frozenset({"steps", "guidance", "sampler", "strength", "negative", "photo", "mask", "sketch"})

    def paint(self, plan):
        import numpy as np

        from mengbi.engine import Step
        from mengbi.picture import Picture

        pixels = np.full((64, 64, 3), 99, np.uint8)
        images = np.stack([pixels] * len(plan.samples))
        made = tuple(Picture(pixels=pixels, plan=plan.only(index)) for index in range(len(plan.samples)))
        for number in range(1, 4):
            yield Step(done=number / 3, stage="x", images=images, pictures=made if number == 3 else ())


@contextmanager
def painting(store):
    """Whatever is accepted meanwhile is painted as a worker does, by engines that take no time."""
    from mengbi.engine import ENGINES
    from mengbi.studio.painter import Way, keep, paint, resolve
    from mengbi.studio.runs import let_go, take

    stop, way = threading.Event(), Way(filters=False)

    def work():
        while not stop.is_set():
            run = take(store, "quick")
            if run is None:
                stop.wait(0.01)
                continue
            for group in resolve(store, run, way):
                fresh = {}
                keep(store, run, paint(store, run, group, way, fresh), fresh)
            let_go(store, run)

    ENGINES.names()
    before = dict(ENGINES._items)
    ENGINES._items.update(dict.fromkeys(before, Quick))
    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
        ENGINES._items.update(before)


@contextmanager
def served(folder):
    """URL of a studio in this process, with a few pictures, that paints at once."""
    import uvicorn

    import mengbi
    from mengbi.faces.api.access import Access
    from mengbi.faces.api.app import make_app
    from mengbi.studio.pictures import add
    from mengbi.studio.store import opened

    with opened(f"sqlite:///{folder}/s.db", str(folder / "blobs")) as store, socket.socket() as listening:
        for seed in range(3):
            add(store, mengbi.paint("a fox", style="none", size=(64, 64), engine="sketch", seed=seed).png())
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(make_app(store, Access(host="127.0.0.1")), log_config=None, lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        with painting(store):
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()
