"""The dream model, in three sizes."""

from collections.abc import Callable
from dataclasses import dataclass

from mengbi.engine.guidance import Guidance
from mengbi.lab.data.stream import EARLY, LATE, Mix
from mengbi.lab.recipes import Recipe

PROMPTS = (
    "a red fox in the snow",
    "一只蓝色的猫",
    "a sailing boat on the sea at sunset",
    "three yellow stars in the night sky",
    "a pink flower",
    "森林里的小房子",
    "a robot",
    "un poisson orange sous l'eau",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A part of a run with data of its own. Each ends in weights that can be used."""

    until: float  # share of the steps of the run
    mix: Mix


THINGS_THEN_SCENES = (Stage(until=0.35, mix=EARLY), Stage(until=1.0, mix=LATE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Painting(Recipe):
    """A run of a network that sees a picture behind noise, by words and after a sketch."""

    words_dropped: float = 0.1  # share of the examples painted without words, so that guidance can be learnt
    control_dropped: float = 0.7  # share of the examples painted without a sketch to follow
    prompts: tuple[str, ...] = ()  # painted on every sheet
    stages: tuple[Stage, ...] = THINGS_THEN_SCENES
    looks: int = 0  # what a student paints in, see `distill`; 0: no student, it learns from the pictures themselves
    folded: Guidance | None = None  # the student learns to paint what its teacher paints so guided


def gpu() -> Painting:
    """The transformer at 128 pixels: some six million pictures in half an hour of one H100."""
    return Painting(
        model={"kind": "transformer", "size": 128, "patch": 8, "width": 384, "depth": 12, "heads": 6},
        batch=256,
        steps=24_000,
        warmup=500,
        log_every=100,
        sheet_every=3000,
        save_minutes=3.0,
        prompts=PROMPTS,
    )


def cpu() -> Painting:
    """The convolutional network at 128 pixels, for one quiet thread: some 14 pictures a second of a core to itself.

    It folds 4 × 4 pixels, so it costs no more than 64 pixels folded 2 × 2, learns the same composition minute for
    minute, and follows a drawing in twice the detail. Every other picture has a sketch to follow: what a young network
    does best is to finish one.
    """
    return Painting(
        model={"kind": "unet", "size": 128, "patch": 4, "widths": [48, 96, 256], "blocks": [2, 2, 2]},
        batch=16,
        steps=24_000,
        rate=6e-4,
        warmup=300,
        control_dropped=0.5,
        log_every=50,
        sheet_every=500,
        save_minutes=5.0,
        prompts=PROMPTS,
    )


def smoke() -> Painting:
    """A minute: shows that everything turns, and paints coloured clouds."""
    return Painting(
        model={
            "kind": "unet",
            "size": 32,
            "patch": 2,
            "widths": [32, 64],
            "blocks": [1, 1],
            "read": [1],
            "attend": [1],
        },
        batch=8,
        steps=120,
        rate=1e-3,
        warmup=10,
        average=0.98,
        log_every=10,
        sheet_every=60,
        save_minutes=0.1,
        prompts=PROMPTS[:2],
    )


PRESETS: dict[str, Callable[[], Painting]] = {"gpu": gpu, "cpu": cpu, "smoke": smoke}
