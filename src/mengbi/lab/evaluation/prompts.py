"""Prompts whose right answer is known, each in English and in Chinese (after GenEval, Ghosh et al. 2023).

Facts and wordings are drawn by chance from a fixed seed, so they are the same for everybody. The wordings are this
file's own: nothing here was used to caption what the painter learns from.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import cycle, islice
from typing import TypeVar

import numpy as np

from mengbi.assets import concepts
from mengbi.lab.evaluation.words import ASKED, COLORS, DYED, WORDS
from mengbi.noise import generator
from mengbi.scene import Relation, Scene, Thing

T = TypeVar("T")

LANGUAGES = ("en", "zh")
KINDS = ("object", "color", "count", "position")
EACH = 80
"""Prompts of each kind."""
SEED = 8
COLORS_ASKED = COLORS[:10]  # grey is everybody's shadow
RELATIONS = ("left of", "right of", "on", "under", "above")
NUMBERS = {"en": ("", "one", "two", "three", "four"), "zh": ("", "一", "两", "三", "四")}
ZH_COLORS = dict(zip(COLORS, "红 橙 黄 绿 蓝 紫 粉 棕 黑 白 灰".split(), strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """What is asked for."""

    kind: str  # one of KINDS: how the answer is scored
    scene: Scene  # the facts: things with colour and count, and relations
    texts: Mapping[str, str]  # by language


def prompts(each: int = EACH) -> tuple[Prompt, ...]:
    """`each` prompts of every kind, the kinds in turn: any number from the first on is a fair sample of them."""
    made = [MAKERS[kind](each, generator(SEED, place)) for place, kind in enumerate(KINDS)]
    return tuple(prompt for row in zip(*made, strict=True) for prompt in row)


def _objects(count: int, rng: np.random.Generator) -> list[Prompt]:
    """Three quarters ask for one thing, a quarter for two."""
    made = []
    names = _turns(ASKED, rng)
    for place in range(count):
        pair = place % 4 == 3
        things = tuple(Thing(concept=next(names)) for _ in range(2 if pair else 1))
        made.append(_told("object", "two" if pair else "object", Scene(things=things), rng))
    return made


def _colors(count: int, rng: np.random.Generator) -> list[Prompt]:
    made = []
    names, shades = _turns(DYED, rng), _turns(COLORS_ASKED, rng)
    for place in range(count):
        pair = place % 4 == 3
        things = tuple(Thing(concept=next(names), color=next(shades)) for _ in range(2 if pair else 1))
        made.append(_told("color", "colors" if pair else "color", Scene(things=things), rng))
    return made


def _counts(count: int, rng: np.random.Generator) -> list[Prompt]:
    names, numbers = _turns(ASKED, rng), _turns((2, 3, 4), rng)
    things = [Thing(concept=next(names), count=next(numbers)) for _ in range(count)]
    return [_told("count", "count", Scene(things=(thing,)), rng) for thing in things]


def _positions(count: int, rng: np.random.Generator) -> list[Prompt]:
    """Left and right twice as often as the other three; on something stands only what is no taller than it."""
    made = []
    names, kinds = _turns(ASKED, rng), cycle(("left of", "right of", "on", "left of", "right of", "under", "above"))
    for kind in islice(kinds, count):
        pair = [next(names), next(names)]
        if kind in ("on", "under"):
            pair.sort(key=lambda name: concepts()[name].height)
        scene = Scene(
            things=tuple(Thing(concept=name) for name in pair), relations=(Relation(subject=0, kind=kind, object=1),)
        )
        made.append(_told("position", kind.split(maxsplit=1)[0], scene, rng))
    return made


MAKERS = {"object": _objects, "color": _colors, "count": _counts, "position": _positions}


def _turns(items: Sequence[T], rng: np.random.Generator) -> Iterator[T]:
    """Each item once in every round, every round in another order; never the same twice in a row."""
    last: T | None = None
    while True:
        order = [items[place] for place in rng.permutation(len(items))]
        if order[0] == last:
            order.append(order.pop(0))
        yield from order
        last = order[-1]


def _told(kind: str, wording: str, scene: Scene, rng: np.random.Generator) -> Prompt:
    texts = {}
    for language in LANGUAGES:
        choice = wordings()[wording][language]
        pattern = choice[int(rng.integers(len(choice)))]
        places = dict(zip(("a", "b"), scene.things, strict=False))
        words = {name: SAY[language](thing) for name, thing in places.items()}
        words |= {name.upper(): SAY_AGAIN[language](thing) for name, thing in places.items()}
        first = scene.things[0]
        color = first.color or ""
        texts[language] = pattern.format(**words, c=color if language == "en" or not color else f"{ZH_COLORS[color]}色")
    return Prompt(kind=kind, scene=scene, texts=texts)


@cache
def wordings() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Kind of wording -> language -> patterns."""
    return tomllib.loads((files(__package__) / "prompts.toml").read_text(encoding="utf-8"))


def english(thing: Thing) -> str:
    """ "a red cat", "three cats"."""
    word = WORDS[thing.concept]
    if thing.count > 1:
        return " ".join(filter(None, (NUMBERS["en"][thing.count], thing.color, word.many)))
    noun = " ".join(filter(None, (thing.color, word.one)))
    return f"{'an' if (noun[0] in 'aeiou' and noun[:3] != 'uni') or noun[:4] == 'hour' else 'a'} {noun}"


def chinese(thing: Thing) -> str:
    """ "一只红色的猫", "三只猫"."""
    word = WORDS[thing.concept]
    color = f"{ZH_COLORS[thing.color]}色的" if thing.color else ""
    return f"{NUMBERS['zh'][thing.count]}{word.measure}{color}{word.zh}"


SAY = {"en": english, "zh": chinese}
SAY_AGAIN = {"en": lambda thing: WORDS[thing.concept].one, "zh": lambda thing: WORDS[thing.concept].zh}
