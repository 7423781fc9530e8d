"""What a person may give besides words: an underdrawing, or a coarse sketch of the same picture, or a part of one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from mengbi.lab.data import stage
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe

UNDERDRAWING, DOODLE = 0.5, 0.8
"""Shares: a composed drawing up to the first, flat wobbly colour up to the second, a blurred picture beyond."""
PARTIAL = 0.25


def control_of(
    picture: Pixels,
    ground: Pixels,
    figures: Sequence[stage.Figure],
    backdrop: Backdrop | None,
    wardrobe: Wardrobe,
    rng: np.random.Generator,
) -> Pixels:
    """uint8 (h, w, 4): colour, and 255 where it is given, else 0.

    The underdrawing shows the same scene in another hand: what the painter learns is to finish, not to copy.
    """
    roll, side = float(rng.random()), picture.shape[0]
    if roll < UNDERDRAWING:
        drawn = stage.paint(ground, [_other(figure, wardrobe, rng) for figure in figures], backdrop, wardrobe)
        image = _coarse(Image.fromarray(drawn), float(rng.uniform(0.45, 1.0)))
    elif roll < DOODLE:
        small = np.ascontiguousarray(ground[::2, ::2])
        drawn = stage.paint(_flat(small, backdrop), figures, backdrop, wardrobe, flat=True)
        image = _wobble(Image.fromarray(drawn).resize((side, side), Image.Resampling.BILINEAR), rng)
    else:
        image = _coarse(Image.fromarray(picture), float(rng.uniform(0.08, 0.3)))
    given = np.full((side, side, 1), 255, np.uint8)
    if rng.random() < PARTIAL:
        given = _part(figures, side, rng)
    return np.concatenate([np.asarray(image) * (given > 0), given], axis=-1)


def _other(figure: stage.Figure, wardrobe: Wardrobe, rng: np.random.Generator) -> stage.Figure:
    """The same thing at the same place, drawn by another hand where there is one."""
    shelf = wardrobe.pack.shelves.get(f"thing/{figure.concept.id}") if figure.concept else None
    if shelf is None or rng.random() < 0.35:
        return figure
    number = int(shelf[0] if rng.random() < 0.6 else rng.choice(shelf))  # the first are the underdrawing's own
    wide, tall = wardrobe.pack.rows[number].size
    return replace(figure, number=number, width=min(figure.height * wide / tall, 1.3 * figure.width))


def _coarse(image: Image.Image, share: float) -> Image.Image:
    """As soft as if it had been painted at a share of its size."""
    small = (max(2, round(image.width * share)),) * 2
    return image.resize(small, Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)


def _flat(ground: Pixels, backdrop: Backdrop | None) -> Pixels:
    """A ground as two flat colours, above and below the horizon."""
    flat = np.empty_like(ground)
    line = round((backdrop.horizon if backdrop else 0.5) * ground.shape[0])
    for part in (slice(0, line), slice(line, None)):
        flat[part] = ground[part].reshape(-1, 3).mean(axis=0)
    return flat


def _wobble(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """An unsteady hand: the corners of a 4 by 4 grid move a little."""
    side, cells = image.width, 4
    move = np.zeros((cells + 1, cells + 1, 2))
    move[1:-1, 1:-1] = rng.normal(0, 0.016 * side, (cells - 1, cells - 1, 2))  # the sheet's edge stays
    grid = np.stack(np.meshgrid(*[np.linspace(0, side, cells + 1)] * 2, indexing="ij"), axis=-1) + move
    mesh = []
    for i in range(cells):
        for j in range(cells):
            box = (j * side // cells, i * side // cells, (j + 1) * side // cells, (i + 1) * side // cells)
            corners = (grid[i, j], grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1])
            mesh.append((box, tuple(float(v) for y, x in corners for v in (x, y))))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _part(figures: Sequence[stage.Figure], side: int, rng: np.random.Generator) -> Pixels:
    """Only some figures, or only a corner of the sheet, are given."""
    given = np.zeros((side, side, 1), np.uint8)
    if rng.random() < 0.6:
        for figure in figures:
            if rng.random() < 0.75:
                left, right = (figure.x + sign * 0.55 * figure.width for sign in (-1, 1))
                rows = slice(
                    max(0, round((figure.foot - 1.05 * figure.height) * side)), max(0, round(figure.foot * side))
                )
                given[rows, max(0, round(left * side)) : max(0, round(right * side))] = 255
    else:
        y, x = (rng.uniform(0, 0.6, 2) * side).astype(int)
        tall, wide = (rng.uniform(0.3, 0.8, 2) * side).astype(int)
        given[y : y + tall, x : x + wide] = 255
    return given
