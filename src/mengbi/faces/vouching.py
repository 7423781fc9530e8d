"""--sign and --filter: what is asked before anything is painted, and what becomes of a picture before it is written."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from mengbi.errors import FilterError
from mengbi.faces.say import printable

if TYPE_CHECKING:
    from mengbi.picture import Picture
    from mengbi.plan import Plan

_SIGN, _FILTER = "mengbi.sign", "mengbi.filter"


def _note(context: click.Context, param: click.Parameter, value: bool | None) -> None:
    context.meta[_SIGN if param.name == "sign" else _FILTER] = value


sign_option = click.option(
    "--sign", is_flag=True, expose_value=False, callback=_note, help="Sign it as made with AI, by a key of yours."
)
filter_option = click.option(
    "--filter/--no-filter", default=None, expose_value=False, callback=_note,
    help="Hold explicit words and pictures back.  [on where mengbi[safety] is installed]",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarded:
    """A picture as it is written, and what the filter thought of it."""

    picture: "Picture"
    score: float | None = None
    reason: str = ""  # why another picture stands in its place; empty where it does not


def wants_signature() -> bool:
    """Whether --sign was given."""
    return bool(_asked(_SIGN))


def check_wishes(suffix: str) -> None:
    """Raises FaultError or OutputError, before anything is painted, for a flag that this installation cannot follow.

    suffix: of the files that will be written.
    """
    if wants_signature():
        from mengbi.credentials import check_signing

        check_signing(suffix)
    if _asked(_FILTER):
        import numpy as np

        from mengbi.finish.safety import check_picture

        check_picture(np.zeros((8, 8, 3), np.uint8))


def check_plan(plan: "Plan") -> None:
    """Raises FilterError for words that are held back: in prompts, styles, and letters on the picture."""
    from mengbi.finish.safety import check_words
    from mengbi.finish.safety.plans import words_of

    for words in dict.fromkeys(words_of(plan)):
        verdict = check_words(words)
        if verdict.always:
            raise FilterError(f"{verdict.reason} — Mengbi does not paint this")
        if not verdict.fine and _filters():
            raise FilterError(f"{verdict.reason} — held back; --no-filter paints them on your own machine")


def guard(picture: "Picture") -> Guarded:
    """The picture, or what stands in its place: its colours, with the same plan, so that nothing is lost."""
    if not _filters():
        return Guarded(picture=picture)
    from mengbi.finish.safety import check_picture, is_installed
    from mengbi.finish.safety.plans import held_back

    if not is_installed():
        return Guarded(picture=picture)
    verdict = check_picture(picture.pixels)
    if verdict.fine:
        return Guarded(picture=picture, score=verdict.score)
    return Guarded(picture=held_back(picture, verdict), score=verdict.score, reason=verdict.reason)


def sealed(picture: "Picture") -> Callable[[bytes, str], bytes]:
    """What makes the bytes of a file final: signed where that was asked for."""
    if not wants_signature():
        return lambda data, _: data

    def signed(data: bytes, suffix: str) -> bytes:
        from mengbi.credentials import sign

        return sign(data, suffix, picture.plan)

    return signed


def say_held(path: str, guarded: Guarded) -> None:
    """One line on standard error for a picture that was held back; --quiet does not silence it."""
    again = f"mengbi repeat {path} --no-filter paints it clear, from the plan inside"
    sys.stderr.write(f"mengbi: {printable(path)} is blurred: {guarded.reason}; {printable(again)}\n")


def _asked(name: str) -> bool | None:
    context = click.get_current_context(silent=True)
    found: bool | None = None if context is None else context.meta.get(name)
    return found


def _filters() -> bool:
    asked = _asked(_FILTER)
    if asked is not None:
        return asked
    from mengbi.finish.safety import is_installed

    return is_installed()
