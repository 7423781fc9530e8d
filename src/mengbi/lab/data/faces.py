"""Faces with everything known about them: DiceBear's parts, put together by chance and by rules of good taste.

`face(seed, index)` is always the same face; the avatar network learns from a folder of them. Styles and licences:
adventurer and lorelei by Lisa Wischofsky (CC BY 4.0, CC0 1.0), toon-head by Johan Melin (CC BY 4.0), personas by
Draftbit (CC BY 4.0).
"""

import hashlib
import importlib
import io
import json
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from statistics import NormalDist
from typing import Any, TypeVar

import click
import numpy as np
import resvg_py
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import AssetError
from mengbi.files import write_whole
from mengbi.lab.commands import PACK
from mengbi.lab.data.crew import crew
from mengbi.lab.data.folder import shuffled
from mengbi.lab.data.packages import fetch
from mengbi.lab.data.sources import DICEBEAR
from mengbi.noise import generator
from mengbi.settings import threads
from mengbi.text.traits import as_numbers, traits

T = TypeVar("T")

FACES = PACK.parent.parent / "faces"
SEED, RULES, BLOCK = 1, 3, 256
"""Of all faces; the rules below, to be counted up when they change; and faces that are drawn at a time."""
UNSEEN = 1 << 32
"""The first of the faces that are kept for measuring."""

MOODS = {"smile": 6, "laugh": 4, "calm": 2, "sad": 1.5, "angry": 1.5, "surprised": 1.5, "wink": 2, "sleepy": 1.5}
WORN = {
    "glasses": 0.3, "sunglasses": 0.14, "earrings": 0.22, "freckles": 0.12, "blush": 0.16, "moustache": 0.14,
    "beard": 0.18, "flowers": 0.28, "hat": 0.2,
}  # fmt: skip
"""How often each mood, and each thing, where a style has it: oftener than people wear them, for all must be learnt."""
SHORN = frozenset({"bald", "buzz", "short", "curly", "mohawk"})
FLOWING = frozenset({"bob", "long", "wavy", "bun", "ponytail"})
NEEDS = {"moustache": SHORN, "beard": SHORN, "flowers": FLOWING, "earrings": FLOWING | {"pigtails", "curly", "bald"}}
"""Hair that goes with it."""
ENDS = ("Probability", "Variant")
FAINTER = 'opacity=".36"', 'opacity=".08"'
"""The white on faces of personas makes brown skin grey."""
GENES, OF_A_GENE = 16, 8
"""A point z of the network's latent space is so many genes of so many numbers; a gene decides one thing below."""
DECIDES = {
    "hair": 0, "rearHair": 1, "mouth": 2, "eyes": 3, "eyebrows": 4, "nose": 5, "head": 6, "glasses": 7, "earrings": 8,
    "beard": 9, "facialHair": 9, "details": 10, "freckles": 10, "hairAccessories": 11, "clothes": 15, "body": 15,
}  # fmt: skip
WORN_ON_HAIR = 11
SHADES = {"hair": 12, "skin": 13, "clothes": 14}
TOGETHER = ({"glasses", "sunglasses"}, {"moustache", "beard"}, {"freckles", "blush", "moustache"})
"""Of each of these one at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """A style, its options as DiceBear takes them, and what one sees.

    Given the traits, all that is left open is decided by z: which of the parts that show a trait, by the largest of a
    gene's first numbers, one for each; and which shade of a colour, by how far along the normal distribution it is.
    """

    style: str
    options: Mapping[str, Any]
    traits: tuple[str, ...]
    numbers: NDArray[np.float32] = field(compare=False)  # see `text.traits.as_numbers`
    z: NDArray[np.float32] = field(compare=False)  # (GENES, OF_A_GENE), standard normal


def face(seed: int, index: int) -> Face:
    """The face of an index."""
    rng = generator(seed, index)
    z = rng.standard_normal((GENES, OF_A_GENE), dtype=np.float32)
    style = _one(list(_styles()), rng)
    table = _styles()[style]
    hair = _one(list(table["hair"]), rng)
    mood = _one([name for name in MOODS if name in table["mood"]], rng, MOODS)
    worn = _worn(table["wears"], hair, rng)
    options: dict[str, Any] = {"seed": "one", "backgroundColor": []}
    options |= {f"{part}Probability": 0 for parts in table["wears"].values() for part in parts}
    for part, variants in {**table.get("usual", {}), "hair": table["hair"][hair], **table["mood"][mood]}.items():
        _put(options, part, _decided(z[DECIDES[part]], variants.split()))
    for name in worn:
        for part, variants in table["wears"][name].items():
            _put(options, part, _decided(z[_gene(part, worn=True)], variants.split()))
    seen = [style, *([] if "hat" in worn else [hair]), mood, *worn]
    chosen: dict[str, tuple[str, str]] = {}
    for part, kind in table["dyed"].items():
        if kind not in chosen:
            name = _one([name for name in _table()["colors"][kind] if name not in table.get("without", ())], rng)
            chosen[kind] = name, _shade(z[SHADES[kind]], _table()["colors"][kind][name])
        options[f"{part}Color"] = [chosen[kind][1]]
    seen += [name for kind, (name, _) in chosen.items() if kind != "hair" or not ({"bald"} & {hair} or "hat" in worn)]
    return Face(style=table["source"], options=options, traits=tuple(seen), numbers=as_numbers(seen), z=z)


def _decided(gene: NDArray[np.float32], variants: Sequence[str]) -> str:
    return variants[int(gene[: len(variants)].argmax())]


def _shade(gene: NDArray[np.float32], colors: Sequence[str]) -> str:
    """Between the colours "#rrggbb" of a list, all shades alike often."""
    place = NormalDist().cdf(float(gene[0])) * (len(colors) - 1)
    stops = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors])
    shade = [round(float(np.interp(place, range(len(colors)), channel))) for channel in stops.T]
    return "#" + "".join(f"{value:02x}" for value in shade)


def parts() -> list[list[int]]:
    """Of every part that can be seen: the numbers of its style and trait, its gene, of how many it is one, and which.

    A part that no trait asks for has the style's number as its trait's.
    """
    known = list(traits())
    found = []
    for style, table in _styles().items():
        shown = [(style, part, variants) for part, variants in table.get("usual", {}).items()]
        shown += [(hair, "hair", variants) for hair, variants in table["hair"].items()]
        for group in ("mood", "wears"):
            shown += [(name, *each) for name, showing in table[group].items() for each in showing.items()]
        for trait, part, variants in shown:
            gene = _gene(part, worn=trait in table["wears"])
            count = len(variants.split())
            found += [[known.index(style), known.index(trait), gene, count, which] for which in range(count)]
    return found


def shades() -> list[list[int]]:
    """Of every colour the number of its trait, and the gene of its shade."""
    known = list(traits())
    return [[known.index(name), SHADES[kind]] for kind, names in _table()["colors"].items() for name in names]


def _gene(part: str, *, worn: bool) -> int:
    return WORN_ON_HAIR if worn and part == "hair" else DECIDES[part]


def _worn(offered: Mapping[str, Any], hair: str, rng: np.random.Generator) -> tuple[str, ...]:
    """What goes with the hair and with each other."""
    worn: list[str] = []
    for name, often in WORN.items():
        taken = any(name in group and group & set(worn) for group in TOGETHER)
        if rng.random() < often and name in offered and hair in NEEDS.get(name, {hair}) and not taken:
            worn.append(name)
    return tuple(worn)


def _put(options: dict[str, Any], part: str, variant: str) -> None:
    """A variant of a part; "front+back" is hair of two parts."""
    front, _, back = variant.partition("+")
    options[f"{part}Variant"], options[f"{part}Probability"] = [front], 100
    if part == "hair":
        options["rearHairProbability"] = 100 if back else 0
        if back:
            options["rearHairVariant"] = [back]


def draw(wanted: Face, styles: Mapping[str, Any], size: int) -> NDArray[np.uint8]:
    """The face, uint8 (size, size, 4), on nothing. styles: as `open_styles` gives them."""
    avatar, style = styles["Avatar"], styles[wanted.style]
    names = {f"{part}Probability" for part in style.parts} | {f"{part}Variant" for part in style.parts}
    options = {key: value for key, value in wanted.options.items() if key in names or not key.endswith(ENDS)}
    svg = str(avatar(style.style, options)).replace(*FAINTER)
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=2 * size, height=2 * size, skip_system_fonts=True))
    image = Image.open(io.BytesIO(png)).convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA")
    return np.asarray(image)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Faces:
    """A folder of faces, ready to learn from."""

    pixels: NDArray[np.uint8]  # (n, size, size, 4), a memory map
    numbers: NDArray[np.uint8]  # (n, len(traits())), 0 or 1, see `text.traits`
    points: NDArray[np.float32]  # (n, GENES · OF_A_GENE), z of each
    digest: str  # of all that they are made of
    source: str
    licence: str = "CC0-1.0 and CC-BY-4.0"
    consent: str = "drawn, of nobody"

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the traits."""
        return tuple(traits())

    @property
    def report(self) -> str:
        """A line about it."""
        return f"{len(self):,} faces of {self.pixels.shape[1]} pixels, {self.numbers.mean(0).astype(bool).sum()} traits"


@dataclass(frozen=True, slots=True)
class FaceBatch:
    """n of them."""

    arrays: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]  # pixels, numbers, points
    cursor: int


def batches(faces: Faces, *, batch: int, seed: int) -> Callable[[int], Iterator[FaceBatch]]:
    """Endless streams of faces from any cursor, each once an epoch."""
    everyone, pixels, points = np.arange(len(faces)), np.asarray(faces.pixels), np.asarray(faces.points)

    def stream(cursor: int) -> Iterator[FaceBatch]:
        for rows, _, end in shuffled(everyone, batch=batch, seed=seed, cursor=cursor):
            yield FaceBatch((pixels[rows], faces.numbers[rows], points[rows]), end)

    return stream


def make_faces(out: Path, count: int, size: int, wheel: Path, tick: Callable[[int], None] = lambda _: None) -> None:
    """Draws faces 0 to count − 1 into the folder `out`, which is there whole or not at all.

    tick: gets how many more are drawn. Raises AssetError, OutputError, StorageError.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".faces-", dir=out.parent))
    try:
        pixels = open_memmap(part / "pixels.npy", "w+", np.uint8, (count, size, size, 4))
        numbers = open_memmap(part / "numbers.npy", "w+", np.uint8, (count, len(traits())))
        points = open_memmap(part / "points.npy", "w+", np.float32, (count, GENES * OF_A_GENE))
        with crew(threads(), _open, wheel) as pool:
            firsts = range(0, count, BLOCK)
            for first, block in zip(firsts, pool.map(partial(_block, size, count), firsts), strict=True):
                for whole, rows in zip((pixels, numbers, points), block, strict=True):
                    whole[first : first + len(rows)] = rows
                tick(len(block[0]))
        for whole in (pixels, numbers, points):
            whole.flush()
        digest = hashlib.sha256(f"{SEED} {count} {size} {RULES}".encode() + wheel.read_bytes() + _words().encode())
        write_whole(part / "faces.json", json.dumps({"digest": digest.hexdigest()}).encode())
        shutil.rmtree(out, ignore_errors=True)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def unseen(count: int, size: int) -> tuple[NDArray[Any], ...]:
    """Pixels, numbers and points of faces that no folder of them has. Raises AssetError."""
    _open(fetch(DICEBEAR, FACES.parent / "packages"))
    return _drawn([face(SEED, UNSEEN + index) for index in range(count)], size)


def open_faces(folder: Path | None = None) -> Faces:
    """The faces in a folder, or in the usual one. Raises AssetError where there are none."""
    folder = folder or FACES
    try:
        digest = json.loads((folder / "faces.json").read_text())["digest"]
        pixels, numbers, points = (
            np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("pixels", "numbers", "points")
        )
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(f"{folder} — no faces ({error}); make some with: mengbi lab data faces") from error
    return Faces(pixels=pixels, numbers=numbers, points=points, digest=digest, source=str(folder))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=FACES, help="Folder for them.")
@click.option("--count", type=click.IntRange(min=16), default=40_000, show_default=True)
@click.option("--size", type=click.Choice(["32", "64", "128"]), default="128", show_default=True, help="Pixels a side.")
def faces(out: Path, count: int, size: str) -> None:
    """Draw faces with everything known about them, for the avatar network to learn from."""
    from rich.progress import Progress

    from mengbi.faces.say import console

    wheel = fetch(DICEBEAR, FACES.parent / "packages")
    screen = console()
    with Progress(console=screen, disable=not screen.is_terminal) as bar:
        line = bar.add_task("faces", total=count)
        make_faces(out, count, int(size), wheel, lambda more: bar.advance(line, more))
    click.echo(f"{out}: {open_faces(out).report}")


_opened: dict[str, Any] = {}


def _open(wheel: Path) -> None:
    _opened.update(open_styles(wheel))


def _block(size: int, count: int, first: int) -> tuple[NDArray[Any], ...]:
    return _drawn([face(SEED, index) for index in range(first, min(first + BLOCK, count))], size)


def _drawn(wanted: Sequence[Face], size: int) -> tuple[NDArray[Any], ...]:
    """Pixels, numbers and points."""
    drawn = np.stack([draw(each, _opened, size) for each in wanted])
    return drawn, np.stack([each.numbers for each in wanted]), np.stack([each.z.ravel() for each in wanted])


@dataclass(frozen=True, slots=True)
class _Style:
    style: Any
    parts: frozenset[str]


def open_styles(wheel: Path) -> dict[str, Any]:
    """DiceBear's styles in the wheel of `dicebear-styles`. Raises AssetError where dicebear-core is missing."""
    try:
        dicebear = importlib.import_module("dicebear")
    except ImportError as error:
        raise AssetError(f"dicebear-core cannot be imported ({error}); pip install 'mengbi[lab]'") from error
    found: dict[str, Any] = {"Avatar": dicebear.Avatar}
    with zipfile.ZipFile(wheel) as archive:
        for name in {table["source"] for table in _styles().values()}:
            definition = json.loads(archive.read(f"dicebear_styles/{name}.json"))
            found[name] = _Style(dicebear.Style(definition), frozenset(definition["components"]))
    return found


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_words())


def _styles() -> dict[str, Any]:
    return {name: table for name, table in _table().items() if name != "colors"}


def _words() -> str:
    return (Path(__file__).parent / "faces.toml").read_text("utf-8")


def _one(choices: Sequence[T], rng: np.random.Generator, often: Mapping[T, float] | None = None) -> T:
    shares = np.array([often[choice] if often else 1.0 for choice in choices])
    return choices[int(rng.choice(len(choices), p=shares / shares.sum()))]
