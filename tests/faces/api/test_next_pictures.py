"""What the page offers under a picture is really made, by a real worker."""

import io

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

import httpx
import numpy as np
from opened import wait_for
from PIL import Image

FOX = {"prompt": "a red fox in a meadow", "style": "none", "size": [96, 64], "seed": 5, "engine": "sketch"}


@pytest.fixture(scope="module")
def client(studio_url):
    with httpx.Client(base_url=studio_url, timeout=600) as made:
        yield made


def painted(client, job):
    done = wait_for(client, job["id"])
    assert done["state"] == "done", done["error"]
    return done["pictures"]


def pixels(client, number):
    return np.asarray(Image.open(io.BytesIO(client.get(f"/api/v1/pictures/{number}/file").content)).convert("RGB"))


@pytest.fixture(scope="module")
def fox(client):
    return painted(client, client.post("/api/v1/jobs", json={"brief": FOX}).json())[0]


def again(client, number, **how):
    answer = client.post(f"/api/v1/pictures/{number}/again", json=how)
    assert answer.status_code == 201, answer.text
    made = painted(client, answer.json())[0]
    near = client.get(f"/api/v1/pictures/{made['id']}").json()
    return made, near


@pytest.mark.parametrize(
    ("how", "kind"),
    [({"how": "retry"}, "retry"), ({"how": "vary"}, "variation"), ({"how": "restyle", "style": "pencil"}, "restyle")],
)
def test_the_next_one_is_another_picture_of_the_family(client, fox, how, kind):
    made, near = again(client, fox["id"], **how)
    assert made["size"] == [96, 64] and made["digest"] != fox["digest"]
    assert {"id": fox["id"], "kind": kind} in near["family"]["parents"]
    assert (made["seed"] == 5) is (kind != "retry")


def test_the_enlarged_one_is_the_same_and_larger(client, fox):
    made, near = again(client, fox["id"], how="enlarge", scale=2)
    assert made["size"] == [192, 128]
    small = np.asarray(Image.fromarray(pixels(client, made["id"])).resize((96, 64), Image.Resampling.BOX), float)
    assert np.abs(small - pixels(client, fox["id"])).mean() < 6
    assert {"id": fox["id"], "kind": "enlarge"} in near["family"]["parents"]


def test_it_is_kept_as_a_card_with_its_title(client, fox):
    made, near = again(client, fox["id"], how="keep", purpose="card", title="The fox", seal="Ada")
    assert made["title"] == "The fox" and made["size"][1] > made["size"][0]
    assert {"id": fox["id"], "kind": "keep"} in near["family"]["parents"]


def test_an_uploaded_photo_is_painted_over_and_its_painting_enlarged(client):
    out = io.BytesIO()
    Image.linear_gradient("L").resize((120, 90)).convert("RGB").save(out, "JPEG")
    given = client.post("/api/v1/sources", files={"file": ("beach.jpg", out.getvalue())}).json()
    brief = {"photo": given["source"], "style": "pencil", "size": "photo", "influence": "high"}
    first = painted(client, client.post("/api/v1/jobs", json={"brief": brief}).json())[0]
    assert first["size"] == [120, 90]
    made, near = again(client, first["id"], how="enlarge", scale=2)
    assert made["size"] == [240, 180] and near["brief"]["photo"] == given["source"]
    other, _ = again(client, first["id"], how="vary")
    assert other["digest"] != first["digest"]
