"""What a picture file says of itself: our Plan, and the text that AUTOMATIC1111's web UI writes and many tools read.

PNG: an iTXt chunk `mengbi` with {"software", "plan", "touches"} as JSON, and a text chunk `parameters`.
JPEG, WebP: EXIF UserComment with the same text as `parameters`, and EXIF MakerNote with the same JSON, deflated.
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

from mengbi.errors import BriefError, OutputError, SourceError
from mengbi.plan import Plan, plan_from_dict
from mengbi.source import open_picture

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MAX_TEXT = 2**20
"""Characters or bytes of text that a file may say of itself; Pillow has the same limit for compressed PNG text."""

_EXIF, _USER_COMMENT, _MAKER_NOTE, _SOFTWARE = 0x8769, 0x9286, 0x927C, 0x0131
_ASCII, _LONG, _UNDEFINED = 2, 4, 7
_MAKER = b"mengbi\0"
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """What was found in a file; a file that says nothing has None and empty."""

    plan: Plan | None = None
    touches: tuple[Mapping[str, Any], ...] = ()
    parameters: str | None = None  # A1111's text, ours or another tool's
    fields: Mapping[str, str] = field(default_factory=dict)  # of that text: "Prompt", "Negative prompt", "Steps", …


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
    if kind == "JPEG" and pixels.shape[2] == 4:
        raise OutputError("JPEG keeps no transparency; save as .png or .webp")
    out = io.BytesIO()
    try:
        Image.fromarray(pixels).save(out, kind, **_options(kind, plan, touches, quality))
    except (ValueError, OSError) as error:  # EXIF past 64 KiB, or sides past what the format can say
        raise OutputError(f"{kind} cannot hold this picture ({error}); save as .png") from error
    return out.getvalue()


def read(path: str | Path) -> Provenance:
    """What the picture at `path` says of itself. Raises SourceError if it is no picture, or its Plan is damaged."""
    image = open_picture(path)
    exif = _exif(image)
    ours, parameters = _texts(image, exif, path)
    fields = {} if parameters is None else parse_parameters(parameters)
    if ours is None:
        return Provenance(parameters=parameters, fields=fields)
    try:
        data = json.loads(ours, parse_constant=_refuse)
        plan, touches = plan_from_dict(data["plan"]), data.get("touches", [])
        if not isinstance(touches, list) or not all(isinstance(touch, dict) for touch in touches):
            raise TypeError("touches are no list of objects")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SourceError(f"{path} — what it says of itself is damaged ({error})") from error
    except BriefError as error:
        raise SourceError(f"{path} — {error}") from error
    return Provenance(plan=plan, touches=tuple(touches), parameters=parameters, fields=fields)


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


def parse_parameters(text: str) -> dict[str, str]:
    """The fields of A1111's text, also as other tools write it; "Prompt" and "Negative prompt" are always there.

    The last line holds settings only if it has three or more `key: value` pairs; else it belongs to the words.
    """
    *lines, last = text.strip().split("\n")
    pairs = _pairs(last)
    if len(pairs) < 3:
        lines, pairs = [*lines, last], []
    said: dict[str, list[str]] = {"Prompt": [], "Negative prompt": []}
    key = "Prompt"
    for line in map(str.strip, lines):
        if line.startswith("Negative prompt:"):
            key = "Negative prompt"
        said[key].append(line.removeprefix("Negative prompt:").strip() if key == "Negative prompt" else line)
    return {name: "\n".join(lines).strip("\n") for name, lines in said.items()} | dict(pairs)


def _pairs(line: str) -> list[tuple[str, str]]:
    """Pairs one after another, from each comma to the next: a hostile line costs no more than its length."""
    pairs, position = [], 0
    while position < len(line):
        pair = _PAIR.match(line, position)
        if pair:
            pairs.append((pair[1], _unquote(pair[2])))
            position = pair.end()
        else:
            comma = line.find(",", position)
            position = len(line) if comma < 0 else comma + 1
    return pairs


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r"[,:\n]", value) else value


def _unquote(value: str) -> str:
    if not (len(value) > 1 and value[0] == value[-1] == '"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _options(kind: str, plan: Plan, touches: tuple[Mapping[str, Any], ...], quality: int) -> dict[str, Any]:
    software = f"mengbi {plan.version}"
    data = {"software": software, "plan": plan.to_dict(), "touches": list(touches)}
    ours = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", a1111(plan))
        info.add_itxt("mengbi", ours)
        # run lengths after the filters: on paintings smaller than level 6, and twice as fast
        return {"pnginfo": info, "compress_level": 1, "compress_type": zlib.Z_RLE}
    exif = _exif_bytes(
        software, b"UNICODE\0" + a1111(plan).encode("utf-16-be"), _MAKER + zlib.compress(ours.encode(), 9)
    )
    return {"exif": exif, "quality": quality} | ({"subsampling": 0} if kind == "JPEG" else {"method": 2})


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


def _exif(image: Image.Image) -> Mapping[int, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return image.getexif().get_ifd(_EXIF)
        except Exception:  # damaged EXIF makes Pillow raise anything; such a file says nothing there
            return {}


def _texts(image: Image.Image, exif: Mapping[int, Any], path: str | Path) -> tuple[str | None, str | None]:
    """Our JSON and A1111's text, where they are there."""
    note, comment = exif.get(_MAKER_NOTE), exif.get(_USER_COMMENT)
    ours, parameters = image.info.get("mengbi"), image.info.get("parameters")
    try:
        if ours is None and isinstance(note, bytes) and note.startswith(_MAKER):
            ours = zlib.decompressobj().decompress(note[len(_MAKER) :], MAX_TEXT + 1).decode()
        if parameters is None and isinstance(comment, bytes):
            parameters = _comment(comment)
    except (zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path} — what it says of itself is damaged ({error})") from error
    for text in (ours, parameters):
        if isinstance(text, str) and len(text) > MAX_TEXT:
            raise SourceError(f"{path} — says more of itself than {MAX_TEXT >> 20} MiB of text")
    return (str(ours) if isinstance(ours, str) else None), (str(parameters) if isinstance(parameters, str) else None)


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
