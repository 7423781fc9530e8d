from pathlib import Path

import pytest

from mengbi import settings
from mengbi.errors import BriefError


def test_the_data_folder_moves_with_mengbi_home(monkeypatch, tmp_path):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "梦"))
    assert settings.home() == tmp_path / "梦"
    assert not settings.home().exists()


def test_a_tilde_is_the_persons_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MENGBI_HOME", "~/mengbi")
    assert settings.home() == tmp_path / "mengbi"


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_platform_chooses(monkeypatch, value):
    monkeypatch.delenv("MENGBI_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("MENGBI_HOME", value)
    assert settings.home().name == "mengbi"
    assert settings.home() != Path("mengbi")


def test_threads_are_what_was_asked_for_or_what_there_is(monkeypatch):
    monkeypatch.setenv("MENGBI_THREADS", "3")
    assert settings.threads() == 3
    monkeypatch.delenv("MENGBI_THREADS")
    assert 1 <= settings.threads() <= 8


@pytest.mark.parametrize("value", ["0", "-1", "two", "257", "", "1.5", "²"])
def test_other_numbers_of_threads_are_refused(monkeypatch, value):
    monkeypatch.setenv("MENGBI_THREADS", value)
    with pytest.raises(BriefError, match=r"MENGBI_THREADS=.* — a whole number from 1 to 256"):
        settings.threads()
