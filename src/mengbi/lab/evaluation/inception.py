"""Inception's features, of weights that the person has: we ship none and fetch none. Only with these is it a FID.

Three kinds of file are read, none of which is run: pytorch-fid's `pt_inception-2015-12-05-6726825d.pth` (a table of
tensors, opened with weights_only), the same tensors as safetensors, or an ONNX file that maps "(n, 3, 299, 299) in
[−1, 1]" to 2048 features. TorchScript is refused: it is a program, and loading one can run what is in it.
"""

import hashlib
import io
import pickle
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from mengbi.errors import BriefError
from mengbi.lab.evaluation.compare import Features, Pictures
from mengbi.lab.evaluation.features import Network
from mengbi.lab.export import session
from mengbi.lab.models.inception import FEATURES, SIDE, Inception
from mengbi.settings import threads

PUBLISHED = "6726825d"
"""How the SHA-256 of pytorch-fid's file begins."""
BATCH = 16
UNUSED = ("fc.", "AuxLogits.")
"""What follows the features in the published file."""


def inception(argument: str) -> Network:
    """The network of the weights in a file. Raises BriefError where there is none or it holds something else."""
    path = Path(argument).expanduser()
    if not argument or not path.is_file():
        raise BriefError(f"{argument!r} — no file of Inception's weights; write inception:FILE, see docs/measuring.md")
    readers = {".pth": _tensors, ".safetensors": _safetensors, ".onnx": _onnx}
    if path.suffix not in readers:
        raise BriefError(f"{path} — {', '.join(readers)} are read; other files may be programs, see docs/measuring.md")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    known = "the published weights" if digest.startswith(PUBLISHED) else "not the published .pth itself"
    return Network(
        name="inception",
        see=partial(_see, readers[path.suffix](path, data)),
        digest=digest[:16],
        frechet="FID",
        kernel="KID",
        about=f"InceptionV3, {FEATURES} features, weights of {path.name} (SHA-256 {digest[:8]}…: {known})",
        known=10_000,
    )


def _see(run: Callable[[Tensor], Features], pictures: Pictures) -> Features:
    """As pytorch-fid prepares pictures: bilinear to 299 pixels, without antialiasing."""
    rows = []
    for first in range(0, len(pictures), BATCH):
        batch = torch.from_numpy(np.array(pictures[first : first + BATCH])).permute(0, 3, 1, 2).float() / 127.5 - 1
        color = batch.expand(-1, 3, -1, -1)
        rows.append(run(F.interpolate(color, (SIDE, SIDE), mode="bilinear", align_corners=False)))
    return np.concatenate(rows)


def _tensors(path: Path, data: bytes) -> Callable[[Tensor], Features]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is refused in the next moment
            table = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise BriefError(f"{path} — more than a table of tensors; it is not opened, see docs/measuring.md") from error
    return _network(path, table)


def _safetensors(path: Path, data: bytes) -> Callable[[Tensor], Features]:
    try:
        return _network(path, load(data))
    except SafetensorError as error:
        raise BriefError(f"{path} — no safetensors file ({error})") from error


def _network(path: Path, weights: Any) -> Callable[[Tensor], Features]:
    network = Inception().eval()
    wanted = network.state_dict()
    try:
        known = {name: tensor for name, tensor in weights.items() if not name.startswith(UNUSED)}
        # the published file is older than the counters of batches, which nothing reads here
        counters = {name: tensor for name, tensor in wanted.items() if name.endswith("num_batches_tracked")}
        network.load_state_dict({**counters, **known})
    except (AttributeError, RuntimeError) as error:
        raise BriefError(f"{path} — not the tensors of InceptionV3 of 2015-12-05, {len(wanted)} of them") from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device, memory_format=torch.channels_last)

    def run(batch: Tensor) -> Features:
        with torch.inference_mode():
            rows: Features = network(batch.to(device, memory_format=torch.channels_last)).cpu().numpy()
        return rows

    return run


def _onnx(path: Path, data: bytes) -> Callable[[Tensor], Features]:
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # no other place has them
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
    )

    try:
        runner = session(data, threads())
        (entry,), (leaving, *_) = runner.get_inputs(), runner.get_outputs()
        found = runner.run([leaving.name], {entry.name: np.zeros((2, 3, SIDE, SIDE), np.float32)})[0]
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, ValueError) as error:
        raise BriefError(f"{path} — no ONNX file that takes float32 (n, 3, {SIDE}, {SIDE}) as its one input") from error
    if found.size != 2 * FEATURES:
        raise BriefError(f"{path} — gives {found.shape[1:]} a picture; {FEATURES} features are wanted")

    def run(batch: Tensor) -> Features:
        rows: Features = runner.run([leaving.name], {entry.name: batch.numpy()})[0].reshape(len(batch), FEATURES)
        return rows

    return run
