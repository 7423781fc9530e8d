"""Whatever anybody sends to any address is answered, and never by a fault of ours."""

import json
import os
import re
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opened import painting, served

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

WAITING = ("/v1/images", "/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/sdapi/v1/extra")
"""Those answer when a worker has painted: each call takes its time."""
ENDLESS = "/api/v1/events"
CALLS = int(os.environ.get("MENGBI_CALLS", "0"))
"""So many, or more, schemathesis makes up from the description; the long form, which takes an hour."""
TEXT = st.one_of(
    st.sampled_from(["1", "2", "0", "oil", "sketch", "picture:1", "a red fox", "\x00", "狐", "..%2f", "-1"]),
    st.text(max_size=20),
)
VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    from fastapi.testclient import TestClient

    import mengbi
    from mengbi.faces.api.access import Access
    from mengbi.faces.api.app import make_app
    from mengbi.studio.pictures import add
    from mengbi.studio.store import opened

    folder = tmp_path_factory.mktemp("fuzz")
    with opened(f"sqlite:///{folder}/s.db", str(folder / "blobs")) as store:
        for seed in range(3):
            add(store, mengbi.paint("a fox", style="none", size=(64, 64), engine="sketch", seed=seed).png())
        app = make_app(store, Access(host="127.0.0.1"))
        with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
            client.post("/api/v1/collections", json={"name": "night"})
            with painting(store):
                client.post("/api/v1/jobs", json={"brief": {"prompt": "a fox"}})
                yield client, client.get("/openapi.json").json()


def bodies(schema, known):
    """Values that fit a schema more or less: each may be something else."""
    while "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return st.one_of(*(bodies(one, known) for one in schema["anyOf"]), VALUE)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds = {
        "integer": st.integers(-5, 5000), "number": st.floats(-1, 2), "boolean": st.booleans(), "string": TEXT,
        "null": st.none(),
    }  # fmt: skip
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        needed = {
            name: bodies(one, known) for name, one in schema["properties"].items() if name in schema.get("required", ())
        }
        other = {name: bodies(one, known) for name, one in schema["properties"].items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=other)
    if kind == "array":
        return st.lists(bodies(schema.get("items", {}), known), max_size=3)
    return kinds.get(kind, VALUE)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_call_is_answered_by_a_fault(house, data):
    call(*house, data, [path for path in house[1]["paths"] if not path.startswith((*WAITING, ENDLESS))])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nor_is_one_that_waits_for_its_picture(house, data):
    call(*house, data, [path for path in house[1]["paths"] if path.startswith(WAITING) or path.endswith("/again")])


@pytest.mark.skipif(not CALLS, reason="the long form is asked for by MENGBI_CALLS=10000")
def test_schemathesis_finds_no_fault(tmp_path):
    """All that a program makes up which knows nothing but the description, over HTTP, the waiting routes too."""
    found = shutil.which("schemathesis", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip("schemathesis is not installed")
    with served(tmp_path) as url:
        quick, slow = "|".join((*WAITING, ENDLESS, "/api/v1/log")), "|".join(WAITING)
        parts = {"quick": ("--exclude-path-regex", f"^({quick})", CALLS // 50),
                 "waiting": ("--include-path-regex", f"^({slow})", CALLS // 100)}  # fmt: skip
        calls = 0
        for name, (which, paths, examples) in parts.items():
            command = [found, "run", f"{url}/openapi.json", "--checks", "not_a_server_error", which, paths]
            command += ["--max-examples", str(examples), "--seed", "7", "--request-timeout", "120"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
            calls += sum(int(number) for number in re.findall(r"(\d+) generated", done.stdout))
            assert done.returncode == 0, (name, done.stdout[-6000:])
            print(name, done.stdout[-1500:])
    assert calls >= CALLS, calls


def call(client, described, data, paths):
    """One call that fits the description more or less, and no fault of ours."""
    path = data.draw(st.sampled_from(sorted(paths)))
    method = data.draw(st.sampled_from(sorted(described["paths"][path])))
    operation = described["paths"][path][method]
    filled, query = path, {}
    for parameter in operation.get("parameters", ()):
        value = data.draw(st.one_of(bodies(parameter["schema"], {}), TEXT))
        if parameter["in"] == "path":
            filled = filled.replace(
                f"{{{parameter['name']}}}", "".join(c for c in str(value) if c in string.printable[:95]) or "1"
            )
        elif parameter["in"] == "query" and data.draw(st.booleans()):
            query[parameter["name"]] = value
    asked = {"params": {name: str(value) for name, value in query.items()}}
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        body = data.draw(st.one_of(bodies(content["schema"], described["components"]["schemas"]), VALUE))
        if kind == "application/json":
            asked |= {"content": json.dumps(body).encode("utf-8", "replace"), "headers": {"Content-Type": kind}}
        else:
            asked |= {"files": {"file": ("x.png", json.dumps(body).encode("utf-8", "replace"))}}
    answer = client.request(method.upper(), filled, **asked)
    assert answer.status_code < 500, (method, filled, asked, answer.text)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"brief":' * 20_000, b'{"brief": {"prompt": "\\ud800"}}',
     b'{"brief": {"prompt": "x", "guidance": NaN}}',
     b'{"brief": {"prompt": "x", "scene": {"unknown": [NaN]}}}', b'{"brief": {"prompt": "x", "seed": 1e400}}'],
)  # fmt: skip
def test_what_json_can_hide_is_no_fault_either(house, body):
    client, _ = house
    answer = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 400, 422), answer.text
