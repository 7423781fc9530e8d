"""Ideas: pictures worth painting, and words to put behind a prompt, in English and in Chinese."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from mengbi.assets import concepts
from mengbi.errors import UnknownName
from mengbi.registry import nearest

if TYPE_CHECKING:
    from mengbi.text.encoder import Encoder

STREAM = 40
"""Of the generator that draws from the box: the painting of the same seed uses others."""
NEAR = 12
"""So many are returned where no word is found and the nearest meanings must do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Ideas of one kind: the tag, its titles, the styles that suit it, and the shape it wants: tall, wide or any."""

    tag: str
    title: str
    title_zh: str
    styles: tuple[str, ...] = ()
    shape: str = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Idea:
    """The same words in two languages, and what they must make a reader see (mengbi.ideas.shows)."""

    en: str
    zh: str
    shows: tuple[str, ...]
    group: Group

    def words(self, language: str) -> str:
        """In Chinese for "zh", in English for anything else."""
        return self.zh if language == "zh" else self.en

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"en": self.en, "zh": self.zh, "tag": self.group.tag, "shows": list(self.shows)}


@cache
def ideas() -> tuple[Idea, ...]:
    """All pictures worth painting."""
    return tuple(_read("prompts.toml", "ideas"))


@cache
def modifiers() -> tuple[Idea, ...]:
    """All words to put behind a prompt."""
    return tuple(_read("modifiers.toml", "words"))


def groups(among: Sequence[Idea]) -> tuple[Group, ...]:
    """The groups of these ideas, in order."""
    return tuple({idea.group.tag: idea.group for idea in among}.values())


def tagged(tag: str, among: Sequence[Idea]) -> tuple[Idea, ...]:
    """Those of one group, named by its tag or by a title. Raises UnknownName with all tags there are."""
    known = {name.lower(): group.tag for group in groups(among) for name in (group.title, group.title_zh, group.tag)}
    if tag.lower() not in known:
        raise UnknownName(f"no tag {tag!r}; {nearest(tag, [group.tag for group in groups(among)])}")
    return tuple(idea for idea in among if idea.group.tag == known[tag.lower()])


def search(words: str, among: Sequence[Idea], encoder: "Encoder | None" = None) -> tuple[Idea, ...]:
    """Those that hold all the words, best first; else those that show what the words mean; else the nearest by meaning.

    words: of any of sixteen languages. encoder: asked only where no table knows a word; None loads the default one.
    """
    from mengbi.text.lexicon import fold

    terms = re.findall(r"[^\s,，、。;；]+", fold(words))
    return (_said(terms, among) or _shown(words, among) or _near(words, among, encoder)) if terms else ()


def blind_box(seed: int, size: tuple[int, int], among: Sequence[Idea]) -> tuple[Idea, str]:
    """An idea for a picture of that shape, and the name of a style that suits it: the same for the same seed."""
    from mengbi.noise import generator

    draw = generator(seed, STREAM)
    shape = "tall" if size[1] > size[0] else "wide" if size[0] > size[1] else "any"
    fitting = [idea for idea in among if idea.group.shape in ("any", shape)] or list(among)
    idea = fitting[int(draw.integers(len(fitting)))]
    return idea, idea.group.styles[int(draw.integers(len(idea.group.styles)))]


def _said(terms: list[str], among: Sequence[Idea]) -> tuple[Idea, ...]:
    patterns = [_pattern(term) for term in terms]
    own = [idea for idea in among if all(p.search(f"{idea.en}\n{idea.zh}".lower()) for p in patterns)]
    about = [idea for idea in among if all(p.search(_about(idea)) for p in patterns)]
    return tuple(own + [idea for idea in about if idea not in own])


def _pattern(term: str) -> re.Pattern[str]:
    """A word of letters stands by itself, in the singular or the plural; characters stand anywhere."""
    if not term.isascii():
        return re.compile(re.escape(term))
    stem = re.escape(re.sub(r"(?<=\w\w)s$", "", term))
    return re.compile(rf"\b({re.escape(term)}|{stem}(s|es)?)\b")


@cache
def _about(idea: Idea) -> str:
    """Its words, its group, and all names of what it shows."""
    named = [concepts()[word] for fact in idea.shows for word in fact.split() if word in concepts()]
    names = [name for concept in named for name in (*concept.en, *concept.zh)]
    return "\n".join((idea.en, idea.zh, idea.group.title, idea.group.title_zh, idea.group.tag, *names)).lower()


def _shown(words: str, among: Sequence[Idea]) -> tuple[Idea, ...]:
    """By what the reader's tables know of the words: renard is a fox."""
    from mengbi.text.draft import FACTS
    from mengbi.text.tokens import tokenize

    wanted = {token.value for token in tokenize(words).tokens if token.role in ("thing", "color", *FACTS)}
    found = [idea for idea in among if wanted <= {word for fact in idea.shows for word in fact.split()}]
    return tuple(found) if wanted else ()


def _near(words: str, among: Sequence[Idea], encoder: "Encoder | None") -> tuple[Idea, ...]:
    from mengbi.text.encoder import load_encoder

    rows = (encoder or load_encoder()).encode([words, *(idea.en for idea in among)])
    order = (-(rows[1:] @ rows[0])).argsort(kind="stable")
    return tuple(among[int(i)] for i in order[:NEAR])


def _read(name: str, key: str) -> Iterator[Idea]:
    data = tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))
    for tag, table in data.items():
        rows = table.pop(key)
        group = Group(tag=tag, **{**table, "styles": tuple(table.get("styles", ()))})
        for en, zh, shows in rows:
            yield Idea(en=en, zh=zh, shows=tuple(filter(None, shows.split(", "))), group=group)
