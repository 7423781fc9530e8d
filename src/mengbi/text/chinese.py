"""The grammar of languages that put the place after its noun, and the clause before it: Chinese, in part Japanese."""

from dataclasses import replace

from mengbi.text import aloft, nearby
from mengbi.text.draft import FACTS, OWNED, PASSIVE, PLURAL, WHOLES, Draft
from mengbi.text.noun import MODIFIERS, Modifiers
from mengbi.text.sides import Sides
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
        self.aloft = aloft.Aloft(draft=self.draft)
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
        self.coming: str | None = None  # 背上有房子的乌龟: the house is on whoever comes after 的
        self.carried: list[tuple[str, list[int]]] = []  # how, and what
        self.taken: list[int] = []  # 把花放在桌上: the flower
        self.outer: tuple[str, list[int] | None] | None = None  # 抱着[戴帽子的]猫: the first verb waits
        self.patients: list[int] | None = None  # 被: to whom it is done; empty where they come after
        self.joined = self.denying = False
        self.likening = self.dressing = False  # 像棉花糖: there is none; 打扮成
        self.shining = False  # the subject of this clause is in the sky
        self.tinting = False  # 背景是: the colour that follows is that of the whole picture
        self.toward = self.taking = False  # 给, 把: the noun to come is not whom the sentence is about
        self.where: list[tuple[str, int]] | None = None  # 摘树上的苹果: where the object of the verb is
        self.sides = Sides()

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
            if (how := aloft.place(self.tokens, i)) and not self.shining:  # 鲸鱼在天上, 天上的鲸鱼
                told = self.topic if token.role == "stop" else self.at or []
                self.aloft.of([] if aloft.about_next(self.tokens, i) else told, how)

    def modify(self, token: Token) -> None:
        if token.role in ("count", "spread"):
            if self.said.colors and self.said.count == 1:
                self.close_phrase()  # 一只黑一只白
            self.said.counted(token)
        elif token.role == "size":
            self.said.size = token.value
        elif self.tinting:
            self.draft.tint.append(token.value)
        elif not self.said.colors or self.joined:
            self.joined = self.joined and not self.said.colors
            self.said.colors.append(token)

    def fact(self, i: int, token: Token) -> None:
        if self._likens(i):
            self.draft.unknown.append(token.own)
            return
        if self.denying:
            self.draft.denied.add((token.role, token.value))
        else:
            self.draft.fact(token, self.said)
        self.shining = token.role == "feature"
        self.aloft.coming = 0 if token.role in ("feature", "weather") else self.aloft.coming
        lies = self.shining and nearby.exists(self.tokens, i)
        lies = lies or (token.role == "ground" and self.said.count is not None)  # 门前一条小溪
        self.orphans = [] if lies and not nearby.before_localizer(self.tokens, i) else self.orphans
        if token.role != "mood":
            self.said, self.place, self.verb = Modifiers(), [], None

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        waits = self.verb is not None and not self.verb[1]
        if self._likens(i) or nearby.describes(self.tokens, i) or (nearby.owns(self.tokens, i) and not waits):
            self.draft.unknown.append(token.own)
            self.said = Modifiers() if token.value == "painting" else self.said
            return
        if self.dressing:
            self.draft.dress(self.topic, token)
            self.dressing, self.said = False, Modifiers()
            return
        if nearby.at(self.tokens, i + 1).role == "ground":  # 樱花大道: nobody is on the blossoms
            self.draft.name(replace(token, implied=True), self.said, but=[], again=False)
            self.said = Modifiers()
            return
        object_of, emoji = self.verb, not token.text[0].isalpha()
        head = object_of is None and not (self.joined and nearby.sticks(self.sticky, token))
        if head and self.saved and not nearby.before_localizer(self.tokens, i):
            self.said, self.saved = self.said.over(self.saved), Modifiers()
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
        self.sides.take(numbers)
        if not (nearby.before_localizer(self.tokens, i) or (object_of and object_of[0] == "above")):
            self.aloft.name(numbers, joined=joined)
        if (self.toward or self.taking) and self.topic and not nearby.before_localizer(self.tokens, i):
            self._passed(numbers)
        elif object_of is not None and object_of[1] and nearby.placed(self.tokens, i):
            self.verb, self.place, self.where = object_of, numbers, []
        elif object_of is not None:
            self._object(numbers, object_of)
        elif joined and self.sticky and nearby.sticks(self.sticky, self.tokens[i]):
            self._object(numbers, self.sticky)
        else:
            self._head(i, numbers, joined)

    def _passed(self, numbers: list[int]) -> None:
        """给小鸡, 把花: whom it is done to or what is taken; the sentence is still about who does it."""
        if self.taking:
            self.taken = numbers
        else:
            self.draft.link(self.topic, "beside", numbers)
        for kind, thing in self.orphans:
            self.draft.link(numbers, kind, [thing])
        self.orphans = []
        self.toward = self.taking = False
        self.place = self.topic

    def _likens(self, i: int) -> bool:
        """像镜子, 镜子般: it is only likened to that."""
        likened = self.likening or (i + 1 < len(self.tokens) and self.tokens[i + 1].role == "alike")
        self.likening, self.said = False, Modifiers() if likened else self.said
        return likened

    def _object(self, numbers: list[int], verb: tuple[str, list[int] | None]) -> None:
        kind, subjects = verb
        for how, thing in self.where or []:
            self.draft.link(numbers, how, [thing])
        self.where = None
        if subjects:
            self.draft.link(subjects, kind, numbers)
        else:
            self.orphans += [(kind, number) for number in numbers]
        self.sticky = verb
        self.place = numbers

    def _head(self, i: int, numbers: list[int], joined: bool) -> None:
        shared = [(kind, thing) for kind, thing in self.settled if joined and kind not in OWNED]  # 桌上有猫和狗
        settled = self.orphans or shared
        if self.coming and nearby.at(self.tokens, i + 1).role == "de":
            self.carried, self.coming = [*self.carried, (self.coming, numbers)], None
            return
        for kind, things in self.carried:
            self.draft.link(things, kind, numbers)
        self.coming, self.carried = None, []
        for kind, thing in settled:
            self.draft.link(numbers, kind, [thing])
        self.settled, self.orphans = settled, []
        if self.outer:
            outer, self.outer = self.outer, None
            self._object(numbers, outer)
            return
        if nearby.before_localizer(self.tokens, i):
            self.place = [*self.place, *numbers] if joined and self.place else numbers
            return
        self.former = self.topic
        self.topic = [*self.topic, *numbers] if joined and self.topic else numbers
        self.place = numbers
        self.sticky = None

    def action(self, i: int, token: Token) -> None:
        """戴着, 拿着, 骑着: is the subject before it, or after the 的 that closes the clause?"""
        self.denying = False
        if self.patients is not None:
            self._suffer(token)
            return
        if i and self.tokens[i - 1].role == "relation":
            wound = token.value == "winding" and nearby.at(self.tokens, i - 2).role == "body"  # 脖子上围着
            nobody = self.located and not any(self.draft.is_a("animate", number) for number in self.located)
            if not wound and (token.value not in OWNED or token.text == "坐着" or nobody):
                return  # 后面跟着: there is
            if token.value == "riding" and self.orphans:  # 背上骑着一只猴子
                self.orphans = [("riding", thing) for _, thing in self.orphans[-1:]]
                return
            self.topic = self.located or self.topic  # 猫头上戴着: the place is a part of whom it is about
            self.orphans = [(kind, thing) for kind, thing in self.orphans if thing not in self.located]
        follows = nearby.at(self.tokens, i - 1).role == "thing" and self.place == self.topic != []  # 白马拉着公主的马车
        told = self.topic if follows or not nearby.relative(self.tokens, i) else []
        if how := aloft.rises(token):
            self.aloft.of(told, how)
        if told and token.value in OWNED:  # 女孩捡贝壳，一个穿红裙子: no shell wears anything
            told = self.draft.alive(told) or self.draft.alive(self.former) or told
        if self.verb and not told:
            self.outer = self.verb
        if not told and self.said:
            self.saved = self.said
        self.said = Modifiers()
        self.verb = (token.value, told or None)

    def _suffer(self, token: Token) -> None:
        """小狗被鸭子追着: who does it stands between 被 and the verb."""
        patients, self.patients = self.patients or [], None
        if patients and self.topic != patients:
            self.draft.link(self.topic, token.value, patients)
            self.topic = patients
        else:
            self.orphans += [(PASSIVE.get(token.value, "beside"), agent) for agent in self.topic]
            self.topic = []

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
        after = nearby.at(self.tokens, i + 1)
        kind = "above" if token.text.startswith(("头顶", "头上")) and after.text in nearby.FLOATING else token.value
        if not place and nearby.after_fact(self.tokens, i) and not nearby.in_a_pocket(self.tokens, i):
            self.at = None
            return
        if kind == "inside" and len(place) > 1 and token.text in nearby.BETWEEN:
            self.place = place
            self._between(i)
            return
        side = {"left of": "left", "right of": "right", "inside": "middle"}.get(kind)
        if side and not place and (self.sides.named or (side != "middle" and not (self.located or self.topic))):
            self.sides.waiting = side  # 左边一只猫，中间…
            return
        place = place or nearby.anchor(self.draft, token, self.topic, self.located, self.former)
        if not place:
            self.coming = kind if after.role in ("exist", "verb") else None
            return
        self._stands(kind, place, after)

    def _stands(self, kind: str, place: list[int], after: Token) -> None:
        if self.where == []:
            self.where = [(kind, thing) for thing in place]
            return
        subjects, self.at, self.taken = self.at, None, []
        self.located = place if subjects is None else []
        if subjects == [] and after.role != "de":  # 极光在屋顶上
            pass
        elif subjects and after.role != "de" and subjects != place:
            self.draft.link(subjects, kind, place)
        else:
            self.orphans += [(kind, thing) for thing in place]
        self.denying = False

    def small_word(self, i: int, token: Token) -> None:
        if token.role == "and":
            self.joined = True
        elif token.role == "at":
            self.close_phrase()
            self.at = [] if self.shining else self.taken or self.topic or None
            self.place = []
        elif token.role == "him":
            self.pronoun(i)
        elif token.role == "tinted":
            self.draft.tint += [color.value for color in self.said.colors]
            self.tinting, self.said = not self.said.colors, Modifiers()  # 背景是红色的
        elif token.role == "like":
            self.likening = True
        elif token.role == "as":
            self.dressing = True
        elif token.role == "by":
            self.patients = self.topic
        elif token.role == "exist":
            self.close_phrase()
        elif token.role == "measure":
            self._measured(i, token)
        elif token.role in ("toward", "ba"):
            self.toward, self.taking = token.role == "toward", token.role == "ba"
            self.verb = None if self.toward else self.verb
        elif token.role == "between":
            self._between(i)
        elif token.role == "break":
            self._break(i, token)
        elif token.role == "not":
            self.denying = True
        elif token.role in ("plural", "group"):
            self.draft.gather(self.place[-1:], PLURAL if token.role == "plural" else int(token.value or MANY))
        elif token.role == "de":
            self.denying = False
            if self.verb and i and self.tokens[i - 1].role in ("unknown", "other"):
                self.verb, self.said = None, Modifiers()  # what is worn is not known, and whoever wears it comes next
        elif token.role in ("left", "right") and self.place:
            self.localizer(i, Token(role="relation", value=f"{token.role} of"))
        elif token.role in ("left", "right"):
            self.sides.waiting = token.role
            self.sides.main = self.sides.main or self.located or self.topic
        elif token.role in ("sky", "body"):
            if token.role == "sky":
                self.draft.sky(self.said)
            self.said = Modifiers()
            self.place = self.place if self.at and nearby.at(self.tokens, i - 1).role == "de" else []  # 马的背上
            self.verb = None
        elif token.role in ("unknown", "other", "stop"):
            self.said = Modifiers() if nearby.names_light(self.tokens, i) else self.said
            self.draft.unknown += [token.own] if token.role != "stop" else []

    def pronoun(self, i: int) -> None:
        """蝴蝶围绕着她, 她旁边: whom the sentence was about before, or is about."""
        if nearby.before_localizer(self.tokens, i):
            self.place = self.former if self.at else self.topic
        elif self.verb and self.verb[1]:
            self.draft.link(self.verb[1], self.verb[0], self.draft.alive(self.former))
        self.verb = None

    def _measured(self, i: int, token: Token) -> None:
        """一篮苹果: a basket, and the apples in it."""
        self._named(i, numbers := self.draft.name(token, Modifiers(), but=[], again=False))
        self.verb, self.said = ("full", numbers), Modifiers(count=PLURAL)

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

    def _break(self, i: int, token: Token) -> None:
        self.close_phrase()
        self.aloft.coming *= nearby.at(self.tokens, i - 1).role in ("sky", "relation")  # 天空中，…
        self.draft.link(self.topic, "holding", self.taken)
        self.taken, self.place, self.coming, self.toward, self.taking = [], [], None, False, False
        self.verb = self.outer = self.at = self.patients = self.where = None
        self.joined = self.denying = self.likening = self.dressing = self.shining = self.tinting = False
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def close_phrase(self) -> None:
        """What was said of a noun that never came: 猫是黑色的."""
        if self.said.colors and self.topic and self.verb is None and not self.at:
            self.topic = self.draft.late(self.topic, self.said)
        elif self.said.colors and not self.topic and self.verb is None:
            self.draft.tint += [color.value for color in self.said.colors]
        self.said = Modifiers()

    def close_sentence(self) -> None:
        self.draft.link(self.topic, "holding", self.taken)
        self.sides.settle(self.draft)
        self.taken = []
        for kind, thing in self.orphans:
            self.draft.link(self.topic if thing not in self.topic else [], kind, [thing])
        self.orphans, self.located, self.saved = [], [], Modifiers()
