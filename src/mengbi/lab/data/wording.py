"""What is said of pictures, in vectors: each text encoded once, and kept beside the pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mengbi.files import written_whole
from mengbi.text.condition import MAX_VECTORS
from mengbi.text.encoder import load_encoder
from mengbi.text.phrases import split

BLOCK = 512
"""Texts that are encoded together."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Words:
    """Vectors of some texts and which of them each picture has."""

    table: NDArray[np.float16]  # (k + 1, 512) unit rows, the last of zeros
    rows: NDArray[np.int32]  # (n, MAX_VECTORS) of the table, -1 for none

    def of(self, pictures: NDArray[np.intp]) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
        """Vectors (n, MAX_VECTORS, 512) of those pictures, zeros where nothing is said, and which are given."""
        rows = self.rows[pictures]
        return self.table[rows], rows >= 0


def worded(said: Sequence[str], folder: Path) -> Words:
    """The words of pictures, "" for none: the whole first, then its phrases, as the engines read a prompt.

    folder: where the vectors are kept. Raises OutputError, StorageError.
    """
    phrases = {text: phrases_of(text) for text in dict.fromkeys(said)}
    texts = sorted({phrase for some in phrases.values() for phrase in some}, key=lambda text: (len(text), text))
    place = {text: number for number, text in enumerate(texts)}
    rows = np.full((len(said), MAX_VECTORS), -1, np.int32)
    numbers = {text: [place[phrase] for phrase in some] for text, some in phrases.items()}
    for row, text in zip(rows, said, strict=True):
        row[: len(numbers[text])] = numbers[text]
    return Words(table=_table(texts, folder), rows=rows)


def phrases_of(text: str) -> tuple[str, ...]:
    """A text and, where it has several, its phrases: at most MAX_VECTORS in all."""
    found = [phrase for phrase in split(text) if phrase != text]
    return (text, *found[: MAX_VECTORS - 1]) if text else ()


def _table(texts: Sequence[str], folder: Path) -> NDArray[np.float16]:
    """Vectors of the texts, float16 (k + 1, 512), the last of zeros."""
    encoder = load_encoder()
    if not texts:
        return np.zeros((1, encoder.dim), np.float16)
    digest = sha256("\0".join((encoder.digest, *texts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    path = folder / f"words-{digest}.npy"
    if path.exists():
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    table = np.zeros((len(texts) + 1, encoder.dim), np.float16)
    for first in range(0, len(texts), BLOCK):
        table[first : first + BLOCK][: len(texts) - first] = encoder.encode(texts[first : first + BLOCK])
    with written_whole(path) as part, part.open("wb") as file:
        np.save(file, table, allow_pickle=False)
    return table
