"""A person's own pictures as something to learn from: `open_data("photos", size=64)`, and batches of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from mengbi.errors import BriefError, SourceError
from mengbi.files import write_whole
from mengbi.lab.data import prepared
from mengbi.lab.data.checking import Frame
from mengbi.lab.data.digits import SETS, prepare_digits
from mengbi.lab.data.prepared import Tick
from mengbi.lab.data.preparing import prepare
from mengbi.lab.data.reading import open_shelf
from mengbi.lab.data.report import Report
from mengbi.lab.data.wording import Words, worded
from mengbi.noise import generator

CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "own"
PACKAGES = Path(platformdirs.user_cache_dir("mengbi")) / "dream" / "packages"
SIZES = (8, 1024)
UNKNOWN = "unknown"
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Pictures made ready, in the order of their names."""

    pixels: Pixels  # (n, size, size, channels), a memory map
    labels: NDArray[np.int64]  # (n,), -1 for none
    names: tuple[str, ...]  # of the labels
    captions: tuple[str, ...]  # "" for none
    held: NDArray[np.bool_]  # (n,) kept from learning
    sizes: NDArray[np.int32]  # (n, 2) width and height before
    digest: str  # of what is learnt from, wherever it lies
    report: Report
    source: str  # what was opened
    licence: str
    consent: str
    folder: Path  # where it is kept

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def words(self) -> Words:
        """What is said of the pictures, in vectors: encoded when it is first asked for, and kept in the folder."""
        said = [
            caption or (self.names[label] if label >= 0 else "")
            for caption, label in zip(self.captions, self.labels.tolist(), strict=True)
        ]
        return worded(said, self.folder)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """n examples, as a training takes them."""

    pictures: Pixels  # (n, size, size, channels)
    labels: NDArray[np.int64]  # (n,), -1 for none
    vectors: NDArray[np.float16]  # (n, MAX_VECTORS, 512), unit rows, zeros where nothing is given
    given: NDArray[np.bool_]  # (n, MAX_VECTORS)
    cursor: int  # index of the example after the last

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What travels to the device."""
        return self.pictures, self.labels, self.vectors, self.given


def open_data(
    spec: str,
    *,
    size: int,
    channels: int = 3,
    fit: str = "crop",
    least: int | None = None,
    licence: str | None = None,
    consent: str | None = None,
    cache: Path = CACHE,
    packages: Path = PACKAGES,
    tick: Tick = lambda done, of: None,
) -> Dataset:
    """Pictures of a folder, a zip, a folder of Hugging Face's library, or "mnist" or "fashion-mnist", made ready once.

    size: pixels of a side, 8 to 1024; channels: 1 grey, 3, or 4 with transparency; fit: "crop" to the middle square,
    or "pad"; least: pixels that a picture's shorter side must have, half of size if not given; licence, consent: what
    the person says of them, remembered until something else is said; cache: where they are kept; tick: gets how many
    are done, of how many. Raises SourceError for a source with nothing to learn from, BriefError, AssetError for a
    package that cannot be had, StorageError.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise BriefError(f"size {size} — {SIZES[0]} to {SIZES[1]} pixels")
    if channels not in (1, 3, 4):
        raise BriefError(f"{channels} channels — 1 for grey, 3 for colour, 4 with transparency")
    if fit not in ("crop", "pad"):
        raise BriefError(f"fit {fit!r} — crop, to the middle square, or pad, to the whole picture")
    if spec in SETS:
        folder = prepare_digits(spec, size, channels, cache, packages, tick)
        source, licence, consent = spec, SETS[spec].package.license, SETS[spec].consent
    else:
        shelf = open_shelf(spec)
        source = str(Path(spec).expanduser().resolve())
        frame = Frame(size=size, channels=channels, fit=fit, least=max(1, size // 2 if least is None else least))
        folder = prepare(shelf, source, frame, cache, tick)
        licence, consent = _stated(source, licence, consent, cache)
    found = prepared.load(folder)
    return Dataset(
        pixels=found.pixels,
        labels=found.labels,
        names=found.names,
        captions=found.captions,
        held=found.held,
        sizes=found.sizes,
        digest=found.digest,
        report=found.report,
        source=source,
        licence=licence,
        consent=consent,
        folder=folder,
    )


def batches(
    data: Dataset, *, batch: int, seed: int, flip: bool = False, held: bool = False
) -> Callable[[int], Iterator[Batch]]:
    """Endless streams of batches of what is learnt from, or of what is held, from any cursor.

    Epoch by epoch every picture once, in an order drawn from (seed, epoch), with flip half of them mirrored; what
    stands at an index of the stream is the same wherever the stream was begun. Raises SourceError where there is none.
    """
    numbers = np.flatnonzero(data.held == held)
    if not len(numbers):
        raise SourceError(f"{data.source} — no picture is {'held' if held else 'learnt from'}")
    pixels, words = np.asarray(data.pixels), data.words

    def stream(cursor: int) -> Iterator[Batch]:
        for rows, turned, end in shuffled(numbers, batch=batch, seed=seed, cursor=cursor):
            pictures = pixels[rows]
            if flip:
                whole = pictures.view(f"V{pictures.shape[3]}")[..., 0]  # a pixel at a time: twice as fast
                whole[turned] = whole[turned, :, ::-1]
            vectors, given = words.of(rows)
            yield Batch(pictures=pictures, labels=data.labels[rows], vectors=vectors, given=given, cursor=end)

    return stream


def shuffled(
    numbers: NDArray[np.intp], *, batch: int, seed: int, cursor: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.bool_], int]]:
    """Endless rows of `numbers`, a batch each, which of them are turned about, and the cursor behind them."""
    epoch = -1
    while True:
        chosen, mirrored = [], []
        missing = batch
        while missing:
            if epoch != cursor // len(numbers):
                epoch = cursor // len(numbers)
                rng = generator(seed, epoch)
                order, flips = numbers[rng.permutation(len(numbers))], rng.random(len(numbers)) < 0.5
            place = cursor % len(numbers)
            chosen.append(order[place : place + missing])
            mirrored.append(flips[place : place + missing])
            missing -= len(chosen[-1])
            cursor += len(chosen[-1])
        yield np.concatenate(chosen), np.concatenate(mirrored), cursor


def _stated(source: str, licence: str | None, consent: str | None, cache: Path) -> tuple[str, str]:
    """What the person says of a source, now or as it was last said."""
    path = cache / "stated" / f"{sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.json"
    try:
        before = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        before = {}
    said = {
        "licence": licence or before.get("licence", UNKNOWN),
        "consent": consent or before.get("consent", UNKNOWN),
    }
    if said != before:
        write_whole(path, json.dumps({"source": source, **said}).encode())
    return said["licence"], said["consent"]
