"""What stands around a word of a sentence, and what that makes of it: for languages that read as English does."""

import re
from collections.abc import Mapping, Sequence

from mengbi.text.draft import Draft
from mengbi.text.lexicon import Meaning
from mengbi.text.noun import MODIFIERS
from mengbi.text.tokens import Token

END = Token(role="break", value=".")
_VERB = re.compile(r"(ing|ed|[^s]s)$")
"""Endings of English verbs that no table holds."""


def at(tokens: Sequence[Token], i: int) -> Token:
    """The token there, or a full stop outside the sentence."""
    return tokens[i] if 0 <= i < len(tokens) else END


def describes(tokens: Sequence[Token], i: int) -> bool:
    """In "a robot cat" the first noun only describes the second."""
    before, after, later = (at(tokens, place) for place in (i - 1, i + 1, i + 2))
    if after.text == "s" and later.role in ("thing", "unknown", *MODIFIERS):
        return True  # grandma's cat
    if after.role != "thing" or tokens[i].plural or after.text == tokens[i].text:
        return False
    if before.role == "break":
        return later.role != "thing"  # "cat dog tree" is a list
    return before.role in (
        *MODIFIERS,
        "relation",
        "verb",
        "with",
        "full",
        "as",
        "the",
        "him",
        "stop",
        "other",
        "unknown",
    )


def lists(tokens: Sequence[Token], i: int) -> bool:
    """Whether a list goes on after the comma here, until its last "and": a hat, a scarf and boots."""
    named = False
    for token in tokens[i + 1 : i + 24]:
        if token.role == "thing":
            named = True
        elif named and token.role == "and":
            return True
        elif token.role == "break" and named and token.value == ",":
            named = False
        elif token.role not in (*MODIFIERS, "the", "other", "unknown", "stop", "mood"):
            return not named and token.role == "and"
    return False


def names_place(tokens: Sequence[Token], i: int, phrases: Mapping[str, tuple[Meaning, ...]]) -> bool:
    """In "a fairy forest" what comes before and after is about the forest."""
    after = at(tokens, i + 1)
    first = phrases.get(after.text.split(" ")[0], ())
    return after.role == "ground" and not any(meaning.role in ("relation", "stop") for meaning in first)


def acts(tokens: Sequence[Token], i: int) -> bool:
    """In "a monk sweeps leaves" the strange word is a verb, and the leaves are not whom the sentence is about."""
    before, after = at(tokens, i - 1), at(tokens, i + 1)
    verb = tokens[i].role == "unknown" and _VERB.search(tokens[i].text) is not None
    return verb and before.role in ("thing", "break", "him") and after.role in ("thing", "the", *MODIFIERS)


def compares(tokens: Sequence[Token], i: int) -> bool:
    """ "as white as snow", "quiet as a mouse"; but "the cat as the sun sets" """
    return i > 0 and tokens[i - 1].role in (*MODIFIERS, "other", "unknown", "mood", "stop")


def adjective_follows(tokens: Sequence[Token], i: int) -> bool:
    """ "a red, fluffy cat": the colour waits for its noun across the comma."""
    return at(tokens, i + 1).role in ("color", "size", "other", "unknown", "stop", "thing")


def follows_noun(tokens: Sequence[Token], i: int) -> bool:
    """Where a colour follows its noun: whether this one does."""
    return i > 0 and tokens[i - 1].role in ("thing", "color", "other", "unknown", "size", "is")


def owns(tokens: Sequence[Token], i: int) -> bool:
    """ "her cat" is only a cat; but "behind her" somebody is meant."""
    rest = (token for token in tokens[i + 1 :] if token.role not in ("color", "size", "other", "mood"))
    return tokens[i].text == "her" and next(rest, END).role in ("thing", "unknown")


def continues(draft: Draft, kind: str, subjects: Sequence[int], number: int) -> bool:
    """Wearing a hat and gloves, holding a book and a pen: whether the second is worn or held as the first is."""
    if draft.is_a("fitting", number):
        return any(draft.is_a("building", each) for each in subjects)
    if kind in ("left of", "full") or (kind == "holding" and any(draft.is_a("vehicle", each) for each in subjects)):
        return True
    if kind in ("wearing", "with", "in") and draft.is_a("wearable", number):
        return any(draft.is_a("animate", subject) for subject in subjects)
    return kind in ("holding", "with") and draft.is_a("portable", number) and not draft.is_a("animate", number)
