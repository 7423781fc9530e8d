"""What the tests of the page share: a studio of their own, its painter held still, and the studio asked without a page.

No test may depend on how fast the machine is. What has to be seen while a picture is painted is painted by the engine
`patient` and looked at inside `with brush.held():`.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import patient
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--font-render-hinting=none"
).split()
SCREENS = {"phone": (390, 844), "desktop": (1280, 800)}
PATIENCE = 300
"""Seconds after which something has gone wrong, on the busiest machine; nothing is expected to take them."""
SMALL = {"engine": patient.Patient.name, "styles": [["none", 1]], "size": [128, 128]}
"""A draft whose picture is painted at once, or held."""


MENGBI = (sys.executable, "-m", "mengbi")
PASSWORD = "eight letters and more"


@contextmanager
def running(home: Path, *flags: str, **environment: str) -> Iterator[str]:
    """A studio of its own on this machine, with the engine `patient` installed in it; its address."""
    pytest.importorskip("fastapi", reason="needs mengbi[studio]")
    pytest.importorskip("dbos", reason="needs mengbi[studio]")
    path = os.pathsep.join(filter(None, [str(_installed(home / "packages")), os.environ.get("PYTHONPATH")]))
    own = _environment(home) | {"PYTHONPATH": path, **environment}
    command = [*MENGBI, "studio", "--no-browser", "--no-filter", "--port", "0", *flags]
    log = home / "studio.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=own, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def mengbi(home: Path, *words: str, said: str = "") -> None:
    """One command at a terminal, on the data folder of a studio; `said` is typed."""
    pytest.importorskip("argon2", reason="needs mengbi[studio]")
    subprocess.run([*MENGBI, *words], env=_environment(home), input=said, text=True, check=True, timeout=PATIENCE)


def _environment(home: Path) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("MENGBI_")}
    return own | {"MENGBI_HOME": str(home), "OMP_NUM_THREADS": "1"}


def _installed(folder: Path) -> Path:
    """The folder, with a package in it as pip would have put it there."""
    about = folder / "patient-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: patient\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[mengbi]\npatient = patient:register\n")
    shutil.copy(patient.__file__, folder / "patient.py")
    return folder


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(PATIENCE * 10):
        said = log.read_text()
        if "http://" in said:
            return "http://" + said.split("http://")[1].split()[0].rstrip("/")
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"no studio: {log.read_text()[-2000:]}")


class Brush:
    """The brush of the engine `patient` in a studio."""

    def __init__(self, home: Path) -> None:
        self._sign = home / patient.SIGN

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds it still: whatever it paints shows its first step, and gets no further until this ends."""
        self._sign.touch()
        try:
            yield
        finally:
            self.let_go()

    def let_go(self) -> None:
        self._sign.unlink(missing_ok=True)


class Asked:
    """The studio, asked directly: what the page says of it is held against this."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, path: str, body: object = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def jobs(self) -> list[dict[str, Any]]:
        return self("jobs?limit=200")["items"]

    def of(self, words: str) -> list[dict[str, Any]]:
        """The jobs of these words."""
        return [job for job in self.jobs() if job["brief"].get("prompt") == words]

    def wanted(self, prompt: str, priority: int = 0, **wishes: object) -> dict[str, Any]:
        """A job of a small picture; nothing is waited for."""
        brief = {"prompt": prompt, "engine": "patient", "style": "none", "size": [128, 128], **wishes}
        return self("jobs", {"brief": brief, "priority": priority})

    def painted(self, prompt: str, **wishes: object) -> dict[str, Any]:
        """A small picture, painted without a page."""
        return self.finished(self.wanted(prompt, **wishes)["id"])["pictures"][0]

    def finished(self, number: int) -> dict[str, Any]:
        """The job, as soon as it is done."""
        for _ in range(PATIENCE * 20):
            job = self(f"jobs/{number}")
            if job["state"] not in ("queued", "running"):
                assert job["state"] == "done", job["error"]
                return job
            time.sleep(0.05)
        raise AssertionError(f"job {number} has not ended")

    def clear(self) -> None:
        """Cancels whatever is not done."""
        for state in ("queued", "paused", "running"):
            for job in self(f"jobs?state={state}&limit=200")["items"]:
                with suppress(HTTPError):  # it has ended meanwhile
                    self(f"jobs/{job['id']}/cancel", method="POST")


def watch(page: Any, ask: Asked, job: dict[str, Any]) -> dict[str, Any]:
    """Waits until the page shows a job's picture, finished: on the easel, or on a page of its own; the picture."""
    picture: dict[str, Any] = ask.finished(job["id"])["pictures"][0]
    place = f"#/picture/{picture['id']}"
    page.locator(f'.canvas[href="{place}"] .final, .whole[href$="/{picture["id"]}/file"] .there').wait_for()
    return picture


def heard(page: Any, words: str) -> None:
    """Waits until the page has said this in passing; it need not be there any more."""
    page.wait_for_function("(words) => (window.said ?? []).some((one) => one.includes(words))", arg=words)
