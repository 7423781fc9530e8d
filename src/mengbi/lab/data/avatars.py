"""DiceBear's avatars: made by chance from named parts, so that the words for each are exact.

Styles: https://www.dicebear.com, each under its own licence. Only parts whose names say what is seen are named.
"""

import importlib
import json
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mengbi.engine.sketch.dye import TARGETS, to_oklab
from mengbi.errors import AssetError
from mengbi.lab.data.art import Art
from mengbi.lab.data.packages import Package

if TYPE_CHECKING:
    from mengbi.lab.data.sources import Source

EACH = 90
"""Avatars of a style."""
BALD = ("bald", "wearing a turban", "wearing a beanie", "wearing a cap")
"""Nothing is said of the colour of hair that is not seen."""
SPDX = {"CC0 1.0": "CC0-1.0", "CC BY 4.0": "CC-BY-4.0", "MIT": "MIT"}
COLORS_ZH = {
    "red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色", "cyan": "青色", "blue": "蓝色",
    "purple": "紫色", "pink": "粉色", "brown": "棕色", "black": "黑色", "white": "白色", "gray": "灰色",
}  # fmt: skip


def read(source: "Source", tarballs: Mapping[Package, Path]) -> Iterator[Art]:
    """EACH avatars of every style in `avatars.toml`. Raises AssetError where dicebear-core is missing."""
    assert source.package is not None
    try:
        dicebear = importlib.import_module("dicebear")
    except ImportError as error:
        raise AssetError(f"dicebear-core cannot be imported ({error}); pip install 'mengbi[lab]'") from error
    words = tomllib.loads((Path(__file__).parent / "avatars.toml").read_text(encoding="utf-8"))
    with zipfile.ZipFile(tarballs[source.package]) as wheel:
        for name, table in words["styles"].items():
            definition = json.loads(wheel.read(f"dicebear_styles/{name}.json"))
            style = dicebear.Style(definition)
            for number in range(table.get("each", EACH)):
                yield _art(source, name, table, words["parts"], definition["meta"], dicebear.Avatar, style, number)


def _art(
    source: "Source",
    name: str,
    table: Mapping[str, Any],
    parts: Mapping[str, Mapping[str, str]],
    meta: Mapping[str, Any],
    avatar: Any,
    style: Any,
    number: int,
) -> Art:
    drawn = avatar(style, {"seed": f"{name}-{number}", "backgroundColor": [], "animationVariant": ["none"]})
    options = drawn.to_json()["options"]
    color = color_name(options[f"{table['color']}Color"][0]) if "color" in table else ""
    english, chinese = table["en"], table["zh"]
    details = [pair for part in table["parts"] if (pair := _said(part, options, parts))]
    bare = any(english in BALD for english, _ in details)
    dyed = {part: words for part, words in table.get("dyed", {}).items() if not (bare and part == "hair")}
    details += [pair for part, words in dyed.items() if (pair := _dyed(part, words, options))]
    return Art(
        id=f"{source.name}/{name}-{number}",
        source=source.name,
        author=meta["creator"]["name"],
        license=SPDX.get(meta["license"]["name"], meta["license"]["name"]),
        data=str(drawn).encode(),
        names={
            "en": (f"{color} {english}".strip(), english),
            "zh": (f"{COLORS_ZH[color]}的{chinese}" if color else chinese, chinese),
        },
        kind="portrait",
        key=f"{name}/{color}",
        hand=table["hand"],
        bust=True,
        details={"en": tuple(pair[0] for pair in details), "zh": tuple(pair[1] for pair in details)},
    )


def _said(part: str, options: Mapping[str, Any], parts: Mapping[str, Mapping[str, str]]) -> tuple[str, str] | None:
    """What a part's variant looks like, in English and Chinese; None where its name says nothing."""
    variant = options.get(f"{part}Variant")
    words = parts.get(part.lower(), {}).get(str(variant), "")
    english, _, chinese = words.partition(" | ")
    return (english, chinese) if words else None


def _dyed(part: str, words: str, options: Mapping[str, Any]) -> tuple[str, str] | None:
    """ "hair | 头发" of a brown part -> "brown hair", "棕色头发"."""
    english, _, chinese = words.partition(" | ")
    if not options.get(f"{part}Color"):
        return None
    color = color_name(options[f"{part}Color"][0])
    return f"{color} {english}", f"{COLORS_ZH[color]}{chinese}"


def color_name(hexa: str) -> str:
    """What people call a colour (#rrggbb), metals apart: by its hue in OKLCH, or by its lightness where it has none."""
    rgb = np.array([[int(hexa[at : at + 2], 16) / 255 for at in (1, 3, 5)]])
    light, green, blue = (float(part) for part in to_oklab(rgb)[0])
    chroma, hue = float(np.hypot(green, blue)), float(np.degrees(np.arctan2(blue, green))) % 360
    if chroma < 0.035 or light < 0.24 or (chroma < 0.055 and light < 0.36):
        return "black" if light < 0.38 else "gray" if light < 0.86 else "white"
    if 20 < hue < 100 and ((light < 0.56 and chroma < 0.16) or (light < 0.8 and chroma < 0.085)):
        return "brown"
    if (hue < 35 or hue > 335) and light > 0.68:
        return "pink"
    if 106 < hue < 166:
        return "green"
    return min(HUES, key=lambda name: abs((hue - TARGETS[name][2] + 180) % 360 - 180))


HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
