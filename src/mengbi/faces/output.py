"""How a command speaks while it paints: to people, to programs, in a film, or not at all."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from mengbi.errors import BriefError
from mengbi.faces.film import check_film
from mengbi.faces.terminal import Screen, look_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """How a command speaks. Raises BriefError for a wish that the terminal cannot meet."""

    quiet: bool = False
    as_json: bool = False
    film: Path | None = None
    screen: Screen | None = None

    @property
    def aloud(self) -> bool:
        """Whether people read what is said."""
        return not (self.quiet or self.as_json)


def output(*, quiet: bool, as_json: bool, film: str | None, shown: bool | None) -> Output:
    """How to speak, from the options and the terminal. shown: --show, --no-show, or None for what the terminal can.

    Raises BriefError, before anything is painted.
    """
    if film is not None:
        check_film(Path(film))
    screen = None
    if not (quiet or as_json) and sys.stdout.isatty():
        screen = look_at(sys.stderr, colors=shown is True)
    if shown and (screen is None or screen.pictures == "none"):
        raise BriefError("--show needs a terminal that shows pictures; MENGBI_TERMINAL=blocks says that this one does")
    if screen is not None and shown is False:
        screen = replace(screen, pictures="none")
    return Output(quiet=quiet, as_json=as_json, film=None if film is None else Path(film), screen=screen)
