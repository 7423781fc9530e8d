"""A transposed convolution as one that a processor multiplies in bytes: ONNX Runtime has none of the former.

One of 4 × 4 that doubles the side, y[2i − 1 + u] += x[i]·w[u], is four convolutions of 2 × 2, one for each parity of
row and column of what comes out (Shi et al. 2016, "Is the deconvolution layer the same as a convolutional layer?"): as
many products, and the same numbers.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

TAPS = ((3, 1), (2, 0))
"""By parity of what comes out: which of the four weights meets the pixel before, and which the one after."""
END = 1 << 31


def as_convolutions(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The same network without transposed convolutions of 4 × 4, each together with the norm that follows it."""
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    graph = made.graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    followers = {node.input[0]: node for node in graph.node if node.op_type == "BatchNormalization"}
    body: list[onnx.NodeProto] = []
    folded: set[str] = set()
    for node in graph.node:
        if node.op_type == "BatchNormalization" and node.name in folded:
            continue
        if not _doubles(node, arrays):
            body.append(node)
            continue
        weight, bias, out = arrays[node.input[1]], np.zeros(arrays[node.input[1]].shape[1], np.float32), node.output[0]
        if len(node.input) > 2:
            bias = arrays[node.input[2]]
        if out in followers and all(name in arrays for name in followers[out].input[1:]):
            norm = followers[out]
            weight, bias = _normed(weight, bias, norm, arrays)
            folded.add(norm.name)
            out = norm.output[0]
        body += _four(node, weight, bias, out, graph)
    del graph.node[:]
    graph.node.extend(body)
    used = {name for node in graph.node for name in node.input}
    left = [entry for entry in graph.initializer if entry.name in used]
    del graph.initializer[:]
    graph.initializer.extend(left)
    return made


def _doubles(node: onnx.NodeProto, arrays: dict[str, NDArray[np.float32]]) -> bool:
    if node.op_type != "ConvTranspose" or node.input[1] not in arrays:
        return False
    said = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    whole = said.get("group", 1) == 1 and not any(said.get("output_padding", ())) and set(said["dilations"]) == {1}
    return whole and (said["kernel_shape"], said["strides"], said["pads"]) == ([4, 4], [2, 2], [1, 1, 1, 1])


def _normed(
    weight: NDArray[np.float32], bias: NDArray[np.float32], norm: onnx.NodeProto, arrays: dict[str, NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    scale, shift, mean, variance = (arrays[name] for name in norm.input[1:5])
    least = next((entry.f for entry in norm.attribute if entry.name == "epsilon"), 1e-5)
    times = scale / np.sqrt(variance + least)
    whole = weight * times[:, None, None], (bias - mean) * times + shift
    return np.asarray(whole[0], np.float32), np.asarray(whole[1], np.float32)


def _four(
    node: onnx.NodeProto, weight: NDArray[np.float32], bias: NDArray[np.float32], out: str, graph: onnx.GraphProto
) -> Iterator[onnx.NodeProto]:
    """All four at once, a pixel around; then of each its own part, laid into each other."""
    after = weight.shape[1]
    parts = [weight[:, :, TAPS[down]][:, :, :, TAPS[across]] for down, across in product((0, 1), repeat=2)]
    stacked = np.concatenate(parts, 1).transpose(1, 0, 2, 3)

    def held(name: str, array: NDArray[np.generic]) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), f"{node.name}.{name}"))
        return f"{node.name}.{name}"

    names = held("weight", stacked.astype(np.float32)), held("bias", np.tile(bias, 4).astype(np.float32))
    shape: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [1, 1], "pads": [1, 1, 1, 1]}
    yield helper.make_node("Conv", [node.input[0], *names], [f"{out}.all"], f"{node.name}/Conv", **shape)
    axes = held("axes", np.arange(1, 4))
    for place, (down, across) in enumerate(product((0, 1), repeat=2)):
        first = held(f"first{place}", np.array([place * after, down, across]))
        last = held(f"last{place}", np.array([(place + 1) * after, END if down else -1, END if across else -1]))
        yield helper.make_node("Slice", [f"{out}.all", first, last, axes], [f"{out}.{place}"], f"{node.name}/{place}")
    yield helper.make_node(
        "Concat", [f"{out}.{place}" for place in range(4)], [f"{out}.four"], f"{node.name}/4", axis=1
    )
    yield helper.make_node("DepthToSpace", [f"{out}.four"], [out], f"{node.name}/Shuffle", blocksize=2, mode="DCR")
