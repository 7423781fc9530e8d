"""Sprites in any colour, by the underdrawing's own dye: only the few colours of a sprite's palette are changed."""

import re
from functools import cached_property

import numpy as np
from PIL import Image

from mengbi.engine.sketch import dye
from mengbi.lab.data.casting import Casting
from mengbi.lab.data.pack import Pack, Row
from mengbi.lab.data.render import Pixels, Sprite

HEX = re.compile(r"#([0-9a-f]{6})")
ROOM = 1200
"""Pictures that are kept ready."""


class Wardrobe:
    """The pack's pictures, ready to be placed; up to ROOM are kept."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._ready: dict[tuple[int, str | None], Image.Image] = {}

    @cached_property
    def casting(self) -> Casting:
        """Who may stand in its scenes."""
        return Casting(self.pack)

    def picture(self, number: int, color: str | None = None) -> Image.Image:
        """rows[number] in that colour, as Pillow's RGBA."""
        found = self._ready.get((number, color))
        if found is None:
            if len(self._ready) >= ROOM:
                self._ready.clear()
            found = Image.fromarray(recolored(self.pack.sprite(number), self.pack.rows[number], color))
            self._ready[number, color] = found
        return found


def recolored(sprite: Sprite, row: Row, color: str | None) -> Pixels:
    """A sprite in another colour, uint8 (h, w, 4). color: one of COLORS, or None for its own."""
    plain = sprite.rgba()
    if color is None:
        return plain
    step = max(1, max(plain.shape) // 36)
    names = " ".join(f'"#{shade.tobytes().hex()}"' for shade in sprite.palette)
    alive = row.kind in ("animal", "person")
    versions = dye.dye(names, color, plain[::step, ::step], only=row.body, keep=row.keep, hue=row.hue, alive=alive)
    painted = [sprite.rgba(_palette(version)) for version in versions]
    pixels = painted[0] if len(painted) == 1 else dye.blend(painted)
    return dye.polish(pixels) if color in dye.METALS else pixels


def _palette(names: str) -> Pixels:
    return np.frombuffer(bytes.fromhex("".join(HEX.findall(names.lower()))), np.uint8).reshape(-1, 3)
