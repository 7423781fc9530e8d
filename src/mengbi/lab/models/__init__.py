"""Networks. One that paints is a torch module `x0 = model(z, t, vectors, given, control)`; the upscaler says its own.

z        float (n, 3, size, size), a point of the path between noise (t = 0) and picture (t = 1)
t        float (n,), 0 to 1
vectors  float (n, WORDS, WORD_WIDTH), what is wished for as unit vectors, scaled by how much: the whole prompt
         first, then its phrases, then the style
given    bool (n, WORDS), which of them there are; none at all: any picture
control  float (n, 4, size, size), a colour sketch in [−1, 1] times where it is given, and where: 0 or 1
x0       float (n, 3, size, size), the mean of all pictures in [−1, 1] that could be behind z
"""

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from mengbi.registry import Registry

WORDS = 8
WORD_WIDTH = 512
CONTROL = 4

MODELS: Registry[Callable[..., nn.Module]] = Registry("network")
MODELS.register("transformer", "mengbi.lab.models.dream:Dream")
MODELS.register("unet", "mengbi.lab.models.unet:UNet")
MODELS.register("upscaler", "mengbi.lab.models.upscale:Upscaler")
MODELS.register("dcgan", "mengbi.lab.models.dcgan:Dcgan")
MODELS.register("dcgan-critic", "mengbi.lab.models.dcgan:DcganCritic")
MODELS.register("stylegan2", "mengbi.lab.models.stylegan:StyleGan2")
MODELS.register("stylegan2-critic", "mengbi.lab.models.stylegan:StyleGan2Critic")
MODELS.register("portrait", "mengbi.lab.models.portrait:Portrait")
MODELS.register("vae", "mengbi.lab.models.vae:Vae")
MODELS.register("vqvae", "mengbi.lab.models.vqvae:VqVae")
MODELS.register("classifier", "mengbi.lab.models.classifier:Classifier")
MODELS.register("lstm", "mengbi.lab.models.lstm:Lstm")
MODELS.register("gpt", "mengbi.lab.models.gpt:Gpt")


def build(spec: Mapping[str, Any]) -> nn.Module:
    """A fresh network: spec["kind"] is a name in MODELS, the rest are its arguments. Raises UnknownName."""
    arguments = dict(spec)
    return MODELS.find(arguments.pop("kind"))(**arguments)


def weigh(model: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(parameter.numel() for parameter in model.parameters())
