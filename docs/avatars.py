"""Makes the pictures of docs/avatars.md and of README's avatars again, by the commands that they tell of.

python docs/avatars.py
"""

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
PAPER = "#e9e4da"
COMMANDS = (
    "mengbi avatar --seed 1 --sheet --background auto -o row.png",
    "mengbi avatar 短发，戴眼镜，微笑 --seed 7 --sheet --background auto -o sheet.png",
    'mengbi avatar "a girl with a bun, black hair" --look toon --seed 21 --stickers -o pack/',
    'mengbi avatar "comic, short black hair, glasses, smile" --seed 3 -o a.png',
    'mengbi avatar "comic, pigtails, red hair, freckles, laughing" --seed 8 -o b.png',
    "mengbi avatar --cross a.png b.png --seed 5 --tree --background auto -o tree.png",
    "mengbi avatar --of b.png --style watercolor --background auto -o style.png",
)
PLACES = {
    "sheet.png": (0, 0, 800, 800),
    "pack/mengbi-sticker-21-1.png": (810, 10, 1190, 390),
    "pack/mengbi-sticker-21-5.png": (1210, 10, 1590, 390),
    "tree.png": (815, 405, 1185, 795),
    "style.png": (1210, 410, 1590, 790),
}


def main() -> None:
    """Makes every picture in a folder of its own, then the two that are shown."""
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            print(command, file=sys.stderr)
            subprocess.run([*shlex.split(command), "--quiet", "--no-gallery"], check=True, cwd=folder)
        paper = Image.new("RGB", (1600, 800), PAPER)
        for name, (left, top, right, bottom) in PLACES.items():
            with Image.open(Path(folder) / name) as image:
                picture = image.convert("RGBA")
            picture.thumbnail((right - left, bottom - top))
            paper.paste(picture, (left, top), picture)
        paper.save(DOCS / "avatars.webp", quality=82, method=6)
        with Image.open(Path(folder) / "row.png") as image:
            row = image.convert("RGBA").resize((800, 800), Image.Resampling.LANCZOS)
        paper = Image.new("RGBA", row.size, PAPER)
        Image.alpha_composite(paper, row).convert("RGB").save(DOCS / "pictures" / "avatars.webp", quality=82, method=6)


if __name__ == "__main__":
    main()
