"""What other painting programs write into a file, told in the one vocabulary that most of them share: A1111's.

All of it comes from files that may be anybody's: what is damaged or odd gives fewer fields, never an error, and nothing
costs more than its length.
"""

from collections.abc import Callable, Mapping

from mengbi.dialects import graphs, others
from mengbi.dialects.a1111 import parse_parameters

__all__ = ["WRITERS", "parse_parameters", "understand"]

Texts = Mapping[str, str]
Fields = dict[str, str]

WRITERS: tuple[tuple[str, Callable[[Texts], Fields | None]], ...] = (
    ("InvokeAI", others.invoke),
    ("InvokeAI", others.invoke_of_old),
    ("NovelAI", others.novel),
    ("SwarmUI", others.swarm),
    ("Fooocus", others.fooocus),
    ("Draw Things", others.draw_things),
    ("Easy Diffusion", others.easy),
    ("ComfyUI", graphs.comfy),
)
"""Each by name, with what makes fields of its texts, or None where it did not write them."""


def understand(texts: Texts) -> tuple[str | None, Fields]:
    """The program that wrote these texts, where that shows, and what it said.

    texts: PNG's text chunks by their keywords; of other formats "parameters" (EXIF UserComment), "Make", "Model",
    "ImageDescription"; "xmp" of any. "Prompt" and "Negative prompt" are among the fields where anything was said.
    """
    for name, reader in WRITERS:
        try:
            fields = reader(texts)
        except RecursionError:  # nested deeper than anybody meant
            fields = None
        if fields:
            return name, {"Prompt": "", "Negative prompt": ""} | fields
    parameters = texts.get("parameters")
    if not parameters:
        return None, {}
    fields = parse_parameters(parameters)
    return _writer(fields), fields


def _writer(fields: Fields) -> str | None:
    """Who wrote A1111's text, by the version in it."""
    if len(fields) == 2:
        return None
    app, version = fields.get("App", ""), fields.get("Version", "")
    if app:
        return app  # SD.Next and its kin
    if version.startswith("mengbi"):
        return "Mengbi"
    if version.startswith("f") or version in ("neo", "classic"):
        return "Forge"
    if version.startswith("Fooocus"):
        return "Fooocus"
    if version == "ComfyUI":
        return "ComfyUI"
    return "AUTOMATIC1111" if "Steps" in fields else None
