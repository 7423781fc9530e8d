"""A scene onto a photo: its sky and ground shine through, and its things stand in the photo's own light.

All of it is one sheet over the photo, `photo · keep + add`, so a photo of any size costs little more than itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.drawing import STAGES, draw, people
from mengbi.engine.sketch.dye import from_oklab, to_oklab
from mengbi.engine.sketch.footing import floats
from mengbi.engine.sketch.ground import Ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import Light, light_of
from mengbi.scene import Scene, Sky

Array = NDArray[np.float32]

LARGEST = 2048
"""Side of the square whose area a sheet has at most; over a larger photo it is enlarged."""
BAND = 256
"""Rows of the photo that a sheet is laid over at a time."""
SHARE = 0.66
"""How large things stand in a photo, beside how large they are on a canvas of their own."""
FOOT = 0.88
"""Where in the height of a photo what stands in it stands best."""
VIEW = 160
"""Pixels of the longer side of the photo that is looked at to find a place and the light."""
IN_PHOTO = Ground(
    layers=(),
    horizon=0.55,
    surface="land",
    foot=lambda depth, x: 0.6 + 0.35 * depth,
    scale=lambda depth: 0.5 + 0.5 * depth,
)
"""How we take a photo that we know nothing of: open land."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sheet:
    """What lies over a photo: photo · keep + add. Both float32 (h, w, 3), of any size."""

    keep: Array
    add: Array

    def under(self, other: "Sheet") -> "Sheet":
        """This sheet and another of its size over it, as one."""
        return Sheet(keep=self.keep * other.keep, add=self.add * other.keep + other.add)

    def over(self, photo: NDArray[np.uint8], mask: Array | None) -> NDArray[np.uint8]:
        """The photo, uint8 (h, w, 3), with the sheet over it as far as the mask (h, w) says; 0 keeps every bit."""
        out = np.empty_like(photo)
        for top in range(0, len(photo), BAND):
            rows = slice(top, min(top + BAND, len(photo)))
            under = photo[rows].astype(np.float32) / np.float32(255)
            laid = _rows(self.keep, rows, photo.shape) * under + _rows(self.add, rows, photo.shape)
            if mask is not None:
                laid = under + mask[rows, :, None] * (laid - under)
            out[rows] = (np.clip(laid, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return out


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """A photo as a painter takes it in at a glance, both planes (h, w), small."""

    lab: Array  # OKLab (h, w, 3)
    busy: Array  # 0 where nothing is to be seen, 1 where most is


def draw_over(
    photo: NDArray[np.uint8], mask: Array | None, scene: Scene, strength: float, seed: int
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """A scene over a photo: each of STAGES and the picture, uint8 (h, w, 3), the last of the photo's own size.

    photo: uint8 (h, w, 3). mask: float32 (h, w), 1 where it may be painted: the things then stand inside it.
    strength: 0 leaves the photo's sky and ground, 1 leaves nothing of them.
    """
    says = (scene.ground is not None or scene.sky != Sky()) and strength > 0
    if not (says or scene.things):
        yield from ((stage, photo) for stage in STAGES)
        return
    small, veiled = _fitting(photo), None if mask is None else _plane(mask, _fitting(photo).shape)
    view = _look(small)
    sheet = _backdrop(scene, small.shape, view, strength, seed) if says else None
    yield STAGES[0], small if sheet is None else sheet.over(small, veiled)
    for stage, things in _things(scene, small.shape, veiled, view, seed):
        whole = things if sheet is None else sheet.under(things)
        yield stage, whole.over(small, veiled)
    yield STAGES[-1], whole.over(photo, mask)


def _backdrop(scene: Scene, shape: tuple[int, ...], view: View, strength: float, seed: int) -> Sheet:
    """Sky and ground of the words: most where the photo is empty, least over what it shows, which takes on their light.

    At strength 1 nothing is left of the photo.
    """
    *_, (_, drawn) = draw(replace(scene, things=(), relations=()), (shape[1], shape[0]), seed)
    share = np.float32(strength) ** (np.float32(0.5) + 2 * _plane(view.busy, shape))[..., None]
    lit = np.ones(3, dtype=np.float32)
    if scene.sky.time is not None or scene.sky.weather is not None:
        ambient = np.array(light_of(scene, seed).ambient, dtype=np.float32)
        lit += min(1.0, 1.5 * strength) * (ambient - 1)
    return Sheet(keep=(1 - share) * lit, add=share * drawn)


def _things(
    scene: Scene, shape: tuple[int, ...], mask: Array | None, view: View, seed: int
) -> Iterator[tuple[str, Sheet]]:
    """The stages of the scene's things as sheets.

    They are drawn on black and on white: what differs is how much of the photo stays (Smith & Blinn 1996, "Blue screen
    matting").
    """
    size = (shape[1], shape[0])
    roots = arrange(scene, IN_PHOTO, size, seed)
    if mask is not None:
        _move_into(roots, mask)
    else:
        _find_room(roots, scene, size, view)
    light = _light(scene, view, seed)
    black, white = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    both = zip(people(black, IN_PHOTO, roots, light), people(white, IN_PHOTO, roots, light), strict=True)
    for (stage, dark), (_, bright) in both:
        cover = np.clip(1 - (bright - dark), 0, 1)
        yield stage, Sheet(keep=1 - cover, add=_in_light(dark, cover, view))


def _look(photo: NDArray[np.uint8]) -> View:
    image = Image.fromarray(photo)
    image.thumbnail((VIEW, VIEW), Image.Resampling.BOX)
    lab = to_oklab(np.asarray(image) / 255.0).astype(np.float32)
    slopes = np.zeros(lab.shape[:2], dtype=np.float32)
    for axis in (0, 1):
        if lab.shape[axis] > 1:
            slopes += np.abs(np.gradient(lab[..., 0], axis=axis))
    edges = Image.fromarray((np.clip(slopes * 8, 0, 1) * 255).astype(np.uint8))
    soft = np.asarray(edges.filter(ImageFilter.GaussianBlur(VIEW / 32)), dtype=np.float32) / np.float32(255)
    return View(lab=lab, busy=np.clip(soft / max(float(np.quantile(soft, 0.95)), 0.05), 0, 1))


def _light(scene: Scene, view: View, seed: int) -> Light:
    """The scene's light as far as the words say it, and the photo's own for the rest."""
    light, lightness = light_of(scene, seed), view.lab[..., 0]
    time = scene.sky.time or ("night" if float(lightness.mean()) < 0.3 else "day")
    half = max(1, lightness.shape[1] // 2)
    left, right = float(lightness[:, :half].mean()), float(lightness[:, -half:].mean())
    reach = float(np.clip((left - right) * 8, -1, 1)) or 0.4  # away from the brighter side
    dark = from_oklab(np.quantile(view.lab.reshape(-1, 3), 0.05, axis=0))
    bright = np.clip(from_oklab(np.quantile(view.lab.reshape(-1, 3), 0.9, axis=0)), 0, 1)
    return replace(
        light,
        time=time,
        ambient=(1.0, 1.0, 1.0),
        haze=(max(0.0, float(dark[0])), max(0.0, float(dark[1])), max(0.0, float(dark[2]))),
        haze_strength=0.0,
        shadow=(reach, 0.12, 0.42),
        rim=(float(bright[0]), float(bright[1]), float(bright[2])),
    )


def _in_light(add: Array, cover: Array, view: View) -> Array:
    """The things' colours, already times their cover, brought to the photo's blacks, whites, colourfulness and cast."""
    rows = np.flatnonzero(cover.max(axis=(1, 2)) > 0)
    if not len(rows):
        return add
    out, part = add.copy(), slice(rows[0], rows[-1] + 1)
    amount = cover[part].max(axis=-1)
    inside = amount > 0.004
    lab = to_oklab(np.clip(add[part][inside].astype(np.float64) / cover[part][inside].clip(0.004), 0, 1))
    solid = lab[amount[inside] > 0.9] if (amount > 0.9).any() else lab
    photo = view.lab.reshape(-1, 3)
    low, high = np.quantile(photo[:, 0], (0.02, 0.98))
    nearby = _plane(view.lab[..., 0], cover.shape)[part][inside].mean()
    colorful = np.quantile(np.hypot(photo[:, 1], photo[:, 2]), 0.9)
    vivid = np.quantile(np.hypot(solid[:, 1], solid[:, 2]), 0.9)
    lab[:, 0] = low + (high - low) * lab[:, 0]
    lab[:, 0] += 0.15 * (nearby - lab[amount[inside] > 0.5, 0].mean() if (amount > 0.5).any() else 0)
    lab[:, 1:] *= np.clip(1.35 * colorful / max(float(vivid), 1e-3), 0.55, 1.0)
    lab[:, 1:] += 0.4 * photo[:, 1:].mean(axis=0)
    out[part][inside] = np.clip(from_oklab(lab), 0, 1) * cover[part][inside]
    return out


def _find_room(roots: list[Figure], scene: Scene, size: tuple[int, int], view: View) -> None:
    """Moves the cast to where it hides least of the photo: what stands into its lower part, what floats above."""
    unit = min(size)
    wide, tall = size[0] / unit, size[1] / unit
    aloft = [root for root in roots if floats(root, IN_PHOTO)]
    standing = [root for root in roots if root not in aloft and not root.spread]
    groups = [[*aloft, *standing]] if scene.relations else [aloft, standing]
    for group in filter(None, groups):
        _shrink(group, SHARE)
        boxes = np.array([root.box() for root in group])
        left, top = (float(v) for v in boxes[:, :2].min(axis=0))
        right, bottom = (float(v) for v in boxes[:, 2:].max(axis=0))
        stands = any(root not in aloft for root in group)
        low, high = (0.66 * tall, 0.95 * tall) if stands else (bottom - top + 0.04 * tall, 0.6 * tall)
        best = (np.inf, 0.0, 0.0)
        for dx in np.linspace(0.03 * wide - left, 0.97 * wide - right, 25):
            for dy in np.linspace(min(low, high), high, 9) - bottom:
                hidden = np.mean([_busy(view, box + np.array((dx, dy, dx, dy)), wide, tall) for box in boxes])
                away = abs(bottom + dy - FOOT * tall) if stands else 0.3 * abs(dy)
                cost = float(hidden) + 0.1 * abs(dx) / wide + 0.4 * away / tall
                best = min(best, (cost, float(dx), float(dy)))
        for root in group:
            root.x, root.foot = root.x + best[1], root.foot + best[2]


def _busy(view: View, box: NDArray[np.float64], wide: float, tall: float) -> float:
    """How much of the photo a box hides, 0 to 1."""
    high, across = view.busy.shape
    x0, x1 = (int(np.clip(x / wide * across, 0, across - 1)) for x in box[[0, 2]])
    y0, y1 = (int(np.clip(y / tall * high, 0, high - 1)) for y in box[[1, 3]])
    return float(view.busy[y0 : y1 + 1, x0 : x1 + 1].mean())


def _shrink(group: list[Figure], factor: float) -> None:
    """Makes a group smaller about its lower middle."""
    middle = sum(root.x for root in group) / len(group)
    foot = max(root.foot for root in group)
    for root in group:
        root.resize(factor)
        root.x, root.foot = middle + (root.x - middle) * factor, foot - (foot - root.foot) * factor


def _move_into(roots: list[Figure], mask: Array) -> None:
    """Moves a cast that was arranged for the whole canvas into the box of the mask."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > 0.5), np.flatnonzero(mask.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        return
    height, width = mask.shape
    unit = min(height, width)
    across, down = (columns[-1] - columns[0] + 1) / width, (rows[-1] - rows[0] + 1) / height
    factor = min(across, down)
    left, bottom = columns[0] / unit, rows[-1] / unit
    for root in roots:
        root.resize(factor)
        root.x = left + root.x * across
        root.foot = bottom - (height / unit - root.foot) * factor


def _fitting(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo, no larger than a sheet."""
    height, width = photo.shape[:2]
    factor = LARGEST / (height * width) ** 0.5
    if factor >= 1:
        return photo
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BOX, reducing_gap=2))


def _plane(plane: Array, shape: tuple[int, ...]) -> Array:
    """A plane (h, w) at the size of a shape (h, w, …), between its pixels linearly."""
    if plane.shape == shape[:2]:
        return plane
    return np.asarray(Image.fromarray(plane).resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _rows(sheet: Array, rows: slice, shape: tuple[int, ...]) -> Array:
    """Some rows of a sheet (h, w, 3) at the size of a shape, the same as if it had been enlarged whole."""
    if sheet.shape == shape:
        return sheet[rows]
    scale = sheet.shape[0] / shape[0]
    box = (0, rows.start * scale, sheet.shape[1], rows.stop * scale)
    size = (shape[1], rows.stop - rows.start)
    first, last = max(0, int(box[1]) - 2), min(sheet.shape[0], int(box[3]) + 3)
    box = (0, box[1] - first, box[2], box[3] - first)
    planes = (Image.fromarray(np.ascontiguousarray(sheet[first:last, :, channel])) for channel in range(3))
    return np.stack([np.asarray(p.resize(size, Image.Resampling.BILINEAR, box=box)) for p in planes], axis=-1)
