"""How much of the invisible mark is left after what pictures go through, and how often one is heard that is not there.

python bench/mark.py                               # survival: one painting of every style at 512 px, and photos
python bench/mark.py --sizes                       # the same pictures smaller and larger: what a mark needs
python bench/mark.py --unmarked [PICTURES...]      # false alarms: in those pictures, else in the same ones

A row an attack: in how many paintings and photos the mark was found, in how many of both its number was read and right,
in how many it was read wrong, the lowest and the median score, seconds to find. The photos are scikit-image's, where it
is installed. The exit code is 1 where a promise is broken in more than 5 % of the paintings, or an alarm is false.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from mengbi.finish import STYLES
from mengbi.finish.mark import find_mark, write_mark
from mengbi.ideas import ideas
from mengbi.pipeline import paint

Attack = Callable[[Image.Image, np.random.Generator], Image.Image]
PHOTOS = (
    "astronaut", "camera", "chelsea", "coffee", "rocket", "retina", "moon", "coins", "motorcycle_left", "grass",
    "brick", "gravel", "hubble_deep_field", "ihc", "page", "text",
)  # fmt: skip
SIDES = (96, 128, 192, 256, 384, 512, 768)
PROMISED = 0.95
LANCZOS = Image.Resampling.LANCZOS


def main() -> int:
    """Prints one of the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="*")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--unmarked", action="store_true")
    wishes = parser.parse_args()
    if wishes.unmarked:
        return _alarms([(path.stem, Image.open(path).convert("RGB")) for path in wishes.pictures] or list(_pictures()))
    if wishes.pictures:
        parser.error("pictures are for --unmarked")
    return _by_size() if wishes.sizes else _survival(list(_pictures()))


def _survival(pictures: list[tuple[str, Image.Image]]) -> int:
    marked, noise, seconds = [], [], 0.0
    for number, (_, picture) in enumerate(pictures, start=1):
        began = time.process_time()
        pixels = write_mark(np.asarray(picture), _number(number))
        seconds += time.process_time() - began
        change = np.square(pixels.astype(float) - np.asarray(picture)).mean()
        noise.append(10 * np.log10(255**2 / change))
        marked.append(Image.fromarray(pixels))
    ours = len(STYLES.names())
    print(f"{ours} paintings, {len(pictures) - ours} photos; {seconds / len(pictures):.2f} s of one core to write")
    print(f"peak signal to noise: {min(noise):.1f} dB at least, {statistics.median(noise):.1f} dB in the middle\n")
    heads = ("paintings", "photos", "number", "wrong", "lowest", "middle", "s")
    print(f"{'attack':<30} " + " ".join(f"{head:>9}" for head in heads))
    lost: list[str] = []
    broken = False
    for name, (attack, promised) in ATTACKS.items():
        began = time.process_time()
        heard = [find_mark(np.asarray(attack(p, np.random.default_rng(n)))) for n, p in enumerate(marked, start=1)]
        took = (time.process_time() - began) / len(marked)
        found = [mark.there for mark in heard]
        right = sum(mark.number == _number(n) for n, mark in enumerate(heard, start=1))
        wrong = sum(mark.number not in (None, _number(n)) for n, mark in enumerate(heard, start=1))
        scores = [mark.score for mark in heard]
        cells = [_share(found[:ours]), _share(found[ours:]), f"{100 * right / len(heard):.0f} %", str(wrong)]
        cells += [f"{min(scores):.1f}", f"{statistics.median(scores):.1f}", f"{took:.2f}"]
        print(f"{name:<30} " + " ".join(f"{cell:>9}" for cell in cells), flush=True)
        if promised:
            lost += [f"{pictures[at][0]} ({name})" for at, there in enumerate(found) if not there]
            broken |= sum(found[:ours]) < PROMISED * ours
    print(f"\npromised, and lost: {', '.join(lost) or 'none'}")
    return 1 if broken else 0


def _by_size() -> int:
    print("found / number read")
    print(f"{'shorter side':<14} {'as it is':>11} {'cut 10 %, JPEG 75':>18} {'cut 10 %, ×0.50, JPEG 75':>25}")
    pictures = [picture for _, picture in _pictures(max(SIDES))]
    for side in SIDES:
        cells = []
        small = [_scaled(p, side / min(p.size)) for p in pictures if min(p.size) >= side]
        marked = [Image.fromarray(write_mark(np.asarray(p), 7)) for p in small]
        for name in ("nothing", "10% cropped, JPEG 75", "10% cropped, ×0.50, JPEG 75"):
            heard = [find_mark(np.asarray(ATTACKS[name][0](p, np.random.default_rng(1)))) for p in marked]
            found, read = sum(h.there for h in heard), sum(h.number == 7 for h in heard)
            cells.append(f"{100 * found / len(heard):.0f} / {100 * read / len(heard):.0f} %")
        print(f"{side:<14} {cells[0]:>11} {cells[1]:>18} {cells[2]:>25}   {len(small)} pictures", flush=True)
    return 0


def _number(at: int) -> int:
    return at * 0x9E3779B1 % 2**32


def _share(found: list[bool]) -> str:
    return f"{100 * sum(found) / len(found):.0f} %" if found else "–"


def _alarms(pictures: list[tuple[str, Image.Image]]) -> int:
    heard = [(find_mark(np.asarray(picture)), name) for name, picture in pictures]
    scores = sorted(mark.score for mark, _ in heard)
    alarms = [name for mark, name in heard if mark.there]
    print(f"{len(heard)} pictures without a mark: {len(alarms)} false alarms {alarms or ''}")
    print(f"scores: middle {statistics.median(scores):.2f}, highest {scores[-1]:.2f}")
    return 1 if alarms else 0


def _pictures(side: int = 512) -> Iterator[tuple[str, Image.Image]]:
    for number, name in enumerate(STYLES.names()):
        idea = ideas()[number * 6 % len(ideas())]
        made = paint(idea.en, style=name, size=(side, side), seed=number)
        yield name, made.image.convert("RGB")
    try:
        import skimage.data
    except ImportError:
        return
    for path in sorted(Path(skimage.data.__file__).parent.iterdir()):
        if path.stem in PHOTOS:
            yield path.stem, Image.open(path).convert("RGB")


def _saved(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, kind, quality=quality)
    return Image.open(file).convert("RGB")


def _scaled(picture: Image.Image, across: float, down: float | None = None) -> Image.Image:
    size = (round(picture.width * across), round(picture.height * (down or across)))
    return picture.resize(size, LANCZOS)


def _cut(picture: Image.Image, part: float, rng: np.random.Generator) -> Image.Image:
    """Without that part of each side, anywhere."""
    width, height = round(picture.width * (1 - part)), round(picture.height * (1 - part))
    x, y = rng.integers(0, picture.width - width + 1), rng.integers(0, picture.height - height + 1)
    return picture.crop((int(x), int(y), int(x) + width, int(y) + height))


def _inside(picture: Image.Image) -> Image.Image:
    """As a screenshot has it: in a window, a little smaller, on grey."""
    shown = _scaled(picture, 0.83)
    screen = Image.new("RGB", (round(shown.width * 1.5), round(shown.height * 1.3)), (226, 226, 230))
    screen.paste(shown, (shown.width // 4, shown.height // 5))
    return screen


def _brighter(picture: Image.Image) -> Image.Image:
    return picture.point([min(255, round(value * 1.15 + 12)) for value in range(256)] * 3)


def _noisy(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return Image.fromarray(
        np.clip(np.asarray(picture) + rng.normal(0, 6, (*picture.size[::-1], 3)), 0, 255).astype(np.uint8)
    )


ATTACKS: dict[str, tuple[Attack, bool]] = {
    "nothing": (lambda p, _: p, True),
    **{f"JPEG {q}": (lambda p, _, q=q: _saved(p, "JPEG", q), q >= 75) for q in (95, 85, 75, 60, 50, 30)},
    **{f"WebP {q}": (lambda p, _, q=q: _saved(p, "WEBP", q), False) for q in (75, 50)},
    **{f"×{f:.2f}": (lambda p, _, f=f: _scaled(p, f), f >= 0.5) for f in (2.0, 0.75, 0.5, 0.33)},
    **{f"{c:.0%} cropped": (lambda p, g, c=c: _cut(p, c, g), c <= 0.1) for c in (0.05, 0.1, 0.25, 0.4)},
    "10% cropped, JPEG 75": (lambda p, g: _saved(_cut(p, 0.1, g), "JPEG", 75), True),
    "×0.50, JPEG 75": (lambda p, _: _saved(_scaled(p, 0.5), "JPEG", 75), True),
    "10% cropped, ×0.50, JPEG 75": (lambda p, g: _saved(_scaled(_cut(p, 0.1, g), 0.5), "JPEG", 75), True),
    "25% cropped, ×0.50, JPEG 60": (lambda p, g: _saved(_scaled(_cut(p, 0.25, g), 0.5), "JPEG", 60), False),
    "×0.61 by ×0.62, JPEG 85": (lambda p, _: _saved(_scaled(p, 0.61, 0.62), "JPEG", 85), False),
    "in a screenshot, JPEG 85": (lambda p, _: _saved(_inside(p), "JPEG", 85), False),
    "brighter, more contrast": (lambda p, _: _brighter(p), False),
    "grey": (lambda p, _: p.convert("L").convert("RGB"), False),
    "noise of 6 levels": (_noisy, False),
    "mirrored, JPEG 75": (lambda p, _: _saved(p.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "JPEG", 75), False),
    "turned by 90°": (lambda p, _: p.transpose(Image.Transpose.ROTATE_90), False),
    "turned by 1°": (lambda p, _: p.rotate(1, Image.Resampling.BICUBIC), False),
    "stretched by 5 %": (lambda p, _: _scaled(p, 1.05, 1.0), False),
}  # fmt: skip
"""What is done, and whether the mark is promised to survive it."""


if __name__ == "__main__":
    sys.exit(main())
