"""A LeNet that reads the classes of small grey pictures: features for comparing them, and what a picture shows.

It is trained once on a data set, in about half a minute, and kept in the person's cache with how often it is right on
pictures held back. Another training sees a little otherwise, so figures compare under one digest of its weights.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mengbi.errors import BriefError
from mengbi.files import write_whole
from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.compare import Features, Pictures
from mengbi.lab.evaluation.features import Network
from mengbi.lab.evaluation.features import digest as digest_of
from mengbi.lab.models.lenet import FEATURES, SIDE, Lenet

CACHE = Path(platformdirs.user_cache_dir("mengbi")) / "lenet"
DATA = "mnist"
EPOCHS, BATCH, RATE = 4, 128, 4e-3
PADDED = 32
"""Pixels a side up to which larger pictures are cut to the network's 28, not shrunk."""
SHIFT = 2
"""Pixels by which a picture is moved at most while it is learnt from."""
LOOKED = 2000
"""Pictures seen at once."""
LEAST = 0.985
"""How often it must be right on MNIST to be believed; what reads worse says so in the report."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reader:
    """A trained LeNet, which says what a picture shows."""

    model: Lenet
    data: str  # what it learnt from, as it is opened by name
    names: tuple[str, ...]
    accuracy: float  # on pictures held back, 0 to 1
    digest: str

    def features(self, pictures: Pictures) -> Features:
        """float32 (n, 84) of uint8 (h, w, 1 or 3) pictures of any size."""
        return _looked(self.model.features, pictures)

    def shares(self, pictures: Pictures) -> NDArray[np.float32]:
        """How likely each picture shows each class, float32 (n, classes)."""
        return _looked(lambda x: self.model(x).softmax(1), pictures)

    @property
    def about(self) -> str:
        """A line for the report."""
        doubt = "" if self.accuracy >= LEAST else f": less than {LEAST:.1%}, read what it says with care"
        told = f"LeNet of {FEATURES} features, learnt from {self.data}"
        return f"{told}, right on {self.accuracy:.2%} of held-out pictures{doubt}"


def lenet(argument: str = "") -> Network:
    """The reader of a data set, MNIST if not named, as a network that sees. Raises what `reader` raises."""
    found = reader(argument or DATA)
    name = "lenet" if found.data == DATA else f"lenet:{found.data}"
    return Network(
        name=name,
        see=found.features,
        digest=found.digest,
        frechet=f"FD-{name}",
        kernel=f"KD-{name}",
        about=found.about,
        known=60_000,
    )


def reader(data: str = DATA, say: Callable[[str], None] = lambda _: None) -> Reader:
    """The reader of a labelled data set, from the cache or trained now.

    data: as `open_data` takes it. Raises BriefError without labels, and what `open_data` raises.
    """
    from mengbi.lab.data.folder import open_data

    learnt = open_data(data, size=SIDE, channels=1)
    if len(learnt.names) < 2 or (learnt.labels < 0).any():
        raise BriefError(f"{data} — pictures without a class; a reader learns from pictures that all have one")
    path = CACHE / f"{hashlib.sha256(learnt.digest.encode()).hexdigest()[:16]}.safetensors"
    model = Lenet(len(learnt.names))
    if path.is_file():
        with safe_open(path, "pt") as file:
            model.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - no mapping
            accuracy = float(file.metadata()["accuracy"])
    else:
        say(f"training a reader of {data}, once")
        held = np.asarray(learnt.held)
        model = train(learnt.pixels[~held], learnt.labels[~held], len(learnt.names), say=say)
        accuracy = right(model, learnt.pixels[held], learnt.labels[held])
        write_whole(path, save(model.state_dict(), metadata={"accuracy": repr(accuracy), "data": data}))
        say(f"right on {accuracy:.2%} of held-out pictures")
    names = tuple(learnt.names)
    return Reader(model=model.eval(), data=data, names=names, accuracy=accuracy, digest=digest_of(model))


def train(
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    classes: int,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Lenet:
    """A LeNet that has learnt from uint8 (n, h, w, 1) and their classes, the same of the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Lenet(classes)
    chance = torch.Generator().manual_seed(seed)
    x, y = fitted(pixels), torch.from_numpy(np.array(labels))
    steps = epochs * -(-len(x) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.2)
    for epoch in range(epochs):
        for places in torch.randperm(len(x), generator=chance).split(BATCH):
            loss = F.cross_entropy(model(_moved(x[places], chance)), y[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
        say(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.3f}")
    model.measure(x)
    return model


def _moved(x: Tensor, chance: torch.Generator) -> Tensor:
    """The batch moved by a few pixels, all of it alike."""
    down, across = torch.randint(-SHIFT, SHIFT + 1, (2,), generator=chance).tolist()
    return torch.roll(x, (down, across), (2, 3))


def right(model: Lenet, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> float:
    """Share of the pictures whose class it names."""
    return float((_looked(model.eval(), pixels).argmax(axis=1) == labels).mean())


def _looked(see: Callable[[Tensor], Tensor], pictures: Pictures) -> NDArray[np.float32]:
    rows = []
    for first in range(0, len(pictures), LOOKED):
        with torch.inference_mode():
            rows.append(see(fitted(pictures[first : first + LOOKED])).numpy())
    return np.concatenate(rows)


def fitted(pictures: Pictures) -> Tensor:
    """Pictures as the network takes them, float (n, 1, 28, 28) in [−1, 1]."""
    stack = np.stack([_grey(picture) for picture in pictures]) if len(pictures) else np.empty((0, SIDE, SIDE), np.uint8)
    return torch.from_numpy(stack)[:, None].float() / 127.5 - 1


def _grey(picture: Pixels) -> Pixels:
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).convert("L")
    width, height = image.size
    if width == height and SIDE < width <= PADDED:  # `open_data` lays empty pixels around digits of such sizes
        left = (width - SIDE) // 2
        return np.asarray(image.crop((left, left, left + SIDE, left + SIDE)))
    return np.asarray(image if image.size == (SIDE, SIDE) else image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
