"""Small pictures of a painting under way."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 512


def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with its longer side at most SIDE pixels. uint8 (h, w, 3) in and out."""
    height, width = pixels.shape[:2]
    if max(height, width) <= SIDE:
        return pixels
    factor = SIDE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
