"""Whatever a person can meet has a code that never changes, and the page can say it in their language."""

import ast
import json
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

import mengbi
from mengbi import errors
from mengbi.brief import Brief
from mengbi.errors import BriefError, MengbiError, SourceError, StorageError
from mengbi.faces.api.codes import CODES
from mengbi.faces.api.problems import as_problem
from mengbi.studio import sources
from mengbi.studio.queue import accept

SOURCE = Path(mengbi.__file__).parent


def given():
    """Every code that is written anywhere in the source, and where."""
    for path in SOURCE.rglob("*.py"):
        if "lab" in path.relative_to(SOURCE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for word in node.keywords:
                    if word.arg == "code" and isinstance(word.value, ast.Constant):
                        yield word.value.value, f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_code_is_listed_and_none_is_listed_that_nobody_gives():
    written = dict(given()) | {error.usual: name for name, error in vars(errors).items() if isinstance(error, type)
                               and issubclass(error, MengbiError)}  # fmt: skip
    assert {code: where for code, where in written.items() if code not in CODES} == {}
    elsewhere = {"full", "not-found", "no-method", "past-that", "too-many", "too-many-tries", "blurred"}
    assert set(CODES) - set(written) - elsewhere == set()


def test_codes_are_words_with_hyphens():
    assert all(code == code.lower() and code.replace("-", "").isalpha() for code in CODES)


def test_openapi_describes_problems_and_all_their_codes(client):
    described = client.get("/openapi.json").json()
    problem = described["components"]["schemas"]["Problem"]
    assert all(f"`{code}`" in problem["description"] for code in CODES)
    assert {"code", "params", "detail", "status"} <= set(problem["required"])
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert "default" in operation["responses"], (method, path)
            assert "HTTPValidationError" not in json.dumps(operation), (method, path)


@pytest.mark.parametrize(
    ("wishes", "code", "params"),
    [
        ({}, "prompt-empty", {}),
        ({"prompt": "x\u0000"}, "control-character", {"what": "prompt"}),
        ({"prompt": "x", "size": [10, 2000]}, "bad-size", {"width": 10, "height": 2000, "low": 64, "high": 4096}),
        ({"prompt": "x", "size": [4096, 4096], "count": 64}, "too-many-pictures", {"count": 64, "most": 4}),
        ({"prompt": "x", "size": [4096, 4096], "enlarge": 4}, "too-many-pixels", {"width": 16384, "most": 67}),
        ({"prompt": "x", "engine": "sketsh"}, "unknown-name", {"kind": "engine", "name": "sketsh"}),
        ({"prompt": "x", "sampler": "eulr"}, "unknown-name", {"kind": "sampler", "name": "eulr"}),
        ({"prompt": "x", "style": "starri"}, "unknown-name", {"kind": "style", "name": "starri"}),
        ({"prompt": "x", "style": "oil:x,starry"}, "blend", {}),
        ({"prompt": "x", "purpose": "statue"}, "unknown-name", {"kind": "purpose", "name": "statue"}),
        ({"prompt": "x", "purpose": "wallpaper:nokia"}, "unknown-name", {"kind": "purpose", "name": "nokia"}),
        ({"prompt": "x", "purpose": "avatar", "title": "y"}, "no-letters", {"what": "title", "purpose": "avatar"}),
        ({"prompt": "x", "purpose": "card", "enlarge": 2}, "own-size", {"what": "enlarge", "purpose": "card"}),
        ({"prompt": "x", "purpose": "card", "seal": "一二三四五六"}, "seal", {}),
        ({"prompt": "x", "photo": "picture:7"}, "picture-gone", {"picture": 7}),
        ({"prompt": "x", "photo": "source:" + "0" * 64}, "source-gone", {}),
        ({"prompt": "x", "strength": 0.5}, "without-photo", {"what": "strength"}),
        ({"prompt": "x", "engine": "photo"}, "without-photo", {"what": "engine"}),
        ({"prompt": "x", "steps": 9}, "engine-lacks", {"engine": "sketch", "what": "steps"}),
        ({"prompt": "x", "sampler": "euler"}, "engine-lacks", {"engine": "sketch", "what": "sampler"}),
        ({"prompt": "x", "guidance": 2, "engine": "photo", "photo": "picture:1"}, "engine-lacks", {"engine": "photo"}),
        ({"prompt": "x", "sketch": "none"}, "engine-lacks", {"engine": "sketch"}),
        ({"prompt": "x", "seed": 2**63 - 1, "count": 2}, "number", {"what": "seed"}),
        ({"prompt": "x", "scene": {"things": [{"concept": "gryphonet"}]}}, "unknown-name", {"kind": "thing"}),
        ({"prompt": "x", "scene": {"thing": []}}, "scene", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_painted_says_so_before_it_waits(client, wishes, code, params):
    answer = client.post("/api/v1/jobs", json={"brief": wishes})
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, code), said
    assert said["params"] | params == said["params"]
    assert said["type"] == f"urn:mengbi:{code}"
    assert client.get("/api/v1/jobs").json()["items"] == []


@pytest.mark.parametrize(
    "wishes",
    [{"engine": "analytic", "steps": 9, "sampler": "euler", "guidance": 2.0}, {"negative": "fog"},
     {"engine": "analytic", "sketch": "none"}, {"scene": {"things": [{"concept": "cat"}]}}, {"seed": 2**63 - 1}],
)  # fmt: skip
def test_what_can_be_painted_is_accepted(client, wishes):
    answer = client.post("/api/v1/jobs", json={"brief": {"prompt": "x", **wishes}})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("method", "path", "asked", "status", "code", "params"),
    [
        ("GET", "/api/v1/jobs/7", {}, 404, "not-found", {"job": 7}),
        ("GET", "/api/v1/jobs?state=tired", {}, 422, "unknown-name", {"kind": "state", "name": "tired"}),
        ("GET", "/api/v1/pictures/7", {}, 404, "not-found", {}),
        ("GET", "/api/v1/pictures?cursor=x", {}, 422, "bad-page", {}),
        ("GET", "/api/v1/nothing", {}, 404, "not-found", {}),
        ("DELETE", "/api/v1/me", {}, 405, "no-method", {}),
        ("POST", "/api/v1/jobs", {"content": b"{"}, 422, "bad-request", {}),
        ("POST", "/api/v1/jobs", {"content": b" " * (2**20 + 1)}, 413, "too-large", {"most": 1}),
        ("POST", "/api/v1/sources", {"files": {"file": ("x.png", b"x")}}, 422, "not-a-picture", {}),
        ("POST", "/api/v1/sources", {"files": {"file": ("x.pdf", b"%PDF-1.7")}}, 422, "picture-kind", {"kind": "pdf"}),
        ("POST", "/api/v1/collections", {"json": {"name": " "}}, 422, "collection-name", {"most": 100}),
        ("GET", "/api/v1/me", {"headers": {"Host": "evil.example"}}, 421, "other-name", {"name": "evil.example"}),
        ("GET", "/api/v1/me", {"headers": {"Origin": "http://evil.example"}}, 403, "elsewhere", {}),
    ],
)  # fmt: skip
def test_whatever_else_is_refused_has_its_code(client, method, path, asked, status, code, params):
    answer = client.request(method, path, **asked)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code), said
    assert said["params"] | params == said["params"] and said["detail"] and said["instance"] == path.partition("?")[0]


def test_a_job_that_is_past_it_says_in_what_state_it_is(client):
    number = client.post("/api/v1/jobs", json={"brief": {"prompt": "x"}}).json()["id"]
    said = client.post(f"/api/v1/jobs/{number}/resume").json()
    assert (said["code"], said["params"]) == ("past-that", {"state": "queued"})


def test_what_the_description_does_not_allow_is_told_place_by_place(client):
    said = client.post("/api/v1/jobs", json={"brief": {"prompt": "x", "seed": -1}}).json()
    (one,) = said["params"]["errors"]
    assert (one["at"], one["code"], one["params"]) == ("body.brief.seed", "greater-than-equal", {"ge": 0})


def test_programs_of_others_have_the_code_as_they_know_codes(client):
    said = client.get("/v1/models/none").json()["error"]
    assert (said["code"], said["param"], said["type"]) == ("model_not_found", "model", "invalid_request_error")
    said = client.post("/sdapi/v1/txt2img", json={"prompt": "x", "tiling": True}).json()
    assert (said["error"], said["params"]) == ("not-done-here", {"what": "tiling"})


def test_who_may_not_is_told_what_is_needed(visit):
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", token="a-token-of-many-letters")
    assert house.get("/api/v1/me").json()["code"] == "sign-in"
    assert house.get("/api/v1/me", headers={"Authorization": "Bearer no"}).json()["code"] == "wrong-secret"


def test_nobody_has_to_say_who_they_are_where_it_is_open(client, visit):
    assert client.get("/api/v1/me").json()["open"] is True
    house = visit("http://127.0.0.1:7860", token="a-token-of-many-letters")
    told = house.get("/api/v1/me", headers={"Authorization": "Bearer a-token-of-many-letters"}).json()
    assert (told["open"], told["loopback"]) == (False, True)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageError("database or disk is full"), 507, "full"),
        (StorageError("no answer"), 503, "away"),
        (MengbiError("x"), 422, "error"),
        (BriefError("x", code="number", what="seed"), 422, "number"),
    ],
)
def test_our_errors_have_the_status_that_fits_them(error, status, code):
    problem = as_problem(error)
    assert (problem.status, problem.code, problem.params) == (status, code, error.params)


def test_a_job_tells_why_it_failed_and_a_waiting_program_hears_it(client, store):
    from mengbi.faces.api.problems import Problem
    from mengbi.faces.api.waiting import outcome
    from mengbi.studio.jobs import find_job, move

    job = accept(store, Brief(prompt="x"))
    with store.writing() as connection:
        move(connection, [job.id], "running")
        move(connection, [job.id], "failed", SourceError("gone", code="source-gone"))
    told = client.get(f"/api/v1/jobs/{job.id}").json()
    assert (told["error"], told["problem"], told["note"]) == ("gone", {"code": "source-gone", "params": {}}, None)
    with pytest.raises(Problem) as refused:
        outcome(store, find_job(store, job.id))
    assert (refused.value.code, refused.value.params) == ("source-gone", {"job": job.id})


def test_an_upload_that_was_swept_is_told_of(client, store, painted):
    data = store.blobs.read("pictures", painted().name)
    reference = client.post("/api/v1/sources", files={"file": ("x.png", data)}).json()["source"]
    assert sources.sweep(store, 2**62) == 1
    said = client.post("/api/v1/jobs", json={"brief": {"prompt": "x", "photo": reference}}).json()
    assert said["code"] == "source-gone"
