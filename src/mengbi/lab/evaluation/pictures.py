"""How good pictures are that a network makes of nothing but chance, whatever it is and whatever it learnt from.

Each figure stands beside the floor, the same figure of real pictures that were held back, and is the mean over several
seeds of sampling. For each seed the held-back pictures are halved anew: the first half is what is compared with, the
second takes the place of what was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import BriefError
from mengbi.lab.evaluation.classes import Classifier, classes
from mengbi.lab.evaluation.compare import (
    NEIGHBOR_OF_DENSITY,
    Features,
    frechet,
    kernel_distance,
    manifold,
    nearest,
    overlap,
)
from mengbi.lab.evaluation.features import Network, look, look_once
from mengbi.lab.evaluation.figures import figure
from mengbi.lab.evaluation.sheets import Sheet, by_class, grid, pairs

Sample: TypeAlias = Callable[[int, int], NDArray[np.uint8]]
"""`sample(seed, n)`: n pictures of that seed, uint8 (n, h, w, c)."""
Tick: TypeAlias = Callable[[str, int], None]
"""`tick(what, more)`: so many more pictures were made or seen."""
Near: TypeAlias = tuple[NDArray[np.float32], NDArray[np.intp]]
"""How far the nearest training picture is from each of some, and which one that is."""
_Row: TypeAlias = dict[str, tuple[float, float]]
"""Of a seed, by name: the figure of what was made, and of the real."""

SEEDS = (0, 1, 2)
MOST = 5000
"""Pictures of a seed, if not asked otherwise and half of the held-back ones are as many."""
FEWEST = NEIGHBOR_OF_DENSITY + 1
"""Pictures of a seed: each of them has a fifth neighbour."""
RARE = 1.0
"""Per cent of the real pictures that are nearer to a training picture than what counts as a copy."""
SHOWN, COLUMNS, CLOSEST = 80, 16, 24
"""Pictures on a sheet, and in a row; and pairs of the nearest."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evaluation:
    """What came out: figures as JSON values, see `evaluate_pictures`, and sheets to look at."""

    figures: dict[str, Any]
    sheets: Sequence[Sheet]


def evaluate_pictures(
    sample: Sample,
    real_train: NDArray[np.uint8],
    real_held: NDArray[np.uint8],
    *,
    features: Sequence[Network],
    classifier: Classifier | None = None,
    names: Sequence[str] = (),
    data: str = "",
    n: int | None = None,
    seeds: Sequence[int] = SEEDS,
    tick: Tick = lambda *_: None,
) -> Evaluation:
    """Compares what `sample` makes with real pictures, uint8 (n, h, w, c), by every network that sees.

    classifier: what names[k] looks like, learnt from real pictures; data: their name, for what others published; n:
    pictures a seed, at most half of the held-back ones. In the figures "figures" holds by name "made" and "real" with
    their deviations over the seeds, and "seeds"; "classes" the shares of the first seed; "networks" what saw; "notes"
    what to be careful of. Raises BriefError for sizes that do not fit.
    """
    n = number(n, len(real_held))
    held = some_of(real_held, 2 * n)
    sights = [_Sight.of(network, held, real_train, tick) for network in features]
    read = classifier(held) if classifier else None
    rows: list[_Row] = []
    sheets: list[Sheet] = []
    shares: dict[str, Any] = {}
    for seed in seeds:
        made = _sampled(sample, seed, n, real_held.shape[1:])
        tick("made", n)
        first, second = np.split(np.random.Generator(np.random.Philox(seed)).permutation(2 * n), 2)
        row: _Row = {}
        shown = [_plain("Made", "The first pictures of the first seed, none chosen.", made)]
        shown += [_plain("Real", "Held back from learning.", held)]
        for sight in sights:
            seen = look(sight.network, made, tick)
            near = nearest(seen, sight.known)
            row |= sight.compare(seen, near[0], first, second, seed)
            if sight is sights[0]:
                shown += [sight.closest("made", made, near), sight.closest("held back", held, sight.near)]
        if classifier and read is not None:
            verdicts = classifier(made)
            found, floor = classes(verdicts, read[first]), classes(read[second], read[first])
            row |= {name: (found[name], floor[name]) for name in found if name != "shares"}
            shares = shares or {"names": list(names), "made": found["shares"], "real": floor["shares"]}
            shown += [by_class(made, verdicts, names, COLUMNS), _unsure(made, verdicts)]
        rows.append(row)
        sheets = sheets or shown
    figures = {
        "data": data,
        "n": n,
        "seeds": list(seeds),
        "figures": {name: figure(*zip(*(row[name] for row in rows), strict=True)) for name in rows[0]},
        "networks": {sight.network.name: sight.facts for sight in sights},
        "notes": [note for sight in sights for note in sight.notes(n, len(real_train))],
        **({"classes": shares} if shares else {}),
    }
    return Evaluation(figures=figures, sheets=sheets)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sight:
    """What a network sees in the real pictures."""

    network: Network
    held: Features
    train: NDArray[np.uint8]  # those training pictures among which the nearest is looked for
    known: Features
    near: Near  # of each held-back picture

    @classmethod
    def of(cls, network: Network, held: NDArray[np.uint8], train: NDArray[np.uint8], tick: Tick) -> "_Sight":
        some = some_of(train, min(network.known, len(train)))
        rows, known = (look_once(network, pictures, tick) for pictures in (held, some))
        return cls(network=network, held=rows, train=some, known=known, near=nearest(rows, known))

    @property
    def facts(self) -> dict[str, Any]:
        """JSON values."""
        return {"about": self.network.about, "digest": self.network.digest, "known": len(self.known)}

    def compare(
        self,
        made: Features,
        apart: NDArray[np.float32],
        first: NDArray[np.int64],
        second: NDArray[np.int64],
        seed: int,
    ) -> dict[str, tuple[float, float]]:
        """By name the figure of what was made, and of the second half of the real pictures, beside the first.

        apart: how far what was made is from the training pictures.
        """
        real, name = self.held[first], self.network.name
        around = manifold(real)
        copied = float(np.percentile(self.near[0][first], RARE))
        columns = [
            {
                self.network.frechet: frechet(rows, real),
                self.network.kernel: kernel_distance(rows, real, seed)[0],
                **{f"{measure}-{name}": value for measure, value in overlap(manifold(rows), around).items()},
                f"nearest-{name}": float(np.median(far)),
                f"copies-{name}": float((far < copied).mean()),
            }
            for rows, far in ((made, apart), (self.held[second], self.near[0][second]))
        ]
        return {measure: (columns[0][measure], columns[1][measure]) for measure in columns[0]}

    def closest(self, what: str, pictures: NDArray[np.uint8], near: Near) -> Sheet:
        """Pictures beside the training pictures nearest to them, the nearest first."""
        apart, which = near
        order = np.argsort(apart, kind="stable")[:CLOSEST]
        note = (
            f"Left what was {what}, right the training picture nearest to it: the {len(order)} closest of "
            f"{len(pictures):,}, 1 − cosine {apart[order[0]]:.4f} to {apart[order[-1]]:.4f} by {self.network.name}."
        )
        strip = pairs([pictures[each] for each in order], [self.train[which[each]] for each in order], COLUMNS // 2)
        return Sheet(title=f"Nearest to the training pictures: {what}", note=note, rows=[("", strip)])

    def notes(self, n: int, train: int) -> list[str]:
        """What to be careful of."""
        network, width, found = self.network, self.held.shape[1], []
        if n < width:
            found.append(
                f"{n:,} pictures are fewer than the {width:,} features of {network.name}: {network.frechet} is mostly "
                f"their number here; hold it to the floor, or read {network.kernel}."
            )
        if len(self.known) < train:
            found.append(
                f"{network.name} looked for copies among {len(self.known):,} of the {train:,} training pictures: of "
                "copies it finds that share."
            )
        return found


def number(n: int | None, held: int, most: int = MOST) -> int:
    """Pictures of a seed: n, else `most` or half of those held back. Raises BriefError where these are too few."""
    half = held // 2
    if half < FEWEST:
        raise BriefError(
            f"pictures held back: {held} — {2 * FEWEST} are needed, two halves of {FEWEST}; in the data, put so "
            "many into a folder test, the others into a folder train beside it, and train anew"
        )
    n = min(half, most) if n is None else n
    if not FEWEST <= n <= half:
        raise BriefError(
            f"n={n} — two halves of the {held} held-back pictures are {half} each; ask for {FEWEST} to "
            f"{half}, or leave n off"
        )
    return n


def _sampled(sample: Sample, seed: int, n: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    made = sample(seed, n)
    if made.shape != (n, *shape) or made.dtype != np.uint8:
        raise BriefError(
            f"made were {made.dtype} {made.shape}; beside the real pictures it must be uint8 {(n, *shape)}"
        )
    return made


def some_of(pictures: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """So many of them, always the same, in their order."""
    chance = np.random.Generator(np.random.Philox(0))
    return pictures[np.sort(chance.choice(len(pictures), count, replace=False))]


def _plain(title: str, note: str, pictures: NDArray[np.uint8]) -> Sheet:
    return Sheet(title=title, note=note, rows=[("", grid(pictures[:SHOWN], COLUMNS))])


def _unsure(made: NDArray[np.uint8], verdicts: NDArray[np.float32]) -> Sheet:
    order = np.argsort(verdicts.max(axis=1), kind="stable")[: 2 * COLUMNS]
    return _plain("Hard to read", "Those of the first seed that the classifier is least sure of.", made[order])
