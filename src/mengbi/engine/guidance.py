"""Guidance: from what a denoiser believes with and without the words, to a picture that follows the words.

`guided` turns a Denoiser and one Wish a row into the `denoise(z, t)` that a sampler asks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from mengbi.engine.denoiser import Array, Denoise, Denoiser

C = TypeVar("C")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish(Generic[C]):
    """What one picture is painted towards, and away from."""

    toward: tuple[tuple[C, float], ...]  # conditions that hold at once (AND) and their weights; a negative one repels
    away: C  # the condition of no words at all, or of the negative prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Guidance:
    """How strongly, and when."""

    scale: float  # 0 paints `away`, 1 what the denoiser learnt for `toward`, above 1 more of it
    interval: tuple[float, float] = (0.0, 1.0)  # where scale is used, low <= t < high; elsewhere it is 1
    rescale: float = 0.0  # 0 to 1: how far the contrast is brought back to what it is at scale 1


def guided(denoiser: Denoiser[C], wishes: Sequence[Wish[C]], guidance: Guidance) -> Denoise:
    """Classifier-free guidance: x0 = away + scale · Σ weight · (toward − away), one call of the denoiser a look.

    Ho & Salimans 2022; several conditions at once: Liu et al. 2022, Composable Diffusion; only on the middle of the
    path: Kynkäänniemi et al. 2024; rescale: Lin et al. 2023, eqs. 15 and 16, here on x0. A condition whose share is
    zero is not asked, so that guidance of scale 1 costs half. Words that change on the way need a new `guided` each
    time they do.
    """
    low, high = guidance.interval

    def denoise(z: Array, t: float) -> Array:
        scale = guidance.scale if low <= t < high else 1.0
        terms = [
            (row, condition, share, learnt)
            for row, wish in enumerate(wishes)
            for condition, share, learnt in _terms(wish, scale)
            if share or (learnt and guidance.rescale)
        ]
        rows, conditions, shares, learnt_shares = zip(*terms, strict=True)
        answers = denoiser(z[list(rows)], t, conditions)
        x0 = _sum(z, rows, shares, answers)
        if not guidance.rescale:
            return x0
        return _rescaled(x0, _sum(z, rows, learnt_shares, answers), guidance.rescale)

    return denoise


def _terms(wish: Wish[C], scale: float) -> Iterator[tuple[C, float, float]]:
    """Each condition of a wish, its share at this scale, and at scale 1."""
    total = 0.0
    for condition, weight in wish.toward:
        total += weight
        yield condition, scale * weight, weight
    yield wish.away, 1 - scale * total, 1 - total


def _sum(z: Array, rows: Sequence[int], shares: Sequence[float], answers: Array) -> Array:
    x0 = np.zeros_like(z)
    for row, share, answer in zip(rows, shares, answers, strict=True):
        x0[row] += share * answer
    return x0


def _rescaled(x0: Array, learnt: Array, strength: float) -> Array:
    """Each row with the contrast (standard deviation) of the same row of `learnt`, or part of the way there."""
    rescaled = np.empty_like(x0)
    for out, row, model in zip(rescaled, x0, learnt, strict=True):
        contrast = float(row.std()) or 1.0  # a flat row stays flat
        out[...] = row * (1 - strength + strength * float(model.std()) / contrast)
    return rescaled
