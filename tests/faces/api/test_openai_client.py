"""OpenAI's own client, unchanged, against a running studio."""

import base64
import contextlib
import io
import json
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("openai", reason="the client that is tested against: pip install openai")
pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

import openai
from PIL import Image

from mengbi.provenance import read

SMALL = {"size": "64x64", "extra_body": {"style": "none"}}


@pytest.fixture(scope="module")
def client(studio_url):
    return openai.OpenAI(api_key="not asked for here", base_url=f"{studio_url}v1", max_retries=0, timeout=600)


def opened(b64):
    return Image.open(io.BytesIO(base64.b64decode(b64)))


def test_the_engines_are_its_models(client):
    names = [model.id for model in client.models.list()]
    assert {"sketch", "dream"} <= set(names)
    assert client.models.retrieve("sketch").owned_by == "mengbi"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing-such")


def test_a_picture_comes_back_with_all_that_made_it(client, tmp_path):
    answer = client.images.generate(prompt="a red fox", model="gpt-image-2", **SMALL)
    (tmp_path / "fox.png").write_bytes(base64.b64decode(answer.data[0].b64_json))
    assert read(tmp_path / "fox.png").plan.samples[0].prompt == "a red fox"
    assert answer.size == "64x64" and answer.output_format == "png" and answer.usage.total_tokens == 0


def test_several_come_at_once_each_another(client):
    answer = client.images.generate(prompt="a red fox", n=2, output_format="webp", output_compression=80, **SMALL)
    assert [opened(one.b64_json).format for one in answer.data] == ["WEBP", "WEBP"]
    assert answer.data[0].b64_json != answer.data[1].b64_json


def test_a_jpeg_is_one(client):
    assert (
        opened(client.images.generate(prompt="a fox", output_format="jpeg", **SMALL).data[0].b64_json).format == "JPEG"
    )


def test_a_url_leads_to_the_picture(client):
    answer = client.images.generate(prompt="a red fox", response_format="url", **SMALL)
    with urllib.request.urlopen(answer.data[0].url) as file:
        assert Image.open(io.BytesIO(file.read())).size == (64, 64)


def test_the_same_seed_is_the_same_picture(client):
    wishes = {"prompt": "a red fox", "size": "64x64", "extra_body": {"style": "none", "seed": 5}}
    one, other = (client.images.generate(**wishes).data[0].b64_json for _ in range(2))
    assert one == other


def test_a_stream_shows_how_it_comes_to_be(client):
    stream = client.images.generate(
        prompt="a red fox",
        model="analytic",
        stream=True,
        partial_images=2,
        size="768x768",  # long enough to look in between
        extra_body={"style": "none"},
    )
    events = list(stream)
    assert [event.type for event in events][-1] == "image_generation.completed"
    partial = [event for event in events if event.type == "image_generation.partial_image"]
    assert 1 <= len(partial) <= 2 and [event.partial_image_index for event in partial] == list(range(len(partial)))
    for event in events:
        assert opened(event.b64_json).format == "PNG"
    assert events[-1].size == "768x768" and opened(events[-1].b64_json).size == (768, 768)


def test_an_edit_keeps_what_the_mask_covers(client):
    photo, mask = Image.new("RGB", (64, 64), (10, 200, 30)), Image.new("RGBA", (64, 64), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 32, 64, 64))  # the lower half is painted
    files = []
    for image in (photo, mask):
        out = io.BytesIO()
        image.save(out, "PNG")
        files.append(("x.png", out.getvalue(), "image/png"))
    answer = client.images.edit(
        image=files[0], mask=files[1], prompt="a city at night", model="analytic", **SMALL
    )  # fmt: skip
    pixels = opened(answer.data[0].b64_json).convert("RGB")
    assert pixels.size == (64, 64)
    kept, painted = pixels.getpixel((32, 8)), pixels.getpixel((32, 56))
    assert max(abs(a - b) for a, b in zip(kept, (10, 200, 30), strict=True)) < 12, kept
    assert max(abs(a - b) for a, b in zip(painted, (10, 200, 30), strict=True)) > 30, painted


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x", "size": "9x9"}, "64 to 4096"),
        ({"prompt": "x", "size": "large"}, "size"),
        ({"prompt": "x", "n": 11}, "n"),
        ({"prompt": "x", "model": "midjourney"}, "no engine"),
        ({"prompt": "x", "background": "transparent"}, "transparent"),
        ({"prompt": "x", "output_format": "svg"}, "output_format"),
        ({"prompt": "x", "extra_body": {"wish": 1}}, "wish"),
    ],
)
def test_what_is_not_done_here_is_said(client, wishes, why):
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(**wishes)
    assert why in refused.value.body["message"] and refused.value.body["type"] == "invalid_request_error"


def test_an_edit_without_a_picture_is_refused(client, studio_url):
    request = urllib.request.Request(
        f"{studio_url}v1/images/edits", b"prompt=x", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400
    refused.value.close()


def test_the_client_of_many_at_once_works_too(studio_url):
    import asyncio

    async def several():
        async with openai.AsyncOpenAI(api_key="x", base_url=f"{studio_url}v1", max_retries=0, timeout=600) as client:
            return await asyncio.gather(*(client.images.generate(prompt=f"{n} foxes", **SMALL) for n in (1, 2, 3)))

    assert all(opened(answer.data[0].b64_json).size == (64, 64) for answer in asyncio.run(several()))


def test_who_hangs_up_is_not_waited_for(client, studio_url):
    wishes = {"prompt": "foxes", "model": "analytic", "size": "1024x1024", "n": 8}
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=1).images.generate(**wishes)
    until, lines = time.monotonic() + 600, ""
    while 'route="/v1/images/generations",status="408"' not in lines and time.monotonic() < until:
        with urllib.request.urlopen(f"{studio_url}metrics") as answer:
            lines = answer.read().decode()
        time.sleep(0.2)
    assert 'route="/v1/images/generations",status="408"' in lines
    with urllib.request.urlopen(f"{studio_url}api/v1/jobs?limit=1") as answer:
        (job,) = json.loads(answer.read())["items"]
    assert job["brief"]["prompt"] == "foxes" and job["state"] in (
        "queued",
        "running",
        "done",
    )  # it goes on all the same
    with contextlib.suppress(urllib.error.HTTPError):  # it may be done by now
        urllib.request.urlopen(urllib.request.Request(f"{studio_url}api/v1/jobs/{job['id']}/cancel", b"")).close()
