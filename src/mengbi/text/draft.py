"""What both grammars fill while they read: things, how they stand to each other, and facts about the scene."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product

from mengbi.assets import concepts
from mengbi.scene import FEATURES, MAX_COUNT, TINTS, Feature, Relation, Scene, Sky, Thing
from mengbi.text.lexicon import general, traits
from mengbi.text.noun import FLIES, FLOATS, Modifiers, Noun
from mengbi.text.tokens import MANY, Token

FACTS = ("ground", "time", "weather", "feature", "season", "mood")
OWNED = ("wearing", "holding", "riding")
"""Roles of tokens, and relations that tie a thing to whom it belongs."""

_MAX_THINGS = 24
"""More things than this in one picture cannot be seen any more; the rest are reported as unknown."""

PLURAL = 3
"""A plural without a number: the fewest that look like several."""

WHOLES = {"building": "house", "plant": "tree", "vehicle": "ship"}
"""What is drawn for a part, "on the roof", where nothing that has one was named."""

_PAIR = frozenset(("a pair of", "pair of", "一对", "一双", "双", "一副"))
_DREAMS = frozenset(("dream", "dreams", "dreamscape", "nightmare", "fantasy", "梦", "梦境", "仙境", "童话", "童话世界"))
"""Moods that are nouns, and so may have a colour."""
_HOLLOW = ("container", "plant", "building", "vehicle")
_ONE = frozenset(("shooting star", "falling star", "meteor", "star", "cloud", "white cloud", "流星", "云", "云朵"))
"""Words for one of what the sky mostly has many of: "a star" is a single one."""
_SINGLE = {"crossed-swords": "sword"}
_LIFTED = {"island": "floating-island"}
"""What is drawn of those that are in the air."""
_WET = ("sea", "lake", "river", "beach", "underwater")
_TIED = ("on", "in", "under", "above", "riding")
_HEAVENS = {
    "blue": ("day", "clear"), "cyan": ("day", "clear"), "red": ("sunset", ""), "orange": ("sunset", ""),
    "gold": ("sunset", ""), "yellow": ("sunset", ""), "pink": ("sunset", ""), "purple": ("sunset", ""),
    "black": ("night", ""), "gray": ("", "cloudy"),
}  # fmt: skip
"""The hour and the weather at which the sky, or the clouds, have such a colour."""
_NIGHTLY = ("moon", "crescent", "stars", "aurora", "meteors", "fireworks")
_FLYING = ("air", "space")
_WORN = ("on", "in", "at", "beside", "above")
"""What may be said of clothes that are worn: a hat on its head."""

PASSIVE = {"wearing": "worn by", "holding": "held by", "riding": "ridden by", "behind": "followed by"}
_ACTIVE = {passive: active for active, passive in PASSIVE.items()}


@dataclass(kw_only=True, slots=True)
class Draft:
    """A scene in the making."""

    nouns: list[Noun] = field(default_factory=list)
    links: dict[tuple[int, int], tuple[str, bool]] = field(
        default_factory=dict
    )  # (subject, object) -> kind, and whether surely
    facts: list[tuple[str, str]] = field(default_factory=list)
    denied: set[tuple[str, str]] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    marked: dict[str, tuple[int | None, str | None]] = field(default_factory=dict)  # sky features: count and colour
    tint: list[str] = field(default_factory=list)  # colours of the whole picture
    hints: list[tuple[str, str]] = field(default_factory=list)  # facts that only follow from words: what is said wins
    sky_color: str | None = None
    ground_color: str | None = None

    def fact(self, token: Token, said: Modifiers) -> None:
        """Keeps a fact about the scene, with what was said of it."""
        self.facts.append((token.role, token.value))
        color = said.colors[0].value if said.colors else None
        many = said.count if (said.count or 1) > 1 or token.text in _ONE else None
        if token.role == "feature" and (color or many):
            count, shade = self.marked.get(token.value, (None, None))
            self.marked[token.value] = (many or count, color or shade)
            if token.value == "clouds":
                self._follows(color)
        elif token.role == "ground" and color and token.value == _first(self.facts, "ground"):
            self.ground_color = self.ground_color or color
        elif token.role == "mood" and token.text in _DREAMS:
            self.tint += [each.value for each in said.colors]
            said.colors = []

    def sky(self, said: Modifiers) -> None:
        """A sky of some colour; every sky of a clear day is blue."""
        color = said.colors[0].value if said.colors else None
        self.sky_color = self.sky_color or (color if color != "blue" else None)
        self._follows(color)

    def _follows(self, color: str | None) -> None:
        """From the colour of the sky or the clouds, the hour and the weather."""
        time, weather = _HEAVENS.get(color or "", ("", ""))
        self.hints += [("time", time)] * bool(time) + [("weather", weather)] * bool(weather)

    def _hints(self) -> list[tuple[str, str]]:
        dark = any(role == "feature" and value in _NIGHTLY for role, value in self.facts)
        return [hint for hint in self.hints if not (dark and hint[0] == "time")]

    def lift(self, numbers: list[int], how: int) -> None:
        """These are in the air."""
        for number in numbers:
            self.nouns[number].lift = max(self.nouns[number].lift, how)

    def name(self, token: Token, said: Modifiers, *, but: list[int], again: bool) -> list[int]:
        """The numbers of what a noun names: one that was named before, or new things, one for each colour.

        but: whom it cannot be, for nothing stands beside itself. again: whether it speaks of what was named before.
        Empty where no more things fit.
        """
        color = said.colors[0].value if said.colors else None
        several = token.plural or (said.count or 1) > 1
        for number in range(len(self.nouns) - 1, -1, -1):
            noun = self.nouns[number]
            fits = noun.concept == token.value and number not in but and color in (None, noun.color or color)
            spoken = noun.implied or token.implied or (noun.vague and several)
            if fits and (spoken or (again and said.count is None)):
                noun.color, noun.size = noun.color or color, noun.size or said.size
                noun.count = min((said.count if noun.vague else None) or noun.count, MAX_COUNT)
                noun.vague, noun.implied = noun.vague and token.implied, noun.implied and token.implied
                noun.spread, noun.lift = noun.spread or said.spread, max(noun.lift, said.lift)
                return [number]
        if again and not said and not token.plural:
            meant = general().get(token.value, frozenset())
            if found := [n for n, noun in enumerate(self.nouns) if noun.concept in meant and n not in but][-1:]:
                return found
        split = several or (said.count is None and not token.spaced)
        if len(said.colors) < 2 or not split:
            return self._add(token, color, said.count or (PLURAL if token.plural else 1), said)
        total = said.count or len(said.colors) * (2 if token.plural else 1)
        shares = [total * (i + 1) // len(said.colors) - total * i // len(said.colors) for i in range(len(said.colors))]
        shares.sort(reverse=True)
        return [
            number
            for each, share in zip(said.colors, shares, strict=True)
            for number in self._add(token, each.value, max(1, share), said)
        ]

    def _add(self, token: Token, color: str | None, count: int, said: Modifiers) -> list[int]:
        if len(self.nouns) >= _MAX_THINGS:
            self.unknown.append(token.own)
            return []
        concept = token.value
        single = _SINGLE.get(concept) or concept.removesuffix("s")
        if said.count and single in concepts():
            concept = single  # "two books" are no two piles of them
        if said.phrase in _PAIR and concept in traits()["pair"]:
            count = 1  # a pair of sunglasses
        elif concept in traits()["twin"]:
            count = (count + 1) // 2  # "two socks" are one drawing, which shows two
        bare = not said and (token.plural or not token.spaced)  # Chinese says no plural
        vague = token.implied or bare or (said.phrase != "" and said.phrase == token.text)
        self.nouns.append(
            Noun(
                concept=concept,
                words=token.own,
                color=color,
                count=min(count, MAX_COUNT),
                size=said.size,
                vague=vague,
                implied=token.implied,
                spread=said.spread,
                lift=said.lift,
            )
        )
        return [len(self.nouns) - 1]

    def whole(self, part: str) -> list[int]:
        """The thing named last that has such a part: the house, of a roof."""
        having = [number for number in range(len(self.nouns)) if self.is_a(part, number)]
        return having[-1:]

    def link(self, subjects: list[int], kind: str, things: list[int]) -> None:
        """Every subject stands so to every thing; "with", "in" and "on" are made exact by what the two are."""
        for subject in subjects:
            for thing in things:
                if subject == thing or (kind == "at" and self.is_a("animate", thing)):
                    continue
                first, exact, second, sure = self._exact(subject, kind, thing)
                old = self.links.get((first, second)) or self.links.get((second, first))
                if old is None or (sure and not old[1]):
                    self.links.pop((second, first), None)
                    self.links[first, second] = (exact, sure)

    def unlink(self, subjects: list[int], kind: str, things: list[int]) -> None:
        """Takes back that these stand so."""
        for pair in product(subjects, things):
            if self.links.get(pair, ("", False))[0] == kind:
                del self.links[pair]

    def is_a(self, trait: str, number: int) -> bool:
        """Whether the concept of a thing has a trait."""
        return self.nouns[number].concept in traits()[trait]

    def at_home(self, number: int) -> str:
        """Where things of its kind are at home: land, water, air…"""
        return concepts()[self.nouns[number].concept].home

    def late(self, about: list[int], said: Modifiers) -> list[int]:
        """Gives a colour to the last of those named before, and of "two cats, one black" to one of them; about whom."""
        noun, color = self.nouns[about[-1]], said.colors[0].value
        part = said.count or noun.count
        if noun.color or part >= noun.count or len(self.nouns) >= _MAX_THINGS:
            noun.color = noun.color or color
            return about
        noun.count -= part
        self.nouns.append(replace(noun, color=color, count=part))
        old, new = about[-1], len(self.nouns) - 1
        for (a, b), link in list(self.links.items()):
            if old in (a, b):
                self.links[new if a == old else a, new if b == old else b] = link
        return [*about[:-1], new, old]

    def alive(self, numbers: list[int]) -> list[int]:
        """Those who can do something: of a lantern and a mermaid playing the harp, only the mermaid."""
        return [number for number in numbers if self.is_a("animate", number)]

    def dress(self, subjects: list[int], token: Token) -> None:
        """A girl who is dressed as a fairy is drawn as one; a cat stays a cat."""
        if token.value in traits()["person"] and all(self.is_a("person", subject) for subject in subjects):
            for subject in subjects:
                self.nouns[subject].concept = token.value
        else:
            self.unknown.append(token.own)

    def _exact(self, subject: int, kind: str, thing: int) -> tuple[int, str, int, bool]:
        """What a word about two things means for these two: subject, kind, object, and whether that is sure."""
        if kind in _ACTIVE:
            return self._exact(thing, _ACTIVE[kind], subject)
        worn = self.is_a("animate", subject) and self.is_a("wearable", thing)
        if worn and kind in ("with", "full", "in", "bearing", "winding"):
            return subject, "wearing", thing, True
        if kind == "on" and self.is_a("person", subject) and self.is_a("rideable", thing):
            return subject, "riding", thing, True
        if kind in ("bearing", "loaded"):  # a hedgehog that carries an apple on its back, a rocket that carries apes
            return thing, "on" if self.is_a("animate", subject) else "in", subject, True
        if kind == "riding" and not self.is_a("animate", subject):
            return subject, "beside" if self.is_a("animate", thing) else "on", thing, True
        if kind == "riding" and not (self.is_a("rideable", thing) or self.is_a("vehicle", thing)):
            kind = "holding" if self.is_a("portable", thing) else kind  # flying a kite
        if kind == "wearing" and not self.is_a("wearable", thing):
            return subject, "holding", thing, True
        if kind == "holding" and not self.is_a("animate", subject):
            kind = "loaded" if self.is_a("vehicle", subject) else "full"  # a basket that holds apples
        if kind == "holding" and self.is_a("heavy", thing):
            return subject, "beside", thing, True
        if kind in ("with", "full", "loaded"):
            return self._with(subject, kind, thing)
        return subject, self._place(subject, kind, thing), thing, True

    def _with(self, subject: int, kind: str, thing: int) -> tuple[int, str, int, bool]:
        """A bowl with apples has them in it, a girl with a balloon holds it; else the one is beside the other."""
        if self.is_a("container", subject) or (kind != "with" and self.is_a("vehicle", subject)):
            return thing, self._place(thing, "in", subject), subject, True
        if kind == "full" and self.is_a("plant", subject):
            return thing, "on", subject, True
        if kind == "with" and self.is_a("animate", subject) and self.is_a("portable", thing):
            return subject, "holding", thing, True
        if kind == "with" and self.is_a("surface", subject) and self.is_a("portable", thing):
            return thing, "on", subject, True
        return thing, "beside", subject, False

    def _place(self, subject: int, kind: str, thing: int) -> str:
        """The relation of a Scene that a word of place means between these two."""
        if kind in ("at", "winding"):
            return "beside"
        if kind == "crossing":
            return "on" if self.is_a("surface", thing) else "beside"
        if kind == "hanging":
            return "on" if self.is_a("plant", thing) else "under"
        if kind in ("in", "inside"):
            if self.is_a("surface", thing):
                return "on"
            among = self.nouns[thing].count > 1 and not any(self.is_a(each, thing) for each in _HOLLOW)
            return "beside" if among else "in"
        if kind == "above" and self.nouns[thing].concept == "bridge":
            return "above" if concepts()[self.nouns[subject].concept].home in _FLYING else "on"
        return kind

    def scene(self) -> Scene:
        """The facts as a Scene: what was denied is gone, and of two grounds the first stays."""
        facts = [fact for fact in dict.fromkeys([*self.facts, *self._hints()]) if fact not in self.denied]
        ground, weather = _first(facts, "ground"), _first(facts, "weather")
        others = [value for role, value in facts if role == "ground" and value != "snow"]
        if ("ground", "snow") in facts and others:  # a house in the snow, by the sea
            ground, weather = others[0], weather or "snow"
        rooms = [] if ground else self._rooms()
        gone = {*rooms, *self._fittings()}
        kept = [i for i, noun in enumerate(self.nouns) if ("thing", noun.concept) not in self.denied and i not in gone]
        place = {old: new for new, old in enumerate(kept)}
        return Scene(
            things=tuple(self._thing(i, ground) for i in kept),
            relations=tuple(
                Relation(subject=place[a], kind=kind, object=place[b])
                for (a, b), (kind, _) in self.links.items()
                if a in place and b in place
            ),
            sky=Sky(
                time=_first(facts, "time"),
                weather=weather,
                features=(features := tuple(name for name in FEATURES if ("feature", name) in facts)),
                color=self.sky_color,
                marked=tuple(
                    Feature(name=name, count=self.marked[name][0], color=self.marked[name][1])
                    for name in features
                    if name in self.marked
                ),
            ),
            ground="room" if rooms else ground,
            season=_first(facts, "season"),
            mood=_first(facts, "mood"),
            tint=tuple(dict.fromkeys(color for color in self.tint if color != "rainbow"))[:TINTS],
            ground_color=self.ground_color if ground else None,
            unknown=tuple(dict.fromkeys(self.unknown)),
        )

    def _thing(self, number: int, ground: str | None) -> Thing:
        noun = self.nouns[number]
        wet = ground in _WET or self.at_home(number) in ("water", "underwater")
        tied = any(number == a and kind in _TIED for (a, _), (kind, _) in self.links.items())
        aloft = noun.lift == FLIES or (noun.lift == FLOATS and not wet)
        return Thing(
            concept=_LIFTED.get(noun.concept, noun.concept) if aloft else noun.concept,
            words=noun.words,
            color=noun.color,
            count=noun.count,
            size=noun.size or "normal",
            aloft=aloft,
            spread=noun.spread and not tied,
        )

    def gather(self, numbers: list[int], count: int = MANY) -> None:
        """A camel caravan: many camels, where no number was said."""
        for number in numbers:
            self.nouns[number].count = count if self.nouns[number].count == 1 else self.nouns[number].count

    def bring(self, subjects: list[int], things: list[int], kind: str, about: list[int]) -> None:
        """Says how things that somebody has stand to whom: on the left, on its back. Clothes stay worn."""
        for subject, thing in product(subjects, things):
            link = self.links.get((subject, thing), ("", False))[0]
            if link in OWNED and (kind == "holding" or (link == "wearing" and kind in _WORN)):
                continue
            if kind == "holding":  # a woman with a cat in her arms
                self.link([subject], kind, [thing])
                continue
            self.links.pop((subject, thing), None)
            self.links.pop((thing, subject), None)
            for other in about:
                self.links[thing, other] = (self._place(thing, kind, other), True)

    def meant(self, pronoun: str, about: list[int], but: list[int]) -> list[int]:
        """Whom a pronoun points at: whom the sentence is about, unless "them", "him" or "it" fits others only."""
        fits = next((fit for words, fit in _POINTS if any(word.startswith(words) for word in pronoun.split())), None)
        if fits is None or (about and fits(self, about)):
            return about
        found = [n for n in reversed(range(len(self.nouns))) if n not in but and fits(self, [n])]
        return found[:1] or about

    def _fittings(self) -> list[int]:
        """Doors and windows of which no more is said than that a house has them: its drawing has its own."""
        doors = [number for number in range(len(self.nouns)) if self.is_a("fitting", number)]
        beside = {door: [a + b - door for a, b in self.links if door in (a, b)] for door in doors}
        return [door for door, others in beside.items() if len(others) == 1 and self.is_a("building", others[0])]

    def _rooms(self) -> list[int]:
        """Houses that are seen from inside, for there is furniture in the picture."""
        inside = {b for (_, b), (kind, _) in self.links.items() if kind == "in" and self.is_a("building", b)}
        indoors = any(self.is_a("indoor", number) for number in range(len(self.nouns)))
        return sorted(inside) if indoors else []


def _plural(draft: Draft, numbers: list[int]) -> bool:
    return len(numbers) > 1 or draft.nouns[numbers[0]].count > 1


_POINTS: tuple[tuple[tuple[str, ...], Callable[[Draft, list[int]], bool]], ...] = (
    (("them", "their"), _plural),
    (("him", "his", "her"), lambda draft, numbers: draft.is_a("animate", numbers[0])),
    (("it",), lambda draft, numbers: not (_plural(draft, numbers) or draft.is_a("person", numbers[0]))),
)
"""What a pronoun begins with, and whom it can mean."""


def _first(facts: list[tuple[str, str]], role: str) -> str | None:
    return next((value for kind, value in facts if kind == role), None)
