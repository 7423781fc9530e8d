"""The grammar of languages that put a preposition before its noun: English, and those near it in this."""

import re
from dataclasses import dataclass, replace

from mengbi.text.draft import FACTS, MODIFIERS, OWNED, WHOLES, Draft, Modifiers
from mengbi.text.lexicon import lexicon, traits
from mengbi.text.tokens import MANY, Reading, Token

_END = Token(role="break", value=".")
_VERB = re.compile(r"(ing|ed|[^s]s)$")
"""Endings of English verbs that no table holds."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A preposition that waits for its noun."""

    kind: str
    subjects: list[int]
    opens: bool = False  # it opens the clause, and its subject may come after it: "under the tree, …"


def read_prepositions(reading: Reading) -> Draft:
    """Reads tokens from left to right into a Draft."""
    reader = _Reader(reading)
    for i, token in enumerate(reading.tokens):
        reader.read(i, token)
    reader.close_phrase()
    reader.close_sentence()
    return reader.draft


class _Reader:
    """Remembers whom the sentence is about, what was said of the noun to come, and which preposition waits for one."""

    def __init__(self, reading: Reading) -> None:
        self.tokens = reading.tokens
        self.phrases = lexicon(reading.language).phrases
        self.alone = lexicon(reading.language).alone
        self.color_after = lexicon(reading.language).color_after
        self.draft = Draft()
        self.said = Modifiers()
        self.topic: list[int] = []  # whom the sentence is about
        self.before: list[int] = []  # whom it was about before
        self.last: list[int] = []  # the noun or nouns that stand nearest
        self.waiting: _Waiting | None = None
        self.fronted: list[tuple[str, list[int]]] = []  # "under the tree, …": kind and object
        self.settled: list[tuple[str, list[int]]] = []  # those of the noun before: "on the table a cup and …"
        self.opened: tuple[_Waiting, list[int]] | None = None  # "behind the temple": does "grows a tree" follow?
        self.sticky: tuple[str, list[int]] | None = None  # wearing a hat and …
        self.joined = False  # "and" stood right before
        self.moved = False  # a verb stood since the last noun: what follows is about the topic
        self.predicate = False  # "is" stood right before
        self.denying = False
        self.likening = False  # "like sheep": there are no sheep
        self.definite = False  # "the" stood before
        self.acting = False  # a verb that no table knows waits for its object
        self.opening = True  # no noun stood in this clause
        self.fresh = True  # nor in this sentence
        self.placed = False  # the nearest noun is a place
        self.sides: dict[str, int] = {}
        self.side: str | None = None

    def read(self, i: int, token: Token) -> None:
        if token.role in MODIFIERS:
            self.modify(i, token)
        elif token.role in FACTS:
            self.fact(token)
        elif token.role == "thing":
            self.thing(i, token)
        elif token.role == "part":
            self.part(i, token)
        elif token.role in ("relation", "with", "full", "verb", "between", "as"):
            self.relation(token)
        elif token.role == "him":
            self.pronoun(i)
        else:
            self.small_word(i, token)

    def modify(self, i: int, token: Token) -> None:
        if token.role == "count":
            self.said.counted(token)
        elif token.role == "size":
            self.said.size = token.value
        elif self.color_after and self._follows_noun(i):
            self.draft.nouns[self.last[-1]].color = self.draft.nouns[self.last[-1]].color or token.value
        elif not self.said.colors or self.joined:
            self.joined = self.joined and not self.said.colors
            self.said.colors.append(token)

    def _follows_noun(self, i: int) -> bool:
        return (
            i > 0
            and bool(self.last)
            and self.tokens[i - 1].role in ("thing", "color", "other", "unknown", "size", "is")
        )

    def fact(self, token: Token) -> None:
        if any(meaning.role == "feature" for color in self.said.colors for meaning in self.alone.get(color.text, ())):
            self.close_phrase()  # a rainbow over the sea
        if token.value == "clouds" and self.waiting and self.waiting.kind in ("above", "on", "in"):
            token = replace(token, role="ground")
        self.placed = token.role == "ground"
        self.opening = self.opening and token.role != "feature"
        if self.likening:
            self.likening = False
            self.draft.unknown.append(token.own)
        elif self.denying:
            self.draft.denied.add((token.role, token.value))
        else:
            self.draft.facts.append((token.role, token.value))
        if token.role != "mood":
            self.said = Modifiers()
            self.waiting = None
        self.joined = self.predicate = self.definite = False

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        if self.likening or self._describes(i):
            self.draft.unknown.append(token.own)
            self.likening, self.said = False, self.said if not self.likening else Modifiers()
            return
        if self.waiting and self.waiting.kind == "as":
            self.draft.dress(self.waiting.subjects, token)
            self.waiting, self.said = None, Modifiers()
            return
        again = self.definite or (self.waiting is not None and not token.plural)
        but = self.waiting.subjects if self.waiting else []
        numbers = self.draft.name(token, self.said, but=but, again=again and not self.joined)
        if self._names_place(i):
            self.said = Modifiers()
        elif token.implied:
            self.said, self.waiting, self.joined, self.definite = Modifiers(), None, False, False
        else:
            self._named(numbers)

    def part(self, i: int, token: Token) -> None:
        """ "above the roof" is above the house."""
        if self._next(i).role == "of":
            return  # the roof of a house: that is still to come
        if whole := self.draft.whole(token.value):
            self._named(whole)
        else:
            self.thing(i, replace(token, role="thing", value=WHOLES[token.value]))

    def _named(self, numbers: list[int]) -> None:
        """What a noun does in the sentence: an object of what waits for one, or whom the sentence is about."""
        self.said, joined, self.joined = Modifiers(), self.joined, False
        acting, self.acting = self.acting, False
        self.predicate = self.moved = self.definite = self.placed = self.opening = self.fresh = False
        if not numbers:
            return
        if self.side:
            self.sides[self.side], self.side = numbers[0], None
        if self.waiting:
            self._object(numbers, joined)
        elif joined and self.sticky and self._continues(numbers[0]):
            self.draft.link(self.sticky[1], self.sticky[0], numbers)
            self.last = numbers
        elif acting and self.topic:
            self.last = numbers
        else:
            self._subject(numbers, joined)

    def _describes(self, i: int) -> bool:
        """In "a robot cat" the first noun only describes the second."""
        around = [self.tokens[j] if 0 <= j < len(self.tokens) else _END for j in (i - 1, i + 1, i + 2)]
        before, after, later = around
        if after.text == "s" and later.role in ("thing", "unknown", *MODIFIERS):
            return True  # grandma's cat
        if after.role != "thing" or self.tokens[i].plural or after.text == self.tokens[i].text:
            return False
        if before.role == "break":
            return later.role != "thing"  # "cat dog tree" is a list
        return before.role in (*MODIFIERS, "relation", "verb", "with", "full", "as", "the", "other", "unknown")

    def _names_place(self, i: int) -> bool:
        """In "a fairy forest" what comes before and after is about the forest."""
        after = self._next(i)
        first = self.phrases.get(after.text.split(" ")[0], ())
        return after.role == "ground" and not any(meaning.role == "relation" for meaning in first)

    def _object(self, numbers: list[int], joined: bool) -> None:
        waiting = self.waiting or _Waiting("", [])
        kind, subjects = waiting.kind, waiting.subjects
        self.waiting = None
        if kind == "between":
            single = len(numbers) == 1 and self.draft.nouns[numbers[0]].count == 1
            self.draft.link(subjects, "right of" if single else "beside", numbers)
            self.sticky = ("left of", subjects) if single else None
        elif subjects:
            if kind == "with" and self.topic and not all(self.draft.is_a("animate", s) for s in subjects):
                carried = self.draft.is_a("wearable", numbers[0]) or self.draft.is_a("portable", numbers[0])
                if carried and all(self.draft.is_a("animate", s) for s in self.topic):
                    subjects = self.topic
            self.draft.link(subjects, kind, numbers)
            self.sticky = (kind, subjects)
            self.opened = (waiting, numbers) if waiting.opens else None
        elif kind in ("with", "full") or not waiting.opens:  # "a library with books"
            self._subject(numbers, joined)
            return
        else:
            self.fronted.append((kind, numbers))
            self.sticky = None
        self.last = numbers

    def _continues(self, number: int) -> bool:
        kind, subjects = self.sticky or ("", [])
        concept = self.draft.nouns[number].concept
        if kind in ("left of", "full"):
            return True
        if kind in ("wearing", "with", "in") and concept in traits()["wearable"]:
            return any(self.draft.is_a("animate", s) for s in subjects)
        return kind in ("holding", "with") and concept in traits()["portable"] and concept not in traits()["animate"]

    def _subject(self, numbers: list[int], joined: bool) -> None:
        if self.opened and not joined:
            self._turn()  # "under the table a dog"
        if joined and self.last and self.last == self.topic:
            self.topic = self.last = [*self.last, *numbers]
        else:
            if self.topic:
                self.before = self.topic
            self.topic = self.last = numbers
        self.sticky = self.opened = None
        self.settled = self.fronted or self.settled
        for kind, things in self.settled:
            self.draft.link(numbers, kind, things)
        self.fronted = []

    def relation(self, token: Token) -> None:
        """A preposition belongs to the nearest noun, unless that is worn or held, or a verb stood between."""
        moved, placed = self.moved, self.placed
        opens = self.opening and token.role in ("relation", "between")
        self.close_phrase()
        kind = token.role if token.role in ("with", "full", "between", "as") else token.value
        verb = token.role == "verb"
        subjects = self._subjects(verb or moved)
        if (self.fresh and opens) or (placed and kind == "full"):  # a forest full of mushrooms: nobody has them
            subjects = []
        self.waiting = _Waiting(kind, subjects, opens)
        self.moved = verb
        self.denying = self.acting = False
        self.settled = []

    def _subjects(self, verb: bool) -> list[int]:
        near = self._owner() or self.last
        if not verb:
            return near
        weak = [a for a in near if any(a == pair[0] and not sure for pair, (_, sure) in self.draft.links.items())]
        return weak if weak and self.draft.is_a("animate", weak[0]) else self.topic

    def _owner(self) -> list[int]:
        """Who wears or holds the nearest noun."""
        return [
            a for (a, b), (kind, _) in self.draft.links.items() if self.last and b == self.last[-1] and kind in OWNED
        ]

    def pronoun(self, i: int) -> None:
        """ "behind him" points at whom the sentence is about; "her cat" is only a cat."""
        rest = (token for token in self.tokens[i + 1 :] if token.role not in ("color", "size", "other", "mood"))
        if self.tokens[i].text == "her" and next(rest, _END).role in ("thing", "unknown"):
            return
        if self.waiting:
            kind, subjects = self.waiting.kind, self.waiting.subjects
            if self.waiting.opens and self.topic:
                self.fronted.append((kind, self.topic))
            elif kind not in ("with", "full", "between") and subjects:
                about = self.topic if subjects != self.topic else self.before
                self.draft.link(subjects, kind, [thing for thing in about if thing not in subjects])
        self.waiting = None
        self.close_phrase()

    def small_word(self, i: int, token: Token) -> None:
        if token.role == "and":
            if not (self.said.colors and self._next(i).role == "color"):
                self.close_phrase(keep_joined=True)
                self.opening = True
            self.joined = True
        elif token.role == "break":
            self._break(i, token)
        elif token.role == "is":
            self.predicate = True
        elif token.role == "not":
            self.denying = True
        elif token.role == "sky":
            self.said = Modifiers()
            self.waiting = None
        elif token.role == "group":
            self._group()
        elif token.role == "body":
            self.said, self.waiting = Modifiers(), None  # "with blue eyes": the drawing has its own
        elif token.role == "the":
            self.definite = True
        elif token.role == "which" and self.waiting and self.last:  # a cup in which there are otters
            self.fronted.append((self.waiting.kind, self.last))
            self.waiting = None
        elif token.role == "like" or (token.role == "here" and token.text == "as" and self._compares(i)):
            self.predicate = bool(self.said.colors)  # a horse as white as snow is white
            self.close_phrase()
            self.likening = True
        elif token.role == "here":
            self._turn()
            self.waiting = None
        elif token.role in ("left", "right"):
            self._side(token.role)
        elif token.role == "move" and not (i and self.tokens[i - 1].role in (*MODIFIERS, "the")):  # a sleeping cat
            self._turn()
            self.moved = True
            self.denying = self.opening = self.placed = False
            self.waiting = None
        elif token.role == "of" and self.last and self.draft.is_a("container", self.last[-1]) and not self.said:
            self.waiting = _Waiting("with", [self.last[-1]])
        elif token.role in ("unknown", "other"):
            self.draft.unknown.append(token.own)
            self.acting = self.acting or self._acts(i)
            if self.said.colors and not self.predicate and not self._adjective_follows(i):
                self.said, self.waiting = Modifiers(), None  # "in a golden cage": nobody else is golden

    def _turn(self) -> None:
        """ "behind the temple grows a tree": what comes is about the temple, and not the temple about what was."""
        self.close_phrase()
        if self.opened:
            waiting, numbers = self.opened
            self.draft.unlink(waiting.subjects, waiting.kind, numbers)
            self.fronted, self.opened = [(waiting.kind, numbers)], None

    def _acts(self, i: int) -> bool:
        """In "a monk sweeps leaves" the strange word is a verb, and the leaves are not whom the sentence is about."""
        before, after = self.tokens[i - 1] if i else _END, self._next(i)
        verb = self.tokens[i].role == "unknown" and _VERB.search(self.tokens[i].text) is not None
        return verb and before.role in ("thing", "break", "him") and after.role in ("thing", "the", *MODIFIERS)

    def _compares(self, i: int) -> bool:
        """ "as white as snow", "quiet as a mouse"; but "the cat as the sun sets" """
        return i > 0 and self.tokens[i - 1].role in (*MODIFIERS, "other", "unknown", "mood", "stop")

    def _next(self, i: int) -> Token:
        return self.tokens[i + 1] if i + 1 < len(self.tokens) else _END

    def _group(self) -> None:
        """ "a camel caravan": many camels."""
        if self.last and self.draft.nouns[self.last[-1]].count == 1:
            self.draft.nouns[self.last[-1]].count = MANY

    def _break(self, i: int, token: Token) -> None:
        keep = token.value == "," and self.said and not self.predicate and self._adjective_follows(i)
        if not keep:
            self.close_phrase()
            self.denying = self.likening = self.acting = self.placed = False
            self.moved, self.opening = bool(self.topic), True
            self.opened = None
            if self.waiting and self.waiting.kind != "between":
                self.waiting = None
        elif self._next(i).role == "color":
            self.joined = True  # red, blue and yellow balloons
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def _adjective_follows(self, i: int) -> bool:
        """ "a red, fluffy cat": the colour waits for its noun across the comma."""
        return self._next(i).role in ("color", "size", "other", "unknown", "stop", "thing")

    def _side(self, side: str) -> None:
        self.close_phrase()
        if self.last and not self.moved:
            self.sides[side] = self.last[-1]
            self.moved = True
        else:
            self.side = side

    def close_phrase(self, keep_joined: bool = False) -> None:
        """What was said of a noun that never came: "the cat is black", "a woman in red", "an orange"."""
        color = self.said.colors[0] if self.said.colors else None
        if color and self.predicate and self.last:
            self.draft.nouns[self.last[-1]].color = color.value
        elif color and self.waiting and self.waiting.kind in ("in", "wearing", "with") and self.waiting.subjects:
            for subject in self.waiting.subjects:
                self.draft.nouns[subject].color = self.draft.nouns[subject].color or color.value
            self.waiting = None
        elif color and color.text in self.alone:
            self.said.colors = []
            for meaning in self.alone[color.text]:
                self.read(-1, replace(color, role=meaning.role, value=meaning.value))
        self.said = Modifiers()
        self.predicate = self.definite = False
        self.joined = self.joined and keep_joined

    def close_sentence(self) -> None:
        if len(self.sides) == 2:
            self.draft.link([self.sides["left"]], "left of", [self.sides["right"]])
            self.sides = {}
        for kind, things in self.fronted:
            self.draft.link([number for number in self.topic if number not in things], kind, things)
        self.fronted, self.settled = [], []
        self.fresh = True
