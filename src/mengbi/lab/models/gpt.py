"""A network that writes and looks back at what it wrote: a decoder of transformer blocks (Vaswani et al. 2017; Radford
et al. 2018, GPT), normalised first, where nearer is louder (Press et al. 2022, "Train short, test long", ALiBi): places
have no numbers, so what it remembers can slide along for ever.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mengbi.lab.data.pieces import vocabulary_from_dict
from mengbi.lab.models.attention import attention
from mengbi.lab.models.ports import Ports, writer


class Gpt(nn.Module):
    """See `models.lstm` for what goes in and out. state: (n, past, depth, 2, width), keys and values, the last `reach`.

    vocabulary: as `Vocabulary.to_dict` gives it; width: a multiple of heads.
    """

    def __init__(
        self, *, vocabulary: Mapping[str, Any], width: int, depth: int, heads: int, reach: int, dropped: float = 0.0
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary_from_dict(vocabulary)
        self.width, self.depth, self.reach = width, depth, reach
        self.embed = nn.Embedding(len(self.vocabulary), width)
        self.drop = nn.Dropout(dropped)
        self.blocks = nn.ModuleList(Block(width, heads, dropped) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, len(self.vocabulary), bias=False)
        self.register_buffer("slopes", 2.0 ** (-8 * torch.arange(1, heads + 1) / heads), persistent=False)
        self.apply(_begin)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        x = self.drop(self.embed(tokens))
        apart = distances(state.shape[1], tokens.shape[1], x.device)
        heard = (-self.slopes[:, None, None] * apart).masked_fill(apart < 0, -torch.inf)
        kept = []
        for block, past in zip(self.blocks, state.unbind(2), strict=True):
            x, seen = block(x, past, heard)
            kept.append(seen[:, -self.reach :])
        return self.out(self.norm(x)), torch.stack(kept, 2)

    def start(self, n: int) -> Tensor:
        """The state of n that have read nothing."""
        return self.out.weight.new_zeros(n, 0, self.depth, 2, self.width)

    def ports(self) -> Ports:
        return writer(len(self.vocabulary), (self.reach, self.depth, 2, self.width), grows=True)


class Block(nn.Module):
    """Every place looks at those before it, then thinks."""

    def __init__(self, width: int, heads: int, dropped: float) -> None:
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look, self.looked = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(dropped)

    def forward(self, x: Tensor, past: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """past: (n, past, 2, width), and heard: (heads, time, past + time). Also the past of what comes next."""
        query, *own = self.look(self.first(x)).chunk(3, -1)
        seen = torch.cat([past.to(x.dtype), torch.stack(own, 2)], 1)
        keys, values = seen.unbind(2)
        q, k, v = (rows.unflatten(2, (self.heads, -1)).transpose(1, 2) for rows in (query, keys, values))
        y = attention(q, k, v, heard.to(q.dtype)).transpose(1, 2).flatten(2)
        x = x + self.drop(self.looked(y))
        return x + self.drop(self.think(self.second(x))), seen


def distances(past: int, time: int, device: torch.device) -> Tensor:
    """How far before each of `time` new places every place lies, float (time, past + time); below 0: after it."""
    new = torch.arange(past, past + time, device=device)
    return (new[:, None] - torch.arange(past + time, device=device)).float()


def _begin(layer: nn.Module) -> None:
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=0.02)
