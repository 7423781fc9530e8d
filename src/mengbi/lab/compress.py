"""The exported network in eight bits: a quarter of the file, and several times as fast where it multiplies matrices.

A weight becomes integers around zero with a scale for each output. In the transformer's blocks what goes into a product
becomes integers too, each time by its own range (dynamic quantisation); in the U-Net's blocks what goes through a
convolution, by the range that it had on the way to some pictures (static: a range found each time costs what is won).
All other weights (the first and last layers, what steers the blocks) are only kept as bytes: they become floats again
when the file is opened, because there is little to win and every error of theirs is seen.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from mengbi.engine.samplers import move
from mengbi.engine.schedules import uniform
from mengbi.errors import FaultError
from mengbi.files import write_whole
from mengbi.lab.evaluation.compare import decibels
from mengbi.lab.export import network_of, session
from mengbi.lab.models import CONTROL, WORD_WIDTH, WORDS
from mengbi.lab.sheet import draw_prompts
from mengbi.noise import gaussian
from mengbi.text.encoder import load_encoder

Inputs: TypeAlias = Mapping[str, NDArray[Any]]

LEAST_PSNR = 35.0
"""Decibels between what the network paints in floats and in integers; less could be seen."""

SMALL = 4096
"""A weight of fewer numbers stays as it is."""

WIDE, NARROW = 127, 63
"""Largest number of a weight in bytes: one that is only kept, and one that is multiplied. x86 without VNNI adds two
products of bytes in sixteen bits, 2 · 255 · 63 fit, 2 · 255 · 127 do not; it costs some 0.3 dB."""

STEPS = 8
PROMPTS = ("a red fox in the snow", "一只蓝色的猫", "", "three yellow stars in the night sky")


def compress(path: Path, out: Path, least: float = LEAST_PSNR) -> float:
    """Writes the network of the ONNX file `path` to `out` in eight bits; returns the PSNR between them in dB.

    Raises FaultError, and writes nothing, if that is below `least`; OutputError and StorageError.
    """
    small, decibels = compressed(path.read_bytes(), least)
    write_whole(out, small)
    return decibels


def compressed(original: bytes, least: float = LEAST_PSNR) -> tuple[bytes, float]:
    """The network in eight bits, and the PSNR from the original in dB. Raises FaultError if that is below `least`."""
    small = in_bytes(original)
    found = psnr(original, small)
    if found < least:
        raise FaultError(
            f"in eight bits the network is {found:.1f} dB from itself, {least:g} is the least; ship floats"
        )
    return small, found


def in_bytes(original: bytes) -> bytes:
    """The same network, every large weight as bytes, and what the blocks multiply and convolve too.

    A weight W becomes W_quantized (int8) and W_scale; ONNX Runtime makes one step of the nodes of a product.
    """
    return _products(_convolutions(original)).SerializeToString()


def kept_in_bytes(original: bytes) -> bytes:
    """The same network in floats, whose large weights lie in the file as bytes."""
    return _products(onnx.load_from_string(original)).SerializeToString()


def _convolutions(original: bytes) -> onnx.ModelProto:
    """With the two convolutions of each block of the U-Net in bytes, after the ranges on the way to some pictures."""
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    proto = onnx.load_from_string(original)
    names = [node.name for node in proto.graph.node if node.name.endswith(("/first/Conv", "/second/Conv"))]
    if not names:
        return proto
    ways = (inputs for inputs, _ in _way(session(original), int(network_of(proto)["size"])))
    with TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        before.write_bytes(original)
        advice = logging.getLogger()
        level = advice.level
        advice.setLevel(logging.ERROR)  # to prepare the network first, which changes nothing here
        try:
            quantize_static(
                before,
                after,
                _Calibration(ways),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,  # see NARROW
                activation_type=QuantType.QUInt8,  # what the products of x86 take
                weight_type=QuantType.QInt8,
                nodes_to_quantize=names,
            )
        finally:
            advice.setLevel(level)
        return onnx.load(after)


class _Calibration:
    """Inputs one by one, as ONNX Runtime's quantiser asks for them."""

    def __init__(self, inputs: Iterator[Inputs]) -> None:
        self._inputs = inputs

    def get_next(self) -> Inputs | None:
        return next(self._inputs, None)


def _products(proto: onnx.ModelProto) -> onnx.ModelProto:
    """With the products of the transformer's blocks in bytes, and every large weight that is left kept as bytes."""
    small = onnx.ModelProto()
    small.CopyFrom(proto)
    graph = small.graph
    products = {node.input[1]: node for node in graph.node if node.op_type == "MatMul"}
    weights, unfolded, multiplied = [], [], set()
    for entry in graph.initializer:
        array = numpy_helper.to_array(entry)
        if array.dtype != np.float32 or array.size < SMALL or array.ndim < 2:
            weights.append(entry)
            continue
        outputs = array.ndim - 1 if entry.name in products else 0
        multiplies = entry.name in products and products[entry.name].name.startswith("/blocks.")
        scale, numbers = _rounded(array, outputs, NARROW if multiplies else WIDE)
        if multiplies:
            scale = scale.ravel()  # as the fusion of ONNX Runtime wants it
            multiplied.add(entry.name)
        else:
            unfolded += _unfold(entry.name)
        weights.append(numpy_helper.from_array(numbers, f"{entry.name}_quantized"))
        weights.append(numpy_helper.from_array(scale, f"{entry.name}_scale"))
    body: list[onnx.NodeProto] = []
    for node in graph.node:
        byte_wise = node.op_type == "MatMul" and node.input[1] in multiplied
        body += _multiply(node, {name for one in body for name in one.output}) if byte_wise else [node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(weights)
    graph.node.extend([*unfolded, *body])
    return small


def _rounded(array: NDArray[np.float32], outputs: int, largest: int) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """A scale for each place on the axis `outputs`, and the numbers in units of it, −largest to largest."""
    others = tuple(axis for axis in range(array.ndim) if axis != outputs)
    scale = np.maximum(np.abs(array).max(axis=others, keepdims=True) / largest, 1e-12).astype(np.float32)
    return scale, np.rint(array / scale).astype(np.int8)


def _unfold(name: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Cast", [f"{name}_quantized"], [f"{name}_floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}_floats", f"{name}_scale"], [name]),
    ]


def _multiply(node: onnx.NodeProto, there: Collection[str]) -> list[onnx.NodeProto]:
    """x·W in bytes. there: what was computed before; x may already be in bytes for another product."""
    (x, weight), (y,) = node.input, node.output
    parts = [f"{x}_quantized", f"{x}_scale", f"{x}_zero"]
    nodes = [] if parts[0] in there else [helper.make_node("DynamicQuantizeLinear", [x], parts, f"{x}_bytes")]
    return [
        *nodes,
        helper.make_node("MatMulInteger", [parts[0], f"{weight}_quantized", parts[2]], [f"{y}_sum"], node.name),
        helper.make_node("Cast", [f"{y}_sum"], [f"{y}_floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [parts[1], f"{weight}_scale"], [f"{y}_unit"]),
        helper.make_node("Mul", [f"{y}_floats", f"{y}_unit"], [y]),
    ]


def psnr(original: bytes, small: bytes) -> float:
    """Decibels between the pictures that both believe in, all along the way to what the original paints."""
    other = session(small)
    size = int(network_of(onnx.load_from_string(original))["size"])
    errors = [np.square(x0 - other.run(["x0"], inputs)[0]).mean() for inputs, x0 in _way(session(original), size)]
    return decibels(float(np.mean(errors)), 2.0)


def _way(runner: Any, size: int) -> Iterator[tuple[Inputs, NDArray[np.float32]]]:
    """From noise to some pictures, with and without words and a drawing, in eight steps: what goes in, and x0."""
    n = len(PROMPTS)
    z = gaussian(tuple(range(n)), 0, (3, size, size))
    for t, t_next in pairwise(uniform(STEPS).tolist()):
        inputs = {"z": z, "t": np.full(n, t, np.float32), **_told(size)}
        x0 = runner.run(["x0"], inputs)[0]
        yield inputs, x0
        z = move(z, x0, t, t_next).astype(np.float32)


@cache
def _told(size: int) -> Inputs:
    """PROMPTS as a network takes them, the first with a drawing."""
    n = len(PROMPTS)
    vectors, given = np.zeros((n, WORDS, WORD_WIDTH), np.float32), np.zeros((n, WORDS), np.bool_)
    vectors[:, 0] = load_encoder().encode(PROMPTS)
    given[:, 0] = [bool(prompt) for prompt in PROMPTS]
    control = np.zeros((n, CONTROL, size, size), np.float32)
    (drawing,) = draw_prompts(PROMPTS[:1], size)
    control[0, :3], control[0, 3] = drawing.transpose(2, 0, 1) / 127.5 - 1, 1
    return {"vectors": vectors, "given": given, "control": control}
