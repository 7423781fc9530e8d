"""Pictures that people give are read under limits, and nothing of a bad one stays."""

import io
import struct
import zlib

import pytest

pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

from PIL import Image

import mengbi
from mengbi.faces.api import outer


def file(kind="PNG", size=(90, 70), **options):
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def give(client, data, name="photo.png"):
    return client.post("/api/v1/sources", files={"file": (name, data)})


def left_behind(store):
    return [found.name for found in store.blobs.find("sources")]


def test_a_photo_is_kept_upright_and_bare(client):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where I live"
    told = give(client, file("JPEG", exif=exif), "../../夏天.jpg").json()
    assert (told["width"], told["height"]) == (70, 90) and told["name"] == "夏天.jpg"
    answer = client.get(told["url"])
    assert b"where I live" not in answer.content and "immutable" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == (70, 90)
    job = client.post("/api/v1/jobs", json={"brief": {"photo": told["source"], "style": "oil"}})
    assert job.status_code == 201


def test_a_picture_of_ours_brings_its_brief_back(client):
    picture = mengbi.paint("a red fox", style="none", size=(64, 64), seed=9)
    told = give(client, picture.png()).json()
    assert told["brief"]["prompt"] == "a red fox" and told["brief"]["seed"] == 9
    assert told["scene"]["things"][0]["concept"] == "fox"
    assert client.post("/api/v1/jobs", json={"brief": told["brief"]}).status_code == 201


def test_another_tools_words_come_back_too(client):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text(
        "parameters", "a whale\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 12, Size: 64x64"
    )
    told = give(client, file(pnginfo=info)).json()
    assert told["brief"] == {"prompt": "a whale", "negative": "fog", "seed": 12}


def bomb():
    """A PNG of a few bytes that says it has 40,000 x 40,000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        bomb(),
        file()[:200],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        bytes(4000),
    ],
    ids=["empty", "text", "bomb", "half", "svg", "pdf", "zeros"],
)
def test_what_is_no_picture_is_refused_and_not_kept(client, store, data):
    answer = give(client, data)
    assert answer.status_code == 422, answer.text
    assert left_behind(store) == []


def test_too_large_a_body_is_not_even_read(client, store, monkeypatch):
    monkeypatch.setattr(outer, "MAX_PICTURES", 20_000)
    answer = give(client, bytes(30_000))
    assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"
    endless = client.post(
        "/api/v1/sources", content=iter([b"x" * 9000] * 4), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert endless.status_code == 413
    assert left_behind(store) == []


@pytest.mark.parametrize(
    "body", [b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n', b"x"]
)
def test_a_form_that_is_none_is_the_callers_mistake(client, body):
    answer = client.post("/api/v1/sources", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/js/../../studio.py",
        "/__init__.py", "/js/%00", "//etc/passwd", "/api/v1/styles/..%2f..%2fgallery/thumbnail",
        "/api/v1/sources/..%2f..%2fstudio.db",
        "/api/v1/styles/..%2Foil/thumbnail", "/vendor/../__init__.py", "/.env",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_page(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 422), (path, answer.status_code)
    assert b"root:" not in answer.content and b"import " not in answer.content
