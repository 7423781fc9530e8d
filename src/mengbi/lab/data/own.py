"""Our own underdrawing's figures as art: what Mengbi draws, the painter must know first of all."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from mengbi import assets
from mengbi.assets import Concept
from mengbi.engine.sketch import figures
from mengbi.engine.sketch.sprites import anchors, sprite
from mengbi.lab.data.art import Art, Names
from mengbi.lab.data.emoji import by_table, emojis
from mengbi.lab.data.packages import EMOJIBASE, Package
from mengbi.lab.data.table import code_of

if TYPE_CHECKING:
    from mengbi.lab.data.sources import Source

HEIGHT = 256
"""Pixels in height at which a figure is drawn before it is made small."""
LICENSES = {"noto": "Apache-2.0", "fluent": "MIT", "own": "Apache-2.0"}
AUTHORS = {"noto": "Google Inc.", "fluent": "Microsoft Corporation", "own": "the Mengbi authors"}


def read(source: "Source", tarballs: Mapping[Package, Path]) -> Iterator[Art]:
    """Every drawing of every concept, with the body that the underdrawing gives it."""
    table = emojis(tarballs[EMOJIBASE])
    for concept in assets.concepts().values():
        emoji = table.get(code_of(concept.emoji))
        names = {**(emoji.names if emoji else {}), **by_table(concept.id), "en": concept.en, "zh": concept.zh}
        for variant, name in enumerate(concept.drawings):
            yield art(concept, variant, name, names, source)


def art(concept: Concept, variant: int, name: str, names: Names, source: "Source") -> Art:
    """One drawing of a concept."""
    mark = assets.marks().get(name)
    dressed = mark is not None and mark.body in figures.DRESSED and not figures.is_bust(_plain(name))
    buffer = io.BytesIO()
    Image.fromarray(sprite(concept, HEIGHT, variant=variant)).save(buffer, "PNG")
    origin = name.split("/", maxsplit=1)[0]
    points = anchors(concept, variant)
    return Art(
        id=f"{source.name}/{name}",
        source=source.name,
        author=AUTHORS[origin],
        license=LICENSES[origin],
        data=buffer.getvalue(),
        names=names,
        kind=concept.kind,
        key=concept.id,
        concept=concept.id,
        hand="shaded" if origin == "noto" else "flat",
        body=figures.garments(mark) if mark is not None and dressed else (),
        keep=tuple(sorted(figures.PEOPLE)) if "-skin-tone" in name else (),
        hue=mark.hue if mark else None,
        faces=concept.faces,
        anchors=(points.top, points.hand, points.seat),
    )


def _plain(name: str) -> NDArray[np.uint8]:
    """A drawing without the body that it is given, small."""
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=assets.drawing(name), height=128, skip_system_fonts=True))
    return np.asarray(Image.open(io.BytesIO(drawn)).convert("RGBA"))
