"""`mengbi styles`: the styles as a table, as JSON, as a sheet of pictures, as thumbnails."""

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError, OutputError
from mengbi.faces.say import console, say, say_json, table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mengbi.style import Style

SHEET_PROMPT = "a huge red fox and a cherry tree in a meadow, mountains, sunny day"
SHEET_SEED = 4
SHEET_SIDE = 512
"""Pixels that the pictures of a sheet are painted at; they are shown smaller."""


@click.command()
@click.argument("names", nargs=-1, metavar="[STYLE...]")
@click.option("--json", "as_json", is_flag=True, help="As JSON, and nothing else.")
@click.option("--sheet", metavar="FILE", type=click.Path(), help="Paint them all, labelled, into one picture.")
@click.option("--from", "photo", metavar="PHOTO", type=click.Path(), help="With --sheet: on this photo, too.")
@click.option("--prompt", metavar="WORDS", help=f"With --sheet, --thumbs: what is painted.  [{SHEET_PROMPT}]")
@click.option("--thumbs", metavar="FOLDER", type=click.Path(), help="Paint each into FOLDER as a small .webp.")
def styles(
    *,
    names: tuple[str, ...],
    as_json: bool,
    sheet: str | None,
    photo: str | None,
    prompt: str | None,
    thumbs: str | None,
) -> None:
    """List the styles to paint in, all or those named.

    Your own styles stand in styles.toml and styles.csv in the data folder.

    \b
    mengbi styles
    mengbi styles --sheet styles.png --from portrait.jpg
    mengbi styles oil:0.5,inkwash:0.5 星夜 --sheet two.png
    """
    from mengbi.finish import all_styles, find_style

    chosen = [find_style(name) for name in names] if names else list(all_styles().values())
    if photo is not None and sheet is None:
        raise BriefError("--from shows the styles on a photo; add --sheet FILE")
    if sheet is not None or thumbs is not None:
        drawing = _drawing(SHEET_PROMPT if prompt is None else prompt)
        if sheet is not None:
            _paint_sheet(chosen, [drawing, *([] if photo is None else [_photo(photo)])], Path(sheet))
        if thumbs is not None:
            _paint_thumbs(chosen, drawing, Path(thumbs))
        return
    if as_json:
        say_json([style.to_dict() for style in chosen])
        return
    listed = table("style", "", "what it looks like")
    for style in chosen:
        listed.add_row(style.name, f"{style.title} {style.title_zh}".strip(), style.sentence)
    console().print(listed)


def _paint_sheet(chosen: Sequence["Style"], motifs: Sequence[Any], path: Path) -> None:
    from mengbi.faces.where import check_folder
    from mengbi.files import write_whole
    from mengbi.finish.restyle import restyle
    from mengbi.finish.sheet import contact_sheet
    from mengbi.provenance import SUFFIXES

    kinds = {suffix: kind for suffix, kind in SUFFIXES.items() if kind != "PDF"}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise OutputError(f"{path} — a sheet ends in {', '.join(kinds)}")
    check_folder(path)
    tiles = [(style, [restyle(motif, style, SHEET_SEED) for motif in motifs]) for style in _watched(chosen)]
    out = io.BytesIO()
    contact_sheet(tiles).save(out, kind)
    write_whole(path, out.getvalue())
    say(f"saved {path} ({len(tiles)} styles)")


def _paint_thumbs(chosen: Sequence["Style"], drawing: "NDArray[np.uint8]", folder: Path) -> None:
    from mengbi.faces.where import check_folder, slug
    from mengbi.files import write_whole
    from mengbi.finish.restyle import restyle
    from mengbi.finish.sheet import thumbnail

    check_folder(folder / "style.webp")
    folder.mkdir(parents=True, exist_ok=True)
    for style in _watched(chosen):
        write_whole(folder / f"{slug(style.name)}.webp", thumbnail(restyle(drawing, style, SHEET_SEED)))
    say(f"saved {len(chosen)} thumbnails in {folder}")


def _drawing(words: str) -> "NDArray[np.uint8]":
    from mengbi.pipeline import paint

    return paint(words, seed=SHEET_SEED, size=(SHEET_SIDE, SHEET_SIDE), style="none").pixels


def _photo(path: str) -> "NDArray[np.uint8]":
    import numpy as np
    from PIL import Image, ImageOps

    from mengbi.source import load_pixels, opaque, read_source

    image = Image.fromarray(opaque(load_pixels(read_source(path))))
    return np.asarray(ImageOps.fit(image, (SHEET_SIDE, SHEET_SIDE), Image.Resampling.LANCZOS))


def _watched(chosen: Iterable["Style"]) -> Iterator["Style"]:
    """The styles one by one; who waits at a terminal sees how far it is."""
    from rich.console import Console
    from rich.progress import track

    terminal = Console(file=sys.stderr)
    yield from track(list(chosen), "painting", console=terminal, transient=True, disable=not terminal.is_terminal)
