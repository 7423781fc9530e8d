"""The grammar of languages that put a preposition before its noun: English, and those near it in this."""

from dataclasses import replace

from mengbi.text.draft import MANY, Draft, Modifiers
from mengbi.text.lexicon import lexicon, traits
from mengbi.text.tokens import Reading, Token

_MODIFIERS = ("color", "count", "size")
_FACTS = ("ground", "time", "weather", "feature", "season", "mood")
_OWNED = ("wearing", "holding", "riding")
_END = Token(role="break", value=".")


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
        self.waiting: tuple[str, list[int]] | None = None  # a preposition and its subjects
        self.fronted: list[tuple[str, int]] = []  # "under the tree, …"
        self.sticky: tuple[str, list[int]] | None = None  # wearing a hat and …
        self.joined = False  # "and" stood right before
        self.moved = False  # a verb stood since the last noun: what follows is about the topic
        self.predicate = False  # "is" stood right before
        self.denying = False
        self.sides: dict[str, int] = {}
        self.side: str | None = None

    def read(self, i: int, token: Token) -> None:
        if token.role in _MODIFIERS:
            self.modify(i, token)
        elif token.role in _FACTS:
            self.fact(token)
        elif token.role == "thing":
            self.thing(i, token)
        elif token.role in ("relation", "with", "verb", "between"):
            self.relation(token)
        elif token.role == "him":
            self.pronoun(i)
        else:
            self.small_word(i, token)

    def modify(self, i: int, token: Token) -> None:
        if token.role == "count":
            self.said.count = int(token.value)
        elif token.role == "size":
            self.said.size = token.value
        elif self.color_after and self._follows_noun(i):
            self.draft.nouns[self.last[-1]].color = self.draft.nouns[self.last[-1]].color or token.value
        elif self.said.color is None:
            self.said.color = token

    def _follows_noun(self, i: int) -> bool:
        return (
            i > 0
            and bool(self.last)
            and self.tokens[i - 1].role in ("thing", "color", "other", "unknown", "size", "is")
        )

    def fact(self, token: Token) -> None:
        color = self.said.color
        if color and any(meaning.role == "feature" for meaning in self.alone.get(color.text, ())):
            self.close_phrase()  # a rainbow over the sea
        if token.value == "clouds" and self.waiting and self.waiting[0] in ("above", "on", "in"):
            token = replace(token, role="ground")
        if self.denying:
            self.draft.denied.add((token.role, token.value))
        else:
            self.draft.facts.append((token.role, token.value))
        if token.role != "mood":
            self.said = Modifiers()
            self.waiting = None
        self.joined = self.predicate = False

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        if self._describes(i):
            self.draft.unknown.append(token.text)
            return
        number = self.draft.noun(token, self.said)
        if self._names_place(i):
            self.said = Modifiers()
            return
        self.said, joined, self.joined = Modifiers(), self.joined, False
        self.predicate = self.moved = False
        if number is None:
            return
        if self.side:
            self.sides[self.side], self.side = number, None
        if self.waiting:
            self._object(number, joined)
        elif joined and self.sticky and self._continues(number):
            self.draft.link(self.sticky[1], self.sticky[0], [number])
            self.last = [number]
        else:
            self._subject(number, joined)

    def _describes(self, i: int) -> bool:
        """In "a robot cat" the first noun only describes the second."""
        around = [self.tokens[j] if 0 <= j < len(self.tokens) else _END for j in (i - 1, i + 1, i + 2)]
        before, after, later = around
        if after.role != "thing" or self.tokens[i].plural or after.text == self.tokens[i].text:
            return False
        if before.role == "break":
            return later.role != "thing"  # "cat dog tree" is a list
        return before.role in (*_MODIFIERS, "relation", "verb", "with", "other", "unknown")

    def _names_place(self, i: int) -> bool:
        """In "a fairy forest" what comes before and after is about the forest."""
        after = self.tokens[i + 1] if i + 1 < len(self.tokens) else _END
        first = self.phrases.get(after.text.split(" ")[0], ())
        return after.role == "ground" and not any(meaning.role == "relation" for meaning in first)

    def _object(self, number: int, joined: bool) -> None:
        kind, subjects = self.waiting or ("", [])
        self.waiting = None
        if kind == "between":
            single = self.draft.nouns[number].count == 1
            self.draft.link(subjects, "right of" if single else "beside", [number])
            self.sticky = ("left of", subjects) if single else None
        else:
            if kind == "with" and self.topic and not all(self.draft.is_a("animate", s) for s in subjects):
                carried = self.draft.is_a("wearable", number) or self.draft.is_a("portable", number)
                if carried and all(self.draft.is_a("animate", s) for s in self.topic):
                    subjects = self.topic
            if subjects:
                self.draft.link(subjects, kind, [number])
            elif kind == "with":  # "a library with books"
                self._subject(number, joined)
                return
            else:
                self.fronted.append((kind, number))
            self.sticky = (kind, subjects) if subjects else None
        self.last = [number]

    def _continues(self, number: int) -> bool:
        kind, subjects = self.sticky or ("", [])
        concept = self.draft.nouns[number].concept
        if kind == "left of":
            return True
        if kind in ("wearing", "with", "in") and concept in traits()["wearable"]:
            return any(self.draft.is_a("animate", s) for s in subjects)
        return kind in ("holding", "with") and concept in traits()["portable"] and concept not in traits()["animate"]

    def _subject(self, number: int, joined: bool) -> None:
        if joined and self.last and self.last == self.topic:
            self.topic = self.last = [*self.last, number]
        else:
            if self.topic:
                self.before = self.topic
            self.topic = self.last = [number]
        self.sticky = None
        for kind, thing in self.fronted:
            self.draft.link([number], kind, [thing])
        self.fronted = []

    def relation(self, token: Token) -> None:
        """A preposition belongs to the nearest noun, unless that is worn or held, or a verb stood between."""
        moved = self.moved
        self.close_phrase()
        kind = "with" if token.role == "with" else "between" if token.role == "between" else token.value
        verb = token.role == "verb"
        self.waiting = (kind, self._subjects(verb or moved))
        self.moved = verb
        self.denying = False

    def _subjects(self, verb: bool) -> list[int]:
        owner = self._owner()
        if not verb:
            return owner or self.last
        weak = [a for a in self.last if any(a == pair[0] and not sure for pair, (_, sure) in self.draft.links.items())]
        return weak if weak and self.draft.is_a("animate", weak[0]) else self.topic

    def _owner(self) -> list[int]:
        """Who wears or holds the nearest noun."""
        return [
            a for (a, b), (kind, _) in self.draft.links.items() if self.last and b == self.last[-1] and kind in _OWNED
        ]

    def pronoun(self, i: int) -> None:
        """ "behind him" points at whom the sentence is about; "her cat" is only a cat."""
        rest = (token for token in self.tokens[i + 1 :] if token.role not in (*_MODIFIERS, "other", "mood"))
        if (after := next(rest, None)) and after.role in ("thing", "unknown"):
            return
        if self.waiting:
            kind, subjects = self.waiting
            about = self.topic if subjects != self.topic else self.before
            if kind not in ("with", "between") and subjects and about and subjects != about:
                self.draft.link(subjects, kind, about)
        self.waiting = None
        self.close_phrase()

    def small_word(self, i: int, token: Token) -> None:
        if token.role == "and":
            if not (self.said.color and i + 1 < len(self.tokens) and self.tokens[i + 1].role == "color"):
                self.close_phrase(keep_joined=True)
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
        elif token.role == "here":
            self.close_phrase()
        elif token.role in ("left", "right"):
            self._side(token.role)
        elif token.role == "move":
            self.close_phrase()
            self.moved = True
            self.denying = False
        elif token.role == "of" and self.last and self.draft.is_a("container", self.last[-1]) and not self.said:
            self.waiting = ("with", [self.last[-1]])
        elif token.role in ("unknown", "other"):
            self.draft.unknown.append(token.text)

    def _group(self) -> None:
        """ "a camel caravan": many camels."""
        if self.last and self.draft.nouns[self.last[-1]].count == 1:
            self.draft.nouns[self.last[-1]].count = MANY

    def _break(self, i: int, token: Token) -> None:
        keep = token.value == "," and self.said and not self.predicate and self._adjective_follows(i)
        if not keep:
            self.close_phrase()
            self.denying = False
            self.moved = bool(self.topic)
            if self.waiting and self.waiting[0] != "between":
                self.waiting = None
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def _adjective_follows(self, i: int) -> bool:
        """ "a red, fluffy cat": the colour waits for its noun across the comma."""
        return i + 1 < len(self.tokens) and self.tokens[i + 1].role in (
            "color",
            "size",
            "other",
            "unknown",
            "stop",
            "thing",
        )

    def _side(self, side: str) -> None:
        self.close_phrase()
        if self.last and not self.moved:
            self.sides[side] = self.last[-1]
            self.moved = True
        else:
            self.side = side

    def close_phrase(self, keep_joined: bool = False) -> None:
        """What was said of a noun that never came: "the cat is black", "a woman in red", "an orange"."""
        color = self.said.color
        if color and self.predicate and self.last:
            self.draft.nouns[self.last[-1]].color = color.value
        elif color and self.waiting and self.waiting[0] in ("in", "wearing", "with") and self.waiting[1]:
            for subject in self.waiting[1]:
                self.draft.nouns[subject].color = self.draft.nouns[subject].color or color.value
            self.waiting = None
        elif color and color.text in self.alone:
            self.said.color = None
            for meaning in self.alone[color.text]:
                self.read(-1, Token(role=meaning.role, value=meaning.value, text=color.text))
        self.said = Modifiers()
        self.predicate = False
        self.joined = self.joined and keep_joined

    def close_sentence(self) -> None:
        if len(self.sides) == 2:
            self.draft.link([self.sides["left"]], "left of", [self.sides["right"]])
            self.sides = {}
        for kind, thing in self.fronted:
            self.draft.link([number for number in self.topic if number != thing], kind, [thing])
        self.fronted = []
