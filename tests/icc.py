"""Colour profiles small enough to be written by hand (ICC.1:2001-04)."""

import struct

WHITE = (0.9642, 1.0, 0.8249)  # D50
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def rgb_profile(name, primaries, gamma=2.2):
    """A matrix profile of three primaries (X, Y, Z under D50)."""
    tags = {key: _xyz(*value) for key, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return _profile(b"mntr", b"RGB ", b"XYZ ", name, tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def grey_profile(gamma):
    """Greys with a gamma of their own."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return _profile(b"mntr", b"GRAY", b"XYZ ", "grey", {b"kTRC": curve})


def cmyk_profile():
    """Inks in which cyan is printed red: a table of two steps an ink that nobody could take for the usual inks."""
    steps = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    lab = b"".join(
        bytes((40 if k else 140, 200, 190)) if c else bytes((20 if k else 250, 128, 128)) for c, _, _, k in steps
    )
    even = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + 4 * even + lab + 3 * even
    return _profile(b"prtr", b"CMYK", b"Lab ", "red cyan", {b"A2B0": table})


def _xyz(x, y, z):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def _profile(kind, space, pcs, name, tags):
    text = name.encode() + b"\0"
    said = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {b"desc": said, b"wtpt": _xyz(*WHITE), b"cprt": b"text" + bytes(4) + b"none\0"} | tags
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for key, value in tags.items():
        value += bytes(-len(value) % 4)
        table += key + struct.pack(">II", at + len(body), len(value))
        body += value
    size = at + len(body)
    head = struct.pack(">I4sI", size, b"test", 0x02400000) + kind + space + pcs
    head += (
        struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
        + b"acsp"
        + bytes(28)
        + struct.pack(">3i", *(round(v * 65536) for v in WHITE))
    )
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body
