"""Pictures of any folder as small networks see them: with the label or the words that are said of each, or nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.data.folder import Dataset
from mengbi.text.encoder import load_encoder

SHOWN = 8
"""Wishes on a sheet."""
SMOKE: Mapping[str, Any] = {"batch": 8, "steps": 30, "warmup": 5, "log_every": 5, "sheet_every": 15, "check_every": 15}
"""Of the presets that only show that everything turns."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Labelled:
    """A batch on the device."""

    x: Tensor  # float32 (n, c, size, size) in [−1, 1]
    y: Tensor  # float32 (n, classes) one-hot, or (n, 512) the whole caption; zeros: nothing is said
    labels: Tensor  # int64 (n,), −1 none


def form(data: Dataset) -> dict[str, Any]:
    """What a network has to fit, as its spec says it: wishes by labels where there are some, else by words, or none."""
    _, size, _, channels = data.pixels.shape
    words = not data.names and any(data.captions)
    return {"size": size, "channels": channels, "classes": len(data.names), "words": words}


def widths(data: Dataset, first: int, smallest: int = 8) -> tuple[int, ...]:
    """Channels at half the side, at a quarter… down to `smallest` pixels or fewer: they double, at most thrice."""
    levels = max(2, math.ceil(math.log2(data.pixels.shape[1] / smallest)))
    return tuple(first * 2 ** min(level, 3) for level in range(levels))


def preset_of(presets: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """A copy of the preset of that name. Raises BriefError."""
    if name not in presets:
        raise BriefError(f"preset {name!r} — choose from {', '.join(presets)}")
    return dict(presets[name])


def see(pictures: Tensor, labels: Tensor, vectors: Tensor, given: Tensor, *, spec: Mapping[str, Any]) -> Labelled:
    """From what `data.folder.batches` gives; spec: with the "classes" and "words" of `form`."""
    if spec["words"]:
        y = vectors[:, 0].float() * given[:, :1]
    else:
        y = F.one_hot(labels + 1, spec["classes"] + 1)[:, 1:].float()
    return Labelled(x=as_numbers(pictures), y=y, labels=labels)


def as_numbers(pictures: Tensor) -> Tensor:
    """uint8 (n, h, w, c) -> float32 (n, c, h, w) in [−1, 1], channels last in memory, which convolutions like."""
    return (pictures.float() / 127.5 - 1).permute(0, 3, 1, 2)


def some_dropped(batch: Labelled, share: float, generator: torch.Generator) -> Labelled:
    """The batch, nothing said of a share of it (Ho & Salimans 2022)."""
    kept = torch.rand(len(batch.y), 1, generator=generator, device=batch.y.device) >= share
    return replace(batch, y=batch.y * kept)


def held(data: Dataset, most: int) -> NDArray[np.uint8]:
    """Pictures that are kept from learning, (n, h, w, c), the first ones."""
    return np.asarray(data.pixels[np.flatnonzero(data.held)[:most]])


def wishes(data: Dataset) -> NDArray[np.float32] | None:
    """What a sheet asks for, a row a wish, as `see` gives y; None where there is nothing to ask by."""
    if data.names:
        return np.eye(len(data.names), dtype=np.float32)[: 2 * SHOWN]
    captions = list(dict.fromkeys(filter(None, data.captions)))[:SHOWN]
    return load_encoder().encode(captions) if captions else None
