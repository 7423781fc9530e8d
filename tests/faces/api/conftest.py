"""The API is tried on a real application; where programs of others speak to it, on a running server with a worker."""

import pytest
from opened import running, wait_for


@pytest.fixture
def store(tmp_path):
    from mengbi.studio.store import open_store

    made = open_store(f"sqlite:///{tmp_path}/studio.db", str(tmp_path / "blobs"))
    yield made
    made.close()


@pytest.fixture
def visit(store):
    """Opens the studio as an application and gives a client: on loopback, or as `access` says."""
    from fastapi.testclient import TestClient

    from mengbi.faces.api.access import Access
    from mengbi.faces.api.app import make_app

    opened = []

    def enter(base="http://127.0.0.1:7860", **access):
        app = make_app(store, Access(**{"host": "127.0.0.1", **access}))
        client = TestClient(app, base_url=base, raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client

    yield enter
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(visit):
    return visit()


@pytest.fixture
def painted(store):
    """Adds a picture of ours to the gallery, small and quick, without a worker."""
    import mengbi
    from mengbi.studio.pictures import add

    def paint(prompt="a red fox", seed=1, person="", **wishes):
        picture = mengbi.paint(prompt, **{"size": (64, 64), "style": "none", "engine": "sketch", "seed": seed} | wishes)
        return add(store.of(person), picture.png())

    return paint


@pytest.fixture(scope="session")
def studio_url(tmp_path_factory):
    """URL of a studio on this machine with one worker, which has painted once and so is warm."""
    import httpx

    with running(tmp_path_factory.mktemp("studio")) as (url, _):
        order = {"brief": {"prompt": "a fox", "size": [64, 64], "style": "none"}}
        with httpx.Client(base_url=url, timeout=600) as client:
            job = client.post("/api/v1/jobs", json=order).raise_for_status().json()
            wait_for(client, job["id"])
        yield url
