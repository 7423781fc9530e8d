"""A network that writes, with a memory of fixed size (Hochreiter & Schmidhuber 1997, "Long Short-Term Memory"; as
Graves 2013, "Generating sequences with recurrent neural networks", and Karpathy's char-rnn let one write).

Every network that writes is a torch module `logits, state = model(tokens, state)`:

tokens   int64 (n, time), pieces of a `data.pieces.Vocabulary`, one after another
state    float, what it remembers of those before; `model.start(n)` where there were none
logits   float (n, time, pieces): after each token, how likely every piece is to come next
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mengbi.lab.data.pieces import vocabulary_from_dict
from mengbi.lab.models.ports import Ports, writer


class Lstm(nn.Module):
    """state: (n, 2 · depth, width), each layer's output and then each layer's memory.

    vocabulary: as `Vocabulary.to_dict` gives it; dropped: share of a layer's output that is hidden in training.
    """

    def __init__(self, *, vocabulary: Mapping[str, Any], width: int, depth: int = 1, dropped: float = 0.0) -> None:
        super().__init__()
        self.vocabulary = vocabulary_from_dict(vocabulary)
        self.width, self.depth = width, depth
        self.embed = nn.Embedding(len(self.vocabulary), width // 4)
        between = dropped if depth > 1 else 0.0
        self.layers = nn.LSTM(width // 4, width, depth, batch_first=True, dropout=between)
        self.drop = nn.Dropout(dropped)
        self.out = nn.Linear(width, len(self.vocabulary))
        with torch.no_grad():
            for layer in range(depth):  # it begins by remembering (Jozefowicz et al. 2015)
                getattr(self.layers, f"bias_ih_l{layer}")[width : 2 * width] = 1

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        last, memory = state.transpose(0, 1).contiguous().split(self.depth)
        x, (last, memory) = self.layers(self.embed(tokens), (last, memory))
        return self.out(self.drop(x)), torch.cat([last, memory]).transpose(0, 1)

    def start(self, n: int) -> Tensor:
        """The state of n that have read nothing."""
        return self.out.weight.new_zeros(n, 2 * self.depth, self.width)

    def ports(self) -> Ports:
        return writer(len(self.vocabulary), (2 * self.depth, self.width), grows=False)
