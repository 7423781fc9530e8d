"""Batches for training, from as many processes as there are: the same ones whatever their number, from any cursor.

The stream is cut into blocks of BLOCK samples; a worker makes a whole block, and encodes the texts of a block together,
so that even the last bit of a vector does not depend on who made it.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.lab.data.crew import crew
from mengbi.lab.data.pack import Pack
from mengbi.lab.data.stream import BLOCK, EARLY, Mix, sample
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.text.condition import MAX_VECTORS
from mengbi.text.encoder import load_encoder

AHEAD = 2
"""Blocks a worker that are made before they are asked for."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """n samples. Everything as small as it can travel."""

    pictures: NDArray[np.uint8]  # (n, h, w, 3)
    control: NDArray[np.uint8]  # (n, h, w, 4)
    vectors: NDArray[np.float16]  # (n, MAX_VECTORS, 512), unit rows, zeros where nothing is given
    given: NDArray[np.bool_]  # (n, MAX_VECTORS)
    cursor: int  # index of the sample after the last: where to go on

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What travels to the device."""
        return self.pictures, self.control, self.vectors, self.given


@dataclass(frozen=True, kw_only=True, slots=True)
class Loader:
    """An endless Iterable of batches; two with the same fields give the same bits, workers apart."""

    path: Path  # of the pack
    seed: int
    size: int  # pixels of a side
    batch: int
    workers: int = 0  # 0: in this process
    start: int = 0  # the cursor to go on from
    mix: Mix = EARLY

    def __iter__(self) -> Iterator[Batch]:
        cursor, waiting = self.start, self.start % BLOCK
        held: list[Batch] = []
        for block in self._blocks(self.start // BLOCK):
            held.append(_rows(block, slice(waiting, None)))
            waiting = 0
            while sum(len(each.given) for each in held) >= self.batch:
                whole = _together(held)
                cursor += self.batch
                yield _rows(whole, slice(None, self.batch), cursor)
                held = [_rows(whole, slice(self.batch, None))]

    def _blocks(self, first: int) -> Iterator[Batch]:
        if self.workers == 0:
            wardrobe = Wardrobe(Pack(self.path))
            for number in count(first):
                yield make_block(wardrobe, self.seed, number, self.size, self.mix)
        with crew(self.workers, _open, self.path) as pool:
            numbers = count(first)
            futures: list[Future[Batch]] = []
            try:
                while True:
                    while len(futures) < AHEAD * self.workers:
                        futures.append(pool.submit(_work, self.seed, next(numbers), self.size, self.mix))
                    yield futures.pop(0).result()
            finally:
                for future in futures:
                    future.cancel()


def make_block(wardrobe: Wardrobe, seed: int, number: int, size: int, mix: Mix = EARLY) -> Batch:
    """Samples number · BLOCK to (number + 1) · BLOCK − 1."""
    first = number * BLOCK
    samples = [sample(wardrobe, seed, index, size, mix) for index in range(first, first + BLOCK)]
    vectors, given = encode([each.phrases for each in samples])
    return Batch(
        pictures=np.stack([each.picture for each in samples]),
        control=np.stack([each.control for each in samples]),
        vectors=vectors,
        given=given,
        cursor=first + BLOCK,
    )


def encode(phrases: Sequence[tuple[str, ...]]) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Vectors (n, MAX_VECTORS, 512) of the texts and which of them there are. Each text is encoded once."""
    texts = sorted({text for row in phrases for text in row}, key=lambda text: (len(text), text))
    rows = load_encoder().encode(texts).astype(np.float16)
    place = {text: index for index, text in enumerate(texts)}
    vectors = np.zeros((len(phrases), MAX_VECTORS, rows.shape[1]), np.float16)
    given = np.zeros((len(phrases), MAX_VECTORS), np.bool_)
    for number, row in enumerate(phrases):
        vectors[number, : len(row)] = rows[[place[text] for text in row]]
        given[number, : len(row)] = True
    return vectors, given


_wardrobe: list[Wardrobe] = []


def _open(path: Path) -> None:
    _wardrobe[:] = [Wardrobe(Pack(path))]


def _work(seed: int, number: int, size: int, mix: Mix) -> Batch:
    return make_block(_wardrobe[0], seed, number, size, mix)


def _rows(batch: Batch, rows: slice, cursor: int = 0) -> Batch:
    return Batch(
        pictures=batch.pictures[rows],
        control=batch.control[rows],
        vectors=batch.vectors[rows],
        given=batch.given[rows],
        cursor=cursor,
    )


def _together(parts: Sequence[Batch]) -> Batch:
    return Batch(
        pictures=np.concatenate([each.pictures for each in parts]),
        control=np.concatenate([each.control for each in parts]),
        vectors=np.concatenate([each.vectors for each in parts]),
        given=np.concatenate([each.given for each in parts]),
        cursor=0,
    )
