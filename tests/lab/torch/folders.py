"""A folder of small drawings to learn from: discs and boxes, some of them kept for checks."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mengbi.lab.data.folder import Dataset, open_data

SHAPES = ("box", "disc")
SIZE = 16


def dataset(out: Path, *, said: str = "names", channels: int = 3, each: int = 40) -> Dataset:
    """So many of each shape. said: of them: "names", "captions" or "" for nothing."""
    pictures, rows = out / "pictures", []
    for number in range(2 * each):
        shape = SHAPES[number % 2]
        split = "test" if number < each // 2 else "train"
        folder = pictures / split / (shape if said == "names" else "")
        folder.mkdir(parents=True, exist_ok=True)
        draw(shape, np.random.default_rng(number)).save(folder / f"{number:03}.png")
        rows.append({"file_name": f"{split}/{number:03}.png", "text": f"a {shape}, drawn by hand"})
    if said == "captions":
        (pictures / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return open_data(str(pictures), size=SIZE, channels=channels, least=1, cache=out / "cache")


def draw(shape: str, chance: np.random.Generator) -> Image.Image:
    picture = Image.new("RGB", (4 * SIZE, 4 * SIZE), tuple(chance.integers(0, 60, 3).tolist()))
    left, top = chance.integers(0, 2 * SIZE, 2).tolist()
    corners = (left, top, left + 2 * SIZE - 1, top + 2 * SIZE - 1)
    pen = ImageDraw.Draw(picture)
    (pen.rectangle if shape == "box" else pen.ellipse)(corners, fill=tuple(chance.integers(180, 256, 3).tolist()))
    return picture.resize((SIZE, SIZE), Image.Resampling.BOX)
