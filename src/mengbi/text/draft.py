"""What both grammars fill while they read: things, how they stand to each other, and facts about the scene."""

from dataclasses import dataclass, field

from mengbi.scene import FEATURES, MAX_COUNT, Relation, Scene, Sky, Thing
from mengbi.text.lexicon import traits
from mengbi.text.tokens import Token

_MAX_THINGS = 24
"""More things than this in one picture cannot be seen any more; the rest are reported as unknown."""

PLURAL, MANY = 3, 7
"""A plural without a number, the fewest that look like several; and a herd."""


@dataclass(kw_only=True, slots=True)
class Modifiers:
    """What was said of a noun that is still to come."""

    color: Token | None = None
    count: int | None = None
    size: str | None = None

    def __bool__(self) -> bool:
        return self.color is not None or self.count is not None or self.size is not None


@dataclass(kw_only=True, slots=True)
class Noun:
    """A thing while it is being read."""

    concept: str
    words: str
    color: str | None
    count: int
    size: str | None


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

    def noun(self, token: Token, said: Modifiers) -> int | None:
        """Adds a thing and returns its number, or None where no more fit."""
        if len(self.nouns) >= _MAX_THINGS:
            self.unknown.append(token.text)
            return None
        count = said.count or (PLURAL if token.plural else 1)
        if said.count == 2 and token.value in traits()["wearable"]:
            count = 1  # a pair of sunglasses
        color = said.color.value if said.color else None
        self.nouns.append(
            Noun(concept=token.value, words=token.text, color=color, count=min(count, MAX_COUNT), size=said.size)
        )
        return len(self.nouns) - 1

    def link(self, subjects: list[int], kind: str, things: list[int]) -> None:
        """Every subject stands so to every thing; "with", "in" and "on" are made exact by what the two are."""
        for subject in subjects:
            for thing in things:
                if subject == thing:
                    continue
                first, exact, second, sure = self._exact(subject, kind, thing)
                old = self.links.get((first, second)) or self.links.get((second, first))
                if old is None or (sure and not old[1]):
                    self.links.pop((second, first), None)
                    self.links[first, second] = (exact, sure)

    def is_a(self, trait: str, number: int) -> bool:
        """Whether the concept of a thing has a trait."""
        return self.nouns[number].concept in traits()[trait]

    def _exact(self, subject: int, kind: str, thing: int) -> tuple[int, str, int, bool]:
        if kind in ("with", "in", "on") and self.is_a("animate", subject) and self.is_a("wearable", thing):
            return subject, "wearing", thing, True
        if kind == "on" and self.is_a("person", subject) and self.is_a("rideable", thing):
            return subject, "riding", thing, True
        if kind == "wearing" and not self.is_a("wearable", thing):
            return subject, "holding", thing, True
        if kind != "with":
            return subject, kind, thing, True
        if self.is_a("container", subject):
            return thing, "in", subject, True
        if self.is_a("animate", subject) and self.is_a("portable", thing):
            return subject, "holding", thing, True
        return thing, "beside", subject, False

    def scene(self) -> Scene:
        """The facts as a Scene: what was denied is gone, and of two grounds the first stays."""
        kept = [i for i, noun in enumerate(self.nouns) if ("thing", noun.concept) not in self.denied]
        place = {old: new for new, old in enumerate(kept)}
        facts = [fact for fact in dict.fromkeys(self.facts) if fact not in self.denied]
        ground, weather = _first(facts, "ground"), _first(facts, "weather")
        others = [value for role, value in facts if role == "ground" and value != "snow"]
        if ground == "snow" and others:  # a house in the snow, by the sea
            ground, weather = others[0], weather or "snow"
        return Scene(
            things=tuple(_thing(self.nouns[i]) for i in kept),
            relations=tuple(
                Relation(subject=place[a], kind=kind, object=place[b])
                for (a, b), (kind, _) in self.links.items()
                if a in place and b in place
            ),
            sky=Sky(
                time=_first(facts, "time"),
                weather=weather,
                features=tuple(name for name in FEATURES if ("feature", name) in facts),
            ),
            ground=ground,
            season=_first(facts, "season"),
            mood=_first(facts, "mood"),
            unknown=tuple(dict.fromkeys(self.unknown)),
        )


def _thing(noun: Noun) -> Thing:
    return Thing(concept=noun.concept, words=noun.words, color=noun.color, count=noun.count, size=noun.size or "normal")


def _first(facts: list[tuple[str, str]], role: str) -> str | None:
    return next((value for kind, value in facts if kind == role), None)
