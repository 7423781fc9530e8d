"""The avatar network: a StyleGAN2 (Karras et al. 2020) in two files, one that steers and one that draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi import weights
from mengbi.engine.avatar.heredity import latent
from mengbi.engine.avatar.looks import (
    HAIR,
    STYLE,
    Traits,
    fitting,
    group_of,
    has,
    looks,
    most,
    numbers,
    of_group,
    table,
)
from mengbi.errors import AssetError, BriefError
from mengbi.face import Face
from mengbi.registry import nearest
from mengbi.text.traits import ANY

Array = NDArray[np.float32]

STEERS, DRAWS = "avatar/style", "avatar"
"""The names of the weights."""
FAINT, FIRM = 0.05, 0.95
"""Less cover is none, more is all: the network is never quite sure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slider:
    """A way to change a face by degrees, from −1 or 0 to 1; at 0 it is as it was."""

    name: str
    low: tuple[str, ...] = ()  # traits at −1; a leading "-" takes one away
    high: tuple[str, ...] = ()

    @property
    def least(self) -> int:
        """−1, or 0 for one that goes one way."""
        return -1 if self.low else 0


def sliders() -> Mapping[str, Slider]:
    """All of them: hair, smile, age, and one for each look, which mixes it in."""
    ends = {name: Slider(name=name, low=tuple(end["low"].split()), high=tuple(end["high"].split()))
            for name, end in table()["sliders"].items()}  # fmt: skip
    return ends | {look: Slider(name=look, high=(look,)) for look in looks()}


def draw(face: Face) -> NDArray[np.uint8]:
    """The face at the size the network draws at, uint8 (128, 128, 4), on nothing. Raises BriefError, AssetError."""
    painted = _open(weights.digest(STEERS), weights.digest(DRAWS)).draw(face)
    on_white, cover = (painted[:3] + 1) / 2, (painted[3] + 1) / 2
    colors = (1 - (1 - on_white) / np.maximum(cover, FAINT)).clip(0, 1)
    cover = np.clip((cover - FAINT) / (FIRM - FAINT), 0, 1)
    made = np.concatenate([colors, cover[None]]).transpose(1, 2, 0)
    return np.ascontiguousarray(np.rint(made * 255).astype(np.uint8))


def check(face: Face) -> None:
    """Raises BriefError for a trait or slider that is none, or a face without a look."""
    _ways(face)


class Network:
    """Both halves. Sessions of ONNX Runtime: (z, y) -> w, and w -> picture."""

    def __init__(self, steers: Any, draws: Any) -> None:
        self.steers, self.draws = steers, draws

    def draw(self, face: Face) -> Array:
        """float32 (4, side, side), about −1 to 1: colours on white, then cover. Raises BriefError."""
        try:
            painted = np.asarray(self.draws.run(["picture"], {"w": self.steered(face)})[0][0], np.float32)
        except BriefError:
            raise
        except Exception as error:  # ONNX Runtime has many of its own
            raise AssetError(f"the avatar network fails ({_line(error)}); install mengbi again") from error
        if painted.ndim != 3 or painted.shape[0] != 4 or not np.isfinite(painted).all():
            raise AssetError("the avatar network draws what is no picture; install mengbi again")
        return painted

    def steered(self, face: Face) -> Array:
        """w of a face, (1, width): that of its traits in its look and those mixed in, moved by its sliders."""
        ways = _ways(face)
        rows = np.stack([numbers(asked) for asked, _ in ways])
        z = np.repeat(latent(face), len(rows), axis=0)
        w = np.asarray(self.steers.run(["w"], {"z": z, "y": rows})[0], np.float32)
        shares = np.array([share for _, share in ways], np.float32)
        return (shares @ w)[None]


def _ways(face: Face) -> list[tuple[Traits, float]]:
    """The traits between which a face lies, and its share of each; all shares together are 1."""
    known = sliders()
    for name, amount in face.sliders.items():
        if name not in known:
            raise BriefError(f"no slider {name!r}; {nearest(name, list(known))}")
        if amount < known[name].least:
            raise BriefError(f"slider {name} {amount} — from {known[name].least} to 1")
    look = most(of_group(face.traits, STYLE))
    if look is None:
        raise BriefError("a face without a look; it has one of " + ", ".join(looks()))
    mixed = {name: _eased(face.sliders[name]) for name in looks() if face.sliders.get(name)}
    whole = max(1.0, sum(mixed.values()))
    shares = {name: amount / whole for name, amount in mixed.items()}
    shares[look] = shares.get(look, 0.0) + 1 - sum(shares.values())
    found: list[tuple[Traits, float]] = []
    for one, share in shares.items():
        moved = [(_moved(face.traits, known[name], amount, one), _eased(abs(amount)) if name == HAIR else abs(amount))
                 for name, amount in face.sliders.items() if name not in looks()]  # fmt: skip
        found.append((fitting(face.traits, one), share * (1 - sum(amount for _, amount in moved))))
        found += [(asked, share * amount) for asked, amount in moved]
    return found


def _eased(amount: float) -> float:
    """Slow at both ends: half way from hair to other hair, or from look to look, both show, and nobody stays there."""
    for _ in range(2):
        amount = amount * amount * (3 - 2 * amount)
    return amount


def _moved(asked: Traits, slider: Slider, amount: float, look: str) -> Traits:
    """What a look makes of the traits at the end of a slider."""
    found = dict(asked)
    for name in slider.high if amount > 0 else slider.low:
        if name.startswith("-"):
            found.pop(name[1:], None)
        elif has(look, name):
            for other in of_group(found, group_of(name)) if group_of(name) != ANY else ():
                found.pop(other)
            found[name] = 1.0
    return fitting(found, look)


@lru_cache(maxsize=1)
def _open(_steers: str, _draws: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums depend on how many threads share them
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        files = (weights.read(STEERS), weights.read(DRAWS))
        return Network(*(onnxruntime.InferenceSession(f, options, providers=["CPUExecutionProvider"]) for f in files))
    except AssetError:
        raise
    except Exception as error:  # ONNX Runtime has many of its own
        raise AssetError(f"the avatar network cannot be opened ({_line(error)}); install mengbi again") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
