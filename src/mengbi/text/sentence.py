"""Who stands to whom in a sentence: subjects, objects, and what was said before its noun came."""

from dataclasses import dataclass, field

from mengbi.text import ahead
from mengbi.text.draft import OWNED, Draft
from mengbi.text.sides import Sides
from mengbi.text.tokens import Token

SIDES = ("left of", "right of")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A preposition that waits for its noun."""

    kind: str
    subjects: list[int]
    opens: bool = False  # it opens the clause, and its subject may come after it: "under the tree, …"


@dataclass(kw_only=True, slots=True)
class Sentence:
    """Whom a sentence is about and which of its words still wait for theirs; the draft is what comes of it."""

    draft: Draft = field(default_factory=Draft)
    topic: list[int] = field(default_factory=list)  # whom the sentence is about
    before: list[int] = field(default_factory=list)  # whom it was about before
    last: list[int] = field(default_factory=list)  # the noun or nouns that stand nearest
    waiting: Waiting | None = None
    fronted: list[tuple[str, list[int]]] = field(default_factory=list)  # "under the tree, …": kind and object
    settled: list[tuple[str, list[int]]] = field(default_factory=list)  # of the noun before: "on the table a cup and …"
    opened: tuple[Waiting, list[int]] | None = None  # "behind the temple": does "grows a tree" follow?
    sticky: tuple[str, list[int]] | None = None  # wearing a hat and …
    brought: tuple[list[int], list[int]] = ([], [])  # a girl with a dog: the girl, the dog
    sides: Sides = field(default_factory=Sides)
    flanked: list[int] = field(default_factory=list)  # on whose left something stands: "on her right" is hers, too

    def name(self, numbers: list[int], *, joined: bool, listed: bool, acting: bool) -> None:
        """A noun: an object of what waits for one, or whom the sentence is about.

        joined: it follows "and". listed: it follows a comma, and "and" is still to come. acting: it follows a verb that
        no table knows.
        """
        self.sides.main = self.sides.main or numbers
        self.sides.take(numbers)
        if self.waiting:
            self._object(self.waiting, numbers, joined)
        elif (joined or listed) and self.sticky and ahead.continues(self.draft, *self.sticky, numbers[0]):
            self.draft.link(self.sticky[1], self.sticky[0], numbers)
            self.last, self.brought = numbers, (self.sticky[1], numbers)
        elif acting and self.topic:
            self.last = numbers
        else:
            self._subject(numbers, joined)

    def _object(self, waiting: Waiting, numbers: list[int], joined: bool) -> None:
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
            self.brought = (subjects, numbers) if kind in ("with", "holding") else ([], [])
            self.opened = (waiting, numbers) if waiting.opens else None
        elif kind in ("with", "full") or not waiting.opens:  # "a library with books"
            self._subject(numbers, joined)
            return
        else:
            self._front(kind, numbers)
            self.sticky = None
        self.last = numbers

    def _subject(self, numbers: list[int], joined: bool) -> None:
        if self.opened and not joined:
            self.turn()  # "under the table a dog"
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

    def _front(self, kind: str, things: list[int]) -> None:
        self.fronted.append((kind, things))
        self.flanked = things if kind in SIDES else self.flanked

    def several(self) -> bool:
        """Whether the sentence is about more than one of a kind, which may have more colours than one."""
        return len(self.topic) > 1 or bool(self.topic and self.draft.nouns[self.topic[-1]].count > 1)

    def whose(self, kind: str, *, verb: bool) -> list[int]:
        """The subjects of a preposition: the nearest noun, unless that is worn or held, or a verb stood between."""
        near = (self._owner() if kind not in ("above", "full") else []) or self.last or self.topic
        if near == self.brought[1] and kind == "on":
            near = self.brought[0]  # a pizza with mushrooms on a table
        if not verb:
            return near
        if kind in OWNED and self.topic and not self.draft.is_a("animate", self.topic[0]):
            return self.draft.alive(near) or near  # a ship sails past an octopus holding a chest
        weak = [a for a in near if any(a == pair[0] and not sure for pair, (_, sure) in self.draft.links.items())]
        told = weak if weak and self.draft.is_a("animate", weak[0]) else self.topic
        return (self.draft.alive(told) if kind in OWNED else []) or told

    def _owner(self) -> list[int]:
        """Who wears or holds the nearest noun."""
        last = self.last[-1:]
        return [a for (a, b), (kind, _) in self.draft.links.items() if [b] == last and kind in OWNED]

    def point(self, token: Token) -> None:
        """ "behind him" points at whom the sentence is about."""
        waiting, self.waiting = self.waiting, None
        if waiting and waiting.opens and self.topic:
            told = (self.flanked if waiting.kind in SIDES else []) or self.draft.meant(token.text, self.topic, [])
            self._front(waiting.kind, told)
        elif waiting and waiting.subjects and waiting.kind not in ("with", "full", "between"):
            held = token.value == "hand"  # in his hand
            kind = "holding" if held else "beside" if waiting.kind == "at" else waiting.kind
            if not self.bring(kind, token.text):
                told = self.topic if waiting.subjects != self.topic else self.before
                about = self.draft.meant(token.text, told, waiting.subjects)
                self.draft.link(about if held else waiting.subjects, kind, waiting.subjects if held else about)

    def bring(self, kind: str, pronoun: str = "") -> bool:
        """ "a boot with a key on top": how what was brought along stands, if it stands nearest."""
        if not self.last or self.last != self.brought[1]:
            return False
        self.draft.bring(*self.brought, kind, self.draft.meant(pronoun, *self.brought))
        self.last = []
        return True

    def adverb(self) -> None:
        """ "sheep in a meadow, and balloons overhead": above whom, was said before."""
        waiting, self.waiting = self.waiting, None
        if not waiting or waiting.opens or not waiting.subjects or waiting.kind in ("with", "full", "as", "between"):
            return
        if not self.bring(waiting.kind) and waiting.subjects == self.topic:
            self.draft.link(self.topic, waiting.kind, self.before)

    def relative(self) -> None:
        """ "a mouse which is chasing a cheese": the mouse does it. "a cup in which there are otters": in the cup."""
        if self.waiting and self.last:
            self.fronted.append((self.waiting.kind, self.last))
            self.waiting = None
        elif self.last and self.last != self.topic:
            self.before, self.topic = self.topic, self.last

    def turn(self) -> None:
        """ "behind the temple grows a tree": what comes is about the temple, and not the temple about what was."""
        if self.opened:
            waiting, numbers = self.opened
            self.draft.unlink(waiting.subjects, waiting.kind, numbers)
            self.fronted, self.opened = [(waiting.kind, numbers)], None

    def close(self) -> None:
        """The sentence ends: what still waits for its subject is about its topic."""
        self.adverb()
        self.sides.settle(self.draft)
        for kind, things in self.fronted:
            self.draft.link([number for number in self.topic if number not in things], kind, things)
        self.fronted, self.settled, self.flanked = [], [], []
