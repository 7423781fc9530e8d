"""What made a picture, for reading."""

from collections.abc import Iterator
from typing import Any

from mengbi.faces.say import in_words
from mengbi.provenance import Provenance
from mengbi.source import Source

DIGESTS = ("sha256", "weights", "fonts")


def as_dict(found: Provenance) -> dict[str, Any]:
    """Plain JSON values: plan, touches, parameters, fields."""
    return {
        "plan": None if found.plan is None else found.plan.to_dict(),
        "touches": [dict(touch) for touch in found.touches],
        "parameters": found.parameters,
        "fields": dict(found.fields),
        "writer": found.writer,
    }


def facts(found: Provenance) -> Iterator[tuple[str, str]]:
    """Heading and words of everything that is known."""
    plan = found.plan
    if plan is None:
        yield "made by", found.writer or ""
        yield from found.fields.items()
        if not found.fields:
            yield "", "nothing in this file says what made it"
        return
    sample = plan.samples[0]
    yield "prompt", sample.prompt
    yield "negative", plan.negative
    yield from in_words(sample.scene)
    yield "", ""
    yield "seed", str(sample.seed)
    yield "size", f"{plan.size[0]}x{plan.size[1]}"
    yield "engine", f"{plan.engine} ({plan.weights[:12]})" if plan.weights else plan.engine
    if sample.face is not None:
        yield "face", ", ".join(sample.face.traits)
        yield "moved", ", ".join(f"{name} {amount:+.2g}" for name, amount in sample.face.sliders.items())
        yield "child of", " and ".join(str(parent.seed) for parent in sample.face.parents or ())
    yield "taken for", ", ".join(f"{label} {share:.0%}" for label, share in sample.labels)
    yield "style", f"{plan.style.title} {plan.style.title_zh} ({plan.style.name})"
    for name in ("steps", "guidance", "sampler", "strength"):
        yield name, "" if getattr(plan, name) is None else str(getattr(plan, name))
    given = {"photo": plan.photo, "mask": plan.mask, "sketch": plan.sketch, "in the manner of": plan.style_image}
    for name, source in given.items():
        if isinstance(source, Source):
            yield name, f"{source.name} (sha256 {source.sha256[:12]}…)"
        elif name == "sketch" and source != "auto":
            yield name, str(source)
    for touch in found.touches:
        told = {key: value for key, value in touch.items() if key not in DIGESTS and value is not None}
        if isinstance(told.get("faces"), list):
            told["faces"] = f"{len(told['faces'])} faces"
        yield "touch", ", ".join(map(str, told.values()))
    yield "made by", f"Mengbi {plan.version}"
