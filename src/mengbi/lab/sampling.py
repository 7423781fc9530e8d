"""What a trained network makes, straight from its run: pictures of points and of the way between them, and text.

The same seed gives the same; what is wished for is a label by its name, or words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mengbi.engine.dream import tell
from mengbi.engine.own import ALIKE
from mengbi.errors import BriefError
from mengbi.lab.gallery import made
from mengbi.lab.models import CONTROL
from mengbi.lab.models.ports import Ports
from mengbi.lab.run import kept, restored
from mengbi.lab.sheet import paint
from mengbi.noise import gaussian
from mengbi.registry import nearest
from mengbi.text.condition import make_conditioning
from mengbi.text.encoder import load_encoder


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Hand:
    """A trained network and what it knows of what it learnt."""

    model: nn.Module
    ports: Ports
    names: Sequence[str]  # of the labels; none: it was not told any
    spec: Mapping[str, Any]
    state: Mapping[str, Any]  # of its checkpoint


def take_up(run: Path) -> Hand:
    """The best weights of the run in a folder, on the processor. Raises AssetError."""
    found = kept(run)
    model = restored(found)
    about = found.state.get("notes", {}).get("data", {})
    return Hand(
        model=model, ports=model.ports(), names=about.get("names", ()), spec=found.state["model"], state=found.state
    )


def pictures(hand: Hand, seeds: Sequence[int], wish: str = "") -> NDArray[np.uint8]:
    """A picture a seed, uint8 (n, size, size, c). wish: a label or words. Raises BriefError for what it never heard."""
    if hand.ports.kind == "denoiser":
        return painted(hand, seeds, wish)
    latent = _latent(hand)
    return shown(hand, gaussian(tuple(seeds), 0, (latent,)), wish)


def text(hand: Hand, begin: str, **wishes: Any) -> Iterator[str]:
    """What a network writes after `begin`, piece by piece; wishes as `writing.write` takes them. Raises BriefError.

    begin: "" begins a new line, where it has met any.
    """
    from mengbi.lab.writing import as_step, write

    known = hand.model.vocabulary
    return write(as_step(hand.model), known, begin or ("\n" if "\n" in known.letters else known.letters[0]), **wishes)


def between(hand: Hand, seeds: Sequence[int], frames: int, wish: str = "") -> NDArray[np.uint8]:
    """The way from seed to seed in so many pictures each, and the last: uint8 ((len(seeds) − 1) · frames + 1, …).

    On the sphere (White 2016): halfway between two points of a Gaussian in many dimensions there would be none.
    Raises BriefError for a network that makes pictures of something else than one point.
    """
    if len(seeds) < 2:
        raise BriefError("a way needs two seeds at least: --seeds 1,2")
    points = gaussian(tuple(seeds), 0, (_latent(hand),))
    way = [
        slerp(points[place], points[place + 1], step / frames)
        for place in range(len(seeds) - 1)
        for step in range(frames)
    ]
    return shown(hand, np.stack([*way, points[-1]]), wish)


def slerp(a: NDArray[np.float32], b: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The point a share of the way along the arc from a to b; lengths are blended too."""
    la, lb = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    angle = float(np.arccos(np.clip(a @ b / (la * lb), -1, 1)))
    if angle < 1e-4:
        return (a + share * (b - a)).astype(np.float32)
    unit = (np.sin((1 - share) * angle) * a / la + np.sin(share * angle) * b / lb) / np.sin(angle)
    return np.asarray(unit * (la + share * (lb - la)), np.float32)


def shown(hand: Hand, z: NDArray[np.float32], wish: str = "") -> NDArray[np.uint8]:
    """Pictures of points z (n, latent)."""
    y = np.tile(wished(hand, wish), (len(z), 1))
    return made(hand.model, torch.from_numpy(z), torch.from_numpy(y))


def wished(hand: Hand, wish: str) -> NDArray[np.float32]:
    """What a generator takes as y, float32 (wishes,); zeros where nothing is wished for. Raises BriefError."""
    width = hand.ports.width("y")
    y = np.zeros(width, np.float32)
    if not wish:
        return y
    if hand.names:
        if wish not in hand.names:
            raise BriefError(f"no label {wish!r}; {nearest(_meant(wish, hand.names), list(hand.names))}")
        y[list(hand.names).index(wish)] = 1
        return y
    if not width:
        raise BriefError(f"{wish!r} — this network was told nothing of its pictures, and takes no wish")
    return load_encoder().encode([wish])[0].astype(np.float32)


def _meant(wish: str, names: Sequence[str]) -> str:
    """The label that an engine would take a wish for, or the wish itself where it is like none."""
    alike = (load_encoder().encode([wish]) @ load_encoder().encode(list(names)).T)[0]
    return names[int(alike.argmax())] if alike.max() >= ALIKE else wish


def painted(hand: Hand, seeds: Sequence[int], wish: str) -> NDArray[np.uint8]:
    """Pictures of a network that sees behind noise, by the engines' own sampler."""
    size = int(hand.spec["size"])
    ((condition, _),) = make_conditioning(wish, "", 1, load_encoder()).at(0).toward
    told = tell(condition, np.zeros((CONTROL, size, size), np.float32))
    return paint(hand.model, [told] * len(seeds), list(seeds))


def _latent(hand: Hand) -> int:
    if hand.ports.kind != "generator":
        raise BriefError(f"a {hand.ports.kind} makes no picture of a point; take a GAN or a VAE")
    return hand.ports.width("z")
