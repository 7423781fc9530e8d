"""Faces over the API: what can be said of one, how it looks at once, whom it comes from, and what is kept of it."""

import asyncio
import base64
import importlib.util
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mengbi.engine.avatar import cross, draw
from mengbi.face import face_from_dict
from mengbi.faces.api import avatars
from mengbi.faces.api.problems import Problem
from mengbi.studio import queue
from mengbi.studio.pictures import add
from mengbi.studio.tables import sources

TRAITS = {"comic": 1.0, "bob": 1.0, "red-hair": 1.0, "tan-skin": 1.0, "smile": 1.0, "glasses": 1.0}


def pixels(item):
    with Image.open(io.BytesIO(base64.b64decode(item["picture"]))) as image:
        assert image.format == "PNG"
        return np.asarray(image)


@pytest.fixture
def drawn(client):
    def ask(*faces):
        answer = client.post("/api/v1/faces", json={"faces": list(faces)})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return ask


@pytest.fixture
def kept(store):
    """A face in the gallery, small."""
    import mengbi

    def keep(prompt="", parents=(), **face):
        picture = mengbi.paint(prompt, engine="avatar", size=(64, 64), face={"seed": 1, **face})
        return add(store, picture.png(), parents=parents)

    return keep


def test_what_can_be_said_of_a_face_is_told_in_two_languages(client):
    told = client.get("/api/v1/traits").json()
    groups = {group["name"]: group for group in told["groups"]}
    glasses = next(one for one in groups["wears"]["traits"] if one["name"] == "glasses")
    assert (glasses["en"], glasses["zh"]) == ("glasses", "戴眼镜")
    assert [name for name, group in groups.items() if group["many"]] == ["wears"]
    assert {slider["name"]: slider["least"] for slider in told["sliders"]}["smile"] == -1
    looks = {one["name"] for one in groups["style"]["traits"]}
    assert looks == set(told["lacks"]) and "hat" in told["lacks"]["comic"]


def test_a_face_is_drawn_at_once_with_all_that_it_was_drawn_from(drawn):
    (item,) = drawn({"prompt": "红色的短发，戴眼镜", "face": {"seed": 5}})
    assert {"short", "red-hair", "glasses"} <= set(item["face"]["traits"])
    shown = pixels(item)
    assert shown.shape == (128, 128, 4)
    assert np.array_equal(shown, draw(face_from_dict(item["face"])))
    (again,) = drawn({"face": item["face"]})
    assert again["picture"] == item["picture"]
    high, low = item["behind"]
    assert len(high) == len(low) == 7 and high.startswith("#")


def test_a_slider_changes_the_face_and_not_who_it_is(drawn):
    usual, wide = drawn({"face": {"seed": 5}}, {"face": {"seed": 5, "sliders": {"smile": 0.9}}})
    assert usual["face"]["traits"] == wide["face"]["traits"] and wide["face"]["sliders"] == {"smile": 0.9}
    assert usual["picture"] != wide["picture"]


def test_sixteen_of_the_same_wishes_are_sixteen_faces(drawn):
    items = drawn(*[{"prompt": "a smiling woman", "face": {"seed": seed}} for seed in range(16)])
    assert len({item["picture"] for item in items}) == 16
    assert all("smile" in item["face"]["traits"] for item in items)


def test_it_says_what_a_look_does_not_have_and_what_it_did_not_understand(drawn):
    (item,) = drawn({"prompt": "headphones", "face": {"seed": 1, "traits": {"comic": 1, "hat": 1}}})
    assert item["unmet"] == ["hat"] and item["unknown"] == ["headphones"]


def test_a_child_has_its_parts_from_either_parent_and_another_seed_is_another_child(drawn):
    mother, father = (item["face"] for item in drawn({"face": {"seed": 1}}, {"face": {"seed": 2}}))
    one, other = drawn(*[{"face": {"seed": seed, "parents": [mother, father]}} for seed in (3, 4)])
    assert set(one["face"]["genes"]) == {1, 2}
    assert one["face"] == cross(face_from_dict(mother), face_from_dict(father), 3).to_dict()
    assert one["face"]["genes"] != other["face"]["genes"] and one["face"]["parents"] == [mother, father]


@pytest.mark.parametrize(
    ("face", "said"),
    [
        ({"traits": {"wings": 1}}, "wings"),
        ({"traits": {"smile": 2}}, "smile"),
        ({"sliders": {"smile": -2}}, "smile"),
        ({"sliders": {"height": 1}}, "height"),
        ({"parents": [{"seed": 1}]}, "two faces"),
        ({"genes": [1, 2]}, "16 seeds"),
        ({"age": 7}, "age"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_face_is_refused_when_it_is_drawn_and_when_it_is_kept(client, face, said):
    for path, body in (("faces", {"faces": [{"face": face}]}), ("jobs", {"brief": {"engine": "avatar", "face": face}})):
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 422 and said in answer.json()["detail"], answer.text
    assert client.get("/api/v1/jobs").json()["items"] == []


@pytest.mark.parametrize("faces", [[], [{}] * 17, [{"face": 1}], [{"prompt": "x" * 5000}], [{"prompt": "a\x07"}]])
def test_not_too_much_is_drawn_at_once(client, faces):
    assert client.post("/api/v1/faces", json={"faces": faces}).status_code == 422


def test_nothing_is_drawn_for_who_has_gone(client, monkeypatch):
    monkeypatch.setattr(avatars, "_drawn", lambda _: pytest.fail("drawn all the same"))

    class Gone:
        async def is_disconnected(self):
            return True

    asked = avatars.Portraits(faces=[avatars.Portrait()])
    with pytest.raises(Problem) as refused:
        asyncio.run(avatars.drawn(asked, client.app.state.studio, Gone()))
    assert refused.value.code == "nobody-waits"


def test_a_face_is_a_job_like_any_other(client, store):
    parent = {"seed": 1, "traits": TRAITS}
    face = {"seed": 7, "traits": TRAITS, "parents": [parent | {"mood": "x"}] * 2}
    wishes = {"prompt": "a friend", "engine": "avatar", "face": face, "background": "auto", "seed": 7}
    answer = client.post("/api/v1/jobs", json={"brief": wishes})
    assert answer.status_code == 201, answer.text
    brief = queue.find_job(store, answer.json()["id"]).brief
    assert brief.face["parents"] == [parent] * 2  # and nothing that somebody put in
    assert (brief.background, brief.prompt) == ("auto", "a friend")


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"face": {}, "prompt": "a fox"}, "engine-lacks"),
        ({"background": "auto", "prompt": "a fox"}, "engine-lacks"),
        ({"engine": "avatar", "face": {}, "background": "no such colour"}, "unknown-name"),
        ({"engine": "avatar"}, "prompt-empty"),
    ],
)
def test_what_its_engine_could_not_paint_is_refused_at_once(client, wishes, code):
    answer = client.post("/api/v1/jobs", json={"brief": wishes})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_child_of_two_pictures_stands_under_both(client, kept):
    mother, father = kept(seed=1), kept(seed=2)
    child = kept(seed=3, parents=((mother.id, "cross"), (father.id, "cross")))
    family = client.get(f"/api/v1/pictures/{child.id}").json()["family"]
    assert family["parents"] == [{"id": mother.id, "kind": "cross"}, {"id": father.id, "kind": "cross"}]


def test_the_next_of_a_face_is_the_same_face_or_one_like_it(client, store, kept):
    entry = kept("short hair, glasses", seed=9)
    face = client.get(f"/api/v1/pictures/{entry.id}").json()["plan"]["samples"][0]["face"]

    def again(**how):
        answer = client.post(f"/api/v1/pictures/{entry.id}/again", json=how)
        assert answer.status_code == 201, answer.text
        return queue.find_job(store, answer.json()["id"]).brief

    assert again(how="restyle", style="pencil").face == face
    assert again(how="keep", purpose="sticker").face == face
    vary = again(how="vary")
    assert vary.face["traits"] == face["traits"] and "seed" not in vary.face
    assert "seed" not in again(how="retry").face


def test_a_file_with_a_face_brings_it_back(client, kept, store):
    from mengbi.studio.pictures import data_of

    entry = kept("短发", seed=4)
    told = client.post("/api/v1/sources", files={"file": ("me.png", data_of(store, entry))}).json()["brief"]
    assert (told["engine"], told["prompt"], told["face"]["seed"]) == ("avatar", "短发", 4)


@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is not None, reason="which sees that it is drawn")
def test_what_a_photo_tells_makes_a_face(client, drawn):
    photo, out = Image.new("RGB", (480, 600), (150, 190, 220)), io.BytesIO()
    pen = ImageDraw.Draw(photo)
    pen.ellipse((130, 70, 350, 330), fill=(28, 22, 20))
    pen.ellipse((150, 150, 330, 410), fill=(245, 214, 192))
    photo.save(out, "JPEG")
    told = client.post("/api/v1/likeness", files={"file": ("me.jpg", out.getvalue())}).json()
    assert {"fair-skin", "black-hair"} <= set(told["traits"]) and "mood" in told["unread"]
    (item,) = drawn({"face": {"seed": 1, "traits": told["traits"]}})
    assert {"fair-skin", "black-hair"} <= set(item["face"]["traits"])


def test_a_photo_without_a_face_says_so_and_is_not_kept(client, store):
    from sqlalchemy import select

    out = io.BytesIO()
    Image.new("RGB", (200, 200), "#2040c0").save(out, "PNG")
    for data, code in ((out.getvalue(), "no-face"), (b"no picture at all", "not-a-picture")):
        answer = client.post("/api/v1/likeness", files={"file": ("me.png", data)})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    with store.reading() as connection:
        assert connection.execute(select(sources)).all() == []
