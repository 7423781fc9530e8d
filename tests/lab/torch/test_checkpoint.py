import pytest
import torch

from mengbi.errors import AssetError
from mengbi.lab.checkpoint import Checkpoint, CheckpointWarning, newest, write


def at(step):
    tensors = {"model.weight": torch.full((3, 4), float(step)), "adam.step.weight": torch.tensor(float(step))}
    return Checkpoint(step=step, tensors=tensors, state={"cursor": step * 8, "trend": 0.1 + 0.2, "model": {"size": 8}})


def same(found, wanted):
    return (
        found.step == wanted.step
        and found.state == wanted.state
        and found.tensors.keys() == wanted.tensors.keys()
        and all(torch.equal(found.tensors[name], tensor) for name, tensor in wanted.tensors.items())
    )


def test_what_was_written_comes_back_to_the_bit(tmp_path):
    assert newest(tmp_path / "none") is None
    write(tmp_path, at(10))
    assert same(newest(tmp_path), at(10))


def test_the_last_two_are_kept_and_nothing_else(tmp_path):
    for step in (0, 5, 10, 15):
        write(tmp_path, at(step))
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {f"step-{step:08d}.{suffix}" for step in (10, 15) for suffix in ("json", "safetensors")}


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path, suffix, damage):
    write(tmp_path, at(5))
    path = write(tmp_path, at(10)).with_suffix(f".{suffix}")
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-20] if damage == "cut" else bytes([*data[:-9], data[-9] ^ 1, *data[-8:]]))
    if damage == "gone" and suffix == "json":  # killed between the two files: that one never was
        assert same(newest(tmp_path), at(5))
        return
    with pytest.warns(CheckpointWarning, match="step-00000010"):
        assert same(newest(tmp_path), at(5))


def test_any_flipped_bit_is_seen(tmp_path):
    path = write(tmp_path, at(10))
    for file in (path, path.with_suffix(".safetensors")):
        data = file.read_bytes()
        for place in range(0, len(data), 7):
            file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            try:
                with pytest.warns(CheckpointWarning):
                    newest(tmp_path)
            except AssetError:
                continue
            raise AssertionError(f"{file.name}, byte {place}")
        file.write_bytes(data)
    assert same(newest(tmp_path), at(10))


def test_when_all_are_damaged_it_says_so(tmp_path):
    write(tmp_path, at(5)).write_text("{}")
    with pytest.warns(CheckpointWarning), pytest.raises(AssetError, match="every checkpoint"):
        newest(tmp_path)


def test_the_same_step_written_again_replaces_the_first(tmp_path):
    write(tmp_path, at(5))
    again = Checkpoint(step=5, tensors={"window": torch.ones(3)}, state={"halvings": 1})
    write(tmp_path, again)
    assert same(newest(tmp_path), again)
