"""Sheets of what a network makes: always the same points of its latent space, so that one sees it learn."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mengbi.engine.editing import pixels_of
from mengbi.lab.task import Sheet
from mengbi.noise import gaussian

SIDE = 8
"""Pictures of a row, and rows where nothing is wished for."""


def grid(pictures: NDArray[np.uint8], columns: int = SIDE) -> NDArray[np.uint8]:
    """Pictures uint8 (n, h, w, 1, 3 or 4), row by row, as one (…, 3 or 4); white where the last row is not full."""
    n, height, width, channels = pictures.shape
    missing = np.full((-n % columns, height, width, channels), 255, np.uint8)
    rows = np.concatenate([pictures, missing]).reshape(-1, columns, height, width, channels)
    sheet = rows.transpose(0, 2, 1, 3, 4).reshape(-1, columns * width, channels)
    return np.repeat(sheet, 3, axis=2) if channels == 1 else sheet


def generator_sheet(latent: int, wishes: NDArray[np.float32] | None = None) -> Sheet:
    """The Sheet of a network `picture = model(z, y)`: a wish a row and a point z a column, or 8 × 8 points.

    latent: numbers of a point; wishes: float32 (rows, w) that go in as y; None: y has no width, nothing is wished for.
    """
    if wishes is None:
        z, y = gaussian(tuple(range(SIDE * SIDE)), 0, (latent,)), np.zeros((SIDE * SIDE, 0), np.float32)
    else:
        z = np.tile(gaussian(tuple(range(SIDE)), 0, (latent,)), (len(wishes), 1))
        y = np.repeat(wishes, SIDE, axis=0)
    return lambda model: grid(made(model.eval(), torch.from_numpy(z), torch.from_numpy(y)))


def made(model: Callable[..., Tensor], z: Tensor, y: Tensor) -> NDArray[np.uint8]:
    """What `picture = model(z, y)` makes, uint8 (n, h, w, c), a row of eight at a time."""
    device = next(model.parameters()).device if isinstance(model, nn.Module) else z.device
    with torch.inference_mode():
        parts = [model(*(t.to(device) for t in row)).float() for row in zip(z.split(SIDE), y.split(SIDE), strict=True)]
    return pixels_of(torch.cat(parts).cpu().numpy())
