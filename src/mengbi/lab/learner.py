"""A network that learns: its weights, its optimiser, and what a checkpoint keeps of both."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mengbi.errors import AssetError
from mengbi.lab.models import build

MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class Learner:
    """A network and its Adam (Kingma & Ba 2015)."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        device: torch.device,
        *,
        betas: tuple[float, float],
        clip: float,
        prefix: str = "",
    ) -> None:
        """spec: see `models.build`; clip: longest gradient; prefix: of its tensors in a checkpoint."""
        self.model = build(spec).to(device, memory_format=torch.channels_last)
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, betas=betas, weight_decay=0.0, fused=True)
        self.clip, self.prefix = clip, prefix

    def learn(self, rate: float) -> Tensor:
        """A step along the gradients that have been gathered, which are then forgotten; their length before."""
        gradient = torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return gradient

    def tensors(self) -> dict[str, Tensor]:
        """Weights, buffers and moments by name."""
        kept = {f"{self.prefix}model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            state = self.optimizer.state[parameter].items()
            kept |= {f"{self.prefix}adam.{key}.{name}": value for key, value in state}
        return kept

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes over what `tensors` gave."""
        take(self.model, tensors, f"{self.prefix}model.")
        self.optimizer.state.clear()
        for name, parameter in self.model.named_parameters():
            places = {key: f"{self.prefix}adam.{key}.{name}" for key in MOMENTS}
            if places["step"] in tensors:
                self.optimizer.state[parameter] = {
                    key: torch.empty_like(parameter).copy_(tensors[place]) if tensors[place].dim() else tensors[place]
                    for key, place in places.items()
                }


def take(model: nn.Module, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
    """Loads what lies in `tensors` under a prefix. Raises AssetError, and loads nothing, if that is another network."""
    own = model.state_dict()
    for name, tensor in own.items():
        found = tensors.get(prefix + name)
        if found is None or found.shape != tensor.shape:
            raise AssetError(
                f"these weights are of another network or of an earlier kind of it ({name!r} does not fit); train anew,"
                " or use the Mengbi that trained them: mengbi lab runs NAME says which"
            )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[prefix + name])


def follow(average: nn.Module, model: nn.Module, kept: float) -> None:
    """A step of the running average: parameters are averaged, buffers are taken over as they are.

    Averaged buffers are a classic fault: a schedule's numbers or a count of batches must not be smeared.
    """
    torch._foreach_lerp_(list(average.parameters()), [p.detach() for p in model.parameters()], 1 - kept)
    for own, seen in zip(average.buffers(), model.buffers(), strict=True):
        own.copy_(seen)
