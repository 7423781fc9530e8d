"""What a network that writes reads: characters, or pieces of words that are joined of them, as numbers.

Byte-pair encoding (Sennrich et al. 2016, "Neural machine translation of rare words with subword units"): begin with
characters, and join the pair that is met most often, again and again. Our smallest pieces are characters, not bytes:
so a piece is always text, and what is written is always UTF-8.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 0
"""The number of every character that is no letter of a vocabulary."""
MOST_LETTERS = 4096
"""Of a vocabulary: those that are met most often."""
MOST_PIECES = 16384
ENOUGH = 1 << 20
"""Characters of which pairs are counted; of a longer text, every second word, every third…"""
WORD = re.compile(r" ?\w{1,32}| ?[^\w\s]{1,32}|\s")
"""No piece reaches over the end of one. A longer one, a number of a thousand digits, would take its square in time."""

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All that can be written. A piece's number: 0 unknown, then the letters, then what each merge makes of two."""

    letters: str  # in the order of their code points
    merges: tuple[Pair, ...] = ()

    def __len__(self) -> int:
        return 1 + len(self.letters) + len(self.merges)

    def encode(self, text: str) -> NDArray[np.int64]:
        """The numbers of a text's pieces."""
        numbers = _letters(self, text)
        if not self.merges:
            return numbers
        ranks, known = {pair: rank for rank, pair in enumerate(self.merges)}, dict[str, list[int]]()
        found: list[int] = []
        for match in WORD.finditer(text):
            word = match[0]
            if word not in known:
                known[word] = _joined(numbers[match.start() : match.end()].tolist(), ranks, 1 + len(self.letters))
            found += known[word]
        return np.array(found, np.int64)

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of pieces; the unknown one reads U+FFFD."""
        table = pieces(self)
        return "".join(table[number] for number in numbers)

    def strange(self, text: str) -> str:
        """The characters of a text that it cannot write, each once."""
        return "".join(dict.fromkeys(character for character in text if character not in self.letters))

    def to_dict(self) -> dict[str, Any]:
        """JSON values, which `vocabulary_from_dict` reads back."""
        return {"letters": self.letters, "merges": [list(pair) for pair in self.merges]}


def vocabulary_from_dict(data: Mapping[str, Any]) -> Vocabulary:
    """From what `to_dict` gave. Raises KeyError, TypeError, ValueError for what is none."""
    letters, merges = str(data["letters"]), tuple((int(left), int(right)) for left, right in data["merges"])
    if sorted(set(letters)) != list(letters):
        raise ValueError("letters out of order")
    if not all(0 < max(pair) < 1 + len(letters) + rank and min(pair) > 0 for rank, pair in enumerate(merges)):
        raise ValueError("a merge of pieces that are not there")
    return Vocabulary(letters=letters, merges=merges)


def learn_vocabulary(text: str, count: int = 0) -> Vocabulary:
    """The vocabulary of a text: its letters and, until there are `count` pieces, what is joined of them.

    The same text gives the same one: of pairs that are met as often, the one of smaller numbers is joined.
    """
    often = Counter(text).most_common(MOST_LETTERS)
    plain = Vocabulary(letters="".join(sorted(letter for letter, _ in often)))
    if count <= len(plain):
        return plain
    every = 1 + len(text) // ENOUGH
    words = Counter(match[0] for number, match in enumerate(WORD.finditer(text)) if number % every == 0)
    return Vocabulary(letters=plain.letters, merges=tuple(_merges(plain, words, count - len(plain))))


@lru_cache(maxsize=8)
def pieces(vocabulary: Vocabulary) -> Sequence[str]:
    """The text of every piece, by number."""
    table = ["\ufffd", *vocabulary.letters]
    for left, right in vocabulary.merges:
        table.append(table[left] + table[right])
    return table


def _letters(vocabulary: Vocabulary, text: str) -> NDArray[np.int64]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = np.frombuffer(vocabulary.letters.encode("utf-32-le", "surrogatepass"), np.uint32)
    at = np.searchsorted(letters, points).clip(max=len(letters) - 1)
    return np.where(letters[at] == points, at + 1, UNKNOWN)


def _joined(word: list[int], ranks: Mapping[Pair, int], first: int) -> list[int]:
    """A word's pieces: the merges that were learnt first are made first."""
    while len(word) > 1:
        rank, at = min((ranks.get((word[at], word[at + 1]), len(ranks)), at) for at in range(len(word) - 1))
        if rank == len(ranks):
            return word
        word[at : at + 2] = [first + rank]
    return word


def _merges(plain: Vocabulary, words: Mapping[str, int], wanted: int) -> Iterable[Pair]:
    """The pairs to join, one after another; only words in which one was joined are counted anew."""
    spelled = [_letters(plain, word).tolist() for word in words]
    often = list(words.values())
    met: Counter[Pair] = Counter()
    where: dict[Pair, set[int]] = defaultdict(set)
    for number, word in enumerate(spelled):
        for pair in _pairs(word):
            met[pair] += often[number]
            where[pair].add(number)
    waiting = [(-times, pair) for pair, times in met.items()]
    heapq.heapify(waiting)
    made = 0
    while made < wanted and waiting:
        times, best = heapq.heappop(waiting)
        if -times != met[best]:  # counted anew since: it stands in the heap again
            continue
        if -times < 2:
            return
        yield best
        number, changed = len(plain) + made, set[Pair]()
        made += 1
        for place in sorted(where.pop(best)):
            before = spelled[place]
            after = spelled[place] = _replaced(before, best, number)
            for pair in _pairs(before):
                met[pair] -= often[place]
                changed.add(pair)
            for pair in _pairs(after):
                met[pair] += often[place]
                where[pair].add(place)
                changed.add(pair)
        for pair in changed:
            if met[pair] > 0 and pair != best:
                heapq.heappush(waiting, (-met[pair], pair))


def _pairs(word: Sequence[int]) -> Iterable[Pair]:
    return (pair for pair in pairwise(word) if UNKNOWN not in pair)


def _replaced(word: Sequence[int], pair: Pair, number: int) -> list[int]:
    found: list[int] = []
    at = 0
    while at < len(word):
        if tuple(word[at : at + 2]) == pair:
            found.append(number)
            at += 2
        else:
            found.append(word[at])
            at += 1
    return found
