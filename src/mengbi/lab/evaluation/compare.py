"""How two sets of pictures compare by their features, float32 (n, d): distances of the whole, overlap, neighbours.

No figure says anything alone. Each depends on the network that saw and on the number of pictures; so beside each
belongs the same figure of two sets of real pictures of that number: that is the floor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import BriefError
from mengbi.lab.data.render import Pixels

Features: TypeAlias = NDArray[np.float32]
Pictures: TypeAlias = Sequence[Pixels] | NDArray[np.uint8]
"""uint8 (h, w, 1 or 3) each."""

SUBSETS, SUBSET = 50, 1000
"""Of a kernel distance: how many, and pictures of each."""
NEIGHBOR, NEIGHBOR_OF_DENSITY = 3, 5
"""Which neighbour the ball around a picture reaches: for precision and recall, and for density and coverage."""
BLOCK = 1024
"""Rows whose distances to all others are held at once: 40 MiB for ten thousand others."""


def decibels(error: float, span: float) -> float:
    """Peak signal-to-noise ratio of a mean squared error between numbers that span so much; 120 at most."""
    return float(min(120.0, 10 * np.log10(span**2 / max(error, 1e-12 * span**2))))


def frechet(a: Features, b: Features) -> float:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) between two sets (Heusel et al. 2017); 0 for a set and itself.

    It is larger for fewer pictures: compare only at the same numbers, and with two real sets of those numbers.
    tr (Σ₁Σ₂)^½ is the sum of the singular values of A·Bᵀ for centred rows A and B over √(n − 1), which is exact, and
    the triangles of their QR decompositions have the same ones.
    """
    centers = [rows.mean(axis=0, dtype=np.float64) for rows in (a, b)]
    first, second = ((rows - center) / np.sqrt(len(rows) - 1) for rows, center in zip((a, b), centers, strict=True))
    shared = np.linalg.svd(_core(first) @ _core(second).T, compute_uv=False).sum()
    apart = np.square(centers[0] - centers[1]).sum() + np.square(first).sum() + np.square(second).sum() - 2 * shared
    return float(max(apart, 0.0))


def _core(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """As many rows as there are features at most, with the same covariance."""
    return np.linalg.qr(rows).R if len(rows) > rows.shape[1] else rows


def kernel_distance(a: Features, b: Features, seed: int = 0) -> tuple[float, float]:
    """MMD² with the kernel (x·y/d + 1)³, unbiased (Bińkowski et al. 2018): mean and deviation over random subsets.

    Unlike the Fréchet distance its mean does not depend on the number of pictures, so it serves where there are few;
    of two samples of one source it is 0 on average and may be below. Sets of SUBSET pictures or fewer are one subset,
    without a deviation. Raises BriefError for fewer than two pictures.
    """
    size = min(SUBSET, len(a), len(b))
    if size < 2:
        raise BriefError(f"{size} picture — a kernel distance needs two of each set at least")
    count = SUBSETS if size < max(len(a), len(b)) else 1
    chance = np.random.Generator(np.random.Philox(seed))
    found = [
        _discrepancy(*(rows[chance.choice(len(rows), size, replace=False)] for rows in (a, b))) for _ in range(count)
    ]
    return float(np.mean(found)), float(np.std(found))


def _discrepancy(a: Features, b: Features) -> float:
    """The estimator MMD²ᵤ of Gretton et al. 2012 over all pairs but those of a picture with itself."""
    n, m = len(a), len(b)
    within = [
        (kernel.sum(dtype=np.float64) - kernel.trace(dtype=np.float64)) / (len(kernel) * (len(kernel) - 1))
        for kernel in (_kernel(a, a), _kernel(b, b))
    ]
    return float(sum(within) - 2 * _kernel(a, b).sum(dtype=np.float64) / (n * m))


def _kernel(a: Features, b: Features) -> Features:
    products = a @ b.T / np.float32(a.shape[1]) + 1
    cubed: Features = products * products * products
    return cubed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Manifold:
    """A set, and around each of it the balls that reach its NEIGHBOR-th and its NEIGHBOR_OF_DENSITY-th neighbour."""

    rows: Features
    near: NDArray[np.float32]  # (n,) squared radii
    far: NDArray[np.float32]


def manifold(rows: Features) -> Manifold:
    """The balls around a set. Raises BriefError for a set too small to have them."""
    if len(rows) <= NEIGHBOR_OF_DENSITY:
        raise BriefError(
            f"{len(rows)} pictures — more than {NEIGHBOR_OF_DENSITY} are needed, each has so many neighbours"
        )
    reached = []
    for first, block in _squared(rows, rows):
        places = np.arange(len(block))
        block[places, first + places] = np.inf
        block.partition((NEIGHBOR - 1, NEIGHBOR_OF_DENSITY - 1), axis=1)
        reached.append(block[:, [NEIGHBOR - 1, NEIGHBOR_OF_DENSITY - 1]])
    near, far = np.concatenate(reached).T
    return Manifold(rows=rows, near=near, far=far)


def overlap(made: Manifold, real: Manifold) -> Mapping[str, float]:
    """How far two sets lie in one another's balls.

    precision  share of what was made that lies in the ball of a real picture: it looks real
    recall     share of the real that lies in the ball of a made one: it could have been made
    density    real balls around a made picture, over k: above 1 where the real ones lie close together
    coverage   share of the real whose ball holds a made picture; unlike recall, made outliers cannot inflate it

    The first two after Kynkäänniemi et al. 2019 with k = 3, the others after Naeem et al. 2020 with k = 5.
    """
    inside, holding, reached, covered = 0, 0, np.zeros(len(real.rows), bool), np.zeros(len(real.rows), bool)
    for first, block in _squared(made.rows, real.rows):
        inside += int((block <= real.near).any(axis=1).sum())
        reached |= (block <= made.near[first : first + len(block), None]).any(axis=0)
        within = block <= real.far
        holding += int(within.sum())
        covered |= within.any(axis=0)
    return {
        "precision": inside / len(made.rows),
        "recall": float(reached.mean()),
        "density": holding / (NEIGHBOR_OF_DENSITY * len(made.rows)),
        "coverage": float(covered.mean()),
    }


def _squared(a: Features, b: Features) -> Iterator[tuple[int, Features]]:
    """Squared distances of BLOCK rows of `a` after BLOCK rows to all of `b`, and which row is the first of them."""
    center = b.mean(axis=0)  # |x|² + |y|² − 2xy loses digits far from nought
    others = b - center
    lengths = np.square(others).sum(axis=1)
    for first in range(0, len(a), BLOCK):
        rows = a[first : first + BLOCK] - center
        block = rows @ others.T
        block *= -2
        block += lengths
        block += np.square(rows).sum(axis=1)[:, None]
        yield first, np.maximum(block, 0, out=block)


def nearest(pictures: Features, known: Features) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """For each picture the distance (1 − cosine, 0 to 2) to the nearest of `known`, and which one that is."""
    units, others = _unit(pictures), _unit(known)
    best, which = np.empty(len(units), np.float32), np.empty(len(units), np.intp)
    for first in range(0, len(units), BLOCK):
        likeness = units[first : first + BLOCK] @ others.T
        best[first : first + BLOCK], which[first : first + BLOCK] = likeness.max(axis=1), likeness.argmax(axis=1)
    return np.maximum(1 - best, 0), which


def spread(pictures: Features) -> float:
    """Mean distance (1 − cosine) between two different pictures of a set: 0 when all are alike."""
    n, together = len(pictures), _unit(pictures).sum(axis=0, dtype=np.float64)
    return float(1 - (np.square(together).sum() - n) / (n * (n - 1)))


def _unit(rows: Features) -> Features:
    unit: Features = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
