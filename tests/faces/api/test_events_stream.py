"""What happens is told as it happens, and told again to whoever was away."""

import json
import threading

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

import httpx
from opened import wait_for

FOX = {"brief": {"prompt": "a red fox", "style": "none", "size": [64, 64], "engine": "analytic", "steps": 6}}

LONGER = {"brief": {**FOX["brief"], "size": [320, 320], "steps": 24}}


def heard(url, *, until, headers=None, then=lambda: None, query=""):
    """The events as (id, name, data) up to the first for which `until` holds. then: called when listening has begun."""
    found, event = [], {}
    with (
        httpx.Client(base_url=url, timeout=600) as client,
        client.stream("GET", f"/api/v1/events{query}", headers=headers) as stream,
    ):
        assert stream.status_code == 200 and stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = value
            if line or "data" not in event:
                continue
            found.append((int(event["id"]), event["event"], json.loads(event["data"])))
            event = {}
            if len(found) == 1:
                then()
            if until(found[-1]):
                return found
    return found


@pytest.fixture
def client(studio_url):
    with httpx.Client(base_url=studio_url, timeout=600) as made:
        yield made


def test_a_job_is_told_of_from_its_acceptance_to_its_pictures(studio_url, client):
    made = []
    events = heard(
        studio_url,
        then=lambda: made.append(client.post("/api/v1/jobs", json=LONGER).json()["id"]),
        until=lambda event: event[1] == "job" and event[2]["state"] == "done",
    )
    assert events[0][1] == "ready"
    names = [name for _, name, _ in events]
    assert {"job", "progress", "picture"} <= set(names)
    assert [number for number, *_ in events] == sorted({number for number, *_ in events})
    shares = [data["done"] for _, name, data in events if name == "progress"]
    assert shares == sorted(shares) and all(data["job"] == made[0] for _, name, data in events if name == "progress")
    picture = next(data["picture"] for _, name, data in events if name == "picture")
    assert client.get(f"/api/v1/pictures/{picture['id']}").json()["digest"] == picture["digest"]


@pytest.mark.parametrize("way", ["header", "query"])
def test_who_was_away_hears_what_they_missed(studio_url, client, way):
    last = heard(studio_url, until=lambda event: event[1] == "ready")[0][0]
    number = client.post("/api/v1/jobs", json=FOX).json()["id"]
    wait_for(client, number)
    asked = {"headers": {"Last-Event-ID": str(last)}} if way == "header" else {"query": f"?after={last}"}
    missed = heard(studio_url, until=lambda event: event[1] == "job" and event[2]["state"] == "done", **asked)
    assert missed[1][0] > last and missed[1][2]["id"] == number
    again = heard(studio_url, headers={"Last-Event-ID": str(missed[-1][0])}, until=lambda event: event[1] == "ready")
    assert again[0][0] == missed[-1][0], "nothing is told twice"


def test_two_browsers_hear_the_same(studio_url, client):
    started, ended = threading.Barrier(3, timeout=600), []

    def listen():
        ended.append(
            heard(studio_url, then=started.wait, until=lambda event: event[1] == "job" and event[2]["state"] == "done")
        )

    listeners = [threading.Thread(target=listen) for _ in range(2)]
    for listener in listeners:
        listener.start()
    started.wait()
    client.post("/api/v1/jobs", json=FOX)
    for listener in listeners:
        listener.join(600)
    assert [event[0] for event in ended[0][1:]] == [event[0] for event in ended[1][1:]]


def test_a_number_from_another_database_begins_anew(studio_url):
    assert heard(studio_url, headers={"Last-Event-ID": "999999999"}, until=lambda _: True)[0][0] < 999999999


def test_a_preview_is_there_while_it_is_painted(studio_url, client):
    seen, long = [], {"brief": {**FOX["brief"], "size": [1024, 1024], "steps": 400}}

    def look(event):
        if event[1] == "progress":
            job = event[2]["job"]
            answer = client.get(f"/api/v1/jobs/{job}/preview")
            if answer.status_code == 200:
                seen.append(answer)
                client.post(f"/api/v1/jobs/{job}/cancel")
        return bool(seen)

    heard(studio_url, then=lambda: client.post("/api/v1/jobs", json=long), until=look)
    assert seen[0].headers["content-type"] == "image/webp" and len(seen[0].content) <= 24 * 1024


def test_a_job_that_is_cancelled_stops_within_a_step(studio_url, client):
    long = {"brief": {**FOX["brief"], "size": [1024, 1024], "steps": 400, "count": 4}}
    number = []

    def stop(event):
        if event[1] == "progress":
            assert client.post(f"/api/v1/jobs/{number[0]}/cancel").json()["state"] == "cancelled"
            return True
        return False

    heard(studio_url, then=lambda: number.append(client.post("/api/v1/jobs", json=long).json()["id"]), until=stop)
    after = client.post("/api/v1/jobs", json=FOX).json()["id"]
    assert wait_for(client, after)["state"] == "done"
    assert client.get(f"/api/v1/jobs/{number[0]}").json()["pictures"] == []
