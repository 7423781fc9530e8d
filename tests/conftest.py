"""What the tests of several rooms share."""

import pytest
from hypothesis import HealthCheck, settings

from mengbi.faces.cli import main

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


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
