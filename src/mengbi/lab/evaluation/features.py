"""How pictures compare by the features of EfficientNet-Lite0: a Fréchet distance, nearest neighbours, spread.

The distance is called FD-lite0, never FID: another network sees, so no number here compares with anybody's FID.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.judging import shrunk
from mengbi.lab.models.judge import Lite0, imagenet

SIDE, PAINTED = 224, 128
"""Pixels that the network was made for, and those that every picture is brought to before, so that none is sharper."""
BATCH = 16

Features: TypeAlias = NDArray[np.float32]


def features(pictures: Sequence[Pixels]) -> Features:
    """float32 (n, 1280) of n pictures, uint8 (h, w, 3) of any size. Raises AssetError without the network's weights."""
    rows = []
    for first in range(0, len(pictures), BATCH):
        batch = np.stack([_fitted(picture) for picture in pictures[first : first + BATCH]])
        with torch.inference_mode():
            rows.append(_network()(torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255)[0].numpy())
    return np.concatenate(rows)


@cache
def _network() -> Lite0:
    return imagenet(Lite0()).eval().to(memory_format=torch.channels_last)


def _fitted(picture: Pixels) -> Pixels:
    image = Image.fromarray(shrunk(picture, PAINTED))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


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


def nearest(pictures: Features, known: Features) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """For each picture the distance (1 − cosine, 0 to 2) to the nearest of `known`, and which one that is."""
    likeness = _unit(pictures) @ _unit(known).T
    return 1 - likeness.max(axis=1), likeness.argmax(axis=1)


def spread(pictures: Features) -> float:
    """Mean distance (1 − cosine) between two different pictures of a set: 0 when all are alike."""
    n, rows = len(pictures), _unit(pictures)
    return float(1 - ((rows @ rows.T).sum() - n) / (n * (n - 1)))


def _unit(rows: Features) -> Features:
    unit: Features = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
