import itertools
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tiny
import torch
from PIL import Image

from mengbi.engine.dream import tell
from mengbi.errors import BriefError, FaultError
from mengbi.lab.checkpoint import CheckpointWarning, newest
from mengbi.lab.data.stream import EARLY, LATE
from mengbi.lab.dreaming import painting, stream
from mengbi.lab.log import Log
from mengbi.lab.models import build
from mengbi.lab.sheet import as_denoiser, paint
from mengbi.lab.train import train
from mengbi.text.condition import Condition


def learn(recipe, out, **options):
    said = []
    stream = options.pop("stream", lambda cursor: tiny.batches(recipe.size, recipe.batch, cursor))
    return train(painting(recipe, stream), out, say=said.append, **options), said


def numbers(out):
    return {
        name: tensor for name, tensor in newest(out / "checkpoints").tensors.items() if not name.startswith("window.")
    }


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    assert learn(tiny.recipe(steps=60), out)[0]
    return out


def test_it_learns(whole):
    lines = Log(whole).lines()
    assert [line["step"] for line in lines] == list(range(5, 61, 5))
    assert lines[-1]["loss"] < 0.5 * lines[0]["loss"]
    assert newest(whole / "checkpoints").state["samples"] == 60 * 4


def test_time_runs_out_and_the_next_call_goes_on_to_the_same_weights(whole, tmp_path):
    wanted, calls = tiny.recipe(steps=60), 0
    done = False
    while not done:
        done, said = learn(wanted, tmp_path, minutes=0.2 / 60)
        calls += 1
        assert done or "goes on" in said[-1]
    assert calls > 1
    assert equal(numbers(tmp_path), numbers(whole))
    lines, others = Log(tmp_path).lines(), Log(whole).lines()
    assert [(line["step"], line["loss"]) for line in lines] == [(line["step"], line["loss"]) for line in others]


def start(out, steps):
    return subprocess.Popen(
        [sys.executable, str(Path(tiny.__file__)), str(out), str(steps)], stdout=subprocess.PIPE, text=True
    )


def wait_for_step(process, out, step):
    for _ in range(3000):
        lines = Log(out).lines()
        if lines and lines[-1]["step"] >= step:
            return
        assert getattr(process, "exitcode", None) is None
        time.sleep(0.01)
    raise AssertionError(f"step {step} never came")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_at_any_moment_it_ends_in_the_same_weights(whole, tmp_path):
    lives = multiprocessing.get_context("forkserver")
    lives.set_forkserver_preload(["mengbi.lab.train", "torch._dynamo"])  # or each life begins with seconds of imports
    made, steps = list(itertools.islice(tiny.batches(tiny.SIZE, 4, 0), 64)), []
    for moment in (5, *range(13, 23), 0, 0):  # in the first save of all, wherever a save can be cut in two, anywhere
        life = lives.Process(target=tiny.learn_until, args=(tmp_path, moment, made))
        life.start()
        if not moment:
            wait_for_step(life, tmp_path, 5 * (max(steps) // 5 + 1))
            life.kill()
        life.join()
        assert life.exitcode == -signal.SIGKILL
        found = newest(tmp_path / "checkpoints")
        steps.append(found.step if found else -1)
    assert steps[0] == -1 and steps == sorted(steps) and 10 < steps[-1] < 60
    assert learn(tiny.recipe(steps=60), tmp_path)[0]
    assert equal(numbers(tmp_path), numbers(whole))
    assert len(list((tmp_path / "checkpoints").glob("step-*"))) == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_asked_to_end_it_saves_and_says_how_to_go_on(tmp_path):
    process = start(tmp_path, 100_000)
    wait_for_step(process, tmp_path, 10)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "the same command goes on from there" in said
    last = Log(tmp_path).lines()[-1]["step"]
    assert last <= newest(tmp_path / "checkpoints").step < last + 5


def test_a_damaged_checkpoint_costs_some_steps_and_no_bit(whole, tmp_path):
    learn(tiny.recipe(steps=60), tmp_path, minutes=0.2 / 60)
    newest_path = max((tmp_path / "checkpoints").glob("*.safetensors"))
    newest_path.write_bytes(newest_path.read_bytes()[:-1])
    with pytest.warns(CheckpointWarning):
        assert learn(tiny.recipe(steps=60), tmp_path)[0]
    assert equal(numbers(tmp_path), numbers(whole))


def test_a_number_that_is_none_takes_it_back_once_at_half_the_rate(tmp_path):
    wanted, poisoned = tiny.recipe(), []

    def stream(cursor):
        for batch in tiny.batches(wanted.size, wanted.batch, cursor):
            if batch.cursor == 88 and not poisoned:
                poisoned.append(batch.cursor)
                batch = replace(batch, vectors=np.full_like(batch.vectors, np.inf))
            yield batch

    done, said = learn(wanted, tmp_path, stream=stream)
    assert done and any("no number" in line and "0.5 of the rate" in line for line in said)
    assert newest(tmp_path / "checkpoints").state["halvings"] == 1
    assert all(tensor.isfinite().all() for tensor in numbers(tmp_path).values())
    assert len(Log(tmp_path).lines()) == 8


def test_what_cannot_be_mended_ends_after_three_halvings(tmp_path):
    with pytest.raises(FaultError, match="lower rate"):
        learn(tiny.recipe(rate=1e9, warmup=1, clip=1e9), tmp_path)
    assert newest(tmp_path / "checkpoints").state["halvings"] == 3


def test_another_recipe_does_not_go_on_where_one_was_begun(whole):
    with pytest.raises(BriefError, match="--out"):
        learn(tiny.recipe(steps=60, seed=1), whole)


def test_a_run_can_begin_with_the_weights_of_another(whole, tmp_path):
    weights = {name[8:]: tensor for name, tensor in numbers(whole).items() if name.startswith("average.")}
    learn(tiny.recipe(steps=5), tmp_path / "on", weights=weights)
    learn(tiny.recipe(steps=5), tmp_path / "fresh")
    losses = [Log(tmp_path / name).lines()[-1]["loss"] for name in ("on", "fresh")]
    assert losses[0] < 0.6 * losses[1]


def test_the_rate_rises_stays_and_falls():
    wanted = tiny.recipe(steps=1000, warmup=100)
    rates = np.array([wanted.rate_at(step) for step in range(1001)]) / wanted.rate
    assert rates[0] == pytest.approx(0.01) and (rates[99:700] == 1).all()
    assert rates[850] == pytest.approx(0.5) and rates[1000] == 0


def test_the_data_change_with_the_stage_and_are_the_same_from_wherever_one_goes_on(monkeypatch):
    class Counting:
        def __init__(self, *, start, mix, batch, **_):
            self.start, self.mix, self.batch = start, mix, batch

        def __iter__(self):
            for cursor in itertools.count(self.start + self.batch, self.batch):
                yield SimpleNamespace(cursor=cursor, mix=self.mix)

    monkeypatch.setattr("mengbi.lab.dreaming.Loader", Counting)
    wanted = tiny.recipe(steps=100, batch=4)
    seen = [(batch.cursor, batch.mix) for batch in stream(wanted, Path("pack"), 0)(0)]
    assert [cursor for cursor, _ in seen] == list(range(4, 401, 4))
    assert [mix for _, mix in seen] == [EARLY] * 35 + [LATE] * 65
    for done in (0, 1, 34, 35, 36, 99):
        assert [(batch.cursor, batch.mix) for batch in stream(wanted, Path("pack"), 0)(4 * done)] == seen[done:]


def test_sheets_and_curves_are_drawn_on_the_way(tmp_path):
    wanted = tiny.recipe(steps=10, sheet_every=5, prompts=("a cat", "一只猫"))
    learn(wanted, tmp_path)
    sheets = sorted((tmp_path / "sheets").iterdir())
    assert [sheet.name for sheet in sheets] == ["00000005.png", "00000010.png"]
    with Image.open(sheets[-1]) as sheet:
        assert sheet.size == (5 * wanted.size, 2 * wanted.size)
    with Image.open(tmp_path / "curves.png") as curves:
        assert np.ptp(np.asarray(curves)) > 100


def test_half_a_line_of_a_log_is_forgotten(tmp_path):
    log = Log(tmp_path)
    for step in (5, 10, 15):
        log.add({"step": step, "loss": 1 / step})
    log.path.write_text(log.path.read_text() + '{"step": 20, "lo')
    assert [line["step"] for line in log.lines()] == [5, 10, 15]
    log.rewind(10)
    assert [json.loads(line)["step"] for line in log.path.read_text().splitlines()] == [5, 10]


def test_a_network_is_a_denoiser_and_its_picture_depends_on_its_own_words_and_seed_only():
    torch.manual_seed(0)
    model = build(tiny.recipe().model)
    torch.nn.init.normal_(model.paint.weight, std=0.1)
    vectors = tiny._vectors().astype(np.float32)
    told = [
        tell(Condition(vectors=row[None], weights=np.ones(1, np.float32), pooled=row), np.zeros((4, 16, 16)))
        for row in vectors[0]
    ]
    z = np.random.default_rng(0).standard_normal((6, 3, 16, 16)).astype(np.float32)
    x0 = as_denoiser(model)(z, 0.5, told)
    assert x0.shape == z.shape and x0.dtype == np.float32
    painted = paint(model, told, range(6))
    assert painted.shape == (6, 16, 16, 3) and painted.dtype == np.uint8
    assert abs(painted[3:].astype(int) - paint(model, told[3:], range(3, 6))).max() <= 6  # bf16, other batch
    assert not np.array_equal(painted[0], paint(model, told[:1], [9])[0])
    assert math.isfinite(x0.sum())
