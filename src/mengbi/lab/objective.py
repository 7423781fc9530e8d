"""What is learnt: to see the clean picture behind any noise, measured by the velocity that follows from it.

z = t·x + (1 − t)·ε, loss ‖(x̂ − x) / max(1 − t, 0.05)‖² (Li & He 2025, JiT, x-prediction with a velocity loss), with
t = sigmoid(N(−0.8, 0.8)), more often in the noise, where composition is decided.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

NEAREST = 0.05
"""Closer to the picture than this an error weighs no more: the velocity would divide by nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Examples:
    """A batch on the device, as a network wants it (see `models`)."""

    x: Tensor  # float32 (n, 3, size, size) in [−1, 1]
    vectors: Tensor  # float32 (n, WORDS, WORD_WIDTH)
    given: Tensor  # bool (n, WORDS)
    control: Tensor  # float32 (n, 4, size, size), colours times where they are given, and where


Network: TypeAlias = Callable[..., Tensor]
"""A network of `models`, as it is or compiled."""

Loss: TypeAlias = Callable[[Network, Any, torch.Generator], Tensor]
"""`loss(model, batch, generator)`: of each example, float32 (n,); all chance comes from the generator.

batch: Examples, or what another kind of network learns from."""


def examples(pictures: Tensor, control: Tensor, vectors: Tensor, given: Tensor) -> Examples:
    """From what a loader gives: pictures uint8 (n, h, w, 3), control uint8 (n, h, w, 4), alpha where it is given."""
    mask = control[..., 3:].float() / 255
    colors = (control[..., :3].float() / 127.5 - 1) * mask
    return Examples(
        x=(pictures.float() / 127.5 - 1).permute(0, 3, 1, 2),  # channels last in memory, which convolutions like
        vectors=vectors.float(),
        given=given,
        control=torch.cat([colors, mask], -1).permute(0, 3, 1, 2),
    )


def velocity_loss(
    model: Network, batch: Examples, generator: torch.Generator, *, words_dropped: float, control_dropped: float
) -> Tensor:
    """A Loss, once it is told what to drop.

    words_dropped, control_dropped: shares of the examples that are painted without, 0 to 1 (Ho & Salimans 2022).
    """
    n, device = len(batch.x), batch.x.device
    chance = torch.rand(2, n, generator=generator, device=device)
    t = torch.sigmoid(torch.randn(n, generator=generator, device=device) * 0.8 - 0.8)
    noise = torch.randn(batch.x.shape, generator=generator, device=device)
    inputs = seen_at(t, noise, batch, chance[0] >= words_dropped, chance[1] >= control_dropped)
    with torch.autocast(device.type, torch.bfloat16):
        x0 = model(*inputs)
    return velocity_error(x0, batch.x, t)


def seen_at(
    t: Tensor, noise: Tensor, batch: Examples, words: Tensor, control: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """What a network sees of the batch at the times t (n,); words, control: bool (n,), who is given them."""
    at = t[:, None, None, None]
    z = (at * batch.x + (1 - at) * noise).contiguous(memory_format=torch.channels_last)
    sketch = (batch.control * control[:, None, None, None]).contiguous(memory_format=torch.channels_last)
    return z, t, batch.vectors, batch.given & words[:, None], sketch


def velocity_error(x0: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """‖(x̂ − x) / max(1 − t, 0.05)‖² of each example, a mean over its pixels."""
    return ((x0.float() - x) / (1 - t[:, None, None, None]).clamp(min=NEAREST)).square().mean((1, 2, 3))
