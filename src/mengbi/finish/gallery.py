"""Where styles come from: our own gallery, and a person's styles.toml and styles.csv in the data folder.

A gallery is TOML, a table a style: the fields of Style, with `brushes = {19 = 0.5}`, `before` and `after` as lists of
{do = "paper", amount = 0.1}; `also`, other names that it answers to; `like`, a style that it starts from.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mengbi.errors import AssetError, BriefError, MengbiError
from mengbi.finish.restyle import check
from mengbi.registry import nearest
from mengbi.settings import home
from mengbi.style import Style, style_from_dict

MAX_BYTES = 4 * 2**20
_KEYS = {*(f.name for f in fields(Style))} - {"name", "parts"} | {"also", "like"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A style, and the other names that it answers to."""

    style: Style
    also: tuple[str, ...] = ()


@cache
def built_in() -> Mapping[str, Entry]:
    """Our own gallery, by name."""
    return {
        entry.style.name: entry for entry in read_toml((files("mengbi.finish") / "gallery.toml").read_text("utf-8"), {})
    }


def thumbnail(name: str) -> bytes:
    """The small WebP of a style of ours, painted from one fixed brief. Raises AssetError where it is missing."""
    try:
        return (files("mengbi.finish") / "thumbs" / f"{name}.webp").read_bytes()
    except OSError as error:
        raise AssetError(f"the thumbnail of style {name!r} is missing; install mengbi again") from error


def own() -> Mapping[str, Entry]:
    """A person's styles by name: of styles.toml, then of styles.csv, in the data folder; none where there is neither.

    Raises BriefError with one line that names the file and what is wrong in it.
    """
    found: dict[str, Entry] = {}
    for name, read in (("styles.csv", read_csv), ("styles.toml", read_toml)):
        path = home() / name
        text = _text(path)
        if text is None:
            continue
        try:
            found |= {entry.style.name: entry for entry in read(text, built_in())}
        except MengbiError as error:
            raise BriefError(f"{path} — {error}") from error
    return found


def read_toml(text: str, known: Mapping[str, Entry]) -> Iterator[Entry]:
    """The styles of a gallery; `known`: those that one may be like, beside its own.

    Raises BriefError for what is no TOML or no style.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BriefError(f"not TOML ({error})") from error
    read: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise BriefError(f"{name} stands outside a style; a style begins with its name as [name]")
        for key in table:
            if key not in _KEYS:
                raise BriefError(f"style {name!r} has no field {key!r}; {nearest(key, sorted(_KEYS))}")
        whole = {"title": name, "title_zh": "", "sentence": "", **_base(table.get("like"), read, known, name), **table}
        whole["name"] = name
        read[name] = whole
        yield _entry(whole)


def read_csv(text: str, known: Mapping[str, Entry]) -> Iterator[Entry]:
    """The styles of a styles.csv as AUTOMATIC1111's web UI writes it: name, prompt, negative_prompt.

    Its words are for engines that read words; the look comes from the style of ours that the words name, if they do.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise BriefError(f"not CSV ({error})") from error
    if rows and "name" not in rows[0]:
        raise BriefError("no column 'name' in it; the first line must be name,prompt,negative_prompt")
    for row in rows:
        name = (row["name"] or "").strip()
        words = (row.get("prompt") or row.get("text") or "").strip()
        if not name or not (words or (row.get("negative_prompt") or "").strip()):
            continue  # A1111 writes a row "None", and people write rows that are headings
        look = _named_in(f"{name} {words}", known)
        whole = {"brushes": (), **(_fields(look) if look else {}), "name": name, "title": name, "title_zh": ""}
        whole |= {"words": words, "negative": (row.get("negative_prompt") or "").strip(), "sentence": words[:200]}
        whole.pop("also", None)
        yield _entry(whole)


def _entry(whole: Mapping[str, Any]) -> Entry:
    data = {key: value for key, value in whole.items() if key not in ("also", "like")}
    try:
        if isinstance(data.get("brushes"), Mapping):
            data["brushes"] = [(int(number), weight) for number, weight in data["brushes"].items()]
        style = style_from_dict(data)
        also = whole.get("also", ())
        if not (isinstance(also, list | tuple) and all(isinstance(name, str) for name in also)):
            raise ValueError("also — a list of names")
        check(style)
    except (TypeError, ValueError, AttributeError, OverflowError, MengbiError) as error:
        raise BriefError(f"style {whole['name']!r}: {error}") from error
    return Entry(style=style, also=tuple(also))


def _base(like: Any, read: Mapping[str, dict[str, Any]], known: Mapping[str, Entry], name: str) -> dict[str, Any]:
    if like is None:
        return {}
    if isinstance(like, str) and like in read:
        return {key: value for key, value in read[like].items() if key not in ("also", "title", "title_zh")}
    if not isinstance(like, str) or like not in known:
        raise BriefError(f"style {name!r} is like {like!r}, which is none; {nearest(str(like), [*read, *known])}")
    return _fields(known[like].style)


def _fields(style: Style) -> dict[str, Any]:
    return {key: value for key, value in style.to_dict().items() if key not in ("title", "title_zh")}


def _named_in(words: str, known: Mapping[str, Entry]) -> Style | None:
    """The style of ours that is named in the words, by the longest of its names."""
    said = _spaced(words)
    found: tuple[int, Style | None] = (0, None)
    for entry in known.values():
        for name in {_spaced(n) for n in (entry.style.name, entry.style.title, entry.style.title_zh, *entry.also)}:
            if len(name) > found[0] and re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", said):
                found = len(name), entry.style
    return found[1]


def _spaced(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).casefold()


def fold(name: str) -> str:
    """A name as it is compared: without case, hyphens, spaces and underscores."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def _text(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BriefError(f"{path} — more than {MAX_BYTES >> 20} MiB; styles are a few lines of text each")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise BriefError(f"{path} — cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BriefError(f"{path} — not UTF-8 text; save it as UTF-8") from error
