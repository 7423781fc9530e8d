"""Programs with a dialect of their own: InvokeAI, NovelAI, SwarmUI, Fooocus, Draw Things, Easy Diffusion.

Their names for things become A1111's; what has no name there keeps its own.
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

Texts = Mapping[str, str]
Fields = dict[str, str]

NAMES = {
    "Prompt": ("positive_prompt", "prompt", "Prompt", "text_prompts", "c"),
    "Negative prompt": ("negative_prompt", "negativeprompt", "negative_prompts", "Negative Prompt", "uc"),
    "Steps": ("steps", "num_inference_steps", "Steps"),
    "Sampler": ("sampler", "sampler_name", "comfyuisampler", "autowebuisampler", "Sampler"),
    "Schedule type": ("scheduler", "noise_schedule"),
    "CFG scale": ("cfg_scale", "cfgscale", "guidance_scale", "scale", "cfg", "Guidance Scale"),
    "Guidance": ("guidance", "fluxguidancescale"),
    "Seed": ("seed", "Seed"),
    "Model": ("model", "base_model", "use_stable_diffusion_model", "model_weights", "Stable Diffusion model"),
    "Model hash": ("model_hash", "base_model_hash"),
    "VAE": ("vae", "use_vae_model"),
    "Clip skip": ("clip_skip", "Clip Skip"),
    "Denoising strength": ("strength", "denoising_strength", "initimagecreativity", "prompt_strength"),
    "LoRA": ("loras", "use_lora_model"),
    "Version": ("version", "app_version", "swarm_version"),
}
"""A1111's names, and what the others call the same."""
_QUIET = frozenset(("width", "height", "size", "v2"))
_MAX_FIELDS = 64
_LIST_ITEM = re.compile(r"<rdf:li[^>]{0,200}>([^<]*)</rdf:li>")
_ATTRIBUTE = re.compile(r'exif:UserComment="([^"]*)"')
_OPTION = re.compile(r"-([A-Za-z])\s?(\S+)")
_OPTIONS = {"s": "Steps", "S": "Seed", "C": "CFG scale", "A": "Sampler", "f": "Denoising strength"}


def as_object(text: str | None) -> dict[str, Any] | None:
    """A JSON object, or None for everything else."""
    if not text or not text.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def said(value: Any) -> str:
    """A JSON value as a person would write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for key in ("name", "model_name", "model", "lora"):
            if isinstance(value.get(key), str):
                return str(value[key])
            if isinstance(value.get(key), Mapping):
                return said(value[key])
    if isinstance(value, list):
        return ", ".join(filter(None, map(said, value[:_MAX_FIELDS])))
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def told(data: Mapping[str, Any]) -> Fields:
    """The fields of a flat object, the known ones first and by A1111's names, the others by their own."""
    fields: Fields = {}
    for name, theirs in NAMES.items():
        for key in theirs:
            words = _plain(data.get(key))
            if words and name not in fields:
                fields[name] = words
    width, height = data.get("width", data.get("Width")), data.get("height", data.get("Height"))
    if _is_number(width) and _is_number(height):
        fields["Size"] = f"{width}x{height}"
    elif isinstance(data.get("size"), str):
        fields["Size"] = data["size"]
    known = {key for theirs in NAMES.values() for key in theirs} | _QUIET
    for key, value in data.items():
        if len(fields) < _MAX_FIELDS and key not in known and isinstance(value, str | int | float | bool):
            fields.setdefault(str(key), _plain(value))
    return {name: words for name, words in fields.items() if words}


def invoke(texts: Texts) -> Fields | None:
    """InvokeAI: `invokeai_metadata`."""
    data = as_object(texts.get("invokeai_metadata"))
    return None if data is None else told(data)


def invoke_of_old(texts: Texts) -> Fields | None:
    """InvokeAI before 3: `sd-metadata`, or the command line of `Dream`; what is not wanted stands in brackets."""
    data, dream = as_object(texts.get("sd-metadata")), texts.get("Dream")
    if data is not None and isinstance(data.get("image"), dict):
        image = data["image"]
        words = image.get("prompt")
        if isinstance(words, list):
            words = words[0].get("prompt") if words and isinstance(words[0], dict) else None
        fields = told({key: value for key, value in (data | image).items() if key != "prompt"})
        return _bracketed(words if isinstance(words, str) else "") | fields
    if dream and dream.startswith('"') and '"' in dream[1:]:
        words, _, options = dream[1:].rpartition('"')
        given = dict(_OPTION.findall(options))
        fields = {name: given[letter] for letter, name in _OPTIONS.items() if letter in given}
        if {"W", "H"} <= set(given):
            fields["Size"] = f"{given['W']}x{given['H']}"
        return _bracketed(words) | fields
    return None


def novel(texts: Texts) -> Fields | None:
    """NovelAI: the words in `Description`, the rest as JSON in `Comment`."""
    data = as_object(texts.get("Comment"))
    if data is None or texts.get("Software") != "NovelAI":
        return None
    caption = data.get("v4_negative_prompt")
    caption = caption.get("caption") if isinstance(caption, dict) else None
    unwanted = data.get("uc") or (caption.get("base_caption") if isinstance(caption, dict) else None)
    fields = told({key: value for key, value in data.items() if isinstance(value, str | int | float)})
    fields["Prompt"] = texts.get("Description") or fields.get("Prompt", "")
    return fields | ({"Negative prompt": unwanted} if isinstance(unwanted, str) else {}) | _model(texts.get("Source"))


def swarm(texts: Texts) -> Fields | None:
    """SwarmUI: `sui_image_params` in the JSON of `parameters`."""
    data = as_object(texts.get("parameters"))
    inner = None if data is None else data.get("sui_image_params")
    return told(inner) if isinstance(inner, dict) else None


def fooocus(texts: Texts) -> Fields | None:
    """Fooocus: JSON in `parameters` with `metadata_scheme` or `base_model`; A1111's text is its other way."""
    data = as_object(texts.get("parameters")) or as_object(texts.get("Comment"))
    if data is None or not ("base_model" in data or "metadata_scheme" in data or "Fooocus" in str(data.get("version"))):
        return None
    return told(data)


def draw_things(texts: Texts) -> Fields | None:
    """Draw Things: JSON in the UserComment of XMP."""
    xmp = texts.get("xmp", "")
    if "Draw Things" not in xmp:
        return None
    start = max(xmp.find("<exif:UserComment"), 0)
    found = _LIST_ITEM.search(xmp, start) or _ATTRIBUTE.search(xmp)
    data = as_object(unescape(found[1])) if found else None
    return None if data is None else told(data)


def easy(texts: Texts) -> Fields | None:
    """Easy Diffusion: a chunk for each setting, or JSON in the comment."""
    for data in (as_object(texts.get("parameters")), texts):
        if data and ("use_stable_diffusion_model" in data or "Stable Diffusion model" in data):
            return told(data)
    return None


def _plain(value: Any) -> str:
    text = said(value)
    return text.strip() if len(text) <= 20_000 else text[:20_000].strip() + "…"


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdecimal())


def _bracketed(words: str) -> Fields:
    start, end = words.rfind("["), words.rfind("]")
    if 0 <= start < end:
        return {"Prompt": words[:start].strip(), "Negative prompt": words[start + 1 : end].strip()}
    return {"Prompt": words.strip()}


def _model(source: str | None) -> Fields:
    return {"Model": source} if source else {}
