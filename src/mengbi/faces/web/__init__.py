"""The studio's page: hand-written modules for a browser, served as they stand."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files(__package__)))
"""Where the files lie: a folder of their own in every installation, never a zip."""
DOOR = ("login.html", "js/login.js", "css/base.css", "css/login.css", "js/first.js", "icons/icon.svg")
"""What a browser needs in order to ask for a name and a password, and so may have without."""
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)


@cache
def policy() -> str:
    """The Content-Security-Policy of the page: only what this server sends, and the one import map by its hash."""
    found = _IMPORT_MAP.search((FOLDER / "index.html").read_bytes())
    digest = base64.b64encode(hashlib.sha256(found[1]).digest()).decode() if found else ""
    return (
        f"default-src 'self'; script-src 'self' 'sha256-{digest}'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


@cache
def style_sentences() -> Mapping[str, str]:
    """What each of our styles looks like, in Chinese, by name; in English the style itself says it."""
    said: dict[str, str] = json.loads((FOLDER / "locales" / "styles.zh.json").read_text("utf-8"))
    return said
