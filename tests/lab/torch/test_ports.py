import onnx
import pytest
import torch

from mengbi.errors import FaultError
from mengbi.lab.checkpoint import newest
from mengbi.lab.export import disagreement, export, files, network_of, ports, read_weights, to_onnx
from mengbi.lab.models import build
from mengbi.lab.recipes import Recipe
from mengbi.lab.run import Run, last

PICTURES = {"size": 16, "channels": 3}
NETWORKS = {
    "classifier": {"kind": "classifier", **PICTURES, "classes": 3, "widths": [8, 16], "blocks": 1},
    "dcgan": {"kind": "dcgan", **PICTURES, "latent": 8, "width": 8, "classes": 3},
    "dcgan of anything": {"kind": "dcgan", **PICTURES, "latent": 8, "width": 8},
    "stylegan2 of words": {"kind": "stylegan2", **PICTURES, "latent": 8, "width": 8, "words": True},
    "vae": {"kind": "vae", **PICTURES, "latent": 8, "classes": 3, "widths": [8, 16], "hidden": 32},
    "vqvae": {"kind": "vqvae", **PICTURES, "classes": 3, "widths": [8, 8], "prior": 32, "depth": 1, "looks": 3},
    "upscaler": {"kind": "upscaler", "width": 8, "depth": 2, "scale": 2},
}


def run_of(spec, folder):
    """A run that has learnt nothing yet, but whose weights and running means are no longer those of a fresh network."""
    run = Run(Recipe(model=spec, batch=1, steps=10), [], torch.device("cpu"))
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in run.average.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for buffer in run.average.buffers():
            if buffer.is_floating_point() and buffer.numel() > 1:
                buffer.copy_(torch.rand_like(buffer) * 0.1)
    run.begin(folder / "checkpoints")
    return folder


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_says_what_goes_in_and_comes_out_and_does_the_same_in_onnx_runtime(name):
    torch.manual_seed(0)
    model = build(NETWORKS[name]).eval()
    known = ports(model)
    data = to_onnx(model, NETWORKS[name])
    assert disagreement(data, model) < 1e-5
    graph = onnx.load_from_string(data).graph
    assert {entry.name for entry in graph.input} <= set(known.some(1))
    assert [entry.name for entry in graph.output] == list(known.outputs)
    assert network_of(onnx.load_from_string(data)) == NETWORKS[name]
    for beside in known.beside.values():
        assert disagreement(to_onnx(model, NETWORKS[name], known=beside), model, beside) < 1e-5


@pytest.mark.parametrize("name", ["dcgan", "vae", "classifier"])
def test_training_can_go_on_from_what_was_exported_though_its_norms_are_folded(name, tmp_path):
    run = run_of(NETWORKS[name], tmp_path / "run")
    path = export(run, tmp_path / "out")
    wanted = {"model.onnx", "model.safetensors", *(["encoder.onnx"] if name == "vae" else [])}
    assert {file.name for file in path.parent.iterdir()} == wanted
    spec, weights = read_weights(path)
    assert spec == NETWORKS[name]
    kept = last(run).tensors
    assert all(torch.equal(tensor, kept[f"average.{key}"]) for key, tensor in weights.items())
    build(spec).load_state_dict(weights)


def test_the_best_weights_of_a_run_are_exported_not_the_last(tmp_path):
    spec = NETWORKS["dcgan"]
    run = Run(Recipe(model=spec, batch=1, steps=10), [], torch.device("cpu"))
    run.check({"validation": 1.0}, tmp_path / "best")
    best = {name: tensor.clone() for name, tensor in run.average.state_dict().items()}
    with torch.no_grad():
        for parameter in run.average.parameters():
            parameter.add_(1)
    run.check({"validation": 2.0}, tmp_path / "best")
    run.save(tmp_path / "checkpoints")
    _, weights = read_weights(export(tmp_path, tmp_path / "out"))
    assert all(torch.equal(weights[name], best[name]) for name in best)


def test_a_file_that_does_something_else_than_the_network_is_never_written(tmp_path, monkeypatch):
    run = run_of(NETWORKS["dcgan"], tmp_path / "run")
    monkeypatch.setattr("mengbi.lab.export.disagreement", lambda *_: 0.1)
    with pytest.raises(FaultError, match=r"differs by 0\.1"):
        files(newest(run / "checkpoints"))
    with pytest.raises(FaultError, match="report this"):
        export(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
