"""What is lettered on a poster or card: title, words, style, number, seal; and what of them goes into the Plan."""

import re
from dataclasses import dataclass
from typing import Any

from mengbi.assets import fonts
from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.finish.lettering import clusters, is_eastern, legible, missing
from mengbi.finish.purposes import settings as read
from mengbi.finish.purposes.seal import read_seal
from mengbi.plan import Plan
from mengbi.text.prompt import plain

CLAUSE = re.compile(r"[^,，、。;；.!！?？:：|\n]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """All that is lettered."""

    title: str
    words: str  # "" where the title says it all
    style: str  # "" where there is none to speak of
    maker: str  # our own name in the same language
    number: int
    seal: tuple[str, str] | None  # what is cut, "white" or "red"
    seed: int


def planned(brief: Brief) -> dict[str, Any]:
    """The settings that say what is lettered. A title None is taken from the words of each picture.

    Raises BriefError for a title or seal with characters that no font here has.
    """
    if brief.title is not None and missing(brief.title):
        lost = " ".join(missing(brief.title))
        said = f"title {brief.title!r} — no letters here for {lost}; leave them out, or write them otherwise"
        raise BriefError(said, code="letters", what="title", lost=lost)
    seal = None if brief.seal is None else list(read_seal(brief.seal))
    return {"title": brief.title, "seal": seal, "number": brief.number, "fonts": fonts.digest()}


def is_worded(brief: Brief) -> bool:
    """Whether there is anything to make a title of."""
    return bool(plain(brief.prompt).strip() if brief.title is None else brief.title.strip())


def wording(plan: Plan, settings: read.Settings) -> Wording:
    """What is lettered on the picture of a plan. Raises BriefError for settings that are none."""
    sample = plan.samples[0]
    said, title = legible(plain(sample.prompt)), read.words(settings, "title")
    words = said
    if title is None:
        clause = CLAUSE.search(said)
        title, words = clause[0].strip() if clause else said, said[clause.end() :].strip() if clause else ""
        words = words.lstrip(",，、。;；.!！?？:：| ")
    title = legible(title)
    seal = settings.get("seal")
    if seal is not None:
        seal = _seal(seal)
    number = settings.get("number")
    if number is not None and not (type(number) is int and 0 <= number < 10**9):
        raise BriefError(f"a damaged plan: number {str(number)[:80]}; a whole number below a billion")
    return Wording(
        title=title[:1].upper() + title[1:],
        words="" if _bare(words) == _bare(title) else words,
        style="" if plan.style.name == "none" else style_label(plan, title),
        maker="梦笔" if is_eastern(title) else "Mengbi",
        number=sample.seed % 10_000 if number is None else number,
        seal=seal,
        seed=sample.seed,
    )


def style_label(plan: Plan, beside: str) -> str:
    """The style's name in the language of the title."""
    return legible((plan.style.title_zh or plan.style.title) if is_eastern(beside) else plan.style.title)


def _seal(found: Any) -> tuple[str, str]:
    if not (isinstance(found, list | tuple) and len(found) == 2 and all(isinstance(part, str) for part in found)):
        raise BriefError(f"a damaged plan: seal {str(found)[:80]}; what is cut, and white or red")
    signs, cut = found
    if cut not in ("white", "red") or not 1 <= len(clusters(signs)) <= 4 or missing(signs):
        raise BriefError(f"a damaged plan: seal {str(found)[:80]}; one to four characters, and white or red")
    return signs, cut


def _bare(words: str) -> str:
    return "".join(c for c in words.casefold() if c.isalnum())
