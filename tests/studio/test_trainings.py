"""The registry of trainings, on both databases."""

from pathlib import Path

import pytest

from mengbi.errors import BriefError, OutputError
from mengbi.studio import trainings
from mengbi.studio.store import opened
from mengbi.studio.trainings import Training


@pytest.fixture
def store(url, tmp_path):
    with opened(url, str(tmp_path / "blobs")) as store:
        yield store


def training(folder, name="digits", **changes):
    usual = {
        "name": name,
        "family": "dcgan",
        "recipe": {"recipe": "dcgan", "data": "mnist", "steps": 100},
        "data": {},
        "code": "1.0",
        "machine": "2 processors",
        "folder": folder,
        "steps": 100,
        "metrics": {},
    }
    return Training(**{**usual, **changes})


def test_what_is_begun_is_found_and_listed_the_newest_first(store, tmp_path):
    first = trainings.begin(store, training(tmp_path / "a", "first"))
    trainings.begin(store, training(tmp_path / "b", "second", parent="first"))
    assert [each.name for each in trainings.every(store)] == ["second", "first"]
    assert (first.state, first.step, first.folder) == ("running", 0, (tmp_path / "a").resolve())
    assert trainings.find(store, "second").parent == "first"
    assert trainings.in_folder(store, tmp_path / "b").name == "second"
    assert trainings.in_folder(store, tmp_path) is None
    assert trainings.find(store, "first").to_dict()["created"].endswith("+00:00")


def test_it_says_how_far_it_is_and_how_it_ended(store, tmp_path):
    begun = trainings.begin(store, training(tmp_path))
    trainings.follow(store, "digits", step=40, seconds=3.5, metrics={"loss": 0.5}, note="the critic has won")
    found = trainings.find(store, "digits")
    assert (found.step, found.seconds, found.metrics, found.note) == (40, 3.5, {"loss": 0.5}, "the critic has won")
    assert found.updated >= begun.created
    trainings.follow(store, "digits", state="done")
    assert trainings.find(store, "digits").state == "done"


def test_a_run_that_goes_on_keeps_its_row_and_what_it_reached(store, tmp_path):
    begun = trainings.begin(store, training(tmp_path))
    trainings.follow(store, "digits", step=40, state="stopped", note="ill")
    again = trainings.begin(store, training(tmp_path, steps=200, code="1.1"))
    assert (again.state, again.step, again.steps, again.code, again.note) == ("running", 40, 200, "1.1", None)
    assert again.created == begun.created and len(trainings.every(store)) == 1


def test_a_name_belongs_to_one_folder(store, tmp_path):
    trainings.begin(store, training(tmp_path / "a"))
    with pytest.raises(BriefError, match="--name"):
        trainings.begin(store, training(tmp_path / "b"))
    for name in ("", "x" * 101, "../x", "a/b", "a\\b", ".."):
        with pytest.raises(BriefError, match="1 to 100"):
            trainings.begin(store, training(tmp_path / "c", name))


def test_one_process_trains_in_a_folder_and_who_is_gone_is_not_running(store, tmp_path):
    trainings.begin(store, training(tmp_path / "run"))
    assert trainings.find(store, "digits").state == "running"  # perhaps on another machine
    with trainings.alone(tmp_path / "run"):
        assert trainings.find(store, "digits").state == "running"
        with pytest.raises(BriefError, match="another process"), trainings.alone(tmp_path / "run"):
            pass
    assert trainings.find(store, "digits").state == "stopped"
    with trainings.alone(tmp_path / "run"):
        assert trainings.every(store)[0].state == "running"


def test_no_run_can_lie_in_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="no run can lie there"), trainings.alone(tmp_path / "file"):
        pass


def test_a_name_that_is_not_there_is_answered_with_the_nearest(store, tmp_path):
    with pytest.raises(BriefError, match="there is none yet"):
        trainings.find(store, "digits")
    trainings.begin(store, training(tmp_path))
    with pytest.raises(BriefError, match="did you mean 'digits'"):
        trainings.find(store, "digit")


def test_what_is_forgotten_leaves_its_folder(store, tmp_path):
    folder = Path(tmp_path / "run")
    folder.mkdir()
    trainings.begin(store, training(folder))
    trainings.forget(store, "digits")
    assert trainings.every(store) == [] and folder.is_dir()
    with pytest.raises(BriefError):
        trainings.forget(store, "digits")
