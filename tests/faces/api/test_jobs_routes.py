"""A job is accepted once, watched, and stopped."""

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

from dataclasses import fields

from mengbi.brief import Brief
from mengbi.faces.api.jobs import Wishes
from mengbi.studio import queue

FOX = {"brief": {"prompt": "a red fox", "style": "none", "size": [64, 64]}}


def test_accepted_means_written(client, store):
    answer = client.post("/api/v1/jobs", json=FOX)
    job = answer.json()
    assert answer.status_code == 201 and answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert job["state"] == "queued" and isinstance(job["brief"]["seed"], int)
    kept = queue.find_job(store, job["id"])
    assert kept.brief.prompt == "a red fox" and kept.brief.size == (64, 64)


def test_the_same_key_is_the_same_job(client):
    key = {"Idempotency-Key": "one-and-only"}
    first, second = (client.post("/api/v1/jobs", json=FOX, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    other = client.post("/api/v1/jobs", json={"brief": {"prompt": "a cat"}}, headers=key)
    assert other.status_code == 422 and "another brief" in other.json()["detail"]
    assert len(client.get("/api/v1/jobs").json()["items"]) == 1


def test_every_wish_of_a_brief_can_be_made():
    assert set(Wishes.model_fields) == {field.name for field in fields(Brief)}


def test_null_is_what_nobody_wished_for(client):
    wishes = {field.name: None for field in fields(Brief)} | {"prompt": "a fox"}
    job = client.post("/api/v1/jobs", json={"brief": wishes}).json()
    assert set(job["brief"]) == {"prompt", "seed"}


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({}, "prompt is empty"),
        ({"prompt": "x", "engine": "sketsh"}, "did you mean 'sketch'"),
        ({"prompt": "x", "style": "starri"}, "did you mean 'starry'"),
        ({"prompt": "x", "sampler": "eulr"}, "did you mean 'euler'"),
        ({"prompt": "x", "purpose": "wallpaper:nokia"}, "no screen"),
        ({"prompt": "x", "scene": {"thing": []}}, "thing"),
        ({"prompt": "x", "size": [10, 10]}, "64 to 4096"),
        ({"prompt": "x", "size": [4096, 4096], "count": 64}, "memory"),
        ({"prompt": "x", "photo": "/etc/passwd"}, "pattern"),
        ({"prompt": "x", "photo": "../../etc/passwd"}, "pattern"),
        ({"prompt": "x", "mask": "http://evil.example/x.png"}, "pattern"),
        ({"prompt": "x", "photo": "picture:1"}, "no such picture"),
        ({"prompt": "x", "photo": "source:" + "0" * 64}, "no picture was given"),
        ({"prompt": "x", "seed": -1}, "seed"),
        ({"prompt": "x", "seed": True}, "seed"),
        ({"prompt": "x", "wish": 1}, "wish"),
        ({"prompt": "x" * 4001}, "4000"),
        ({"prompt": "x\u0000"}, "control character"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_once(client, wishes, why):
    answer = client.post("/api/v1/jobs", json={"brief": wishes})
    problem = answer.json()
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert why in problem["detail"] and problem["status"] == 422 and problem["title"]
    assert client.get("/api/v1/jobs").json()["items"] == []


def test_pages_hang_together(client):
    made = [client.post("/api/v1/jobs", json=FOX).json()["id"] for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = client.get("/api/v1/jobs", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [job["id"] for job in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]
    assert client.get("/api/v1/jobs", params={"state": "done"}).json() == {"items": [], "next": None}
    assert client.get("/api/v1/jobs", params={"state": "tired"}).status_code == 422


def test_a_job_is_set_aside_goes_on_ends_and_is_tried_again(client):
    number = client.post("/api/v1/jobs", json=FOX).json()["id"]
    for how, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")):
        assert client.post(f"/api/v1/jobs/{number}/{how}").json()["state"] == state
    assert client.post(f"/api/v1/jobs/{number}/resume").status_code == 409
    assert client.post("/api/v1/jobs/999/cancel").status_code == 404
    assert client.get("/api/v1/jobs/999").status_code == 404
    assert client.get(f"/api/v1/jobs/{number}/preview").status_code == 404


def test_a_job_tells_of_its_pictures(client, store, painted):
    from sqlalchemy import insert

    from mengbi.studio.tables import painted as painted_table

    number, entry = client.post("/api/v1/jobs", json=FOX).json()["id"], painted()
    with store.writing() as connection:
        connection.execute(insert(painted_table).values(job_id=number, number=0, picture_id=entry.id))
    assert [one["id"] for one in client.get(f"/api/v1/jobs/{number}").json()["pictures"]] == [entry.id]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"brief": 1}', b'{"brief": {"prompt": "\xff"}}', b"null"])
def test_a_body_that_is_none_is_the_callers_mistake(client, body):
    answer = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
