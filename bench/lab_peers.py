"""Three well-known packages as `lab.py` measures them: each as it comes, and its network and losses in our trainer.

They are written for a GPU and load files with torchvision, which has no build for the torch of a processor. So what
moves to a GPU stays where it is here, and where torchvision and aim are not installed something stands in for them that
does nothing: of both only what loads files, saves sheets and keeps a diary is asked for, and none of it while time is
taken. Networks, losses, optimisers and the steps of their trainers run as they are.
"""

import contextlib
import importlib
import io
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

import torch
from torch import Tensor, nn

from mengbi.lab.adversarial import CRITIC, HINGE, paint
from mengbi.lab.models import MODELS, build
from mengbi.lab.turns import PRINCIPAL, Moment, Outcome, Turn

PENALTY_EVERY = 4
"""Steps from one gradient penalty to the next, as two of them have it."""
PENALTY = 10.0
NEVER = 10**9
UNDER_WAY = 20_004
"""A step in the midst of a run: from 20,000 on weights are averaged; and no sheet is due."""


class Here(ModuleType):
    """torch, but that every device is the processor."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def device(_: str) -> torch.device:
        return torch.device("cpu")


def load(name: str) -> Any:
    """The module of a peer in which all of it stands. Raises SystemExit where it is not installed."""
    for missing in ("torchvision", "aim"):
        if missing not in sys.modules and find_spec(missing) is None:
            sys.modules[missing] = MagicMock(__spec__=ModuleSpec(missing, None))
    torch.Tensor.cuda = nn.Module.cuda = lambda self, *_: self  # type: ignore[assignment,method-assign]
    try:
        with patch("torch.cuda.is_available", return_value=True):
            module = getattr(__import__(f"{name}.{name}"), name)
    except ImportError as error:
        raise SystemExit(f"{name} cannot be imported ({error}); pip install {name.replace('_', '-')}") from error
    module.torch = Here("torch")
    return module


def feed(pictures: Tensor, batch: int) -> Iterator[Tensor]:
    """Endless batches in [0, 1], as their loaders give them; each a copy, for they ask gradients of it."""
    return (each.clone() for each in cycle(((pictures + 1) / 2).contiguous().split(batch)))


class StyleGan2:
    """stylegan2-pytorch. No length of paths is learnt, which neither of us does by default on a processor's run."""

    package = "stylegan2_pytorch"

    def __init__(self, size: int, batch: int, shape: dict[str, Any], pictures: Tensor, folder: Path) -> None:
        module = load(self.package)
        self.trainer = module.Trainer(
            base_dir=folder, image_size=size, batch_size=batch, save_every=NEVER, evaluate_every=NEVER, no_pl_reg=True,
            **shape,
        )  # fmt: skip
        self.trainer.init_GAN()
        self.trainer.loader, self.trainer.steps = feed(pictures, batch), UNDER_WAY

    @property
    def networks(self) -> tuple[nn.Module, ...]:
        return self.trainer.GAN.S, self.trainer.GAN.G, self.trainer.GAN.D

    def learn(self, steps: int) -> None:
        for _ in range(steps):
            self.trainer.train()


class LightweightGan(StyleGan2):
    """lightweight-gan, which penalises as the other does."""

    package = "lightweight_gan"

    def __init__(self, size: int, batch: int, shape: dict[str, Any], pictures: Tensor, folder: Path) -> None:
        self.trainer = load(self.package).Trainer(
            base_dir=folder, image_size=size, batch_size=batch, save_every=NEVER, evaluate_every=NEVER, use_aim=False,
            **shape,
        )  # fmt: skip
        self.trainer.init_GAN()
        self.trainer.loader, self.trainer.steps = feed(pictures, batch), UNDER_WAY

    @property
    def networks(self) -> tuple[nn.Module, ...]:
        return self.trainer.GAN.G, self.trainer.GAN.D


class Diffusion:
    """denoising-diffusion-pytorch. Its trainer wants to see a folder of a hundred pictures; it gets batches.

    halves: it is asked for bfloat16, which it can do on a processor, through accelerate.
    """

    package = "denoising_diffusion_pytorch"

    def __init__(
        self, size: int, batch: int, shape: dict[str, Any], pictures: Tensor, folder: Path, halves: bool = False
    ) -> None:
        module = load(self.package)
        state = importlib.import_module("accelerate.state").AcceleratorState
        state._reset_state(reset_partial_state=True)  # or the first one's precision is everybody's
        for number in range(100):
            (folder / f"{number}.png").touch()
        diffusion = module.GaussianDiffusion(module.Unet(**shape), image_size=size)
        self.trainer = module.Trainer(
            diffusion, folder, train_batch_size=batch, save_and_sample_every=NEVER, calculate_fid=False,
            results_folder=folder / "results", amp=halves, mixed_precision_type="bf16",
        )  # fmt: skip
        self.trainer.dl = feed(pictures, batch)

    @property
    def networks(self) -> tuple[nn.Module, ...]:
        return (self.trainer.model.model,)

    def learn(self, steps: int) -> None:
        self.trainer.train_num_steps = self.trainer.step + steps
        with contextlib.redirect_stdout(None), contextlib.redirect_stderr(io.StringIO()):
            self.trainer.train()


class Painter(nn.Module):
    """stylegan2-pytorch's mapping and generator, as a network of ours: two styles are mixed, as its trainer does."""

    def __init__(self, size: int, latent: int, depth: int, capacity: int) -> None:
        super().__init__()
        module = load("stylegan2_pytorch")
        self.latent = latent
        self.S = module.StyleVectorizer(latent, depth, lr_mul=0.1)
        self.G = module.Generator(size, latent, capacity)

    def forward(self, z: Tensor, _: Tensor) -> Tensor:
        layers = self.G.num_layers
        cut = int(torch.rand(()) * layers)
        one, other = self.S(z), self.S(torch.randn_like(z))
        styles = torch.cat([one[:, None].expand(-1, cut, -1), other[:, None].expand(-1, layers - cut, -1)], 1)
        return self.G(styles, torch.rand(len(z), self.G.image_size, self.G.image_size, 1))


class LightPainter(nn.Module):
    """lightweight-gan's generator, as a network of ours."""

    def __init__(self, size: int, latent: int, widest: int) -> None:
        super().__init__()
        self.latent = latent
        self.G = load("lightweight_gan").Generator(image_size=size, latent_dim=latent, fmap_max=widest)

    def forward(self, z: Tensor, _: Tensor) -> Tensor:
        return self.G(z)


class Denoiser(nn.Module):
    """denoising-diffusion-pytorch's U-Net, as a network of ours."""

    def __init__(self, size: int, **shape: Any) -> None:
        super().__init__()
        self.size, self.unet = size, load("denoising_diffusion_pytorch").Unet(**shape)

    def forward(self, z: Tensor, t: Tensor, *_: Tensor) -> Tensor:
        return self.unet(z, t * 1000)


class Critic(nn.Module):
    """stylegan2-pytorch's, as a network of ours."""

    def __init__(self, size: int, capacity: int) -> None:
        super().__init__()
        self.D = load("stylegan2_pytorch").Discriminator(size, capacity)

    def forward(self, x: Tensor, _: Tensor) -> Tensor:
        return self.D(x)[0]


class LightCritic(nn.Module):
    """lightweight-gan's: two verdicts, and, where it shall redraw, how badly it does."""

    def __init__(self, size: int, widest: int) -> None:
        super().__init__()
        self.D = load("lightweight_gan").Discriminator(image_size=size, fmap_max=widest)

    def forward(self, x: Tensor, _: Tensor, redraw: bool) -> tuple[Tensor, Tensor, Tensor | None]:
        return self.D(x, calc_aux_loss=redraw)


class Precise(nn.Module):
    """A denoiser in float32 throughout, whatever the loss would have it compute in."""

    def __init__(self, size: int, within: dict[str, Any]) -> None:
        super().__init__()
        self.size, self.inner = size, build(within)

    def forward(self, *inputs: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            return self.inner(*inputs)


for name, network in {
    "their-stylegan2": Painter,
    "their-stylegan2-critic": Critic,
    "their-light": LightPainter,
    "their-light-critic": LightCritic,
    "their-unet": Denoiser,
    "precise": Precise,
}.items():
    MODELS.register(name, network)


def critic_turn(moment: Moment) -> Outcome:
    """What both GANs' critics learn: hinge losses of all verdicts, to redraw, and now and then a penalty."""
    network, batch = moment.networks[CRITIC], moment.batch
    real, fake = batch.x, paint(moment, batch)
    due = moment.step % PENALTY_EVERY == 0
    if due:
        real, fake = real.detach().requires_grad_(), fake.detach().requires_grad_()
    seen, redrawn = verdicts(network, real, batch.y, redraw=True)
    made, _ = verdicts(network, fake, batch.y)
    loss = redrawn + sum(HINGE.critic(*pair) for pair in zip(seen, made, strict=True))
    if due:
        for x, said in ((real, seen), (fake, made)):
            (gradient,) = torch.autograd.grad([each.sum() for each in said], x, create_graph=True)
            loss = loss + PENALTY * gradient.float().square().sum((1, 2, 3)).mean()
    return loss, {}


def painter_turn(moment: Moment) -> Outcome:
    """What both GANs' painters learn."""
    said, _ = verdicts(moment.networks[CRITIC], paint(moment, moment.batch), moment.batch.y)
    return -sum(each.mean() for each in said), {}


def verdicts(network: Any, x: Tensor, y: Tensor, redraw: bool = False) -> tuple[list[Tensor], Tensor | float]:
    """All that a critic says of pictures, and how badly it redraws them where it does."""
    if not isinstance(network, LightCritic):
        return [network(x, y).float()], 0.0
    one, other, redrawn = network(x, y, redraw)
    return [one.float(), other.float()], redrawn if redraw else 0.0


TURNS = (Turn(who=CRITIC, loss=critic_turn), Turn(who=PRINCIPAL, loss=painter_turn))
"""What both GANs' trainers do in a step, for any networks in our trainer."""
