"""From a run to shipped weights that draw avatars: the two halves of its network in bytes, its digest, its card."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mengbi.engine.editing import pixels_of
from mengbi.errors import FaultError
from mengbi.lab.card import lines, trained_by, with_top
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.compress import LEAST_PSNR, kept_in_bytes
from mengbi.lab.data.faces import unseen
from mengbi.lab.evaluation.compare import decibels, frechet
from mengbi.lab.evaluation.features import features
from mengbi.lab.export import files, session
from mengbi.lab.recipes.avatar import see
from mengbi.lab.run import last, restored, trained
from mengbi.lab.ship import check_better, history, write_folder

RECIPE = ("batch", "steps", "rate", "warmup", "decay", "average", "seed")
"""What the card keeps of it."""
TABLES = ("parts", "shades")
"""Of the network's arguments, what the ONNX file says and the card does not."""
MEASURED = 512
"""Faces of each of the two sets that it is measured by."""
KNOWN, FRECHET, FLOOR = "PSNR, dB", "FD-lite0", "FD-lite0 of real faces"

TEXT = """# {name}

A small GAN of the StyleGAN2 kind that draws faces on nothing, told by {traits} traits: {size} pixels, colours and how
much of them there is. `mengbi avatar` paints with it; docs/avatars.md shows what comes of it.

| | |
|---|---|
{made}

## How good it is

{measured} faces that it never learnt from, and of which it is known what they are made of:

| | |
|---|---|
{figures}

FD-lite0 is the Fréchet distance of the features of EfficientNet-Lite0, between the faces that it draws of {measured}
wishes and other real ones; it is not called FID, which looks through another network.

## What it learnt from

{seen:,} looks at {faces:,} faces, which `mengbi lab data faces` puts together again of the parts of these styles, in
colours of our own; of every face its traits are known, and the point of the network's latent space that it belongs to.

| style | by | licence |
|---|---|---|
| Adventurer | Lisa Wischofsky | CC BY 4.0 |
| Lorelei | Lisa Wischofsky | CC0 1.0 |
| Toon Head | Johan Melin | CC BY 4.0 |
| Personas | Draftbit | CC BY 4.0 |

The weights are ours, Apache-2.0.
"""


def ship_avatar(run: Path, out: Path, *, anyway: bool = False) -> str:
    """Writes `out` anew from the last checkpoint of a run; returns what to say of it.

    Raises BriefError if the weights that stand there are better, unless anyway; FaultError, AssetError, OutputError,
    StorageError; then they still stand.
    """
    found = last(run)
    halves = {name: kept_in_bytes(data) for name, data in files(found).items() if name in ("style.onnx", "brush.onnx")}
    figures = measure(found, halves)
    if not anyway:
        check_better(out, figures[KNOWN], lambda standing: float(standing[KNOWN]), "{:.2f} dB".format)
    style, brush = halves["style.onnx"], halves["brush.onnx"]
    facts = {
        "name": out.name,
        "network": {name: value for name, value in found.state["model"].items() if name not in TABLES},
        "weights": sum(tensor.numel() for tensor in trained(found).values()),
        "bytes": len(style) + len(brush),
        "digest": hashlib.sha256(brush).hexdigest(),
        "run": history(found),
        "recipe": {key: found.state[key] for key in RECIPE},
        "faces": {key: found.state["notes"]["data"][key] for key in ("count", "digest")},
        "evaluation": figures,
    }
    made = {
        "model.onnx": brush,
        "digest": f"{facts['digest']}\n".encode(),
        "style/model.onnx": style,
        "style/digest": f"{hashlib.sha256(style).hexdigest()}\n".encode(),
        "card.md": card(facts).encode(),
    }
    write_folder(out, made)
    shown = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
    return f"{out}: {facts['bytes'] / 2**20:.2f} MiB; {shown}; {facts['digest'][:12]}"


def measure(found: Checkpoint, halves: Mapping[str, bytes]) -> dict[str, float]:
    """How near the network in bytes comes to faces that it never saw. Raises FaultError if the bytes can be seen."""
    size = int(found.state["model"]["size"])
    pixels, numbers, points = unseen(2 * MEASURED, size)
    known = see(*(torch.from_numpy(array[:MEASURED]) for array in (pixels, numbers, points)))
    style, brush = (session(halves[name]) for name in ("style.onnx", "brush.onnx"))
    w = style.run(["w"], {"z": known.z.numpy(), "y": known.y.numpy()})[0]
    made = np.concatenate([brush.run(["picture"], {"w": row[None]})[0] for row in w])
    whole = restored(found)
    with torch.inference_mode():
        floats = [whole(z[None], y[None]) for z, y in zip(known.z[:64], known.y[:64], strict=True)]
    lost = _decibels(torch.cat(floats), torch.from_numpy(made[:64]))
    if lost < LEAST_PSNR:
        raise FaultError(f"in bytes the network is {lost:.1f} dB from itself, {LEAST_PSNR:g} is the least")
    real = see(*(torch.from_numpy(array[MEASURED:]) for array in (pixels, numbers, points))).x.numpy()
    first, other, ours = (features(_colors(pictures)) for pictures in (known.x.numpy(), real, made))
    return {
        KNOWN: _decibels(torch.from_numpy(made), known.x),
        FRECHET: frechet(ours, other),
        FLOOR: frechet(first, other),
        "dB between bytes and floats": lost,
    }


def _decibels(a: Tensor, b: Tensor) -> float:
    return decibels(float((a.clamp(-1, 1) - b).square().mean()), 2.0)


def _colors(pictures: NDArray[np.float32]) -> NDArray[np.uint8]:
    return pixels_of(pictures[:, :3])


def card(facts: Mapping[str, Any]) -> str:
    """The card's text. facts: what the program reads again, see `ship_avatar`."""
    network, run = facts["network"], facts["run"]
    made = [
        ("network", f"{facts['weights'] / 1e6:.2f} million weights, {json.dumps(network)}"),
        ("file", f"{facts['bytes'] / 2**20:.2f} MiB, weights as bytes, `{facts['digest'][:12]}`"),
        *trained_by(run, "faces"),
    ]
    text = TEXT.format(
        name=facts["name"],
        traits=network["classes"],
        size=network["size"],
        made=lines(made),
        measured=MEASURED,
        figures=lines((name, f"{value:.2f}") for name, value in facts["evaluation"].items()),
        seen=run["samples"],
        faces=facts["faces"]["count"],
    )
    return with_top(facts, text)
