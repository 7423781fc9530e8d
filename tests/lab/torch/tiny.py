"""A small world to learn: six drawings on flat grounds, named in two languages; as a program, a run over it."""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi import assets
from mengbi.engine.sketch.sprites import sprite
from mengbi.lab.data.loader import Batch
from mengbi.lab.recipes.dream import Painting, smoke
from mengbi.noise import generator
from mengbi.text.encoder import load_encoder

SIZE = 16
THINGS = ("cat", "apple", "sun", "house", "fish", "tree")
GROUNDS = ((230, 240, 255), (255, 220, 200), (40, 60, 120))


def recipe(**changes: object) -> Painting:
    model = {"kind": "unet", "size": SIZE, "patch": 2, "widths": [32, 32], "blocks": [1, 1], "moment": 64}
    model |= {"read": [1], "attend": [1]}
    return replace(smoke(), **{"model": model, "steps": 40, "batch": 4, "prompts": (), "log_every": 5, **changes})


def batches(size: int, count: int, cursor: int) -> Iterator[Batch]:
    """An endless stream in which example i depends on i alone."""
    while True:
        rows = [_example(size, place) for place in range(cursor, cursor + count)]
        cursor += count
        pictures, control, vectors, given = (np.stack(column) for column in zip(*rows, strict=True))
        yield Batch(pictures=pictures, control=control, vectors=vectors, given=given, cursor=cursor)


def _example(size: int, place: int) -> tuple[np.ndarray, ...]:
    chance = generator(7, place)
    thing, ground = chance.integers(len(THINGS)), GROUNDS[chance.integers(len(GROUNDS))]
    picture = Image.new("RGB", (size, size), ground)
    drawn = _drawn(THINGS[thing], size)
    picture.paste(drawn, (int(chance.integers(size // 2)), int(chance.integers(size // 4))), drawn)
    pixels = np.asarray(picture)
    sketch = np.concatenate([pixels // 64 * 64, np.full((size, size, 1), 255, np.uint8)], -1)
    vectors, given = np.zeros((8, 512), np.float16), np.zeros(8, np.bool_)
    vectors[0], given[0] = _vectors()[int(chance.integers(2)), thing], True
    return pixels, sketch, vectors, given


@cache
def _drawn(name: str, size: int) -> Image.Image:
    return Image.fromarray(sprite(assets.concepts()[name], size * 2 // 3))


@cache
def _vectors() -> NDArray[np.float32]:
    concepts = [assets.concepts()[name] for name in THINGS]
    names = [concept.en[0] for concept in concepts] + [concept.zh[0] for concept in concepts]
    return load_encoder().encode(names).reshape(2, len(THINGS), -1)


def learn_until(out: Path, moment: int, made: Sequence[Batch]) -> None:
    """A run that saves at every step, in a process that is killed at its so manyth call that changes what is on disk.

    made: all its batches.
    """
    import torch

    from mengbi.lab.dreaming import painting
    from mengbi.lab.train import train

    torch.set_num_threads(1)
    calls = itertools.count(1)

    def deadly(call: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object, **options: object) -> object:
            if next(calls) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return called

    os.fsync, Path.replace, Path.unlink = deadly(os.fsync), deadly(Path.replace), deadly(Path.unlink)
    wanted = recipe(steps=60, save_minutes=0.0)
    train(painting(wanted, lambda cursor: iter(made[cursor // wanted.batch :])), out, say=str)


if __name__ == "__main__":  # tiny.py FOLDER STEPS: what the tests kill
    import torch

    from mengbi.lab.dreaming import painting
    from mengbi.lab.train import train

    torch.set_num_threads(1)
    wanted = recipe(steps=int(sys.argv[2]), save_minutes=0.005)
    done = train(painting(wanted, lambda cursor: batches(SIZE, wanted.batch, cursor)), Path(sys.argv[1]))
    print("done" if done else "stopped", flush=True)
