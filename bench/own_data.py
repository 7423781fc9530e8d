"""Ten thousand files, good, broken, huge, twice there and hostile, made ready to be learnt from: minutes and memory.

python bench/own_data.py FOLDER [--files 10000]     # FOLDER is made if it is not there: about 2 GiB
"""

import argparse
import io
import os
import resource
import shutil
import struct
import tempfile
import time
import zipfile
import zlib
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mengbi.lab.data.folder import batches, open_data

PHONE = (4032, 3024)
GRAIN = np.random.default_rng(1).integers(-14, 15, (1024, 1024, 1), np.int16)
SHARES = {
    "phone": 0.02, "same": 0.03, "again": 0.03, "cut": 0.03, "lie": 0.02, "small": 0.02, "flat": 0.01, "noise": 0.01,
    "bomb": 0.005, "claim": 0.005, "cmyk": 0.01, "deep": 0.01, "alpha": 0.02, "turned": 0.02, "moving": 0.005,
}  # fmt: skip
BATCHES = 2000
LABELS = ("bay", "field", "harbour", "hill", "wood")


def picture(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Clouds of colour, some shapes, and the grain of a camera."""
    image = Image.fromarray(rng.integers(0, 256, (5, 7, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        reach = int(rng.integers(8, max(9, min(size) // 3)))
        pen.ellipse((x, y, x + reach, y + reach), tuple(rng.integers(0, 256, 3).tolist()))
    side = GRAIN.shape[0]
    tiled = np.tile(GRAIN, (-(-size[1] // side), -(-size[0] // side), 1))[: size[1], : size[0]]
    return Image.fromarray((np.asarray(image, np.int16) + tiled).clip(0, 255).astype(np.uint8))


def make(root: Path, count: int) -> None:
    """Fills the folder; what is made depends on the count alone."""
    rng = np.random.default_rng(6)
    kinds = rng.choice([*SHARES, "good"], count, p=[*SHARES.values(), 1 - sum(SHARES.values())])
    good: list[bytes] = []
    for number, kind in enumerate(kinds.tolist()):
        folder = root / LABELS[number % len(LABELS)]
        folder.mkdir(parents=True, exist_ok=True)
        data, suffix = made(kind, rng, good)
        (folder / f"{number:05}-{kind}{suffix}").write_bytes(data)
    hostile(root, good[0])


def made(kind: str, rng: np.random.Generator, good: list[bytes]) -> tuple[bytes, str]:
    """A file of a kind, and its suffix. good: earlier ones, to be copied."""
    size = (int(rng.integers(200, 900)), int(rng.integers(200, 900)))
    if kind in ("same", "again", "cut") and good:
        old = good[int(rng.integers(len(good)))]
        if kind == "same":
            return old, ".jpg"
        if kind == "cut":
            return old[: len(old) // 2], ".jpg"
        image = Image.open(io.BytesIO(old))
        return saved(image.resize((image.width * 3 // 4, image.height * 3 // 4)), "JPEG", quality=70), ".jpg"
    if kind == "lie":
        return b"<!DOCTYPE html><html><body>404</body></html>", ".png"
    if kind == "noise":
        return rng.bytes(3000), ".jpg"
    if kind == "bomb":
        return png(12000, 12000), ".png"
    if kind == "claim":
        return png(60000, 60000)[:5000], ".png"
    image = picture(rng, PHONE if kind == "phone" else (40, 30) if kind == "small" else size)
    if kind == "flat":
        return saved(Image.new("RGB", size, (200, 200, 200)), "PNG"), ".png"
    if kind == "cmyk":
        return saved(image.convert("CMYK"), "JPEG"), ".jpg"
    if kind == "deep":
        deep = np.asarray(image.convert("L"), np.uint16) * 257
        return saved(Image.fromarray(deep), "PNG", compress_level=1), ".png"
    if kind == "alpha":
        image.putalpha(Image.radial_gradient("L").resize(size))
        return saved(image, "WEBP"), ".webp"
    if kind == "moving":
        return saved(image, "GIF", save_all=True, append_images=[image.rotate(90)] * 3), ".gif"
    exif = Image.Exif()
    if kind == "turned":
        exif[0x0112] = 6
    good.append(saved(image, "JPEG", quality=90, exif=exif))
    return good[-1], ".jpg"


def hostile(root: Path, picture: bytes) -> None:
    """What should not be opened, followed or believed."""
    os.mkfifo(root / "bay" / "pipe.jpg")
    (root / "bay" / "device.png").symlink_to("/dev/zero")
    (root / "bay" / "secret.png").symlink_to("/etc/passwd")
    (root / "bay" / "loop").symlink_to(root)
    (root / "hill" / "broken-link.jpg").symlink_to(root / "nowhere.jpg")
    with zipfile.ZipFile(root / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(1 << 28))
    (root / os.fsdecode(b"wood/\xff\xfe \x1b[2J.jpg")).write_bytes(picture[:200])
    lines = ["file_name,text", "../../../etc/passwd,a secret", f"bay/00000-good.jpg,{'x' * 10_000}", '"open,']
    (root / "metadata.csv").write_text("\n".join(lines))


def png(width: int, height: int) -> bytes:
    """A black picture of one bit a pixel in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(height * (1 + width // 8)), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=64)
    chosen = parser.parse_args()
    if not chosen.folder.exists():
        began = time.monotonic()
        make(chosen.folder, chosen.files)
        print(f"made in {time.monotonic() - began:.0f} s")
    cache = Path(tempfile.mkdtemp())
    began = time.monotonic()
    data = open_data(str(chosen.folder), size=chosen.size, cache=cache)
    print(data.report)
    used = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"made ready in {time.monotonic() - began:.0f} s, {used:.0f} s of a processor")
    for name, who in (("this process", resource.RUSAGE_SELF), ("the largest other", resource.RUSAGE_CHILDREN)):
        print(f"memory of {name}: {resource.getrusage(who).ru_maxrss / 1024:.0f} MiB")
    began = time.monotonic()
    data = open_data(str(chosen.folder), size=chosen.size, cache=cache)
    print(f"opened again in {time.monotonic() - began:.1f} s")
    stream = batches(data, batch=64, seed=0, flip=True)(0)
    next(stream)
    began = time.monotonic()
    for _ in islice(stream, BATCHES):
        pass
    print(f"{(time.monotonic() - began) / BATCHES * 1000:.2f} ms a batch of 64")
    shutil.rmtree(cache)


if __name__ == "__main__":
    main()
