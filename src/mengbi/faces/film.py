"""A film of a painting: its real steps, as an animated GIF, WebP or PNG."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from mengbi.engine import Step
from mengbi.engine.preview import shrink
from mengbi.errors import OutputError
from mengbi.faces.graphics import Pixels, fit, sheet
from mengbi.faces.where import check_folder
from mengbi.files import write_whole

SUFFIXES = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG"}
MAX_FRAMES = 96
"""Of a longer painting every second frame is left out, then every fourth, and so on."""
RUNNING_SECONDS, HELD_SECONDS = 4.0, 2.5


def check_film(path: Path) -> None:
    """Raises OutputError where the name is not that of a film, or its folder cannot be written to."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{path} — a film ends in {', '.join(SUFFIXES)}; for example --film steps.gif")
    check_folder(path)


def record(steps: Iterator[Step], path: Path) -> Iterator[Step]:
    """Passes the steps on and, after the last, writes the film. Several pictures stand side by side in it.

    Raises OutputError, StorageError.
    """
    frames: list[Pixels] = []
    stride = 1
    for index, step in enumerate(steps):
        if step.pictures:
            frames.append(shrink(sheet(np.stack([picture.pixels[..., :3] for picture in step.pictures]))))
        elif index % stride == 0:
            frames.append(shrink(sheet(step.images)))
        if len(frames) > MAX_FRAMES:
            frames, stride = frames[::2], stride * 2
        yield step
    write_whole(path, encode(frames, path.suffix))


def encode(frames: list[Pixels], suffix: str) -> bytes:
    """The frames as a film that runs four seconds and holds the last. frames: uint8 (h, w, 3), sized as the last."""
    height, width = frames[-1].shape[:2]
    images = [Image.fromarray(fit(frame, width, height)) for frame in frames]
    kind = SUFFIXES[suffix.lower()]
    if kind == "GIF":
        images = [image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
    each = min(max(round(100 * RUNNING_SECONDS / len(images)), 4), 50) * 10  # GIF counts in hundredths
    durations = [each] * (len(images) - 1) + [round(1000 * HELD_SECONDS)]
    buffer = io.BytesIO()
    images[0].save(
        buffer, kind, save_all=True, append_images=images[1:], duration=durations, loop=0,
        **({"quality": 85} if kind == "WEBP" else {}),
    )  # fmt: skip
    return buffer.getvalue()
