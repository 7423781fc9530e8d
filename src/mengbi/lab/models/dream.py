"""The transformer: pixels in, the clean picture out ("Back to Basics: Let Denoising Generative Models Denoise", JiT,
Li & He 2025).

No autoencoder: a patch of pixels is a token, through a narrow bottleneck, because clean pictures lie on a
low-dimensional sheet and the network predicts only what lies there. Best where a GPU trains it; on a CPU see `unet`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.lab.models import CONTROL
from mengbi.lab.models.attention import attention
from mengbi.lab.models.condition import Moment, Words
from mengbi.lab.models.ports import Ports, denoiser

REFINER = 32  # channels of the last convolutions


class Dream(nn.Module):
    """See `models` for what goes in and out. size: pixels a side, a multiple of patch; width: 4 × heads or more."""

    def __init__(
        self,
        *,
        size: int = 128,
        patch: int = 8,
        width: int = 384,
        depth: int = 12,
        heads: int = 6,
        bottleneck: int = 128,
    ) -> None:
        super().__init__()
        self.size, self.patch, self.width = size, patch, width
        pixels, side = patch * patch, size // patch
        self.embed = nn.Sequential(
            nn.Linear((3 + CONTROL) * pixels, bottleneck, bias=False), nn.Linear(bottleneck, width)
        )
        self.words = Words(width)
        self.moment = Moment(width)
        self.modulation = nn.Linear(width, 6 * width)  # one for all blocks; each adds its own bias (Chen et al. 2023)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.last = nn.Linear(width, 2 * width)
        self.norm = RMSNorm(width)
        self.paint = nn.Linear(width, (3 + 5) * pixels)
        self.refine = nn.Sequential(
            nn.Conv2d(3 + 5, REFINER, 3, padding=1), nn.SiLU(), nn.Conv2d(REFINER, 3, 3, padding=1)
        )
        cos, sin = rotations(side, width // heads, self.words.place.shape[0])
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._start()

    def forward(self, z: Tensor, t: Tensor, vectors: Tensor, given: Tensor, control: Tensor) -> Tensor:
        words, pooled = self.words(vectors, given)
        moment = self.moment(t, pooled)
        patches = F.pixel_unshuffle(torch.cat([z, control], 1), self.patch).flatten(2).transpose(1, 2)
        x = torch.cat([words, self.embed(patches)], 1)
        shared = self.modulation(moment)[:, None]
        for block in self.blocks:
            x = block(x, shared, self.cos, self.sin)
        scale, shift = self.last(moment)[:, None].split(self.width, -1)
        x = self.paint(self.norm(x[:, words.shape[1] :]) * (1 + scale) + shift)
        side = self.size // self.patch
        features = F.pixel_shuffle(x.transpose(1, 2).unflatten(2, (side, side)), self.patch)
        return features[:, :3] + self.refine(features)  # the last convolutions see over the edges of the patches

    def ports(self) -> Ports:
        return denoiser(self.size)

    def _start(self) -> None:
        """Every block begins as the identity (Peebles & Xie 2023, adaLN-Zero) and the picture as nothing."""
        for layer in (self.modulation, self.last, self.paint, self.refine[-1]):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)


class Block(nn.Module):
    """Attention, then SwiGLU, each scaled, shifted and gated by the moment."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.width, self.hidden, self.heads = width, -(-width * 8 // 3 // 32) * 32, heads
        self.bias = nn.Parameter(torch.zeros(6 * width))
        self.norm_attention, self.norm_mlp = RMSNorm(width), RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.norm_q, self.norm_k = RMSNorm(width // heads), RMSNorm(width // heads)  # Henry et al. 2020
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 2 * self.hidden, bias=False)
        self.down = nn.Linear(self.hidden, width, bias=False)

    def forward(self, x: Tensor, shared: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        scale, shift, gate, scale_mlp, shift_mlp, gate_mlp = (shared + self.bias).split(self.width, -1)
        x = x + gate * self._attend(self.norm_attention(x) * (1 + scale) + shift, cos, sin)
        light, dark = self.up(self.norm_mlp(x) * (1 + scale_mlp) + shift_mlp).split(self.hidden, -1)
        return x + gate_mlp * self.down(F.silu(light) * dark)

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        q, k, v = (y.unflatten(2, (self.heads, -1)).transpose(1, 2) for y in self.qkv(x).split(self.width, -1))
        q, k = rotate(self.norm_q(q), cos, sin), rotate(self.norm_k(k), cos, sin)
        y = attention(q.to(v.dtype), k.to(v.dtype), v)
        return self.out(y.transpose(1, 2).flatten(2))


class RMSNorm(nn.Module):
    """Zhang & Sennrich 2019, written out: the ONNX exporter does not know torch's own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.scale


def rotations(side: int, width: int, words: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (words + side², width / 2) of the 2-D rotary embedding (Su et al. 2021; Heo et al. 2024).

    Half of the angles count rows, half columns; words stand nowhere and are not turned.
    """
    speeds = 100.0 ** -torch.arange(0, 1, 4 / width)
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    angles = torch.cat([rows.flatten()[:, None] * speeds, columns.flatten()[:, None] * speeds], 1)
    angles = torch.cat([torch.zeros(words, angles.shape[1]), angles])
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns each pair of numbers (i, i + width/2) of x (n, heads, tokens, width)."""
    one, other = x.split(cos.shape[-1], -1)
    return torch.cat([one * cos - other * sin, other * cos + one * sin], -1)
