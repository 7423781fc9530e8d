"""Pictures and folders that the tests of a person's own data make."""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

from mengbi.lab.data.checking import Frame
from mengbi.lab.data.reading import Folder

FRAME = Frame(size=32, channels=3, fit="crop", least=16)


def picture(seed, size=(60, 40), mode="RGB"):
    """Clouds of colour: no two seeds look alike."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).convert(mode)


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def filled(root, count, *labels):
    """A folder with so many pictures of each label, or beside one another without any."""
    for number in range(count):
        for place, label in enumerate(labels or ("",)):
            (root / label).mkdir(parents=True, exist_ok=True)
            (root / label / f"{number:03}.png").write_bytes(saved(picture(1000 * place + number)))
    return root


def png(width, height):
    """A black PNG of one bit a pixel: few bytes, whatever its size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Deadly(Folder):
    """A folder in which to read one file ends the process, as a picture may that a decoder stumbles over."""

    def read(self, name, most=1 << 20):
        if "deadly" in name:
            os._exit(9)
        return super().read(name, most)
