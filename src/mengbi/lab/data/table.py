"""The concept table: what we wrote by hand, joined with names and drawings of the packages.

`concepts.csv` says what can be drawn and what it is called, `drawings.csv` how single drawings look and what body a
face gets, `edits.csv` what is cut out of a drawing.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from mengbi.errors import AssetError
from mengbi.lab.data.packages import EMOJIBASE, FLUENT, NOTO, Package, read_json
from mengbi.lab.data.svg import squeeze, wrap

HERE = Path(__file__).parent
TONES = (1, 3, 4)
"""Skin tones of a person that has them, in place of the yellow one: light, medium, medium dark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sets:
    """All drawings there are to choose from, and the emoji's names."""

    codes: Mapping[str, Mapping[str, str]]  # set -> emoji as code points -> name
    bodies: Mapping[str, Mapping[str, str]]  # set -> name -> SVG document
    labels: Mapping[str, tuple[str, str]]  # emoji as code points -> its name in English, in Chinese
    skins: Mapping[str, tuple[str, ...]]  # emoji as code points -> those of its TONES


def load_sets(tarballs: Mapping[Package, Path]) -> Sets:
    """Reads the packages."""
    codes: dict[str, dict[str, str]] = {"own": {}}
    bodies = {"own": {path.stem: squeeze(path.read_text("utf-8")) for path in own_files()}}
    for name, package, side in (("noto", NOTO, 128), ("fluent", FLUENT, 32)):
        codes[name] = {plain(code): icon for code, icon in read_json(tarballs[package], "chars.json").items()}
        bodies[name] = {
            icon: without(svg, f"{name}/{icon}")
            for icon, svg in _icons(read_json(tarballs[package], "icons.json"), side)
        }
    english = read_json(tarballs[EMOJIBASE], "en/data.json")
    chinese = {row["hexcode"]: row["label"] for row in read_json(tarballs[EMOJIBASE], "zh/data.json")}
    labels = {plain(row["hexcode"]): (row["label"], chinese.get(row["hexcode"], "")) for row in english}
    skins = {
        plain(row["hexcode"]): tuple(plain(skin["hexcode"]) for skin in row.get("skins", ()) if skin["tone"] in TONES)
        for row in english
    }
    return Sets(codes=codes, bodies=bodies, labels=labels, skins=skins)


def own_files() -> list[Path]:
    """The drawings that we made ourselves."""
    return sorted((HERE / "extra").glob("*.svg"))


def rows(sets: Sets, table: Path = HERE / "concepts.csv") -> list[dict[str, Any]]:
    """The concept table as it is shipped, in the table's order.

    Raises AssetError where a concept has no drawing, or where two share an id, a name or an emoji.
    """
    with table.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    taken = {name.casefold() for row in written for name in row["en"].split("/")}
    notes = marks()
    shipped = [_row(row, sets, taken, notes) for row in written]
    for what in ("id", "en", "zh", "emoji"):
        owners: dict[str, str] = {}
        for row in shipped:
            names = {"id": [row["id"]], "emoji": [row["emoji"], *row["also"]]}.get(what) or row[what]
            for name in filter(None, names):
                if name.casefold() in owners:
                    raise AssetError(f"{what} {name!r} stands for both {owners[name.casefold()]} and {row['id']}")
                owners[name.casefold()] = row["id"]
    return shipped


def marks(path: Path = HERE / "drawings.csv") -> dict[str, dict[str, Any]]:
    """What we wrote down about single drawings by name, or by a concept's id about all of its drawings."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: {key: value for key, value in row.items() if value} for row in csv.DictReader(file)}


def without(svg: str, name: str) -> str:
    """A drawing less the paths that `edits.csv` takes out of it: stars around a rocket, a wall behind a teacher."""
    for pattern, start in _edits():
        if fnmatch(name, pattern):
            svg = re.sub(rf'<path [^>]*\bd="{re.escape(start)}[^>]*/>', "", svg)
    return svg


@cache
def _edits() -> list[tuple[str, str]]:
    with (HERE / "edits.csv").open(encoding="utf-8", newline="") as file:
        return [(row["drawings"], start) for row in csv.DictReader(file) for start in row["without"].split("/")]


def plain(code: str) -> str:
    """Code points of an emoji without variation selectors: "2764-fe0f" -> "2764"."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def code_of(emoji: str) -> str:
    """An emoji's code points: "❤️" -> "2764"."""
    return plain("-".join(f"{ord(char):x}" for char in emoji))


def _icons(icons: Mapping[str, Any], side: int) -> Iterator[tuple[str, str]]:
    for name, icon in icons["icons"].items():
        yield name, wrap(icon["body"], side)
    for name, alias in icons.get("aliases", {}).items():
        if set(alias) == {"parent"}:
            yield name, wrap(icons["icons"][alias["parent"]]["body"], side)


def _row(row: Mapping[str, str], sets: Sets, taken: set[str], notes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    emoji, *also = row["emoji"].split() or [""]
    english, chinese = row["en"].split("/"), row["zh"].split("/")
    label = sets.labels.get(code_of(emoji), ("", ""))[0]
    if label and label.casefold() not in taken:
        english.append(label)
    drawings = _drawings(row, emoji, sets)
    if not drawings:
        raise AssetError(f"the concept {row['id']} has no drawing in {row['sets'] or 'noto or fluent'}")
    note = notes.get(drawings[0]) or notes.get(row["id"], {})
    return {
        "id": row["id"],
        "kind": row["kind"],
        "emoji": emoji,
        "also": also,
        "en": english,
        "zh": chinese,
        "drawings": drawings,
        "height": float(row["height"]),
        "home": row["home"],
        "body": note.get("body", ""),
        "faces": note.get("faces", "front"),
    }


def _drawings(row: Mapping[str, str], emoji: str, sets: Sets) -> list[str]:
    """Entries of the pack, the best first: the sets in the order asked for; a person in each of TONES, noto's alone."""
    code = code_of(emoji)
    toned = sets.skins.get(code, ()) if row["kind"] == "person" else ()
    wanted = row["sets"].split() or (["noto"] if toned else ["noto", "fluent"])
    found = [f"own/{row['id']}"] if "own" in wanted and row["id"] in sets.bodies["own"] else []
    for name in (name for name in wanted if name != "own"):
        icons = (sets.codes[name].get(one) for one in toned or (code,))
        found += [f"{name}/{icon}" for icon in icons if icon in sets.bodies[name]]
    return found
