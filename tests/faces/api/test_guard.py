"""Nobody comes in by a door that nobody watches."""

import base64

import pytest
from opened import TOKEN

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")
pytest.importorskip("argon2", reason="the studio's parts are in mengbi[studio]")

from fastapi.routing import APIRoute

from mengbi.errors import BriefError
from mengbi.faces import web
from mengbi.faces.api.access import COOKIE, Access, guard
from mengbi.faces.api.app import make_app
from mengbi.studio.people import add_person, end_token, make_token, remove_person, tokens_of

OPEN = {"/healthz", "/readyz", "/api/v1/login"} | {f"/{path}" for path in web.DOOR}
"""What answers to somebody who has not said who they are: it tells nothing."""
FILLED = {
    "number": "1",
    "collection": "1",
    "digest": "0" * 64,
    "name": "oil",
    "model": "sketch",
    "path": "index.html",
    "start": "0" * 12,
    "step": "1",
}


def routes(owner):
    """All routes, also those of included routers, as FastAPI itself goes through them."""
    for route in owner.routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None and not isinstance(route, APIRoute):
            yield from routes(inner)
        else:
            yield route


@pytest.fixture
def public(visit):
    """A studio that others reach, with a token."""
    return visit("http://192.168.1.20:7860", host="0.0.0.0", token=TOKEN)


def test_nothing_is_answered_that_is_no_route_behind_the_guard(store):
    app = make_app(store, Access(host="127.0.0.1"))
    found = list(routes(app))
    assert {type(route) for route in found} == {APIRoute}, "a mounted application would have no guard"
    assert set(app.openapi()["paths"]) <= {route.path_format for route in found}
    assert [one.dependency for one in app.router.dependencies] == [guard]


def test_every_route_refuses_a_stranger(public):
    asked = 0
    for route in routes(public.app):
        path = route.path_format.format(**{name: FILLED[name] for name in route.param_convertors})
        for method in route.methods:
            answer = public.request(method, path)
            asked += 1
            if path in OPEN:
                assert answer.status_code in (200, 404, 422), (method, path, answer.status_code)
            else:
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert "WWW-Authenticate" in answer.headers
    assert asked > 70


def test_what_a_stranger_learns_is_nothing(public):
    assert public.get("/healthz").json() == {"ok": True}
    assert public.get("/readyz").json() == {"ok": True}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": "Basic " + base64.b64encode(f"anyone:{TOKEN}".encode()).decode()},
    ],
)
def test_the_token_opens_every_door(public, headers):
    assert public.get("/api/v1/me", headers=headers).json()["role"] == "admin"
    assert public.get("/metrics", headers=headers).status_code == 200
    assert public.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "value", ["Bearer wrong", "Bearer ", "Basic !!!", "Basic eDp5", "Digest x", "Bearer " + "x" * 5000]
)
def test_a_wrong_token_opens_none(public, value):
    assert public.get("/api/v1/me", headers={"Authorization": value}).status_code == 401


def test_who_guesses_tokens_is_slowed_down(public):
    statuses = [public.get("/api/v1/me", headers={"Authorization": f"Bearer guess-{n}"}).status_code for n in range(30)]
    assert statuses[0] == 401 and statuses[-1] == 429
    right = public.get("/api/v1/me", headers={"Authorization": f"Bearer {TOKEN}"})
    assert right.status_code == 429 and int(right.headers["Retry-After"]) >= 1


def test_a_browser_logs_in_and_out(public):
    page = public.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401 and "<form" in page.text
    assert public.post("/api/v1/login", json={"password": "wrong"}).status_code == 401
    answer = public.post("/api/v1/login", json={"password": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 200 and "httponly" in cookie and "samesite=lax" in cookie and TOKEN not in cookie
    assert public.get("/api/v1/me").json()["role"] == "admin"
    assert public.post("/api/v1/logout").status_code == 204
    assert public.get("/api/v1/me").status_code == 401


def test_a_link_with_the_token_lets_a_browser_in_and_forgets_it(public):
    answer = public.get(f"/?token={TOKEN}", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/" and COOKIE in answer.cookies
    assert public.get("/api/v1/me").status_code == 200
    assert public.get("/api/v1/options?token=x", headers={"Cookie": ""}).status_code == 401


def test_without_token_only_this_machine_is_answered():
    with pytest.raises(BriefError, match="needs a token"):
        Access(host="0.0.0.0").check()
    with pytest.raises(BriefError, match="at least 16"):
        Access(host="0.0.0.0", token="short").check()
    for host in ("127.0.0.1", "localhost", "::1", "127.3.2.1"):
        Access(host=host).check()
    Access(host="0.0.0.0", accounts=True).check()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.20", "", "[::2]", "localhost.evil"]
)
def test_a_name_that_a_strangers_dns_gave_us_is_not_ours(client, host):
    answer = client.get("/api/v1/me", headers={"Host": host})
    assert answer.status_code == 421, answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1", "[::1]:7860", "LOCALHOST"])
def test_the_names_of_this_machine_are_ours(client, host):
    assert client.get("/api/v1/me", headers={"Host": host}).status_code == 200


def test_a_proxys_name_is_ours_when_somebody_says_so(visit):
    named = visit(names=frozenset({"paint.example"}))
    assert named.get("/api/v1/me", headers={"Host": "paint.example"}).status_code == 200
    assert named.get("/api/v1/me", headers={"Host": "other.example"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_a_page_elsewhere_can_neither_read_nor_write(client, headers):
    order = {"brief": {"prompt": "a fox"}}
    assert client.post("/api/v1/jobs", json=order, headers=headers).status_code == 403
    assert client.get("/api/v1/events", headers=headers).status_code == 403
    assert client.get("/api/v1/jobs").json()["items"] == []


def test_a_form_elsewhere_can_post_nothing(client):
    navigated = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.post("/api/v1/jobs", data={"brief": "x"}, headers=navigated).status_code == 403
    assert client.get("/", headers=navigated).status_code == 200, "a link from elsewhere leads here"


def test_our_own_page_may(client):
    ours = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/jobs", json={"brief": {"prompt": "a fox"}}, headers=ours).status_code == 201


def test_every_answer_says_what_a_browser_may_do_with_it(client):
    for path in ("/", "/api/v1/me", "/nothing", "/api/v1/pictures/1/file"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "'unsafe-" not in policy and "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_people_come_in_with_what_they_were_given(visit, store):
    add_person(store, "ada", "admin", password="correct horse")
    add_person(store, "eve", "viewer", password="battery staple")
    add_person(store, "frame", "viewer")
    secret = make_token(store, "frame", "the frame in the hall")
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    assert house.get("/api/v1/me").status_code == 401
    assert house.get("/api/v1/me", auth=("ada", "correct horse")).json()["role"] == "admin"
    assert house.get("/api/v1/me", auth=("ada", "battery staple")).status_code == 401
    assert house.get("/api/v1/me", auth=("nobody", "correct horse")).status_code == 401
    bearer = {"Authorization": f"Bearer {secret}"}
    assert house.get("/api/v1/me", headers=bearer).json() | {"version": ""} == {
        "person": "frame", "role": "viewer", "version": "", "open": False, "loopback": False, "accounts": True,
        "lab": False,
    }  # fmt: skip
    assert house.get("/api/v1/me", auth=("eve", secret)).status_code == 401, "a token of somebody else's"
    end_token(store, "frame", tokens_of(store, "frame")[0].id)
    assert house.get("/api/v1/me", headers=bearer).status_code == 401
    remove_person(store, "ada")
    assert house.get("/api/v1/me", auth=("ada", "correct horse")).status_code == 401


def test_a_viewer_only_looks(visit, store):
    add_person(store, "eve", "viewer", password="battery staple")
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    eve = ("eve", "battery staple")
    assert house.get("/api/v1/pictures", auth=eve).status_code == 200
    assert house.post("/api/v1/jobs", json={"brief": {"prompt": "a fox"}}, auth=eve).status_code == 403
    assert house.post("/v1/images/generations", json={"prompt": "a fox"}, auth=eve).status_code == 403
    assert house.post("/sdapi/v1/txt2img", json={"prompt": "a fox"}, auth=eve).status_code == 403
    assert house.get("/metrics", auth=eve).status_code == 403
    assert house.post("/api/v1/collections", json={"name": "mine"}, auth=eve).status_code == 201


def test_a_session_is_one_browsers_and_ends(visit, store):
    add_person(store, "ada", "artist", password="correct horse")
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    assert house.post("/api/v1/login", json={"name": "Ada", "password": "correct horse"}).status_code == 200
    assert house.get("/api/v1/me").json()["person"] == "ada"
    kept = house.cookies[COOKIE]
    assert [one["label"] for one in house.get("/api/v1/tokens").json()["items"]] == ["browser"]
    made = house.post("/api/v1/tokens", json={"label": "script"}).json()["token"]
    assert house.post("/api/v1/logout").status_code == 204
    assert house.get("/api/v1/me", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401
    assert house.get("/api/v1/me", headers={"Authorization": f"Bearer {made}"}).status_code == 200


def test_a_quota_is_for_a_day(visit, store):
    add_person(store, "ada", "artist", password="correct horse", quota=3)
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    ada = ("ada", "correct horse")
    two = {"brief": {"prompt": "a fox", "count": 2}}
    assert house.post("/api/v1/jobs", json=two, auth=ada).status_code == 201
    refused = house.post("/api/v1/jobs", json=two, auth=ada)
    assert refused.status_code == 429 and "only 1" in refused.json()["detail"]
    assert house.post("/api/v1/jobs", json={"brief": {"prompt": "a fox"}}, auth=ada).status_code == 201


def test_one_persons_jobs_are_not_anothers(visit, store):
    for name in ("ada", "bob"):
        add_person(store, name, "artist", password="correct horse")
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", accounts=True)
    ada, bob = ("ada", "correct horse"), ("bob", "correct horse")
    number = house.post("/api/v1/jobs", json={"brief": {"prompt": "a fox"}}, auth=ada).json()["id"]
    assert house.get(f"/api/v1/jobs/{number}", auth=bob).status_code == 404
    assert house.post(f"/api/v1/jobs/{number}/cancel", auth=bob).status_code == 404
    assert house.get("/api/v1/jobs", auth=bob).json()["items"] == []
    assert house.get(f"/api/v1/jobs/{number}", auth=ada).json()["state"] == "queued"


def test_too_many_requests_are_slowed_down(visit):
    house = visit("http://192.168.1.20:7860", host="0.0.0.0", token=TOKEN)
    bucket = house.app.state.studio.limits.requests
    bucket.burst, bucket.rate = 5, 0.01
    statuses = [house.get("/healthz", headers={"Authorization": f"Bearer {TOKEN}"}).status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
