"""Pictures that a person gives us: opened under limits, known by their digest, turned upright and into sRGB."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from mengbi import pdf
from mengbi.errors import SourceError
from mengbi.settings import MAX_PIXELS

MAX_BYTES = 256 * 2**20
MAX_SCANS = 200
"""Of a JPEG: a small file that says of many pixels a thousand times that nothing changes would keep us for hours."""
MAX_PROFILE = 4 * 2**20
"""Bytes of a colour profile; a larger one is left aside."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""What Pillow reads everywhere; AVIF where it can, and HEIC with the extra."""
RAW = frozenset(".cr2 .cr3 .nef .arw .dng .raf .orf .rw2 .pef .srw".split())
_ORIENTATION = 0x0112
_TURNS = (
    Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
)  # fmt: skip


File = str | Path | bytes
"""A picture file: where it is, or what is in it."""
UNNAMED = "the picture"


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


def open_picture(file: File, name: str = UNNAMED) -> Image.Image:
    """The picture as Pillow's own, its header read and its pixels not yet. Raises SourceError likewise.

    name: what to call a file that is given by what is in it.
    """
    if not isinstance(file, bytes):
        return _open(_read(Path(file)), Path(file))
    if len(file) > MAX_BYTES:
        raise too_heavy(name, len(file))
    return _open(file, Path(name))


def size_of(file: File, name: str = UNNAMED) -> tuple[int, int]:
    """Width and height of the picture as it is seen, upright. Raises SourceError likewise."""
    return _upright(open_picture(file, name))


def moves(path: str | Path) -> bool:
    """Whether the picture at `path` is an animation, of which the first frame is taken. Raises SourceError likewise."""
    image = open_picture(path)
    with _refusing(str(path), "picture-damaged", "a damaged picture; try to save it again"):
        return image.format in ("GIF", "WEBP", "PNG", "AVIF") and bool(getattr(image, "is_animated", False))


def load_pixels(source: Source, least: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """The picture's pixels, upright, in sRGB: uint8 (h, w, 3), or (h, w, 4) where it is transparent.

    least: width and height that are enough: a picture much larger is made smaller at once, and still larger than this.
    Raises SourceError if the file is gone or is not the one that the Plan was made with.
    """
    path = Path(source.path)
    data = _read(path)
    digest = hashlib.sha256(data).hexdigest()
    if digest != source.sha256:
        raise SourceError(
            f"{path} — not the picture of the plan (its digest is {digest[:12]}…, planned {source.sha256[:12]}…)"
        )
    return pixels_of(_open(data, path), str(path), least)


def pixels_of(image: Image.Image, name: str = UNNAMED, least: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """The pixels of what `open_picture` opened, as `load_pixels` gives them. Raises SourceError if it is damaged."""
    with _refusing(name, "picture-damaged", "a damaged picture; try to save it again"):
        turn = _orientation(image)
        if least is not None:
            least = least if turn < 5 else least[::-1]
            if image.format in ("JPEG", "MPO"):
                image.draft(image.mode, least)
        image = _in_srgb(image, least)
        return np.asarray(image.transpose(_TURNS[turn - 2]) if turn > 1 else image)


def too_heavy(name: str, size: int) -> SourceError:
    """The error that a file has more bytes than are read."""
    said = f"{name} — {size / 2**20:.0f} MiB; at most {MAX_BYTES >> 20} MiB"
    return SourceError(said, code="too-large", most=MAX_BYTES >> 20)


def opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels without transparency, on white: uint8 (h, w, 3) or (h, w, 4) -> (h, w, 3)."""
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(pixels)
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


def _in_srgb(image: Image.Image, least: tuple[int, int] | None) -> Image.Image:
    """Any picture as RGB, or RGBA where it is transparent, its colours those of sRGB as far as its profile tells.

    least: see `load_pixels`.
    """
    profile = image.info.get("icc_profile")
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    image.load()
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode not in ("RGB", "RGBA", "L", "LA", "CMYK", "LAB"):
        image = image.convert("RGBA" if transparent else "RGB")
    if "transparency" in image.info and image.mode in ("L", "RGB"):
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    factor = 1 if least is None else min(image.width // max(1, least[0]), image.height // max(1, least[1]))
    if factor > 1 and image.mode != "LAB":
        image = image.reduce(factor)
    cover = image.getchannel("A") if transparent and image.mode == "LA" else None
    image = image if cover is None else image.convert("L")  # which is what a profile for greys takes
    if image.mode == "LAB" or (isinstance(profile, bytes) and 0 < len(profile) <= MAX_PROFILE):
        image = _through(image, profile)
    if cover is not None:
        image = image.convert("RGB")
        image.putalpha(cover)
    wanted = "RGBA" if transparent else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _through(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture through its colour profile; one that is damaged or of another kind of colour is left aside."""
    from PIL import ImageCms

    try:
        if image.mode == "LAB":
            return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _srgb(), outputMode="RGB") or image
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return image
        output = "RGBA" if image.mode == "RGBA" else "RGB"
        relative = ImageCms.Intent.RELATIVE_COLORIMETRIC
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        return ImageCms.profileToProfile(image, own, _srgb(), relative, output, flags=flags) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of more than 8 bits, which Pillow would clip at 255. Floats are taken as 0 to 1 if none is above."""
    values = np.asarray(image)
    if image.mode.startswith("I"):
        return Image.fromarray((values.clip(0, 65535) // 257).astype(np.uint8))
    values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
    high = float(values.max(initial=0.0))
    full = 1.0 if high <= 1 else 255.0 if high <= 255 else 65535.0
    return Image.fromarray((values.clip(0, full) * (255 / full) + 0.5).astype(np.uint8))


def _orientation(image: Image.Image) -> int:
    """EXIF's word for how a picture lies, 1 to 8; 1 is upright, and damaged EXIF says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            said = image.getexif().get(_ORIENTATION, 1)
        except Exception:  # damaged EXIF makes Pillow raise anything
            return 1
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def _upright(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_heavy(str(path), path.stat().st_size)
        if not path.is_file():
            raise SourceError(f"{path} — not a file; give a picture")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:  # it grew, or is one of the system's own that tell no size
            raise too_heavy(str(path), len(data))
        return data
    except FileNotFoundError as error:
        raise SourceError(f"{path} — there is no such file") from error
    except OSError as error:
        raise SourceError(f"{path} — cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise SourceError(f"{str(path)!r} — no name of a file ({error})") from error


def _open(data: bytes, path: Path) -> Image.Image:
    data = pdf.page(data) or data if data.startswith(b"%PDF") else data
    formats = _formats(data, path)
    most = MAX_PIXELS // 10**6
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        said = f"{path} — a JPEG of more than {MAX_SCANS} scans; save it again with another program"
        raise SourceError(said, code="picture-damaged")
    with _refusing(str(path), "not-a-picture", f"not a picture that can be read; give a {', '.join(FORMATS)}"):
        try:
            image = Image.open(io.BytesIO(data), formats=formats)
        except Image.DecompressionBombError as error:
            said = f"{path} — too many pixels; at most {most} megapixels"
            raise SourceError(said, code="picture-large", most=most) from error
    if image.width * image.height > MAX_PIXELS:
        said = f"{path} — {image.width}x{image.height} pixels; at most {most} megapixels"
        raise SourceError(said, code="picture-large", most=most)
    return image


def _formats(data: bytes, path: Path) -> tuple[str, ...]:
    """Who may try to open the file. Raises SourceError with what to do for a kind that we know and cannot read."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.suffix.lower() in RAW and not head.startswith(b"\xff\xd8"):
        raise _kind(path, "raw", "a camera's raw file; save it as JPEG or 16-bit TIFF with the camera's program")
    if head.startswith(b"%PDF"):
        raise _kind(path, "pdf", "a PDF; save the page as PNG or JPEG")
    if b"<svg" in data[:4096] and head.startswith((b"<?xml", b"<svg", b"<!--", b"<!DOCTYPE svg")):
        raise _kind(path, "svg", "an SVG drawing; export it as PNG")
    if data[4:8] != b"ftyp":
        return FORMATS
    brands = data[8:64]
    if any(brand in brands for brand in (b"avif", b"avis")):
        if features.check("avif"):
            return ("AVIF",)
        raise _kind(path, "avif", "an AVIF picture; pip install --upgrade pillow reads it, or save it as JPEG")
    if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")):
        return _heic(path)
    raise _kind(path, "film", "a film; save one of its pictures as PNG or JPEG")


def _kind(path: Path, kind: str, said: str) -> SourceError:
    return SourceError(f"{path} — {said}", code="picture-kind", kind=kind)


def _heic(path: Path) -> tuple[str, ...]:
    try:
        import pillow_heif
    except ImportError as error:
        said = "an HEIC photo; pip install 'mengbi[heic]' reads it, or save it as JPEG"
        raise _kind(path, "heic", said) from error
    pillow_heif.register_heif_opener()
    return ("HEIF",)


@contextmanager
def _refusing(name: str, code: str, said: str) -> Iterator[None]:
    """Whatever a damaged file makes Pillow raise, much more than OSError, is a SourceError; warnings are dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(f"{name} — {said}", code=code) from error
