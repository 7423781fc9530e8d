"""Which numbers of a network belong to one channel, so that the channel can go and nothing else changes.

A channel is written by some tensors and read by others, at the same place of some axis of each; where a residual way
passes, all that write to it and read from it have it in common (Fang et al. 2023, "DepGraph"). The networks that are
cut here say it themselves, by a table each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mengbi.errors import BriefError, FaultError
from mengbi.lab.models import build
from mengbi.lab.models.dcgan import grown

EVEN = 4
"""Widths are multiples of it, which processors like."""
NORM = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Where the channels of a group lie in a tensor: `block` numbers each."""

    tensor: str
    dim: int
    block: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The channels of one layer, or of a residual way."""

    writes: tuple[Axis, ...]
    reads: tuple[Axis, ...]


def narrowed(spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    """The same network with about a share of its channels. Raises BriefError for a kind that cannot be cut."""
    if spec["kind"] not in _CUT:
        known = ", ".join(_CUT)
        raise BriefError(f"{spec['kind']} — cannot be cut by channels ({known} can); take --how dynamic or halves")
    narrow = _CUT[spec["kind"]][0](spec, share)
    if narrow == dict(spec):
        raise BriefError(f"--keep {share:g} — of this {spec['kind']} nothing would go; keep less")
    return narrow


def groups(spec: Mapping[str, Any]) -> Sequence[Group]:
    """Of a network of a kind that `narrowed` knows."""
    return list(_CUT[spec["kind"]][1](spec))


def count(group: Group, tensors: Mapping[str, Tensor]) -> int:
    """How many channels it has."""
    first = group.writes[0]
    return int(tensors[first.tensor].shape[first.dim] // first.block)


def cut(
    tensors: Mapping[str, Tensor], spec: Mapping[str, Any], narrow: Mapping[str, Any], worth: Sequence[Tensor]
) -> dict[str, Tensor]:
    """The tensors of the narrower network: of each group the channels that are worth most, in their order.

    worth: of each group, float (channels,). Raises FaultError if what is left is not that network.
    """
    wanted = build(narrow).state_dict()
    left = dict(tensors)
    for group, values in zip(groups(spec), worth, strict=True):
        kept = values.topk(count(group, wanted)).indices.sort().values
        for axis in (*group.writes, *group.reads):
            places = (kept[:, None] * axis.block + torch.arange(axis.block)).flatten()
            left[axis.tensor] = left[axis.tensor].index_select(axis.dim, places)
    if spec["kind"] == "stylegan2":
        left = {name: _scaled(name, tensor, tensors[name]) for name, tensor in left.items()}
    if {name: t.shape for name, t in left.items()} != {name: t.shape for name, t in wanted.items()}:
        raise FaultError(f"what is left of the {spec['kind']} is not a narrower one; report this")
    return left


def _scaled(name: str, left: Tensor, before: Tensor) -> Tensor:
    """The layers that paint divide by the root of how many channels they read, see `stylegan.Colors`."""
    paints = name.startswith("colors.") and left.dim() == 4 and name.endswith(".weight")
    return left * (left.shape[1] / before.shape[1]) ** 0.5 if paints else left


def part(width: int, share: float) -> int:
    """About a share of so many channels."""
    return min(width, max(EVEN, EVEN * round(width * share / EVEN)))


def _norm(name: str) -> Iterator[Axis]:
    yield from (Axis(tensor=f"{name}.{each}", dim=0) for each in NORM)


def _layer(name: str, block: int = 1) -> Iterator[Axis]:
    """What writes: weight and bias of a convolution or a matrix."""
    yield from (Axis(tensor=f"{name}.{each}", dim=0, block=block) for each in ("weight", "bias"))


def _reads(*names: str, block: int = 1) -> Iterator[Axis]:
    yield from (Axis(tensor=f"{name}.weight", dim=1, block=block) for name in names)


def _dcgan_spec(spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    return {**spec, "width": part(spec["width"], share)}


def _dcgan(spec: Mapping[str, Any]) -> Iterator[Group]:
    side, layers = grown(spec["size"])
    for level in range(layers):
        first = Axis(tensor="first.weight", dim=0, block=side**2)
        written = first if level == 0 else Axis(tensor=f"body.{level - 1}.weight", dim=1)
        reader = f"body.{level}.weight" if level < layers - 1 else "last.weight"
        yield Group(writes=(written, *_norm(f"norms.{level}")), reads=(Axis(tensor=reader, dim=0),))


def _stylegan_spec(spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    return {**spec, "width": part(spec["width"], share), "widest": part(spec.get("widest", 256), share)}


def _stylegan(spec: Mapping[str, Any]) -> Iterator[Group]:
    """A layer reads through its style, which scales what it reads."""
    _, levels = grown(spec["size"])

    def written(name: str) -> Iterator[Axis]:
        yield from (Axis(tensor=f"{name}.weight", dim=0), Axis(tensor=f"{name}.bias", dim=1))

    def read(name: str) -> Iterator[Axis]:
        yield from (*_reads(name), *_layer(f"{name}.style"))

    yield Group(writes=(Axis(tensor="start", dim=1),), reads=(*read("first"),))
    for level in range(levels + 1):
        readers = [*read(f"colors.{level}"), *(read(f"enlarging.{level}") if level < levels else ())]
        if level:
            yield Group(writes=(*written(f"enlarging.{level - 1}"),), reads=(*read(f"refining.{level - 1}"),))
        yield Group(writes=(*written(f"refining.{level - 1}" if level else "first"),), reads=tuple(readers))


def _vae_spec(spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    widths = [part(width, share) for width in spec.get("widths", (64, 128))]
    return {**spec, "widths": widths, "hidden": part(spec.get("hidden", 256), share)}


def _vae(spec: Mapping[str, Any]) -> Iterator[Group]:
    levels = len(spec.get("widths", (64, 128)))
    block = (spec["size"] >> levels) ** 2
    for name in ("encoder", "decoder"):
        told = (*_layer(f"{name}.first"), Axis(tensor=f"{name}.wish", dim=1))
        yield Group(writes=told, reads=(*_reads(f"{name}.second"),))
    for level in range(levels):
        down, last = f"down.{2 * level + 1}", level == levels - 1
        after = _reads("encoder.first", block=block) if last else _reads(f"down.{2 * level + 2}")
        yield Group(
            writes=(*_layer(f"down.{2 * level}"), *_layer(f"{down}.second")), reads=(*_reads(f"{down}.first"), *after)
        )
        yield _inside(down)
        up, before = f"up.{3 * level}", f"up.{3 * level - 2}"
        # four are shuffled into one
        written = _layer(before, block=4) if level else _layer("decoder.second", block=block)
        yield Group(writes=(*written, *_layer(f"{up}.second")), reads=(*_reads(f"{up}.first", f"up.{3 * level + 1}"),))
        yield _inside(up)


def _inside(name: str) -> Group:
    """Of a residual block of a VAE."""
    return Group(writes=(*_layer(f"{name}.first"),), reads=(*_reads(f"{name}.second"),))


def _classifier_spec(spec: Mapping[str, Any], share: float) -> dict[str, Any]:
    return {**spec, "widths": [part(width, share) for width in spec.get("widths", (32, 64, 128))]}


def _classifier(spec: Mapping[str, Any]) -> Iterator[Group]:
    levels, blocks = len(spec.get("widths", (32, 64, 128))), spec.get("blocks", 2)

    def written(name: str) -> Iterator[Axis]:
        yield from (Axis(tensor=f"{name}.0.weight", dim=0), *_norm(f"{name}.1"))

    for level in range(levels):
        first = level * (blocks + 2)
        inside = [f"body.{first + 2 + number}" for number in range(blocks)]
        after = "head" if level == levels - 1 else f"body.{first + blocks + 2}.0"
        yield Group(
            writes=(*written(f"body.{first}"), *(axis for name in inside for axis in written(f"{name}.second"))),
            reads=(*_reads(*(f"{name}.first.0" for name in inside), after),),
        )
        for name in inside:
            yield Group(writes=(*written(f"{name}.first"),), reads=(*_reads(f"{name}.second.0"),))


_CUT: Mapping[
    str, tuple[Callable[[Mapping[str, Any], float], dict[str, Any]], Callable[[Mapping[str, Any]], Iterator[Group]]]
] = {
    "dcgan": (_dcgan_spec, _dcgan),
    "stylegan2": (_stylegan_spec, _stylegan),
    "vae": (_vae_spec, _vae),
    "classifier": (_classifier_spec, _classifier),
}
"""By kind: the narrower spec, and the groups of channels."""
