"""Where a run stands, on disk: written whole, sealed, the last two kept, so that a run outlives whatever stops it.

A checkpoint is two files: `step-00001200.safetensors` holds the numbers, `step-00001200.json` the rest and the
digests. The JSON comes last, and what it does not vouch for does not count.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from mengbi.errors import AssetError
from mengbi.files import write_whole

KEPT = 2


class CheckpointWarning(UserWarning):
    """A checkpoint is damaged and the one before it is taken."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Checkpoint:
    """Everything that the next step depends on."""

    step: int  # steps done
    tensors: Mapping[str, torch.Tensor]
    state: Mapping[str, Any]  # JSON: what is no tensor


def write(folder: Path, checkpoint: Checkpoint) -> Path:
    """Saves a checkpoint and removes all but the last two. Raises OutputError, StorageError; old ones then stand."""
    path = folder / f"step-{checkpoint.step:08d}.json"
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    data = save(tensors)
    path.unlink(missing_ok=True)  # a rolled-back run writes the same step again: no moment with a wrong pair
    write_whole(path.with_suffix(".safetensors"), data)
    content = {"step": checkpoint.step, "state": checkpoint.state, "tensors": hashlib.sha256(data).hexdigest()}
    write_whole(path, json.dumps({"seal": _seal(content), **content}, indent=1).encode())
    for old in _paths(folder)[KEPT:]:
        old.unlink()
    known = {kept.stem for kept in _paths(folder)}
    for tensors_path in folder.glob("step-*.safetensors"):
        if tensors_path.stem not in known:
            tensors_path.unlink()
    return path


def newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole, or None where none was ever written.

    Warns of each damaged one that it passes over. Raises AssetError if there are some and all are damaged.
    """
    paths = _paths(folder)
    for path in paths:
        try:
            return _read(path)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            warnings.warn(f"{path} is damaged ({error}); taking the one before", CheckpointWarning, stacklevel=2)
    if paths:
        raise AssetError(f"every checkpoint in {folder} is damaged; start again with another --out")
    return None


def _read(path: Path) -> Checkpoint:
    content = json.loads(path.read_bytes())
    seal = content.pop("seal")
    if seal != _seal(content):
        raise ValueError("its seal is broken")
    data = path.with_suffix(".safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != content["tensors"]:
        raise ValueError("its numbers were changed")
    return Checkpoint(step=content["step"], tensors=load(data), state=content["state"])


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _paths(folder: Path) -> list[Path]:
    """The newest first."""
    return sorted(folder.glob("step-????????.json"), reverse=True)
