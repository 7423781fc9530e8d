"""Which classes are made, and how often, as a classifier that was trained on real pictures reads them."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.lab.evaluation.compare import Pictures

Classifier: TypeAlias = Callable[[Pictures], NDArray[np.float32]]
"""uint8 (n, h, w, c) -> how likely each shows each class, float32 (n, classes)."""

FAIR = 0.1
"""Share of what real pictures have of a class that must be made for it to be covered."""
SURE = 0.9
"""How likely a class must be for the classifier to be sure."""


def classes(made: NDArray[np.float32], real: NDArray[np.float32]) -> dict[str, Any]:
    """What was made beside what is real, both as a classifier reads them, (n, classes).

    classes present  how many are made at all, the modes of Srivastava et al. 2017; one misread picture adds one
    classes covered  how many are made at least a tenth as often as they are real: ours, and stricter
    KL               Σ p log₂(p/q) of the shares made to the real shares, in bits; 0: as often as they are real
    entropy          −Σ p log₂ p of the shares, in bits: log₂ of how many classes it is worth
    sure             share of the pictures that the classifier gives one class at 0.9 or more: what is no digit is read
                     as one too, but seldom surely
    """
    shares, fair = (_shares(rows) for rows in (made, real))
    # a class that no real picture shows counts as if the next one would
    expected = np.maximum(fair, 1 / (len(real) + 1))
    return {
        "classes present": int((shares > 0).sum()),
        "classes covered": int((shares >= FAIR * expected).sum()),
        "KL": _sum(shares, shares / expected),
        "entropy": -_sum(shares, shares),
        "sure": float((made.max(axis=1) >= SURE).mean()),
        "shares": [round(float(share), 5) for share in shares],
    }


def _shares(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.bincount(rows.argmax(axis=1), minlength=rows.shape[1]) / len(rows)


def _sum(weights: NDArray[np.float64], ratios: NDArray[np.float64]) -> float:
    return math.fsum(p * math.log2(q) for p, q in zip(weights.tolist(), ratios.tolist(), strict=True) if p > 0)
