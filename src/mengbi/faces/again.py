"""Painting a plan again: its photo, mask and sketch are found by what is in them, and the result is compared."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

import mengbi
from mengbi import pdf
from mengbi.assets import fonts
from mengbi.engine import ENGINES, upscale
from mengbi.errors import BriefError, SourceError
from mengbi.picture import Picture
from mengbi.plan import Plan, Touch
from mengbi.provenance import read
from mengbi.source import MAX_BYTES, Source, read_source

NETWORKS = {"enlarge": upscale.LARGER, "fit": upscale.LARGER, "restore": upscale.BETTER}
"""The weights that finishing steps work with."""
MAX_SEARCHED = 500
"""In a folder, at most this many files are opened in search of a photo that was renamed."""


def read_plan(file: Path) -> Plan:
    """The plan that made `file`. Raises SourceError, BriefError if there is none in it."""
    plan = read(file).plan
    if plan is None:
        raise BriefError(f"{file} — no plan of ours in it; mengbi show {file} tells what is")
    return plan


def find_sources(plan: Plan, file: Path, places: Mapping[str, str | None]) -> Plan:
    """The plan with its photo, mask and sketch where they are now.

    places: "photo", "mask", "sketch", "style_image" -> where a person says it is, or None: beside `file` or here.
    Raises SourceError for one that is not found or is another picture, BriefError for a place the plan has no use for.
    """
    found: dict[str, Any] = {}
    for role, given in places.items():
        planned = getattr(plan, role)
        if isinstance(planned, Source):
            found[role] = _find(role, planned, file, given)
        elif given is not None:
            raise BriefError(f"{given} — the plan of {file.name} has no {_said(role)}; leave that option off")
    return replace(plan, **found)


def difference(plan: Plan) -> str:
    """What has changed since the plan was made and may change the picture, as a sentence; empty if nothing has."""
    parts = []
    if ENGINES.find(plan.engine)().weights != plan.weights:
        parts.append(f"the {plan.engine} engine paints with other weights now")
    parts += dict.fromkeys(filter(None, map(_changed, plan.finish)))
    if plan.version != mengbi.__version__:
        parts.append(f"the plan was made by Mengbi {plan.version}, this is {mengbi.__version__}")
    return "; ".join(parts)


def warn(plan: Plan) -> None:
    """Says on standard error what has changed since the plan was made, if anything has."""
    changed = difference(plan)
    if changed:
        click.echo(f"mengbi: {changed}; the picture may be another one", err=True)


def _changed(touch: Touch) -> str:
    """What has changed under a finishing step; empty if nothing has."""
    planned, network = touch.settings, NETWORKS.get(touch.name)
    if network is not None and "weights" in planned and planned["weights"] != upscale.digest(network):
        return f"{touch.name} works with other weights now"
    if "fonts" in planned and planned["fonts"] != fonts.digest():
        return f"{touch.name} letters in other fonts now"
    return ""


def compare(data: bytes, file: Path, picture: Picture) -> str:
    """Whether the pixels in `data`, which was in `file` before, are those of the picture, as a sentence."""
    with Image.open(io.BytesIO(pdf.page(data) or data)) as image:
        before = np.asarray(image.convert("RGBA" if picture.pixels.shape[2] == 4 else "RGB"))
    if before.shape != picture.pixels.shape:
        return f"not the same picture: {file.name} is {before.shape[1]}x{before.shape[0]}"
    if np.array_equal(before, picture.pixels):
        return "the same pixels, every one"
    apart = float(np.abs(before.astype(np.int16) - picture.pixels).mean())
    lossy = "" if file.suffix.lower() == ".png" else f" ({file.suffix} may not keep every pixel)"
    return f"not the same pixels: {apart:.2f} of 255 apart on average{lossy}"


def _find(role: str, planned: Source, file: Path, given: str | None) -> Source:
    if given is not None:
        source = read_source(given)
        if source.sha256 != planned.sha256:
            wanted = f"{planned.name}, sha256 {planned.sha256[:12]}…"
            raise SourceError(f"{given} — not the {_said(role)} of the plan ({wanted})")
        return source
    for folder in dict.fromkeys((file.parent.resolve(), Path.cwd())):
        for candidate in _candidates(folder, planned):
            if _digest(candidate) == planned.sha256:
                return replace(planned, path=str(candidate))
    option = "--from" if role == "photo" else f"--{role.replace('_', '-')}"
    missing = f"the {_said(role)} of the plan is not beside {file.name} or here"
    raise SourceError(f"{planned.name} — {missing}; add {option} FILE")


def _said(role: str) -> str:
    return role.replace("style_image", "style picture")


def _candidates(folder: Path, planned: Source) -> Iterator[Path]:
    yield folder / planned.name
    suffix = Path(planned.name).suffix.lower()
    others = (path for path in sorted(folder.iterdir()) if path.suffix.lower() == suffix and path.name != planned.name)
    for _, path in zip(range(MAX_SEARCHED), others, strict=False):
        yield path


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.stat().st_size <= MAX_BYTES else ""
    except OSError:
        return ""
