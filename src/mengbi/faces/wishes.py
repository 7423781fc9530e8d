"""What a person typed or piped in -> the values of a Brief."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mengbi.brief import MAX_PROMPT, Brief
from mengbi.errors import BriefError, PromptError, SceneError
from mengbi.source import moves

USUAL_SIDE = 768
MAX_SCENE_BYTES = 2**20


def read_size(text: str) -> tuple[int, int]:
    """ "768x512", "768" (a square) or "16:9" (about as many pixels as 768x768) -> width, height. Raises BriefError."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:([xX×*:])\s*(\d{1,9})\s*)?", text)
    if found is None:
        raise BriefError(f"size {text!r} — width x height as 1024x512, one number for a square, or a shape as 16:9")
    one = int(found[1])
    if found[3] is None:
        return one, one
    other = int(found[3])
    if found[2] != ":":
        return one, other
    if not (one and other):
        raise BriefError(f"size {text!r} — a shape has two numbers above 0, as in 16:9")
    width = USUAL_SIDE * (one / other) ** 0.5
    return 8 * round(width / 8), 8 * round(width * other / one / 8)


def read_words(words: tuple[str, ...]) -> str:
    """The words of the command line as one prompt; a single "-" reads standard input. Raises PromptError."""
    if words != ("-",):
        return " ".join(words)
    data = _standard_input(4 * MAX_PROMPT + 4)
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        if len(data) > 4 * MAX_PROMPT:
            raise PromptError(f"the prompt on standard input is too long; at most {MAX_PROMPT} characters") from error
        raise PromptError("standard input is not UTF-8 text; save it as UTF-8 and try again") from error


def read_graph(name: str) -> Any:
    """The JSON of a scene file; "-" reads standard input. Raises SceneError."""
    if name == "-":
        data = _standard_input(MAX_SCENE_BYTES + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(MAX_SCENE_BYTES + 1)
        except OSError as error:
            raise SceneError(f"{name} — cannot be read ({error.strerror})") from error
    if len(data) > MAX_SCENE_BYTES:
        raise SceneError(f"{name} — more than {MAX_SCENE_BYTES >> 20} MiB; a scene is a few lines of JSON")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SceneError(f"{name} — not JSON ({error}); mengbi scene PROMPT --json shows how a scene looks") from error


def remarks(brief: Brief) -> Iterator[str]:
    """What a person should know of the pictures given, a line each. Raises SourceError for one that is none."""
    for given in (brief.photo, brief.mask, brief.sketch, brief.style_image):
        if given is not None and given not in ("auto", "none") and moves(given):
            yield f"{given} — an animation; its first frame is taken"
    if brief.purpose is not None and brief.title is None and brief.purpose.startswith(("poster", "card")):
        from mengbi.finish.lettering import missing

        lost = missing(brief.prompt)
        if lost:
            yield f"no letters here for {' '.join(lost)}: left out of the title"


def _standard_input(most: int) -> bytes:
    if sys.stdin is None:
        return b""
    return sys.stdin.buffer.read(most)
