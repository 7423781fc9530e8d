"""What Mengbi draws with: drawings, the concepts they show, and the concepts' places in the encoder's space.

`card.md` beside this file says where everything comes from and under which licence.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import AssetError


@dataclass(frozen=True, kw_only=True, slots=True)
class Concept:
    """Something that can be drawn."""

    id: str  # "cat"
    kind: str  # person, animal, plant, building, vehicle, food, object, clothing, sky, place, symbol
    emoji: str  # "🐈", or "" where there is none
    also: tuple[str, ...]  # other emoji that mean it: "🐱"
    en: tuple[str, ...]  # names in English, the usual one first
    zh: tuple[str, ...]  # names in Chinese
    drawings: tuple[str, ...]  # entries of the pack, the best first: "noto/cat"
    height: float  # of the thing itself, metres
    home: str  # where it usually is: land, water, underwater, air, space, indoors
    body: str = ""  # what stands under the best drawing where that is only a face or bust: a name in BODIES
    faces: str = "front"  # which way it looks, all of its drawings alike: left, right, front


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What was written down about one drawing. Points are x, y in its tight box, 0 to 1 from the upper left."""

    name: str  # "noto/cat"
    faces: str = "front"  # which way this drawing looks
    body: str = ""  # a name in BODIES for what is only a face or bust
    tail: str = ""  # a name in TAILS for a seated body
    colors: tuple[str, ...] = ()  # of that body: fur, belly, limbs; of people: upper part, lower part, shoes
    hue: float | None = None  # of its main colour in degrees (OKLCH), where the eye disagrees with the largest area
    top: tuple[float, float] | None = None  # where a hat sits; None: the middle of the upper edge
    hand: tuple[float, float] | None = None  # where something is held
    seat: tuple[float, float] | None = None  # where a rider sits
    rim: tuple[float, float, float, float] | None = None  # middle of the near edge of its opening or window, the
    # opening's width, and how much of its own height what is inside may show above that edge
    letters: bool = False  # letters, figures or a map are on it: never mirrored


BODIES = ("", "sitting", "baby", "child", "adult", "dress", "gown")
TAILS = ("", "short", "bushy", "tuft")


@cache
def concepts() -> dict[str, Concept]:
    """All concepts by id. Raises AssetError."""
    return {row["id"]: Concept(**row) for row in _rows("concepts.json")}


@cache
def marks() -> dict[str, Mark]:
    """What is known of single drawings, by name; a drawing without a mark is plain. Raises AssetError."""
    return {row["name"]: Mark(**row) for row in _rows("marks.json")}


def drawing(name: str) -> str:
    """The SVG of an entry of the pack ("noto/cat"). Raises AssetError."""
    try:
        return _pack().read(f"{name}.svg").decode()
    except KeyError as error:
        raise AssetError(f"no drawing {name!r} in the pack; install mengbi again") from error


@cache
def vectors() -> tuple[list[str], NDArray[np.float32]]:
    """Concept ids (one a row; an id may have several rows, one a name) and their unit vectors, float32 (rows, 512)."""
    with np.load(io.BytesIO(read("vectors.npz")), allow_pickle=False) as data:
        rows = data["vectors"].astype(np.float32)
        return [str(name) for name in data["ids"]], rows / np.linalg.norm(rows, axis=1, keepdims=True)


def digest() -> str:
    """What a Plan keeps of the assets that draw: sha256 over theirs, but for the vectors."""
    drawn = sorted(_digests().keys() - {"vectors.npz"})
    return hashlib.sha256("".join(_digests()[name] for name in drawn).encode()).hexdigest()


def read(name: str) -> bytes:
    """A shipped file, whole and as it was shipped. Raises AssetError if it is missing or was changed."""
    try:
        data = (files(__package__) / name).read_bytes()
    except OSError as error:
        raise AssetError(f"the asset {name} is missing; install mengbi again") from error
    if name in _digests() and hashlib.sha256(data).hexdigest() != _digests()[name]:
        raise AssetError(f"the asset {name} was changed since it was shipped; install mengbi again")
    return data


def _rows(name: str) -> list[dict[str, Any]]:
    """A JSON list of objects whose lists become tuples."""
    return [
        {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        for row in json.loads(read(name))
    ]


@cache
def _digests() -> dict[str, str]:
    try:
        return dict(json.loads((files(__package__) / "digests.json").read_bytes()))
    except (OSError, ValueError) as error:
        raise AssetError("the list of assets (digests.json) is missing or damaged; install mengbi again") from error


@cache
def _pack() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(read("drawings.zip")))
