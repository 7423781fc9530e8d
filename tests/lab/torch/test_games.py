"""One trainer for many networks: games, pieces, many processes, checks."""

import subprocess
import sys
from dataclasses import replace

import game
import pytest
import torch
from game import game as play

from mengbi.errors import AssetError, BriefError
from mengbi.lab.checkpoint import newest
from mengbi.lab.learner import follow, take
from mengbi.lab.log import Log
from mengbi.lab.models import build
from mengbi.lab.ranks import Ranks
from mengbi.lab.run import kept, restored, trained
from mengbi.lab.train import train


def learn(task, out, **options):
    return train(task, out, say=str, **options)


def numbers(out):
    return newest(out / "checkpoints").tensors


def far(one, other):
    """The largest difference between weights."""
    names = [name for name in one if "model." in name or "average." in name]
    return max((one[name].float() - other[name].float()).abs().max().item() for name in names)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert learn(play(), out)
    return out


def test_each_learns_when_it_is_its_turn_and_stands_still_when_it_is_not(whole):
    found = numbers(whole)
    assert found["critic/adam.step.layers.0.weight"] == 60
    assert found["adam.step.layers.0.weight"] == 30  # every other step
    assert found["critic/model.asked"] == 60 * 2 + 30
    lines = Log(whole).lines()
    assert {"loss", "gradient", "critic loss", "critic gradient", "right"} <= lines[-1].keys()
    assert 0 < lines[-1]["right"] < 1


class Cut(Exception):  # noqa: N818
    """The power went."""


@pytest.mark.parametrize("moment", [1, 7, 10, 59])
def test_a_game_that_is_broken_off_goes_on_to_the_same_weights_buffers_and_moments(whole, tmp_path, moment):
    def tick(run):
        if run.step == moment:
            raise Cut

    with pytest.raises(Cut):
        learn(play(), tmp_path, tick=tick)
    assert learn(play(), tmp_path)
    mine, wanted = numbers(tmp_path), numbers(whole)
    assert mine.keys() == wanted.keys()
    assert all(torch.equal(mine[name], wanted[name]) for name in wanted)
    kept_lines = [{**line, "pictures a second": 0, "minutes": 0} for line in Log(tmp_path).lines()]
    assert kept_lines == [{**line, "pictures a second": 0, "minutes": 0} for line in Log(whole).lines()]


def test_the_average_follows_weights_and_takes_buffers_over_as_they_are():
    model, average, fresh = (build({"kind": "points", "outputs": 2, "normed": True}) for _ in range(3))
    for still in (average, fresh):
        still.requires_grad_(False)
    for _ in range(3):
        model(torch.randn(8, 2))
    follow(average, model, 0.75)
    assert average.asked == 3 and average.layers[1].num_batches_tracked == 3
    assert torch.equal(average.layers[1].running_mean, model.layers[1].running_mean)
    before = fresh.layers[0].weight.clone()
    follow(fresh, model, 0.75)
    wanted = 0.75 * before + 0.25 * model.layers[0].weight.detach()
    assert torch.allclose(fresh.layers[0].weight, wanted, atol=1e-7)


def test_weights_of_another_network_are_refused_whole(whole):
    found = newest(whole / "checkpoints")
    assert torch.equal(restored(found).layers[0].weight, found.tensors["average.layers.0.weight"])
    for other in ({**trained(found), "layers.3.weight": torch.zeros(7, 7)}, {"layers.0.weight": torch.ones(32, 2)}):
        model = build(found.state["model"])
        before = {key: value.clone() for key, value in model.state_dict().items()}
        with pytest.raises(AssetError, match="does not fit"):
            take(model, other)
        assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_pieces_of_a_batch_teach_what_the_whole_batch_does(tmp_path):
    def still(moment):  # a loss without chance, whose mean over pieces is that over the batch
        return (moment.networks["model"](moment.batch) - moment.batch.flip(1)).square().mean(1)

    for pieces in (1, 4):
        task = play(normed=False, pieces=pieces, others={}, steps=20)
        task = replace(task, turns=(replace(task.turns[1], loss=still, every=1),))
        learn(task, tmp_path / str(pieces))
    one, four = numbers(tmp_path / "1"), numbers(tmp_path / "4")
    del four["average.asked"], four["model.asked"]
    assert far(four, one) < 1e-5


def test_two_processes_learn_what_one_does(tmp_path):
    """Without chance in the losses but for the noise, whose share differs by process: so the weights nearly agree."""
    started = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*started, game.__file__, str(tmp_path / "two"), "30"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("step 30 ") == 1  # one of them speaks
    learn(play(normed=False, steps=30), tmp_path / "one")
    learn(play(normed=False, steps=1), tmp_path / "none")
    one, two, none = (numbers(tmp_path / name) for name in ("one", "two", "none"))
    assert one.keys() == two.keys()
    assert far(two, one) < 0.2 * far(none, one)
    subprocess.run([*command[:-1], "40"], capture_output=True, check=True, timeout=300)  # and goes on
    assert newest(tmp_path / "two" / "checkpoints").step == 40


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    assert [Ranks(rank, 4).rows(16) for rank in range(4)] == [slice(0, 4), slice(4, 8), slice(8, 12), slice(12, 16)]
    with pytest.raises(BriefError, match="multiple of 3"):
        Ranks(0, 3).rows(16)


def test_it_ends_early_when_nothing_grows_better_and_keeps_the_best(tmp_path):
    figures = iter([3.0, 1.0, 2.0, 2.0, 2.0, 9.0])
    task = replace(play(check_every=5, patience=3), check=lambda _: {"validation": next(figures), "other": 1.0})
    said = []
    assert train(task, tmp_path, say=said.append)
    assert newest(tmp_path / "checkpoints").step == 25 and "ended at step 25" in said[-1]
    assert kept(tmp_path).step == 10
    assert not torch.equal(trained(kept(tmp_path))["layers.0.weight"], numbers(tmp_path)["average.layers.0.weight"])
    assert train(task, tmp_path, say=said.append)  # it stays at its end
    assert [line["validation"] for line in Log(tmp_path).lines() if "validation" in line] == [3, 1, 2, 2, 2]


def test_patience_survives_a_break(tmp_path):
    figures = {5: 3.0, 10: 1.0}

    def with_tick(stop_at):
        step = [0]

        def tick(run):
            step[0] = run.step
            if run.step == stop_at:
                raise Cut

        def check(_):
            return {"validation": figures.get(step[0], 2.0)}

        return replace(play(check_every=5, patience=3), check=check), tick

    task, tick = with_tick(17)
    with pytest.raises(Cut):
        learn(task, tmp_path, tick=tick)
    task, tick = with_tick(0)
    assert learn(task, tmp_path, tick=tick)
    assert newest(tmp_path / "checkpoints").step == 25


def test_a_processor_may_count_in_sixteen_bits(tmp_path):
    assert learn(play(mixed=True, normed=False, steps=10), tmp_path)
    assert all(tensor.dtype != torch.bfloat16 for tensor in numbers(tmp_path).values())
