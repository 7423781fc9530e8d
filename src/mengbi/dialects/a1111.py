"""A1111's text: the words, the words that are not wanted, and a line of settings that many programs write alike."""

import json
import re

_PAIR = re.compile(r'\s*(\w[\w \-/()]*):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_LINE = re.compile(r"(\w[\w \-/()]{0,60}):\s(.*)")
_NEGATIVE = "Negative prompt:"
_STRUCTURES = 8
"""Values that are JSON, as Civitai writes them, are read as such this often; a hostile line could hold thousands."""


def parse_parameters(text: str) -> dict[str, str]:
    """The fields of A1111's text, also as other tools write it; "Prompt" and "Negative prompt" are always there.

    The last line holds settings only if it has three or more `key: value` pairs, as A1111 reads it; some extensions
    write lines of their own after it. Without settings all of it belongs to the words.
    """
    lines = text.replace("\r\n", "\n").strip().split("\n")
    at, pairs = _settings(lines)
    said: dict[str, list[str]] = {"Prompt": [], "Negative prompt": []}
    key = "Prompt"
    for line in map(str.strip, lines[:at]):
        if line.startswith(_NEGATIVE):
            key = "Negative prompt"
        said[key].append(line.removeprefix(_NEGATIVE).strip() if key == "Negative prompt" else line)
    return {name: "\n".join(words).strip("\n") for name, words in said.items()} | pairs | _more(lines[at + 1 :])


def _settings(lines: list[str]) -> tuple[int, dict[str, str]]:
    """Where the line of settings stands, and what it says."""
    for at in range(len(lines) - 1, -1, -1):
        if at == len(lines) - 1 or lines[at].startswith("Steps:"):
            pairs = _pairs(lines[at])
            if len(pairs) >= 3:
                return at, pairs
    return len(lines), {}


def _more(lines: list[str]) -> dict[str, str]:
    """Lines after the settings; one without a key belongs to the line before it."""
    found: dict[str, list[str]] = {}
    words: list[str] = []
    for line in lines:
        pair = _LINE.match(line)
        if pair:
            words = found.setdefault(pair[1], [])
            words.append(pair[2])
        else:
            words.append(line)
    return {key: "\n".join(words).strip() for key, words in found.items()}


def _pairs(line: str) -> dict[str, str]:
    """Pairs one after another, from each comma to the next: a hostile line costs no more than its length."""
    pairs: dict[str, str] = {}
    position, structures = 0, 0
    while position < len(line):
        pair = _PAIR.match(line, position)
        if pair is None:
            comma = line.find(",", position)
            position = len(line) if comma < 0 else comma + 1
            continue
        value, position = pair[2], pair.end()
        if value[:1] in ("[", "{") and structures < _STRUCTURES:
            structures += 1
            value, position = _structure(line, pair.start(2), value, position)
        pairs[pair[1]] = _unquoted(value.strip())
    return pairs


def _structure(line: str, start: int, value: str, end: int) -> tuple[str, int]:
    """A value that is JSON goes to its own end, whatever commas it has."""
    try:
        _, stop = json.JSONDecoder().raw_decode(line, start)
    except (ValueError, RecursionError):
        return value, end
    comma = line.find(",", stop)
    return line[start:stop], len(line) if comma < 0 else comma + 1


def _unquoted(value: str) -> str:
    if not (len(value) > 1 and value[0] == value[-1] == '"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
