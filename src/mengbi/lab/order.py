"""What a person ordered when they began a run: enough to go on with it next year."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mengbi.errors import AssetError, BriefError
from mengbi.lab.families import FACES, FAMILIES, TEXT

if TYPE_CHECKING:
    from mengbi.lab.task import Task

DIGITS = ("mnist", "fashion-mnist")
SIDE, SIDE_OF_DIGITS = 64, 32
UNKNOWN = "unknown"
SHIPPED = ("dream", "student", "upscale", "restore")
"""Networks that Mengbi ships: they learn from packs that `mengbi lab data` makes."""
NAMED = {"start": "from"}
"""Flags of the command that are called otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A recipe, what it learns from, and what is other than usual about it."""

    recipe: str  # a name in FAMILIES, or in SHIPPED
    data: str | None = None  # as `data.folder.open_data` or `data.text.open_text` takes it; of a shipped one, its pack
    preset: str = "cpu"
    start: str | None = None  # weights that it begins with
    size: int | None = None  # pixels a side; None: 32 for digits, else 64
    channels: int | None = None  # 1 grey, 3 colours, 4 with transparency; None: 1 for digits, else 3
    steps: int | None = None  # of the whole run, instead of the preset's
    batch: int | None = None  # likewise
    rate: float | None = None  # likewise
    licence: str = UNKNOWN  # of the pictures
    consent: str = UNKNOWN  # of the people in them
    how: str | None = None  # the run `start` is made smaller: "prune" or "distill", see `compression`
    keep: float | None = None  # share of its channels that is kept

    @property
    def told(self) -> str:
        """As a command says it; where files lie is nobody's business."""
        if self.how:
            whole = Path(self.start or "").name
            return f"mengbi lab compress {whole} --how {self.how} --keep {self.keep:g} --steps {self.steps}"
        usual = {field.name: field.default for field in fields(self)}
        made_here = self.recipe in SHIPPED or FAMILIES.find(self.recipe).wants == FACES
        left = ("recipe", "data") if made_here else ("recipe",)
        own = {name: value for name, value in asdict(self).items() if name not in left and value != usual[name]}
        said = {name: Path(value).name if name in ("data", "start") else value for name, value in own.items()}
        flags = (f"--{NAMED.get(name, name)} {value}" for name, value in said.items())
        return " ".join([f"mengbi lab train {self.recipe}", *flags])


def read_order(kept: Mapping[str, Any]) -> Order:
    """From what `asdict` gave, through JSON. Raises AssetError for what another version of Mengbi wrote."""
    try:
        return Order(**kept)
    except TypeError as error:
        raise AssetError(f"this training was begun by another version of Mengbi ({error}); begin it anew") from error


def settled(spec: str | None) -> str | None:
    """What data or weights are called, also from elsewhere: a path in full; names stay names, whatever lies there."""
    from mengbi.lab.data.text import TEXTS

    if not spec or spec in (*DIGITS, *TEXTS, "dream") or not Path(spec).exists():
        return spec
    return str(Path(spec).resolve())


def open_order(order: Order) -> tuple["Task", Any]:
    """The task, and the data that it learns from.

    Raises UnknownName, BriefError for sizes that do not fit, AssetError for data that cannot be used.
    """
    data = open_data_of(order)
    task = FAMILIES.find(order.recipe).task(data, order.preset)
    changes = {name: value for name in ("steps", "batch", "rate") if (value := getattr(order, name)) is not None}
    return replace(task, recipe=replace(task.recipe, **changes)), data


def open_data_of(order: Order) -> Any:
    """What an order learns from, a `data.folder.Dataset` or a `data.text.TextData`. Raises as `open_order` does."""
    wants = FAMILIES.find(order.recipe).wants
    if wants == FACES:
        from mengbi.lab.data.faces import open_faces

        return open_faces(Path(order.data) if order.data else None)
    if order.data is None:
        raise BriefError(f"{order.recipe} learns from data of yours; name a folder with --data, or --data mnist")
    if wants == TEXT:
        if order.size or order.channels:
            raise BriefError(f"--size and --channels are for pictures; {order.recipe} learns from text")
        from mengbi.lab.data.text import open_text

        return open_text(order.data)
    from mengbi.lab.data.folder import open_data

    digits = order.data in DIGITS
    return open_data(
        order.data,
        size=order.size or (SIDE_OF_DIGITS if digits else SIDE),
        channels=order.channels or (1 if digits else 3),
        licence=None if order.licence == UNKNOWN else order.licence,
        consent=None if order.consent == UNKNOWN else order.consent,
    )
