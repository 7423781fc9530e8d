"""Every idea of the library, painted small from its English and from its Chinese words, to be looked at.

python bench/ideas.py FOLDER [--tag sea] [--style none] [--size 256] [--shape 9:16] [--modifiers]
python bench/ideas.py --poster docs/ideas.jpg

Writes a contact sheet for each tag (English and Chinese side by side, one seed) and ideas.tsv: what each idea promises,
what was read out of its words, and the promises that were not kept. The exit code is 1 if there are any. The poster
shows two ideas of each group as the blind box paints them.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mengbi.faces.say import in_words
from mengbi.faces.wishes import read_size
from mengbi.ideas import Idea, blind_box, groups, ideas, modifiers, tagged
from mengbi.ideas.shows import unkept
from mengbi.pipeline import paint
from mengbi.scene import Scene

BASE = Idea(en="a red fox in a meadow", zh="草地上一只红色的狐狸", shows=("red fox", "meadow"), group=ideas()[0].group)
"""What the modifiers are tried on."""
PAIRS, LABEL = 3, 13


def main() -> int:
    """Paints, writes sheets and table, and counts broken promises."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("sheets"))
    parser.add_argument("--poster", type=Path)
    parser.add_argument("--tag")
    parser.add_argument("--style", default="none")
    parser.add_argument("--size", type=int, default=256, help="pixels of the longer side")
    parser.add_argument("--shape", default="1:1")
    parser.add_argument("--modifiers", action="store_true")
    wishes = parser.parse_args()
    if wishes.poster:
        _poster().save(wishes.poster, quality=80)
        return 0
    wishes.folder.mkdir(parents=True, exist_ok=True)
    among = [_behind(idea) for idea in modifiers()] if wishes.modifiers else list(ideas())
    chosen = tagged(wishes.tag, among) if wishes.tag else among
    size = _fitted(read_size(wishes.shape), wishes.size)
    rows, broken = [("tag", "words", "promised", "read", "not kept", "not understood")], 0
    for tag in dict.fromkeys(idea.group.tag for idea in chosen):
        group = [idea for idea in chosen if idea.group.tag == tag]
        pairs = []
        for number, idea in enumerate(group):
            pictures = [paint(words, style=wishes.style, size=size, seed=number) for words in (idea.en, idea.zh)]
            pairs.append((f"{number} {idea.en}", [picture.pixels for picture in pictures]))
            for picture in pictures:
                scene = picture.plan.samples[0].scene
                lost = unkept(idea.shows, scene)
                broken += bool(lost or scene.unknown)
                words, promised = picture.plan.samples[0].prompt, ", ".join(idea.shows)
                rows.append((tag, words, promised, _read(scene), ", ".join(lost), ", ".join(scene.unknown)))
        _sheet(pairs, size).save(wishes.folder / f"{tag}.png")
        print(f"{tag}: {len(group)} ideas", flush=True)
    (wishes.folder / "ideas.tsv").write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf-8")
    print(f"{len(chosen)} ideas in two languages; {broken} readings with something lost or not understood")
    return 1 if broken else 0


def _poster(across: int = 8, side: int = 176) -> Image.Image:
    chosen = [blind_box(seed, (1, 1), tagged(group.tag, ideas())) for group in groups(ideas()) for seed in (1, 2)]
    poster = Image.new("RGB", (across * side, -(-len(chosen) // across) * side), "white")
    for number, (idea, style) in enumerate(chosen):
        pixels = paint(idea.zh if number % 2 else idea.en, style=style, size=(2 * side, 2 * side), seed=number).pixels
        small = Image.fromarray(pixels[..., :3]).resize((side, side), Image.Resampling.LANCZOS)
        poster.paste(small, (number % across * side, number // across * side))
    return poster


def _behind(modifier: Idea) -> Idea:
    """A modifier behind the words that it is tried on."""
    shows = (*BASE.shows, *modifier.shows)
    return Idea(en=f"{BASE.en}, {modifier.en}", zh=f"{BASE.zh}，{modifier.zh}", shows=shows, group=modifier.group)


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    return (round(size[0] * longest / max(size)), round(size[1] * longest / max(size)))


def _read(scene: Scene) -> str:
    return "; ".join(f"{heading} {words}".strip() for heading, words in in_words(scene))


def _sheet(pairs: Sequence[tuple[str, list[np.ndarray]]], size: tuple[int, int]) -> Image.Image:
    width, height = 2 * size[0] + 6, size[1] + LABEL
    sheet = Image.new("RGB", (PAIRS * width, -(-len(pairs) // PAIRS) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for (x, y), (label, pictures) in zip(_places(width, height), pairs, strict=False):
        for index, pixels in enumerate(pictures):
            sheet.paste(Image.fromarray(pixels[..., :3]), (x + index * size[0], y))
        pen.text((x + 2, y + size[1]), label[: width // 6], fill="black")
    return sheet


def _places(width: int, height: int) -> Iterator[tuple[int, int]]:
    number = 0
    while True:
        yield number % PAIRS * width, number // PAIRS * height
        number += 1


if __name__ == "__main__":
    sys.exit(main())
