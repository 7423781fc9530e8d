"""What the tests of the page share: a studio of their own, and the studio asked without a page."""

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
from typing import Any

import pytest

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
    command = [sys.executable, "-m", "mengbi", "studio", "--no-browser", "--no-filter", "--port", "0", *flags]
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


def watch(page: Any, ask: "Asked", job: dict[str, Any]) -> dict[str, Any]:
    """Waits until the page shows a job's picture, finished: on the easel, or on a page of its own; the picture."""
    ended = ask.finished(job["id"])
    assert ended["state"] == "done", ended["error"]
    picture: dict[str, Any] = ended["pictures"][0]
    place = f"#/picture/{picture['id']}"
    page.locator(f'.canvas[href="{place}"] .final, .whole[href$="/{picture["id"]}/file"] .there').wait_for()
    return picture


class Asked:
    """The studio, asked directly: what the page says of it is held against this."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, path: str, body: object = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def jobs(self) -> list[dict[str, Any]]:
        return self("jobs?limit=200")["items"]

    def painted(self, prompt: str, **wishes: object) -> dict[str, Any]:
        """A picture, painted without a page."""
        job = self("jobs", {"brief": {"prompt": prompt, "style": "none", **wishes}})
        return self.finished(job["id"])["pictures"][0]

    def finished(self, number: int) -> dict[str, Any]:
        for _ in range(PATIENCE // 100):
            job = self(f"jobs/{number}")
            if job["state"] not in ("queued", "running"):
                return job
            time.sleep(0.1)
        raise AssertionError(f"job {number} has not ended")
