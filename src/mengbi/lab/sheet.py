"""What a network paints while it learns: fixed words, fixed seeds, the engines' own sampler and guidance."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from mengbi.engine.denoiser import Array, Denoiser
from mengbi.engine.dream import INTERVAL, Told, inputs, tell
from mengbi.engine.editing import as_control, pixels_of
from mengbi.engine.guidance import Guidance, Wish, guided
from mengbi.engine.samplers import multistep
from mengbi.engine.schedules import uniform
from mengbi.files import write_whole
from mengbi.lab.models import CONTROL
from mengbi.noise import gaussian
from mengbi.pipeline import paint as draw
from mengbi.text.condition import make_conditioning
from mengbi.text.encoder import load_encoder

STEPS = 12
GUIDANCE = Guidance(scale=3.0, interval=INTERVAL)
COLUMNS = 4  # the last with a drawing to follow, which stands beside it


def as_denoiser(model: nn.Module) -> Denoiser[Told]:
    """A network on whatever device it lies, behind the engines' contract."""
    device = next(model.parameters()).device

    def denoise(z: Array, t: float, told: Sequence[Told]) -> Array:
        seen = {name: torch.from_numpy(array).to(device) for name, array in inputs(z, t, told).items()}
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            x0: Array = model(**seen).float().cpu().numpy()
        return x0

    return denoise


def paint(model: nn.Module, told: Sequence[Told], seeds: Sequence[int]) -> NDArray[np.uint8]:
    """One picture a wish, uint8 (n, size, size, 3)."""
    size = told[0].control.shape[-1]
    wishes = [Wish(toward=((one, 1.0),), away=replace(one, given=np.zeros_like(one.given))) for one in told]
    z = gaussian(tuple(seeds), 0, (3, size, size))
    for state in multistep(guided(as_denoiser(model), wishes, GUIDANCE), z, uniform(STEPS), np.zeros_like):
        z = state.z
    return pixels_of(z)


def paint_sheet(model: nn.Module, prompts: Sequence[str], drawings: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """A row a prompt: three seeds without help, one after a drawing, and that drawing. drawings: (size, size, 3)."""
    encoder, size = load_encoder(), drawings[0].shape[0]
    told = []
    for prompt, drawing in zip(prompts, drawings, strict=True):
        ((condition, _),) = make_conditioning(prompt, "", 1, encoder).at(0).toward
        alone, helped = np.zeros((CONTROL, size, size), np.float32), as_control(drawing)
        told += [tell(condition, alone)] * (COLUMNS - 1) + [tell(condition, helped)]
    painted = paint(model, told, list(range(COLUMNS)) * len(prompts)).reshape(len(prompts), COLUMNS, size, size, 3)
    cells = np.concatenate([painted, np.stack(drawings)[:, None]], 1)
    return cells.transpose(0, 2, 1, 3, 4).reshape(len(prompts) * size, -1, 3)


def draw_prompts(prompts: Sequence[str], size: int) -> list[NDArray[np.uint8]]:
    """The underdrawing of each prompt, uint8 (size, size, 3)."""
    drawn = [draw(prompt, engine="sketch", style="none", size=(256, 256), seed=0).image for prompt in prompts]
    return [np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)) for image in drawn]


def save_sheet(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Writes pixels as PNG. Raises OutputError, StorageError."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    write_whole(path, buffer.getvalue())
