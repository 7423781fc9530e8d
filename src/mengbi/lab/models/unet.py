"""The convolutional network: on a CPU it learns several times as fast as the transformer, minute for minute.

A U-Net (Ronneberger et al. 2015; Ho et al. 2020) that first folds `patch` × `patch` pixels into channels, so that its
convolutions run where a processor is fast, and looks at the words where the picture is small.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models import CONTROL
from mengbi.lab.models.attention import attention
from mengbi.lab.models.condition import Moment, Words
from mengbi.lab.models.ports import Ports, denoiser

HEAD = 32  # width of a head of attention
GROUP = 16  # channels that are normalised together


class UNet(nn.Module):
    """See `models` for what goes in and out.

    size: pixels a side, a multiple of patch · 2^(levels − 1); widths: channels a level, multiples of 32; blocks: of a
    level on the way down, as many and one more on the way up; read: levels that look at the words; attend: those of
    them where every place also looks at every other, which is dear where there are many.
    """

    def __init__(
        self,
        *,
        size: int = 64,
        patch: int = 2,
        widths: tuple[int, ...] = (64, 128, 256),
        blocks: tuple[int, ...] = (2, 2, 2),
        read: tuple[int, ...] = (1, 2),
        attend: tuple[int, ...] = (2,),
        moment: int = 256,
    ) -> None:
        super().__init__()
        self.size, self.patch = size, patch
        self.words = Words(moment)
        self.moment = Moment(moment)
        self.register_buffer("place", places(size // patch), persistent=False)
        self.enter = nn.Conv2d((3 + CONTROL) * patch * patch + 2, widths[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.fold, self.unfold = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(widths):
            looks = {"reads": level in read, "attends": level in attend}
            self.down.append(nn.ModuleList(Block(width, width, moment, **looks) for _ in range(blocks[level])))
            self.up.append(nn.ModuleList(Block(2 * width, width, moment, **looks) for _ in range(blocks[level] + 1)))
        for width, wider in pairwise(widths):
            self.fold.append(nn.Conv2d(4 * width, wider, 1))
            self.unfold.append(nn.Conv2d(wider, 4 * width, 1))
        self.middle = Block(widths[-1], widths[-1], moment, **looks)
        self.norm = nn.GroupNorm(widths[0] // GROUP, widths[0])
        self.paint = nn.Conv2d(widths[0], 3 * patch * patch, 3, padding=1)
        nn.init.zeros_(self.paint.weight)
        nn.init.zeros_(self.paint.bias)

    def forward(self, z: Tensor, t: Tensor, vectors: Tensor, given: Tensor, control: Tensor) -> Tensor:
        words, pooled = self.words(vectors, given)
        moment = self.moment(t, pooled)
        pixels = F.pixel_unshuffle(torch.cat([z, control], 1), self.patch)
        x = self.enter(torch.cat([pixels, self.place.expand(z.shape[0], -1, -1, -1)], 1))
        kept = []
        for level, level_blocks in enumerate(self.down):
            if level:
                x = self.fold[level - 1](F.pixel_unshuffle(x, 2))
            kept.append(x)
            for block in level_blocks:
                x = block(x, moment, words)
                kept.append(x)
        x = self.middle(x, moment, words)
        for level, level_blocks in reversed(list(enumerate(self.up))):
            for block in level_blocks:
                x = block(torch.cat([x, kept.pop()], 1), moment, words)
            if level:
                x = F.pixel_shuffle(self.unfold[level - 1](x), 2)
        return F.pixel_shuffle(self.paint(F.silu(self.norm(x))), self.patch)

    def ports(self) -> Ports:
        return denoiser(self.size)


class Block(nn.Module):
    """Two convolutions beside a straight way, scaled and shifted by the moment; then, where it reads, attention."""

    def __init__(self, width: int, out: int, moment: int, *, reads: bool, attends: bool) -> None:
        super().__init__()
        self.width = out
        self.norm_in, self.norm_out = nn.GroupNorm(width // GROUP, width), nn.GroupNorm(out // GROUP, out)
        self.first, self.second = nn.Conv2d(width, out, 3, padding=1), nn.Conv2d(out, out, 3, padding=1)
        self.steer = nn.Linear(moment, 2 * out)
        self.straight = nn.Conv2d(width, out, 1) if width != out else nn.Identity()
        self.look = Attention(out, moment, attends=attends) if reads else None
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, moment: Tensor, words: Tensor) -> Tensor:
        scale, shift = self.steer(moment)[..., None, None].split(self.width, 1)
        y = self.first(F.silu(self.norm_in(x)))
        y = self.second(F.silu(self.norm_out(y) * (1 + scale) + shift))
        x = self.straight(x) + y
        return x if self.look is None else x + self.look(x, words)


class Attention(nn.Module):
    """Every place looks at the words and, where it attends, at every place beside them (as in Imagen, 2022)."""

    def __init__(self, width: int, moment: int, *, attends: bool) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(width // GROUP, width)
        self.query = nn.Linear(width, width, bias=False)
        self.places = nn.Linear(width, 2 * width, bias=False) if attends else None
        self.words = nn.Linear(moment, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, words: Tensor) -> Tensor:
        x_rows = self.norm(x).flatten(2).transpose(1, 2)
        keys = self.words(words)
        if self.places is not None:
            keys = torch.cat([keys, self.places(x_rows)], 1)
        k, v = (self._heads(y) for y in keys.split(x.shape[1], -1))
        y = self.out(attention(self._heads(self.query(x_rows)), k, v).transpose(1, 2).flatten(2))
        return y.transpose(1, 2).unflatten(2, x.shape[2:])

    def _heads(self, rows: Tensor) -> Tensor:
        return rows.unflatten(2, (-1, HEAD)).transpose(1, 2)


def places(side: int) -> Tensor:
    """Where each place is, (1, 2, side, side) from −1 to 1: down and across, for skies above and things on the left."""
    line = torch.linspace(-1, 1, side)
    return torch.stack(torch.meshgrid(line, line, indexing="ij"))[None]
