"""A real studio, a real browser, and a line between them that can be cut."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from line import Line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--font-render-hinting=none"
).split()
SCREENS = {"phone": (390, 844), "desktop": (1280, 800)}
PATIENCE = 60_000
"""Milliseconds in which a picture has to be there, on a busy machine too."""


@contextmanager
def running(home: Path, *flags: str, **environment: str) -> Iterator[str]:
    """A studio of its own on this machine; its address."""
    pytest.importorskip("fastapi", reason="needs mengbi[studio]")
    pytest.importorskip("dbos", reason="needs mengbi[studio]")
    own = {key: value for key, value in os.environ.items() if not key.startswith("MENGBI_")}
    command = [sys.executable, "-m", "mengbi", "studio", "--no-browser", "--port", "0", *flags]
    log = home / "studio.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**own, "MENGBI_HOME": str(home), "OMP_NUM_THREADS": "1", **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        said = log.read_text()
        if "http://" in said:
            return "http://" + said.split("http://")[1].split()[0].rstrip("/")
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"no studio: {log.read_text()[-2000:]}")


class Asked:
    """The studio, asked directly: what the page says of it is held against this."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, path: str, body: object = None, method: str | None = None) -> object:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def jobs(self) -> list[dict]:
        return self("jobs?limit=200")["items"]

    def painted(self, prompt: str, **wishes: object) -> dict:
        """A picture, painted without a page."""
        job = self("jobs", {"brief": {"prompt": prompt, "style": "none", **wishes}})
        return self.finished(job["id"])["pictures"][0]

    def finished(self, number: int) -> dict:
        for _ in range(PATIENCE // 100):
            job = self(f"jobs/{number}")
            if job["state"] not in ("queued", "running"):
                return job
            time.sleep(0.1)
        raise AssertionError(f"job {number} has not ended")


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """The address of a studio that all tests share."""
    with running(tmp_path_factory.mktemp("studio")) as address:
        yield address


@pytest.fixture(scope="session")
def ask(studio):
    return Asked(studio)


@pytest.fixture(scope="session")
def fox(ask):
    """A picture that is in the gallery."""
    return ask.painted("A red fox in the snow")


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """The address of a studio that wants a token, and the token."""
    token = "a-token-that-nobody-guesses"
    with running(tmp_path_factory.mktemp("closed"), "--workers", "0", MENGBI_TOKEN=token) as address:
        yield address, token


@pytest.fixture
def line(studio):
    """The way to the studio over a line that can be cut."""
    with Line(studio) as line:
        yield line


@pytest.fixture(scope="session")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with driver.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Opens the page in a browser of its own: visit(address, "phone"). A fault in the page fails the test."""
    contexts, faults = [], []

    def opened(address, screen="desktop", language="en-US", workers="block", **settings):
        width, height = SCREENS[screen]
        phone = {"has_touch": True, "is_mobile": True} if screen == "phone" else {}
        usual = {"viewport": {"width": width, "height": height}, "locale": language, "service_workers": workers}
        context = browser.new_context(**usual, **phone, reduced_motion="reduce", **settings)
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(params=["phone", "desktop"])
def screen(request):
    return request.param
