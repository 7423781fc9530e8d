"""What the words say to a denoiser, step by step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mengbi.text.encoder import Encoder
from mengbi.text.phrases import spans
from mengbi.text.prompt import BREAK, attention, parts, schedule, wanted

MAX_VECTORS = 8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Condition:
    """Some words as vectors: the whole first, then its phrases, then the style. No words at all have no vectors."""

    vectors: NDArray[np.float32]  # (k, dim) unit rows, k up to MAX_VECTORS
    weights: NDArray[np.float32]  # (k,) attention, 1 where nothing was said of it; a phrase of negative weight repels
    pooled: NDArray[np.float32]  # (dim,) unit vector of the weighted sum, or zeros where there is nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What one step is painted towards, and away from."""

    toward: tuple[tuple[Condition, float], ...]  # composed by AND, with their strengths
    away: Condition


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditioning:
    """What is wanted over the steps."""

    stages: tuple[tuple[int, Wanted], ...]  # (steps done when it ends, what was wanted until then)

    def at(self, step: int) -> Wanted:
        """What is wanted at a step, counted from 0; past the last step, what was wanted last."""
        return next((stage for end, stage in self.stages if step < end), self.stages[-1][1])


@dataclass(frozen=True, slots=True)
class _Said:
    """A Condition before it is encoded."""

    texts: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()


def make_conditioning(prompt: str, negative: str, steps: int, encoder: Encoder, style_words: str = "") -> Conditioning:
    """Reads the grammar of both prompts; encodes each text once, however many steps and phrases it stands in.

    A negative prompt has no strengths to compose with: what its ANDs divide is away from together, as weights.
    """
    positive = [(schedule(text, steps), strength) for text, strength in parts(prompt)]
    unwanted = [(schedule(text, steps), strength) for text, strength in parts(negative)]
    ends = sorted({end for stages, _ in (*positive, *unwanted) for end, _ in stages})
    said = [
        (
            end,
            tuple((_said(attention(_text(stages, end)), style_words), strength) for stages, strength in positive),
            _said([span for part in unwanted for span in _strengthened(_text(part[0], end), part[1])], ""),
        )
        for end in ends
    ]
    every = {one for _, toward, away in said for one in (away, *(one for one, _ in toward))}
    conditions = _encode(every, encoder)
    return Conditioning(
        stages=tuple(
            (end, Wanted(toward=tuple((conditions[one], strength) for one, strength in toward), away=conditions[away]))
            for end, toward, away in said
        )
    )


def _text(stages: list[tuple[int, str]], step: int) -> str:
    """What a schedule says at a step, counted from 1."""
    return next(text for end, text in stages if step <= end)


def _strengthened(text: str, strength: float) -> list[tuple[str, float]]:
    weighed = attention(text)
    return [*((piece, weight * (1.0 if piece == BREAK else strength)) for piece, weight in weighed), (BREAK, -1.0)]


def _said(weighed: list[tuple[str, float]], style_words: str) -> _Said:
    """The whole and its phrases, which weigh what their letters weigh on average."""
    pieces = [("\n", 1.0) if piece == (BREAK, -1.0) else piece for piece in weighed if piece[1]]
    text = "".join(piece for piece, _ in pieces)
    letters = np.repeat([weight for _, weight in pieces], [len(piece) for piece, _ in pieces])
    said = [(text[start:end], float(letters[start:end].mean())) for start, end in _few(spans(text), bool(style_words))]
    whole = wanted(weighed)
    if whole and [whole] != [phrase for phrase, _ in said]:
        said.insert(0, (whole, float(letters[letters > 0].mean())))
    if said and style_words:
        said.append((style_words, 1.0))
    return _Said(tuple(phrase for phrase, _ in said), tuple(weight for _, weight in said))


def _few(found: list[tuple[int, int]], styled: bool) -> list[tuple[int, int]]:
    """As many phrases as there is room for: where there are more, neighbours are one."""
    room = MAX_VECTORS - 1 - styled
    groups = [found[len(found) * i // room : len(found) * (i + 1) // room] for i in range(room)]
    return found if len(found) <= room else [(group[0][0], group[-1][1]) for group in groups]


def _encode(every: set[_Said], encoder: Encoder) -> dict[_Said, Condition]:
    texts = sorted({text for said in every for text in said.texts})
    vectors = encoder.encode(texts) if texts else np.zeros((0, encoder.dim), np.float32)
    place = {text: index for index, text in enumerate(texts)}
    conditions = {}
    for said in every:
        rows = vectors[[place[text] for text in said.texts]]
        weights = np.array(said.weights, np.float32)
        total = weights @ rows
        length = float(np.linalg.norm(total))
        conditions[said] = Condition(vectors=rows, weights=weights, pooled=total / length if length else total)
    return conditions
