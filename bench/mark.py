"""How much of the invisible mark is left after what pictures go through, and how often one is heard that is not there.

python bench/mark.py [PICTURES...]                 # survival; without pictures: one painting of every style, and photos
python bench/mark.py --sizes [PICTURES...]         # the same pictures smaller: what a mark needs
python bench/mark.py --unmarked PICTURES...        # false alarms

A row an attack: in how many pictures the mark was found, in how many its number was read and right, the lowest and the
median score, and the threshold. The photos are scikit-image's, where it is installed.
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
PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "rocket", "retina", "moon", "coins", "motorcycle_left", "grass")
LANCZOS = Image.Resampling.LANCZOS


def main() -> int:
    """Prints the table; exit code 1 where a promise is broken, or an alarm is false."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="*")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--unmarked", action="store_true")
    wishes = parser.parse_args()
    pictures = [(path.stem, Image.open(path).convert("RGB")) for path in wishes.pictures] or list(_pictures())
    return _alarms(pictures) if wishes.unmarked else _by_size(pictures) if wishes.sizes else _survival(pictures)


def _survival(pictures: list[tuple[str, Image.Image]]) -> int:
    marked, noise, seconds = [], [], 0.0
    for number, (_, picture) in enumerate(pictures, start=1):
        began = time.process_time()
        pixels = write_mark(np.asarray(picture), number * 0x9E3779B1 % 2**32)
        seconds += time.process_time() - began
        change = np.square(pixels.astype(float) - np.asarray(picture)).mean()
        noise.append(10 * np.log10(255**2 / change))
        marked.append(Image.fromarray(pixels))
    print(f"{len(pictures)} pictures; {seconds / len(pictures):.2f} s of one core to write")
    print(f"peak signal to noise: {min(noise):.1f} dB at least, {statistics.median(noise):.1f} dB in the middle\n")
    print(f"{'attack':<34} {'found':>7} {'number':>7} {'wrong':>6} {'lowest':>7} {'middle':>7} {'s':>6}")
    lost: list[str] = []
    for name, (attack, promised) in ATTACKS.items():
        scores, found, right, wrong, began = [], 0, 0, 0, time.process_time()
        for number, picture in enumerate(marked, start=1):
            heard = find_mark(np.asarray(attack(picture, np.random.default_rng(number))))
            scores.append(heard.score)
            found += heard.there
            right += heard.number == number * 0x9E3779B1 % 2**32
            wrong += heard.number not in (None, number * 0x9E3779B1 % 2**32)
            if promised and not heard.there:
                lost.append(f"{pictures[number - 1][0]} ({name})")
        share = (f"{100 * part / len(marked):.0f} %" for part in (found, right))
        middle, took = statistics.median(scores), (time.process_time() - began) / len(marked)
        row = " ".join(f"{value:>7}" for value in share)
        print(f"{name:<34} {row} {wrong:>6} {min(scores):7.1f} {middle:7.1f} {took:6.2f}", flush=True)
    print(f"\npromised, and lost: {', '.join(lost) or 'none'}")
    return 1 if lost else 0


def _by_size(pictures: list[tuple[str, Image.Image]]) -> int:
    print("found / number read")
    print(f"{'shorter side':<14} {'as it is':>11} {'cut 10 %, JPEG 75':>18} {'cut 10 %, ×0.50, JPEG 75':>25}")
    for side in (96, 128, 192, 256, 384, 512, 768):
        cells = []
        small = [_scaled(p, side / min(p.size)) for _, p in pictures if min(p.size) >= side]
        marked = [Image.fromarray(write_mark(np.asarray(p), 7)) for p in small]
        for name in ("nothing", "10% cropped, JPEG 75", "10% cropped, ×0.50, JPEG 75"):
            heard = [find_mark(np.asarray(ATTACKS[name][0](p, np.random.default_rng(1)))) for p in marked]
            found, read = sum(h.there for h in heard), sum(h.number == 7 for h in heard)
            cells.append(f"{100 * found / len(heard):.0f} / {100 * read / len(heard):.0f} %")
        print(f"{side:<14} {cells[0]:>11} {cells[1]:>18} {cells[2]:>25}   {len(small)} pictures", flush=True)
    return 0


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
