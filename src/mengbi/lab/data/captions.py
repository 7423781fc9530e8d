"""Facts -> words: a caption says exactly what a Scene holds, in many ways and languages.

English and Chinese are written out; the other languages list the same facts with commas, in the words that our reader
knows, as people do when they type a wish.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from mengbi.lab.data.art import Names
from mengbi.scene import Relation, Scene
from mengbi.text.condition import MAX_VECTORS
from mengbi.text.lexicon import lexicon
from mengbi.text.phrases import spans

LANGUAGES = ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr")
"""Those that captions list facts in, besides English and Chinese."""
NUMBERS = "no one two three four five six seven eight nine ten".split()
NUMBERS_ZH = "零 一 两 三 四 五 六 七 八 九 十".split()


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a caption says besides its Scene."""

    names: Sequence[Names]  # of each thing
    kinds: Sequence[str]  # of each thing, for its measure word
    background: str | None = None  # a colour
    hand: str | None = None  # one of HANDS
    details: Names | None = None  # more facts about the only thing, the same in each language


def caption(scene: Scene, told: Told, language: str, rng: np.random.Generator) -> str:
    """Everything that the scene and `told` hold, in one sentence or list. language: en, zh, zh-hant or of LANGUAGES."""
    if language == "en":
        return _english(scene, told, rng)
    if language.startswith("zh"):
        text = _chinese(scene, told, rng)
        return text.translate(_traditional()) if language == "zh-hant" else text
    return _listed(scene, told, language, rng)


def phrases_of(text: str) -> tuple[str, ...]:
    """The whole caption and then its phrases, as the painter will be asked: at most MAX_VECTORS, or neighbours join."""
    found, room = spans(text), MAX_VECTORS - 1
    if len(found) > room:
        groups = [found[len(found) * i // room : len(found) * (i + 1) // room] for i in range(room)]
        found = [(group[0][0], group[-1][1]) for group in groups]
    phrases = tuple(text[start:end] for start, end in found)
    return phrases if phrases == (text,) else (text, *phrases)


def _english(scene: Scene, told: Told, rng: np.random.Generator) -> str:
    bare = len(scene.things) == 1 and rng.random() < 0.25
    said = [_thing_en(scene, told, index, rng, bare=bare) for index in range(len(scene.things))]
    text = _joined(_related(scene, said, _pick("en", "relations", rng)), " and ")
    if told.details:
        text = _detailed(text, told.details["en"], rng)
    if len(scene.things) == 1 and scene.ground is None and not bare:
        text = _pick_word("en", "frames", "single", rng).replace("{}", text)
    rest = _circumstances(scene, "en", rng)
    if told.background:
        said_color = _pick_word("en", "colors", told.background, rng)
        rest.insert(0, _pick_word("en", "frames", "ground", rng).replace("{}", said_color))
    text = _with_circumstances(text, rest, rng)
    return _finish(text, told, "en", rng, ", ")


def _thing_en(scene: Scene, told: Told, index: int, rng: np.random.Generator, *, bare: bool) -> str:
    thing = scene.things[index]
    noun = _name(told.names[index]["en"], rng)
    words = [] if thing.size == "normal" else [_pick_word("en", "sizes", thing.size, rng)]
    words += [_pick_word("en", "colors", thing.color, rng)] if thing.color else []
    if thing.count > 1:
        number = NUMBERS[thing.count] if thing.count < len(NUMBERS) and rng.random() < 0.85 else str(thing.count)
        return " ".join([number, *words, plural(noun)])
    phrase = " ".join([*words, noun])
    return phrase if bare or is_plural(noun) else f"{_article(phrase)} {phrase}"


def _article(phrase: str) -> str:
    return "an" if phrase[0].lower() in "aeiou" and not phrase.lower().startswith(("uni", "eu", "one", "u.")) else "a"


def plural(noun: str) -> str:
    """The plural of an English noun phrase: "woman on a bench" -> "women on a bench"."""
    found = TAIL.search(noun)
    head, tail = (noun[: found.start()], noun[found.start() :]) if found else (noun, "")
    *front, word = head.split(" ")
    return " ".join([*front, _plural_word(word)]) + tail


TAIL = re.compile(r" (?:of|on|with|in|and|at)\b|(?<=man|son|boy|irl) \w+ing\b")


def _plural_word(word: str) -> str:
    if word in _irregular():
        return _irregular()[word]
    if word in INVARIANT or is_plural(word):
        return word
    if word in ("leaf", "loaf", "scarf", "shelf", "half"):
        return word[:-1] + "ves"
    if word == "knife":
        return "knives"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|z|ch|sh|[^aeiou]o)$", word) and word not in ("piano", "kimono") else "s")


def is_plural(noun: str) -> bool:
    """Whether a noun phrase is one already: "glasses", "pancakes"."""
    return bool(re.search(r"[^sui]s$", noun)) and not noun.endswith(("bus", "lens", "canvas", "christmas", "pancreas"))


INVARIANT = frozenset("sheep deer fish moose bison shrimp squid swordfish salmon jellyfish goldfish clownfish".split())


@cache
def _irregular() -> Mapping[str, str]:
    return {singular: plural for plural, singular in lexicon("en").plurals.items() if plural not in ("persons",)}


def _chinese(scene: Scene, told: Told, rng: np.random.Generator) -> str:
    bare = rng.random() < 0.3
    said = [_thing_zh(scene, told, index, rng, bare=bare) for index in range(len(scene.things))]
    text = _related_zh(scene, said, rng)
    if told.details:
        text = _detailed(text, told.details["zh"], rng, "，")
    if len(scene.things) == 1 and scene.ground is None and not bare:
        text = _pick_word("zh", "frames", "single", rng).replace("{}", text)
    rest = _circumstances(scene, "zh", rng)
    if told.background:
        said_color = _pick_word("zh", "colors", told.background, rng)
        rest.insert(0, _pick_word("zh", "frames", "ground", rng).replace("{}", said_color))
    if scene.ground and rest and rng.random() < 0.5:  # the place first, as Chinese likes it
        place, *others = rest
        verb = "有" if not bare and not scene.relations and rng.random() < 0.5 else "，"
        inside = "" if place[-1] in "上里下边畔内" else ("上" if scene.ground in ON_ZH else "里")
        text = "，".join([f"{place}{inside}{verb}{text}", *others])
    else:
        text = "，".join([text, *rest])
    return _finish(text, told, "zh", rng, "，")


ON_ZH = frozenset("meadow hills mountains sea beach river snow clouds".split())


def _thing_zh(scene: Scene, told: Told, index: int, rng: np.random.Generator, *, bare: bool) -> str:
    thing = scene.things[index]
    names = told.names[index].get("zh") or told.names[index]["en"]
    noun = _name(names, rng)
    size = "" if thing.size == "normal" else _pick_word("zh", "sizes", thing.size, rng) + "的"
    color = _pick_word("zh", "colors", thing.color, rng) if thing.color else ""
    if color:
        color += "的" if color[-1] != "色" or len(noun) > 1 or rng.random() < 0.5 else ""
    number = ""
    if thing.count > 1 or not bare:
        measure = "朵" if noun[-1] == "花" else _words("zh")["measures"].get(told.kinds[index], ("个",))[0]
        count = NUMBERS_ZH[thing.count] if thing.count < len(NUMBERS_ZH) else str(thing.count)
        number = count + measure
    return f"{number}{size}{color}{noun}"


def _related_zh(scene: Scene, said: Sequence[str], rng: np.random.Generator) -> str:
    """Things with what they wear, hold and ride; places are said with 在."""
    text, used = [], set()
    for relation in scene.relations:
        subject, other = said[relation.subject], said[relation.object]
        word = _pick_word("zh", "relations", relation.kind, rng)
        used |= {relation.subject, relation.object}
        if relation.kind in ("wearing", "holding", "riding"):
            text.append(f"{subject}{word}{other}")
        else:
            link = "" if relation.kind == "on" else "的"
            text.append(f"{subject}在{other}{link}{word}")
    text += [each for index, each in enumerate(said) if index not in used]
    return "和".join(text) if len(text) < 3 and not used else "，".join(text)


def _listed(scene: Scene, told: Told, language: str, rng: np.random.Generator) -> str:
    words = _listing(language)
    text = []
    for thing, names in zip(scene.things, told.names, strict=True):
        noun = names.get(language, names["en"])[0]
        number = "" if thing.count == 1 else words.get(f"counts/{thing.count}", str(thing.count))
        color = words.get(f"colors/{thing.color}", "") if thing.color else ""
        pieces = (number, noun, color) if lexicon(language).color_after else (number, color, noun)
        text.append((" " if language not in ("ja", "th") else "").join(filter(None, pieces)))
    facts = [("grounds", scene.ground), ("seasons", scene.season), ("times", scene.sky.time)]
    facts += [("weathers", scene.sky.weather), *(("features", name) for name in scene.sky.features)]
    text += [words[f"{section}/{value}"] for section, value in facts if f"{section}/{value}" in words]
    if told.background and f"colors/{told.background}" in words:
        text.append(words[f"colors/{told.background}"])
    return ("、" if language == "ja" else ", ").join(text)


@cache
def _listing(language: str) -> Mapping[str, str]:
    """ "colors/red" -> the first word of the reader's table that is no stem, or the stem itself."""
    data = tomllib.loads((files("mengbi.text") / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    found = {}
    for section in ("colors", "counts", "grounds", "times", "weathers", "features", "seasons"):
        for value, text in data.get(section, {}).items():
            words = [word.strip() for word in text.replace("\n", " ").split(",")]
            found[f"{section}/{value}"] = next((w for w in words if "*" not in w), words[0].replace("*", ""))
    return found


def _related(scene: Scene, said: Sequence[str], word: Mapping[str, str]) -> list[str]:
    """Things, each with those that it is related to: "a cat wearing a crown"."""
    follows: dict[int, list[Relation]] = {}
    for relation in scene.relations:
        follows.setdefault(relation.subject, []).append(relation)
    hanging = {relation.object for relation in scene.relations}

    def tell(index: int) -> str:
        return " ".join([said[index], *(f"{word[r.kind]} {tell(r.object)}" for r in follows.get(index, ()))])

    return [tell(index) for index in range(len(said)) if index not in hanging]


def _joined(parts: Sequence[str], last: str) -> str:
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _circumstances(scene: Scene, language: str, rng: np.random.Generator) -> list[str]:
    facts = [("grounds", scene.ground), ("seasons", scene.season), ("times", scene.sky.time)]
    facts += [("weathers", scene.sky.weather), *(("features", name) for name in scene.sky.features)]
    said = [_pick_word(language, section, value, rng) for section, value in facts if value]
    if scene.sky.time == "night" and scene.sky.weather == "clear":  # no night is sunny
        ways = _words(language)["weathers"]["clear"]
        said = [ways[0] if word in ways else word for word in said]
    return said


def _with_circumstances(text: str, rest: Sequence[str], rng: np.random.Generator) -> str:
    """Words that need no comma follow as they are, most of the time."""
    flowing = rng.random() < 0.7
    for part in rest:
        fits = flowing and part.split()[0] in ("in", "on", "at", "by", "under", "above", "before", "underwater", "with")
        text += f" {part}" if fits else f", {part}"
    return text


def _detailed(text: str, details: Sequence[str], rng: np.random.Generator, comma: str = ", ") -> str:
    """Some of the details, in their order."""
    some = [detail for detail in details if rng.random() < 0.75]
    return comma.join([text, *some])


def _finish(text: str, told: Told, language: str, rng: np.random.Generator, comma: str) -> str:
    return f"{text}{comma}{_pick_word(language, 'hands', told.hand, rng)}" if told.hand else text


def _name(names: Sequence[str], rng: np.random.Generator) -> str:
    """The usual name most often; never one that is an explanation, if there is another."""
    short = [name for name in names if ":" not in name and "," not in name] or names
    return short[0] if len(short) == 1 or rng.random() < 0.6 else short[int(rng.integers(len(short)))]


def _pick_word(language: str, section: str, value: str, rng: np.random.Generator) -> str:
    ways = _words(language)[section][value]
    return ways[0] if len(ways) == 1 or rng.random() < 0.4 else ways[int(rng.integers(len(ways)))]


def _pick(language: str, section: str, rng: np.random.Generator) -> Mapping[str, str]:
    return {value: _pick_word(language, section, value, rng) for value in _words(language)[section]}


@cache
def _words(language: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    data = tomllib.loads((Path(__file__).parent / "captions.toml").read_text(encoding="utf-8"))[language]
    return {
        section: {value: tuple(way.strip() for way in text.split("|")) for value, text in table.items()}
        for section, table in data.items()
    }


@cache
def _traditional() -> Mapping[int, str]:
    """Simplified characters to traditional ones, one to one: what captions mean by them where there are two."""
    data = tomllib.loads((files("mengbi.text") / "words" / "traditional.toml").read_text(encoding="utf-8"))
    found = {ord(simple): old for simple, old in zip(data["simplified"], data["traditional"], strict=True)}
    return found | {ord(simple): old for simple, old in zip("只里面台表发", "隻裡面台表髮", strict=True)}
