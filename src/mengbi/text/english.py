"""The grammar of languages that put a preposition before its noun: English, and those near it in this."""

from dataclasses import replace

from mengbi.text import ahead, aloft
from mengbi.text.draft import FACTS, WHOLES, Draft
from mengbi.text.lexicon import lexicon
from mengbi.text.noun import FLIES, MODIFIERS, Modifiers
from mengbi.text.sentence import Sentence, Waiting
from mengbi.text.tokens import MANY, Reading, Token


def read_prepositions(reading: Reading) -> Draft:
    """Reads tokens from left to right into a Draft."""
    reader = _Reader(reading)
    for i, token in enumerate(reading.tokens):
        reader.read(i, token)
    reader.close_phrase()
    reader.close_sentence()
    return reader.draft


MIDDLE = ("in the middle", "in the center", "in the centre", "at the center")


class _Reader:
    """Remembers what was said of the noun to come, and what kind of word stood before."""

    def __init__(self, reading: Reading) -> None:
        self.tokens = reading.tokens
        self.phrases = lexicon(reading.language).phrases
        self.alone = lexicon(reading.language).alone
        self.color_after = lexicon(reading.language).color_after
        self.sentence = Sentence()
        self.draft = self.sentence.draft
        self.aloft = aloft.Aloft(draft=self.draft)
        self.said = Modifiers()
        self.joined = False  # "and" stood right before
        self.listed = False  # a comma did, and "and" will follow
        self.moved = False  # a verb stood since the last noun: what follows is about the topic
        self.predicate = False  # "is" stood right before
        self.denying = False
        self.likening = False  # "like sheep": there are no sheep
        self.definite = False  # "the" stood before
        self.acting = False  # a verb that no table knows waits for its object
        self.opening = True  # no noun stood in this clause
        self.fresh = True  # nor in this sentence
        self.placed = False  # the nearest noun is a place
        self.shining = False  # or something in the sky
        self.tinting = False  # "all in": the colours that follow are those of the whole picture

    def read(self, i: int, token: Token) -> None:
        if token.role in MODIFIERS:
            self.modify(i, token)
        elif token.role in FACTS:
            self.fact(token)
        elif token.role == "thing":
            self.thing(i, token)
        elif token.role == "part":
            self.part(i, token)
        elif token.role == "as" and ahead.compares(self.tokens, i):
            self.liken()  # as white as a ghost
        elif token.role in ("relation", "with", "full", "verb", "between", "as"):
            self.relation(token)
        elif token.role == "him":
            self.pronoun(i, token)
        else:
            self.small_word(i, token)

    def modify(self, i: int, token: Token) -> None:
        if token.role in ("count", "spread"):
            self.said.counted(token)
        elif token.role == "size":
            self.said.size = token.value
        elif self.tinting:
            self.draft.tint.append(token.value)
        elif self.color_after and self.sentence.last and ahead.follows_noun(self.tokens, i):
            self.draft.nouns[self.sentence.last[-1]].color = (
                self.draft.nouns[self.sentence.last[-1]].color or token.value
            )
        elif not self.said.colors or self.joined:
            self.joined = self.joined and not self.said.colors
            self.said.colors.append(token)

    def fact(self, token: Token) -> None:
        if any(meaning.role == "feature" for color in self.said.colors for meaning in self.alone.get(color.text, ())):
            self.close_phrase()  # a rainbow over the sea
        if token.value == "clouds" and self.sentence.waiting and self.sentence.waiting.kind in ("above", "on", "in"):
            token = replace(token, role="ground")
        self.placed, self.tinting = token.role == "ground", False
        self.opening = self.opening and token.role != "feature"
        self.shining = token.role == "feature"
        self.aloft.coming = 0 if self.shining else self.aloft.coming
        self.sentence.fronted = [] if self.shining else self.sentence.fronted  # behind it a rainbow
        if self.likening:
            self.likening = False
            self.draft.unknown.append(token.own)
        elif self.denying:
            self.draft.denied.add((token.role, token.value))
        else:
            self.draft.fact(token, self.said)
        if token.role != "mood":
            self.said = Modifiers()
            self.sentence.waiting = None
        self.joined = self.predicate = self.definite = False

    def thing(self, i: int, token: Token) -> None:
        if self.denying:
            self.draft.denied.add(("thing", token.value))
            self.said = Modifiers()
            return
        if self.likening or ahead.describes(self.tokens, i):
            self.draft.unknown.append(token.own)
            self.likening, self.said = False, self.said if not self.likening else Modifiers()
            return
        if self.sentence.waiting and self.sentence.waiting.kind == "as":
            self.draft.dress(self.sentence.waiting.subjects, token)
            self.sentence.waiting, self.said = None, Modifiers()
            return
        waiting = self.sentence.waiting
        again = self.definite or (waiting is not None and not token.plural)
        spoken = waiting is not None and waiting.opens and self.definite  # "a canoe on a river, in the boat an old man"
        but = waiting.subjects if waiting and not spoken else []
        numbers = self.draft.name(token, self.said, but=but, again=again and not self.joined)
        if ahead.names_place(self.tokens, i, self.phrases):
            self.said = Modifiers()
        elif token.implied:
            self.said, self.sentence.waiting, self.joined, self.definite = Modifiers(), None, False, False
        else:
            self._named(numbers)

    def part(self, i: int, token: Token) -> None:
        """ "above the roof" is above the house."""
        if ahead.at(self.tokens, i + 1).role == "of":
            return  # the roof of a house: that is still to come
        if whole := self.draft.whole(token.value):
            self._named(whole)
        else:
            self.thing(i, replace(token, role="thing", value=WHOLES[token.value]))

    def _named(self, numbers: list[int]) -> None:
        """What a noun does in the sentence: an object of what waits for one, or whom the sentence is about."""
        joined, listed, acting = self.joined, self.listed, self.acting
        self.said, self.joined, self.listed, self.acting = Modifiers(), False, False, False
        self.predicate = self.moved = self.definite = self.placed = self.opening = self.fresh = self.tinting = False
        self.shining = False
        if numbers:
            self.aloft.name(numbers, joined=joined)
            self.sentence.name(numbers, joined=joined, listed=listed, acting=acting)

    def relation(self, token: Token) -> None:
        """A preposition belongs to the nearest noun, unless that is worn or held, or a verb stood between."""
        moved, placed = self.moved, self.placed
        opens = self.opening and token.role in ("relation", "between")
        self.close_phrase()
        kind = token.role if token.role in ("with", "full", "between", "as") else token.value
        verb = token.role == "verb"
        subjects = [] if self.shining else self.sentence.whose(kind, verb=verb or moved)
        if (self.fresh and opens) or (placed and kind == "full"):  # a forest full of mushrooms: nobody has them
            subjects = []
        self.sentence.waiting = Waiting(kind, subjects, opens)
        if (how := aloft.rises(token)) and subjects:
            self.aloft.of(subjects, how)
        self.moved = verb
        self.denying = self.acting = False
        self.sentence.settled = []

    def pronoun(self, i: int, token: Token) -> None:
        """ "behind her" means somebody; "her cat" is only a cat."""
        if not ahead.owns(self.tokens, i):
            self.sentence.point(token)
            self.close_phrase()

    def small_word(self, i: int, token: Token) -> None:
        """Words that only join, deny or point; the rest says who does something, and where."""
        if token.role == "and":
            self._and(i)
        elif token.role == "break":
            self._break(i, token)
        elif token.role == "is":
            self.predicate = True
            if token.text.startswith(("which", "that", "who")):
                self.sentence.relative()
        elif token.role == "not":
            self.denying = True
        elif token.role == "sky":
            self._sky()
        elif token.role == "air":
            self._in_the_air()
            self._turn()
            self.sentence.waiting = None
        elif token.role == "tint":
            self.close_phrase()
            self.tinting = True
        elif token.role == "tinted":
            self.draft.tint += [color.value for color in self.said.colors]
            self.tinting, self.said, self.sentence.waiting = not self.said.colors, Modifiers(), None
        elif token.role == "group":
            self.draft.gather(self.sentence.last[-1:], int(token.value or MANY))
        elif token.role == "body":
            if self.sentence.waiting and self.sentence.waiting.kind == "on":
                self.sentence.bring("on")  # "with crows on both arms"
            self.said, self.sentence.waiting = Modifiers(), None  # "with blue eyes": the drawing has its own
        elif token.role == "the":
            self.definite = True
            if token.text == "that" and ahead.at(self.tokens, i + 1).role in ("verb", "move", "with"):
                self.sentence.relative()
        elif token.role == "which":
            self.sentence.relative()
        elif token.role == "like" or (token.role == "here" and token.text == "as" and ahead.compares(self.tokens, i)):
            self.liken()
        else:
            self.doing(i, token)

    def _sky(self) -> None:
        """ "a whale in a pink sky" is in the air, one under it is not."""
        waiting, self.sentence.waiting = self.sentence.waiting, None
        if waiting and waiting.kind in ("in", "inside") and not self.shining:
            self.aloft.of(waiting.subjects, FLIES)
        self.draft.sky(self.said)
        self.said = Modifiers()

    def _in_the_air(self) -> None:
        """ "in the sky": who, was said before, or comes."""
        if not (self.placed or self.shining):
            doers = aloft.doers(self.draft, self.sentence.topic, self.sentence.last)
            self.aloft.of([] if self.opening else doers if self.moved else self.sentence.last, FLIES)

    def liken(self) -> None:
        """What comes is nothing in the picture; but a horse as white as snow is white."""
        self.predicate = bool(self.said.colors)
        self.close_phrase()
        self.likening = True

    def doing(self, i: int, token: Token) -> None:
        """ "stands", "on the left", "there is", and words that nobody knows."""
        if token.role == "here":
            self._turn()
            self.sentence.waiting = None
            if token.text in MIDDLE:
                self._side("middle")
        elif token.role in ("left", "right"):
            self._side(token.role)
        elif token.value in aloft.HOW and aloft.describes(self.tokens, i):
            self.said.lift = aloft.HOW[token.value]
        elif token.role == "move" and not (i and self.tokens[i - 1].role in (*MODIFIERS, "the")):  # a sleeping cat
            self._turn()
            if token.value in aloft.HOW and not (aloft.stays(self.tokens, i) or self.placed or self.shining):
                self.draft.lift(
                    aloft.doers(self.draft, self.sentence.topic, self.sentence.last), aloft.HOW[token.value]
                )
            self.moved = True
            self.denying = self.opening = self.placed = False
            self.sentence.waiting = None
        elif token.role == "of" and token.text.startswith(("made", "shaped", "in ")):
            self.likening = True  # a boat made of a walnut: there is no nut
        elif (
            token.role == "of"
            and self.sentence.last
            and self.draft.is_a("container", self.sentence.last[-1])
            and not self.said
        ):
            self.sentence.waiting = Waiting("full", [self.sentence.last[-1]])
        elif token.role in ("unknown", "other"):
            self.draft.unknown.append(token.own)
            if ahead.at(self.tokens, i + 1).role in ("break", "and"):
                self.sentence.waiting = None  # "on the floor": nobody knows what that is
            self.acting = self.acting or ahead.acts(self.tokens, i)
            if self.said.colors and not self.predicate and not ahead.adjective_follows(self.tokens, i):
                self.said, self.sentence.waiting = Modifiers(), None  # "in a golden cage": nobody else is golden

    def _and(self, i: int) -> None:
        if not (self.said.colors and ahead.at(self.tokens, i + 1).role == "color") and not self.tinting:
            self.sentence.adverb()
            self.close_phrase(keep_joined=True)
            self.opening = True
        self.joined = True

    def _turn(self) -> None:
        self.close_phrase()
        self.sentence.turn()

    def _break(self, i: int, token: Token) -> None:
        keep = token.value == "," and self.said and not self.predicate and ahead.adjective_follows(self.tokens, i)
        if not keep:
            if not (self.sentence.waiting and self.sentence.waiting.kind == "between"):
                self.sentence.adverb()
            self.tinting = self.shining = False
            self.close_phrase()
            self.denying = self.likening = self.acting = self.placed = False
            self.moved, self.opening = bool(self.sentence.topic), True
            self.sentence.opened = None
            self.listed = token.value == "," and ahead.lists(self.tokens, i)
        elif ahead.at(self.tokens, i + 1).role == "color":
            self.joined = True  # red, blue and yellow balloons
        if token.value in ".;!?…。；！？\n":
            self.close_sentence()

    def _side(self, side: str) -> None:
        self.close_phrase()
        if side != "middle" and self.sentence.bring(f"{side} of"):
            return
        if self.sentence.last and not self.moved:
            self.sentence.sides.named[side] = self.sentence.last[-1]
            self.moved = True
        else:
            self.sentence.sides.waiting = side

    def close_phrase(self, keep_joined: bool = False) -> None:
        """What was said of a noun that never came: "the cat is black", "a woman in red", "an orange"."""
        color = self.said.colors[0] if self.said.colors else None
        if color and self.predicate and self.sentence.last:
            self.draft.nouns[self.sentence.last[-1]].color = color.value
        elif (
            color
            and self.sentence.waiting
            and self.sentence.waiting.kind in ("in", "wearing", "with")
            and self.sentence.waiting.subjects
        ):
            for subject in self.sentence.waiting.subjects:
                self.draft.nouns[subject].color = self.draft.nouns[subject].color or color.value
            self.sentence.waiting = None
        elif color and self.said.count and self.said.phrase not in ("a", "an") and self.sentence.several():
            self.sentence.topic = self.draft.late(self.sentence.topic, self.said)  # two cats, one black
        elif color and color.text in self.alone:
            self.said.colors = []
            for meaning in self.alone[color.text]:
                self.read(-1, replace(color, role=meaning.role, value=meaning.value))
        elif color and not self.predicate:
            self.draft.tint += [each.value for each in self.said.colors]
        self.said = Modifiers()
        self.predicate = self.definite = False
        self.joined = self.joined and keep_joined

    def close_sentence(self) -> None:
        self.sentence.close()
        self.fresh = True
