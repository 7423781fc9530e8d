"""The lab as a plug-in of the command line; no torch is needed here."""

import subprocess
import sys
import types
from importlib.metadata import EntryPoint

import click
import pytest

from mengbi import weights
from mengbi.errors import FaultError
from mengbi.faces import group
from mengbi.faces.commands import root
from mengbi.lab import commands


def test_the_lab_is_a_command_like_any_other(mengbi):
    assert "\n  lab " in mengbi("--help")[1]
    code, out, _ = mengbi("lab", "--help")
    assert code == 0
    assert all(f"\n  {name} " in out for name in ("card", "compress", "data", "export", "ship", "train"))
    assert "\n  dream " in mengbi("lab", "data", "--help")[1]


def test_anybody_can_add_a_command(mengbi, monkeypatch):
    greet = EntryPoint(name="greet", value="greeting:greet", group="mengbi.commands")
    module = types.ModuleType("greeting")
    module.greet = click.Command("greet", callback=lambda: click.echo("你好"), help="Greet.")
    monkeypatch.setitem(sys.modules, "greeting", module)
    monkeypatch.setattr(root, "_added", root._added | {"greet": greet})
    assert "\n  greet " in mengbi("--help")[1]
    assert mengbi("greet") == (0, "你好\n", "")


def test_a_command_that_cannot_be_loaded_is_named(mengbi, monkeypatch):
    broken = EntryPoint(name="greet", value="no_such_module_here:greet", group="mengbi.commands")
    monkeypatch.setattr(root, "_added", root._added | {"greet": broken})
    code, _, err = mengbi("greet")
    assert code == 1 and "'greet'" in err and "no_such_module_here" in err and err.count("\n") == 1


def test_two_packages_that_disagree_about_a_command_are_not_settled_in_silence(monkeypatch):
    entries = [EntryPoint(name="greet", value=value, group="x") for value in ("a:b", "c:d")]
    monkeypatch.setattr(group, "entry_points", lambda group: entries)
    with pytest.raises(FaultError, match="greet"):
        group.Commands("any", plugins="x").list_commands(None)


def test_a_command_that_is_not_there_is_answered_with_the_nearest(mengbi):
    for arguments, meant in ((("labb",), "lab"), (("lab", "tran"), "train"), (("lab", "data", "dreams"), "dream")):
        code, _, err = mengbi(*arguments)
        assert code == 2 and f"did you mean '{meant}'?" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("train", "dream", "--out", "run"), ("export", "run", "out"), ("compress", "a", "b"), ("ship", "run")]
)
def test_without_torch_the_lab_says_in_a_line_how_to_get_it(mengbi, monkeypatch, arguments):
    monkeypatch.setattr(commands, "find_spec", lambda name: None)
    code, out, err = mengbi("lab", *arguments)
    assert (code, out) == (1, "")
    assert "this needs torch" in err and "pip install 'mengbi[lab]'" in err and err.count("\n") == 1


def test_the_faces_load_nothing_of_the_lab_until_it_is_asked_for():
    code = "import sys; from mengbi.faces.commands import root; print([m for m in sys.modules if 'mengbi.lab' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_card_is_printed_as_it_is_where_nobody_looks(mengbi, monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "folder", lambda name: tmp_path / name)
    (tmp_path / "dream").mkdir()
    (tmp_path / "dream" / "card.md").write_text("---\n{}\n---\n\n# dream\n\n梦\n", "utf-8")
    assert mengbi("lab", "card", "dream") == (0, "---\n{}\n---\n\n# dream\n\n梦\n", "")
    code, _, err = mengbi("lab", "card", "dreem")
    assert code == 2 and "did you mean 'dream'" in err and err.count("\n") == 1


def test_an_engine_of_ones_own_has_a_card_too(mengbi, monkeypatch, tmp_path):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    mine = tmp_path / "models" / "my-digits"
    mine.mkdir(parents=True)
    (mine / "model.onnx").touch()
    code, _, err = mengbi("lab", "card", "my-digits")
    assert code == 1 and "card.md is missing" in err
    (mine / "card.md").write_text("# my digits, 十\x1b[2J\n", "utf-8")
    assert mengbi("lab", "card", "my-digits") == (0, "# my digits, 十\\x1b[2J\n", "")
    assert "my-digits" in mengbi("lab", "card", "..")[2]
