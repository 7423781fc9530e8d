"""A Picture: pixels, and everything that made them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.files import write_whole
from mengbi.plan import Plan
from mengbi.provenance import encode


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, repr=False)
class Picture:
    """uint8 (h, w, 3) or (h, w, 4); the Plan of this one picture; then every finishing touch, in order."""

    pixels: NDArray[np.uint8]
    plan: Plan
    touches: tuple[Mapping[str, Any], ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def image(self) -> Image.Image:
        """As Pillow's own, for whatever Pillow can do."""
        return Image.fromarray(self.pixels)

    def save(self, path: str | Path, quality: int = 92) -> Path:
        """Writes PNG, JPEG or WebP, as the suffix says, with all that made it inside; whole or not at all.

        quality: 1 to 100, for JPEG and WebP. Raises OutputError or StorageError.
        """
        path = Path(path)
        write_whole(path, encode(self.pixels, self.plan, self.touches, path.suffix, quality))
        return path

    def png(self) -> bytes:
        """The bytes that `save` writes as PNG."""
        return encode(self.pixels, self.plan, self.touches)

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        sample = self.plan.samples[0]
        words = sample.prompt if len(sample.prompt) <= 60 else sample.prompt[:59] + "…"
        return f"<Picture {self.size[0]}x{self.size[1]} {words!r} by {self.plan.engine}, seed {sample.seed}>"
