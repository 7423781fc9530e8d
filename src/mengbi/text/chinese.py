"""The grammar of languages that put the place after its noun, and the clause before it: Chinese, in part Japanese."""

from mengbi.text.draft import MANY, PLURAL, Draft, Modifiers
from mengbi.text.lexicon import traits
from mengbi.text.tokens import Reading, Token

_MODIFIERS = ("color", "count", "size")
_FACTS = ("ground", "time", "weather", "feature", "season", "mood")
_OWNED = ("wearing", "holding", "riding")


def read_postpositions(reading: Reading) -> Draft:
    """Reads tokens from left to right into a Draft."""
    reader = _Reader(reading)
    for i, token in enumerate(reading.tokens):
        reader.read(i, token)
    reader.close_phrase()
    reader.close_sentence()
    return reader.draft


class _Reader:
    """Remembers whom the sentence is about, and which relations still wait for their subject: 戴着皇冠的 — whom?"""

    def __init__(self, reading: Reading) -> None:
        self.tokens = reading.tokens
        self.draft = Draft()
        self.said = Modifiers()
        self.saved = Modifiers()  # 一只[戴着皇冠的]猫: the number belongs to the noun after the clause
        self.topic: list[int] = []  # whom the sentence is about
        self.former: list[int] = []  # whom it was about before
        self.place: list[int] = []  # the noun or nouns before a localizer
        self.located: list[int] = []  # what the last localizer spoke of
        self.verb: tuple[str, list[int] | None] | None = None  # waits for its object; None: the subject comes after
        self.orphans: list[tuple[str, int]] = []  # kind and object, waiting for their subject
        self.settled: list[tuple[str, int]] = []  # those of the noun before
        self.sticky: tuple[str, list[int] | None] | None = None  # 戴着帽子和…
        self.at: list[int] | None = None  # who is at the place that follows 在
        self.joined = False
        self.denying = False
        self.sides: dict[str, int] = {}
        self.side: str | None = None

    def read(self, i: int, token: Token) -> None:
        if token.role in _MODIFIERS:
            self.modify(token)
        elif token.role in _FACTS:
            self.fact(token)
        elif token.role == "thing":
            self.thing(i, token)
        elif token.role == "verb":
            self.action(i, token)
        elif token.role == "done":
            self.done(i, token)
        elif token.role == "relation":
            self.localizer(i, token)
        else:
            self.small_word(i, token)

    def modify(self, token: Token) -> None:
        if token.role == "count":
            self.said.count = int(token.value)
        elif token.role == "size":
            self.said.size = token.value
        elif self.said.color is None:
            self.said.color = token

    def fact(self, token: Token) -> None:
        (self.draft.denied.add if self.denying else self.draft.facts.append)((token.role, token.value))
        if token.role != "mood":
            self.said = Modifiers()
            self.place = []
            self.verb = None

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        if self._describes(i):
            self.draft.unknown.append(token.text)
            return
        object_of, self.verb = self.verb, None
        head = object_of is None and not (self.joined and self._sticks(token))
        if head and self.saved and not self._before_localizer(i):
            self.said = Modifiers(
                color=self.said.color or self.saved.color,
                count=self.said.count or self.saved.count,
                size=self.said.size or self.saved.size,
            )
            self.saved = Modifiers()
        number = self.draft.noun(token, self.said)
        self.said = Modifiers()
        joined, self.joined = self.joined, False
        if number is None:
            return
        if self.side:
            self.sides[self.side], self.side = number, None
        if object_of is not None:
            self._object(number, object_of)
        elif joined and self.sticky and self._sticks(token):
            self._object(number, self.sticky)
        else:
            self._head(i, number, joined)

    def _describes(self, i: int) -> bool:
        """In 蝴蝶翅膀 the first noun only describes the second."""
        after = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        return after is not None and after.role == "thing" and after.text != self.tokens[i].text

    def _object(self, number: int, verb: tuple[str, list[int] | None]) -> None:
        kind, subjects = verb
        if subjects:
            self.draft.link(subjects, kind, [number])
        else:
            self.orphans.append((kind, number))
        self.sticky = verb
        self.place = [number]

    def _sticks(self, token: Token) -> bool:
        """戴着帽子和围巾: what follows "and" is worn as well, if it can be."""
        kind = self.sticky[0] if self.sticky else ""
        return kind == "wearing" and token.value in traits()["wearable"]

    def _head(self, i: int, number: int, joined: bool) -> None:
        shared = [(kind, thing) for kind, thing in self.settled if joined and kind not in _OWNED]  # 桌上有猫和狗
        settled = self.orphans or shared
        for kind, thing in settled:
            self.draft.link([number], kind, [thing])
        self.settled, self.orphans = settled, []
        if self._before_localizer(i):
            self.place = [*self.place, number] if joined and self.place else [number]
            return
        self.former = self.topic
        self.topic = [*self.topic, number] if joined and self.topic else [number]
        self.place = [number]
        self.sticky = None

    def _before_localizer(self, i: int) -> bool:
        rest = self.tokens[i + 1 : i + 3]
        if rest and rest[0].role == "de":
            rest = rest[1:]
        if rest and rest[0].role == "and":  # 在猫和狗之间
            later = [token.role for token in self.tokens[i + 2 : i + 8]]
            return "between" in later and "break" not in later[: later.index("between")]
        return bool(rest) and rest[0].role in ("relation", "between")

    def action(self, i: int, token: Token) -> None:
        """戴着, 拿着, 骑着: is the subject before it, or after the 的 that closes the clause?"""
        self.denying = False
        if i and self.tokens[i - 1].role == "relation":
            if token.value not in _OWNED:
                return  # 后面跟着: there is
            self._on_the_body()
        before = self.topic if not self._relative(i) else []
        if not before and self.said:
            self.saved = self.said
        self.said = Modifiers()
        self.verb = (token.value, before or None)

    def _on_the_body(self) -> None:
        """猫头上戴着: the place is a part of whom it is about, and says nothing more."""
        self.topic = self.located or self.topic
        self.orphans = [(kind, thing) for kind, thing in self.orphans if thing not in self.located]

    def _relative(self, i: int) -> bool:
        """Whether the first noun after the verb is followed by 的 and another noun: 戴着皇冠的猫."""
        for j in range(i + 1, len(self.tokens)):
            role = self.tokens[j].role
            if role in ("break", "verb", "at"):
                return False
            if role == "thing":
                after = [token.role for token in self.tokens[j + 1 : j + 6]]
                return (
                    after[:1] == ["de"]
                    and "thing" in after
                    and not {"break", "relation"} & set(after[: after.index("thing")])
                )
        return False

    def done(self, i: int, token: Token) -> None:
        """王冠をかぶった猫: a verb after its object; the subject comes next, or stood before the object."""
        if not self.place:
            return
        worn = self.place[-1]
        after = self.tokens[i + 1].role if i + 1 < len(self.tokens) else "break"
        others = self.former if self.topic == [worn] else [number for number in self.topic if number != worn]
        if after in ("thing", *_MODIFIERS, "unknown", "other") or not others:
            self.orphans.append((token.value, worn))
        else:
            self.draft.link(others, token.value, [worn])
            self.topic = others

    def localizer(self, i: int, token: Token) -> None:
        """上, 里, 旁边: the object stands before it; the subject before 在, or after 的 and 有."""
        self.close_phrase()
        place, self.place = self.place, []
        after = self.tokens[i + 1] if i + 1 < len(self.tokens) else Token(role="break")
        if not place and self._after_fact(i):
            self.at = None
            return
        if not place:
            place = self.topic
        if not place:
            return
        self.located = place
        subjects, self.at = self.at, None
        if subjects and after.role != "de" and subjects != place:
            self.draft.link(subjects, token.value, place)
        else:
            self.orphans += [(token.value, thing) for thing in place]
        self.denying = False

    def _after_fact(self, i: int) -> bool:
        before = [token for token in self.tokens[max(0, i - 2) : i] if token.role not in ("de", "stop")]
        return bool(before) and before[-1].role in (*_FACTS, "sky", "unknown", "other", "at", "body")

    def small_word(self, i: int, token: Token) -> None:
        if token.role == "and":
            self.joined = True
        elif token.role == "at":
            self.close_phrase()
            self.at = self.topic or None
            self.place = []
        elif token.role == "exist":
            self.close_phrase()
        elif token.role == "between":
            self._between(i)
        elif token.role == "break":
            self._break(token)
        elif token.role == "not":
            self.denying = True
        elif token.role in ("plural", "group"):
            self._several(PLURAL if token.role == "plural" else MANY)
        elif token.role == "de" and self.denying:
            self.denying = False
        elif token.role in ("left", "right"):
            self.side = token.role
        elif token.role in ("sky", "body"):
            self.said = Modifiers()
            self.place = []
            self.verb = None
        elif token.role in ("unknown", "other"):
            self.draft.unknown.append(token.text)

    def _several(self, count: int) -> None:
        if self.place and self.draft.nouns[self.place[-1]].count == 1:
            self.draft.nouns[self.place[-1]].count = count

    def _between(self, i: int) -> None:
        if len(self.place) < 2:
            self.localizer(i, Token(role="relation", value="beside"))
            return
        first, second = self.place[-2:]
        if self.at:
            self.draft.link(self.at, "right of", [first])
            self.draft.link(self.at, "left of", [second])
        else:
            self.orphans += [("right of", first), ("left of", second)]
        self.at, self.place = None, []

    def _break(self, token: Token) -> None:
        self.close_phrase()
        self.verb = self.at = None
        self.place = []
        self.joined = self.denying = False
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def close_phrase(self) -> None:
        """What was said of a noun that never came: 猫是黑色的."""
        if self.said.color and self.topic and self.verb is None and not self.at:
            noun = self.draft.nouns[self.topic[-1]]
            noun.color = noun.color or self.said.color.value
        self.said = Modifiers()

    def close_sentence(self) -> None:
        if len(self.sides) == 2:
            self.draft.link([self.sides["left"]], "left of", [self.sides["right"]])
            self.sides = {}
        for kind, thing in self.orphans:
            self.draft.link([number for number in self.topic if number != thing], kind, [thing])
        self.orphans = []
        self.saved = Modifiers()
