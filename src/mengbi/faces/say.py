"""Words on the terminal: for people through rich, for programs as JSON; nothing from a file can steer the terminal."""

import json
import sys
from typing import TYPE_CHECKING, Any
from unicodedata import category

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from mengbi.scene import Scene


def printable(text: str) -> str:
    """The text with all that could steer the terminal made visible: controls, turned directions; line ends stay."""
    return "".join(f"\\x{ord(c):02x}" if _steers(c) else c for c in text)


def _steers(c: str) -> bool:
    return (
        (category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n")
        or "\u202a" <= c <= "\u202e"
        or "\u2066" <= c <= "\u2069"
    )


def say(text: str) -> None:
    """One line to standard output."""
    sys.stdout.write(printable(text) + "\n")


def say_json(value: Any) -> None:
    """One line of JSON to standard output, in ASCII where the stream has nothing else."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        line = json.dumps(value)
    sys.stdout.write(line + "\n")


def console() -> "Console":
    """Rich's console on standard output: plain text where that is no terminal."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(*columns: str) -> "Table":
    """An empty table with these headings."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        made.add_column(column, style="cyan" if index == 0 else "", no_wrap=index == 0, overflow="fold")
    return made


def in_words(scene: "Scene") -> list[tuple[str, str]]:
    """A scene as pairs of heading and words, one for each thing and relation; nothing is left out."""
    sky = [*filter(None, (scene.sky.time, scene.sky.weather))]
    sky += [f"all {scene.sky.color}"] if scene.sky.color else []
    marked = {mark.name: mark for mark in scene.sky.marked}
    for name in scene.sky.features:
        count, color = (marked[name].count, marked[name].color) if name in marked else (None, None)
        sky.append(" ".join(filter(None, (f"{count} ×" if count else "", color, name))))
    ground = " ".join(filter(None, (scene.ground_color, scene.ground)))
    lines = [("sky", ", ".join(sky)), ("ground", ground), ("season", scene.season or "")]
    lines += [("mood", scene.mood or ""), ("held in", ", ".join(scene.tint))]
    for thing in scene.things:
        many = "a field of" if thing.spread else f"{thing.count} ×" if thing.count > 1 else ""
        parts = [many, "" if thing.size == "normal" else thing.size, thing.color, thing.concept.replace("-", " ")]
        name = " ".join([*filter(None, parts), *(["in the air"] if thing.aloft else [])])
        lines.append(("thing", f"{name}   “{thing.words}”" if thing.words else name))
    for relation in scene.relations:
        one, other = scene.things[relation.subject], scene.things[relation.object]
        lines.append(("", f"{one.concept.replace('-', ' ')} {relation.kind} {other.concept.replace('-', ' ')}"))
    lines.append(("not understood", ", ".join(scene.unknown)))
    return [(heading, words) for heading, words in lines if words]
