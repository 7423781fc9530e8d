"""From a run to files that an engine opens: one ONNX file, and the weights as safetensors.

The ONNX file also says how its network is built and, of those that are shipped, where each weight lies in it, so that
training can go on from what was shipped, even after compression (`read_weights`).
"""

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from mengbi.errors import AssetError, FaultError
from mengbi.files import write_whole
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.models.ports import Ports
from mengbi.lab.run import kept, restored, trained

OPSET = 17
TOLERANCE = 1e-3
"""Of a picture that goes from −1 to 1: an eighth of a grey level."""
OF_A_STUDENT = {"guidance": 1.0, "sampler": "euler", "schedule": "uniform"}
"""How it is best painted with; see `distill`."""


def export(run: Path, out: Path, network: bytes | None = None) -> Path:
    """Writes `out`/model.onnx and model.safetensors from what is kept of a run, and what goes beside, encoder.onnx.

    network: to be model.onnx, in fewer bits, see `compression.storing.taken`.
    Raises AssetError where there is no whole checkpoint, FaultError if ONNX Runtime paints otherwise than torch.
    """
    made = files(kept(run))
    for name, data in (made | ({"model.onnx": network} if network else {})).items():
        write_whole(out / name, data)
    return out / "model.onnx"


def files(found: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint's averaged weights, by name. Raises FaultError as `exported` does.

    Where the ONNX file keeps every weight, model.safetensors has them in halves; else it is the only one that does.
    """
    model = restored(found)
    known = ports(model)
    weights = {name: w.half() if known.whole else w for name, w in trained(found).items()}
    made = {"model.safetensors": save({name: w.contiguous() for name, w in weights.items()})}
    for name, method in known.beside.items():
        made[f"{name}.onnx"] = _checked(model, found.state["model"], {}, method)
    return {**made, "model.onnx": exported(found)}


def exported(found: Checkpoint) -> bytes:
    """The averaged weights of a checkpoint as an ONNX file. Raises FaultError if it paints otherwise than torch."""
    model = restored(found)
    return _checked(model, found.state["model"], painted_with(found.state), ports(model))


def painted_with(state: Mapping[str, Any]) -> dict[str, Any]:
    """How a network is best painted with, as far as the state of its run says: "steps", "guidance"…"""
    looks = state.get("looks")
    return {"steps": looks, **OF_A_STUDENT} if looks else dict(state.get("defaults", {}))


def ports(model: nn.Module) -> Ports:
    """What goes into a network of `models` and what comes out."""
    said: Ports = model.ports()
    return said


def to_onnx(
    model: nn.Module,
    spec: Mapping[str, Any],
    defaults: Mapping[str, Any] | None = None,
    known: Ports | None = None,
) -> bytes:
    """The network as one ONNX file, inputs and outputs as its ports name them.

    defaults: how an engine should paint with it where nothing else is wished for: "steps", "guidance"…; known: of
    another of its methods than the one that it is for.
    """
    known = known or ports(model)
    buffer, example = io.BytesIO(), known.some(2)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter warns of its own age; what it wrote is compared below
        torch.onnx.export(
            model if known.method == "forward" else Method(model, known.method),
            tuple(torch.from_numpy(array) for array in example.values()),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(example),
            output_names=list(known.outputs),
            dynamic_axes={name: dict(known.free[name]) for name in (*example, *known.outputs)},
        )
    proto = onnx.load_from_string(buffer.getvalue())
    _share(proto)
    notes = {"network": dict(spec), "defaults": dict(defaults or {})}
    if known.whole:
        notes["weights"] = _places(proto, model)
    return noted(proto.SerializeToString(), notes)


class Method(nn.Module):
    """A network seen by another of its methods."""

    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name
        self.train(model.training)  # which the exporter puts back when it is done

    def forward(self, *inputs: Tensor) -> Any:
        return getattr(self.model, self.name)(*inputs)


def noted(data: bytes, notes: Mapping[str, Any]) -> bytes:
    """An ONNX file that also says these notes of itself, JSON values by name."""
    proto = onnx.load_from_string(data)
    said = {entry.key: entry.value for entry in proto.metadata_props}
    onnx.helper.set_model_props(proto, said | {name: json.dumps(value) for name, value in notes.items()})
    return proto.SerializeToString()


def _checked(model: nn.Module, spec: Mapping[str, Any], defaults: Mapping[str, Any], known: Ports) -> bytes:
    data = to_onnx(model, spec, defaults, known)
    difference = disagreement(data, model, known)
    if difference > TOLERANCE:
        raise FaultError(f"the exported network differs by {difference:.2g} from the trained one; report this")
    return data


def session(data: bytes, threads: int = 1) -> Any:
    """An ONNX Runtime session on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def disagreement(data: bytes, model: nn.Module, known: Ports | None = None) -> float:
    """The largest difference between what the file and the network give, for several n; of what is large, a share."""
    known = known or ports(model)
    runner, worst = session(data), 0.0
    takes = {entry.name for entry in runner.get_inputs()}  # one that is wished for nothing leaves its wishes out
    for n in (1, 3):
        inputs = known.some(n)
        with torch.inference_mode():
            wanted = getattr(model, known.method)(*(torch.from_numpy(array) for array in inputs.values()))
        found = runner.run(list(known.outputs), {name: array for name, array in inputs.items() if name in takes})
        for own, true in zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
            apart = np.abs(own - true.numpy()).max() / max(1.0, float(true.abs().max()))
            worst = max(worst, float(apart))
    return worst


def network_of(proto: onnx.ModelProto) -> Mapping[str, Any]:
    """How the network in a file of ours is built, for `models.build`. Raises KeyError, ValueError for another's."""
    return note(proto, "network")


def note(proto: onnx.ModelProto, name: str) -> Any:
    """What a file of ours says of itself: "network", "defaults", "weights". Raises KeyError, ValueError."""
    return json.loads({entry.key: entry.value for entry in proto.metadata_props}[name])


def read_weights(path: Path) -> tuple[Mapping[str, Any], dict[str, Tensor]]:
    """How the network in an ONNX file of ours is built, and its weights, compressed or not. Raises AssetError.

    Where a network is exported so that its weights are others in the file, they lie in model.safetensors beside it.
    """
    try:
        proto = onnx.load(path, load_external_data=False)
        spec = network_of(proto)
        if not any(entry.key == "weights" for entry in proto.metadata_props):
            return spec, load(path.with_name("model.safetensors").read_bytes())
        places = note(proto, "weights")
        tensors = {entry.name: entry for entry in proto.graph.initializer}
        return spec, {name: torch.from_numpy(_weight(tensors, **place)) for name, place in places.items()}
    except (OSError, ValueError, KeyError, TypeError, DecodeError, SafetensorError) as error:
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
