import numpy as np
import onnx
import pytest
import tiny
import torch

from mengbi.errors import AssetError, FaultError
from mengbi.lab.compress import compress, psnr
from mengbi.lab.dreaming import painting
from mengbi.lab.export import disagreement, export, network_of, read_weights, to_onnx
from mengbi.lab.models import build
from mengbi.lab.train import train

SMALL = {
    "transformer": {"kind": "transformer", "size": 16, "patch": 4, "width": 128, "depth": 2, "heads": 2},
    "unet": {"kind": "unet", "size": 16, "widths": [32, 64], "blocks": [1, 1], "read": [0, 1], "attend": [1]},
}


@pytest.fixture(scope="module", params=SMALL)
def network(request):
    """Weights as large as those of a trained one; fresh ones would paint nothing."""
    torch.manual_seed(0)
    model = build(SMALL[request.param]).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.03)
    return model, SMALL[request.param]


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    path.write_bytes(to_onnx(*network))
    return path


def test_the_file_paints_as_the_network_does(network, file):
    assert disagreement(file.read_bytes(), network[0]) < 1e-4
    proto = onnx.load(file)
    onnx.checker.check_model(proto)
    assert [entry.name for entry in proto.graph.input] == ["z", "t", "vectors", "given", "control"]
    assert network_of(proto) == network[1]


def test_the_weights_come_back_from_the_file(network, file):
    spec, weights = read_weights(file)
    assert spec == network[1]
    for name, parameter in network[0].named_parameters():
        assert torch.equal(weights[name], parameter), name
    build(spec).load_state_dict(weights)


def test_in_eight_bits_it_is_small_paints_the_same_and_can_be_learnt_from(network, file, tmp_path):
    small = tmp_path / "small.onnx"
    decibels = compress(file, small)
    assert decibels > 35
    assert psnr(file.read_bytes(), file.read_bytes()) > 100
    assert small.stat().st_size < 0.5 * file.stat().st_size
    spec, weights = read_weights(small)
    assert spec == network[1]
    for name, parameter in network[0].named_parameters():
        assert weights[name].shape == parameter.shape
        assert (weights[name] - parameter).abs().max() <= parameter.abs().max() / 120, name  # half a step of 63


def test_too_much_lost_is_not_written(file, tmp_path, monkeypatch):
    monkeypatch.setattr("mengbi.lab.compress.in_bytes", lambda original: original)  # 120 dB: as near as can be told
    with pytest.raises(FaultError, match="ship floats"):
        compress(file, tmp_path / "small.onnx", least=200)
    assert not (tmp_path / "small.onnx").exists()


def test_a_run_becomes_two_files_of_its_averaged_weights(tmp_path):
    wanted = tiny.recipe(steps=20)
    train(painting(wanted, lambda cursor: tiny.batches(wanted.size, wanted.batch, cursor)), tmp_path / "run", say=str)
    path = export(tmp_path / "run", tmp_path / "weights")
    assert {file.name for file in path.parent.iterdir()} == {"model.onnx", "model.safetensors"}
    spec, weights = read_weights(path)
    from safetensors.torch import load_file

    halves = load_file(path.with_suffix(".safetensors"))
    assert halves.keys() == weights.keys() == dict(build(spec).named_parameters()).keys()
    assert all(torch.allclose(halves[name].float(), weights[name], rtol=1e-3, atol=1e-6) for name in weights)
    assert any(np.abs(weights[name].numpy()).max() > 0 for name in weights if name.startswith("paint"))


def test_what_is_no_network_of_ours_is_refused_in_one_line(file, tmp_path):
    with pytest.raises(AssetError, match="no checkpoint"):
        export(tmp_path / "nothing", tmp_path)
    path = tmp_path / "other.onnx"
    for data in (b"", b"not a network", file.read_bytes()[:-1000]):
        path.write_bytes(data)
        with pytest.raises(AssetError, match=r"other\.onnx"):
            read_weights(path)
    with pytest.raises(AssetError, match="missing"):
        read_weights(tmp_path / "missing.onnx")
