"""Words that chance chooses: `__animal__` from a list, `{red|blue}` from what is written; same seed, same words.

    __animal__           a line of the person's animal.txt, or of the list that ships; __动物__ draws in Chinese
    {a|b|c}              one of them, each may hold more of the same
    {3::a|b}             a three times as likely as b; lines of a list may carry such a weight, too
    {2$$a|b|c}           two different ones, joined by ", "; {1-2$$ and $$a|b|c} one or two, joined by " and "

This is the syntax of the dynamic-prompts extension. Braces that do not pair are literal text, and so are \\{ \\| \\}.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from mengbi.brief import MAX_PROMPT, check_words
from mengbi.errors import PromptError
from mengbi.noise import generator
from mengbi.registry import nearest

STREAM = int.from_bytes(b"words")
"""The stream of a picture's chance that chooses words."""

_MAX_DEPTH = 16
_MAX_DRAWS = 1000
_MAX_LIST = 2**20

_TOKEN = re.compile(r"\\[{}|｛｝｜\\]|[{}|｛｝｜]|__([^\W_][\w/-]*?)__")
_WEIGHT = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)::")
_SEVERAL = re.compile(r"\s*([0-9]{1,4})(?:-([0-9]{1,4}))?\$\$(?:([^{}|$]*)\$\$)?")


def expand(prompt: str, seed: int, folder: Path | None = None) -> str:
    """The prompt with every choice made. folder: a person's own lists, NAME.txt with one entry a line, # for comments.

    Raises PromptError for a list that is unknown (with the nearest name), empty, unreadable or calls itself, and where
    the result is longer than a prompt may be.
    """
    if not _TOKEN.search(prompt):
        return prompt
    words = _expand(prompt, _Chance(seed, folder), ())
    check_words("prompt with its wildcards drawn", words)
    return words


def names(folder: Path | None = None) -> list[str]:
    """Every list that `expand` can draw from, a person's own first."""
    own = sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.txt")) if folder else []
    return list(dict.fromkeys([*own, *_built_in()]))


class _Chance:
    """What is drawn from, how often still, and whose lists."""

    def __init__(self, seed: int, folder: Path | None) -> None:
        self._folder = folder
        self._lists: dict[str, list[tuple[str, float]]] = {}
        self._uniform = generator(seed, STREAM)
        self._left = _MAX_DRAWS

    def entries(self, name: str) -> list[tuple[str, float]]:
        """The entries of a list, read once."""
        if name not in self._lists:
            self._lists[name] = _entries(name, self._folder)
        return self._lists[name]

    def draw(self, options: list[tuple[str, float]], count: int) -> list[str]:
        """`count` different options, each as likely as its weight."""
        options = [option for option in options if option[1] > 0]
        if count > len(options):
            raise PromptError(f"{count} words to draw from {len(options)} choices; ask for fewer or write more of them")
        drawn = []
        for _ in range(count):
            self._left -= 1
            if self._left < 0:
                raise PromptError(f"more than {_MAX_DRAWS} wildcards are drawn in one prompt; use fewer")
            sums = np.cumsum([weight for _, weight in options])
            # of numpy's draws only `random` has kept its values over the years
            index = int(np.searchsorted(sums, self._uniform.random() * sums[-1], side="right"))
            drawn.append(options.pop(min(index, len(options) - 1))[0])
        return drawn

    def between(self, low: int, high: int) -> int:
        return low + int(self._uniform.random() * (high - low + 1))


def _expand(text: str, chance: _Chance, within: tuple[str, ...]) -> str:
    """within: the lists and braces around this text, outermost first; "" stands for braces."""
    if len(within) > _MAX_DEPTH:
        path = " > ".join(f"__{name}__" for name in within if name)
        raise PromptError(f"choices nested more than {_MAX_DEPTH} deep ({path or '{{{…'}); write them flatter")
    out, position = [], 0
    pairs = _pairs(text)
    while token := _TOKEN.search(text, position):
        out.append(text[position : token.start()])
        position = token.end()
        if token[1]:
            out.append(_from_list(token[1], chance, within))
        elif token.start() in pairs:
            position = pairs[token.start()] + 1
            out.append(_from_braces(text[token.end() : position - 1], chance, within))
        else:
            out.append(token[0][1:] if token[0][0] == "\\" and token[0] != "\\\\" else token[0])
        if sum(map(len, out)) > 4 * MAX_PROMPT:
            raise PromptError(f"the prompt grows past {MAX_PROMPT} characters when its wildcards are drawn; use fewer")
    return "".join([*out, text[position:]])


def _from_list(name: str, chance: _Chance, within: tuple[str, ...]) -> str:
    if name in within:
        raise PromptError(f"the wildcard __{name}__ calls itself ({' > '.join(filter(None, (*within, name)))})")
    return _expand(chance.draw(chance.entries(name), 1)[0], chance, (*within, name))


def _from_braces(content: str, chance: _Chance, within: tuple[str, ...]) -> str:
    several = _SEVERAL.match(content)
    count, joiner = 1, ""
    if several:
        content = content[several.end() :]
        low, high = int(several[1]), int(several[2] or several[1])
        if low > high:
            raise PromptError(f"{{{low}-{high}$$…}} draws from {low} to {high}; write the smaller number first")
        count, joiner = chance.between(low, high), ", " if several[3] is None else several[3]
    drawn = chance.draw([_weighed(option) for option in _options(content)], count)
    return joiner.join(_expand(option, chance, (*within, "")) for option in drawn)


def _weighed(option: str) -> tuple[str, float]:
    weight = _WEIGHT.match(option)
    return (option[weight.end() :], float(weight[1])) if weight else (option, 1.0)


def _pairs(text: str) -> dict[int, int]:
    """Where each brace that is closed opens -> where it closes."""
    pairs, stack = {}, []
    for token in _TOKEN.finditer(text):
        if token[0] in "{｛":
            stack.append(token.start())
        elif token[0] in "}｝" and stack:
            pairs[stack.pop()] = token.start()
    return pairs


def _options(content: str) -> Iterator[str]:
    """What the bars divide, less those within inner braces."""
    pairs = _pairs(content)
    start = closed = 0
    for token in _TOKEN.finditer(content):
        if token.start() < closed:
            continue
        if token.start() in pairs:
            closed = pairs[token.start()]
        elif token[0] in "|｜":
            yield content[start : token.start()]
            start = token.end()
    yield content[start:]


def _entries(name: str, folder: Path | None) -> list[tuple[str, float]]:
    own = folder / f"{name}.txt" if folder else None
    if own is not None and own.is_file():
        text = _read(own, name)
    elif name in _built_in():
        text = (files("mengbi.text") / "lists" / f"{name}.txt").read_text("utf-8")
    else:
        raise PromptError(f"no wildcard __{name}__; {nearest(name, names(folder))}", code="wildcard", name=name[:100])
    lines = [line.strip() for line in text.splitlines()]
    entries = [_weighed(line) for line in lines if line and not line.startswith("#")]
    if not entries:
        said = f"the wildcard __{name}__ has no entries; write one a line into {own}"
        raise PromptError(said, code="wildcard", name=name[:100])
    return entries


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > _MAX_LIST:
            raise PromptError(f"the list of __{name}__ has more than {_MAX_LIST >> 20} MiB; make it shorter")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptError(f"the list of __{name}__ is not UTF-8 text; save {path} as UTF-8") from error
    except OSError as error:
        raise PromptError(f"the list of __{name}__ cannot be read ({error.strerror}): {path}") from error


@cache
def _built_in() -> tuple[str, ...]:
    lists = files("mengbi.text") / "lists"
    return tuple(sorted(Path(item.name).stem for item in lists.iterdir() if item.name.endswith(".txt")))
