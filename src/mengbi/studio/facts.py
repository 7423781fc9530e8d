"""What a picture file tells the gallery: kind, size, plan, words."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mengbi.brief import MAX_PROMPT, MAX_SEED
from mengbi.errors import SourceError
from mengbi.plan import Plan
from mengbi.provenance import Provenance, read
from mengbi.source import UNNAMED, open_picture, size_of

KEPT = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp"}
"""What a gallery keeps: what we write, and what every browser shows."""
MAX_NAME = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the file says; empty and None where it says nothing."""

    digest: str  # sha256 of the file
    suffix: str
    size: tuple[int, int]  # width, height in pixels, upright
    bytes: int
    plan: Plan | None = None
    prompt: str = ""
    title: str = ""
    style: str = ""
    engine: str = ""
    seed: int | None = None


def facts(data: bytes, at: Path | None = None) -> Facts:
    """Reads a picture file. at: where it came from, to call it by. Raises SourceError for what no gallery keeps."""
    name = UNNAMED if at is None else str(at)
    kind = open_picture(data, name).format or "a picture of no kind"
    if kind not in KEPT:
        raise SourceError(f"{name} — {kind}; a gallery keeps PNG, JPEG and WebP: save it as one of them")
    size = size_of(data, name)
    plain = Facts(digest=hashlib.sha256(data).hexdigest(), suffix=KEPT[kind], size=size, bytes=len(data))
    try:
        found = read(data, name)
    except SourceError:  # damaged words make no damaged picture
        return plain
    return _told(plain, found)


def essence(plan: Plan) -> str:
    """sha256 of a plan without its finishing steps: what a picture has in common with an enlarged one of it."""
    return hashlib.sha256(json.dumps(replace(plan, finish=()).to_dict(), sort_keys=True).encode()).hexdigest()


def fold(text: str) -> str:
    """The text as words are compared: without case, accents and widths, in any script; one space between words."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(unicodedata.normalize("NFKC", bare).split())


def clean(text: str, most: int) -> str:
    """Somebody's text as every database can hold it: no control characters, at most so long."""
    return _CONTROL.sub("", text)[:most].strip()


def _told(plain: Facts, found: Provenance) -> Facts:
    if found.plan is None:
        return _by_others(plain, found.fields)
    sample = found.plan.samples[0]
    title = next((title for touch in found.plan.finish if (title := touch.settings.get("title"))), "")
    if not (title or sample.prompt) and found.plan.photo is not None:
        title = Path(found.plan.photo.name).stem
    return replace(
        plain,
        plan=found.plan,
        prompt=clean(sample.prompt, MAX_PROMPT),
        title=clean(title, MAX_NAME) if isinstance(title, str) else "",
        style=clean(found.plan.style.name, MAX_NAME),
        engine=clean(found.plan.engine, MAX_NAME),
        seed=sample.seed,
    )


def _by_others(plain: Facts, fields: Mapping[str, Any]) -> Facts:
    """The words that AUTOMATIC1111's web UI and its kin leave in a file."""
    seed = str(fields.get("Seed", ""))
    return replace(
        plain,
        prompt=clean(fields.get("Prompt", ""), MAX_PROMPT),
        engine=clean(fields.get("Model", ""), MAX_NAME),
        seed=int(seed) if seed.isascii() and seed.isdecimal() and len(seed) < 20 and int(seed) <= MAX_SEED else None,
    )
