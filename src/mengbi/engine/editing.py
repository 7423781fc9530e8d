"""Editing: to start from a photo, to keep part of it, to follow a sketch.

    start    times = shorten(times, strength), z = path(photo, noise, times[0])
    keep     denoise = keeping(denoise, photo, mask)
    follow   control_of(sketch, size), in the condition of a denoiser that understands one

Pictures of people come as uint8 of any size; inside they are float32 (c, h, w) in [−1, 1], cut to the shape that is
painted.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mengbi.engine.denoiser import Array, Denoise
from mengbi.source import Source, load_pixels


def keeping(denoise: Denoise, photo: Array, mask: Array) -> Denoise:
    """A denoiser that knows the photo where it is kept; what it paints elsewhere grows together with it.

    photo: (c, h, w); mask: (1, h, w), 1 painted, 0 kept, between them blended. Where the sampler starts on the photo's
    path, z = path(photo, ε, t), the kept part stays on that path with the same ε (fresh noise where the sampler adds
    some) because x0 is the photo there; at t = 1 it is the photo, to the bit. At t = 0 every start is on the path.
    """
    return lambda z, t: mask * denoise(z, t) + (1 - mask) * photo


def photo_of(source: Source, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A photo that covers size (width, height), cut around its middle: uint8 (h, w, 3); what is transparent is white.

    Raises SourceError.
    """
    return _flat(fitted(source, size), 255)


def mask_of(source: Source, size: tuple[int, int]) -> Array:
    """A mask, cut as the photo is: float32 (1, h, w), 1 (white) painted, 0 (black or transparent) kept.

    Raises SourceError.
    """
    grey = Image.fromarray(_flat(fitted(source, size), 0)).convert("L")
    return np.asarray(grey, dtype=np.float32)[None] / 255


def control_of(source: Source, size: tuple[int, int]) -> Array:
    """A sketch for a denoiser: float32 (4, h, w), colour in [−1, 1], then 1 where it is given and 0 where it is not.

    Where the sketch is transparent nothing is given and the colour is 0; half-transparent is in between.
    Raises SourceError.
    """
    return as_control(fitted(source, size))


def as_control(pixels: NDArray[np.uint8]) -> Array:
    """A sketch of a painting's size, uint8 (h, w, 3 or 4), as `control_of` gives it."""
    given = (
        pixels[..., 3:].astype(np.float32) / 255 if pixels.shape[2] == 4 else np.ones_like(pixels[..., :1], np.float32)
    )
    return np.concatenate([signal_of(pixels[..., :3]) * given.transpose(2, 0, 1), given.transpose(2, 0, 1)])


def signal_of(pixels: NDArray[np.uint8]) -> Array:
    """uint8 (h, w, c) as the float32 (c, h, w) in [−1, 1] that is painted with."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / 127.5 - 1


def pixels_of(x: Array) -> NDArray[np.uint8]:
    """float32 (…, c, h, w) as uint8 (…, h, w, c); what is outside [−1, 1] is cut off."""
    return np.moveaxis(np.rint(np.clip(x * 127.5 + 127.5, 0, 255)).astype(np.uint8), -3, -1)


def fit(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The middle of a picture, as much of it as has the shape of size (width, height), at that size."""
    if pixels.shape[1::-1] == size:
        return pixels
    return np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS))


def fitted(source: Source, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The middle of the picture of a source at that size (width, height): uint8 (h, w, 3 or 4). Raises SourceError."""
    return fit(load_pixels(source, least=(2 * size[0], 2 * size[1])), size)


def _flat(pixels: NDArray[np.uint8], behind: int) -> NDArray[np.uint8]:
    """Without transparency: the picture over one grey."""
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(pixels)
    under = Image.new("RGB", image.size, (behind, behind, behind))
    return np.asarray(Image.composite(image.convert("RGB"), under, image.getchannel("A")))
