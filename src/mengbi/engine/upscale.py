"""Enlarging and restoring by the shipped networks, tile by tile; what they leave to do, Lanczos does.

Each is a generator that yields how far it is, 0 to 1, and returns the picture; beside it stands a function that drives
it to its end. A pixel of the result depends on what a network sees of its neighbourhood and on nothing else: tiles
overlap by as much, so none of them can be seen, and each is computed on one thread, so that their number changes no
byte.
"""

import json
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi import weights
from mengbi.errors import AssetError, BriefError
from mengbi.settings import threads

Pixels: TypeAlias = NDArray[np.uint8]
Work: TypeAlias = Generator[float, None, Pixels]

LARGER, BETTER = "upscale", "restore"
"""The names of the weights."""
SCALES = (2, 4)
MOST = 1 << 27
"""Pixels of a result; more are refused."""
ENOUGH = 1.15, 2.0
"""What is left to Lanczos: at first, and after the network has enlarged once, so many times as many pixels a side."""
CRISP = 1 << 22
"""A picture of so many pixels is made to fit by Lanczos alone: what the network would add is finer than print."""
TILE = 128, 256
"""Rows and columns of a tile; of a small picture, which would else leave threads idle, half as many rows."""
SMALL = 256 * 256


class Tile(NamedTuple):
    """A part of a picture (rows, columns), what is looked at around it, and where the part lies in that."""

    place: tuple[slice, slice]
    seen: tuple[slice, slice]
    inner: tuple[slice, slice]


class Network:
    """A trained network whose result is `scale` times as large a side."""

    def __init__(self, session: Any) -> None:
        """session: of ONNX Runtime. Raises KeyError, ValueError for a network that is none of ours."""
        spec = json.loads(session.get_modelmeta().custom_metadata_map["network"])
        self.session, self.scale, self.fold = session, int(spec["scale"]), int(spec.get("fold", 1))
        self.reach = self.fold * (int(spec["depth"]) + 2)

    def work(self, pixels: Pixels, scale: int) -> Work:
        """uint8 (h, w, 3) -> (scale · h, scale · w, 3). scale: the network's own, or less: then pixels are joined."""
        height, width = pixels.shape[:2]
        large = np.empty((height * scale, width * scale, 3), np.uint8)

        def look(tile: Tile) -> Pixels:
            return self._enlarged(pixels[tile.seen], tile.inner, scale)

        waiting, at_once = list(tiles((height, width), self.reach)), 4 * threads()
        with ThreadPoolExecutor(threads()) as pool:
            for first in range(0, len(waiting), at_once):  # what waits to be laid down stays small
                group = waiting[first : first + at_once]
                for tile, found in zip(group, pool.map(look, group), strict=True):
                    rows, columns = (slice(side.start * scale, side.stop * scale) for side in tile.place)
                    large[rows, columns] = found
                yield min(1.0, (first + at_once) / len(waiting))
        return large

    def _enlarged(self, seen: Pixels, inner: tuple[slice, slice], scale: int) -> Pixels:
        """The inner part of what a tile sees."""
        height, width = seen.shape[:2]
        if height % self.fold or width % self.fold:
            seen = np.pad(seen, ((0, -height % self.fold), (0, -width % self.fold), (0, 0)), "edge")
        small = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255)
        found = self.session.run(["large"], {"small": small})[0][0]
        rows, columns = (slice(part.start * self.scale, part.stop * self.scale) for part in inner)
        found = found[:, rows, columns]
        joined = self.scale // scale
        if joined > 1:
            shape = (3, found.shape[1] // joined, joined, found.shape[2] // joined, joined)
            found = found.reshape(shape).mean((2, 4), dtype=np.float32)
        return np.asarray(np.clip(found * 255 + np.float32(0.5), 0, 255), dtype=np.uint8).transpose(1, 2, 0)


def upscale(pixels: Pixels, scale: int) -> Pixels:
    """A picture with 2 or 4 times as many pixels a side. pixels: uint8 (h, w, 3) or (h, w, 4), straight alpha.

    Raises BriefError for another scale or more than MOST pixels, AssetError.
    """
    return done(upscaling(pixels, scale))


def to_size(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture at exactly that size (width, height): enlarged by the network as far as needed, the rest by Lanczos.

    pixels: uint8 (h, w, 3) or (h, w, 4). Raises BriefError for a size that is none or is more than MOST, AssetError.
    """
    return done(sizing(pixels, size))


def restore(pixels: Pixels, strength: float = 1.0) -> Pixels:
    """A picture without the traces of JPEG, noise and softness, as far as the network can tell them; the same size.

    strength: 0 leaves it as it is, 1 is what the network believes in. Alpha stays as it is. Raises AssetError.
    """
    return done(restoring(pixels, strength))


def upscaling(pixels: Pixels, scale: int) -> Work:
    """See `upscale`."""
    if scale not in SCALES:
        raise BriefError(f"scale {scale} — 2 or 4 times as many pixels a side")
    check_size((pixels.shape[1] * scale, pixels.shape[0] * scale))
    network = load(LARGER)
    if pixels.shape[2] == 3:
        return (yield from network.work(pixels, scale))
    alpha = pixels[..., 3:]
    if alpha.min() == alpha.max():  # nothing to see in it
        cover = np.full((pixels.shape[0] * scale, pixels.shape[1] * scale, 1), alpha.flat[0], np.uint8)
        colors = yield from network.work(bled(pixels), scale)
    else:
        colors = yield from part(network.work(bled(pixels), scale), 0, 2)
        grey = yield from part(network.work(np.repeat(alpha, 3, axis=2), scale), 1, 2)
        cover = grey[..., 1:2]
    return np.concatenate([colors, cover], axis=2)


def sizing(pixels: Pixels, size: tuple[int, int]) -> Work:
    """See `to_size`."""
    check_size(size)
    for scale in passes(pixels.shape[1::-1], size):
        pixels = yield from upscaling(_within(pixels, size), scale)
    return _resized(pixels, size)


def restoring(pixels: Pixels, strength: float) -> Work:
    """See `restore`."""
    clean = yield from load(BETTER).work(bled(pixels) if pixels.shape[2] == 4 else pixels, 1)
    mixed = Image.blend(Image.fromarray(np.ascontiguousarray(pixels[..., :3])), Image.fromarray(clean), strength)
    return np.concatenate([np.asarray(mixed), pixels[..., 3:]], axis=2)


def done(work: Work) -> Pixels:
    """Drives it to its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def part(work: Work, number: int, count: int) -> Work:
    """The same as part `number` of `count`."""
    while True:
        try:
            yield (number + next(work)) / count
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def passes(size: tuple[int, int], wanted: tuple[int, int]) -> list[int]:
    """How often the network enlarges a picture of a size (width, height) that shall become another, and by how much."""
    found: list[int] = []
    width, height = size
    while True:
        width, height = min(width, wanted[0]), min(height, wanted[1])
        times = max(wanted[0] / width, wanted[1] / height)
        if times <= ENOUGH[min(len(found), 1)] or width * height > CRISP:
            return found
        found.append(2 if times <= 2 else 4)
        width, height = width * found[-1], height * found[-1]


def digest(name: str = LARGER) -> str:
    """sha256 of the network LARGER or BETTER. Raises AssetError."""
    return weights.digest(name)


def check_size(size: tuple[int, int]) -> None:
    """Raises BriefError for a size (width, height) that is none, or is more than MOST pixels."""
    width, height = size
    if min(size) < 1 or width * height > MOST:
        raise BriefError(f"{width}x{height} pixels — at least one, and at most {MOST // 10**6} megapixels")


def tiles(shape: tuple[int, int], reach: int) -> Iterator[Tile]:
    """Tiles that cover a picture of a shape (height, width), each seen with `reach` pixels around it."""
    rows, columns = TILE if shape[0] * shape[1] > SMALL else (TILE[0] // 2, TILE[1])
    for top in range(0, shape[0], rows):
        for left in range(0, shape[1], columns):
            down, across = _span(top, rows, shape[0], reach), _span(left, columns, shape[1], reach)
            yield Tile(place=(down[0], across[0]), seen=(down[1], across[1]), inner=(down[2], across[2]))


def bled(pixels: Pixels) -> Pixels:
    """The colours of a transparent picture, those that are seen spread into what is not: uint8 (h, w, 4) -> (h, w, 3).

    So no dark or white edge grows around it. From coarse to fine, as in Burt 1988, "Moment images".
    """
    return np.asarray(_bled(Image.fromarray(pixels)))


def load(name: str) -> Network:
    """The network LARGER or BETTER, opened once a process. Raises AssetError."""
    return _open(name, weights.digest(name))


def _span(start: int, length: int, end: int, reach: int) -> tuple[slice, slice, slice]:
    stop = min(start + length, end)
    first, last = max(0, start - reach), min(end, stop + reach)
    return slice(start, stop), slice(first, last), slice(start - first, stop - first)


def _bled(image: Image.Image) -> Image.Image:
    seen = image.getchannel("A").point(SEEN)
    if seen.getextrema()[0] == 255 or image.size == (1, 1):
        return image.convert("RGB")
    around = _bled(image.reduce(2)).resize(image.size, Image.Resampling.BILINEAR)
    return Image.composite(image.convert("RGB"), around, seen)


SEEN = [255 if level > 3 else 0 for level in range(256)]
"""A pixel with less cover has no colour that can be relied on."""


def _within(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """No larger than `size` in either direction: what will be made small need not be made large before."""
    height, width = pixels.shape[:2]
    if width <= size[0] and height <= size[1]:
        return pixels
    return _resized(pixels, (min(width, size[0]), min(height, size[1])))


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if pixels.shape[1::-1] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


@lru_cache(maxsize=2)
def _open(name: str, _digest: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a tile is computed on one thread
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return Network(onnxruntime.InferenceSession(weights.read(name), options, providers=["CPUExecutionProvider"]))
    except AssetError:
        raise
    except Exception as error:  # ONNX Runtime has many of its own
        raise AssetError(f"the weights of {name} cannot be opened ({error}); install mengbi again") from error
