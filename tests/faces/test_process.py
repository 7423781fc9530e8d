"""Promises that only a real process can keep or break: signals, pipes, full disks, terminals, encodings."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from little_terminal import LittleTerminal
from PIL import Image

from mengbi.provenance import read

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pseudo-terminals are POSIX")

resource = pytest.importorskip("resource", reason="limits are POSIX")
MENGBI = (sys.executable, "-m", "mengbi")
FAST = ("--engine", "analytic", "--size", "128", "--seed", "3")
LONG = ("paint", "a long dream", "--engine", "analytic", "--size", "512", "--steps", "1000", "--film", "f.gif")


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("MENGBI_DEBUG", "MENGBI_TERMINAL", "NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))


def run(*arguments, **options):
    return subprocess.run([*MENGBI, *arguments], capture_output=True, timeout=60, check=False, **options)


def until_it_listens(process):
    """Returns once the process has a handler of its own for SIGHUP, which it gets before it begins to paint."""
    table = Path(f"/proc/{process.pid}/status")
    if not table.exists():
        time.sleep(5)
        return
    while process.poll() is None:
        (caught,) = (line.split()[1] for line in table.read_text().splitlines() if line.startswith("SigCgt"))
        if int(caught, 16) >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.02)
    raise AssertionError("it ended before it began")


def files():
    return sorted(path.name for path in Path().iterdir())


def on_a_terminal(*arguments, environ=(), stop_at=None, answers=()):
    """Runs it in the foreground of a pseudo-terminal of 80 x 24; returns what it wrote and its exit code."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm-256color", **dict(environ)})
        os.execv(sys.executable, [*MENGBI, *arguments])
    said, deadline, answers = b"", time.monotonic() + 60, dict(answers)
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux's way of saying that the other end is closed
            break
        if not piece:
            break
        said += piece
        for question in [question for question in answers if question in said]:
            os.write(terminal, answers.pop(question))
        if stop_at is not None and stop_at in said:
            os.write(terminal, b"\x03")
            stop_at = None
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return said.decode(), os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_painting_that_is_stopped_leaves_nothing(number, code):
    with subprocess.Popen([*MENGBI, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until_it_listens(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert out == b"" and err.decode() == "mengbi: stopped; no half picture was left behind\n"
    assert files() == []


@pytest.mark.parametrize(
    "where",
    [
        "exec('signal.raise_signal(signal.SIGINT)')",  # as inside every dataclass that is being made
        "import swallows; time.sleep(20)",
    ],
)
def test_ctrl_c_is_heard_wherever_it_comes(where):
    Path("swallows.py").write_text(
        "import signal, weakref\n\nclass Thing: pass\n\nthing = Thing()\n"
        "hold = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))\ndel thing\n"
    )
    Path("program.py").write_text(
        "import signal, sys, time\nfrom mengbi.faces import cli, commands, say\n\n"
        f"def run(arguments):\n    {where}\n\ncommands.run = run\nsys.exit(cli.main())\n"
    )
    done = subprocess.run([sys.executable, "-m", "program"], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, b"mengbi: stopped; no half picture was left behind\n")


def test_ctrl_c_on_a_terminal_leaves_the_line_clean_and_nothing_else():
    said, code = on_a_terminal(*LONG, environ={"MENGBI_TERMINAL": "none"}, stop_at=b" 5% ")
    assert code == 130
    assert (
        LittleTerminal().feed(said.replace("^C", "")).lines()[0] == "mengbi: stopped; no half picture was left behind"
    )
    assert files() == []


def test_what_is_piped_is_plain_text():
    done = run("paint", "a dream", *FAST, env={**os.environ, "TERM": "xterm-kitty", "FORCE_COLOR": "1"})
    assert done.returncode == 0 and done.stderr == b""
    assert b"\x1b" not in done.stdout and b"\r" not in done.stdout
    assert done.stdout.startswith(b"saved ")


def test_json_is_all_that_is_on_standard_output():
    done = run("paint", "做梦", "--json", "-n", "2", *FAST)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [Path(row["path"]).exists() for row in rows] == [True, True] and done.stderr == b""


@pytest.mark.parametrize("environ", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
def test_chinese_does_not_break_a_terminal_that_has_none(environ):
    done = run("paint", "落日飞车", *FAST, env={**os.environ, **environ})
    assert done.returncode == 0, done.stderr
    assert files() == ["mengbi-落日飞车-3.png"]
    assert json.loads(run("paint", "落日", "--json", *FAST, env={**os.environ, **environ}).stdout)["seed"] == 3


def test_a_reader_that_has_seen_enough_is_no_error():
    with subprocess.Popen([*MENGBI, "paint", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(30)


def test_an_output_that_is_full_is_one_line():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*MENGBI, "styles"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("mengbi: ") and done.stderr.count(b"\n") == 1


def test_a_file_too_large_for_the_limits_leaves_nothing():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = run("paint", "a dream", *FAST, preexec_fn=limit)
    assert done.returncode in (1, 2)
    assert done.stderr.decode().startswith("mengbi: ") and done.stderr.count(b"\n") == 1
    assert files() == []


def test_a_full_disk_is_one_line_and_keeps_what_was_there(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a small disk here")
    try:
        (disk / "dream.png").write_bytes(b"what was there")
        done = run("paint", "a dream", "-o", str(disk / "dream.png"), *FAST)
        assert done.returncode == 1
        assert "the disk is full" in done.stderr.decode() and done.stderr.count(b"\n") == 1
        assert [(path.name, path.read_bytes()) for path in disk.iterdir()] == [("dream.png", b"what was there")]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_place_that_takes_no_files_is_the_callers_mistake():
    done = run("paint", "a dream", "-o", "/proc/dream.png", *FAST)
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    assert done.returncode == 2
    assert b"/proc/dream.png" in done.stderr and done.stderr.count(b"\n") == 1


def test_on_a_terminal_the_picture_comes_and_stays():
    said, code = on_a_terminal("paint", "a dream", *FAST, environ={"MENGBI_TERMINAL": "blocks"})
    assert code == 0
    lines = LittleTerminal().feed(said).lines()
    assert [line for line in lines if line][:-1] == ["▀" * 42] * 21
    assert [line for line in lines if line][-1].startswith("saved mengbi-a-dream-3.png (128x128, seed 3")


def test_a_terminal_that_answers_gets_sixel_of_the_size_of_its_cells():
    answers = {b"\x1b[16t\x1b[c": b"\x1b[6;18;9t\x1b[?62;4;22c"}
    said, code = on_a_terminal("paint", "a dream", *FAST, answers=answers)
    assert code == 0
    said = said.partition("\x1b[16t\x1b[c")[2]
    assert "62;4" not in said.partition("\x1bP")[0], "the answer was echoed"
    pictures = LittleTerminal().feed(said).pictures
    assert pictures and {picture[2] for picture in pictures} == {"sixel"}
    assert pictures[-1][4].shape == (21 * 18, 42 * 9, 3)


def test_a_terminal_that_has_no_sixel_gets_half_blocks():
    said, _ = on_a_terminal("paint", "a dream", *FAST, answers={b"\x1b[c": b"\x1b[?1;2c"})
    assert "▀" in said and "\x1bP" not in said


def test_show_shows_the_picture_too():
    run("paint", "a dream", "-o", "dream.png", *FAST)
    said, code = on_a_terminal(
        "show", "dream.png", environ={"MENGBI_TERMINAL": "sixel"}, answers={b"[c": b"\x1b[?1;2c"}
    )
    assert code == 0
    assert said.count("\x1bP0;1;0q") == 1 and said.index("\x1bP") < said.index("a dream")


def test_no_color_shows_no_picture():
    said, code = on_a_terminal("paint", "a dream", *FAST, environ={"NO_COLOR": "1", "MENGBI_TERMINAL": "blocks"})
    assert code == 0 and "▀" not in said and "\x1b[38" not in said


@pytest.mark.parametrize("quiet", [["-q"], ["--json"]])
def test_asked_to_be_quiet_it_draws_nothing(quiet):
    said, code = on_a_terminal("paint", "a dream", *quiet, *FAST)
    assert code == 0 and "\x1b" not in said


def test_a_dumb_terminal_is_not_garbled():
    said, code = on_a_terminal("paint", "a dream", *FAST, environ={"TERM": "dumb"})
    assert code == 0 and "\x1b" not in said and said.startswith("saved ")


def test_two_at_once_do_not_overwrite_each_other():
    processes = [
        subprocess.Popen([*MENGBI, "paint", "a dream", "-q", "--steps", str(4 + index), *FAST]) for index in range(3)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert sorted(read(path).plan.steps for path in Path().glob("*.png")) == [4, 5, 6]


def test_completion_knows_commands_options_and_names():
    def complete(line):
        words = line.split(" ")
        environ = {"_MENGBI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        return run(env={**os.environ, **environ}).stdout.decode()

    assert "paint" in complete("mengbi pa")
    assert "--engine" in complete("mengbi paint --en")
    assert "starry" in complete("mengbi paint --style st")
    assert "analytic" in complete("mengbi paint --engine an")


def test_many_pictures_can_be_seen_at_once():
    said, code = on_a_terminal("paint", "a dream", "-n", "4", *FAST, environ={"MENGBI_TERMINAL": "kitty"})
    assert code == 0
    shown = LittleTerminal(columns=80, rows=24).feed(said)
    assert shown.pictures[-1][4].shape[0] == shown.pictures[-1][4].shape[1]
    assert len(list(Path().glob("*.png"))) == 4
    for path in Path().glob("*.png"):
        with contextlib.closing(Image.open(path)) as image:
            assert image.size == (128, 128)
