"""A painter of faces that are made of parts: a StyleGAN2 (Karras et al. 2020) whose start is drawn by the parts.

A point z is made of genes, and a gene chooses among the parts that show a trait, the one whose number is the largest.
That much is built in, softly, so that it can be learnt through; what each part looks like, what hides what, and which
colour goes where is learnt: every part has a small map of its own, the maps of a face are summed, and layers steered by
the parts and colours, as in a StyleGAN2, paint over that from small to large.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mengbi.errors import BriefError
from mengbi.lab.models.stylegan import GAIN, SLOPE, Growing, Linear, Styled

DECIDED = 1.6
"""Logarithm of how sharply a gene chooses, at first."""
FEW = 0.2
"""What features are scaled by: some 25 of them are there at a time."""
NEVER = -1e4


class Portrait(Growing):
    """`picture = model(z, y)`: z float (n, latent), y float (n, classes) traits -> (n, channels, size, size).

    parts: of each (style, trait, gene, choices, choice), numbers of traits and genes; the gene chooses by the first
    `choices` of its `of_a_gene` numbers. shades: (trait, gene) of each colour; the gene's first number says which.
    planes: channels of the parts' maps; widths: of the layers, from the maps' size up, each twice the side of the last.
    Raises BriefError for a size that these cannot grow to.
    """

    chosen: Tensor
    closed: Tensor
    traits: Tensor
    shaded: Tensor

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        classes: int,
        parts: Sequence[Sequence[int]],
        shades: Sequence[Sequence[int]],
        of_a_gene: int,
        planes: int,
        widths: Sequence[int],
        code: int,
    ) -> None:
        super().__init__()
        self.size, self.latent, self.wishes, self.of_a_gene, self.planes = size, latent, classes, of_a_gene, planes
        self.side = size >> len(widths) - 1
        if self.side < 1 or self.side << len(widths) - 1 != size:
            raise BriefError(f"size {size} — {len(widths)} layers, each twice the side of the last, do not paint it")
        table = torch.tensor(parts)
        self.register_buffer("traits", table[:, :2].T.contiguous())
        self.register_buffer("chosen", table[:, [2, 4]].T.contiguous())
        closed = torch.where(torch.arange(of_a_gene) < table[:, 3:4], 0.0, NEVER)
        self.register_buffer("closed", closed)
        self.register_buffer("shaded", torch.tensor(shades).T.contiguous())
        self.code = len(parts) + classes + len(shades)
        self.decided = nn.Parameter(torch.tensor(DECIDED))
        self.maps = _few(self.code, planes * self.side**2)
        self.steer = nn.ModuleList([_few(self.code, code), Linear(code, code)])
        self.first = nn.ModuleList(Styled(before, widths[0], code, self.side) for before in (planes, widths[0]))
        self.layers(widths, channels, code, self.side)

    def style(self, z: Tensor, y: Tensor) -> Tensor:
        """w, float (n, code): how much of each part there is, of each trait, and the shades."""
        genes = z.float().unflatten(1, (-1, self.of_a_gene))
        asked = genes[:, self.chosen[0]] * self.decided.float().exp() + self.closed
        choice = F.one_hot(self.chosen[1], self.of_a_gene).float()
        parts = (asked.softmax(2) * choice).sum(2) * y[:, self.traits[0]] * y[:, self.traits[1]]
        shades = y[:, self.shaded[0]] * torch.tanh(genes[:, self.shaded[1], 0])
        return torch.cat([parts, y, shades], 1)

    def paint(self, w: Tensor) -> Tensor:
        """The picture of a style."""
        code = w
        for layer in self.steer:
            code = F.leaky_relu(layer(code), SLOPE) * GAIN
        x = self.maps(w).unflatten(1, (self.planes, self.side, self.side)).contiguous(memory_format=torch.channels_last)
        for styled in self.first:
            x = styled(x, code)
        return self.grow(x, code)


def _few(before: int, after: int) -> Linear:
    """A matrix that takes many features of which few are there."""
    layer = Linear(before, after)
    layer.scale = FEW
    return layer
