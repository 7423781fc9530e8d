"""Pictures that a person gives us: opened under limits, known by their digest."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mengbi.errors import SourceError
from mengbi.settings import MAX_PIXELS

MAX_BYTES = 256 * 2**20
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A photo, mask or sketch that a Plan uses. The folder is not kept in what we write: only name and digest are."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return Path(self.path).name


def read_source(path: str | Path) -> Source:
    """Names the picture at `path` by its digest. Raises SourceError if it is missing, no picture, or too large."""
    data = _read(Path(path))
    _open(data, Path(path))
    return Source(path=str(path), sha256=hashlib.sha256(data).hexdigest())


def open_picture(path: str | Path) -> Image.Image:
    """The picture at `path` as Pillow's own, its header read and its pixels not yet. Raises SourceError likewise."""
    return _open(_read(Path(path)), Path(path))


def load_pixels(source: Source) -> NDArray[np.uint8]:
    """The picture's pixels, upright: uint8 (h, w, 3), or (h, w, 4) where it is transparent.

    Raises SourceError if the file is gone or is not the one that the Plan was made with.
    """
    path = Path(source.path)
    data = _read(path)
    digest = hashlib.sha256(data).hexdigest()
    if digest != source.sha256:
        raise SourceError(
            f"{path} — not the picture of the plan (its digest is {digest[:12]}…, planned {source.sha256[:12]}…)"
        )
    image = _open(data, path)
    with _refusing(f"{path} — a damaged picture; try to save it again"):
        transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip at 255
            image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
        return np.asarray(image.convert("RGBA" if transparent else "RGB"))


def opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels without transparency, on white: uint8 (h, w, 3) or (h, w, 4) -> (h, w, 3)."""
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(pixels)
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path} — {path.stat().st_size / 2**20:.0f} MiB; at most {MAX_BYTES >> 20} MiB")
        if not path.is_file():
            raise SourceError(f"{path} — not a file; give a picture")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{path} — there is no such file") from error
    except OSError as error:
        raise SourceError(f"{path} — cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise SourceError(f"{str(path)!r} — no name of a file ({error})") from error


def _open(data: bytes, path: Path) -> Image.Image:
    with _refusing(f"{path} — not a picture that can be read; give a {', '.join(FORMATS)}"):
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise SourceError(f"{path} — too many pixels; at most {MAX_PIXELS // 10**6} megapixels") from error
    if image.width * image.height > MAX_PIXELS:
        raise SourceError(f"{path} — {image.width}x{image.height} pixels; at most {MAX_PIXELS // 10**6} megapixels")
    return image


@contextmanager
def _refusing(message: str) -> Iterator[None]:
    """Whatever a damaged file makes Pillow raise, much more than OSError, is a SourceError; warnings are dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(message) from error
