"""Autoencoders as lessons: the evidence lower bound that they raise, what it is on held-out pictures, their sheets.

All of it in nats a picture, so the two families can be compared, and with what others published: of black-or-white
pixels where the likelihood is Bernoulli's (each grey becomes white by that chance, anew each time: Salakhutdinov &
Murray 2008), of 256 levels where it is Gaussian (see `models.vae.surprise`).
"""

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mengbi.lab.data.folder import Dataset
from mengbi.lab.gallery import SIDE, generator_sheet, grid, made
from mengbi.lab.labelled import as_numbers, held, some_dropped, wishes
from mengbi.lab.models.vae import LEVEL, Vae, divergence, surprise
from mengbi.lab.models.vqvae import VqVae
from mengbi.lab.task import Check, Sheet
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn

Autoencoder: TypeAlias = Vae | VqVae
Parts: TypeAlias = tuple[Tensor, Tensor]
"""Of the bound, in nats of each picture, float32 (n,): what the picture costs once its code is known, and the code."""

CHECKED = 2000
"""Held-out pictures that are checked."""
ROWS = 100
COMMITMENT = 0.25
"""Weight of how far a vector is from its code (van den Oord et al. 2017, β)."""


def vae_turns(*, beta: float, warmup: float, dropped: float) -> Sequence[Turn]:
    """A VAE's: what the picture costs, and β times what its code does.

    beta: 1 is the bound itself, more untangles what the code says (Higgins et al. 2017, β-VAE); it grows from 0 over
    the first `warmup` of the run, or early on the cheapest code is none (Sønderby et al. 2016). dropped: share of the
    pictures of which nothing is said.
    """

    def loss(moment: Moment) -> Outcome:
        model, generator = cast(Vae, moment.networks[PRINCIPAL]), moment.generator
        batch = some_dropped(moment.batch, dropped, generator)
        picture, code = vae_parts(model, drawn(model, batch.x, generator), batch.y, generator)
        weight = beta * min(1.0, moment.done / warmup)
        return picture + weight * code, {"reconstruction": picture.mean(), "kl": code.mean()}

    return (Turn(who=PRINCIPAL, loss=loss),)


def vae_parts(model: Vae, x: Tensor, y: Tensor, generator: torch.Generator) -> Parts:
    """By one code for each picture, drawn as mean + deviation · noise (Kingma & Welling 2014, eq. 10)."""
    mean, logvar = (numbers.float() for numbers in model.encode(x, y))
    told = model.decode(mean + torch.exp(logvar / 2) * like(mean, generator), y)
    return surprise(x, told.float(), model.log_deviation), divergence(mean, logvar)


def vqvae_turns(*, first: float, dropped: float) -> Sequence[Turn]:
    """A VQ-VAE's: over the first share of the run the autoencoder learns, then its prior. dropped: as above."""

    def loss(moment: Moment) -> Outcome:
        model, generator = cast(VqVae, moment.networks[PRINCIPAL]), moment.generator
        batch = some_dropped(moment.batch, dropped, generator)
        x = drawn(model, batch.x, generator)
        if moment.done < first:
            picture, code, apart = _quantised(model, x, generator)
        else:
            picture, code = vqvae_parts(model, x, batch.y, generator)
            apart = torch.zeros_like(code)
        return picture + code + COMMITMENT * apart, {"reconstruction": picture.mean(), "kl": code.mean()}

    return (Turn(who=PRINCIPAL, loss=loss),)


def _quantised(model: VqVae, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Parts of the bound while the prior is uniform, and how far the vectors are from their codes, which follow."""
    vectors, codes = model.encode(x)
    near = model.codebook(codes)
    told = model.decode(vectors + (near - vectors).detach())  # the gradient passes as if nothing were rounded
    picture = surprise(x, told.float(), model.log_deviation)
    model.codebook.follow(vectors, codes, generator)
    uniform = model.places * math.log(model.prior.hidden)
    return picture, torch.full_like(picture, uniform), (vectors - near).float().square().sum((1, 2))


def vqvae_parts(model: VqVae, x: Tensor, y: Tensor, generator: torch.Generator) -> Parts:
    """By the one code that a picture has; only the prior's part has a gradient."""
    with torch.no_grad():
        _, codes = model.encode(x)
        told = model.decode(model.codebook(codes))
    return surprise(x, told.float(), model.log_deviation).detach(), model.prior.surprise(codes, y, generator)


def drawn(model: Autoencoder, x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures as the likelihood takes them: each pixel black or white by chance, or somewhere within its level."""
    chance = torch.rand(x.shape, generator=generator, device=x.device)
    if model.log_deviation is None:
        return torch.where(2 * chance - 1 < x, 1.0, -1.0)
    return x + (chance - 0.5) * LEVEL


def like(numbers: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise."""
    return torch.randn(numbers.shape, generator=generator, device=numbers.device)


def bound_check(data: Dataset) -> Check | None:
    """−ELBO of held-out pictures of which nothing is said, in nats and in bits a number; None where none are held."""
    pictures = held(data, CHECKED)
    if not len(pictures):
        return None

    def check(model: nn.Module) -> dict[str, float]:
        network = cast(Autoencoder, model.eval())
        parts = vae_parts if isinstance(network, Vae) else vqvae_parts
        total = np.zeros(2)
        with torch.inference_mode():
            for x, y, generator in in_rows(network, pictures):
                total += [float(part.sum()) for part in parts(network, x, y, generator)]
        picture, code = (total / len(pictures)).tolist()
        return {
            "validation": picture + code,
            "bits per dimension": (picture + code) / pictures[0].size / math.log(2),
            "reconstruction of held": picture,
            "kl of held": code,
        }

    return check


def evidence(model: Vae, pictures: NDArray[np.uint8], samples: int) -> float:
    """−log p(x) in nats a picture, nothing said of it, as nearly as so many codes each tell (Burda et al. 2016, IWAE).

    Never below the truth on average, and never above −ELBO. pictures: uint8 (n, h, w, c).
    """
    total = 0.0
    with torch.inference_mode():
        for x, y, generator in in_rows(model.eval(), pictures):
            mean, logvar = model.encode(x, y)
            known = torch.full_like(mean[:, 0], -math.inf)
            for _ in range(samples):
                noise = like(mean, generator)
                z = mean + torch.exp(logvar / 2) * noise
                prior, posterior = -0.5 * z.square().sum(1), -0.5 * (noise.square() + logvar).sum(1)
                weight = prior - posterior - surprise(x, model.decode(z, y), model.log_deviation)
                known = torch.logaddexp(known, weight)
            total -= float((known - math.log(samples)).sum())
    return total / len(pictures)


def in_rows(model: Autoencoder, pictures: NDArray[np.uint8]) -> Iterator[tuple[Tensor, Tensor, torch.Generator]]:
    """Pictures on the model's device, some at a time, as its likelihood takes them, always alike; nothing said."""
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(0)
    for rows in torch.from_numpy(pictures).split(ROWS):
        x = drawn(model, as_numbers(rows.to(device)), generator)
        yield x, torch.zeros(len(x), model.wish, device=device), generator


def autoencoder_sheet(data: Dataset) -> Sheet:
    """Two rows of pictures, each above what is left of them; below, new ones: a wish a row, or 8 × 8 of any."""
    rows = np.flatnonzero(data.held) if data.held.any() else np.arange(len(data))
    shown, asked = np.asarray(data.pixels[np.resize(rows, 2 * SIDE)]), wishes(data)

    def sheet(model: nn.Module) -> NDArray[np.uint8]:
        network = cast(Autoencoder, model.eval())
        x, y, _ = next(in_rows(network, shown))
        left = made(lambda x, y: restored(network, x, y), x, y)
        pairs = np.stack([shown, left]).reshape(2, 2, SIDE, *shown.shape[1:]).swapaxes(0, 1)
        new = generator_sheet(network.latent, asked)(network)
        return np.concatenate([grid(pairs.reshape(-1, *shown.shape[1:])), new])

    return sheet


def restored(model: Autoencoder, x: Tensor, y: Tensor) -> Tensor:
    """The picture of the code that fits best, in [−1, 1]."""
    return model(model.encode(x, y)[0], y) if isinstance(model, Vae) else model.paint(model.encode(x)[1])
