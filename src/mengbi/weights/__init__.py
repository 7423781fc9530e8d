"""The weights that are shipped: NAME/model.onnx, NAME/digest, and NAME/card.md, which says how they were made."""

import hashlib
import re
from pathlib import Path

from mengbi.errors import AssetError


def read(name: str) -> bytes:
    """The network of that name as an ONNX file, whole and as it was shipped. Raises AssetError."""
    path = folder(name) / "model.onnx"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"the weights of {name} are missing ({path}); install mengbi again") from error
    if hashlib.sha256(data).hexdigest() != digest(name):
        raise AssetError(f"the weights of {name} were changed since they were shipped ({path}); install mengbi again")
    return data


def digest(name: str) -> str:
    """sha256 of that network, in hex. Raises AssetError."""
    found = _text(name, "digest").strip()
    if not re.fullmatch("[0-9a-f]{64}", found):
        raise AssetError(f"the digest of the weights of {name} is damaged; install mengbi again")
    return found


def card(name: str) -> str:
    """What the network was made of, how and by which command, and how well it paints: Markdown. Raises AssetError."""
    return _text(name, "card.md")


def names() -> list[str]:
    """Of all that is shipped."""
    return sorted(path.parent.name for path in folder(".").glob("*/card.md"))


def folder(name: str) -> Path:
    """Where the weights of that name lie, or would."""
    return Path(__file__).parent / name


def _text(name: str, file: str) -> str:
    try:
        return (folder(name) / file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError(f"the {file} of the weights of {name} is missing or damaged; install mengbi again") from error
