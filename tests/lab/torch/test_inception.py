"""Inception's weights of one's own: read from three kinds of file, and from no other."""

import pickle
import warnings

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mengbi.errors import BriefError
from mengbi.lab.evaluation.features import open_network
from mengbi.lab.models import weigh
from mengbi.lab.models.inception import BlockE, Inception, _around

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights():
    """Random ones, as the published file has them: with what is behind the features, and without counters."""
    torch.manual_seed(0)
    found = {name: value for name, value in Inception().state_dict().items() if "num_batches" not in name}
    return found | {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}


def test_it_has_the_weights_of_the_published_network():
    network = Inception()
    assert weigh(network) == 21_785_568 and len(network.state_dict()) == 564
    assert network.Mixed_6c.branch7x7dbl_4.conv.weight.shape == (160, 160, 7, 1)


def test_means_do_not_count_the_padding_and_the_last_block_takes_maxima():
    assert _around(torch.ones(1, 1, 5, 5)).tolist() == torch.ones(1, 1, 5, 5).tolist()
    torch.manual_seed(0)
    mean, most = BlockE(8).eval(), BlockE(8, last=True).eval()
    most.load_state_dict(mean.state_dict())
    x = torch.rand(1, 8, 8, 8)
    same = mean(x) == most(x)
    assert same[:, :-192].all() and not same[:, -192:].all()  # they differ in their pools alone


def test_a_table_of_tensors_and_safetensors_see_alike(weights, tmp_path):
    torch.save(weights, tmp_path / "own.pth")
    save_file(weights, tmp_path / "own.safetensors")
    first, second = (open_network(f"inception:{tmp_path / name}") for name in ("own.pth", "own.safetensors"))
    seen = first.see(PICTURES)
    assert seen.shape == (2, 2048) and (seen == second.see(PICTURES)).all()
    assert (first.frechet, first.kernel) == ("FID", "KID")
    assert "not the published .pth itself" in first.about and "own.pth" in first.about


def onnx_file(path, features, size=299):
    """A network that takes the means of the three colours for as many features as asked."""
    x = onnx.helper.make_tensor_value_info("pictures", onnx.TensorProto.FLOAT, ["n", 3, size, size])
    y = onnx.helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["n", features])
    wide = onnx.numpy_helper.from_array(np.ones((3, features), np.float32), "wide")
    nodes = [
        onnx.helper.make_node("ReduceMean", ["pictures"], ["means"], axes=[2, 3], keepdims=0),
        onnx.helper.make_node("MatMul", ["means", "wide"], ["features"]),
    ]
    graph = onnx.helper.make_graph(nodes, "means", [x], [y], [wide])
    opset = [onnx.helper.make_opsetid("", 17)]
    path.write_bytes(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())
    return path


def test_an_onnx_file_sees_what_it_computes_of_pictures_from_minus_one_to_one(tmp_path):
    network = open_network(f"inception:{onnx_file(tmp_path / 'own.onnx', 2048)}")
    white = np.full((3, 40, 40, 3), 255, np.uint8)
    assert network.see(white) == pytest.approx(3, abs=1e-3) and network.see(white).shape == (3, 2048)
    assert network.see(white * 0) == pytest.approx(-3, abs=1e-3)


def test_an_onnx_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BriefError, match="2048 features are wanted"):
        open_network(f"inception:{onnx_file(tmp_path / 'few.onnx', 10)}")
    with pytest.raises(BriefError, match="takes float32"):
        open_network(f"inception:{onnx_file(tmp_path / 'small.onnx', 2048, size=32)}")
    (tmp_path / "none.onnx").write_bytes(b"no network")
    with pytest.raises(BriefError, match="no ONNX file"):
        open_network(f"inception:{tmp_path / 'none.onnx'}")


class Trap:
    """Whoever unpickles it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_in_a_file_is_run(tmp_path):
    sprung = tmp_path / "sprung"
    (tmp_path / "trap.pth").write_bytes(pickle.dumps(Trap(sprung)))
    torch.save({"fc.weight": Trap(sprung)}, tmp_path / "table.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.Identity()), tmp_path / "script.pth")
    for name in ("trap.pth", "table.pth", "script.pth"):
        with pytest.raises(BriefError, match="more than a table of tensors"):
            open_network(f"inception:{tmp_path / name}")
    assert not sprung.exists()


def test_other_files_are_refused_by_name(tmp_path, weights):
    (tmp_path / "inception-2015-12-05.pt").write_bytes(b"")
    with pytest.raises(BriefError, match=r"\.pth, \.safetensors, \.onnx are read"):
        open_network(f"inception:{tmp_path / 'inception-2015-12-05.pt'}")
    with pytest.raises(BriefError, match="write inception:FILE"):
        open_network("inception")
    torch.save(dict(list(weights.items())[:9]), tmp_path / "part.pth")
    with pytest.raises(BriefError, match="not the tensors of InceptionV3"):
        open_network(f"inception:{tmp_path / 'part.pth'}")
    (tmp_path / "none.safetensors").write_bytes(b"none")
    with pytest.raises(BriefError, match="no safetensors file"):
        open_network(f"inception:{tmp_path / 'none.safetensors'}")
