"""The letters that Mengbi sets: faces for titles and text, and together the writing of sixteen languages.

`card.md` beside this file says where they come from; `OFL.txt` is their licence.
"""

import hashlib
import io
import zipfile
from functools import cache
from importlib.resources import files

from mengbi.errors import AssetError

FACES = ("display", "text", "italic", "kai", "naskh", "thai")
"""Latin and Cyrillic of titles; of text, with Greek; its italic; Chinese, Japanese and Korean; Arabic; Thai."""


@cache
def face(name: str) -> bytes:
    """The TrueType file of one of FACES. Raises AssetError."""
    try:
        return _pack().read(f"{name}.ttf")
    except KeyError as error:
        raise AssetError(f"no face {name!r} in the fonts; install mengbi again") from error


@cache
def letters(name: str) -> frozenset[int]:
    """The code points that a face can draw. Raises AssetError."""
    try:
        spans = _pack().read(f"{name}.spans").decode().split()
        pairs = [[int(end, 16) for end in span.split("-")] for span in spans]
    except (KeyError, ValueError) as error:
        raise AssetError(f"no list of letters of the face {name!r}; install mengbi again") from error
    return frozenset(point for pair in pairs for point in range(pair[0], pair[-1] + 1))


@cache
def digest() -> str:
    """sha256 of all faces, for the Plan. Raises AssetError."""
    try:
        return (files(__package__) / "digest").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError("the digest of the fonts is missing; install mengbi again") from error


@cache
def _pack() -> zipfile.ZipFile:
    try:
        data = (files(__package__) / "fonts.zip").read_bytes()
    except OSError as error:
        raise AssetError("the fonts are missing; install mengbi again") from error
    if hashlib.sha256(data).hexdigest() != digest():
        raise AssetError("the fonts were changed since they were shipped; install mengbi again")
    return zipfile.ZipFile(io.BytesIO(data))
