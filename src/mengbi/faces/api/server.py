"""The server process: a socket, the application, and child processes that paint for as long as it lives."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mengbi.errors import BriefError, FaultError
from mengbi.faces.api.access import Access
from mengbi.faces.api.app import make_app
from mengbi.faces.api.options import engines
from mengbi.faces.api.outer import log_to_stderr
from mengbi.studio.store import Store

HEADER_PAUSE = 20.0
"""Seconds that a connection may take to say what it wants."""
PATIENCE = 10.0
"""Seconds that workers have to put down their brush."""
THREADS = 16
"""Of the routes that wait for the database: more of them only wait for each other."""
SLOWEST = 30.0
"""Seconds between two starts of a worker that does not stay."""


def serve(
    store: Store,
    entrance: Access,
    *,
    port: int,
    workers: int,
    filters: bool,
    browser: bool,
    ready: Callable[[str], None],
) -> None:
    """Answers until it is told to stop. ready: called with the page's URL as soon as it answers. filters: of workers.

    Raises BriefError for an address that cannot be had.
    """
    log_to_stderr(os.environ.get("MENGBI_LOG", "WARNING").upper())
    app = make_app(store, entrance)
    config = uvicorn.Config(
        app, http=Patient, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
        timeout_keep_alive=30, timeout_graceful_shutdown=3, limit_concurrency=1000, h11_max_incomplete_event_size=32768,
    )  # fmt: skip
    server = Quiet(config, app.state.studio.stopping)
    listening = _listen(entrance.host, port)
    url = _url(entrance, listening.getsockname()[1])
    crew = Crew(workers, filters)

    async def run() -> None:
        import anyio.to_thread

        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        announced = asyncio.create_task(_announce(server, url, browser, ready, crew))
        try:
            await server.serve(sockets=[listening])
        finally:
            app.state.studio.stopping.set()
            announced.cancel()

    try:
        asyncio.run(run())
    finally:
        crew.stop()


class Quiet(uvicorn.Server):
    """Ends at a signal and that is that: uvicorn's own raises it once more when all is done."""

    def __init__(self, config: uvicorn.Config, told: threading.Event) -> None:
        super().__init__(config)
        self.told = told

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        names = ("SIGINT", "SIGTERM", "SIGHUP")
        before = {number: signal.signal(number, self._end) for n in names if (number := getattr(signal, n, None))}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _number: int, _frame: object) -> None:
        self.force_exit = self.should_exit  # the second time at once
        self.should_exit = True
        self.told.set()


class Patient(H11Protocol):
    """HTTP/1.1 that hangs up on who connects and says nothing, or says it letter by letter."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(HEADER_PAUSE, self._hang_up)

    def _hang_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


class Crew:
    """Workers of this machine, each watched by a thread that starts it again where it falls."""

    def __init__(self, count: int, filters: bool) -> None:
        self._ending, self._filters = threading.Event(), filters
        self._watchers = [threading.Thread(target=self._watch, name=f"worker-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        """Starts them all."""
        for watcher in self._watchers:
            watcher.start()

    def stop(self) -> None:
        """Ends them all: kindly first."""
        self._ending.set()
        for watcher in self._watchers:
            if watcher.is_alive():
                watcher.join(PATIENCE + 5)

    def _watch(self) -> None:
        pause = 0.5
        while not self._ending.is_set():
            began = time.monotonic()
            child = _start_worker(self._filters)
            while child.poll() is None and not self._ending.wait(0.2):
                pass
            if self._ending.is_set():
                _end(child)
                return
            sys.stderr.write(f"mengbi: the worker ended with code {child.returncode}; it is started again\n")
            pause = 0.5 if time.monotonic() - began > 60 else min(pause * 2, SLOWEST)
            self._ending.wait(pause)


def _start_worker(filters: bool) -> "subprocess.Popen[bytes]":
    """One that ends with us, also when we are killed: by the pipe. Ctrl-C at the terminal is for us, and we tell it."""
    command = [sys.executable, "-m", "mengbi", "worker", "--tied", "--filter" if filters else "--no-filter"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _end(child: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


async def _announce(server: uvicorn.Server, url: str, browser: bool, ready: Callable[[str], None], crew: Crew) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    ready(url)
    if browser and _has_screen():
        await asyncio.to_thread(webbrowser.open, url)
    with suppress(FaultError):  # whoever asks for the options will hear of it
        await asyncio.to_thread(engines)  # the page asks this first: before the worker takes the processor
    crew.start()


def _has_screen() -> bool:
    """Whether a browser would have a window of its own; one made of letters would take this terminal."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY"))


def _listen(host: str, port: int) -> socket.socket:
    with ExitStack() as undo:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            # TCP by name: asyncio turns Nagle's waiting off only where it reads so, and 40 ms are lost an answer
            made = undo.enter_context(socket.socket(family[0], socket.SOCK_STREAM, socket.IPPROTO_TCP))
            if os.name != "nt":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(family[4])
            made.listen(512)
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or str(error)
            other = port + 1 if 0 < port < 65535 else 0
            raise BriefError(f"{host}:{port} cannot be listened at ({said}); try --port {other}") from error
        undo.pop_all()
    return made


def _url(entrance: Access, port: int) -> str:
    host = entrance.host
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
