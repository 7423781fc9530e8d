"""Paints the pictures of README again, by the commands that stand beside them.

    python docs/pictures.py

Each is painted at its full size by the command line itself and kept in docs/pictures/ at 400 pixels. The table between
the marks in both READMEs is written anew.
"""

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
SIDE = 400
COLUMNS = 3
COMMANDS = {
    "coaster": 'mengbi paint "落日飞车" --seed 7',
    "fox": 'mengbi paint "a red fox under the northern lights" --seed 3',
    "cat": 'mengbi paint "戴着金色皇冠的黑猫坐在月亮下" --style 星夜 --seed 4',
    "rabbits": 'mengbi paint "桜の木の下の二匹の白いうさぎ" --style watercolor --seed 5',
    "boat": 'mengbi paint "un voilier rouge sur la mer au coucher du soleil" --style woodblock --seed 2',
    "dragon": 'mengbi paint "ein Drache über einem Schloss in den Bergen" --style fantasy --seed 6',
    "whale": 'mengbi paint "una ballena en el fondo del mar con peces" --style glass --seed 3',
    "panda": 'mengbi paint "雨夜的赛博朋克城市，一只拿着红伞的熊猫" --style neon --seed 4',
    "castle": 'mengbi paint "замок в осеннем лесу" --style impasto --seed 8',
    "bridge": 'mengbi paint "小桥流水人家，远山，薄雾" --style 水墨 --seed 2',
    "rider": 'mengbi paint "an astronaut riding a horse in space" --style etching --seed 4',
    "emoji": 'mengbi paint "🐱👑🌙" --style 剪纸 --seed 9',
}


def main() -> None:
    """Paints every picture, then writes the table into both READMEs."""
    (DOCS / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, command in COMMANDS.items():
            print(command, file=sys.stderr)
            full = Path(folder) / f"{name}.png"
            subprocess.run([*shlex.split(command), "--out", str(full), "--quiet"], check=True)
            with Image.open(full) as image:
                small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            small.save(DOCS / "pictures" / f"{name}.webp", quality=82, method=6)
    for readme in ("README.md", "README.zh-CN.md"):
        path = DOCS.parent / readme
        marked = re.compile(r"(<!-- pictures -->\n).*?(<!-- /pictures -->)", re.DOTALL)
        path.write_text(marked.sub(rf"\g<1>{table()}\g<2>", path.read_text(encoding="utf-8")), encoding="utf-8")


def table() -> str:
    """The pictures in rows of three, each over the words and options that made it."""
    cells = []
    for name, command in COMMANDS.items():
        asked = command.removeprefix("mengbi paint ")
        cells.append(f'<td width="33%"><img src="docs/pictures/{name}.webp" width="100%"><br><code>{asked}</code></td>')
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    return "<table>\n" + "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "\n</table>\n"


if __name__ == "__main__":
    main()
