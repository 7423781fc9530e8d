"""The vector-quantised autoencoder (van den Oord et al. 2017, "Neural Discrete Representation Learning").

    encoder   a picture x -> a grid of vectors, each put in place by the nearest one of the codebook
    decoder   p(x | codes)
    prior     p(codes), by which new pictures are drawn

While the autoencoder learns, the prior is uniform, as in the paper: N · log K nats for N places of K codes. Then the
prior learns, and the codes stay. It is a masked one: shown some of the places, it says what the others could hold, in
any order (Hoogeboom et al. 2022, "Autoregressive Diffusion Models"; Chang et al. 2022, MaskGIT). An autoregressive one
would paint as well, but in N looks, one after the other; this one draws many places a look, so a dozen are enough, and
they fit into one network `picture = model(z, y)` whose chance, all of it, is z.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn import functional as F

from mengbi.lab.models import WORD_WIDTH
from mengbi.lab.models.attention import attention
from mengbi.lab.models.ports import Ports, generator
from mengbi.lab.models.vae import BERNOULLI, GAUSSIAN, down, halved, mean_picture, up

KEPT = 0.99
"""Of the codebook's averages, a step."""
DEAD = 0.05
"""A code that is met more seldom than this a step begins anew as something that was just seen."""
HEAD = 32  # width of a head of attention


class VqVae(nn.Module):
    """`picture = model(z, y)`: z float (n, latent) of standard normal numbers, y as in `vae` -> in [−1, 1].

    widths: channels at half the side, a quarter…: the last is that of the codes; codes: of the codebook; prior,
    depth: width and blocks of the prior; looks: in which it draws a picture. Raises BriefError, see `vae.halved`.
    """

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        classes: int = 0,
        words: bool = False,
        widths: Sequence[int] = (64, 64),
        codes: int = 256,
        code: int = 16,
        prior: int = 128,
        depth: int = 4,
        looks: int = 12,
        likelihood: str = BERNOULLI,
    ) -> None:
        super().__init__()
        self.side, self.wish = halved(size, len(widths)), WORD_WIDTH if words else classes
        self.size, self.channels, self.places, self.latent = size, channels, self.side**2, 2 * self.side**2
        self.down, self.up = down(channels, widths), up(widths, channels)
        self.enter, self.leave = nn.Conv2d(widths[-1], code, 1), nn.Conv2d(code, widths[-1], 1)
        self.codebook = Codebook(codes, code)
        self.prior = Prior(self.places, codes, self.wish, prior, depth, min(looks, self.places))
        self.log_deviation = nn.Parameter(torch.tensor(-1.5)) if likelihood == GAUSSIAN else None

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors float (n, places, code) and the codes nearest to them, int64 (n, places)."""
        vectors = self.enter(self.down(x)).flatten(2).transpose(1, 2)
        return vectors, self.codebook.nearest(vectors)

    def decode(self, vectors: Tensor) -> Tensor:
        """What p(x | codes) is told by, see `Vae.decode`."""
        return self.up(self.leave(vectors.transpose(1, 2).unflatten(2, (self.side, self.side))))

    def paint(self, codes: Tensor) -> Tensor:
        """The picture of codes int64 (n, places)."""
        return mean_picture(self.decode(self.codebook(codes)), self.log_deviation)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.paint(self.prior.draw(z, y))

    def ports(self) -> Ports:
        return generator(self.latent, self.wish)


class Codebook(nn.Module):
    """Vectors that are no weights: each is the running mean of what it was nearest to (appendix A.1)."""

    vectors: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, codes: int, code: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.randn(codes, code))
        self.register_buffer("counts", torch.zeros(codes))  # none was met: all begin as something seen
        self.register_buffer("sums", torch.zeros(codes, code))

    def forward(self, codes: Tensor) -> Tensor:
        return self.vectors[codes]

    def nearest(self, vectors: Tensor) -> Tensor:
        """The code nearest to each vector, int64 (n, places)."""
        with torch.autocast(vectors.device.type, enabled=False):  # near ones must not be rounded into one
            distances = self.vectors.square().sum(1) - 2 * vectors.detach().float() @ self.vectors.T
        return distances.argmin(-1)

    def follow(self, vectors: Tensor, codes: Tensor, generator: torch.Generator) -> None:
        """A step of the means towards the vectors (n, places, code) that have these codes (n, places).

        Processes that learn together stay alike: what they saw is summed, what is begun anew is the first one's.
        """
        with torch.no_grad():
            flat, chosen = vectors.detach().float().flatten(0, 1), codes.flatten()
            met = torch.zeros_like(self.counts).index_add_(0, chosen, torch.ones_like(flat[:, 0]))
            self.counts.lerp_(_everywhere(met), 1 - KEPT)
            self.sums.lerp_(_everywhere(torch.zeros_like(self.sums).index_add_(0, chosen, flat)), 1 - KEPT)
            place = torch.randint(len(flat), (len(self.vectors),), generator=generator, device=flat.device)
            first = not dist.is_initialized() or dist.get_rank() == 0
            seen, dead = _everywhere(flat[place] * first), self.counts < DEAD
            self.counts[dead] = 1.0
            self.sums[dead] = seen[dead]
            self.vectors.copy_(self.sums / self.counts[:, None])


def _everywhere(numbers: Tensor) -> Tensor:
    """The sum over all processes."""
    if dist.is_initialized():
        dist.all_reduce(numbers)
    return numbers


class Prior(nn.Module):
    """What codes a picture could have where they are hidden, after those that are shown: a small transformer."""

    def __init__(self, places: int, codes: int, wish: int, width: int, depth: int, looks: int) -> None:
        super().__init__()
        self.places, self.hidden = places, codes  # the code after the last one: it is hidden
        self.known = known_after(places, looks)
        self.code = nn.Embedding(codes + 1, width)
        self.place = nn.Parameter(torch.randn(places, width) * 0.02)
        self.wishes = nn.Parameter(torch.randn(wish, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, codes)
        nn.init.normal_(self.code.weight, std=0.02)
        nn.init.zeros_(self.out.weight)  # it begins uniform
        nn.init.zeros_(self.out.bias)

    def forward(self, codes: Tensor, y: Tensor) -> Tensor:
        """Logits float (n, places, codes); codes: int64 (n, places), `hidden` where it shall say them."""
        x = self.code(codes) + self.place + (y @ self.wishes)[:, None]
        return self.out(self.norm(self.blocks(x)))

    def surprise(self, codes: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """At least −log p(codes) in nats, float (n,), by one look with so many places known, chosen by chance.

        N / (N − k) · Σ −log p(hidden | the k known), k = 0 … N − 1 (Hoogeboom et al. 2022, eq. 4).
        """
        n, device = len(codes), codes.device
        known = torch.randint(self.places, (n, 1), generator=generator, device=device)
        hidden = ranks(torch.rand(codes.shape, generator=generator, device=device)) >= known
        logits = self(torch.where(hidden, self.hidden, codes), y).float()
        nats = F.cross_entropy(logits.transpose(1, 2), codes, reduction="none")
        return (nats * hidden).sum(1) * (self.places / (self.places - known[:, 0]))

    def draw(self, z: Tensor, y: Tensor) -> Tensor:
        """Codes int64 (n, places); z float (n, 2 · places), standard normal: half says in which order, half what."""
        order, chance = z.chunk(2, 1)
        rank = ranks(order)
        chance = (torch.erf(chance / math.sqrt(2)) + 1) / 2  # uniform
        codes = torch.full_like(rank, self.hidden)
        for before, after in zip((0, *self.known), self.known, strict=False):
            chances = self(codes, y).softmax(-1).cumsum(-1)
            drawn = (chances < chance[..., None]).sum(-1).clamp(max=self.hidden - 1)
            codes = torch.where((before <= rank) & (rank < after), drawn, codes)
        return codes


class Block(nn.Module):
    """Every place looks at every other, then thinks (Vaswani et al. 2017, normalised first)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look, self.looked = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        nn.init.zeros_(self.looked.weight)
        nn.init.zeros_(self.think[-1].weight)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (y.unflatten(2, (-1, HEAD)).transpose(1, 2) for y in self.look(self.first(x)).chunk(3, -1))
        x = x + self.looked(attention(q, k, v).transpose(1, 2).flatten(2))
        return x + self.think(self.second(x))


def known_after(places: int, looks: int) -> tuple[int, ...]:
    """How many places are known after each look: few at first, when little is known of the rest (MaskGIT's cosine)."""
    shares = (1 - math.cos(math.pi / 2 * (look + 1) / looks) for look in range(looks))
    return tuple(max(look + 1, round(places * share)) for look, share in enumerate(shares))


def ranks(numbers: Tensor) -> Tensor:
    """How many numbers of a row are below each, int64 (n, places)."""
    return (numbers[:, None, :] < numbers[:, :, None]).sum(-1)
