"""Makes the two small networks beside it, with the `onnx` package: `python tests/engine/own/make.py`.

colors.onnx     picture = tanh(z·W + y·V): one flat colour a label, and a little brightness of the first number
orange.onnx     x0 = the same orange, whatever the noise
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE, LATENT = 8, 4
NAMES = ("red", "green", "blue")
BRIGHT, DARK = 0.8, -0.8
ORANGE = (0.9, 0.2, -0.7)


def colors() -> bytes:
    """Takes z (n, 4) and y (n, 3)."""
    bright = np.zeros((LATENT, 3, SIDE, SIDE), np.float32)
    bright[0] = 0.3
    flat = np.full((3, 3, SIDE, SIDE), DARK, np.float32)
    flat[range(3), range(3)] = BRIGHT
    arrays = {"W": bright.reshape(LATENT, -1), "V": flat.reshape(3, -1), "shape": np.array([-1, 3, SIDE, SIDE])}
    nodes = [
        helper.make_node("MatMul", ["z", "W"], ["a"]),
        helper.make_node("MatMul", ["y", "V"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Tanh", ["c"], ["d"]),
        helper.make_node("Reshape", ["d", "shape"], ["picture"]),
    ]
    network = {"kind": "flat", "size": SIDE, "channels": 3, "latent": LATENT, "classes": 3}
    notes = {"port": "generator", "title": "three colours", "names": NAMES, "network": network}
    return _file(nodes, arrays, {"z": ["n", LATENT], "y": ["n", 3]}, {"picture": ["n", 3, SIDE, SIDE]}, notes)


def orange() -> bytes:
    """Takes what every painter takes."""
    arrays = {"nothing": np.zeros((), np.float32), "color": np.array(ORANGE, np.float32).reshape(1, 3, 1, 1)}
    nodes = [helper.make_node("Mul", ["z", "nothing"], ["a"]), helper.make_node("Add", ["a", "color"], ["x0"])]
    takes = {"z": ["n", 3, SIDE, SIDE], "t": ["n"], "vectors": ["n", 8, 512], "given": ["n", 8]}
    notes = {
        "port": "denoiser",
        "title": "orange",
        "network": {"kind": "flat", "size": SIDE},
        "defaults": {"steps": 2, "guidance": 1.0, "sampler": "euler", "sketch": False},
    }
    takes["control"] = ["n", 4, SIDE, SIDE]
    return _file(nodes, arrays, takes, {"x0": ["n", 3, SIDE, SIDE]}, notes)


def _file(nodes, arrays, takes, gives, notes) -> bytes:
    kinds = {"given": TensorProto.BOOL}
    entries = [
        [helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), shape) for name, shape in side.items()]
        for side in (takes, gives)
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph(nodes, "flat", *entries, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {name: json.dumps(value) for name, value in notes.items()})
    return model.SerializeToString()


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "colors.onnx").write_bytes(colors())
    (here / "orange.onnx").write_bytes(orange())
