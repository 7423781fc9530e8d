"""False alarms of the two filters: over every style on drawings and photos, and over every idea of the library.

python bench/safety.py [--ideas] [PICTURES...]

Without pictures: every style on three ideas and on two photos (scikit-image's, where it is installed), 256 pixels a
side. --ideas: each of the ideas as well, in turn through the styles. A row a style: the highest score, and how many
reach 0.2, 0.5 and the threshold. The exit code is 1 if anything is held back. What the filter finds in explicit
pictures this cannot tell: there are none here.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from mengbi.finish import STYLES
from mengbi.finish.safety import THRESHOLD, check_picture, check_words
from mengbi.ideas import ideas, modifiers
from mengbi.pipeline import paint

PHOTOS = ("astronaut", "coffee", "rocket", "chelsea")
SUBJECTS = ("a girl with a red hat", "two peaches on a table", "a sandy desert at sunset")
SIDE = 256


def main() -> int:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="*")
    parser.add_argument("--ideas", action="store_true")
    wishes = parser.parse_args()
    said = [words for idea in (*ideas(), *modifiers()) for words in (idea.en, idea.zh)]
    alarms = [words for words in said if not check_words(words).fine]
    print(f"words: {len(alarms)} of {len(said)} ideas and modifiers held back {alarms or ''}")
    scores: dict[str, list[float]] = defaultdict(list)
    for name, pixels in _given(wishes.pictures) if wishes.pictures else _painted(wishes.ideas):
        scores[name].append(check_picture(pixels).score or 0.0)
    print(f"\n{'style':<16} {'pictures':>8} {'highest':>8} {'≥ 0.2':>6} {'≥ 0.5':>6} {f'≥ {THRESHOLD:g}':>6}")
    rows = [*sorted(scores.items()), ("all", [score for scored in scores.values() for score in scored])]
    for name, found in rows:
        counts = (sum(score >= border for score in found) for border in (0.2, 0.5, THRESHOLD))
        print(f"{name:<16} {len(found):>8} {max(found):8.3f} " + " ".join(f"{count:>6}" for count in counts))
    held = sum(score >= THRESHOLD for found in scores.values() for score in found)
    return 1 if held or alarms else 0


def _given(paths: list[Path]) -> Iterator[tuple[str, np.ndarray]]:
    for path in paths:
        yield path.parent.name, np.asarray(Image.open(path).convert("RGB"))


def _painted(every_idea: bool) -> Iterator[tuple[str, np.ndarray]]:
    photos = list(_photos())
    for seed, name in enumerate(STYLES.names()):
        for words in SUBJECTS:
            yield name, paint(words, style=name, size=(SIDE, SIDE), seed=seed).pixels
        for at in range(min(2, len(photos))):
            photo = photos[(seed + at) % len(photos)]
            yield name, paint(photo=photo, strength=0.0, style=name, size=(SIDE, SIDE), seed=seed).pixels
    for seed, idea in enumerate(ideas() if every_idea else ()):
        name = STYLES.names()[seed % len(STYLES.names())]
        yield name, paint(idea.en, style=name, size=(SIDE, SIDE), seed=seed).pixels


def _photos() -> Iterator[Path]:
    try:
        import skimage.data
    except ImportError:
        return
    for path in sorted(Path(skimage.data.__file__).parent.iterdir()):
        if path.stem in PHOTOS:
            yield path


if __name__ == "__main__":
    sys.exit(main())
