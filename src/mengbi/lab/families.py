"""What anybody can train on data of their own: each name, its paper, what it wants, and the recipe that makes its task.

An outside package adds its own through the entry-point group `mengbi`: `FAMILIES.register("mine", Family(…))`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mengbi.registry import Registry

if TYPE_CHECKING:
    from mengbi.lab.task import Task

PICTURES, TEXT, FACES = "pictures", "text", "faces"


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A kind of network that can be trained."""

    title: str  # one line
    paper: str
    recipe: str  # "module:function", a function (data, preset) -> Task
    wants: str = PICTURES

    def task(self, data: Any, preset: str) -> "Task":
        """What `train` needs. Raises BriefError for an unknown preset, or data that this cannot learn from."""
        module, _, name = self.recipe.partition(":")
        make: Callable[[Any, str], Task] = getattr(import_module(module), name)
        return make(data, preset)


FAMILIES: Registry[Family] = Registry("recipe")


def _ours(name: str, title: str, paper: str, place: str, wants: str = PICTURES) -> None:
    recipe = f"mengbi.lab.recipes.{place}"
    FAMILIES.register(name, Family(title=title, paper=paper, recipe=recipe, wants=wants))


_ours("dcgan", "a GAN of convolutions", "Radford et al. 2016", "gan:dcgan")
_ours("wgan-gp", "a GAN whose critic measures a distance", "Gulrajani et al. 2017", "gan:wgan_gp")
_ours("hinge", "a hinge GAN with R1, for few pictures", "Lim & Ye 2017; Zhao et al. 2020", "gan:hinge")
_ours("stylegan2", "a small StyleGAN2, for faces", "Karras et al. 2020", "stylegan:stylegan2")
_ours("vae", "a variational autoencoder", "Kingma & Welling 2014", "vae:vae")
_ours("beta-vae", "one whose code falls into parts", "Higgins et al. 2017", "vae:beta_vae")
_ours("vq-vae", "an autoencoder in a few hundred words", "van den Oord et al. 2017", "vqvae:vq_vae")
_ours("classifier", "tells what is in a picture", "He et al. 2016", "classifier:classifier")
_ours("flow", "the painter's own objective, on any folder", "Li & He 2025", "painters:flow")
_ours("ddpm", "denoising diffusion", "Ho et al. 2020; Nichol & Dhariwal 2021", "painters:ddpm")
_ours("lstm", "writes, character by character", "Hochreiter & Schmidhuber 1997", "text:lstm", TEXT)
_ours("transformer", "writes, looking back at all it wrote", "Vaswani et al. 2017", "text:transformer", TEXT)
_ours("avatar", "faces by traits, told and drawn", "Karras et al. 2020", "avatar:avatar", FACES)
