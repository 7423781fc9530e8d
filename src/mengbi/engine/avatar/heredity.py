"""Genes: which numbers of the network make which part of a face, and how a child comes by its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mengbi.engine.avatar.chance import completed
from mengbi.engine.avatar.looks import STYLE, of_group
from mengbi.face import PARTS, Face, remembered
from mengbi.noise import gaussian, generator
from mengbi.text.portrait import Said

NUMBERS = 8
"""Of each gene."""
STREAM, CROSSING = 640, 642
"""Of the generator: of genes, and of what a child takes from whom."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """What is passed on together, so that a child has a parent's whole hair and not half of it."""

    parts: tuple[str, ...]
    groups: tuple[str, ...] = ()  # of traits
    worn: tuple[str, ...] = ()  # traits of those that are worn
    sliders: tuple[str, ...] = ()


LINKED: Mapping[str, Linked] = {
    "look": Linked(parts=("head",), groups=(STYLE,), sliders=("comic", "ink", "toon", "flat", "age")),
    "hair": Linked(parts=("hair", "rear hair"), groups=("hair",), sliders=("hair",)),
    "hair colour": Linked(parts=("shade of hair",), groups=("color",)),
    "skin": Linked(parts=("shade of skin",), groups=("skin",)),
    "eyes": Linked(parts=("eyes", "brows")),
    "nose": Linked(parts=("nose",)),
    "mood": Linked(parts=("mouth",), groups=("mood",), sliders=("smile",)),
    "glasses": Linked(parts=("glasses",), worn=("glasses", "sunglasses")),
    "ears": Linked(parts=("earrings",), worn=("earrings",)),
    "chin": Linked(parts=("beard",), worn=("moustache", "beard")),
    "cheeks": Linked(parts=("details",), worn=("freckles", "blush")),
    "headdress": Linked(parts=("headdress",), worn=("flowers", "hat")),
    "clothes": Linked(parts=("shade of clothes", "cut of clothes"), groups=("clothes",)),
}
SEEN = ("look", "hair", "hair colour", "skin", "mood")
"""What one knows a parent by: a child has of these from both."""


def latent(face: Face) -> NDArray[np.float32]:
    """The face's genes as the network takes them, float32 (1, len(PARTS) · NUMBERS)."""
    seeds = face.genes or (face.seed,) * len(PARTS)
    whole = {seed: gaussian((seed,), STREAM, (len(PARTS), NUMBERS)) for seed in set(seeds)}
    return np.stack([whole[seed][0, index] for index, seed in enumerate(seeds)]).reshape(1, -1)


def cross(first: Face, second: Face, seed: int) -> Face:
    """A child of two faces: every part and trait is wholly one parent's; another seed, another child."""
    from_second = _drawn(seed)
    parents = (first, second)
    seeds = [parent.genes or (parent.seed,) * len(PARTS) for parent in parents]
    genes, traits, sliders = [0] * len(PARTS), dict[str, float](), dict[str, float]()
    for name, linked in LINKED.items():
        whose = from_second[name]
        giver = parents[whose]
        for part in linked.parts:
            genes[PARTS.index(part)] = seeds[whose][PARTS.index(part)]
        for group in linked.groups:
            traits |= of_group(giver.traits, group) or of_group(parents[1 - whose].traits, group)
        traits |= {worn: giver.traits[worn] for worn in linked.worn if worn in giver.traits}
        sliders |= {slider: giver.sliders[slider] for slider in linked.sliders if slider in giver.sliders}
    traits = dict(completed(Said(), traits, seed))  # clothes, where both parents show none and the child's look does
    child = Face(seed=seed, traits=traits, sliders=sliders, genes=tuple(genes), parents=parents)
    return remembered(child)


def _drawn(seed: int) -> Mapping[str, int]:
    """From whom each of LINKED comes, 0 or 1; of what is SEEN two or three from each."""
    rng = generator(seed, CROSSING)
    drawn = {name: int(rng.integers(2)) for name in LINKED}
    seen = rng.permutation(np.array(SEEN))
    few = 2 + int(rng.integers(2))
    return drawn | {str(name): int(index < few) for index, name in enumerate(seen)}
