"""The numbers of a network in fewer bits: the ONNX file of a network of ours, and the same in half or a quarter of it.

halves    every large weight in float16, floats again when the file is opened: half the file, the same speed
dynamic   weights in bytes, a scale for each output; matrices are multiplied in bytes too, by the range that each input
          turns out to have; convolutions become floats again when the file is opened
static    what convolutions and matrices multiply is in bytes too, by the ranges met on the way of real inputs

A weight that is multiplied in bytes has seven bits: see `lab.compress.NARROW`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from mengbi.errors import BriefError
from mengbi.lab.compress import SMALL, WIDE, in_bytes
from mengbi.lab.compression import DYNAMIC, FOLDER, HALVES, STATIC
from mengbi.lab.compression.phases import as_convolutions
from mengbi.lab.export import note
from mengbi.lab.run import kept

Inputs: TypeAlias = Mapping[str, NDArray[Any]]

PRODUCTS = ("MatMul", "Gemm", "LSTM")
MULTIPLIED = ("Conv", "MatMul", "Gemm")
"""What is multiplied in bytes, with ranges that are found each time, and with ranges that are known."""


def stored(how: str, data: bytes, kind: str, inputs: Sequence[Inputs]) -> bytes:
    """The network in the ONNX file `data`, stored as `how` says. kind: of its ports; inputs: real ones, for `static`.

    Raises BriefError where that cannot be.
    """
    if how == HALVES:
        made = _notes(data, halves(onnx.load_from_string(data)))
    elif how == DYNAMIC:
        made = _notes(data, dynamic(data))
    elif how != STATIC:
        raise BriefError(f"{how!r} — choose from {HALVES}, {DYNAMIC}, {STATIC}")
    elif kind == "writer":
        raise BriefError("what goes through a network that writes changes with every word; take --how dynamic")
    elif kind == "denoiser":
        return in_bytes(data)
    else:
        made = _notes(data, static(data, inputs))
    return made.SerializeToString()


def taken(run: Path, how: str) -> bytes:
    """The file of a run that `mengbi lab compress` stored so. Raises BriefError if it did not, or the run went on."""
    path, again = run / FOLDER / f"{how}.onnx", f"mengbi lab compress {run.name} --how {how}"
    if not path.is_file():
        raise BriefError(f"{run} — not stored as {how} yet; first: {again}")
    data = path.read_bytes()
    step, now = note(onnx.load_from_string(data), "step"), kept(run).step
    if step != now:
        raise BriefError(f"{run} — stored as {how} at step {step}, and stands at {now}; again: {again}")
    return data


def halves(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Large weights in float16."""

    def half(name: str, array: NDArray[np.float32]) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
        most = np.finfo(np.float16).max
        kept = numpy_helper.from_array(array.clip(-most, most).astype(np.float16), f"{name}_half")
        return [kept], [helper.make_node("Cast", [f"{name}_half"], [name], f"{name}/Cast", to=onnx.TensorProto.FLOAT)]

    return _each(proto, half)


def dynamic(data: bytes) -> onnx.ModelProto:
    """Weights in bytes, and products of matrices."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    def quantize(before: Path, after: Path) -> None:
        quantize_dynamic(
            before, after, list(PRODUCTS), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )

    return _each(_quantized(data, quantize), _in_bytes)


def static(data: bytes, inputs: Sequence[Inputs]) -> onnx.ModelProto:
    """Convolutions and products in bytes; see `phases` for those that double a side. inputs: each as a session's."""
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    def quantize(before: Path, after: Path) -> None:
        quantize_static(
            before,
            after,
            _Calibration(iter(inputs)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(MULTIPLIED),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,  # what the products of x86 take
            weight_type=QuantType.QInt8,
        )

    plain = as_convolutions(onnx.load_from_string(data)).SerializeToString()
    return _each(_quantized(plain, quantize), _in_bytes)


class _Calibration:
    """Inputs one by one, as ONNX Runtime's quantiser asks for them."""

    def __init__(self, inputs: Iterator[Inputs]) -> None:
        self._inputs = inputs

    def get_next(self) -> Inputs | None:
        return next(self._inputs, None)


def _quantized(data: bytes, quantize: Callable[[Path, Path], None]) -> onnx.ModelProto:
    with TemporaryDirectory() as folder, _without_advice():
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        before.write_bytes(data)
        quantize(before, after)
        return onnx.load(after)


@contextmanager
def _without_advice() -> Iterator[None]:
    """The quantiser advises to prepare the network first, which changes nothing here."""
    log = logging.getLogger()
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _in_bytes(name: str, array: NDArray[np.float32]) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """A weight that is only kept in bytes, a scale for each place on its first axis."""
    others = tuple(range(1, array.ndim))
    scale = np.maximum(np.abs(array).max(axis=others, keepdims=True) / WIDE, 1e-12).astype(np.float32)
    numbers = np.rint(array / scale).astype(np.int8)
    kept = [numpy_helper.from_array(numbers, f"{name}_bytes"), numpy_helper.from_array(scale, f"{name}_unit")]
    floats = helper.make_node("Cast", [f"{name}_bytes"], [f"{name}_floats"], f"{name}/Cast", to=onnx.TensorProto.FLOAT)
    return kept, [floats, helper.make_node("Mul", [f"{name}_floats", f"{name}_unit"], [name], f"{name}/Mul")]


def _each(
    proto: onnx.ModelProto,
    keep: Callable[[str, NDArray[np.float32]], tuple[list[onnx.TensorProto], list[onnx.NodeProto]]],
) -> onnx.ModelProto:
    """With every large weight of floats kept otherwise, and the nodes that make floats of it again."""
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    graph = made.graph
    entries: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    for entry in graph.initializer:
        array = numpy_helper.to_array(entry)
        if array.dtype != np.float32 or array.size < SMALL or array.ndim < 2:
            entries.append(entry)
            continue
        kept, more = keep(entry.name, array)
        entries += kept
        nodes += more
    body = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(entries)
    graph.node.extend([*nodes, *body])
    return made


def _notes(data: bytes, made: onnx.ModelProto) -> onnx.ModelProto:
    """What the file said of itself stays so, but for where its weights lie."""
    said = {entry.key: entry.value for entry in onnx.load_from_string(data).metadata_props if entry.key != "weights"}
    del made.metadata_props[:]
    helper.set_model_props(made, said)
    return made
