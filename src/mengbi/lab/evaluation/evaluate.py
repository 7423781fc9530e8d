"""Paints the prompts with known answers, asks the judge, and holds each figure beside the same of real pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mengbi.brief import Brief
from mengbi.engine import ENGINES
from mengbi.errors import BriefError
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.evaluation.features import Features, features, frechet, nearest, spread
from mengbi.lab.evaluation.judging import Judge, shrunk
from mengbi.lab.evaluation.prompts import KINDS, LANGUAGES, Prompt
from mengbi.lab.evaluation.real import SIDE, real, training
from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.plan import Plan

DEFAULT, UNDER, REAL = "default", "+sketch", "real pictures"
SIZES = {"sketch": 256, DEFAULT: 384}
"""Sides at which is painted before the judge sees it at its own; engines that are not named paint at SIDE."""
BATCH = 8
KNOWN, UNKNOWN = 20241, 77
"""Seeds of the pictures that the painter is trained on, and of real pictures that it never saw."""
TRAINING = 2000
"""Training pictures among which the nearest is looked for."""
TURNED = 5
"""Places between a prompt and that whose picture must not show what it asks for."""
TIMES, SAMPLES = 16, 6
"""Seeds of the prompts whose spread is measured, and how many prompts."""

Tick = Callable[[str, int], None]
"""`tick(what, more)`: so many more pictures were made of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A way of painting that is evaluated; None is the engine's own choice."""

    name: str  # as it was asked for: "sketch", "dream", "dream+sketch", "default", "candidate.onnx"
    engine: str | None = None  # as registered; None: whatever `mengbi paint` takes
    sketch: str = "auto"
    style: str | None = "none"
    side: int = SIDE
    steps: int | None = None
    guidance: float | None = None
    start: float | None = None  # how much of the underdrawing is painted anew

    @property
    def label(self) -> str:
        """Its name and what was chosen."""
        chosen = {"steps": self.steps, "guidance": self.guidance, "start": self.start}
        return " ".join([self.name, *(f"{name} {value:g}" for name, value in chosen.items() if value is not None)])


def setting(name: str, *, side: int | None = None, **chosen: Any) -> Setting:
    """The setting that somebody asks for by a name; an ONNX file becomes an engine. Raises UnknownName, BriefError."""
    wanted, _, under = name.partition("+")
    if wanted == DEFAULT:
        return Setting(name=name, style=None, side=side or SIZES[DEFAULT], **chosen)
    start, file = chosen.get("start"), wanted.endswith(".onnx")
    if under and f"+{under}" != UNDER:
        raise BriefError(f"{name!r} — after an engine's name there may stand {UNDER} and nothing else")
    engine = _candidate(Path(wanted) if file else None, start) if file or start is not None else wanted
    if not file and wanted not in ENGINES.names():
        ENGINES.find(wanted)  # says what there is
    alone = file or wanted == "dream"
    return Setting(
        name=name,
        engine=engine,
        sketch="none" if alone and not under else "auto",
        side=side or SIZES.get(wanted, SIDE),
        **chosen,
    )


def _candidate(path: Path | None, start: float | None) -> str:
    """Registers a dream engine of other weights, or that paints more or less of the underdrawing anew."""
    from mengbi.engine.dream import Dream

    name = " ".join(map(str, filter(None, ("candidate", path, start))))
    if name not in ENGINES.names():
        changed: dict[str, Any] = {} if start is None else {"start": start}
        ENGINES.register(name, lambda: Dream(path, **changed))
    return name


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Painted:
    """All pictures of a setting, each brought to the judge's size. right: bool (seeds, prompts)."""

    setting: Setting
    plan: Plan  # of the first batch: what was chosen
    pictures: Mapping[str, list[list[Pixels]]]  # by language, by seed, by prompt
    right: Mapping[str, np.ndarray[Any, np.dtype[np.bool_]]]


def paint_all(setting: Setting, prompts: Sequence[Prompt], seeds: Sequence[int], judge: Judge, tick: Tick) -> Painted:
    """Every prompt in every language, once a seed, and what the judge says."""
    pictures: dict[str, list[list[Pixels]]] = {}
    right = {}
    for language in LANGUAGES:
        texts = [prompt.texts[language] for prompt in prompts]
        pictures[language] = [list(paint(setting, texts, seed, tick)) for seed in seeds]
        right[language] = np.array([answers(judge, prompts, row) for row in pictures[language]])
    plan = make_plan(_brief(setting, prompts[0].texts["en"], seeds[0]))
    return Painted(setting=setting, plan=plan, pictures=pictures, right=right)


def paint(setting: Setting, texts: Sequence[str], seed: int, tick: Tick) -> Iterator[Pixels]:
    """A picture a text, each of a seed of its own, uint8 (SIDE, SIDE, 3)."""
    for first in range(0, len(texts), BATCH):
        group = enumerate(texts[first : first + BATCH], first)
        plans = [make_plan(_brief(setting, text, 10_000 * seed + place)) for place, text in group]
        together = replace(plans[0], samples=tuple(plan.samples[0] for plan in plans))
        for picture in finish(carry_out(together)):
            yield shrunk(picture.pixels, SIDE)
        tick(setting.label, len(plans))


def _brief(setting: Setting, text: str, seed: int) -> Brief:
    return Brief(
        prompt=text,
        seed=seed,
        size=(setting.side, setting.side),
        engine=setting.engine,
        style=setting.style,
        sketch=setting.sketch,
        steps=setting.steps,
        guidance=setting.guidance,
    )


def answers(judge: Judge, prompts: Sequence[Prompt], pictures: Sequence[Pixels]) -> list[bool]:
    """Whether each picture shows what its prompt asked for."""
    found = judge.look(pictures)
    return [judge.right(prompt, each) for prompt, each in zip(prompts, found, strict=True)]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reality:
    """What real pictures of the same prompts look like. The last row of pictures is only held against the others."""

    pictures: list[list[Pixels]]  # by seed, by prompt
    right: np.ndarray[Any, np.dtype[np.bool_]]  # (seeds + 1, prompts)
    mistaken: float  # how often the judge sees what a prompt asks for in the picture of another prompt
    features: list[Features]
    training: list[Pixels]
    known: Features  # of `training`


def look_around(
    wardrobe: Wardrobe, prompts: Sequence[Prompt], seeds: Sequence[int], judge: Judge, tick: Tick
) -> Reality:
    """Composes the same prompts of the painter's art, and judges that."""
    pictures = [
        [real(wardrobe, prompt.scene, UNKNOWN + 10_000 * seed + place) for place, prompt in enumerate(prompts)]
        for seed in (*seeds, max(seeds) + 1)
    ]
    right, mistaken = [], []
    for row in pictures:
        found = judge.look(row)
        right.append([judge.right(prompt, each) for prompt, each in zip(prompts, found, strict=True)])
        for place, each in enumerate(found):
            asked, there = prompts[(place + TURNED) % len(prompts)].scene.things[0], prompts[place].scene.things
            if asked.concept not in {thing.concept for thing in there}:
                mistaken.append(bool(judge.named(asked, each)))
        tick(REAL, len(row))
    shown = training(wardrobe, KNOWN, TRAINING)
    tick(REAL, len(shown))
    return Reality(
        pictures=pictures,
        right=np.array(right),
        mistaken=float(np.mean(mistaken)),
        features=[features(row) for row in pictures],
        training=shown,
        known=features(shown),
    )


def figures(painted: Painted, reality: Reality, prompts: Sequence[Prompt]) -> dict[str, Any]:
    """Every figure: the mean over seeds, how far seeds differ, and the same of real pictures."""
    kinds = np.array([prompt.kind for prompt in prompts])
    made: dict[str, Any] = {"figures": {}, "deviations": {}}
    for kind in KINDS:
        rows = {language: painted.right[language][:, kinds == kind].mean(axis=1) for language in LANGUAGES}
        rows["real"] = reality.right[:, kinds == kind].mean(axis=1)
        made["figures"][kind] = {name: float(row.mean()) for name, row in rows.items()}
        made["deviations"][kind] = {name: float(row.std()) for name, row in rows.items()}
    seen = {language: [features(row) for row in painted.pictures[language]] for language in LANGUAGES}
    last = reality.features[-1]
    measures: dict[str, Callable[[Features], float]] = {
        "FD-lite0": lambda row: frechet(row, last),
        "nearest": lambda row: float(np.median(nearest(row, reality.known)[0])),
    }
    for name, measure in measures.items():
        rows = {language: np.array([measure(row) for row in seen[language]]) for language in LANGUAGES}
        rows["real"] = np.array([measure(row) for row in reality.features[:-1]])
        made["figures"][name] = {key: float(row.mean()) for key, row in rows.items()}
        made["deviations"][name] = {key: float(row.std()) for key, row in rows.items()}
    return made


def variety(
    setting: Setting, prompts: Sequence[Prompt], wardrobe: Wardrobe, tick: Tick
) -> tuple[dict[str, float], list[list[Pixels]]]:
    """Spread over TIMES seeds, mean of the first SAMPLES prompts, beside real pictures of them; and the pictures."""
    rows, alike, others = [], [], []
    for place, prompt in enumerate(prompts[:SAMPLES]):
        row = [picture for seed in range(TIMES) for picture in paint(setting, [prompt.texts["en"]], 500 + seed, tick)]
        rows.append(row)
        alike.append(spread(features(row)))
        drawn = [real(wardrobe, prompt.scene, UNKNOWN + 1_000_000 + 100 * place + seed) for seed in range(TIMES)]
        others.append(spread(features(drawn)))
    return {"en": float(np.mean(alike)), "real": float(np.mean(others))}, rows


def record(painted: Painted) -> dict[str, Any]:
    """What a setting came to, in JSON values; answers as 1 and 0, a string a seed, in the order of the prompts."""
    plan = painted.plan
    chosen = {name: getattr(plan, name) for name in ("engine", "weights", "steps", "guidance", "sampler")}
    return {
        "setting": asdict(painted.setting),
        "plan": {**chosen, "style": plan.style.name, "size": list(plan.size)},
        "answers": {
            language: ["".join(map(str, row.astype(int))) for row in painted.right[language]] for language in LANGUAGES
        },
    }
