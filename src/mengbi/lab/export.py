"""From a run to files that an engine opens: one ONNX file, and the weights as safetensors.

The ONNX file also says how its network is built and where each weight lies in it, so that training can go on from what
was shipped, even after compression (`read_weights`).
"""

import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.torch import save
from torch import nn

from mengbi.errors import AssetError, FaultError
from mengbi.files import write_whole
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.models import CONTROL, WORD_WIDTH, WORDS, build
from mengbi.lab.models.upscale import Upscaler
from mengbi.lab.run import last, trained

OPSET = 17
TOLERANCE = 1e-4
OF_A_STUDENT = {"guidance": 1.0, "sampler": "euler", "schedule": "uniform"}
"""How it is best painted with; see `distill`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """What goes into a network and what comes out of it, by name."""

    some: Callable[[int], dict[str, NDArray[Any]]]  # n inputs to try it with
    output: str
    free: Mapping[int, str]  # axes of any length


def ports(model: nn.Module) -> Ports:
    """Those of a network of `models`."""
    if isinstance(model, Upscaler):
        return Ports(some=partial(small_pictures, model.fold), output="large", free={0: "n", 2: "h", 3: "w"})
    return Ports(some=partial(some_inputs, model.size), output="x0", free={0: "n"})


def export(run: Path, out: Path) -> Path:
    """Writes `out`/model.onnx and model.safetensors (float16) from the averaged weights of a run's last checkpoint.

    Raises AssetError where there is no whole checkpoint, FaultError if ONNX Runtime paints otherwise than torch.
    """
    found = last(run)
    data = exported(found)
    write_whole(out / "model.safetensors", save({name: w.half().contiguous() for name, w in trained(found).items()}))
    write_whole(out / "model.onnx", data)
    return out / "model.onnx"


def exported(found: Checkpoint) -> bytes:
    """The averaged weights of a checkpoint as an ONNX file. Raises FaultError if it paints otherwise than torch."""
    spec, looks = found.state["model"], found.state.get("looks")
    model = build(spec).eval()
    model.load_state_dict(trained(found))
    data = to_onnx(model, spec, {"steps": looks, **OF_A_STUDENT} if looks else {})
    difference = disagreement(data, model)
    if difference > TOLERANCE:
        raise FaultError(f"the exported network differs by {difference:.2g} from the trained one; report this")
    return data


def to_onnx(model: nn.Module, spec: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> bytes:
    """The network as one ONNX file: inputs as `models` names them, n free; output "x0", the upscaler's "large".

    defaults: how an engine should paint with it where nothing else is wished for: "steps", "guidance"…
    """
    buffer, known = io.BytesIO(), ports(model)
    example = known.some(2)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter warns of its own age; what it wrote is compared below
        torch.onnx.export(
            model,
            tuple(torch.from_numpy(array) for array in example.values()),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(example),
            output_names=[known.output],
            dynamic_axes={name: dict(known.free) for name in (*example, known.output)},
        )
    proto = onnx.load_from_string(buffer.getvalue())
    _share(proto)
    notes = {"network": dict(spec), "defaults": dict(defaults or {}), "weights": _places(proto, model)}
    onnx.helper.set_model_props(proto, {name: json.dumps(value) for name, value in notes.items()})
    return proto.SerializeToString()


def some_inputs(size: int, n: int) -> dict[str, NDArray[Any]]:
    """Inputs as a sampler gives them: half with words, half with a sketch."""
    chance = np.random.default_rng(0)
    vectors = chance.standard_normal((n, WORDS, WORD_WIDTH)).astype(np.float32)
    given = np.arange(n)[:, None] % 2 * np.ones(WORDS) > 0
    control = np.clip(chance.standard_normal((n, CONTROL, size, size)), -1, 1).astype(np.float32)
    return {
        "z": chance.standard_normal((n, 3, size, size)).astype(np.float32),
        "t": np.linspace(0, 0.95, n, dtype=np.float32),
        "vectors": vectors / np.linalg.norm(vectors, axis=-1, keepdims=True),
        "given": given,
        "control": control * (np.arange(n) % 2).astype(np.float32)[:, None, None, None],
    }


def small_pictures(fold: int, n: int) -> dict[str, NDArray[Any]]:
    """Pictures as an upscaler takes them, of an odd shape."""
    return {"small": np.random.default_rng(0).random((n, 3, 12 * fold, 17 * fold), np.float32)}


def session(data: bytes, threads: int = 1) -> Any:
    """An ONNX Runtime session on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def disagreement(data: bytes, model: nn.Module) -> float:
    """The largest difference between what the file and the network paint, for several n."""
    runner, known, worst = session(data), ports(model), 0.0
    for n in (1, 3):
        inputs = known.some(n)
        with torch.inference_mode():
            wanted = model(*(torch.from_numpy(array) for array in inputs.values())).numpy()
        worst = max(worst, float(np.abs(runner.run([known.output], inputs)[0] - wanted).max()))
    return worst


def network_of(proto: onnx.ModelProto) -> Mapping[str, Any]:
    """How the network in a file of ours is built, for `models.build`. Raises KeyError, ValueError for another's."""
    return note(proto, "network")


def note(proto: onnx.ModelProto, name: str) -> Any:
    """What a file of ours says of itself: "network", "defaults", "weights". Raises KeyError, ValueError."""
    return json.loads({entry.key: entry.value for entry in proto.metadata_props}[name])


def read_weights(path: Path) -> tuple[Mapping[str, Any], dict[str, torch.Tensor]]:
    """How the network in an ONNX file of ours is built, and its weights, compressed or not. Raises AssetError."""
    try:
        proto = onnx.load(path)
        places = note(proto, "weights")
        tensors = {entry.name: entry for entry in proto.graph.initializer}
        return network_of(proto), {name: torch.from_numpy(_weight(tensors, **place)) for name, place in places.items()}
    except (OSError, ValueError, KeyError, TypeError, DecodeError) as error:
        raise AssetError(f"{path} — no network of ours ({error}); take one that the lab wrote") from error


def _share(proto: onnx.ModelProto) -> None:
    """One copy of each table: the exporter writes one for every block that uses it."""
    graph = proto.graph
    names: dict[bytes, str] = {}
    tables = [node for node in graph.node if node.op_type == "Constant" and node.attribute[0].t.ByteSize() > 1000]
    for node in tables:
        table = node.attribute[0].t
        table.name = names.setdefault(table.raw_data, node.output[0])
        if table.name == node.output[0]:
            graph.initializer.append(table)
        graph.node.remove(node)
    renamed = {node.output[0]: node.attribute[0].t.name for node in tables}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def _places(proto: onnx.ModelProto, model: nn.Module) -> dict[str, dict[str, Any]]:
    """Where each weight lies: the exporter renames some and transposes others, so they are found by their numbers."""
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in proto.graph.initializer}
    return {name: _place(name, parameter.detach().numpy(), arrays) for name, parameter in model.named_parameters()}


def _place(name: str, wanted: NDArray[Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    here = [name] if name in arrays else [other for other, array in arrays.items() if array.size == wanted.size]
    for other in here:
        for turned in (False, True):
            if np.array_equal(arrays[other].ravel(), (wanted.T if turned else wanted).ravel()):
                return {"at": other, "turned": turned, "shape": wanted.shape}
    raise FaultError(f"the exported network has lost the weight {name}; report this")


def _weight(tensors: Mapping[str, onnx.TensorProto], *, at: str, turned: bool, shape: list[int]) -> NDArray[np.float32]:
    if at in tensors:
        array = numpy_helper.to_array(tensors[at])
    else:  # compressed, see `compress`; around zero, which is zero
        numbers = f"{at}_quantized"
        scales = f"{numbers}_scale" if f"{numbers}_scale" in tensors else f"{at}_scale"  # of a bias, of a weight
        array, scale = (numpy_helper.to_array(tensors[name]).astype(np.float32) for name in (numbers, scales))
        if scale.ndim < array.ndim:  # a scale a column of a product, or an output of a convolution
            scale = scale.reshape((1, -1) if array.ndim == 2 else (-1, 1, 1, 1))
        array = array * scale
    array = array.reshape(shape[::-1]).T if turned else array.reshape(shape)
    return np.array(array, np.float32, order="C")
