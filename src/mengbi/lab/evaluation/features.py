"""Networks that see: pictures to features, by which pictures are compared. This one is EfficientNet-Lite0.

Each is opened by its name in NETWORKS, and what follows a colon is its argument: `lite0`, `lenet`,
`lenet:fashion-mnist`, `inception:FILE`. Its Fréchet distance has a name of its own and is called FID where Inception
sees and nowhere else: figures of two networks do not compare, nor those of two trainings of one, so the digest of the
weights goes with them.
"""

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import platformdirs
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mengbi.errors import BriefError
from mengbi.files import write_whole
from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.compare import Features, Pictures, frechet, nearest, spread
from mengbi.lab.evaluation.judging import shrunk
from mengbi.lab.models.judge import Lite0, imagenet
from mengbi.registry import Registry

__all__ = [
    "NETWORKS",
    "Features",
    "Network",
    "features",
    "frechet",
    "look",
    "look_once",
    "nearest",
    "open_network",
    "spread",
]

CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "features"
LONG = 20.0
"""Seconds after which features of real pictures are worth keeping."""
SEEN = 500
"""Pictures seen between two ticks."""

SIDE, PAINTED = 224, 128
"""Pixels that the network was made for, and those that every picture is brought to before, so that none is sharper."""
BATCH = 4
"""Few: what a batch leaves behind must fit the processor's cache."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Network:
    """A network that sees, opened."""

    name: str  # as its figures are called: "lite0"
    see: Callable[[Pictures], Features]  # uint8 (h, w, 1 or 3) each -> float32 (n, d)
    digest: str  # of its weights
    frechet: str  # what its Fréchet distance is called
    kernel: str  # and its kernel distance
    about: str  # a line for the report
    known: int  # training pictures that it looks for copies among, at most: by what a look costs


NETWORKS: Registry[Callable[[str], Network]] = Registry("feature network")
NETWORKS.register("lite0", "mengbi.lab.evaluation.features:lite0")
NETWORKS.register("lenet", "mengbi.lab.evaluation.digits:lenet")
NETWORKS.register("inception", "mengbi.lab.evaluation.inception:inception")


def open_network(spec: str) -> Network:
    """The network of that name and argument. Raises UnknownName, BriefError, AssetError."""
    name, _, argument = spec.partition(":")
    return NETWORKS.find(name)(argument)


def look(network: Network, pictures: NDArray[np.uint8], tick: Callable[[str, int], None]) -> Features:
    """What a network sees in pictures, some at a time; tick gets its name and how many more."""
    parts = []
    for first in range(0, len(pictures), SEEN):
        parts.append(network.see(pictures[first : first + SEEN]))
        tick(network.name, len(parts[-1]))
    return np.concatenate(parts)


def look_once(network: Network, pictures: NDArray[np.uint8], tick: Callable[[str, int], None]) -> Features:
    """What a network sees in pictures that will be asked for again: kept in the person's cache where it took long."""
    whole = hashlib.sha256(f"{network.name} {network.digest} {network.about} {pictures.shape}".encode())
    whole.update(np.ascontiguousarray(pictures).tobytes())
    path = CACHE / f"{whole.hexdigest()[:32]}.npy"
    if path.is_file():
        tick(network.name, len(pictures))
        return np.load(path, allow_pickle=False)
    began = time.monotonic()
    rows = look(network, pictures, tick)
    if time.monotonic() - began > LONG:
        buffer = io.BytesIO()
        np.save(buffer, rows)
        write_whole(path, buffer.getvalue())
    return rows


def lite0(argument: str = "") -> Network:
    """EfficientNet-Lite0 with ImageNet's weights. Raises AssetError without them, BriefError for an argument."""
    if argument:
        raise BriefError(f"lite0:{argument} — its weights come with a package; write lite0 alone")
    return Network(
        name="lite0",
        see=features,
        digest=digest(imagenet(Lite0())),
        frechet="FD-lite0",
        kernel="KD-lite0",
        about="EfficientNet-Lite0, ImageNet weights, 1280 features of pictures brought to 128 and then 224 pixels",
        known=10_000,
    )


def features(pictures: Pictures) -> Features:
    """float32 (n, 1280) of n pictures, uint8 (h, w, 1 or 3) of any size. Raises AssetError without the weights."""
    rows = []
    for first in range(0, len(pictures), BATCH):
        batch = np.stack([_fitted(picture) for picture in pictures[first : first + BATCH]])
        with torch.inference_mode():
            rows.append(_network()(torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255)[0].numpy())
    return np.concatenate(rows)


FOLDED = (
    ("_conv_stem", "_bn0"),
    ("_expand_conv", "_bn0"),
    ("_depthwise_conv", "_bn1"),
    ("_project_conv", "_bn2"),
    ("_conv_head", "_bn1"),
)
"""Convolutions of Lite0 that take their norms into their weights: the same features in two thirds of the time."""


@cache
def _network() -> Lite0:
    network = imagenet(Lite0()).eval()
    for part in network.modules():
        for convolution, norm in FOLDED:
            if hasattr(part, convolution) and hasattr(part, norm):
                setattr(part, convolution, fuse_conv_bn_eval(getattr(part, convolution), getattr(part, norm)))
                setattr(part, norm, torch.nn.Identity())
    return network.to(memory_format=torch.channels_last)


def digest(network: torch.nn.Module) -> str:
    """Of all its numbers, in the order of its state."""
    whole = hashlib.sha256()
    for tensor in network.state_dict().values():
        whole.update(tensor.contiguous().numpy().tobytes())
    return whole.hexdigest()[:16]


def _fitted(picture: Pixels) -> Pixels:
    image = Image.fromarray(shrunk(picture[..., 0] if picture.shape[-1] == 1 else picture, PAINTED))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
