"""What a critic of few pictures must not learn by heart is shown to it changed, real and made alike, and the painter
learns through the change: so the critic sees endlessly many pictures, and the painter still paints unchanged ones.

Both kinds here turn each picture by one product: a mirror, a shift and a zoom along an axis are a matrix of bilinear
weights, the same sums on every machine, where sampling points would not be. All chance comes from the generator.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

Augment: TypeAlias = Callable[[Tensor, torch.Generator], Tensor]
"""`augment(x, generator)`: float (n, c, h, w) in about [−1, 1] -> the same, each picture changed by its own chance."""

TARGET = 0.6
"""Mean sign of the critic's verdicts on real pictures, above which it learns by heart."""
REMEMBERED = 0.95
"""What is kept of that mean, a turn."""
MOST = 0.85
"""A likelihood from which on the changes would show in what is painted."""


def differentiable(x: Tensor, generator: torch.Generator) -> Tensor:
    """DiffAugment (Zhao et al. 2020): light, saturation, contrast; a shift by up to an eighth; a box cut out."""
    light, saturation, contrast = chance(x, generator) - 0.5, 2 * chance(x, generator), chance(x, generator) + 0.5
    h, w = x.shape[2:]
    across, down = ((size / 8 * (2 * chance(x, generator) - 1)).round() for size in (w, h))
    return cut_out(moved(colored(x, light, saturation, contrast), across, down), 0.5, generator)


def adaptive(x: Tensor, generator: torch.Generator, p: Tensor) -> Tensor:
    """ADA: each change with likelihood p, float (): a mirror, a shift by whole pixels, a zoom in each direction, light,
    contrast and saturation (Karras et al. 2020, "Training generative adversarial networks with limited data").
    """

    def maybe(value: Tensor, without: float) -> Tensor:
        return torch.where(chance(x, generator) < p, value, without)

    h, w = x.shape[2:]
    mirror = maybe(torch.where(chance(x, generator) < 0.5, -1.0, 1.0), 1.0)
    across, down = (maybe(((2 * chance(x, generator) - 1) * size / 8).round(), 0.0) for size in (w, h))
    zoom, squeeze = (maybe(torch.exp2(0.2 * bell(x, generator)), 1.0) for _ in range(2))
    light, contrast = maybe(0.2 * bell(x, generator), 0.0), maybe(torch.exp2(0.5 * bell(x, generator)), 1.0)
    saturation = maybe(torch.exp2(bell(x, generator)), 1.0)
    return colored(moved(x, across, down, mirror * zoom * squeeze, zoom / squeeze), light, saturation, contrast)


def adapt(p: Tensor, sign: Tensor, verdicts: Tensor, steps: float) -> None:
    """Moves p up while the critic is sure of real pictures, and else down: from 0 to 1 in so many steps (section 3.1).

    sign: running mean of the signs of the verdicts (n,) on real pictures; both float () are changed in place.
    """
    sign.lerp_(verdicts.detach().sign().mean().to(sign.dtype), 1 - REMEMBERED)
    p.add_(torch.sign(sign - TARGET) / steps).clamp_(0, MOST)


def colored(x: Tensor, light: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Light added; colours away from their grey, then all away from their mean, so many times; each float (n,).

    What is transparent stays so.
    """
    light, saturation, contrast = (each[:, None, None, None].to(x.dtype) for each in (light, saturation, contrast))
    colors, alpha = x[:, :3] + light, x[:, 3:]
    if colors.shape[1] > 1:
        colors = torch.lerp(colors.mean(1, keepdim=True), colors, saturation)
    colors = torch.lerp(colors.mean((1, 2, 3), keepdim=True), colors, contrast)
    return torch.cat([colors, alpha], 1)


def moved(x: Tensor, across: Tensor, down: Tensor, wider: Tensor | None = None, higher: Tensor | None = None) -> Tensor:
    """Shifted by pixels and stretched about the middle, mirrored below zero; each float (n,). What comes in is grey."""
    columns = weights(x.shape[3], across, wider)
    rows = weights(x.shape[2], down, higher)
    return rows[:, None].to(x.dtype) @ x @ columns[:, None].mT.to(x.dtype)


def weights(size: int, shift: Tensor, stretch: Tensor | None) -> Tensor:
    """Bilinear weights, float (n, size, size): of each place in a row that is shifted and stretched, of each before."""
    place = torch.arange(size, device=shift.device) - (size - 1) / 2
    source = place - shift[:, None]
    if stretch is not None:
        source = source / stretch[:, None]
    return (1 - (source[:, :, None] - place).abs()).clamp(min=0)


def cut_out(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A box of that share of each side made grey, its middle anywhere in the picture."""
    kept = []
    for size in x.shape[2:]:
        middle = chance(x, generator)[:, None] * size
        kept.append((torch.arange(size, device=x.device) + 0.5 - middle).abs() > share * size / 2)
    rows, columns = kept
    return x * (rows[:, None, :, None] | columns[:, None, None, :])


def chance(x: Tensor, generator: torch.Generator) -> Tensor:
    """A number for each picture, 0 to 1."""
    return torch.rand(len(x), generator=generator, device=x.device)


def bell(x: Tensor, generator: torch.Generator) -> Tensor:
    """A number for each picture, normal."""
    return torch.randn(len(x), generator=generator, device=x.device)
