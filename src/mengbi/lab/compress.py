"""The exported network in eight bits: a quarter of the file, and several times as fast where it multiplies matrices.

A weight becomes integers around zero with a scale for each output. In the transformer's blocks what goes into a product
becomes integers too, as it comes (dynamic quantisation): nothing to calibrate, and the product is one of bytes. All
other weights (the first and last layers, what steers the blocks, convolutions) are only kept as bytes: they become
floats again when the file is opened, because there is little to win and every error of theirs is seen.
"""

from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from mengbi.engine.samplers import move
from mengbi.engine.schedules import uniform
from mengbi.errors import FaultError
from mengbi.files import write_whole
from mengbi.lab.export import network_of, session
from mengbi.lab.models import CONTROL, WORD_WIDTH, WORDS
from mengbi.noise import gaussian
from mengbi.text.encoder import load_encoder

LEAST_PSNR = 35.0
"""Decibels between what the network paints in floats and in integers; less could be seen."""

SMALL = 4096
"""A weight of fewer numbers stays as it is."""

PROMPTS = ("a red fox in the snow", "一只蓝色的猫", "", "three yellow stars in the night sky")


def compress(path: Path, out: Path, least: float = LEAST_PSNR) -> float:
    """Writes the network of the ONNX file `path` to `out` in eight bits; returns the PSNR between them in dB.

    Raises FaultError, and writes nothing, if that is below `least`; OutputError and StorageError.
    """
    original = path.read_bytes()
    proto = onnx.load_from_string(original)
    small = in_bytes(proto).SerializeToString()
    found = psnr(original, small, int(network_of(proto)["size"]))
    if found < least:
        raise FaultError(
            f"in eight bits the network is {found:.1f} dB from itself, {least:g} is the least; ship floats"
        )
    write_whole(out, small)
    return found


def in_bytes(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, every large weight as bytes, and the products of the transformer's blocks as products of bytes.

    A weight W becomes W_quantized (int8) and W_scale; ONNX Runtime makes one step of the nodes of a product.
    """
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
        scale, numbers = _rounded(array, outputs)
        if entry.name in products and products[entry.name].name.startswith("/blocks."):
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


def _rounded(array: NDArray[np.float32], outputs: int) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """A scale for each place on the axis `outputs`, and the numbers in units of it."""
    others = tuple(axis for axis in range(array.ndim) if axis != outputs)
    scale = np.maximum(np.abs(array).max(axis=others, keepdims=True) / 127, 1e-12).astype(np.float32)
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


def psnr(original: bytes, small: bytes, size: int) -> float:
    """Decibels between the pictures that both believe in, all along the paths that the original paints."""
    one, other = session(original), session(small)
    encoder = load_encoder()
    z = gaussian(tuple(range(len(PROMPTS))), 0, (3, size, size))
    vectors = np.zeros((len(PROMPTS), WORDS, WORD_WIDTH), np.float32)
    vectors[:, 0] = encoder.encode(PROMPTS)
    given = np.zeros((len(PROMPTS), WORDS), np.bool_)
    given[:, 0] = [bool(prompt) for prompt in PROMPTS]
    errors = []
    times = uniform(8).tolist()
    for t, t_next in pairwise(times):
        inputs = {
            "z": z,
            "t": np.full(len(z), t, np.float32),
            "vectors": vectors,
            "given": given,
            "control": np.zeros((len(z), CONTROL, size, size), np.float32),
        }
        x0 = one.run(["x0"], inputs)[0]
        errors.append(np.square(x0 - other.run(["x0"], inputs)[0]).mean())
        z = move(z, x0, t, t_next).astype(np.float32)
    return float(10 * np.log10(4 / max(float(np.mean(errors)), 1e-12)))
