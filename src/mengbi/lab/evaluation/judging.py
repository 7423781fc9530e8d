"""The judge at work: what it finds in a picture, and whether that is what a prompt asked for."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi import weights
from mengbi.errors import AssetError
from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.prompts import Prompt
from mengbi.lab.export import session
from mengbi.scene import Relation, Thing

SEEN = 0.2
"""Of 1, how sure it must be that something is there."""
COUNTED, FALLEN = 0.25, 0.5
"""How sure for each of several, and what share of the surest one's sureness."""
COPIES = 0.15
"""Of a picture's side, how far copies of a thing are apart: what is nearer to a surer one is a part of that."""
NAMED = 0.04
"""How sure the name of what is there must be: it is asked for, so it may be the second guess. See `mistaken`."""
APART = 0.03
"""Of a picture's side, how far one centre must lie beyond another to be left of it, or above it."""
NEAR = 3
"""Cells of the finest map, a forty-eighth of a side each, around a centre in which there is no other."""
DISTANCES = (1.0, 1.5)
"""How much nearer it looks than it learnt to: small things are better seen so, and large ones worse."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Finding:
    """Something in a picture."""

    x: float  # of its centre, 0 to 1 from the left
    y: float  # 0 to 1 from above
    sure: float  # 0 to 1, that something is there
    concepts: NDArray[np.float32]  # how likely it is each of the judge's concepts; the last: none of them
    colors: NDArray[np.float32]  # how likely it has each of the judge's colours


class Judge:
    """An opened judge: the shipped one, or the bytes of another."""

    def __init__(self, data: bytes | None = None, threads: int = 1) -> None:
        """Raises AssetError where the weights are missing or are no judge's."""
        data = weights.read("judge") if data is None else data
        self._session = session(data, threads)
        notes = self._session.get_modelmeta().custom_metadata_map
        try:
            known = json.loads(notes["judge"])
        except (KeyError, ValueError) as error:
            raise AssetError("these weights are no judge's; train one with: mengbi lab judge") from error
        self.side: int = known["side"]
        self.concepts = {name: place for place, name in enumerate(known["concepts"])}
        self.colors = {name: place for place, name in enumerate(known["colors"])}

    def look(self, pictures: Sequence[Pixels]) -> list[list[Finding]]:
        """What is in each picture, uint8 (h, w, 3) of any size, the surest first.

        It looks four times, from two distances and in a mirror, and takes the mean of what it believes.
        """
        found = []
        for picture in pictures:
            looks = [self._look(shrunk(picture, round(self.side * nearer))) for nearer in DISTANCES]
            grid = max(look[0].shape[-1] for look in looks)
            centers, kinds, shades = (
                np.mean([_grown(each, grid) for each in maps], axis=0) for maps in zip(*looks, strict=True)
            )
            found.append(_findings(centers[0], kinds, shades))
        return found

    def _look(self, picture: Pixels) -> list[NDArray[np.float32]]:
        """Likelihoods (1, h, w) of centres, (concepts, h/2, w/2) and (colours, h/2, w/2)."""
        both = np.stack([picture, picture[:, ::-1]]).transpose(0, 3, 1, 2).astype(np.float32) / 255
        maps = [
            (straight + mirrored[..., ::-1]) / 2 for straight, mirrored in self._session.run(None, {"pictures": both})
        ]
        return [1 / (1 + np.exp(-maps[0])), *(_shares(each) for each in maps[1:])]

    def right(self, prompt: Prompt, findings: Sequence[Finding]) -> bool:
        """Whether a picture with these findings shows what the prompt asked for, as its kind of prompt is scored."""
        things = prompt.scene.things
        each = [self.named(thing, findings) for thing in things]
        if not all(each):
            return False
        if prompt.kind == "color":
            return all(self.dyed(thing, found) for thing, found in zip(things, each, strict=True))
        if prompt.kind == "count":
            return all(count(found) == thing.count for thing, found in zip(things, each, strict=True))
        if prompt.kind == "position":
            return all(keeps(relation, each) for relation in prompt.scene.relations)
        return True

    def named(self, thing: Thing, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that are this thing, the likeliest first."""
        place = self.concepts[thing.concept]
        named = [each for each in findings if each.concepts[place] >= NAMED]
        return sorted(named, key=lambda each: -float(each.concepts[place] * each.sure))

    def dyed(self, thing: Thing, found: Sequence[Finding]) -> bool:
        """Whether the likeliest of what was found as this thing has its colour, if one was asked for."""
        return thing.color is None or int(found[0].colors.argmax()) == self.colors[thing.color]


def count(found: Sequence[Finding]) -> int:
    """How many things these findings of one concept are."""
    kept: list[Finding] = []
    least = max(COUNTED, FALLEN * max(each.sure for each in found))
    for each in sorted(found, key=lambda each: -each.sure):
        apart = all(math.hypot(each.x - other.x, each.y - other.y) >= COPIES for other in kept)
        if each.sure >= least and apart:
            kept.append(each)
    return len(kept)


def keeps(relation: Relation, found: Sequence[Sequence[Finding]]) -> bool:
    """Whether the likeliest finding of the subject stands to that of the object as the relation says."""
    subject, other = found[relation.subject][0], found[relation.object][0]
    across, down = subject.x - other.x, subject.y - other.y
    return {
        "left of": -across,
        "right of": across,
        "on": -down,
        "above": -down,
        "under": down,
    }[relation.kind] > APART  # fmt: skip


def _findings(heat: NDArray[np.float32], kinds: NDArray[np.float32], shades: NDArray[np.float32]) -> list[Finding]:
    """The peaks of a map of centres (n, n), with what the maps of concepts and colours (…, n, n) say there."""
    side = heat.shape[0]
    around = np.pad(heat, NEAR)
    shifts = np.ndindex(2 * NEAR + 1, 2 * NEAR + 1)
    highest = np.max([around[y : y + side, x : x + side] for y, x in shifts], axis=0)
    peaks = np.argwhere((heat == highest) & (heat >= SEEN)).tolist()
    found = [
        Finding(
            x=(x + 0.5) / side,
            y=(y + 0.5) / side,
            sure=float(heat[y, x]),
            concepts=kinds[:, y, x],
            colors=shades[:, y, x],
        )
        for y, x in peaks
    ]
    return sorted(found, key=lambda each: -each.sure)


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over the first axis."""
    each: NDArray[np.float32] = np.exp(logits - logits.max(axis=0))
    return each / each.sum(axis=0)


def _grown(maps: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Maps (n, h, w) at that side."""
    return np.stack(
        [np.asarray(Image.fromarray(each).resize((side, side), Image.Resampling.BILINEAR)) for each in maps]
    )


def shrunk(picture: Pixels, side: int) -> Pixels:
    """The picture as a square of that side, uint8 (side, side, 3)."""
    image = Image.fromarray(picture).convert("RGB")
    return np.asarray(image if image.size == (side, side) else image.resize((side, side), Image.Resampling.LANCZOS))
