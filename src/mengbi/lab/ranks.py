"""Many processes, one run: `torchrun --nproc-per-node 4 -m mengbi lab train …` learns as one process would.

Every process makes the same batch, takes its own share of the rows, and the gradients are averaged (Li et al. 2020):
the weights are the same everywhere after every step, so only the first process writes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch import distributed as dist

from mengbi.errors import BriefError


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among all of a run."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """The one that says and writes things."""
        return self.rank == 0

    def rows(self, count: int) -> slice:
        """Its share of so many rows. Raises BriefError if they cannot be shared evenly."""
        if count % self.size:
            raise BriefError(f"a batch of {count} on {self.size} processes — take a multiple of {self.size}")
        share = count // self.size
        return slice(self.rank * share, (self.rank + 1) * share)

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Makes each the mean of what it is in all processes, in one message."""
        if self.size == 1 or not tensors:
            return
        message = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        dist.all_reduce(message)
        message /= self.size
        for tensor, mean in zip(tensors, message.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.reshape(tensor.shape))

    def agree(self, yes: bool) -> bool:
        """What the first process says."""
        if self.size == 1:
            return yes
        said = torch.tensor([float(yes)], device="cuda" if dist.get_backend() == "nccl" else "cpu")
        dist.broadcast(said, 0)
        return bool(said.item())


def first() -> bool:
    """Whether this process is the one that says and writes things, also before it joined the others."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: str) -> Iterator[tuple[Ranks, torch.device]]:
    """Joins the processes that torchrun started, if it did: who this one is, and the device that is its own."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks(), torch.device(device)
        return
    own = f"cuda:{os.environ['LOCAL_RANK']}" if device == "cuda" else device
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size()), torch.device(own)
    finally:
        dist.destroy_process_group()
