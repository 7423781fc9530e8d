import io
import itertools
import json
import re
from dataclasses import replace

import folders
import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from rich.console import Console

import mengbi
from mengbi.engine.onnx_file import check
from mengbi.errors import BriefError
from mengbi.lab.commands import lab
from mengbi.lab.compression.channels import count, cut, groups, narrowed
from mengbi.lab.compression.lessons import smaller
from mengbi.lab.compression.phases import as_convolutions
from mengbi.lab.compression.storing import stored
from mengbi.lab.compression.table import Opened, psnr, width_of
from mengbi.lab.compression.table import shown as as_table
from mengbi.lab.export import ports, session, to_onnx
from mengbi.lab.models import build
from mengbi.lab.recipes.classifier import classifier
from mengbi.lab.recipes.gan import dcgan
from mengbi.lab.recipes.stylegan import stylegan2
from mengbi.lab.recipes.vae import vae
from mengbi.lab.run import Run, kept, last, trained
from mengbi.lab.train import train


@pytest.fixture(autouse=True, scope="module")
def few_batches():
    """To try the channels on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mengbi.lab.compression.pruning.BATCHES", 2)
        yield


SPECS = {
    "dcgan": {"kind": "dcgan", "size": 32, "channels": 1, "latent": 10, "width": 16, "classes": 3},
    "dcgan of 28": {"kind": "dcgan", "size": 28, "channels": 3, "latent": 10, "width": 16},
    "stylegan2": {
        "kind": "stylegan2",
        "size": 16,
        "channels": 3,
        "latent": 16,
        "width": 16,
        "widest": 32,
        "classes": 3,
    },
    "vae": {"kind": "vae", "size": 32, "channels": 1, "latent": 6, "classes": 3, "widths": [16, 24], "hidden": 32},
    "classifier": {"kind": "classifier", "size": 16, "channels": 3, "classes": 3, "widths": [16, 32], "blocks": 2},
}


def grown_up(spec):
    """A network of that kind with numbers as after training: no norm is neutral, nothing is zero."""
    chance, model = torch.Generator().manual_seed(0), build(spec).eval()
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            size = min(0.3, (1.5 * len(tensor) / tensor.numel()) ** 0.5) if tensor.dim() > 1 else 0.3
            drawn = size * torch.randn(tensor.shape, generator=chance)
            tensor.copy_(drawn.abs() + 0.5 if name.endswith("running_var") else drawn)
    return model


def shown(model, inputs):
    with torch.inference_mode():
        return model(*(torch.from_numpy(array) for array in inputs.values()))


@pytest.mark.parametrize("name", SPECS)
def test_without_the_channels_that_nobody_reads_a_network_is_the_same_and_smaller(name):
    spec = SPECS[name]
    model, narrow = grown_up(spec), narrowed(spec, 0.5)
    tensors, wanted, worth = model.state_dict(), build(narrow).state_dict(), []
    for group in groups(spec):
        values = torch.randperm(count(group, tensors), generator=torch.Generator().manual_seed(1)).float()
        worth.append(values)
        idle = (values < len(values) - count(group, wanted)).nonzero()[:, 0]
        assert 0 < len(idle) < len(values)
        for axis in group.reads:
            if ".style." not in axis.tensor:
                places = (idle[:, None] * axis.block + torch.arange(axis.block)).flatten()
                tensors[axis.tensor].index_fill_(axis.dim, places, 0)
    small = build(narrow).eval()
    small.load_state_dict(cut(tensors, spec, narrow, worth))
    inputs = model.ports().some(3)
    whole, left = shown(model, inputs), shown(small, inputs)
    assert torch.allclose(whole, left, atol=1e-4)
    assert whole.std() > 0.01
    numbers = [sum(tensor.numel() for tensor in each.state_dict().values()) for each in (model, small)]
    assert numbers[1] < 0.6 * numbers[0]


def test_what_cannot_be_cut_is_refused_in_a_line():
    with pytest.raises(
        BriefError, match=r"vqvae — cannot be cut by channels \(dcgan, stylegan2, vae, classifier can\)"
    ):
        narrowed({"kind": "vqvae"}, 0.5)
    with pytest.raises(BriefError, match="nothing would go; keep less"):
        narrowed(SPECS["dcgan"], 0.95)


@pytest.mark.parametrize("name", ["dcgan", "dcgan of 28"])
def test_a_transposed_convolution_is_four_others_laid_into_each_other(name):
    spec, model = SPECS[name], grown_up(SPECS[name])
    proto = onnx.load_from_string(to_onnx(model, spec))
    other = as_convolutions(proto)
    kinds = {node.op_type for node in other.graph.node}
    assert "ConvTranspose" in {node.op_type for node in proto.graph.node} and "ConvTranspose" not in kinds
    inputs = {key: array for key, array in model.ports().some(3).items() if array.size}
    both = [session(each.SerializeToString()).run(None, inputs)[0] for each in (proto, other)]
    assert np.abs(both[0] - both[1]).max() < 1e-5


@pytest.mark.parametrize(("how", "share", "least"), [("halves", 0.6, 70), ("dynamic", 0.45, 35), ("static", 0.45, 25)])
@pytest.mark.parametrize("name", ["dcgan", "stylegan2", "vae", "classifier"])
def test_in_fewer_bits_a_network_is_smaller_and_nearly_the_same(name, how, share, least):
    spec = SPECS[name] | ({"widths": [32, 64]} if "widths" in SPECS[name] else {"width": 24, "widest": 48})
    if name == "dcgan":
        del spec["widest"]
    model = grown_up(spec)
    data, kind = to_onnx(model, spec), ports(model).kind
    some = model.ports().some(12)
    inputs = [{key: array[row : row + 1] for key, array in some.items()} for row in range(12)]
    small = stored(how, data, kind, inputs)
    assert len(small) < share * len(data)
    check(small)  # an engine opens it
    one, other = ([session(each).run(None, row)[0] for row in inputs] for each in (data, small))
    assert least < psnr(one, other) < 119
    assert json.loads({each.key: each.value for each in onnx.load_from_string(small).metadata_props}["network"]) == spec


def test_decibels_are_of_the_range_of_what_is_wanted():
    one = [np.array([-1.0, 1.0])]
    assert psnr(one, [np.array([-1.0, 0.8])]) == pytest.approx(10 * np.log10(4 / 0.02))
    assert psnr(one, one) == 120
    assert psnr([10 * one[0]], [np.array([-10.0, 8.0])]) == pytest.approx(10 * np.log10(4 / 0.02))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folders.dataset(tmp_path_factory.mktemp("shapes"))


def tasks(data):
    chosen = {"dcgan": dcgan, "stylegan2": stylegan2, "vae": vae, "classifier": classifier}
    made = {name: family(data, "smoke") for name, family in chosen.items()}
    return {name: replace(task, recipe=replace(task.recipe, steps=8, check_every=4)) for name, task in made.items()}


@pytest.fixture(scope="module")
def parents(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parents")
    for name, task in tasks(data).items():
        assert train(task, folder / name, say=str)
    return folder


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("dcgan", "prune"),
        ("stylegan2", "distill"),
        ("vae", "distill"),
        ("classifier", "distill"),
    ],
)
def test_a_smaller_network_learns_on_and_killed_it_ends_in_the_same_weights(name, how, data, parents, tmp_path):
    parent, task = parents / name, tasks(data)[name]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(smaller(how, 0.5, parent, task, whole), whole, say=str)

    def tick(run):
        if run.step == 3:
            run.save(broken / "checkpoints")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(smaller(how, 0.5, parent, task, broken), broken, say=str, tick=tick)
    elsewhere = tmp_path / "gone"  # what has begun needs its parent no more
    assert train(smaller(how, 0.5, elsewhere, task, broken), broken, say=str)
    one, other = last(whole), last(broken)
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(one.tensors[key], other.tensors[key]) for key in one.tensors)
    weights = [sum(tensor.numel() for tensor in trained(kept(run)).values()) for run in (parent, whole)]
    assert weights[1] < 0.9 * weights[0]
    assert "after" in one.state["notes"]


def test_a_pruned_painter_keeps_the_critic_that_it_learnt_beside(data, parents, tmp_path):
    smaller("prune", 0.5, parents / "dcgan", tasks(data)["dcgan"], tmp_path)
    begun, before = last(tmp_path).tensors, last(parents / "dcgan").tensors
    names = [name for name in before if name.startswith("critic/model.")]
    assert names and all(torch.equal(begun[name], before[name]) for name in names)


def test_a_student_comes_near_to_its_teacher(data, tmp_path):
    task = tasks(data)["dcgan"]
    teacher = grown_up(task.recipe.model)
    run = Run(task.recipe, task.turns, torch.device("cpu"))
    run.average.load_state_dict(teacher.state_dict())
    run.begin(tmp_path / "teacher" / "checkpoints")
    task = replace(task, recipe=replace(task.recipe, steps=60, rate=5e-3))
    out = tmp_path / "student"
    task = smaller("distill", 0.5, tmp_path / "teacher", task, out)
    before = last(out)
    assert train(task, out, say=str)
    inputs, apart = teacher.ports().some(32), []
    for found in (before, last(out)):
        student = build(found.state["model"]).eval()
        student.load_state_dict(trained(found))
        apart.append(float((shown(student, inputs) - shown(teacher, inputs)).abs().mean()))
    assert apart[1] < 0.6 * apart[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENGBI_HOME", str(folder))
        patch.setenv("MENGBI_DATABASE", f"sqlite:///{folder}/studio.db")
        patch.setattr("mengbi.lab.data.folder.CACHE", folder / "cache")
        patch.setattr("mengbi.lab.compression.table.ROUNDS", 1)
        patch.setattr("mengbi.lab.compression.command.CALIBRATED", 16)
        patch.setattr("mengbi.lab.compression.command.TRIED", 8)
        yield folder


def call(*arguments):
    result = CliRunner().invoke(lab, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def table_of(run):
    return json.loads((run / "compressed" / "table.json").read_text())["rows"]


def test_every_way_of_making_a_painter_smaller_stands_in_one_table_and_paints(home, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    chance, pictures = np.random.default_rng(0), tmp_path / "pictures"
    for number, (part, shape) in enumerate(itertools.product(("train", "test"), folders.SHAPES * 12)):
        place = pictures / part / shape
        place.mkdir(parents=True, exist_ok=True)
        folders.draw(shape, chance).resize((32, 32)).save(place / f"{number}.png")
    call("train", "dcgan", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "shapes")
    said = call("compress", "shapes", "--steps", 10, "--n", 10)
    rows = table_of(home / "runs" / "shapes")
    names = ["whole", "halves", "dynamic", "static", "prune 50%", "prune 50% static", "distill 50%"]
    assert list(rows) == [*names, "distill 50% static"]
    assert all(name.split(" ")[0] in said for name in names)
    for name, row in rows.items():
        (line,) = (line for line in said.splitlines() if re.match(rf"{name} +\d", line))
        assert line.split()[-2:] == [f"{row[figure]:.4g}" for figure in ("FD-lite0", "KD-lite0")]
    assert rows["static"]["bytes"] < 0.6 * rows["whole"]["bytes"] and rows["static"]["psnr"] > 25
    assert rows["prune 50%"]["bytes"] < 0.6 * rows["whole"]["bytes"]
    assert all(row["seconds"] > 0 and row["FD-lite0"] > 0 for row in rows.values())
    with Image.open(home / "runs" / "shapes" / "compressed" / "sheet.png") as sheet:
        assert sheet.size == (16 * 32, 8 * 32)

    (known,) = json.loads(call("runs", "shapes-prune-50", "--json"))
    assert (known["state"], known["step"], known["parent"]) == ("done", 10, str(home / "runs" / "shapes"))
    assert "compress" in last(home / "runs" / "shapes-prune-50").state["notes"]["command"]
    call("resume", "shapes-distill-50")  # done is done

    for run in ("shapes", "shapes-prune-50"):
        call("export", run, "--how", "static", "--as", f"small-{run}")
        painted = mengbi.paint("a disc", engine=f"small-{run}", seed=1, size=(64, 64), style="none")
        assert painted.plan.samples[0].labels == (("disc", 1.0),)
        assert np.asarray(painted.image).std() > 1
    call("train", "dcgan", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "shapes", "--steps", 32)
    with pytest.raises(BriefError, match="stored as static at step 30, and stands at 32"):
        call("export", "shapes", tmp_path / "out", "--how", "static")
    with pytest.raises(BriefError, match="not stored as halves yet"):
        call("export", "shapes-prune-50", tmp_path / "out", "--how", "halves")
    with pytest.raises(BriefError, match="two halves of the 24 held-back pictures are 12 each; ask for 6 to 12"):
        call("compress", "shapes", "--how", "prune", "--keep", 0.4, "--n", 13)
    assert not (home / "runs" / "shapes-prune-40").exists()


def test_where_too_few_pictures_are_held_back_that_is_said_first_and_all_else_is_told(home, tmp_path):
    chance, pictures = np.random.default_rng(0), tmp_path / "few"
    for number, part in enumerate(["test", *["train"] * 12]):
        (pictures / part).mkdir(parents=True, exist_ok=True)
        folders.draw("disc", chance).resize((32, 32)).save(pictures / part / f"{number}.png")
    call("train", "dcgan", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "few")
    said = call("compress", "few", "--how", "prune", "--steps", 10)
    assert said.index("without figures of quality: pictures held back: 1 — 12 are needed") < said.index("step 0")
    rows = table_of(home / "runs" / "few")
    assert [set(row) for row in rows.values()] == [{"bytes", "seconds"}, {"bytes", "seconds", "psnr"}]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_figure_of_the_table_is_cut_and_it_fits_a_terminal(width):
    names = ["whole", "distill 50%", "distill 50% static"]
    row = {"bytes": 5779 * 1024, "seconds": 6.11e-5, "FD-lenet": 166.912, "KD-lenet": 0.0019873, "classes covered": 10}
    rows = {name: row | ({"psnr": 120.0} if name != "whole" else {}) for name in names}
    made = as_table({"rows": rows}, width)
    screen = Console(width=max(width, width_of(made)), file=io.StringIO())
    screen.print(made)
    lines = [line.rstrip() for line in screen.file.getvalue().splitlines()]
    assert lines[-1].split() == [
        "distill",
        "50%",
        "static",
        "5,779",
        "1.0",
        "0.0611",
        "1.0",
        "120.0",
        "166.9",
        "0.001987",
        "10",
    ]
    assert [lines[0].split(), lines[1].split()[-3:]] == [["FD", "KD", "classes"], ["lenet", "lenet", "covered"]]
    assert max(map(len, lines)) <= max(width, 70)


def test_a_network_that_writes_is_made_smaller_where_it_can(home, tmp_path):
    text = tmp_path / "tale.txt"
    text.write_text("Once upon a time there was a fox, and the fox slept. " * 200)
    call("train", "lstm", "--data", text, "--preset", "smoke", "--name", "tale")
    call("compress", "tale", "--how", "dynamic", "--how", "static", "--how", "distill", "--steps", 10)
    rows = table_of(home / "runs" / "tale")
    assert list(rows) == ["whole", "dynamic", "distill 50%"]
    assert rows["whole"]["bits per character"] == pytest.approx(rows["dynamic"]["bits per character"], abs=0.2)
    for how, said in (("static", "take --how dynamic"), ("prune", "lstm — cannot be cut by channels")):
        with pytest.raises(BriefError, match=said):
            call("compress", "tale", "--how", how)


def test_what_an_opened_file_takes_for_nothing_is_left_out():
    spec = SPECS["dcgan of 28"]
    model = grown_up(spec)
    hand = type("Hand", (), {"ports": model.ports(), "model": model})
    opened, inputs = Opened(to_onnx(model, spec), hand), model.ports().some(2)
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    for made in (opened(*tensors.values()), opened(**tensors)):
        assert torch.allclose(made, shown(model, inputs), atol=1e-5)
