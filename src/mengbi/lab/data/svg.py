"""SVG for the pack: one element, its own box, no more digits than can be seen."""

import re

GEOMETRY = re.compile(r'(?<= )(d|points)="([^"]*)"')
NUMBER = re.compile(r"(-?\d*)\.(\d+)")


def wrap(body: str, side: int) -> str:
    """An icon's body in a square box as a document of its own."""
    links = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if "xlink:" in body else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg"{links} viewBox="0 0 {side} {side}">{shorten(body)}</svg>'


def shorten(body: str) -> str:
    """Coordinates of paths to two decimals: half a pixel at most where the drawing is 4096 pixels tall."""
    return GEOMETRY.sub(lambda found: f'{found[1]}="{NUMBER.sub(_two, found[2])}"', body)


def squeeze(text: str) -> str:
    """A document written by hand without its comments, indents and line ends."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", text)).strip()


def _two(found: re.Match[str]) -> str:
    """Only digits after the point change: those before it may be an arc's flags written without a space ("01.25")."""
    whole, part = found.groups()
    hundredths = round(int(part) / 10 ** (len(part) - 2))
    if len(part) <= 2 or hundredths == 100:
        return found[0]
    digits = f"{hundredths:02d}".rstrip("0")
    stands_alone = whole not in ("", "-") and found.string[found.end() : found.end() + 1] != "."
    return whole if not digits and stands_alone else f"{whole}.{digits or '0'}"
