"""A VQ-VAE in many processes: its codebook is no weight, so no gradient keeps it alike."""

import subprocess
import sys

import pytest
import quantised
import torch
from folders import dataset
from quantised import learn, task
from safetensors.torch import load_file

STEPS = 40


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What two processes ended with, what one did, and what one had after a single step."""
    out = tmp_path_factory.mktemp("quantised")
    dataset(out)
    pictures, cache = out / "pictures", out / "cache"
    started = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*started, quantised.__file__, *map(str, (pictures, cache, out / "two", STEPS))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    learn(task(pictures, cache, STEPS), out / "one")
    learn(task(pictures, cache, 1), out / "none")
    return {
        f"{run}/{path.stem}": load_file(path) for run in ("two", "one", "none") for path in (out / run).glob("*.safe*")
    }


def test_both_processes_end_with_the_same_network_to_the_last_bit(runs):
    one, other = runs["two/0"], runs["two/1"]
    assert {"codebook.vectors", "codebook.counts", "codebook.sums"} < one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_their_codebook_counts_what_both_have_seen(runs):
    """Every place of every picture is met by one code, so the counts come to those of the whole batch."""
    met, alone = (runs[name]["codebook.counts"].sum().item() for name in ("two/0", "one/0"))
    assert met == pytest.approx(alone, rel=0.1)
    assert alone > 0


def test_two_processes_learn_as_well_as_one(runs):
    """Their chance differs, the share of a code that begins anew too: so figures are compared, not weights."""
    two, one, none = (runs[name]["validation"].item() for name in ("two/0", "one/0", "none/0"))
    assert one < none
    assert abs(two - one) < 0.25 * (none - one)
