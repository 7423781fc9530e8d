"""The lab's runs, told to a page: how far, how it goes, and what it makes meanwhile."""

import io
import json

import pytest
from PIL import Image

from mengbi.studio import trainings
from mengbi.studio.trainings import Training


@pytest.fixture
def run(store, tmp_path):
    folder = tmp_path / "a run"
    (folder / "sheets").mkdir(parents=True)
    Image.new("RGB", (4, 4), "red").save(folder / "sheets" / "00000020.png")
    lines = [{"step": n, "loss": 1 / n} for n in range(1, 2001)]
    lines.insert(1000, {"step": 1000, "validation": 0.5})
    (folder / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 2001, "lo')
    recipe = {"recipe": "dcgan", "data": "/home/somebody/pictures", "steps": 2000}
    return trainings.begin(
        store,
        Training(
            name="my cats",
            family="dcgan",
            recipe=recipe,
            data={"source": "/home/somebody/pictures", "count": 7},
            code="1.0",
            machine="2 processors",
            folder=folder,
            steps=2000,
            metrics={"loss": 0.5},
        ),
    )


def test_a_run_is_listed_and_told_with_its_curves_and_sheets(client, run):
    (listed,) = client.get("/api/v1/trainings").json()["items"]
    assert (listed["name"], listed["state"], listed["steps"]) == ("my cats", "running", 2000)
    told = client.get("/api/v1/trainings/my%20cats").json()
    steps = [line["step"] for line in told["curves"]]
    assert steps == sorted(steps) and steps[-1] == 2000 and len(steps) < 600
    assert {"step": 1000, "validation": 0.5} in told["curves"]
    assert told["sheets"] == [20]
    answer = client.get("/api/v1/trainings/my%20cats/sheets/20")
    assert Image.open(io.BytesIO(answer.content)).size == (4, 4) and answer.headers["content-type"] == "image/png"


def test_where_things_lie_on_the_disk_is_not_told(client, run, tmp_path):
    for path in ("/api/v1/trainings", "/api/v1/trainings/my%20cats"):
        said = client.get(path).text
        assert "/home" not in said and str(tmp_path) not in said


@pytest.mark.parametrize("path", ["no-such", "my%20cats/sheets/21", "my%20cats/sheets/-1", "..%2f..%2fetc/sheets/20"])
def test_what_is_not_there_is_not_found(client, run, path):
    assert client.get(f"/api/v1/trainings/{path}").status_code in (404, 422)


def test_it_is_not_for_everybody(visit, run):
    stranger = visit(token="a-token-that-nobody-guesses")
    assert stranger.get("/api/v1/trainings").status_code == 401
