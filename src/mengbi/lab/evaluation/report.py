"""What an evaluation came to: a table for the terminal, JSON, and sheets of pictures."""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from mengbi import weights
from mengbi.files import write_whole
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.evaluation.evaluate import (
    KNOWN,
    REAL,
    TRAINING,
    Painted,
    Reality,
    Setting,
    Tick,
    figures,
    look_around,
    paint_all,
    record,
    variety,
)
from mengbi.lab.evaluation.features import features, nearest
from mengbi.lab.evaluation.judging import Judge
from mengbi.lab.evaluation.prompts import KINDS, LANGUAGES, Prompt
from mengbi.lab.evaluation.real import training_of
from mengbi.lab.sheet import save_sheet

if TYPE_CHECKING:
    from rich.table import Table

MEASURES = ("FD-lite0", "nearest", "spread")
RIGHT, WRONG, PAPER, INK = (60, 170, 90), (215, 60, 60), (255, 255, 255), (40, 40, 50)
EDGE, LINE = 3, 14
STREAM = 100_000
"""Training pictures among which those of one thing are looked for."""
NOVEL = 1
"""The prompt whose seeds are shown beside training pictures of its thing."""
EACH, FAILURES = 5, 40
"""Prompts of each kind on the first sheet, and pictures on the sheet of failures."""


def report(
    settings: Sequence[Setting],
    prompts: Sequence[Prompt],
    seeds: Sequence[int],
    judge: Judge,
    wardrobe: Wardrobe,
    out: Path,
    tick: Tick,
) -> dict[str, dict[str, Any]]:
    """Evaluates every setting, writes `out`/report.json and the sheets of each, and returns what the table shows.

    The JSON is written anew after every setting, so that what was painted stands when a later one fails. Raises
    MengbiError.
    """
    rows: dict[str, dict[str, Any]] = {}
    records = []
    reality = look_around(wardrobe, prompts, seeds, judge, tick)
    alike: list[Pixels] = []
    for place, setting in enumerate(settings):
        painted = paint_all(setting, prompts, seeds, judge, tick)
        row = rows[setting.label] = figures(painted, reality, prompts)
        row["figures"]["spread"], varied = variety(setting, prompts, wardrobe, tick)
        row["deviations"]["spread"] = {}
        records.append(record(painted) | row)
        name = re.sub(r"[^\w.+-]+", "-", f"{place} {setting.label}" if len(settings) > 1 else setting.label)
        save_sheet(out / f"{name}-answers.png", np.asarray(answer_sheet(painted, reality, prompts)))
        save_sheet(out / f"{name}-wrong.png", np.asarray(failure_sheet(painted, prompts)))
        save_sheet(out / f"{name}-nearest.png", np.asarray(neighbour_sheet(painted, reality)))
        save_sheet(out / f"{name}-seeds.png", np.asarray(variety_sheet(varied)))
        novel = min(NOVEL, len(varied) - 1)
        thing = prompts[novel].scene.things[0].concept
        alike = alike or training_of(wardrobe, thing, KNOWN, STREAM, TRAINING) or reality.training
        save_sheet(out / f"{name}-novelty.png", np.asarray(novelty_sheet(varied[novel], alike)))
        write_json(
            out / "report.json",
            {
                "figures": records[0]["figures"],
                "rows": records,
                "mistaken": reality.mistaken,
                "seeds": list(seeds),
                "judge": weights.digest("judge"),
                "pack": wardrobe.pack.digest,
                "versions": {name: version(name) for name in ("mengbi", "numpy", "onnxruntime", "torch")},
                "prompts": [{"kind": prompt.kind, "texts": prompt.texts} for prompt in prompts],
            },
        )
    return rows


def table(rows: Mapping[str, Mapping[str, Any]]) -> "Table":
    """A row a setting: English / Chinese, the mean and how far seeds differ; below it real pictures."""
    from mengbi.faces.say import table as empty

    shown = empty("painted by", *KINDS, *MEASURES)
    for label, row in rows.items():
        shown.add_row(label, *(_cell(row, name, LANGUAGES) for name in (*KINDS, *MEASURES)))
    shown.add_row(REAL, *(_cell(next(iter(rows.values())), name, ("real",)) for name in (*KINDS, *MEASURES)))
    return shown


def _cell(row: Mapping[str, Any], name: str, columns: Sequence[str]) -> str:
    scale, digits = (100, 1) if name in KINDS else (1, 1 if name == MEASURES[0] else 3)
    found, far = row["figures"].get(name, {}), row["deviations"].get(name, {})
    parts = []
    for column in columns:
        if column in found:
            deviation = f" ±{scale * far[column]:.{digits}f}" if column in far else ""
            parts.append(f"{scale * found[column]:.{digits}f}{deviation}")
    return " / ".join(parts) or "–"


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """Writes the report; the same report gives the same bytes. Raises OutputError, StorageError."""
    write_whole(path, (json.dumps(_rounded(report), ensure_ascii=False, indent=1) + "\n").encode())


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def answer_sheet(painted: Painted, reality: Reality, prompts: Sequence[Prompt]) -> Image.Image:
    """The first prompts of each kind: a real picture, then English and Chinese once a seed; green is right."""
    rows = []
    for kind in KINDS:
        for place in [place for place, prompt in enumerate(prompts) if prompt.kind == kind][:EACH]:
            cells = [_framed(reality.pictures[0][place], right=bool(reality.right[0][place]))]
            for language in LANGUAGES:
                for seed, row in enumerate(painted.pictures[language]):
                    cells.append(_framed(row[place], right=bool(painted.right[language][seed][place])))
            rows.append((prompts[place].texts["en"], cells))
    return _sheet(rows)


def failure_sheet(painted: Painted, prompts: Sequence[Prompt]) -> Image.Image:
    """What the judge did not find as it was asked for, from both languages and all kinds in turn."""
    wrong = [
        (prompts[place].kind, language, prompts[place].texts["en"], row[place])
        for language in LANGUAGES
        for seed, row in enumerate(painted.pictures[language])
        for place in np.flatnonzero(~painted.right[language][seed]).tolist()
    ]
    spaced = [wrong[int(place)] for place in np.linspace(0, len(wrong) - 1, min(FAILURES, len(wrong)))]
    cells = [
        _named(_framed(picture, right=False), f"{language}: {text}", 2)
        for _, language, text, picture in sorted(spaced, key=lambda each: KINDS.index(each[0]))
    ]
    return _grid(cells, 8)


def neighbour_sheet(painted: Painted, reality: Reality) -> Image.Image:
    """Pictures of the first seed, each beside the training picture nearest to it, the nearest pairs first."""
    pictures = painted.pictures["en"][0]
    apart, which = nearest(features(pictures), reality.known)
    pairs = [
        _named(_beside(pictures[place], reality.training[which[place]]), f"{apart[place]:.3f}", 1)
        for place in np.argsort(apart)[:FAILURES]
    ]
    return _grid(pairs, 5)


def novelty_sheet(pictures: Sequence[Pixels], known: Sequence[Pixels]) -> Image.Image:
    """Every seed of one prompt beside the training picture of that thing that is nearest to it, and how far that is."""
    apart, which = nearest(features(pictures), features(known))
    cells = [
        _named(_beside(picture, known[other]), f"{far:.3f}", 1)
        for picture, other, far in zip(pictures, which, apart, strict=True)
    ]
    return _grid(cells, 4)


def variety_sheet(rows: Sequence[Sequence[Pixels]]) -> Image.Image:
    """A row a prompt, a picture a seed."""
    return Image.fromarray(np.concatenate([np.concatenate(list(row), axis=1) for row in rows]))


def _framed(pixels: Pixels, *, right: bool) -> Image.Image:
    side = pixels.shape[0] + 2 * EDGE
    framed = Image.new("RGB", (side, side), RIGHT if right else WRONG)
    framed.paste(Image.fromarray(pixels), (EDGE, EDGE))
    return framed


def _beside(first: Pixels, second: Pixels) -> Image.Image:
    return Image.fromarray(np.concatenate([first, second], axis=1))


def _named(image: Image.Image, text: str, lines: int) -> Image.Image:
    """With words below it, cut where there is no more room."""
    named = Image.new("RGB", (image.width + EDGE, image.height + LINE * lines), PAPER)
    named.paste(image, (0, 0))
    wide = max(8, image.width // 6)
    for line in range(lines):
        words = text[line * wide : (line + 1) * wide]
        ImageDraw.Draw(named).text((2, image.height + LINE * line), words, INK)
    return named


def _sheet(rows: Sequence[tuple[str, Sequence[Image.Image]]]) -> Image.Image:
    side = rows[0][1][0].height
    sheet = Image.new("RGB", (side * max(len(cells) for _, cells in rows), (side + LINE) * len(rows)), PAPER)
    for place, (text, cells) in enumerate(rows):
        ImageDraw.Draw(sheet).text((2, place * (side + LINE)), text, INK)
        for column, cell in enumerate(cells):
            sheet.paste(cell, (column * side, place * (side + LINE) + LINE))
    return sheet


def _grid(cells: Sequence[Image.Image], columns: int) -> Image.Image:
    if not cells:
        return Image.new("RGB", (LINE, LINE), PAPER)
    wide, tall = cells[0].size
    sheet = Image.new("RGB", (wide * columns, tall * -(-len(cells) // columns)), PAPER)
    for place, cell in enumerate(cells):
        sheet.paste(cell, (place % columns * wide, place // columns * tall))
    return sheet
