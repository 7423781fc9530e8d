"""To write: what is learnt from a text, how good a network is at it, and how it writes one of its own.

loss       −log p(piece | all before it)
measure    bits a character: what a text costs that is sent in the network's own code (Shannon 1951)
writing    a piece is drawn, joins what was written, and so on
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.assets import fonts
from mengbi.errors import AssetError, BriefError
from mengbi.lab.data.pieces import UNKNOWN, Vocabulary, pieces, vocabulary_from_dict
from mengbi.lab.data.text import TextData
from mengbi.lab.export import session
from mengbi.lab.turns import PRINCIPAL, Moment, Turn
from mengbi.noise import generator

Step: TypeAlias = Callable[[NDArray[np.int64], Any], tuple[NDArray[np.floating[Any]], Any]]
"""`logits, state = step(tokens, state)`: tokens int64 (time,) -> float (pieces,), what could come next; None: begin."""

UNKNOWN_BITS = float(np.log2(0x110000))
"""What an unknown character costs beside being unknown: which one of all in Unicode it is."""
ROWS, LENGTH = 16, 256
"""A text is measured in so many stretches at once, each read on and on, by so many pieces."""
LINES, LETTERS, LINE = 24, 72, 22
"""Of a sheet: lines, letters of a line, and pixels from one to the next."""


def turns() -> tuple[Turn]:
    """Of a network that learns what comes next; a batch is int64 (n, time + 1)."""

    def loss(moment: Moment) -> Tensor:
        model, tokens = moment.networks[PRINCIPAL], moment.batch
        logits, _ = model(tokens[:, :-1], model.start(len(tokens)))  # type: ignore[attr-defined]
        return F.cross_entropy(logits.float().transpose(1, 2), tokens[:, 1:], reduction="none").mean(1)

    return (Turn(who=PRINCIPAL, loss=loss),)


def see(tokens: Tensor) -> Tensor:
    """Windows as a loss takes them."""
    return tokens.long()


def bits_a_character(model: nn.Module, data: TextData, most: int | None = None) -> float:
    """On the held tail of a text, or on its first `most` pieces. An unknown character costs UNKNOWN_BITS more.

    Each of ROWS stretches begins with nothing remembered, so the true figure is a little lower.
    """
    model.eval()
    device, held = next(model.parameters()).device, data.held[:most].astype(np.int64)
    count = max(1, min(ROWS, len(held) // LENGTH))
    rows = torch.from_numpy(held[: len(held) // count * count].reshape(count, -1))
    state, nats = model.start(count), 0.0
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for first in range(0, rows.shape[1] - 1, LENGTH):
            window = rows[:, first : first + LENGTH + 1].to(device)
            logits, state = model(window[:, :-1], state)
            nats += float(F.cross_entropy(logits.float().flatten(0, 1), window[:, 1:].flatten(), reduction="sum"))
    told = rows[:, 1:]
    characters = len(data.vocabulary.decode(told.flatten().tolist()))
    return (nats / float(np.log(2)) + UNKNOWN_BITS * int((told == UNKNOWN).sum())) / characters


def write(
    step: Step,
    vocabulary: Vocabulary,
    begin: str = "\n",
    *,
    length: int = 400,
    temperature: float = 0.8,
    top_p: float = 0.95,
    seed: int = 0,
) -> Iterator[str]:
    """Goes on after `begin` for `length` pieces, one at a time; the same arguments write the same.

    temperature: 0 takes the likeliest always, 1 is as it learnt; top_p: only the likeliest pieces that together are so
    likely are drawn from (Holtzman et al. 2020, nucleus sampling). Raises BriefError.
    """
    check_wish(vocabulary, begin, temperature, top_p)
    chance, table = generator(seed, 0), pieces(vocabulary)
    logits, state = step(vocabulary.encode(begin), None)
    for _ in range(length):
        number = draw(logits, temperature, top_p, chance.random())
        yield table[number]
        logits, state = step(np.array([number]), state)


def draw(logits: NDArray[np.floating[Any]], temperature: float, top_p: float, chance: float) -> int:
    """The number of a piece, never that of the unknown one. chance: 0 to 1."""
    known = logits.astype(np.float64)
    known[UNKNOWN] = -np.inf
    if temperature == 0:
        return int(known.argmax())
    likely = np.exp((known - known.max()) / temperature)
    order = np.argsort(-likely, kind="stable")
    reached = np.cumsum(likely[order]) / likely.sum()
    kept = int(np.searchsorted(reached, top_p)) + 1
    return int(order[min(np.searchsorted(reached, chance * reached[:kept][-1], side="right"), kept - 1)])


def check_wish(vocabulary: Vocabulary, begin: str, temperature: float, top_p: float) -> None:
    """Raises BriefError for a beginning that the network cannot read, or numbers out of range."""
    if not begin:
        raise BriefError("nothing to begin with; give a word, or a line end")
    strange = vocabulary.strange(begin)
    if strange:
        shown = vocabulary.letters.strip()[:40]
        raise BriefError(f"{strange[:20]!r} — never met in what was learnt from; begin with letters like {shown}")
    if not 0 <= temperature <= 10:
        raise BriefError(f"temperature {temperature} — 0, always the likeliest, to 10; try 0.8")
    if not 0 < top_p <= 1:
        raise BriefError(f"top-p {top_p} — above 0, and at most 1; try 0.95")


def as_step(model: nn.Module) -> Step:
    """A network, wherever it lies."""
    device = next(model.parameters()).device

    def step(tokens: NDArray[np.int64], state: Any) -> tuple[NDArray[np.floating[Any]], Any]:
        with torch.inference_mode():
            seen = torch.from_numpy(tokens)[None].to(device)
            logits, state = model(seen, model.start(1) if state is None else state)
        return logits[0, -1].float().cpu().numpy(), state

    model.eval()
    return step


def open_writer(path: Path) -> tuple[Step, Vocabulary]:
    """A network in an ONNX file that the lab wrote, and what it can write. Raises AssetError."""
    try:
        runner = session(path.read_bytes())
        spec = json.loads(runner.get_modelmeta().custom_metadata_map["network"])
        vocabulary = vocabulary_from_dict(spec["vocabulary"])
        begin = np.zeros([1, *(size if isinstance(size, int) else 0 for size in runner.get_inputs()[1].shape[1:])])
    except Exception as error:  # ONNX Runtime has many of its own
        raise AssetError(f"{path} — no network that writes ({error}); give one that the lab wrote") from error

    def step(tokens: NDArray[np.int64], state: Any) -> tuple[NDArray[np.floating[Any]], Any]:
        state = begin.astype(np.float32) if state is None else state
        logits, after = runner.run(["logits", "after"], {"tokens": tokens[None], "state": state})
        return logits[0, -1], after

    return step, vocabulary


def sheet(model: nn.Module, vocabulary: Vocabulary, seed: int = 0) -> NDArray[np.uint8]:
    """What it writes of always the same chance, as a picture uint8 (h, w, 3)."""
    begin = "\n" if "\n" in vocabulary.letters else vocabulary.letters[0]
    text = "".join(write(as_step(model), vocabulary, begin, length=LINES * LETTERS // 2, seed=seed))
    lines = [line[at : at + LETTERS] for line in text.split("\n") for at in range(0, len(line) or 1, LETTERS)][:LINES]
    image = Image.new("RGB", (LETTERS * LINE // 2, LINES * LINE), "white")
    brush = ImageDraw.Draw(image)
    faces = {name: ImageFont.truetype(_file(name), LINE * 2 // 3) for name in ("text", "kai")}
    for number, line in enumerate(lines):
        known = all(ord(letter) in fonts.letters("text") for letter in line)
        brush.text((LINE // 2, number * LINE), line, "black", faces["text" if known else "kai"])
    return np.asarray(image)


def _file(name: str) -> Any:
    return io.BytesIO(fonts.face(name))
