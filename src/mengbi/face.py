"""A Face: what an avatar is drawn from, and whom it comes from. Facts, no pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mengbi.errors import BriefError

PARTS = (
    "hair", "rear hair", "mouth", "eyes", "brows", "nose", "head", "glasses", "earrings", "beard", "details",
    "headdress", "shade of hair", "shade of skin", "shade of clothes", "cut of clothes",
)  # fmt: skip
"""What each gene decides, as far as the traits leave it open."""
MAX_GENERATIONS = 6
"""Of a family: what is kept of it, and what is read of anybody's."""
MAX_SEED, MAX_NAMES, MAX_NAME = 2**63 - 1, 64, 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """Equal faces are drawn alike; parents are remembered, and change nothing of it.

    traits: by name, how much of each, 0 to 1; sliders: by name, −1 to 1; genes: of each of PARTS, the seed that it
    comes from; none at all: all from the face's own.
    """

    seed: int
    traits: Mapping[str, float] = field(default_factory=dict)
    sliders: Mapping[str, float] = field(default_factory=dict)
    genes: tuple[int, ...] = ()
    parents: tuple["Face", "Face"] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `face_from_dict` reads them back."""
        said: dict[str, Any] = {"seed": self.seed, "traits": dict(self.traits)}
        if self.sliders:
            said["sliders"] = dict(self.sliders)
        if self.genes:
            said["genes"] = list(self.genes)
        if self.parents:
            said["parents"] = [parent.to_dict() for parent in self.parents]
        return said


def face_from_dict(data: Any) -> Face:
    """A Face from JSON values, which may be anybody's. Raises BriefError naming what is none."""
    return _face(data, MAX_GENERATIONS)


def wishes_from_dict(data: Any) -> Mapping[str, Any]:
    """What a Brief may say of a face: any part of one, of which the rest is left to chance. Raises BriefError.

    Returns those of "seed" int, "traits", "sliders", "genes", and "parents" as two Faces, that were said.
    """
    found = {name: value for name, value in _mapping("a face", data).items() if value is not None}
    unknown = sorted(set(found) - {"seed", "traits", "sliders", "genes", "parents"})
    if unknown:
        raise BriefError(f"a face has no {unknown[0][:MAX_NAME]!r}; it has seed, traits, sliders, genes, parents")
    face = face_from_dict({"seed": 0, **found})
    return {name: getattr(face, name) for name in found}


def remembered(face: Face, generations: int = MAX_GENERATIONS) -> Face:
    """The same face, and of those that it comes from so many generations, its own the first."""
    if face.parents is None or generations < 2:
        return replace(face, parents=None)
    first, second = (remembered(parent, generations - 1) for parent in face.parents)
    return replace(face, parents=(first, second))


def _face(data: Any, generations: int) -> Face:
    if generations < 1:
        raise BriefError(f"a family of more than {MAX_GENERATIONS} generations; leave the oldest out")
    data = _mapping("a face", data)
    parents, genes = data.get("parents"), data.get("genes") or ()
    if parents is not None and not (isinstance(parents, list | tuple) and len(parents) == 2):
        raise BriefError("parents of a face — two faces, as [{…}, {…}]")
    if not isinstance(genes, list | tuple) or len(genes) not in (0, len(PARTS)):
        raise BriefError(f"genes of a face — {len(PARTS)} seeds, or none")
    first, second = (None, None) if parents is None else (_face(parent, generations - 1) for parent in parents)
    return Face(
        seed=_seed(data.get("seed")),
        traits=_amounts("trait", data.get("traits") or {}, 0),
        sliders=_amounts("slider", data.get("sliders") or {}, -1),
        genes=tuple(_seed(gene) for gene in genes),
        parents=None if first is None or second is None else (first, second),
    )


def _seed(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SEED:
        raise BriefError(f"seed {str(value)[:40]} of a face — a whole number from 0 to {MAX_SEED}")
    return value


def _amounts(what: str, data: Any, least: int) -> dict[str, float]:
    data = _mapping(f"the {what}s of a face", data)
    if len(data) > MAX_NAMES:
        raise BriefError(f"a face with {len(data)} {what}s; at most {MAX_NAMES}")
    found = {}
    for name, amount in data.items():
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
            raise BriefError(f"a {what} of a face without a name; for example {{'smile': 1}}")
        if type(amount) not in (int, float) or not least <= amount <= 1:  # also refuses nan
            raise BriefError(f"{what} {name!r} {str(amount)[:40]} of a face — a number from {least} to 1")
        found[name] = float(amount)
    return found


def _mapping(what: str, data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise BriefError(f"{what} is an object, as {{'traits': {{'smile': 1}}}}; not {str(data)[:40]!r}")
    return data
