"""The pack: all training pictures with what is known of them, in one file small enough to send along.

A zip archive: `manifest.json` (deflated), `sprites.bin` (pictures by colour number, as `render.encode` writes them) and
`backdrops.bin` (WebP), both stored. Opening it needs numpy and Pillow alone.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import AssetError
from mengbi.files import write_whole
from mengbi.lab.data.art import Names
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.render import Pixels, Sprite, decode

VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A picture of the pack."""

    id: str
    source: str
    author: str
    license: str
    split: str
    kind: str
    key: str
    concept: str
    hand: str
    faces: str
    bust: bool
    size: tuple[int, int]  # width, height in pixels
    palette: str  # colours as hex digits, without a break
    body: tuple[str, ...]
    keep: tuple[str, ...]
    hue: float | None
    place: tuple[int, int]  # first byte and length in sprites.bin
    details: Mapping[str, tuple[str, ...]]
    anchors: tuple[tuple[float, float], ...] = ()  # where a hat, a hand and a rider go, x and y from the upper left

    @property
    def colors(self) -> Pixels:
        """The palette, uint8 (n, 3)."""
        return np.frombuffer(bytes.fromhex(self.palette), np.uint8).reshape(-1, 3)


class Pack:
    """An opened pack. Raises AssetError where the file is missing, damaged or of another version."""

    def __init__(self, path: Path) -> None:
        try:
            data = path.read_bytes()
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                manifest = json.loads(archive.read("manifest.json"))
                self._sprites, self._backdrops = archive.read("sprites.bin"), archive.read("backdrops.bin")
        except FileNotFoundError as error:
            raise AssetError(f"{path} — there is no pack; make one with: mengbi lab data dream") from error
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise AssetError(f"{path} — a damaged pack ({error}); make it again") from error
        if manifest.get("version") != VERSION:
            raise AssetError(f"{path} — a pack of version {manifest.get('version')}, not {VERSION}; make it again")
        self.path = path
        self.digest = hashlib.sha256(data).hexdigest()
        self.rows = tuple(Row(**{key: _tuples(value) for key, value in row.items()}) for row in manifest["rows"])
        self.names: Mapping[str, Names] = {
            key: {language: tuple(words) for language, words in names.items()}
            for key, names in manifest["names"].items()
        }
        self.backdrops = tuple(Backdrop.from_dict(row) for row in manifest["backdrops"])

    def sprite(self, number: int) -> Sprite:
        """The picture of rows[number]."""
        return decode(self.data(number), self.rows[number].colors)

    def data(self, number: int) -> bytes:
        """The picture of rows[number] as it is kept."""
        return self._sprites[self.rows[number].place[0] : sum(self.rows[number].place)]

    def backdrop(self, number: int) -> Pixels:
        """The picture of backdrops[number], uint8 (h, w, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.backdrop_data(number))).convert("RGB"))

    def backdrop_data(self, number: int) -> bytes:
        """The picture of backdrops[number] as it is kept."""
        return self._backdrops[self.backdrops[number].place[0] : sum(self.backdrops[number].place)]

    @cached_property
    def shelves(self) -> Mapping[str, NDArray[np.int32]]:
        """Row numbers to choose from: all "single" and "portrait"; "key/1f408", pictures of one thing; of a concept
        "thing/cat", what can stand in a scene, and "host/cat", what can wear and hold as well."""
        shelves: dict[str, list[int]] = {"single": [], "portrait": []}
        for number, row in enumerate(self.rows):
            shelves["portrait" if row.kind == "portrait" else "single"].append(number)
            shelves.setdefault(f"key/{row.key}", []).append(number)
            if row.concept and not row.bust:
                shelves.setdefault(f"thing/{row.concept}", []).append(number)
            if row.concept and row.anchors:
                shelves.setdefault(f"host/{row.concept}", []).append(number)
        return {name: np.array(numbers, np.int32) for name, numbers in shelves.items()}


def write_pack(
    path: Path,
    rows: Sequence[tuple[Row, bytes]],
    names: Mapping[str, Names],
    backdrops: Sequence[tuple[Backdrop, bytes]],
) -> str:
    """Writes a pack whole; the same pictures give the same bytes. Returns its sha256. Raises OutputError."""
    sprites, scenes = io.BytesIO(), io.BytesIO()
    manifest: dict[str, Any] = {"version": VERSION, "rows": [], "names": names, "backdrops": []}
    for row, data in rows:
        manifest["rows"].append(asdict(row) | {"place": (sprites.tell(), len(data))})
        sprites.write(data)
    for backdrop, data in backdrops:
        manifest["backdrops"].append(asdict(backdrop) | {"place": (scenes.tell(), len(data))})
        scenes.write(data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()
        _add(archive, "manifest.json", text, zipfile.ZIP_DEFLATED)
        _add(archive, "sprites.bin", sprites.getvalue(), zipfile.ZIP_STORED)
        _add(archive, "backdrops.bin", scenes.getvalue(), zipfile.ZIP_STORED)
    write_whole(path, buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    archive.writestr(entry, data, method, compresslevel=9)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    return {key: _tuples(each) for key, each in value.items()} if isinstance(value, dict) else value
