"""What is looked at before a picture is learnt from: can it be read, is there enough of it, has it been seen before."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import SourceError
from mengbi.source import opaque, open_picture, pixels_of, size_of

Pixels = NDArray[np.uint8]

NEAR = 3
"""Bits of 64 in which the hashes of two copies of a picture may differ."""
MEAN, MOST = 5.0, 32
"""How much they may differ where they are looked at closely, at THUMB pixels a side: on average, and anywhere."""
THUMB = 16
FLAT = 6
"""A picture whose brightest and darkest values differ by no more shows nothing."""
BOMB_PIXELS, BOMB_RATIO = 20_000_000, 400
"""A file of more pixels than this, and so many for each of its bytes, is made to fill memory."""
ODD_SHAPE = 20
"""Times its width that a picture may be high, or the other way round."""
BLOCK = 2048
"""Hashes, and pairs of pictures, that are compared at a time."""
BANDS = 5
MOVING = ("GIF", "WEBP", "PNG", "AVIF")
WORDS = {
    "picture-damaged": "damaged or cut short",
    "not-a-picture": "not a picture, whatever its name says",
    "picture-large": "too many pixels",
}


class Refused(Exception):  # noqa: N818 - reads as what it is
    """A file is left out; the message is the reason, in words that many files share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What a picture is made into."""

    size: int  # pixels of a side
    channels: int  # 1 grey, 3 colour, 4 with transparency
    fit: str  # "crop": the middle square; "pad": the whole picture, on white or on nothing
    least: int  # pixels of its shorter side that a picture must have


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What is known of a picture that can be learnt from."""

    sha256: str  # of the file
    bytes: int
    width: int  # as it is seen, upright
    height: int
    kind: str  # format and mode: "JPEG RGB"
    notes: tuple[str, ...]  # what was done to it
    hash: int  # 64 bits, of what was made of it
    mean: tuple[float, ...]  # of its channels, 0 to 255


def look(data: bytes, name: str, frame: Frame) -> tuple[Seen, Pixels]:
    """A file's bytes as a picture of the frame, uint8 (size, size, channels). Raises Refused.

    name: for its suffix.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = open_picture(data, name)
            kind, moves = (
                f"{image.format} {image.mode}",
                image.format in MOVING and bool(getattr(image, "is_animated", False)),
            )
            width, height = size_of(data, name)
            _measure(width, height, len(data), frame)
            lying = (width, height) != image.size
            pixels = pixels_of(image, name, (2 * frame.size, 2 * frame.size))
        except SourceError as error:
            raise Refused(WORDS.get(error.code) or _said(error)) from error
        except Refused:
            raise
        except Exception as error:  # a damaged file makes Pillow raise anything
            raise Refused(WORDS["picture-damaged"]) from error
    fitted = fit(pixels, frame)
    shown = opaque(fitted) if frame.channels == 4 else fitted
    if np.ptp(shown, axis=(0, 1)).max() <= FLAT:
        raise Refused("one colour only")
    told = {
        "the first picture of an animation": moves,
        "turned upright": lying,
        "transparent, laid on white": pixels.shape[2] == 4 and frame.channels != 4,
        "made larger": min(width, height) < frame.size,
        "deep colours made 8 bits": image.mode.startswith(("I", "F")),
        "other colours made RGB": image.mode in ("CMYK", "YCbCr", "LAB", "HSV") and frame.channels > 1,
    }
    seen = Seen(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        width=width,
        height=height,
        kind=kind,
        notes=tuple(note for note, true in told.items() if true),
        hash=hash_of(shown),
        mean=tuple(round(float(value), 2) for value in shown.mean(axis=(0, 1))),
    )
    return seen, fitted


def _measure(width: int, height: int, size: int, frame: Frame) -> None:
    """Raises Refused for what the header tells already."""
    if width * height > BOMB_PIXELS and width * height > BOMB_RATIO * size:
        raise Refused("a small file of a great many pixels")
    if min(width, height) < frame.least:
        raise Refused(f"smaller than {frame.least} pixels")
    if max(width, height) > ODD_SHAPE * min(width, height):
        raise Refused(f"more than {ODD_SHAPE} times as long as wide")


def _said(error: SourceError) -> str:
    """The reason in the message of an error: what stands before what to do about it."""
    return str(error).rpartition(" — ")[2].partition(";")[0]


def fit(pixels: Pixels, frame: Frame) -> Pixels:
    """Pixels (h, w, 3) or (h, w, 4) in the frame, made smaller without jags (Lanczos over all that a pixel covers)."""
    image = Image.fromarray(pixels)
    if frame.channels < 4 and pixels.shape[2] == 4:
        image = Image.fromarray(opaque(pixels))
    size, (width, height) = frame.size, image.size
    if frame.fit == "crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        square = image.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))
    else:
        scale = size / max(width, height)
        small = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
        square = Image.new("RGBA", (size, size), (255, 255, 255, 0 if frame.channels == 4 else 255))
        square.paste(small, ((size - small.width) // 2, (size - small.height) // 2))
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[frame.channels]
    return np.asarray(square if square.mode == mode else square.convert(mode)).reshape(size, size, frame.channels)


def hash_of(pixels: Pixels) -> int:
    """64 bits: does it grow lighter to the right? Zauner 2010, "dHash", on grey at 9 by 8. pixels: (h, w, 1 or 3)."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("L")
    grey = np.asarray(image.resize((9, 8), Image.Resampling.BOX), np.int16)
    return int(np.packbits(grey[:, 1:] > grey[:, :-1]).view(">u8")[0])


def duplicates(
    hashes: NDArray[np.uint64],
    means: NDArray[np.float32],
    picture: Callable[[int], Pixels],
    worth: Sequence[tuple[int, ...]],
) -> dict[int, int]:
    """Which pictures are copies of which better one: {copy: kept}.

    hashes: (n,); means: (n, 1 or 3); picture: the one of a number, (h, w, c); worth: more is better, and of equals
    the earlier is kept.
    """
    pairs = near(hashes, means)
    numbers, places = np.unique(pairs, return_inverse=True)
    thumbs = np.stack([_thumb(picture(number)) for number in numbers.tolist()]) if len(numbers) else np.zeros((0, 1))
    neighbours: dict[int, list[int]] = {}
    for first in range(0, len(pairs), BLOCK):
        one, other = thumbs[places.reshape(-1, 2)[first : first + BLOCK].T].astype(np.int16)
        apart = np.abs(one - other).reshape(len(one), -1)
        alike = (apart.mean(axis=1) <= MEAN) & (apart.max(axis=1) <= MOST)
        for left, right in pairs[first : first + BLOCK][alike].tolist():
            neighbours.setdefault(left, []).append(right)
            neighbours.setdefault(right, []).append(left)
    copies: dict[int, int] = {}
    for index in sorted(neighbours, key=lambda index: (tuple(-figure for figure in worth[index]), index)):
        if index not in copies:
            copies.update((other, index) for other in neighbours[index] if other not in copies)
    return copies


def near(hashes: NDArray[np.uint64], means: NDArray[np.float32]) -> NDArray[np.int64]:
    """All pairs (i, j), i < j, of hashes that differ in at most NEAR bits and means in at most MEAN: int64 (m, 2).

    Of BANDS parts of a hash, NEAR changed bits leave two as they were: only those that share two are compared.
    """
    found = [np.zeros((0, 2), np.int64)]
    masks = [sum(1 << bit for bit in range(band, 64, BANDS)) for band in range(BANDS)]
    for one, other in combinations(masks, BANDS - NEAR):
        keys = hashes & np.uint64(one | other)
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[order])) + 1
        found += [_close(hashes, means, np.sort(group)) for group in np.split(order, edges) if len(group) > 1]
    return np.unique(np.concatenate(found), axis=0)


def _close(hashes: NDArray[np.uint64], means: NDArray[np.float32], group: NDArray[np.intp]) -> NDArray[np.int64]:
    pairs = []
    for first in range(0, len(group), BLOCK):
        rows = group[first : first + BLOCK]
        for second in range(first, len(group), BLOCK):
            columns = group[second : second + BLOCK]
            close = np.bitwise_count(hashes[rows][:, None] ^ hashes[columns]) <= NEAR
            i, j = np.nonzero(close & (rows[:, None] < columns))
            alike = np.abs(means[rows[i]] - means[columns[j]]).mean(axis=1) <= MEAN
            pairs.append(np.stack([rows[i][alike], columns[j][alike]], axis=1))
    return np.concatenate(pairs).astype(np.int64)


def _thumb(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.asarray(image.resize((THUMB, THUMB), Image.Resampling.BOX))
