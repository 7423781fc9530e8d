import json
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from mengbi.dialects import WRITERS, parse_parameters, understand
from mengbi.provenance import MAX_TEXT, read

FORGE = """masterpiece, <lora:add_detail:0.8> a lighthouse, (storm:1.3)
BREAK
waves
Negative prompt: lowres, bad hands
Steps: 32, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 7, Seed: 96817171, Size: 704x1024, \
Model hash: f4d3a85a81, Model: cyber_v1, Denoising strength: 0.25, RNG: CPU, Hires Module 1: Use same choices, \
Hires prompt: "a lighthouse, sharp\\nBREAK", Hires CFG Scale: 7, Hires upscale: 1.5, Hires upscaler: 4x_Nickelback, \
Lora hashes: "add_detail: 7c6bad76eb54", Version: f2.0.1v1.10.1-previous-669, Module 1: sdxl_vae"""
CIVITAI = """a fox
Steps: 20, Sampler: Euler a, CFG scale: 5, Seed: 7, Size: 832x1216, Clip skip: 2, Created Date: \
2024-11-04T10:11:12.1234567Z, Civitai resources: [{"type":"checkpoint","modelVersionId":290640,"modelName":"Pony, V6"},\
{"type":"lora","weight":0.8}], Civitai metadata: {}"""
TEMPLATE = """a hero
Negative prompt: blur
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3, Size: 512x512
Template: a {hero|villain},
at night
Negative Template: blur"""
SD_NEXT = """a cat
Negative prompt: dog
Steps: 20, Size: 1024x1024, Sampler: UniPC, Seed: 5, CFG scale: 6, Model: sdxl, App: SD.Next, Version: 9adfa66, \
Operations: txt2img"""


def comfy(**changes):
    graph = {
        "3": {"class_type": "KSampler", "inputs": {
            "seed": ["30", 0], "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
            "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["10", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["10", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
        "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "ink.safetensors", "model": ["4", 0]}},
        "20": {"class_type": "PrimitiveString", "inputs": {"value": "a glass bottle 落日"}},
        "30": {"class_type": "Seed", "inputs": {"seed": 156680208700286}},
        "99": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 1, "positive": ["7", 0], "negative": ["7", 0]}},
    }  # fmt: skip
    return json.dumps(graph | changes)


FLUX = {
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a moth", "clip": ["11", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["13", 0], "vae": ["10", 0]}},
    "10": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    "11": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "t5xxl.safetensors"}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
    "13": {"class_type": "SamplerCustomAdvanced", "inputs": {
        "noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0], "latent_image": ["5", 0]}},
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "17": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 20, "model": ["12", 0]}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["12", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 219670278747233}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
}  # fmt: skip
INVOKE = {
    "generation_mode": "txt2img", "positive_prompt": "a barn owl", "negative_prompt": "blurry", "width": 832,
    "height": 1216, "seed": 1822945186, "cfg_scale": 7.5, "steps": 30, "scheduler": "dpmpp_2m_k", "clip_skip": 0,
    "model": {"key": "2b", "hash": "blake3:ab", "name": "Juggernaut XL", "base": "sdxl", "type": "main"},
    "loras": [{"model": {"key": "1", "name": "ink"}, "weight": 0.7}], "app_version": "5.6.0",
}  # fmt: skip
INVOKE_OLD = {
    "model": "stable diffusion", "model_weights": "stable-diffusion-1.5", "model_hash": "cc6cb2", "app_version": "2.3",
    "image": {"prompt": [{"prompt": "a dragon [ugly, blurry]", "weight": 1.0}], "steps": 50, "cfg_scale": 7.5,
              "height": 512, "width": 640, "seed": 42, "sampler": "k_lms", "variations": []},
}  # fmt: skip
NOVEL = {
    "prompt": "1girl, tea", "steps": 28, "height": 1216, "width": 832, "scale": 5.0, "seed": 3571,
    "sampler": "k_euler_ancestral", "uc": "lowres",
    "v4_prompt": {"caption": {"base_caption": "1girl"}}, "request_type": "x",
}  # fmt: skip
SWARM = {
    "sui_image_params": {
        "prompt": "a portrait", "negativeprompt": "", "model": "Flux/flux1-dev-fp8", "seed": 2042464333, "steps": 25,
        "cfgscale": 1.0, "width": 512, "height": 768, "sampler": "euler", "swarm_version": "0.9.1"},
    "sui_models": [{"name": "flux", "param": "model", "hash": "0x1"}],
}  # fmt: skip
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernautXL", "base_model_hash": "aeb7e9e689", "clip_skip": 2,
    "guidance_scale": 4.0, "loras": [["sd_xl_offset", 0.1, "4852686128"]], "metadata_scheme": "fooocus",
    "negative_prompt": "ugly", "performance": "Speed", "prompt": "a red panda",
    "full_prompt": ["a red panda, cinematic"],
    "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "1234567", "steps": 30,
    "styles": "['Fooocus V2']", "version": "Fooocus v2.5.5",
}  # fmt: skip
DRAW_THINGS = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description rdf:about=""
 xmp:CreatorTool="Draw Things"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">a pier
Steps: 8</rdf:li></rdf:Alt></dc:description><exif:UserComment><rdf:Alt>
<rdf:li xml:lang="x-default">{&quot;c&quot;:&quot;a pier &amp; a gull&quot;,&quot;uc&quot;:&quot;people&quot;,
&quot;model&quot;:&quot;flux_1_schnell&quot;,&quot;sampler&quot;:&quot;Euler A&quot;,&quot;scale&quot;:1,
&quot;seed&quot;:77,&quot;size&quot;:&quot;768x512&quot;,&quot;steps&quot;:8,&quot;strength&quot;:1}</rdf:li></rdf:Alt></exif:UserComment>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
EASY = {
    "prompt": "an elephant", "negative_prompt": "rain", "seed": 9, "use_stable_diffusion_model": "sd-v1-4",
    "sampler_name": "plms", "width": 512, "height": 512, "num_inference_steps": 25, "guidance_scale": 7.5,
}  # fmt: skip

CASES = {
    "Forge": ({"parameters": FORGE}, {
        "Prompt": "masterpiece, <lora:add_detail:0.8> a lighthouse, (storm:1.3)\nBREAK\nwaves",
        "Negative prompt": "lowres, bad hands", "Seed": "96817171", "Hires prompt": "a lighthouse, sharp\nBREAK",
        "Lora hashes": "add_detail: 7c6bad76eb54", "Module 1": "sdxl_vae", "Hires Module 1": "Use same choices"}),
    "AUTOMATIC1111": ({"parameters": CIVITAI}, {
        "Prompt": "a fox", "Seed": "7", "Civitai metadata": "{}", "Created Date": "2024-11-04T10:11:12.1234567Z"}),
    "SD.Next": ({"parameters": SD_NEXT}, {"Prompt": "a cat", "Sampler": "UniPC", "Operations": "txt2img"}),
    "ComfyUI": ({"prompt": comfy(), "workflow": '{"nodes": []}'}, {
        "Prompt": "a glass bottle 落日", "Negative prompt": "text, watermark", "Seed": "156680208700286", "Steps": "20",
        "Sampler": "euler", "Schedule type": "normal", "CFG scale": "8", "Model": "sd15.safetensors",
        "LoRA": "ink.safetensors", "Size": "512x768"}),
    "InvokeAI": ({"invokeai_metadata": json.dumps(INVOKE), "invokeai_graph": "{}"}, {
        "Prompt": "a barn owl", "Negative prompt": "blurry", "Model": "Juggernaut XL", "LoRA": "ink",
        "Seed": "1822945186", "Schedule type": "dpmpp_2m_k", "CFG scale": "7.5", "Size": "832x1216"}),
    "NovelAI": ({"Title": "NovelAI generated image", "Software": "NovelAI", "Source": "NovelAI Diffusion V4",
                 "Description": "1girl, tea, best", "Comment": json.dumps(NOVEL)}, {
        "Prompt": "1girl, tea, best", "Negative prompt": "lowres", "Steps": "28", "Seed": "3571", "CFG scale": "5.0",
        "Sampler": "k_euler_ancestral", "Size": "832x1216", "Model": "NovelAI Diffusion V4"}),
    "SwarmUI": ({"parameters": json.dumps(SWARM)}, {
        "Prompt": "a portrait", "Model": "Flux/flux1-dev-fp8", "CFG scale": "1.0", "Size": "512x768"}),
    "Fooocus": ({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}, {
        "Prompt": "a red panda", "Negative prompt": "ugly", "Model": "juggernautXL", "Seed": "1234567", "Steps": "30",
        "performance": "Speed", "Sampler": "dpmpp_2m_sde_gpu"}),
    "Draw Things": ({"xmp": DRAW_THINGS}, {
        "Prompt": "a pier & a gull", "Negative prompt": "people", "Model": "flux_1_schnell", "Seed": "77",
        "Size": "768x512"}),
    "Easy Diffusion": ({key: str(value) for key, value in EASY.items()}, {
        "Prompt": "an elephant", "Negative prompt": "rain", "Seed": "9", "Model": "sd-v1-4", "Size": "512x512",
        "Steps": "25"}),
}  # fmt: skip


@pytest.mark.parametrize("writer", CASES)
def test_what_every_program_says_is_told_in_the_same_words(writer):
    texts, expected = CASES[writer]
    name, fields = understand(texts)
    assert name == writer
    assert {key: fields.get(key) for key in expected} == expected
    assert all(isinstance(value, str) for value in fields.values())


def test_every_reader_is_tried_and_leaves_alone_what_is_not_its_own():
    for writer, (texts, _) in CASES.items():
        for name, reader in WRITERS:
            if name not in (writer, "InvokeAI"):
                assert not reader(texts), f"{name} takes the text of {writer} for its own"
    assert {name for name, _ in WRITERS} <= set(CASES)


def test_invokeai_of_old_writes_json_or_a_command_line_with_the_unwanted_in_brackets():
    name, fields = understand({"sd-metadata": json.dumps(INVOKE_OLD), "Dream": "x"})
    assert (name, fields["Prompt"], fields["Negative prompt"]) == ("InvokeAI", "a dragon", "ugly, blurry")
    assert (fields["Seed"], fields["Size"], fields["Model hash"]) == ("42", "640x512", "cc6cb2")
    name, fields = understand({"Dream": '"a "big" dragon [ugly]" -s 50 -S 42 -W 640 -H 512 -C 7.5 -A k_lms'})
    assert (name, fields["Prompt"], fields["Negative prompt"]) == ("InvokeAI", 'a "big" dragon', "ugly")
    assert (fields["Steps"], fields["Seed"], fields["Size"], fields["Sampler"]) == ("50", "42", "640x512", "k_lms")


def test_a_graph_of_newer_models_is_followed_through_its_guider_noise_and_scheduler():
    name, fields = understand({"prompt": json.dumps(FLUX)})
    assert name == "ComfyUI"
    expected = {"Prompt": "a moth", "Negative prompt": "", "Seed": "219670278747233", "Steps": "20", "Guidance": "3.5"}
    expected |= {"Model": "flux1-dev.safetensors", "VAE": "ae.safetensors", "Size": "1024x1024", "Sampler": "euler"}
    assert {key: fields[key] for key in expected} == expected


def test_a_graph_that_runs_in_circles_ends():
    graph = {
        str(n): {"class_type": "X", "inputs": {"positive": [str((n + 1) % 9), 0], "seed": [str(n), 0]}}
        for n in range(9)
    }
    assert understand({"prompt": json.dumps(graph)})[1]["Prompt"] == ""


def test_a_graph_that_was_only_drawn_is_said_to_be_one():
    assert understand({"workflow": '{"nodes": [], "links": []}'})[1]["Workflow"] == "a graph that was not run"


def test_values_that_are_json_keep_their_commas():
    fields = parse_parameters(CIVITAI)
    assert json.loads(fields["Civitai resources"])[0]["modelName"] == "Pony, V6"
    assert set(fields) == {
        "Prompt", "Negative prompt", "Steps", "Sampler", "CFG scale", "Seed", "Size", "Clip skip", "Created Date",
        "Civitai resources", "Civitai metadata",
    }  # fmt: skip


def test_lines_that_extensions_write_after_the_settings_are_fields():
    fields = parse_parameters(TEMPLATE)
    assert (fields["Prompt"], fields["Negative prompt"], fields["Size"]) == ("a hero", "blur", "512x512")
    assert fields["Template"] == "a {hero|villain},\nat night"
    assert fields["Negative Template"] == "blur"
    assert parse_parameters(TEMPLATE.replace("\n", "\r\n")) == fields


def test_words_that_look_like_settings_stay_words():
    text = "a table of contents\nSteps: one, two\nsize: matters"
    assert parse_parameters(text) == {"Prompt": text, "Negative prompt": ""}


def test_png_chunks_and_the_exif_of_jpeg_and_webp_are_read_alike(tmp_path):
    image = Image.fromarray(np.zeros((16, 16, 3), np.uint8))
    for writer, (texts, expected) in CASES.items():
        info = PngImagePlugin.PngInfo()
        for key, text in texts.items():
            info.add_itxt("XML:com.adobe.xmp" if key == "xmp" else key, text)
        image.save(tmp_path / "x.png", pnginfo=info)
        said = read(tmp_path / "x.png")
        assert said.writer == writer
        assert {key: said.fields.get(key) for key in expected} == expected
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "workflow:" + json.dumps({"nodes": []}), "prompt:" + comfy()
    for suffix in ("webp", "jpg"):
        image.save(tmp_path / f"x.{suffix}", exif=exif)
        assert read(tmp_path / f"x.{suffix}").fields["Prompt"] == "a glass bottle 落日"
        image.save(tmp_path / f"y.{suffix}", xmp=DRAW_THINGS.encode())
        assert read(tmp_path / f"y.{suffix}").fields["Prompt"] == "a pier & a gull"


def test_a_camera_made_nothing_up(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x010E] = "Canon", "EOS R5", "my holiday"
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg", exif=exif)
    said = read(tmp_path / "x.jpg")
    assert (said.writer, said.fields, said.parameters) == (None, {}, None)


KEYS = st.sampled_from(
    """prompt parameters Comment Description Software sd-metadata Dream workflow invokeai_metadata xmp Make Model Source
    use_stable_diffusion_model""".split()
)
INNER = st.sampled_from(
    """class_type inputs positive text image prompt seed 1 v4_negative_prompt caption sui_image_params base_model size
    width height model loras""".split()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER, inner, max_size=4),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(st.dictionaries(KEYS, st.text(max_size=50) | VALUES.map(json.dumps), max_size=5))
def test_any_texts_give_fields_or_none_and_never_an_error(texts):
    name, fields = understand(texts | ({"Software": "NovelAI"} if len(texts) > 2 else {}))
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in fields.items())
    assert name is None or {"Prompt", "Negative prompt"} <= set(fields)


def test_hostile_texts_cost_no_more_than_their_length():
    start = time.perf_counter()
    many = {
        str(n): {"class_type": "Save", "inputs": {"text": [str(n + 1), 0], "positive": [str(n), 0]}}
        for n in range(9000)
    }
    for texts in (
        {"prompt": json.dumps(many)},
        {"prompt": "[" * MAX_TEXT},
        {"prompt": '{"a":' * 50_000},
        {"xmp": "Draw Things" + "<rdf:li " * (MAX_TEXT // 9)},
        {"xmp": 'Draw Things exif:UserComment="' + "<exif:UserComment" * (MAX_TEXT // 20)},
        {"Dream": '"' + '-s"' * (MAX_TEXT // 3)},
        {"parameters": "k: [1, " * (MAX_TEXT // 7)},
        {"parameters": 'k: ["\\", ' * (MAX_TEXT // 9)},
        {"parameters": "Steps: 1, \n" * (MAX_TEXT // 11)},
        {"parameters": "a\nb: c, d: e, f: g\n" * (MAX_TEXT // 20)},
        {"parameters": '{"base_model":' + '{"model":' * 900 + "1" + "}" * 901},
        {"Comment": "{" + '"a":1,' * 100_000 + '"b":2}', "Software": "NovelAI"},
    ):
        understand(texts)
    assert time.perf_counter() - start < 15
