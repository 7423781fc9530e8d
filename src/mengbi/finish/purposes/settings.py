"""The settings of a finishing step, from a file that may be anybody's: each is what it should be, or is refused."""

from collections.abc import Mapping
from typing import Any

from mengbi.brief import MAX_PIXELS_AT_ONCE, MAX_PROMPT
from mengbi.errors import BriefError

Settings = Mapping[str, Any]


def size(settings: Settings, name: str = "size") -> tuple[int, int]:
    """Width and height in pixels. Raises BriefError, also for more pixels than are held at once."""
    found = whole_numbers(settings, name, 2)
    if min(found) < 16 or found[0] * found[1] > MAX_PIXELS_AT_ONCE:
        raise BriefError(
            f"a damaged plan: {name} {found[0]}x{found[1]}; at most {MAX_PIXELS_AT_ONCE // 10**6} megapixels"
        )
    return found[0], found[1]


def box(settings: Settings, name: str, within: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of a part of a picture of size `within`. Raises BriefError."""
    left, top, width, height = whole_numbers(settings, name, 4)
    if min(left, top) < 0 or min(width, height) < 1 or left + width > within[0] or top + height > within[1]:
        raise BriefError(f"a damaged plan: {name} {[left, top, width, height]} reaches out of {within[0]}x{within[1]}")
    return left, top, width, height


def whole_numbers(settings: Settings, name: str, count: int) -> tuple[int, ...]:
    """So many whole numbers. Raises BriefError."""
    found = settings.get(name)
    if not (isinstance(found, list | tuple) and len(found) == count and all(type(number) is int for number in found)):
        raise BriefError(f"a damaged plan: {name} {str(found)[:80]}; {count} whole numbers")
    return tuple(found)


def words(settings: Settings, name: str) -> str | None:
    """A text of a prompt's length, or None. Raises BriefError."""
    found = settings.get(name)
    if found is not None and not (isinstance(found, str) and len(found) <= MAX_PROMPT):
        raise BriefError(f"a damaged plan: {name} {str(found)[:80]}; a text of at most {MAX_PROMPT} characters")
    return found


def one_of(settings: Settings, name: str, allowed: tuple[Any, ...]) -> Any:
    """One of a few values. Raises BriefError."""
    found = settings.get(name)
    if not any(found is value or (type(found) is type(value) and found == value) for value in allowed):
        raise BriefError(f"a damaged plan: {name} {str(found)[:80]}; one of {', '.join(map(str, allowed))}")
    return found
