"""An engine of your own: it knows three patterns, and noise decides between those that the prompt names.

    python examples/own_engine.py        paints four of them into patterns.png

In a package of your own, one line registers it, and `mengbi paint "rings or checks" --engine patterns` finds it:

    [project.entry-points.mengbi]
    patterns = "own_engine:register"
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mengbi.engine import ENGINES, Step
from mengbi.engine.denoiser import Array
from mengbi.engine.editing import pixels_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.schedules import cosine
from mengbi.noise import gaussian
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.style import Style


def patterns(width: int, height: int) -> dict[str, Array]:
    """All that this engine has ever seen: float32 (3, height, width) in [−1, 1] each."""
    y, x = np.mgrid[:height, :width] - np.array([height, width])[:, None, None] / 2
    planes = {
        "stripes": np.sin(0.4 * x),
        "rings": np.sin(0.4 * np.hypot(x, y)),
        "checks": np.sin(x / 4) * np.sin(y / 4),
    }
    return {name: np.stack([plane, 0.5 * plane, -0.7 * plane]).astype(np.float32) for name, plane in planes.items()}


def ideal(z: Array, t: float, conditions: Sequence[list[Array]], /) -> Array:
    """The Denoiser: E[x | z] where x is any of the pictures in a row's condition, each as likely as the others."""
    x0 = np.zeros_like(z)
    for index, (row, pictures) in enumerate(zip(z, conditions, strict=True)):
        distance = np.array([np.square(row - t * picture).sum() for picture in pictures])
        shares = np.exp((distance.min() - distance) / (2 * (1 - t) ** 2))
        for share, picture in zip(shares / shares.sum(), pictures, strict=True):
            x0[index] += share * picture
    return x0


class Patterns:
    """The Engine: a Plan goes in, Steps come out."""

    name = "patterns"
    title = "stripes, rings and checks: an example of an engine"
    uses = frozenset({"steps", "guidance", "sampler"})
    defaults: Mapping[str, Any] = {"steps": 12, "guidance": 1.0, "sampler": "heun"}
    weights = ""

    def paint(self, plan: Plan) -> Iterator[Step]:
        """Starts every sample from the noise of its own seed and walks to the picture."""
        known = patterns(*plan.size)
        wishes = []
        for sample in plan.samples:
            named = [picture for name, picture in known.items() if name in sample.prompt]
            wishes.append(Wish(toward=((named or list(known.values()), 1.0),), away=list(known.values())))
        denoise = guided(ideal, wishes, Guidance(scale=plan.guidance))
        seeds, shape = tuple(sample.seed for sample in plan.samples), (3, plan.size[1], plan.size[0])
        times = cosine(plan.steps)
        sampler = SAMPLERS.find(plan.sampler)
        for state in sampler(denoise, gaussian(seeds, 0, shape), times, lambda step: gaussian(seeds, 1 + step, shape)):
            pixels = pixels_of(state.x0)
            pictures = [Picture(pixels=row, plan=plan.only(i)) for i, row in enumerate(pixels)] if state.t == 1 else []
            yield Step(done=state.t, stage="denoise", images=pixels, pictures=tuple(pictures))


def register() -> None:
    """The entry point."""
    ENGINES.register("patterns", Patterns)


if __name__ == "__main__":
    register()
    samples = tuple(Sample(seed=seed, prompt="rings or checks", scene=Scene()) for seed in range(7, 11))
    style = Style(name="none", title="", title_zh="", sentence="")
    plan = Plan(
        version="", engine="patterns", weights="", size=(128, 96), samples=samples, style=style, **Patterns.defaults
    )
    for step in ENGINES.find("patterns")().paint(plan):
        print(f"{step.done:4.0%}")
    Image.fromarray(np.hstack([picture.pixels for picture in step.pictures])).save("patterns.png")
    print(Path("patterns.png").resolve())
