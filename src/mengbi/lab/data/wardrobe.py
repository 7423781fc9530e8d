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


class Wardrobe:
    """The pack's pictures, ready to be placed: each is decoded once and dyed once a colour (250 MB in the end)."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._sprites: dict[int, Sprite] = {}
        self._palettes: dict[tuple[int, str], list[Pixels]] = {}

    @cached_property
    def casting(self) -> Casting:
        """Who may stand in its scenes."""
        return Casting(self.pack)

    def picture(self, number: int, color: str | None = None) -> Image.Image:
        """rows[number] in that colour, as Pillow's RGBA. color: one of COLORS, or None for its own."""
        sprite = self._sprites.get(number)
        if sprite is None:
            sprite = self._sprites[number] = self.pack.sprite(number)
        if color is None:
            return Image.fromarray(sprite.rgba())
        palettes = self._palettes.get((number, color))
        if palettes is None:
            palettes = self._palettes[number, color] = dyed(sprite, self.pack.rows[number], color)
        painted = [sprite.rgba(palette) for palette in palettes]
        pixels = painted[0] if len(painted) == 1 else dye.blend(painted)
        return Image.fromarray(dye.polish(pixels) if color in dye.METALS else pixels)


def dyed(sprite: Sprite, row: Row, color: str) -> list[Pixels]:
    """The sprite's palette in another colour, uint8 (n, 3); for the rainbow one for each of its bows."""
    plain = sprite.rgba()
    step = max(1, max(plain.shape) // 36)
    names = " ".join(f'"#{shade.tobytes().hex()}"' for shade in sprite.palette)
    alive = row.kind in ("animal", "person")
    versions = dye.dye(names, color, plain[::step, ::step], only=row.body, keep=row.keep, hue=row.hue, alive=alive)
    return [_palette(version) for version in versions]


def _palette(names: str) -> Pixels:
    return np.frombuffer(bytes.fromhex("".join(HEX.findall(names.lower()))), np.uint8).reshape(-1, 3)
