"""How a picture came to be: a few of its steps, small, in one file beside it.

The file is one WebP after another, which tell their own lengths (RIFF): a file for each step would be to wait for the
disk six times. It is named by its content, and there before its rows are.
"""

import hashlib
import io
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PIL import Image
from sqlalchemy import Connection, delete, insert, select

from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.studio.database import hold
from mengbi.studio.store import Store
from mengbi.studio.tables import steps

if TYPE_CHECKING:
    from mengbi.engine import Step

MOST = 6
SIDE = 256
"""Pixels of the longer side."""
MAX_SIDE, MAX_BYTES = 1024, 2**21
"""Of steps that somebody else kept, each one's side and all of them together."""
SUFFIX = ".webp"


@dataclass(kw_only=True, slots=True)
class Recorder:
    """Looks on while pictures are painted. frames: for each of them the steps of `numbers` as WebP."""

    count: int
    numbers: list[int] = field(default_factory=list)
    frames: list[list[bytes]] = field(default_factory=list)
    _next: int = 0

    def see(self, number: int, step: "Step") -> None:
        """Takes the first step in each sixth of the way. The last step is the picture itself."""
        sixth = min(int(step.done * MOST), MOST - 1)
        if step.pictures or sixth < self._next:
            return
        self._next = sixth + 1
        self.numbers.append(number)
        self.frames = self.frames or [[] for _ in range(self.count)]
        for mine, image in zip(self.frames, step.images, strict=True):
            mine.append(_small(Image.fromarray(image)))

    def file(self, place: int) -> bytes | None:
        """The steps of one picture as they are kept; None where there are no two."""
        return b"".join(self.frames[place]) if len(self.numbers) > 1 else None


def wanted() -> bool:
    """Whether steps are kept: MENGBI_STEPS. Raises BriefError for what is neither on nor off."""
    named = os.environ.get("MENGBI_STEPS", "on")
    if named not in ("on", "off"):
        raise BriefError(f"MENGBI_STEPS={named!r} — on or off")
    return named == "on"


def name_of(data: bytes) -> str:
    """Of the file with these steps."""
    return hashlib.sha256(data).hexdigest() + SUFFIX


def write_steps(connection: Connection, store: Store, picture: int, data: bytes, numbers: Sequence[int]) -> None:
    """The rows of a picture's steps, unless it has some: then this file is taken away, if it is nobody else's."""
    hold(connection)
    name = name_of(data)
    if connection.scalar(select(steps.c.number).where(steps.c.picture_id == picture).limit(1)) is not None:
        take_away(connection, store, name)
        return
    if store.blobs.size("steps", name) != len(data):  # taken away as nobody's, just before
        store.blobs.put("steps", name, data)
    row = {"picture_id": picture, "digest": name.removesuffix(SUFFIX), "suffix": SUFFIX}
    connection.execute(insert(steps), [{**row, "number": number} for number in numbers])


def drop_steps(connection: Connection, store: Store, picture: int) -> None:
    """Takes the steps of a picture away: their file, if it is no other's, then their rows."""
    hold(connection)
    mine = steps.c.picture_id == picture
    for digest in connection.scalars(select(steps.c.digest).where(mine).distinct()).all():
        other = select(steps.c.number).where(steps.c.digest == digest, ~mine).limit(1)
        if connection.scalar(other) is None:
            store.blobs.remove("steps", digest + SUFFIX)
    connection.execute(delete(steps).where(mine))


def take_away(connection: Connection, store: Store, name: str) -> None:
    """Removes a file of steps that no picture has; the transaction holds the files."""
    if connection.scalar(select(steps.c.number).where(steps.c.digest == name.removesuffix(SUFFIX)).limit(1)) is None:
        store.blobs.remove("steps", name)


def numbers_of(connection: Connection, pictures: Sequence[int]) -> Mapping[int, tuple[str, tuple[int, ...]]]:
    """By picture: the name of the file with its steps, and which they are. Those without are left out."""
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    query = select(steps).where(steps.c.picture_id.in_(pictures)).order_by(steps.c.picture_id, steps.c.number)
    for row in connection.execute(query):
        _, before = found.get(row.picture_id, ("", ()))
        found[row.picture_id] = row.digest + row.suffix, (*before, row.number)
    return found


def steps_of(store: Store, picture: int) -> tuple[int, ...]:
    """Which steps of a picture were kept, in order."""
    with store.reading() as connection:
        return numbers_of(connection, [picture]).get(picture, ("", ()))[1]


def step_of(store: Store, picture: int, number: int) -> bytes:
    """One step as WebP. Raises BriefError if it was not kept, StorageError if it is gone or was changed."""
    with store.reading() as connection:
        name, numbers = numbers_of(connection, [picture]).get(picture, ("", ()))
    if number not in numbers:
        raise BriefError(f"no step {number} of picture {picture} was kept")
    data = store.blobs.read("steps", name)
    if data is None or name_of(data) != name:
        raise StorageError(f"picture {picture} — its steps are gone or were changed; mengbi doctor looks into it")
    return unpacked(data)[numbers.index(number)]


def unpacked(data: bytes) -> list[bytes]:
    """The WebPs in a file of steps, each whole. Raises SourceError for what is no such file."""
    frames, start = [], 0
    while start < len(data):
        if data[start : start + 4] != b"RIFF" or len(data) < start + 12:
            raise SourceError("steps — a damaged file")
        (length,) = struct.unpack_from("<I", data, start + 4)
        end = start + 8 + length + length % 2
        frames.append(data[start:end])
        start = end
    return frames


def check(data: bytes, numbers: Sequence[int], name: str) -> None:
    """Raises SourceError where a file, which may be anybody's, does not hold just these steps, each decoding whole."""
    rising = all(type(one) is int and 0 < one < 2**31 for one in numbers) and list(numbers) == sorted(set(numbers))
    if not rising or not 1 < len(numbers) <= MOST or len(data) > MAX_BYTES or len(unpacked(data)) != len(numbers):
        raise SourceError(f"{name} — no steps of a picture, or damaged ones")
    for frame in unpacked(data):
        try:
            with Image.open(io.BytesIO(frame), formats=("WEBP",)) as image:
                if max(image.size) > MAX_SIDE:
                    raise SourceError(f"{name} — a step of {image.width}x{image.height} pixels; at most {MAX_SIDE}")
                image.load()
        except SourceError:
            raise
        except Exception as error:  # a damaged file makes Pillow raise much more than OSError
            raise SourceError(f"{name} — a damaged step") from error


def _small(image: Image.Image) -> bytes:
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=60, method=1)
    return out.getvalue()
