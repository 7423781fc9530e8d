"""Where a picture goes: a file, a folder or a pattern, and never over another picture unless that was asked for."""

import contextlib
import os
import re
import string
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mengbi.errors import OutputError
from mengbi.files import write_whole
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.provenance import SUFFIXES, encode
from mengbi.registry import nearest

FIELDS = ("seed", "n", "prompt", "style", "engine", "date")
USUAL = "mengbi-{prompt}-{seed}.png"
MAX_SLUG = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What --out says: a pattern of a path, and whether what stands there is replaced."""

    pattern: str
    replace: bool


def place(out: str | None, count: int) -> Place:
    """Reads --out: None (a usual name here), a folder, a pattern with {seed} and the like, or a file.

    Raises OutputError, before anything is painted, for what cannot be written to or would be written twice.
    """
    if out is None:
        found = Place(pattern=USUAL, replace=False)
    elif Path(out).is_dir():
        found = Place(pattern=str(Path(_plainly(out)) / USUAL), replace=False)
    elif out.endswith(("/", os.sep)):
        found = Place(pattern=out + USUAL, replace=False)
        _fields(out)
    else:
        found = Place(pattern=out, replace=not _fields(out))
        if count > 1 and found.replace:
            several = Path(out).stem + "-{n}" + Path(out).suffix
            raise OutputError(f"{out} — one file for {count} pictures; try --out '{Path(out).with_name(several)}'")
    _check(found)
    return found


def beside(file: Path, name: str, out: str | None) -> Place:
    """Reads --out for one picture that is made of `file`: None is here, under the file's own name and `name`.

    Raises OutputError.
    """
    if out is None:
        return Place(pattern=_plainly(f"{file.stem}-{name}.png"), replace=False)
    return place(out, 1)


def keep(picture: Picture, where: Place, number: int, count: int, seal: Callable[[bytes, str], bytes]) -> Path:
    """Writes picture `number` of `count`, from 1, whole; returns its path. Raises OutputError, StorageError.

    seal: makes the bytes of a file with that suffix final.
    """
    path = path_for(where, picture.plan, number, count)
    data = seal(encode(picture.pixels, picture.plan, picture.touches, path.suffix), path.suffix)
    if where.replace:
        write_whole(path, data)
        return path
    while True:
        chosen = free(path)
        with contextlib.suppress(FileExistsError):  # somebody else was faster: the next number
            write_whole(chosen, data, replace=False)
            return chosen


def path_for(where: Place, plan: Plan, number: int, count: int) -> Path:
    """The path of picture `number` of `count`, from 1, whose plan has one sample; perhaps taken already."""
    sample = plan.samples[0]
    values = {
        "seed": str(sample.seed),
        "n": str(number).zfill(len(str(count))),
        "prompt": slug(sample.prompt or (Path(plan.photo.name).stem if plan.photo else "")),
        "style": slug(plan.style.name),
        "engine": slug(plan.engine),
        "date": time.strftime("%Y-%m-%d"),
    }
    return Path(where.pattern.format(**values))


def free(path: Path) -> Path:
    """The path itself or, where something stands there, the next number: fox.png, fox-2.png, fox-3.png…"""
    number, candidate = 1, path
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def slug(words: str) -> str:
    """Words as part of a file's name: letters and digits of any script, the rest a hyphen; emoji by their names."""
    named = "".join(_letters(c) for c in unicodedata.normalize("NFC", words).lower())
    return re.sub(r"-+", "-", named).strip("-")[:MAX_SLUG].strip("-") or "dream"


def _letters(c: str) -> str:
    kind = unicodedata.category(c)
    if kind[0] in "LN" or (kind[0] == "M" and c != "\ufe0f"):  # marks are vowels in half the world; U+FE0F is not
        return c
    return f"-{unicodedata.name(c, '').lower().replace(' ', '-')}-" if kind == "So" else "-"


def _fields(out: str) -> set[str]:
    try:
        parts = list(string.Formatter().parse(out))
    except ValueError as error:
        raise OutputError(f"{out} — a brace without its partner ({error}); a brace itself is written twice") from error
    for _, field, form, conversion in parts:
        if field is not None and field not in FIELDS:
            raise OutputError(f"{out} — no field {{{field}}}; {nearest(field, list(FIELDS))}")
        if form or conversion:
            raise OutputError(f"{out} — {{{field}}} stands alone, without {form or conversion!r}")
    return {field for _, field, _, _ in parts if field is not None}


def _check(found: Place) -> None:
    sample = Path(found.pattern.format(**dict.fromkeys(FIELDS, "1")))
    if sample.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{sample} — a picture ends in {', '.join(SUFFIXES)}")
    check_folder(sample)


def check_folder(path: Path) -> None:
    """Raises OutputError where the folder of `path` is none, cannot be made or cannot be written to."""
    folder = path.parent
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{folder} — a file, not a folder; choose another place with --out")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} — this folder cannot be written to; choose another with --out")


def _plainly(text: str) -> str:
    """Text that stands in a pattern as it is."""
    return text.replace("{", "{{").replace("}", "}}")
