"""Treatments: small exact picture filters, which a style names in order with their numbers.

Each is a pure function `treatment(picture, unit, rng, **settings)`: float32 (h, w, 3), sRGB, about 0 to 1, in and out;
unit: pixels for one unit of length, so that a style looks the same at every size; rng: chance, of the picture's seed.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, signature
from typing import Any

import numpy as np

from mengbi.errors import BriefError, UnknownName
from mengbi.finish.treatments import color, light, lines, screen, smooth, surface
from mengbi.finish.treatments.field import Array, unit_of
from mengbi.registry import nearest
from mengbi.style import Treatment, is_color

TREATMENTS: Mapping[str, Callable[..., Array]] = {
    function.__name__: function
    for function in (
        color.levels, color.saturate, color.tint, color.gradient, color.palette, color.rainbow, color.night,
        smooth.kuwahara, smooth.posterize, smooth.clarity, smooth.warp, smooth.swirl, smooth.strokes,
        lines.ink, lines.hatch, lines.tubes,
        screen.inks, screen.tone, screen.mosaic, screen.points, screen.stitches, screen.blocks, screen.scanlines,
        surface.paper, surface.weave, surface.tooth, surface.pigment, surface.bleed, surface.crackle, surface.flakes,
        surface.bricks, surface.grain, surface.spray, surface.border,
        light.glow, light.haze, light.vignette, light.relief, light.layers, light.bokeh, light.sparks, light.metal,
    )
}  # fmt: skip

LIMITS: Mapping[str, tuple[float, float]] = {
    "amount": (0, 100), "angle": (-360, 360), "turn": (-360, 360), "gain": (0, 100), "steps": (2, 64),
    "count": (0, 400),
    "layers": (1, 6), "octaves": (1, 6), "size": (1, 400), "cell": (1, 100), "spacing": (1, 100), "radius": (0, 100),
    "width": (0.2, 100), "gamma": (0.2, 5), "contrast": (0, 5), "bright": (-1, 1), "chroma": (0, 3), "turns": (-8, 8),
    "edge": (1, 12), "flow": (0, 40), "gap": (0, 40), "halo": (0, 60), "length": (1, 80), "depth": (0, 60),
    "smooth": (0, 40), "press": (-2, 2), "slant": (0, 60), "rough": (0, 60), "spread": (0, 60), "feather": (0, 40),
    "split": (0, 40), "shift": (0, 40), "calm": (0, 1), "bend": (-40, 40), "wobble": (0, 40), "rays": (0, 8),
    "by": (0, 5), "vibrance": (0, 5),
}  # fmt: skip
"""What a number of that name may be; every other is from 0 to 2."""
MAX_COLORS = 16
PHOTOGRAPHIC = frozenset(
    "levels saturate tint gradient clarity glow haze vignette grain scanlines bokeh sparks border".split()
)
"""Treatments that leave the finest detail of a picture as it is."""


def treat(
    picture: Array, treatments: tuple[Treatment, ...], rngs: Callable[[int], np.random.Generator], broad: float = 1.0
) -> Array:
    """The picture after all treatments in order. rngs: the generator of the treatment at that place.

    broad: so many times as long as usual is every length.
    """
    for place, treatment in enumerate(treatments):
        check(treatment)
        settings = {_parameter(name): value for name, value in treatment.settings}
        made = TREATMENTS[treatment.name](picture, broad * unit_of(picture.shape), rngs(place), **settings)
        picture = np.clip(made, 0, 1, dtype=np.float32)
    return picture


def check(treatment: Treatment) -> None:
    """Raises UnknownName or BriefError for a treatment that is none, or a setting that it has not or cannot take."""
    if treatment.name not in TREATMENTS:
        raise UnknownName(f"no treatment {treatment.name!r}; {nearest(treatment.name, list(TREATMENTS))}")
    known = settings_of(treatment.name)
    for name, value in treatment.settings:
        if name not in known:
            raise UnknownName(f"{treatment.name} has no setting {name!r}; {nearest(name, list(known))}")
        _check_value(f"{treatment.name} {name}", name, known[name], value)


@cache
def settings_of(treatment: str) -> Mapping[str, Any]:
    """The settings of a treatment and what they are where a style does not say."""
    parameters = signature(TREATMENTS[treatment]).parameters.values()
    return {p.name.rstrip("_"): p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}


def _check_value(what: str, name: str, usual: Any, value: Any) -> None:
    if isinstance(usual, tuple):
        if not (isinstance(value, tuple) and 0 < len(value) <= MAX_COLORS and all(is_color(v) for v in value)):
            raise BriefError(f"{what} {value!r} — a list of 1 to {MAX_COLORS} colours as #rrggbb")
    elif isinstance(usual, str):
        if not (is_color(value) or (value == "" and usual == "")):
            raise BriefError(f"{what} {value!r} — a colour as #rrggbb")
    else:
        low, high = LIMITS.get(name, (0, 2))
        real = isinstance(value, int | float) and not isinstance(value, bool)
        if not (real and math.isfinite(value) and low <= value <= high):
            raise BriefError(f"{what} {value!r} — a number from {low:g} to {high:g}")


def _parameter(setting: str) -> str:
    return "color_" if setting == "color" else setting  # `color` itself is the function that reads one
