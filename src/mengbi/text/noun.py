"""A noun while it is being read, and what was said of it before it came."""

import re
from dataclasses import dataclass, field

from mengbi.text.tokens import Token

MODIFIERS = ("color", "count", "size", "spread")
"""Roles of tokens that are said of a noun to come."""
FLOATS, FLIES = 1, 2
"""How surely a thing is in the air: if there is no water for it, or in any case."""
_GATHERED = re.compile(r"( of|[群队排行堆丛簇筐窝摞篮对双些串])$")
"""Ends of phrases that gather: "a group of", 一排; a number after them says how many it really are."""


@dataclass(kw_only=True, slots=True)
class Modifiers:
    """What was said of a noun that is still to come."""

    colors: list[Token] = field(default_factory=list)
    count: int | None = None
    size: str | None = None
    phrase: str = ""  # where the number stood
    spread: bool = False  # a field of them
    lift: int = 0  # as in Noun

    def __bool__(self) -> bool:
        return bool(self.colors) or self.count is not None or self.size is not None

    def over(self, before: "Modifiers") -> "Modifiers":
        """These, and of what was said before what they leave open."""
        return Modifiers(
            colors=self.colors or before.colors,
            count=self.count or before.count,
            size=self.size or before.size,
            spread=self.spread or (before.spread and self.count is None),
            lift=max(self.lift, before.lift),
        )

    def counted(self, token: Token) -> None:
        """Takes a number; "seven flocks" stay seven, but "a group of three" are three."""
        if self.count is None or self.count == 1 or _GATHERED.search(self.phrase):
            self.count, self.phrase = int(token.value), token.text
            self.spread = token.role == "spread"


@dataclass(kw_only=True, slots=True)
class Noun:
    """A thing while it is being read."""

    concept: str
    words: str
    color: str | None
    count: int
    size: str | None
    vague: bool  # comes along with a place, or no number was said: "five of them" may be said later
    implied: bool  # comes along with a place or a feast: what is said of such things later, is said of these
    spread: bool = False  # a field of them
    lift: int = 0  # FLIES: it is in the air; FLOATS: it is, unless there is water
