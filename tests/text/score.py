"""How much of the sentences is read right; `python tests/text/score.py` prints the table and every mistake.

Facts are counted, and both misses and inventions cost: F1 = 2·right / (asked + read). A colour, count or size is a fact
where one is asked for or read (counts of one are not counted: most things are one, and a score over them says little).
"""

import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from mengbi.scene import Scene, Thing
from mengbi.text.reading import read_scene

Pair = tuple[dict | None, Thing | None]  # what was asked for, and what was read for it

KINDS = ("things", "colours", "counts", "sizes", "relations", "sky", "ground", "season and mood")


@dataclass
class Tally:
    """Facts asked for, facts read, and facts that are both."""

    asked: int = 0
    read: int = 0
    right: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """From 0 to 1; 1 where nothing was asked for and nothing read."""
        return 2 * self.right / (self.asked + self.read) if self.asked + self.read else 1.0


def pairs() -> list[dict]:
    """The sentences and their right answers."""
    texts = [
        (Path(__file__).parent / name).read_text(encoding="utf-8")
        for name in ("sentences.toml", "fresh.toml", "links.toml")
    ]
    return [row for text in texts for row in tomllib.loads(text)["pair"]]


def score(rows: list[dict], language: str, skip: tuple[str, ...] = ()) -> dict[str, Tally]:
    """A tally a kind of fact, over all sentences of a language."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        scene = read_scene(row[language])
        for kind, asked, read, right in _facts(row, scene):
            if kind in skip:
                continue
            tally = tallies[kind]
            tally.asked, tally.read, tally.right = tally.asked + len(asked), tally.read + len(read), tally.right + right
            if right < max(len(asked), len(read)):
                tally.mistakes.append(f"{row[language]}\n    {kind}: asked {sorted(asked)}, read {sorted(read)}")
    return tallies


def _facts(row: dict, scene: Scene):
    found = _match(row.get("things", []), scene.things)
    asked = [want for want, _ in found if want and not want.get("optional")]
    read = [thing for want, thing in found if thing and not (want and want.get("optional"))]
    both = [(want, thing) for want, thing in found if want and thing and not want.get("optional")]
    yield "things", [want["concept"] for want in asked], [thing.concept for thing in read], len(both)
    for kind, key, plain in (("colours", "color", None), ("counts", "count", 1), ("sizes", "size", "normal")):
        yield kind, *_attribute([pair for pair in found if not (pair[0] and pair[0].get("optional"))], key, plain)
    names = [thing.concept for thing in scene.things]
    links = {f"{names[link.subject]} {link.kind} {names[link.object]}" for link in scene.relations}
    yield "relations", *_set(row.get("relations", []), links, _same_link)
    sky = scene.sky
    features = {value for value in (sky.time, sky.weather, *sky.features) if value}
    yield "sky", *_set(row.get("sky", []), features, _same)
    ground = row.get("ground", "")
    if ground != "*":
        yield "ground", *_set([ground] if ground else [], {scene.ground} - {None}, _same)
    others = [row[key] for key in ("season", "mood") if key in row]
    yield "season and mood", *_set(others, {scene.season, scene.mood} - {None}, _same)


def _attribute(found: list[Pair], key: str, plain: object) -> tuple[list[str], list[str], int]:
    asked = [(want, thing) for want, thing in found if want and not _allows(want.get(key, plain), plain)]
    read = []
    for want, thing in found:
        if thing and getattr(thing, key) != plain:
            allowed = want.get(key, plain) if want else plain
            if not (_allows(allowed, plain) and _allows(allowed, getattr(thing, key))):  # neither asked for nor wrong
                read.append(f"{thing.concept}={getattr(thing, key)}")
    right = sum(thing is not None and _allows(want[key], getattr(thing, key)) for want, thing in asked)
    return [f"{want['concept']}={want[key]}" for want, _ in asked], read, right


def _match(wants: list[dict], things: tuple[Thing, ...]) -> list[Pair]:
    left = list(things)
    found: list[Pair] = []
    for want in wants:
        thing = next((thing for thing in left if thing.concept in want["concept"].split("|")), None)
        if thing:
            left.remove(thing)
        found.append((want, thing))
    return found + [(None, thing) for thing in left]


def _allows(want: object, value: object) -> bool:
    if want == "*":
        return True
    if isinstance(want, list):
        return want[0] <= value <= want[1]
    return value in want.split("|") if isinstance(want, str) else want == value


def _set(wants: list[str], read: set[str], same) -> tuple[list[str], list[str], int]:
    """What was asked for, what was read, and how many are right; what is optional counts nowhere."""
    asked = [want for want in wants if not want.endswith("?")]
    optional = [want.rstrip("?") for want in wants if want.endswith("?")]
    right = sum(any(same(want, value) for value in read) for want in asked)
    counted = [
        value
        for value in read
        if any(same(want, value) for want in asked) or not any(same(want, value) for want in optional)
    ]
    return asked, counted, min(right, len(counted))


def _same(want: str, value: str) -> bool:
    return value in want.split("|")


def _same_link(want: str, value: str) -> bool:
    asked, given = _parts(want), _parts(value)
    mirrored = given[::-1] if given[1] == "beside" else given
    return any(all(map(_same, asked, link)) for link in (given, mirrored))


def _parts(link: str) -> tuple[str, str, str]:
    first, *kind, last = link.split()
    return first, " ".join(kind), last


def table(rows: list[dict]) -> str:
    """English and Chinese beside each other, in per cent."""
    english, chinese = score(rows, "en"), score(rows, "zh")
    lines = [f"{'':16}{'English':>8}{'Chinese':>9}{'facts':>7}"]
    for kind in KINDS:
        lines.append(
            f"{kind:16}{english[kind].f1:8.1%}{chinese[kind].f1:9.1%}{english[kind].asked + chinese[kind].asked:7}"
        )
    return "\n".join(lines)


def languages() -> dict[str, dict[str, Tally]]:
    """The scores of the languages besides English and Chinese."""
    text = (Path(__file__).parent / "languages.toml").read_text(encoding="utf-8")
    rows: dict[str, list[dict]] = defaultdict(list)
    for row in tomllib.loads(text)["sentence"]:
        rows[row["language"]].append(row)
    return {language: score(group, "words", skip=("relations", "sizes")) for language, group in rows.items()}


if __name__ == "__main__":
    chosen = [row for row in pairs() if not sys.argv[1:] or row["set"] in sys.argv[1:]]
    found = {name: score(chosen, name) for name in ("en", "zh")} | languages()
    for tallies in found.values():
        for tally in tallies.values():
            print(*tally.mistakes, sep="\n", end="\n" if tally.mistakes else "")
    print(table(chosen))
    for name, tallies in list(found.items())[2:]:
        print(name, *(f"{kind} {tallies[kind].f1:.0%}" for kind in KINDS if kind in tallies))
