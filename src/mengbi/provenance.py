"""What a picture file says of itself: our Plan, and the text that AUTOMATIC1111's web UI writes and many tools read.

PNG: an iTXt chunk `mengbi` with {"software", "plan", "touches"} as JSON, and a text chunk `parameters`.
JPEG, WebP: EXIF UserComment with the same text as `parameters`, and EXIF MakerNote with the same JSON, deflated.
PDF: the page is such a JPEG.
"""

import io
import json
import re
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from mengbi import pdf
from mengbi.dialects import understand
from mengbi.errors import BriefError, OutputError, SourceError
from mengbi.plan import Plan, plan_from_dict
from mengbi.source import UNNAMED, File, open_picture

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".pdf": "PDF"}
MAX_TEXT = 2**20
"""Characters or bytes of text that a file may say of itself; Pillow has the same limit for compressed PNG text."""

PRINT_QUALITY, PRINT_DPI = 95, 300
"""Of the page of a PDF: its JPEG's quality at least, and its dots an inch where no finishing step says."""

_EXIF, _USER_COMMENT, _MAKER_NOTE, _SOFTWARE = 0x8769, 0x9286, 0x927C, 0x0131
_OUTER = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model"}
_ASCII, _LONG, _UNDEFINED = 2, 4, 7
_MAKER = b"mengbi\0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """What was found in a file; a file that says nothing has None and empty."""

    plan: Plan | None = None
    touches: tuple[Mapping[str, Any], ...] = ()
    parameters: str | None = None  # A1111's text, ours or another tool's
    fields: Mapping[str, str] = field(default_factory=dict)  # what any tool said: "Prompt", "Negative prompt", "Steps"…
    writer: str | None = None  # the program that said so, where that shows


def encode(
    pixels: NDArray[np.uint8],
    plan: Plan,
    touches: tuple[Mapping[str, Any], ...] = (),
    suffix: str = ".png",
    quality: int = 92,
) -> bytes:
    """A picture file with its provenance; equal arguments give equal bytes.

    pixels: (h, w, 3) or (h, w, 4); suffix: one of SUFFIXES; quality: 1 to 100, for JPEG and WebP. Raises OutputError.
    """
    kind = SUFFIXES.get(suffix.lower())
    if kind is None:
        raise OutputError(f"cannot write {suffix or 'a file without a suffix'} — choose from {', '.join(SUFFIXES)}")
    if kind in ("JPEG", "PDF") and pixels.shape[2] == 4:
        raise OutputError(f"{kind} keeps no transparency; save as .png or .webp")
    if kind == "PDF":
        return _pdf(pixels, plan, touches, max(quality, PRINT_QUALITY))
    out = io.BytesIO()
    try:
        Image.fromarray(pixels).save(out, kind, **_options(kind, plan, touches, quality))
    except (ValueError, OSError) as error:  # EXIF past 64 KiB, or sides past what the format can say
        raise OutputError(f"{kind} cannot hold this picture ({error}); save as .png") from error
    return out.getvalue()


def _pdf(pixels: NDArray[np.uint8], plan: Plan, touches: tuple[Mapping[str, Any], ...], quality: int) -> bytes:
    height, width = pixels.shape[:2]
    dpi = _dots(touches) or PRINT_DPI
    mm = next((touch["mm"] for touch in reversed(touches) if _is_page(touch.get("mm"))), None)
    prompt = plan.samples[0].prompt
    title = next((touch["title"] for touch in reversed(touches) if isinstance(touch.get("title"), str)), prompt)
    return pdf.write(
        encode(pixels, plan, touches, ".jpg", quality),
        (width, height),
        (mm[0], mm[1]) if mm else (width / dpi * 25.4, height / dpi * 25.4),
        title=title,
        words=prompt,
        software=f"mengbi {plan.version}",
    )


def _dots(touches: tuple[Mapping[str, Any], ...]) -> int | None:
    """Dots an inch, where a finishing step laid the picture on paper."""
    found = next((touch["dpi"] for touch in reversed(touches) if "dpi" in touch), None)
    return found if type(found) is int and 1 <= found <= 4800 else None


def _is_page(mm: Any) -> bool:
    return (
        isinstance(mm, list) and len(mm) == 2 and all(type(side) in (int, float) and 1 <= side < 10_000 for side in mm)
    )


def read(file: File, name: str = UNNAMED) -> Provenance:
    """What a picture file says of itself. Raises SourceError if it is no picture, or its Plan is damaged.

    name: what to call a file that is given by what is in it.
    """
    image, path = open_picture(file, name), name if isinstance(file, bytes) else file
    ours, texts = _texts(image, path)
    parameters = texts.get("parameters")
    writer, fields = understand(texts)
    if ours is None:
        return Provenance(parameters=parameters, fields=fields, writer=writer)
    try:
        data = json.loads(ours, parse_constant=_refuse)
        plan, touches = plan_from_dict(data["plan"]), data.get("touches", [])
        if not isinstance(touches, list) or not all(isinstance(touch, dict) for touch in touches):
            raise TypeError("touches are no list of objects")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SourceError(f"{path} — what it says of itself is damaged ({error})") from error
    except BriefError as error:
        raise SourceError(f"{path} — {error}") from error
    return Provenance(plan=plan, touches=tuple(touches), parameters=parameters, fields=fields, writer=writer)


def a1111(plan: Plan) -> str:
    """The `parameters` text of a plan's first picture: prompt, negative prompt, and one line of settings."""
    sample = plan.samples[0]
    settings = {
        "Steps": plan.steps,
        "Sampler": plan.sampler,
        "CFG scale": plan.guidance,
        "Seed": sample.seed,
        "Size": f"{plan.size[0]}x{plan.size[1]}",
        "Model hash": plan.weights[:10] or None,
        "Model": plan.engine,
        "Denoising strength": plan.strength,
        "Style": plan.style.name,
        "Version": f"mengbi {plan.version}",
    }
    lines = [sample.prompt, f"Negative prompt: {plan.negative}" if plan.negative else ""]
    lines.append(", ".join(f"{key}: {_quote(str(value))}" for key, value in settings.items() if value is not None))
    return "\n".join(line for line in lines if line)


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r"[,:\n]", value) else value


def _options(kind: str, plan: Plan, touches: tuple[Mapping[str, Any], ...], quality: int) -> dict[str, Any]:
    software = f"mengbi {plan.version}"
    data = {"software": software, "plan": plan.to_dict(), "touches": list(touches)}
    ours = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    dots = _dots(touches)
    printed = {} if dots is None else {"dpi": (dots, dots)}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", a1111(plan))
        info.add_itxt("mengbi", ours)
        # run lengths after the filters: on paintings smaller than level 6, and twice as fast
        return {"pnginfo": info, "compress_level": 1, "compress_type": zlib.Z_RLE, **printed}
    exif = _exif_bytes(
        software, b"UNICODE\0" + a1111(plan).encode("utf-16-be"), _MAKER + zlib.compress(ours.encode(), 9)
    )
    return {"exif": exif, "quality": quality} | ({"subsampling": 0, **printed} if kind == "JPEG" else {"method": 2})


def _exif_bytes(software: str, comment: bytes, note: bytes) -> bytes:
    """EXIF, big-endian. By hand, because Pillow writes a comment as BYTE where the standard says UNDEFINED.

    Other tools (piexif, and so A1111 itself) do not read it then.
    """
    said = software.encode() + b"\0"
    inner_at = 8 + 2 + 2 * 12 + 4 + len(said) + len(said) % 2
    outer = _directory(8, [(_SOFTWARE, _ASCII, said), (_EXIF, _LONG, struct.pack(">I", inner_at))])
    inner = _directory(inner_at, [(_MAKER_NOTE, _UNDEFINED, note), (_USER_COMMENT, _UNDEFINED, comment)])
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + outer + inner


def _directory(start: int, entries: list[tuple[int, int, bytes]]) -> bytes:
    """A TIFF directory at byte `start` of the file, and after it, at even places, the values of more than 4 bytes."""
    values = b""
    table = struct.pack(">H", len(entries))
    for tag, kind, value in entries:
        table += struct.pack(">HHI", tag, kind, 1 if kind == _LONG else len(value))
        if len(value) > 4:
            table += struct.pack(">I", start + 2 + 12 * len(entries) + 4 + len(values))
            values += value + b"\0" * (len(value) % 2)
        else:
            table += value
    return table + struct.pack(">I", 0) + values


def _exif(image: Image.Image) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
    """EXIF's outer and inner directory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exif = image.getexif()
            return dict(exif), exif.get_ifd(_EXIF)
        except Exception:  # damaged EXIF makes Pillow raise anything; such a file says nothing there
            return {}, {}


def _texts(image: Image.Image, path: str | Path) -> tuple[str | None, dict[str, str]]:
    """Our JSON where it is there, and every text that another program may have written."""
    outer, inner = _exif(image)
    note, comment = inner.get(_MAKER_NOTE), inner.get(_USER_COMMENT)
    texts = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    for tag, name in _OUTER.items():
        if isinstance(outer.get(tag), str):
            texts.setdefault(name, outer[tag])
    xmp = image.info.get("xmp", texts.get("XML:com.adobe.xmp"))
    if isinstance(xmp, bytes | str):
        texts["xmp"] = xmp if isinstance(xmp, str) else xmp.decode("utf-8", "replace")
    ours = texts.pop("mengbi", None)
    try:
        if ours is None and isinstance(note, bytes) and note.startswith(_MAKER):
            ours = zlib.decompressobj().decompress(note[len(_MAKER) :], MAX_TEXT + 1).decode()
        if "parameters" not in texts and isinstance(comment, bytes):
            said = _comment(comment)
            texts |= {} if said is None else {"parameters": said}
    except (zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path} — what it says of itself is damaged ({error})") from error
    if max(len(ours or ""), len(texts.get("parameters", ""))) > MAX_TEXT:
        raise SourceError(f"{path} — says more of itself than {MAX_TEXT >> 20} MiB of text")
    return ours, {name: text for name, text in texts.items() if len(text) <= MAX_TEXT}


def _comment(data: bytes) -> str | None:
    """An EXIF UserComment. Some tools swap the bytes of UTF-16: the order that reads as more ASCII is meant."""
    code, body = data[:8], data[8:]
    if code == b"UNICODE\0":
        readings = [body.decode(order, "replace") for order in ("utf-16-be", "utf-16-le")]
        text = max(readings, key=lambda reading: sum(c.isascii() for c in reading))
    else:
        text = body.decode("utf-8", "replace")
    return text.strip("\0") or None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
