"""A prepared folder: pixels.npy (n, size, size, channels), rows.npz, dataset.json, and files.jsonl, a line a file."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from mengbi.errors import AssetError, SourceError
from mengbi.files import write_whole
from mengbi.lab.data.checking import Frame, Pixels, Seen, duplicates
from mengbi.lab.data.reading import File, Listing, Told
from mengbi.lab.data.report import Report, counted, left_out
from mengbi.lab.data.telling import read_beside

HELD = 0.05
"""Share of the pictures that is kept from learning, where nothing says which."""
LEAST = 2
"""Pictures, of which one can learn at all."""

Tick = Callable[[int, int], None]
"""Gets how many files are done, of how many."""
SAME, ALIKE = "the same file as another", "a copy of another"
BLOCK = 256
"""Pictures that are copied at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A file that was looked at."""

    file: File
    told: Told
    found: Seen | str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prepared:
    """What stands in a prepared folder."""

    pixels: Pixels  # a memory map
    labels: NDArray[np.int64]
    held: NDArray[np.bool_]
    sizes: NDArray[np.int32]  # (n, 2) width and height before
    names: tuple[str, ...]
    captions: tuple[str, ...]
    digest: str
    report: Report


def load(folder: Path) -> Prepared:
    """Opens a prepared folder. Raises AssetError if it is damaged."""
    try:
        facts = json.loads((folder / "dataset.json").read_text("utf-8"))
        with np.load(folder / "rows.npz", allow_pickle=False) as arrays:
            labels, held, sizes = arrays["labels"], arrays["held"], arrays["sizes"]
        return Prepared(
            pixels=np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False),
            labels=labels,
            held=held,
            sizes=sizes,
            names=tuple(facts["names"]),
            captions=tuple(facts["captions"]),
            digest=facts["digest"],
            report=Report.of(facts["report"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{folder} — damaged ({error}); delete it, and it is made again") from error


def save(
    folder: Path,
    *,
    labels: NDArray[np.int64],
    held: NDArray[np.bool_],
    sizes: NDArray[np.int32],
    names: Sequence[str],
    captions: Sequence[str],
    digest: str,
    report: Report,
    files: Iterable[Mapping[str, Any]],
) -> None:
    """Writes all of a prepared folder but its pixels. files: what the manifest says of each."""
    np.savez(folder / "rows.npz", labels=labels, held=held, sizes=sizes)
    facts = {"names": list(names), "captions": list(captions), "digest": digest, "report": asdict(report)}
    write_whole(folder / "dataset.json", json.dumps(facts).encode())
    write_whole(folder / "files.jsonl", "".join(json.dumps(line) + "\n" for line in files).encode())


def finish(
    part: Path,
    source: str,
    frame: Frame,
    rows: Sequence[Row],
    raw: Pixels,
    listing: Listing,
    wrong: Sequence[str],
    seconds: float,
) -> None:
    """Leaves out what is there twice, divides the rest, and writes it down with its report.

    raw: what was made of each row. Raises SourceError where not even two pictures are left.
    """
    seen = {number: row.found for number, row in enumerate(rows) if isinstance(row.found, Seen)}
    copies = copies_of(rows, seen, raw)
    kept = [number for number in seen if number not in copies]
    reasons = {number: row.found for number, row in enumerate(rows) if isinstance(row.found, str)}
    reasons |= {copy: SAME if seen[copy].sha256 == seen[of].sha256 else ALIKE for copy, of in copies.items()}
    left = [(rows[number].file.name, reason) for number, reason in reasons.items()] + list(listing.left)
    if len(kept) < LEAST:
        shown = "; ".join(f"{count:,} {reason}" for reason, count, _ in left_out(left)[:4])
        raise SourceError(
            f"{source} — {counted(len(kept), 'picture')} to learn from, and a network needs {LEAST} or more; "
            + (shown or "there are no others")
        )
    names, labels = labelled([rows[number].told.label for number in kept])
    told = [rows[number].told for number in kept]
    held = np.array([_held(one, seen[number].sha256) for one, number in zip(told, kept, strict=True)], np.bool_)
    if held.all():
        held[:] = False
    _write_pixels(part / "pixels.npy", raw, kept)
    conflicts = sum(rows[copy].told.label != rows[of].told.label for copy, of in copies.items())
    report = Report(
        source=source,
        files=len(rows) + len(listing.left),
        others=len(listing.others) - len(read_beside(listing)),
        taken=len(kept),
        held=int(held.sum()),
        labels=tuple(zip(names, np.bincount(labels[labels >= 0], minlength=len(names)).tolist(), strict=True)),
        unlabelled=int((labels < 0).sum()),
        captions=sum(bool(one.caption) for one in told),
        kinds=tuple(Counter(seen[number].kind for number in kept).most_common()),
        notes=tuple(Counter(note for number in kept for note in seen[number].notes).most_common()),
        left=left_out(left),
        conflicts=conflicts,
        wrong=tuple(wrong),
        seconds=round(seconds, 1),
    )
    save(
        part,
        labels=labels,
        held=held,
        sizes=np.array([(seen[number].width, seen[number].height) for number in kept], np.int32),
        names=names,
        captions=[one.caption for one in told],
        digest=_digest(frame, ((seen[number].sha256, rows[number].told) for number in kept)),
        report=report,
        files=_manifest(rows, reasons, copies, dict(zip(kept, held.tolist(), strict=True)), listing),
    )


def copies_of(rows: Sequence[Row], seen: Mapping[int, Seen], raw: Pixels) -> dict[int, int]:
    """Pictures that are there already, as the same file or nearly the same picture: {copy: the largest, kept}."""
    told = {number: bool(rows[number].told.label) + bool(rows[number].told.caption) for number in seen}
    worth = {number: (one.width * one.height, one.bytes, told[number]) for number, one in seen.items()}
    same: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in seen.items():
        same[one.sha256].append(number)
    copies: dict[int, int] = {}
    for group in same.values():
        best = max(group, key=lambda number: (worth[number], -number))
        copies.update((number, best) for number in group if number != best)
    single = [number for number in seen if number not in copies]
    hashes = np.array([seen[number].hash for number in single], np.uint64)
    means = np.array([seen[number].mean for number in single], np.float32)
    alike = duplicates(hashes, means, lambda at: raw[single[at]], [worth[number] for number in single])
    copies |= {single[copy]: single[of] for copy, of in alike.items()}
    return {copy: copies.get(of, of) for copy, of in copies.items()}


def labelled(told: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of labels, numbers in their order, and the label of each: int64, -1 for none."""
    found = {label for label in told if label}
    plain = all(label.isdecimal() for label in found)
    names = sorted(found, key=lambda label: (int(label) if plain else 0, label))
    place = {name: number for number, name in enumerate(names)}
    return tuple(names), np.array([place.get(label, -1) for label in told], np.int64)


def _held(told: Told, digest: str) -> bool:
    """Whether a picture is kept from learning: as its folder says, or as its bytes fall, whatever else there is."""
    return told.held if told.held is not None else int(digest[:15], 16) < HELD * 16**15


def _write_pixels(path: Path, raw: Pixels, kept: Sequence[int]) -> None:
    out = open_memmap(path, "w+", np.uint8, (len(kept), *raw.shape[1:]))
    for first in range(0, len(kept), BLOCK):
        out[first : first + BLOCK] = raw[kept[first : first + BLOCK]]
    out.flush()


def _digest(frame: Frame, pictures: Iterable[tuple[str, Told]]) -> str:
    """Of what is learnt from, wherever it lies."""
    digest = sha256(repr(frame).encode())
    for picture in pictures:
        digest.update(repr(picture).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _manifest(
    rows: Sequence[Row],
    reasons: Mapping[int, str],
    copies: Mapping[int, int],
    held: Mapping[int, bool],
    listing: Listing,
) -> Iterable[dict[str, Any]]:
    """A line a file, those left out too."""
    for number, row in enumerate(rows):
        line: dict[str, Any] = {"file": row.file.name}
        if isinstance(row.found, Seen):
            facts = asdict(row.found)
            line |= {name: facts[name] for name in ("sha256", "bytes", "width", "height", "kind")}
        line |= {key: value for key, value in (("label", row.told.label), ("caption", row.told.caption)) if value}
        if number in reasons:
            line["left_out"] = reasons[number]
        if number in copies:
            line["copy_of"] = rows[copies[number]].file.name
        if number in held:
            line["held"] = held[number]
        yield line
    yield from ({"file": name, "left_out": reason} for name, reason in listing.left)
