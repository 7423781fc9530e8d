"""Briefs as JSON: what was asked for, kept beside what came of it."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.plan import Plan
from mengbi.registry import nearest
from mengbi.source import Source

_WISHES = tuple((field.name, field.default) for field in fields(Brief))
"""Each with what it is where nobody wishes."""


def brief_to_dict(brief: Brief) -> dict[str, Any]:
    """Plain JSON values of what was wished for; what was left open is left out."""
    said = ((name, getattr(brief, name), usual) for name, usual in _WISHES)
    return {name: _plain(value) for name, value, usual in said if value != usual}


def brief_from_dict(data: Any) -> Brief:
    """The Brief of such JSON, which may be anybody's. Raises BriefError."""
    if not isinstance(data, Mapping):
        raise BriefError("a brief is an object of wishes by name")
    names = [field.name for field in fields(Brief)]
    for name in data:
        if name not in names:
            raise BriefError(f"no wish {str(name)[:60]!r}; {nearest(str(name), names)}")
    wishes = dict(data)
    if isinstance(wishes.get("size"), list):
        wishes["size"] = tuple(wishes["size"])
    try:
        return Brief(**wishes)
    except (TypeError, ValueError, AttributeError) as error:
        raise BriefError(f"a damaged brief: {error}") from error


def brief_of(plan: Plan) -> dict[str, Any]:
    """The wishes, as JSON, that would lead to a plan's first picture again; photos are named without their folder."""
    sample = plan.samples[0]
    brief = {
        "prompt": sample.prompt,
        "negative": plan.negative,
        "style": plan.style.name,
        "size": list(plan.size),
        "seed": sample.seed,
        "engine": plan.engine,
        "steps": plan.steps,
        "guidance": plan.guidance,
        "sampler": plan.sampler,
        "photo": plan.photo,
        "strength": plan.strength,
        "mask": plan.mask,
        "style_image": plan.style_image,
        "sketch": None if plan.sketch == "auto" else plan.sketch,
        "face": None if sample.face is None else sample.face.to_dict(),
    }
    return {name: _plain(value) for name, value in brief.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Path():
            return str(value)
        case Source():
            return value.name
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
    return value
