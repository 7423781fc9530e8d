"""Names that a person can choose from: plain dicts that refuse a name twice.

Built-ins and outside packages register alike, through the entry-point group `mengbi`: each entry is a function without
arguments that calls `register` on the registries it has something for.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from threading import RLock
from typing import Any, Generic, TypeVar

from mengbi.errors import FaultError, UnknownName

T = TypeVar("T")

_LOADING = RLock()
MAX_LISTED = 40
"""An error message lists no more names than this."""


class Registry(Generic[T]):
    """One kind of thing that has names: engines, samplers, styles…"""

    def __init__(self, kind: str, more: Callable[[], Mapping[str, T]] = dict) -> None:
        """more: names that come and go, asked for anew each time; a registered one goes before one of them."""
        self.kind, self.more = kind, more
        self._items: dict[str, T | str] = {}

    def register(self, name: str, item: T | str) -> None:
        """Adds `item` under `name`; a string "module:attribute" is imported when it is first asked for.

        Raises FaultError if the name is taken: two packages that disagree must not be settled in silence.
        """
        if name in self._items:
            raise FaultError(f"{self.kind} {name!r} is registered twice; rename or uninstall one of the two")
        self._items[name] = item

    def find(self, name: str) -> T:
        """The item of that name; raises UnknownName with the nearest, FaultError where it cannot be imported."""
        load_plugins()
        if name not in self._items:
            more = self.more()
            if name not in more:
                raise self.unknown(name)
            return more[name]
        item = self._items[name]
        if isinstance(item, str):
            try:
                item = self._items[name] = _import(item)
            except (ImportError, AttributeError) as error:
                raise FaultError(
                    f"{self.kind} {name!r} cannot be loaded ({error}); install its package again"
                ) from error
        return item

    def unknown(self, name: str) -> UnknownName:
        """The error that there is none of that name."""
        said = f"no {self.kind} {name!r}; {nearest(name, self.names())}"
        return UnknownName(said, kind=self.kind, name=name[:100])

    def names(self) -> list[str]:
        """All names, in order of registration."""
        load_plugins()
        return list(dict.fromkeys((*self._items, *self.more())))

    def has(self, name: str) -> bool:
        """Whether that name was registered, so that nothing of one's own can have it."""
        load_plugins()
        return name in self._items


def nearest(name: str, allowed: list[str]) -> str:
    """The end of an error message: "did you mean …?" where something is near, and what there is if that is not long."""
    near = get_close_matches(name.lower(), allowed, n=1, cutoff=0.5)
    if len(allowed) > MAX_LISTED:
        return (
            f"did you mean {near[0]!r}?" if near else f"there are {len(allowed)}, for example {', '.join(allowed[:5])}"
        )
    choice = f"choose from {', '.join(allowed)}"
    return f"did you mean {near[0]!r}? ({choice})" if near else choice


def load_plugins() -> None:
    """Calls every entry of the group `mengbi`, once a process. Raises FaultError for one that cannot be loaded."""
    with _LOADING:  # two threads that ask first, at once, would each register everything
        _load()


@cache
def _load() -> None:
    registers = []
    for entry in sorted(entry_points(group="mengbi"), key=lambda e: e.name):
        try:
            registers.append(entry.load())
        except (ImportError, AttributeError) as error:
            raise FaultError(f"the plug-in {entry.name!r} cannot be loaded ({error}); install it again") from error
    for register in registers:  # only when all are there: what failed half way could not be tried again
        register()


def _import(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
