"""A VQ-VAE that learns from a prepared folder. As a program, a run of it, which is what torchrun starts.

python quantised.py PICTURES CACHE OUT STEPS     each process writes down in OUT what it has learnt
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import torch
from folders import SIZE
from safetensors.torch import save_file

from mengbi.lab.data.folder import open_data
from mengbi.lab.recipes.vqvae import vq_vae
from mengbi.lab.task import Task
from mengbi.lab.train import train


def task(pictures: Path, cache: Path, steps: int) -> Task:
    data = open_data(str(pictures), size=SIZE, channels=3, least=1, cache=cache)
    made = vq_vae(data, "smoke")
    return replace(made, sheet=None, recipe=replace(made.recipe, steps=steps, check_every=steps, batch=16))


def learn(made: Task, out: Path, rank: int = 0) -> None:
    """Trains, and writes down the network that this process ends with, and how good it is."""

    def check(network: torch.nn.Module) -> dict[str, float]:
        figures = made.check(network)
        tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file({**tensors, "validation": torch.tensor(figures["validation"])}, out / f"{rank}.safetensors")
        return figures

    out.mkdir(parents=True, exist_ok=True)
    train(replace(made, check=check), out, say=str)


if __name__ == "__main__":
    torch.set_num_threads(1)
    pictures, cache, out = map(Path, sys.argv[1:4])
    learn(task(pictures, cache, int(sys.argv[4])), out, int(os.environ["RANK"]))
