"""Ports: what goes into a network and what comes out of it, by name. Every network of `models` says its own.

denoiser    z, t, vectors, given, control -> x0     see `models`
enlarger    small -> large                          see `models.upscale`
generator   z, y -> picture                         float (n, latent) and (n, wishes) -> (n, c, h, w) in [−1, 1]
encoder     x, y -> mean, logvar                    what a picture's z could have been
style       z, y -> w                               the halves of a generator: what makes a style, float (n, code),
brush       w -> picture                            and what paints it
classifier  x -> logits                             (n, c, h, w) in [−1, 1] -> (n, classes)
writer      tokens, state -> logits, state          see `models.lstm`
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mengbi.lab.models import CONTROL, WORD_WIDTH, WORDS

Inputs: TypeAlias = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Those of a network."""

    kind: str  # a word of the table above
    some: Callable[[int], Inputs]  # n inputs to try it with, by name and in order
    outputs: tuple[str, ...]
    free: Mapping[str, Mapping[int, str]]  # axes of any length, by name
    whole: bool = False  # an exported file keeps every weight, so that training can go on from it
    method: str = "forward"  # of the network, that this is about
    beside: Mapping[str, "Ports"] = field(default_factory=dict)  # other methods that are exported too, by file name

    def width(self, name: str) -> int:
        """How many numbers an example has of an input, along its first axis after n."""
        return int(self.some(1)[name].shape[1])


class Ported(Protocol):
    """A network of `models`."""

    def ports(self) -> Ports: ...


def denoiser(size: int) -> Ports:
    """Of one that sees the picture behind noise."""
    names = ("z", "t", "vectors", "given", "control", "x0")
    free = {name: {0: "n"} for name in names}
    return Ports(kind="denoiser", some=partial(some_inputs, size), outputs=("x0",), free=free, whole=True)


def enlarger(fold: int) -> Ports:
    """Of one that works on pictures whose sides are multiples of `fold`."""
    free = {name: {0: "n", 2: "h", 3: "w"} for name in ("small", "large")}
    return Ports(kind="enlarger", some=partial(small_pictures, fold), outputs=("large",), free=free, whole=True)


def generator(latent: int, wishes: int) -> Ports:
    """Of one that makes a picture of `latent` numbers. wishes: as many as there are classes, or 512 of words."""

    def some(n: int) -> Inputs:
        wished = np.arange(n)[:, None] % (wishes + 1) == np.arange(1, wishes + 1)  # the first wishes for nothing
        return {"z": _normal(n, latent), "y": wished.astype(np.float32)}

    return Ports(kind="generator", some=some, outputs=("picture",), free=_rows("z", "y", "picture"))


def halves(latent: int, wishes: int, code: int) -> Mapping[str, Ports]:
    """Of a generator that makes a style w of z and y, float (n, code), and a picture of that, by file name."""

    def some(n: int) -> Inputs:
        return {"w": _normal(n, code)}

    style = replace(generator(latent, wishes), kind="style", outputs=("w",), free=_rows("z", "y", "w"), method="style")
    brush = Ports(kind="brush", some=some, outputs=("picture",), free=_rows("w", "picture"), method="paint")
    return {"style": style, "brush": brush}


def encoder(channels: int, size: int, wishes: int) -> Ports:
    """Of one that says what a picture could have been made of."""

    def some(n: int) -> Inputs:
        return {"x": np.tanh(_normal(n, channels, size, size)), "y": np.zeros((n, wishes), np.float32)}

    return Ports(
        kind="encoder", some=some, outputs=("mean", "logvar"), free=_rows("x", "y", "mean", "logvar"), method="encode"
    )


def classifier(channels: int, size: int) -> Ports:
    """Of one that says what a picture shows."""

    def some(n: int) -> Inputs:
        return {"x": np.tanh(_normal(n, channels, size, size))}

    return Ports(kind="classifier", some=some, outputs=("logits",), free=_rows("x", "logits"))


def writer(pieces: int, state: tuple[int, ...], *, grows: bool) -> Ports:
    """Of one that says which of so many pieces comes next. state: its shape but for n; grows: along its first axis."""

    def some(n: int) -> Inputs:
        tokens = np.random.default_rng(0).integers(pieces, size=(n, 3 + n))
        return {"tokens": tokens, "state": np.tanh(_normal(n, *state))}

    times = {0: "n", 1: "time"}
    held, left = ({0: "n", 1: name} if grows else {0: "n"} for name in ("past", "kept"))
    free = {"tokens": times, "state": held, "logits": times, "after": left}
    return Ports(kind="writer", some=some, outputs=("logits", "after"), free=free)


def some_inputs(size: int, n: int) -> Inputs:
    """Inputs as a sampler gives them: half with words, half with a sketch."""
    chance = np.random.default_rng(0)
    vectors = chance.standard_normal((n, WORDS, WORD_WIDTH)).astype(np.float32)
    given = np.arange(n)[:, None] % 2 * np.ones(WORDS) > 0
    control = np.clip(chance.standard_normal((n, CONTROL, size, size)), -1, 1).astype(np.float32)
    return {
        "z": chance.standard_normal((n, 3, size, size)).astype(np.float32),
        "t": np.linspace(0, 0.95, n, dtype=np.float32),
        "vectors": vectors / np.linalg.norm(vectors, axis=-1, keepdims=True),
        "given": given,
        "control": control * (np.arange(n) % 2).astype(np.float32)[:, None, None, None],
    }


def small_pictures(fold: int, n: int) -> Inputs:
    """Pictures as an upscaler takes them, of an odd shape."""
    return {"small": np.random.default_rng(0).random((n, 3, 12 * fold, 17 * fold), np.float32)}


def _rows(*names: str) -> Mapping[str, Mapping[int, str]]:
    return {name: {0: "n"} for name in names}


def _normal(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal(shape, np.float32)
