"""ComfyUI: a graph of nodes, in which the picture, followed backwards from where it was saved, finds what made it."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from mengbi.dialects.others import as_object, said

Fields = dict[str, str]
Node = Mapping[str, Any]

NAMES = {
    "Steps": ("steps",),
    "Sampler": ("sampler_name",),
    "Schedule type": ("scheduler",),
    "CFG scale": ("cfg",),
    "Guidance": ("guidance",),
    "Seed": ("seed", "noise_seed"),
    "Denoising strength": ("denoise",),
    "Model": ("ckpt_name", "unet_name", "model_name"),
    "VAE": ("vae_name",),
    "Clip skip": ("stop_at_clip_layer",),
}
"""A1111's names, and the inputs of nodes that say the same; the one nearest to the saved picture holds."""
_WORDS = ("text", "text_g", "text_l", "t5xxl", "clip_l", "prompt", "string", "value", "wildcard_text", "populated_text")
_MOST = 4000
"""Nodes that are looked at; the largest graphs that people draw have some hundreds."""


def comfy(texts: Mapping[str, str]) -> Fields | None:
    """The fields of the graph in `prompt`, also where WebP and JPEG have it, in EXIF's Make and Model."""
    graph = next(filter(None, map(_graph, _candidates(texts))), None)
    if graph is None:
        return {"Workflow": "a graph that was not run"} if _drawn(texts.get("workflow")) else None
    order = list(_backwards(graph))
    fields = _words(graph, order)
    for name, keys in NAMES.items():
        found = _first(graph, order, keys)
        if found:
            fields[name] = found
    width, height = _first(graph, order, ("width",)), _first(graph, order, ("height",))
    if width and height:
        fields["Size"] = f"{width}x{height}"
    loras = [str(node["inputs"]["lora_name"]) for node in order if isinstance(node["inputs"].get("lora_name"), str)]
    if loras:
        fields["LoRA"] = ", ".join(dict.fromkeys(loras))
    return fields | {"Nodes": str(len(graph))}


def _candidates(texts: Mapping[str, str]) -> Iterator[str]:
    yield texts.get("prompt", "")
    for key in ("Make", "Model", "ImageDescription", "parameters"):
        text = texts.get(key, "")
        for head in ("prompt:", "Prompt:", "workflow:", "Workflow:"):
            text = text.removeprefix(head)
        yield text
    whole = as_object(texts.get("parameters"))
    if whole is not None and isinstance(whole.get("prompt"), str):
        yield whole["prompt"]


def _graph(text: str) -> dict[str, Node] | None:
    data = as_object(text)
    if not data:
        return None
    nodes: dict[str, Node] = {
        str(name): node
        for name, node in data.items()
        if isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
    }
    return nodes or None


def _drawn(text: str | None) -> bool:
    data = as_object(text)
    return data is not None and isinstance(data.get("nodes"), list)


def _backwards(graph: Mapping[str, Node]) -> Iterator[Node]:
    """The nodes from where a picture was saved towards where it began; where none is saved, all of them."""
    ends = [name for name, node in graph.items() if any(w in node["class_type"].lower() for w in ("save", "preview"))]
    waiting, seen = deque(ends or graph), set(ends or graph)
    while waiting and len(seen) <= _MOST:
        node = graph[waiting.popleft()]
        yield node
        for value in node["inputs"].values():
            name = _link(value)
            if name in graph and name not in seen:
                seen.add(name)
                waiting.append(name)


def _link(value: Any) -> str:
    """The node that an input comes from, or nothing."""
    linked = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and type(value[1]) is int
    return str(value[0]) if linked else ""


def _first(graph: Mapping[str, Node], order: list[Node], keys: tuple[str, ...]) -> str:
    for node in order:
        for key in keys:
            value = node["inputs"].get(key)
            for _ in range(8):  # a number may come out of a node of its own
                source = graph.get(_link(value))
                if source is None:
                    break
                inputs = source["inputs"]
                value = next((inputs[k] for k in (*keys, "value", "int", "float", "number") if k in inputs), None)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return said(value)
    return ""


def _words(graph: Mapping[str, Node], order: list[Node]) -> Fields:
    for wanted, unwanted in (("positive", "negative"), ("conditioning", "")):
        for node in order:
            if wanted in node["inputs"]:
                words = _written(graph, node["inputs"][wanted])
                if words:
                    return {"Prompt": words, "Negative prompt": _written(graph, node["inputs"].get(unwanted))}
    for node in order:  # a text that nobody weighs, as newer models take it
        if "TextEncode" in node["class_type"]:
            return {"Prompt": _written(graph, [*(name for name, other in graph.items() if other is node), 0])}
    return {"Prompt": ""}


def _written(graph: Mapping[str, Node], value: Any) -> str:
    """The words that a conditioning was made of, the texts of several joined."""
    found: list[str] = []
    waiting, seen = deque([value]), set[str]()
    while waiting and len(seen) < _MOST:
        value = waiting.popleft()
        if isinstance(value, str):
            if value.strip():
                found.append(value.strip())
            continue
        name = _link(value)
        if name not in graph or name in seen:
            continue
        seen.add(name)
        inputs = graph[name]["inputs"]
        texts = [inputs[key] for key in _WORDS if key in inputs]
        waiting.extend(texts or [other for key, other in inputs.items() if _link(other) and key != "clip"])
    return "\n".join(dict.fromkeys(found))
