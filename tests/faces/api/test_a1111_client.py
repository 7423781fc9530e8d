"""The client of AUTOMATIC1111's web UI, unchanged, against a running studio."""

import base64
import io
import threading
import time
from urllib.parse import urlsplit

import pytest

pytest.importorskip("webuiapi", reason="the client that is tested against: pip install webuiapi")
pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

import webuiapi
from PIL import Image

SMALL = {"width": 64, "height": 64, "styles": ["none"]}


@pytest.fixture(scope="module")
def api(studio_url):
    made = webuiapi.WebUIApi(host="127.0.0.1", port=urlsplit(studio_url).port)
    yield made
    made.session.close()


def test_words_become_a_picture(api):
    answer = api.txt2img(prompt="a red fox", negative_prompt="fog", seed=7, steps=4, sampler_name="Euler a", **SMALL)
    assert answer.image.size == (64, 64)
    assert "Seed: 7" in answer.image.info["parameters"]
    assert answer.info["seed"] == 7 and answer.info["all_prompts"] == ["a red fox"]
    assert answer.parameters["prompt"] == "a red fox"


def test_an_engine_is_a_checkpoint_and_takes_the_settings(api):
    answer = api.txt2img(
        prompt="a red fox", steps=5, cfg_scale=2, sampler_name="DPM++ 2M",
        override_settings={"sd_model_checkpoint": "analytic"}, **SMALL,
    )  # fmt: skip
    told = (answer.info["steps"], answer.info["sampler_name"], answer.info["cfg_scale"], answer.info["sd_model_name"])
    assert told == (5, "multistep", 2.0, "analytic")


def test_several_come_at_once(api):
    answer = api.txt2img(prompt="a red fox", seed=3, batch_size=2, n_iter=1, **SMALL)
    assert len(answer.images) == 2 and answer.info["all_seeds"] == [3, 4]


def test_a_second_pass_makes_it_larger(api):
    assert api.txt2img(prompt="a red fox", enable_hr=True, hr_scale=2, **SMALL).image.size == (128, 128)


def test_a_photo_is_painted_over_where_the_mask_is_white(api):
    photo, mask = Image.new("RGB", (64, 64), (10, 200, 30)), Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 32, 64, 64))
    answer = api.img2img(
        images=[photo], mask_image=mask, prompt="a city at night", denoising_strength=0.9, steps=6,
        override_settings={"sd_model_checkpoint": "analytic"}, **SMALL,
    )  # fmt: skip
    kept, painted = answer.image.getpixel((32, 8)), answer.image.getpixel((32, 56))
    assert max(abs(a - b) for a, b in zip(kept, (10, 200, 30), strict=True)) < 12, kept
    assert max(abs(a - b) for a, b in zip(painted, (10, 200, 30), strict=True)) > 30, painted
    assert answer.info["denoising_strength"] == 0.9


def test_a_picture_grows(api):
    grown = api.extra_single_image(Image.linear_gradient("L").resize((64, 64)).convert("RGB"), upscaling_resize=2)
    assert grown.image.size == (128, 128)
    both = api.extra_batch_images([Image.new("RGB", (64, 70)), Image.new("RGB", (70, 64))], upscaling_resize=2)
    assert [image.size for image in both.images] == [(128, 140), (140, 128)]


def test_a_picture_says_what_made_it(api):
    answer = api.txt2img(prompt="a red fox", seed=9, **SMALL)
    told = api.png_info(answer.image)
    assert "a red fox" in told.info and told.parameters["Seed"] == "9"


def test_what_there_is_can_be_listed(api):
    assert "Euler a" in api.util_get_sampler_names() and "DPM++ 2M" in api.util_get_sampler_names()
    assert "sketch" in api.util_get_model_names() and api.util_get_current_model() == "sketch"
    assert {style["name"] for style in api.get_prompt_styles()} >= {"oil", "starry"}
    assert [one["name"] for one in api.get_upscalers()][-1] == "Mengbi"
    assert api.get_scripts() == {"txt2img": [], "img2img": []}
    for nothing in (
        api.get_sd_vae,
        api.get_loras,
        api.get_hypernetworks,
        api.get_face_restorers,
        api.get_realesrgan_models,
    ):
        assert nothing() == []
    assert api.get_embeddings()["loaded"] == {} and api.get_cmd_flags()["api"] and "ram" in api.get_memory()
    assert api.util_get_scheduler_names() == ["automatic"] and api.refresh_checkpoints() is None


def test_it_can_be_watched_and_interrupted(api):
    failed = []

    def paint():
        try:
            api.txt2img(prompt="foxes", width=1024, height=1024, batch_size=16, steps=60, styles=["oil"],
                        override_settings={"sd_model_checkpoint": "analytic"})  # fmt: skip
        except RuntimeError as error:
            failed.append(error.args)

    painting = threading.Thread(target=paint)
    painting.start()
    until, seen = time.monotonic() + 600, {}
    while time.monotonic() < until and not (seen.get("progress") and seen.get("current_image")):
        seen = api.get_progress()
        time.sleep(0.05)
    assert 0 < seen["progress"] < 1 and seen["state"]["job_count"] == 1 and seen["eta_relative"] >= 0
    assert Image.open(io.BytesIO(base64.b64decode(seen["current_image"]))).format == "PNG"
    api.interrupt()
    painting.join(600)
    assert failed and failed[0][0] == 409
    assert api.get_progress()["state"]["job_count"] == 0


@pytest.mark.parametrize(
    ("wishes", "status", "why"),
    [
        ({"sampler_name": "LMS"}, 404, "Sampler not found"),
        ({"script_name": "x/y/z plot"}, 422, "no scripts"),
        ({"alwayson_scripts": {"ControlNet": {"args": [{"image": "x"}]}}}, 422, "ControlNet"),
        ({"restore_faces": True}, 422, "restore_faces"),
        ({"tiling": True}, 422, "tiling"),
        ({"subseed_strength": 0.5}, 422, "subseed_strength"),
        ({"enable_hr": True, "hr_scale": 1.5}, 422, "hr_scale"),
        ({"width": 9}, 422, "64 to 4096"),
        ({"styles": ["nothing such"]}, 422, "no style"),
        ({"override_settings": {"sd_model_checkpoint": "v1-5"}}, 422, "no model"),
        ({"prompt": ""}, 422, "empty"),
        ({"steps": 0}, 422, "steps"),
    ],
)
def test_what_is_not_done_here_is_said(api, wishes, status, why):
    with pytest.raises(RuntimeError) as refused:
        api.txt2img(**{"prompt": "a fox", **SMALL, **wishes})
    assert refused.value.args[0] == status and why in refused.value.args[1]


def test_addresses_are_not_fetched(api, studio_url):
    for picture in ("http://127.0.0.1:1/x.png", "file:///etc/passwd", "/etc/passwd", "no base64!"):
        answer = api.session.post(f"{studio_url}sdapi/v1/img2img", json={"prompt": "x", "init_images": [picture]})
        assert answer.status_code == 422 and set(answer.json()) == {"error", "detail", "body", "errors", "params"}


def test_settings_hold_for_one_request(api):
    assert api.set_options({"sd_model_checkpoint": "sketch"}) is None
    assert "override_settings" in api.set_options({"CLIP_stop_at_last_layers": 2})["detail"]


def test_what_no_engine_does_is_not_there(api):
    with pytest.raises(RuntimeError) as refused:
        api.interrogate(Image.new("RGB", (8, 8)))
    assert refused.value.args[0] == 404
