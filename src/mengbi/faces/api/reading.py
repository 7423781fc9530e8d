"""A photo is read in a process of its own: what reads faces is large and native, and nothing of the photo stays.

python -m mengbi.faces.api.reading < photo.jpg
"""

import json
import subprocess
import sys
from typing import Any

from mengbi.errors import FaultError, MengbiError, SourceError
from mengbi.source import open_picture, pixels_of

PATIENCE = 120
"""Seconds that it may take."""
SIDE = 1024
"""Pixels of a side that are enough."""
NAME = "the photo"


def read(data: bytes) -> dict[str, Any]:
    """ "traits" by name, and "unread", the groups of which nothing could be read. Raises SourceError, FaultError."""
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=True)
        said: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise FaultError(f"the photo cannot be read ({type(error).__name__}); mengbi doctor says more") from error
    if "error" in said:
        raise SourceError(said["error"], code=said["code"], **said["params"])
    return said


def _said(data: bytes) -> dict[str, Any]:
    from mengbi.makers.likeness import likeness

    try:
        found = likeness(pixels_of(open_picture(data, NAME), NAME, (SIDE, SIDE)), NAME)
    except MengbiError as error:
        return {"error": str(error), "code": error.code, "params": dict(error.params)}
    return {"traits": dict.fromkeys(found.traits, 1.0), "unread": list(found.unread)}


if __name__ == "__main__":
    print(json.dumps(_said(sys.stdin.buffer.read())))
