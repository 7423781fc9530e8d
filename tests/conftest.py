"""What the tests of several rooms share."""

import pytest

from mengbi.faces.cli import main


@pytest.fixture(autouse=True)
def _leaves_the_gallery_alone(monkeypatch):
    monkeypatch.setenv("MENGBI_GALLERY", "off")


@pytest.fixture
def mengbi(capsys):
    """Runs the command line here: (exit code, standard output, standard error)."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
