"""The grammar of languages that put the place after its noun, and the clause before it: Chinese, in part Japanese."""

from dataclasses import replace

from mengbi.text.draft import FACTS, MODIFIERS, OWNED, PASSIVE, PLURAL, WHOLES, Draft, Modifiers
from mengbi.text.lexicon import traits
from mengbi.text.tokens import MANY, Reading, Token


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
        self.outer: tuple[str, list[int] | None] | None = None  # 抱着[戴帽子的]猫: the first verb waits
        self.patients: list[int] | None = None  # 被: to whom it is done; empty where they come after
        self.joined = False
        self.denying = False
        self.likening = False  # 像棉花糖: there is none
        self.dressing = False  # 打扮成
        self.shining = False  # the subject of this clause is in the sky
        self.sides: dict[str, int] = {}
        self.side: str | None = None

    def read(self, i: int, token: Token) -> None:
        if token.role in MODIFIERS:
            self.modify(token)
        elif token.role in FACTS:
            self.fact(i, token)
        elif token.role == "thing":
            self.thing(i, token)
        elif token.role == "part":
            whole = self.draft.whole(token.value)
            self.said = Modifiers() if whole else self.said
            self._named(i, whole) if whole else self.thing(i, replace(token, role="thing", value=WHOLES[token.value]))
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
            self.said.counted(token)
        elif token.role == "size":
            self.said.size = token.value
        elif not self.said.colors or self.joined:
            self.joined = self.joined and not self.said.colors
            self.said.colors.append(token)

    def fact(self, i: int, token: Token) -> None:
        if self._likens(i):
            self.draft.unknown.append(token.own)
            return
        (self.draft.denied.add if self.denying else self.draft.facts.append)((token.role, token.value))
        self.shining = token.role == "feature"
        self.orphans = [] if self.shining and self._exists(i) else self.orphans
        if token.role != "mood":
            self.said = Modifiers()
            self.place = []
            self.verb = None

    def _exists(self, i: int) -> bool:
        """头顶是极光: nobody is there."""
        return any(token.role == "exist" for token in self.tokens[max(0, i - 3) : i])

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        if self._likens(i) or self._describes(i) or self._owns(i):
            self.draft.unknown.append(token.own)
            return
        if self.dressing:
            self.draft.dress(self.topic, token)
            self.dressing, self.said = False, Modifiers()
            return
        object_of, emoji = self.verb, not token.text[0].isalpha()
        head = object_of is None and not (self.joined and self._sticks(token))
        if head and self.saved and not self._before_localizer(i):
            self.said = Modifiers(
                colors=self.said.colors or self.saved.colors,
                count=self.said.count or self.saved.count,
                size=self.said.size or self.saved.size,
            )
            self.saved = Modifiers()
        but = (object_of[1] or []) if object_of else []
        numbers = self.draft.name(token, self.said, but=but, again=not self.said and not self.joined and not emoji)
        self.said, self.verb = Modifiers(), object_of
        if token.implied:
            self.verb, self.joined, self.place = None, False, []
        else:
            self._named(i, numbers)

    def _named(self, i: int, numbers: list[int]) -> None:
        """What a noun does in the sentence: the object of the verb before it, or the head of what comes."""
        object_of, self.verb = self.verb, None
        joined, self.joined = self.joined, False
        self.shining = False
        if not numbers:
            return
        if self.side:
            self.sides[self.side], self.side = numbers[0], None
        if object_of is not None:
            self._object(numbers, object_of)
        elif joined and self.sticky and self._sticks(self.tokens[i]):
            self._object(numbers, self.sticky)
        else:
            self._head(i, numbers, joined)

    def _likens(self, i: int) -> bool:
        """像镜子, 镜子般: it is only likened to that."""
        likened = self.likening or (i + 1 < len(self.tokens) and self.tokens[i + 1].role == "alike")
        self.likening, self.said = False, Modifiers() if likened else self.said
        return likened

    def _owns(self, i: int) -> bool:
        """In 公主的马车 there need be no princess; but in 骑马的公主 there is a horse."""
        rest = [token for token in self.tokens[i + 2 : i + 6] if token.role not in (*MODIFIERS, "stop")]
        owned = self.tokens[i + 1 : i + 2] and self.tokens[i + 1].role == "de" and rest and rest[0].role == "thing"
        relative = self.verb is not None and not self.verb[1]
        return bool(owned) and not relative and self.tokens[i].value in traits()["animate"]

    def _describes(self, i: int) -> bool:
        """In 蝴蝶翅膀 the first noun only describes the second."""
        after = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        return after is not None and after.role == "thing" and after.text != self.tokens[i].text

    def _object(self, numbers: list[int], verb: tuple[str, list[int] | None]) -> None:
        kind, subjects = verb
        if subjects:
            self.draft.link(subjects, kind, numbers)
        else:
            self.orphans += [(kind, number) for number in numbers]
        self.sticky = verb
        self.place = numbers

    def _sticks(self, token: Token) -> bool:
        """戴着帽子和围巾: what follows "and" is worn as well, if it can be."""
        kind = self.sticky[0] if self.sticky else ""
        return kind == "wearing" and token.value in traits()["wearable"]

    def _head(self, i: int, numbers: list[int], joined: bool) -> None:
        shared = [(kind, thing) for kind, thing in self.settled if joined and kind not in OWNED]  # 桌上有猫和狗
        settled = self.orphans or shared
        for kind, thing in settled:
            self.draft.link(numbers, kind, [thing])
        self.settled, self.orphans = settled, []
        if self.outer:
            outer, self.outer = self.outer, None
            self._object(numbers, outer)
            return
        if self._before_localizer(i):
            self.place = [*self.place, *numbers] if joined and self.place else numbers
            return
        self.former = self.topic
        self.topic = [*self.topic, *numbers] if joined and self.topic else numbers
        self.place = numbers
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
        if self.patients is not None:
            self._suffer(token)
            return
        if i and self.tokens[i - 1].role == "relation":
            if token.value not in OWNED:
                return  # 后面跟着: there is
            if token.value == "riding" and self.orphans:  # 背上骑着一只猴子
                self.orphans = [("riding", thing) for _, thing in self.orphans[-1:]]
                return
            self._on_the_body()
        before = self.topic if self._follows_subject(i) or not self._relative(i) else []
        if self.verb and not before:
            self.outer = self.verb
        if not before and self.said:
            self.saved = self.said
        self.said = Modifiers()
        self.verb = (token.value, before or None)

    def _suffer(self, token: Token) -> None:
        """小狗被鸭子追着: who does it stands between 被 and the verb."""
        patients, self.patients = self.patients or [], None
        if patients and self.topic != patients:
            self.draft.link(self.topic, token.value, patients)
            self.topic = patients
        else:
            self.orphans += [(PASSIVE.get(token.value, "beside"), agent) for agent in self.topic]
            self.topic = []

    def _on_the_body(self) -> None:
        """猫头上戴着: the place is a part of whom it is about, and says nothing more."""
        self.topic = self.located or self.topic
        self.orphans = [(kind, thing) for kind, thing in self.orphans if thing not in self.located]

    def _follows_subject(self, i: int) -> bool:
        """白马拉着公主的马车: whoever stands right before the verb does it."""
        return i > 0 and self.tokens[i - 1].role == "thing" and self.place == self.topic != []

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
        if after in ("thing", *MODIFIERS, "unknown", "other") or not others:
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
            place = (self.located if token.value in ("left of", "right of") else []) or self.topic
        if not place:
            return
        subjects, self.at = self.at, None
        self.located = place if subjects is None else []
        if subjects == [] and after.role != "de":  # 极光在屋顶上
            pass
        elif subjects and after.role != "de" and subjects != place:
            self.draft.link(subjects, token.value, place)
        else:
            self.orphans += [(token.value, thing) for thing in place]
        self.denying = False

    def _after_fact(self, i: int) -> bool:
        before = [token for token in self.tokens[max(0, i - 2) : i] if token.role not in ("de", "stop")]
        facts = (*FACTS, "sky", "unknown", "other", "at", "body")
        return bool(before) and (before[-1].role in facts or before[-1].implied)

    def small_word(self, i: int, token: Token) -> None:
        if token.role == "and":
            self.joined = True
        elif token.role == "at":
            self.close_phrase()
            self.at = [] if self.shining else self.topic or None
            self.place = []
        elif token.role == "him":
            self.verb = None
            if self._before_localizer(i):
                self.place = self.former if self.at else self.topic
        elif token.role == "like":
            self.likening = True
        elif token.role == "as":
            self.dressing = True
        elif token.role == "by":
            self.patients = self.topic
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
        elif token.role == "de":
            self.denying = False
            if self.verb and i and self.tokens[i - 1].role in ("unknown", "other"):
                self.verb, self.said = None, Modifiers()  # what is worn is not known, and whoever wears it comes next
        elif token.role in ("left", "right") and self.place:
            self.localizer(i, Token(role="relation", value=f"{token.role} of"))
        elif token.role in ("left", "right"):
            self.side = token.role
        elif token.role in ("sky", "body"):
            self.said = Modifiers()
            self.place = []
            self.verb = None
        elif token.role in ("unknown", "other"):
            self.draft.unknown.append(token.own)

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
        self.verb = self.outer = self.at = self.patients = None
        self.place = []
        self.joined = self.denying = self.likening = self.dressing = self.shining = False
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def close_phrase(self) -> None:
        """What was said of a noun that never came: 猫是黑色的."""
        if self.said.colors and self.topic and self.verb is None and not self.at:
            noun = self.draft.nouns[self.topic[-1]]
            noun.color = noun.color or self.said.colors[0].value
        self.said = Modifiers()

    def close_sentence(self) -> None:
        if len(self.sides) == 2:
            self.draft.link([self.sides["left"]], "left of", [self.sides["right"]])
            self.sides = {}
        for kind, thing in self.orphans:
            self.draft.link(self.topic if thing not in self.topic else [], kind, [thing])
        self.orphans, self.located = [], []
        self.saved = Modifiers()
