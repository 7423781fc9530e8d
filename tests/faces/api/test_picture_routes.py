"""The gallery over HTTP: pictures are found, looked at, marked, and made into the next."""

import io
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

from PIL import Image

from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.studio import queue, sources
from mengbi.studio.people import add_person


def test_pictures_are_found_by_all_that_is_known_of_them(client, painted):
    fox, cat = painted("a red fox", 1), painted("two cats", 2, style="pencil")
    client.patch(
        f"/api/v1/pictures/{fox.id}", json={"stars": 4, "favourite": True, "tags": ["Winter"], "title": "小狐"}
    )

    def found(**asked):
        return [one["id"] for one in client.get("/api/v1/pictures", params=asked).json()["items"]]

    assert found() == [cat.id, fox.id]
    assert found(q="fox") == found(q="小狐") == found(tag="winter") == found(stars=4) == found(favourite=1) == [fox.id]
    assert found(style="pencil") == [cat.id] and found(engine="sketch") == [cat.id, fox.id]
    assert found(meaning="kitten")[0] == cat.id
    assert found(q="whale") == []


def test_the_next_page_follows_the_first(client, painted):
    made = [painted(seed=seed).id for seed in range(5)]
    first = client.get("/api/v1/pictures", params={"limit": 3}).json()
    second = client.get("/api/v1/pictures", params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1] and second["next"] is None
    assert client.get("/api/v1/pictures", params={"cursor": "x"}).status_code == 422


def test_a_picture_tells_all_that_made_it(client, painted):
    entry = painted("a red fox in snow", 7)
    told = client.get(f"/api/v1/pictures/{entry.id}").json()
    assert told["plan"]["samples"][0]["seed"] == 7
    assert told["brief"]["prompt"] == "a red fox in snow" and told["brief"]["size"] == [64, 64]
    assert told["family"] == {"parents": [], "children": [], "all": []}
    assert client.get("/api/v1/pictures/999").status_code == 404
    assert client.get("/api/v1/pictures/0").status_code == 422


def test_a_file_is_kept_by_the_browser_for_good(client, painted):
    entry = painted()
    answer = client.get(f"/api/v1/pictures/{entry.id}/file")
    assert answer.headers["content-type"] == "image/png" and "immutable" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == (64, 64)
    again = client.get(f"/api/v1/pictures/{entry.id}/file", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    small = client.get(f"/api/v1/pictures/{entry.id}/thumb")
    assert small.headers["content-type"] == "image/webp" and small.headers["etag"] != answer.headers["etag"]
    assert (
        client.get(f"/api/v1/pictures/{entry.id}/thumb", headers={"If-None-Match": small.headers["etag"]}).status_code
        == 304
    )


def test_a_picture_tells_how_it_came_to_be(client, store, painted):
    from mengbi.studio.shown import small_webp
    from mengbi.studio.steps import write_steps

    entry, plain = painted(), painted(seed=2)
    frames = [small_webp(np.full((1, 32, 32, 3), shade, np.uint8)) for shade in (0, 200)]
    with store.writing() as connection:
        write_steps(connection, store, entry.id, b"".join(frames), (1, 7))
    at = f"/api/v1/pictures/{entry.id}/steps"
    assert client.get(at).json() == {"items": [{"step": n, "url": f"{at}/{n}"} for n in (1, 7)], "next": None}
    shown = client.get(f"{at}/7")
    assert (shown.content, shown.headers["content-type"]) == (frames[1], "image/webp")
    assert "immutable" in shown.headers["cache-control"]
    assert client.get(f"{at}/7", headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    missing = client.get(f"{at}/2")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
    assert [client.get(f"/api/v1/pictures/{one.id}").json()["steps"] for one in (entry, plain)] == [2, 0]
    assert client.get(f"/api/v1/pictures/{plain.id}/steps").json()["items"] == []


def test_somebody_elses_small_picture_is_enlarged_as_it_is(client, store):
    """Also what is transparent in it, and whatever its size."""
    from PIL import Image

    from mengbi.studio.pictures import add

    out = io.BytesIO()
    Image.new("RGBA", (20, 12), (200, 40, 40, 128)).save(out, "PNG")
    entry = add(store, out.getvalue())
    answer = client.post(f"/api/v1/pictures/{entry.id}/again", json={"how": "enlarge", "scale": 2})
    brief = queue.find_job(store, answer.json()["id"]).brief
    (larger,) = finish(carry_out(make_plan(sources.bring(store, brief, Path(store.blobs.root)))))
    assert larger.pixels.shape == (24, 40, 4) and abs(int(larger.pixels[12, 20, 3]) - 128) <= 2


def test_a_download_has_a_name_in_any_language(client, painted):
    entry = painted("落日飞车")
    said = client.get(f"/api/v1/pictures/{entry.id}/file?download=1").headers["content-disposition"]
    assert said.startswith("attachment") and "%E8%90%BD%E6%97%A5" in said and said.isascii()


def test_a_file_that_is_gone_is_said_to_be(client, store, painted):
    entry = painted()
    store.blobs.remove("pictures", entry.name)
    answer = client.get(f"/api/v1/pictures/{entry.id}/file")
    assert answer.status_code == 503 and "is gone" in answer.json()["detail"]


def test_marks_are_ones_own_and_come_off(client, painted):
    entry = painted()
    at = f"/api/v1/pictures/{entry.id}"
    assert client.patch(at, json={"stars": 5, "tags": ["a", "b"]}).json()["stars"] == 5
    changed = client.patch(at, json={"stars": 0, "tags": ["b", "C"]}).json()
    assert changed["stars"] is None and changed["tags"] == ["b", "c"]
    assert client.patch(at, json={"stars": 6}).status_code == 422
    assert client.patch(at, json={"star": 1}).status_code == 422
    assert client.patch(at, json={"tags": [""]}).status_code == 422


def test_a_removed_picture_leaves_nothing(client, store, painted):
    entry = painted()
    assert client.delete(f"/api/v1/pictures/{entry.id}").status_code == 204
    assert client.get(f"/api/v1/pictures/{entry.id}").status_code == 404
    assert store.blobs.size("pictures", entry.name) is None
    assert client.delete(f"/api/v1/pictures/{entry.id}").status_code == 404


def test_collections_hold_pictures(client, painted):
    entry = painted()
    number = client.post("/api/v1/collections", json={"name": "夜"}).json()["id"]
    assert client.post("/api/v1/collections", json={"name": "夜"}).json()["id"] == number
    at = f"/api/v1/collections/{number}/pictures/{entry.id}"
    assert client.put(at).status_code == 204
    assert client.get("/api/v1/collections").json()["items"] == [{"id": number, "name": "夜", "count": 1}]
    for key in ("夜", str(number)):
        found = client.get("/api/v1/pictures", params={"collection": key}).json()["items"]
        assert [one["id"] for one in found] == [entry.id]
    assert client.get(f"/api/v1/pictures/{entry.id}").json()["collections"] == ["夜"]
    assert client.delete(at).status_code == 204
    assert client.get("/api/v1/collections").json()["items"][0]["count"] == 0
    assert client.delete(f"/api/v1/collections/{number}").status_code == 204
    assert client.get("/api/v1/collections").json()["items"] == []
    assert client.delete(f"/api/v1/collections/{number}").status_code == 404
    assert client.put(at).status_code == 404
    assert client.get("/api/v1/pictures", params={"collection": "none"}).status_code == 404


def test_somebody_elses_picture_is_not_ours_to_take_away(visit, store, painted):
    for name in ("ada", "bob"):
        add_person(store, name, "artist", password="correct horse")
    add_person(store, "root", "admin", password="correct horse")
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    entry = painted(person="ada")
    at, bob = f"/api/v1/pictures/{entry.id}", ("bob", "correct horse")
    assert house.delete(at, auth=bob).status_code == 403
    assert house.patch(at, json={"title": "mine"}, auth=bob).status_code == 403
    assert house.patch(at, json={"stars": 3}, auth=bob).json()["stars"] == 3
    assert house.get(at, auth=("ada", "correct horse")).json()["stars"] is None
    mine = {name: house.get(at, auth=(name, "correct horse")).json()["mine"] for name in ("ada", "bob", "root")}
    assert mine == {"ada": True, "bob": False, "root": True}
    assert house.delete(at, auth=("root", "correct horse")).status_code == 204


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"how": "retry"}, "retry"),
        ({"how": "vary"}, "variation"),
        ({"how": "restyle", "style": "pencil"}, "restyle"),
        ({"how": "enlarge", "scale": 4}, "enlarge"),
        ({"how": "keep", "purpose": "card", "title": "Fox", "vertical": True}, "keep"),
    ],
)
def test_a_picture_leads_to_the_next(client, store, painted, how, kind):
    entry = painted("a red fox in a meadow", 7)
    answer = client.post(f"/api/v1/pictures/{entry.id}/again", json=how, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    job = queue.find_job(store, answer.json()["id"])
    assert job.parents == ((entry.id, kind),)
    assert job.brief.prompt == "a red fox in a meadow" and job.brief.count == 1
    assert (job.brief.seed == 7) is (kind != "retry")
    same = client.post(f"/api/v1/pictures/{entry.id}/again", json=how, headers={"Idempotency-Key": "k"})
    assert same.status_code == 200 and same.json()["id"] == job.id


@pytest.mark.parametrize(
    "how",
    [
        {"how": "destroy"}, {"how": "restyle"}, {"how": "keep"}, {"how": "enlarge", "scale": 3},
        {"how": "restyle", "style": "nothing such"}, {"how": "keep", "purpose": "statue"},
        {"how": "keep", "purpose": "avatar", "title": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_made_of_it_is_refused(client, painted, how):
    answer = client.post(f"/api/v1/pictures/{painted().id}/again", json=how)
    assert answer.status_code == 422, answer.text
    assert client.get("/api/v1/jobs").json()["items"] == []
