"""A Plan: a Brief with every choice made. The same Plan always gives the same picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mengbi.brief import AS_IT_IS, MAX_PICTURES, MAX_SIDE, MIN_SIDE, Brief
from mengbi.errors import BriefError
from mengbi.face import Face, face_from_dict
from mengbi.scene import Scene, scene_from_dict
from mengbi.source import Source
from mengbi.style import Style, style_from_dict

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One picture of a batch: its seed, its words after wildcards were drawn, and what was understood of them."""

    seed: int
    prompt: str
    scene: Scene
    labels: tuple[tuple[str, float], ...] = ()  # of an own network: those that the words were taken for, and shares
    face: Face | None = None  # of an avatar

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        face = {"face": self.face.to_dict()} if self.face else {}
        return {"seed": self.seed, "prompt": self.prompt, "scene": self.scene.to_dict(), **labels, **face}


@dataclass(frozen=True, kw_only=True, slots=True)
class Touch:
    """A finishing step after the brush: its name in `mengbi.finish.TOUCHES`, and its settings by name, JSON values."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"touch": self.name, **self.settings}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """All that a picture depends on, and nothing that it does not."""

    version: str  # of mengbi
    engine: str
    weights: str  # digest of what the engine paints with; "" where it has none
    size: tuple[int, int]  # width, height in pixels
    samples: tuple[Sample, ...]
    style: Style
    negative: str = ""
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    photo: Source | None = None
    strength: float | None = None
    mask: Source | None = None
    sketch: Source | Literal["auto", "none"] = "auto"
    style_image: Source | None = None  # a picture to paint in the manner of, instead of trained brushes
    finish: tuple[Touch, ...] = ()  # what is done after the brush, in order; the last gives the picture its size

    def only(self, index: int) -> "Plan":
        """The same plan for one picture of the batch."""
        return replace(self, samples=(self.samples[index],))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values without anybody's folders; `plan_from_dict` reads them back."""
        return {
            "format": FORMAT,
            "version": self.version,
            "engine": self.engine,
            "weights": self.weights,
            "size": list(self.size),
            "samples": [sample.to_dict() for sample in self.samples],
            "style": self.style.to_dict(),
            "negative": self.negative,
            "steps": self.steps,
            "guidance": self.guidance,
            "sampler": self.sampler,
            "photo": _source_to_dict(self.photo),
            "strength": self.strength,
            "mask": _source_to_dict(self.mask),
            "sketch": self.sketch if isinstance(self.sketch, str) else _source_to_dict(self.sketch),
            "style_image": _source_to_dict(self.style_image),
            "finish": [touch.to_dict() for touch in self.finish],
        }


def plan_from_dict(data: Any) -> Plan:
    """A Plan from JSON values, which may be anybody's. Raises BriefError if it is none, or is of a later format."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise BriefError(f"not a plan that this version reads (format {FORMAT}); a newer Mengbi may have made it")
    try:
        sketch = data["sketch"]
        plan = Plan(
            version=str(data["version"]),
            engine=str(data["engine"]),
            weights=str(data["weights"]),
            size=(data["size"][0], data["size"][1]),
            samples=tuple(_sample(sample) for sample in data["samples"]),
            style=style_from_dict(data["style"]),
            negative=str(data["negative"]),
            steps=data["steps"],
            guidance=data["guidance"],
            sampler=None if data["sampler"] is None else str(data["sampler"]),
            photo=_source_from_dict(data["photo"]),
            strength=data["strength"],
            mask=_source_from_dict(data["mask"]),
            sketch=sketch if sketch in ("auto", "none") else _source_from_dict(sketch) or "none",
            style_image=_source_from_dict(data.get("style_image")),  # plans before there were any have none
            finish=tuple(_touch(touch) for touch in data.get("finish", [])),
        )
        _check(plan)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise BriefError(f"a damaged plan: {error!r}") from error
    return plan


def _sample(data: Mapping[str, Any]) -> Sample:
    labels = tuple((str(label), float(share)) for label, share in data.get("labels", {}).items())
    if not all(0 <= share <= 1 for _, share in labels):  # also refuses nan
        raise ValueError("labels whose shares are none")
    return Sample(
        seed=data["seed"],
        prompt=str(data["prompt"]),
        scene=scene_from_dict(data["scene"]),
        labels=labels,
        face=None if data.get("face") is None else face_from_dict(data["face"]),
    )


def _touch(data: Mapping[str, Any]) -> Touch:
    return Touch(name=str(data["touch"]), settings={str(key): data[key] for key in data if key != "touch"})


def _check(plan: Plan) -> None:
    """A plan's numbers have the limits of a wish's."""
    if not 1 <= len(plan.samples) <= MAX_PICTURES:
        raise BriefError(f"a damaged plan: {len(plan.samples)} pictures; 1 to {MAX_PICTURES}")
    if plan.photo is None and max(plan.size) > MAX_SIDE:
        raise BriefError(f"a damaged plan: {plan.size[0]}x{plan.size[1]} pixels and no photo; sides up to {MAX_SIDE}")
    least = 1 if plan.engine == AS_IT_IS else MIN_SIDE
    if not all(type(side) is int and side >= least for side in plan.size):
        raise BriefError(f"a damaged plan: {plan.size[0]!r}x{plan.size[1]!r} pixels; each side is at least {least}")
    for sample in plan.samples:
        Brief(
            prompt=sample.prompt,
            negative=plan.negative,
            size=(max(plan.size[0], MIN_SIDE), max(plan.size[1], MIN_SIDE)),
            seed=sample.seed,
            steps=plan.steps,
            guidance=plan.guidance,
            photo="",  # there or not is for the engine to say
            strength=plan.strength,
        )


def _source_to_dict(source: Source | None) -> dict[str, str] | None:
    return None if source is None else {"name": source.name, "sha256": source.sha256}


def _source_from_dict(data: Mapping[str, str] | None) -> Source | None:
    if data is None:
        return None
    source = Source(path=str(data["name"]), sha256=str(data["sha256"]))
    return replace(source, path=source.name)  # a plan from elsewhere names no folder of this machine
