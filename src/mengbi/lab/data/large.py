"""Large pictures that enlarging is learnt from: `mengbi lab data upscale`.

The perfect large picture of a drawing is free: scenes of the library of ideas, most of them worked over in a style of
the gallery; drawings from the painter's sources at every size; and a few photos that anyone may use. What is kept are
crops, in leaves of LEAF. A leaf depends on its number alone, so a run that was broken off goes on where it stopped.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import platformdirs
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.sketch import draw
from mengbi.errors import AssetError
from mengbi.files import write_whole
from mengbi.finish import STYLES
from mengbi.finish.restyle import restyle
from mengbi.ideas import ideas
from mengbi.lab.data import render
from mengbi.lab.data.art import check_license
from mengbi.lab.data.packages import fetch
from mengbi.lab.data.sources import SOURCES
from mengbi.noise import generator
from mengbi.text.reading import read_scene

Pixels = NDArray[np.uint8]

LEAVES = 160
LEAF, SIDE = 12, 256
"""Crops of a leaf, and pixels of a crop's side."""
SCENE, DRAWING = 0.62, 0.26
"""Shares of the leaves that show scenes and drawings; the rest are photos."""
PLAIN = 0.3
"""Share of the scenes that are left as they were drawn."""
SMALLEST, LARGEST = 832, 1024
"""Pixels of a scene's side."""
DRAWN = ("noto", "fluent-emoji-flat", "twemoji", "noto-v1", "streamline-emojis", "fluent-emoji", "dicebear",
         "openclipart")  # fmt: skip
"""Sources that drawings are taken from: those of the painter whose pictures have no pixels of their own."""
PHOTOS = {
    "astronaut.png": ("NASA", "public domain"),
    "rocket.jpg": ("SpaceX", "public domain"),
    "hubble_deep_field.jpg": ("NASA", "public domain"),
    "camera.png": ("Lav Varshney", "CC0-1.0"),
    "brick.png": ("CC0Textures", "CC0-1.0"),
    "gravel.png": ("CC0Textures", "CC0-1.0"),
    "grass.png": ("linolafett", "CC0-1.0"),
}
"""Of scikit-image's pictures those that anyone may use; "chelsea.png" and "coffee.png" are kept for measuring."""
HELD = 20
"""Every leaf whose number it divides is not learnt from: it says how good the weights are."""
POOL = Path(platformdirs.user_cache_dir("mengbi")) / "upscale"
SEED = 31
STREAM = 1 << 32
"""Leaves draw their chance from the streams that begin here."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Materials:
    """What leaves are made of."""

    drawings: tuple[tuple[bytes, ...], ...]  # of each source in DRAWN
    photos: tuple[Pixels, ...]
    credits: tuple[Mapping[str, Any], ...]  # source, by, license, pictures


class Pool:
    """Finished leaves. Raises AssetError where there are none, or not all that were begun."""

    def __init__(self, folder: Path) -> None:
        try:
            self.notes = json.loads((folder / "pool.json").read_text("utf-8"))
            paths = [_path(folder, number) for number in range(self.notes["leaves"])]
            self._leaves = [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AssetError(f"{folder} — no whole pool ({error}); mengbi lab data upscale --out {folder}") from error
        self.digest = str(self.notes["digest"])

    @cached_property
    def learnt(self) -> tuple[Pixels, ...]:
        """Crops to learn from, uint8 (SIDE, SIDE, 3) each, on disk until they are looked at."""
        return tuple(crop for number, leaf in enumerate(self._leaves) if number % HELD for crop in leaf)

    @cached_property
    def held(self) -> tuple[Pixels, ...]:
        """Crops that nothing is learnt from."""
        return tuple(crop for leaf in self._leaves[::HELD] for crop in leaf)


def build(cache: Path, out: Path, leaves: int, say: Callable[[str], None]) -> str:
    """Makes what is missing of a pool of so many leaves; returns its digest. Raises AssetError, OutputError."""
    missing = [number for number in range(leaves) if not _path(out, number).exists()]
    found = materials(cache, say)
    for done, number in enumerate(missing, start=1):
        buffer = io.BytesIO()
        np.save(buffer, leaf(found, number), allow_pickle=False)
        write_whole(_path(out, number), buffer.getvalue())
        if done % 10 == 0 or done == len(missing):
            say(f"{done} of {len(missing)} leaves made")
    digest = hashlib.sha256()
    for number in range(leaves):
        digest.update(hashlib.sha256(_path(out, number).read_bytes()).digest())
    notes = {"leaves": leaves, "seed": SEED, "digest": digest.hexdigest(), "credits": found.credits}
    write_whole(out / "pool.json", json.dumps(notes, indent=1, ensure_ascii=False).encode())
    return digest.hexdigest()


def materials(cache: Path, say: Callable[[str], None]) -> Materials:
    """Fetches and reads everything. Raises AssetError for what cannot be had."""
    drawings, thanks = [], []
    for source in (source for source in SOURCES if source.name in DRAWN):
        say(f"reading {source.name}")
        tarballs = {package: fetch(package, cache) for package in source.packages}
        art = [each for each in source.read(source, tarballs) if check_license(each.license, each.id)]
        drawings.append(tuple(each.data for each in art))
        for license_ in dict.fromkeys(each.license for each in art):
            here = [each for each in art if each.license == license_]
            by = sorted({each.author for each in here})
            thanks.append(_credit(source.name, by, license_, len(here)))
    pictures = photos(tuple(PHOTOS))
    for name, (author, license_) in PHOTOS.items():
        thanks.append(_credit(f"scikit-image {version('scikit-image')}: {name}", [author], license_, 1))
    return Materials(drawings=tuple(drawings), photos=pictures, credits=tuple(thanks))


def photos(names: Sequence[str]) -> tuple[Pixels, ...]:
    """Those of scikit-image, uint8 (h, w, 3). Raises AssetError where it is not installed."""
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise AssetError("the photos are missing; pip install scikit-image")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    return tuple(np.asarray(Image.open(folder / name).convert("RGB")) for name in names)


def leaf(found: Materials, number: int) -> Pixels:
    """Leaf `number`, uint8 (LEAF, SIDE, SIDE, 3)."""
    rng = generator(SEED, STREAM + number)
    roll = float(rng.random())
    if roll < SCENE:
        return crops(scene(rng), rng)
    if roll < SCENE + DRAWING:
        return np.stack([drawing(found.drawings, rng) for _ in range(LEAF)])
    photo = Image.fromarray(found.photos[int(rng.integers(len(found.photos)))])
    scale = float(rng.uniform(max(0.5, SIDE / min(photo.size)), 0.95))  # what a camera blurs or JPEG did is made small
    return crops(_resized(photo, scale), rng)


def scene(rng: np.random.Generator) -> Pixels:
    """An idea, drawn and mostly worked over in a style, uint8 (side, side, 3)."""
    idea = ideas()[int(rng.integers(len(ideas())))]
    side, seed = int(rng.integers(SMALLEST, LARGEST + 1)), int(rng.integers(2**31))
    for _, drawn in draw(read_scene(idea.en), (side, side), seed):
        canvas = drawn
    pixels = (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)
    styles = STYLES.names()
    style = STYLES.find(styles[int(rng.integers(len(styles)))])
    if rng.random() >= PLAIN:
        pixels = restyle(pixels, style, seed)
    return _resized(Image.fromarray(pixels), float(rng.uniform(0.5, 1))) if rng.random() < 0.3 else pixels


def drawing(shelves: Sequence[Sequence[bytes]], rng: np.random.Generator) -> Pixels:
    """One to four drawings of any size on a plain or shaded ground, uint8 (SIDE, SIDE, 3)."""
    ground = rng.integers(0, 256, (2, 2, 3)).astype(np.uint8)
    if rng.random() < 0.5:
        ground[:] = ground[0, 0]
    canvas = Image.fromarray(ground).resize((SIDE, SIDE), Image.Resampling.BICUBIC).convert("RGBA")
    for _ in range(int(rng.integers(1, 5))):
        shelf = shelves[int(rng.integers(len(shelves)))]
        data, side = shelf[int(rng.integers(len(shelf)))], round(float(np.exp(rng.uniform(np.log(64), np.log(480)))))
        place = rng.uniform(-0.45, 0.45, 2)
        try:
            sprite = Image.fromarray(render.raster(data, side))
        except AssetError:  # a few of so many cannot be drawn
            continue
        left, top = (round(SIDE / 2 + SIDE * at - length / 2) for at, length in zip(place, sprite.size, strict=True))
        canvas.alpha_composite(sprite, (max(0, left), max(0, top)), (max(0, -left), max(0, -top)))
    return np.asarray(canvas.convert("RGB"))


def crops(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """LEAF crops of a picture, those of twice as many places where most is to be seen."""
    height, width = pixels.shape[:2]
    places = [(int(rng.integers(height - SIDE + 1)), int(rng.integers(width - SIDE + 1))) for _ in range(2 * LEAF)]
    found = [pixels[top : top + SIDE, left : left + SIDE] for top, left in places]
    busy = [float(np.abs(np.diff(crop.astype(np.int16), axis=1)).mean()) for crop in found]
    return np.stack([found[place] for place in np.argsort(busy, kind="stable")[::-1][:LEAF]])


def _resized(image: Image.Image, scale: float) -> Pixels:
    size = (max(SIDE, round(image.width * scale)), max(SIDE, round(image.height * scale)))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def _credit(source: str, by: Sequence[str], license_: str, pictures: int) -> Mapping[str, Any]:
    return {"source": source, "by": list(by), "license": license_, "pictures": pictures}


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:05}.npy"


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), help="Where packages are kept.")
@click.option("--out", type=click.Path(path_type=Path), default=POOL, help="Where the pool goes.")
@click.option("--leaves", type=click.IntRange(HELD), default=LEAVES, show_default=True, help=f"Of {LEAF} crops each.")
def upscale(cache: Path | None, out: Path, leaves: int) -> None:
    """Make the large pictures that enlarging is learnt from."""
    cache = cache or Path(platformdirs.user_cache_dir("mengbi")) / "dream" / "packages"
    digest = build(cache, out, leaves, lambda line: click.echo(line, err=True))
    click.echo(f"{out}: {leaves * LEAF:,} crops of {SIDE} pixels, {digest[:12]}")
