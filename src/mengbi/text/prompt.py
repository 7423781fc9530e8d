r"""The prompt grammar that people know from AUTOMATIC1111's web UI, with its exact arithmetic.

    a (red:1.3) fox        attention: (x) times 1.1, [x] divided by 1.1, (x:1.3) times 1.3; nesting multiplies
    a [cat:dog:0.5]        schedule: cat for the first half of the steps, then dog; [dog:10] from step 10
    a [cat|dog]            alternates, a step each
    a cat AND a dog :0.5   two prompts composed, the second at half strength (Liu et al. 2022)
    BREAK, \( \) \[ \]     start afresh; brackets that mean themselves

They are read in that program's order: AND, then schedules, then attention. What does not fit the grammar is literal
text, and only that piece of it. Fullwidth （）［］：｜, which a Chinese or Japanese keyboard types, count as the ASCII
ones. On purpose unlike there: a number after the last colon is a strength only where there is an AND ("at 12:30" is
text), and a stray | does not turn the rest of the grammar off.
"""

import re
from dataclasses import dataclass

BREAK = "BREAK"
"""The text of the span that `attention` gives for this word; its weight is −1 whatever stands around it."""

_LAST_STEP = 1000
_MAX_WEIGHT = 1e6

_ASCII = str.maketrans("（）［］：｜", "()[]:|")
_CLOSES = {"(": ")", "[": "]"}
_WORD = "[^\\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"  # Chinese, Japanese and Korean put no spaces around AND
_AND = re.compile(rf"(?<!{_WORD})AND(?!{_WORD})")
_BREAK = re.compile(rf"\s*(?<!{_WORD})BREAK(?!{_WORD})\s*")
_STRENGTH = re.compile(r"[:：]\s*([-+]?(?:[0-9]{1,6}\.?|[0-9]{0,6}\.[0-9]+))\s*\Z")
_WHEN = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*")
_SCHEDULE = re.compile(r"\\.|[\\()\[\]:|（）［］：｜]|[^\\()\[\]:|（）［］：｜]+", re.DOTALL)
_ATTENTION = re.compile(
    r"""
    \\[\\()\[\]（）［］] | \\                                                # an escape
    | [(（\[［] | [:：]\s*([-+]?(?:\d{1,6}\.?\d*|\.\d+))\s*[)）] | [)）\]］]    # a bracket, one closed by a weight
    | [^\\()\[\]:（）［］：]+ | [:：]                                         # text
    """,
    re.VERBOSE,
)


def parts(prompt: str) -> list[tuple[str, float]]:
    """The prompts that AND composes, each with its strength: "A AND B :0.5" -> [("A", 1.0), (" B", 0.5)]."""
    texts = _AND.split(prompt)
    if len(texts) == 1:
        return [(prompt, 1.0)]
    found = [(text, _STRENGTH.search(text)) for text in texts]
    return [(text[: m.start()].rstrip(), float(m[1])) if m else (text.rstrip(), 1.0) for text, m in found]


def schedule(text: str, steps: int) -> list[tuple[int, str]]:
    """What the text is over the steps: (last step it holds for, text), steps counted from 1, the last one `steps`.

    In [from:to:n], n with a decimal point is a fraction of the steps, n without is a step.
    """
    nodes, stops = _parse(text, steps)
    return [(stop, _render(nodes, stop, stop - 1)) for stop in sorted(stops)]


def attention(text: str) -> list[tuple[str, float]]:
    """Spans of text with their weights; neighbours of equal weight are one span, open brackets close at the end.

    The word BREAK is a span of its own, (BREAK, −1).
    """
    spans: list[tuple[str, float]] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}
    for token in _ATTENTION.finditer(text):
        piece, weight = token[0], token[1]
        sign = piece.translate(_ASCII)
        if piece.startswith("\\"):
            spans.append((piece[1:], 1.0))
        elif sign in _CLOSES:
            opened[sign].append(len(spans))
        elif weight is not None and opened["("]:
            _multiply(spans, opened["("].pop(), float(weight))
        elif sign == ")" and opened["("]:
            _multiply(spans, opened["("].pop(), 1.1)
        elif sign == "]" and opened["["]:
            _multiply(spans, opened["["].pop(), 1 / 1.1)
        else:
            first, *others = _BREAK.split(piece)
            spans.append((first, 1.0))
            for other in others:
                spans += [(BREAK, -1.0), (other, 1.0)]
    for start in opened["("]:
        _multiply(spans, start, 1.1)
    for start in opened["["]:
        _multiply(spans, start, 1 / 1.1)
    return _merge(spans)


def plain(prompt: str) -> str:
    """The words without the grammar: composed prompts joined, the last stage of a schedule, the first alternative.

    Words of weight or strength zero or below are not said. Plain text is itself, less the spaces around it.
    """
    said = []
    for text, strength in parts(prompt):
        if strength > 0:
            nodes, _ = _parse(text, _LAST_STEP)
            said.append(wanted(attention(_render(nodes, _LAST_STEP, turn=0))))
    return ", ".join(words for words in said if words)


def wanted(spans: list[tuple[str, float]]) -> str:
    """The words of weight above zero, joined; a comma where a BREAK stood."""
    chunks = [""]
    for text, weight in spans:
        if (text, weight) == (BREAK, -1.0):
            chunks.append("")
        elif weight > 0:
            chunks[-1] += text
    if len(chunks) == 1:
        return chunks[0].strip()
    return ", ".join(filter(None, (chunk.strip(" ,，\n") for chunk in chunks)))


@dataclass(frozen=True, slots=True)
class _Switch:
    """[before:after:n]"""

    before: "list[_Node]"
    after: "list[_Node]"
    last: int  # step of `before`


@dataclass(frozen=True, slots=True)
class _Turns:
    """[a|b|c]"""

    options: "list[list[_Node]]"


_Node = str | _Switch | _Turns


@dataclass(frozen=True, slots=True)
class _Open:
    """A bracket that is not closed yet, and what stands in it, cut at each : and |."""

    sign: str
    segments: list[list[_Node]]
    cuts: list[str]

    def literal(self) -> list[_Node]:
        nodes: list[_Node] = [self.sign, *self.segments[0]]
        for cut, segment in zip(self.cuts, self.segments[1:], strict=True):
            nodes += [cut, *segment]
        return nodes


def _parse(text: str, steps: int) -> tuple[list[_Node], set[int]]:
    """The text as a tree, and the steps where a stage of it ends. A stack, not recursion: nesting has no limit."""
    root: list[_Node] = []
    stack: list[_Open] = []
    stops = {steps}
    for token in _SCHEDULE.findall(text):
        sign = token.translate(_ASCII)
        here = stack[-1].segments[-1] if stack else root
        if sign in _CLOSES:
            stack.append(_Open(token, [[]], []))
        elif sign in (":", "|") and stack:
            stack[-1].cuts.append(token)
            stack[-1].segments.append([])
        elif sign in (")", "]") and stack:
            nodes = _close(stack[-1], token, steps)
            if nodes is None:  # a stray bracket can stand in no other: all that are open are text
                for bracket in stack:
                    root += bracket.literal()
                stack.clear()
                root.append(token)
            else:
                stack.pop()
                (stack[-1].segments[-1] if stack else root).extend(nodes)
                stops |= _stops(nodes, steps)
        else:
            here.append(token)
    for bracket in stack:
        root += bracket.literal()
    return root, stops


def _close(bracket: _Open, closer: str, steps: int) -> list[_Node] | None:
    cuts = "".join(bracket.cuts).translate(_ASCII)
    if _CLOSES[bracket.sign.translate(_ASCII)] != closer.translate(_ASCII):
        return None
    if closer.translate(_ASCII) == ")":
        return [*bracket.literal(), closer] if cuts.count(":") <= 1 else None
    if not cuts:
        return [*bracket.literal(), closer]
    if ":" not in cuts:
        return [_Turns(bracket.segments)]
    last = bracket.segments[-1]
    number = _WHEN.fullmatch("".join(node for node in last if isinstance(node, str)))
    if cuts.count(":") > 2 or cuts[-1] != ":" or number is None or not all(isinstance(node, str) for node in last):
        return None
    first = cuts.index(":") + 1 if cuts.count(":") == 2 else 0
    before, after = _joined(bracket, 0, first), _joined(bracket, first, len(cuts))
    when = float(number[1]) * (steps if "." in number[1] else 1)
    return [_Switch(before, after, int(max(0.0, min(steps, when))))]


def _joined(bracket: _Open, first: int, end: int) -> list[_Node]:
    nodes: list[_Node] = []
    for index in range(first, end):
        nodes += ([bracket.cuts[index - 1]] if index > first else []) + bracket.segments[index]
    return nodes


def _stops(nodes: list[_Node], steps: int) -> set[int]:
    match nodes:
        case [_Switch(last=last)] if last >= 1:
            return {last}
        case [_Turns()]:
            return set(range(1, steps + 1))
    return set()


def _render(nodes: list[_Node], step: int, turn: int) -> str:
    pieces: list[str] = []
    stack = nodes[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif isinstance(node, _Turns):
            stack += node.options[turn % len(node.options)][::-1]
        else:
            stack += (node.before if step <= node.last else node.after)[::-1]
    return "".join(pieces)


def _multiply(spans: list[tuple[str, float]], start: int, factor: float) -> None:
    for index in range(start, len(spans)):
        text, weight = spans[index]
        if text != BREAK:
            spans[index] = text, max(-_MAX_WEIGHT, min(_MAX_WEIGHT, weight * factor))


def _merge(spans: list[tuple[str, float]]) -> list[tuple[str, float]]:
    merged: list[tuple[str, float]] = []
    for text, weight in spans or [("", 1.0)]:
        if merged and merged[-1][1] == weight and BREAK not in (text, merged[-1][0]):
            merged[-1] = merged[-1][0] + text, weight
        else:
            merged.append((text, weight))
    return merged
