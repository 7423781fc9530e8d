"""The lab as a plug-in of the command line; no torch is needed here."""

import subprocess
import sys

import click
import pytest

from mengbi import weights
from mengbi.faces import COMMANDS
from mengbi.faces.cli import main
from mengbi.lab import commands


@pytest.fixture
def mengbi(capsys):
    """Runs the command line here: (exit code, standard output, standard error)."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_lab_is_a_command_like_any_other(mengbi):
    assert "\n  lab " in mengbi("--help")[1]
    code, out, _ = mengbi("lab", "--help")
    assert code == 0
    assert all(f"\n  {name} " in out for name in ("card", "compress", "data", "export", "ship", "train"))
    assert "\n  dream " in mengbi("lab", "data", "--help")[1]


def test_anybody_can_add_a_command(mengbi, monkeypatch):
    monkeypatch.setattr(COMMANDS, "_items", dict(COMMANDS._items))
    COMMANDS.register("greet", click.Command("greet", callback=lambda: click.echo("你好"), help="Greet."))
    assert "\n  greet " in mengbi("--help")[1]
    assert mengbi("greet") == (0, "你好\n", "")


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
    assert code == 1 and "dreem" in err and err.count("\n") == 1
