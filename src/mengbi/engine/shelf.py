"""Where a person's own engines lie: `<home>/models/NAME/model.onnx`. They come and go; to list them opens none."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mengbi.settings import home

if TYPE_CHECKING:
    from mengbi.engine.own import Own

NAME = re.compile(r"[^\W_][\w.-]{0,63}")
FILE = "model.onnx"


def models() -> Path:
    """The folder of own engines; it need not be there."""
    return home() / "models"


def found() -> Mapping[str, Callable[[], "Own"]]:
    """Own engines by name, as they lie there now."""
    try:
        names = sorted(entry.name for entry in models().iterdir() if NAME.fullmatch(entry.name))
    except OSError:
        return {}
    return {name: partial(_open, name) for name in names if (models() / name / FILE).is_file()}


def _open(name: str) -> "Own":
    from mengbi.engine.own import Own

    return Own(name)
