"""`mengbi lab sample` and `interpolate`: what a run has learnt, before it is exported."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mengbi.errors import BriefError
from mengbi.faces.say import printable
from mengbi.lab.commands import folder, found_run, needs

STILL = {".png": "a .png for a sheet"}
MOVING = dict.fromkeys((".gif", ".webp"), "a .gif or .webp that moves")
"""What pictures are written as, by the ending of the name."""

wish = click.option("--wish", default="", help="A label, or words, if it was told any.")


class Seeds(click.ParamType):  # type: ignore[type-arg]  # generic in some versions of click only
    """Whole numbers: 1,2,9."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} — whole numbers, as 1,2,9", param, ctx)


@click.command()
@click.argument("run")
@click.option("--n", "count", type=click.IntRange(1, 1024), default=64, show_default=True, help="Pictures.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the first; then the next.")
@wish
@click.option("--out", type=folder, help="A PNG with all, or a folder for a file each; a file for text.  [RUN.png]")
@click.option("--begin", default="", help="What a text begins with.  [a new line]")
@click.option("--length", type=click.IntRange(1, 100_000), default=600, show_default=True, help="Of a text, in pieces.")
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.8, show_default=True, help="Of a text.")
def sample(
    run: str, count: int, seed: int, wish: str, out: Path | None, begin: str, length: int, temperature: float
) -> None:
    """Pictures or text of the network of RUN: a folder, or a name of `mengbi lab runs`.

    \b
    mengbi lab sample dcgan-mnist --n 100 --wish 7
    mengbi lab sample lstm-novel --begin "It was"
    """
    needs("torch", "safetensors")
    from mengbi.lab.sampling import pictures, take_up, text

    hand = take_up(found_run(run))
    if hand.ports.kind == "writer":
        _write(text(hand, begin, length=length, temperature=temperature, seed=seed), out)
        return
    place = _place(out, run, STILL)
    click.echo(_laid(pictures(hand, range(seed, seed + count), wish), place, seed))


@click.command()
@click.argument("run")
@click.option("--seeds", type=Seeds(), default=(1, 2, 3, 4), help="From one to the next.  [1,2,3,4]")
@click.option("--frames", type=click.IntRange(2, 240), default=8, show_default=True, help="From one seed to the next.")
@wish
@click.option("--out", type=folder, help="A PNG with all of them, a GIF or WebP that moves, or a folder.  [RUN.png]")
def interpolate(run: str, seeds: tuple[int, ...], frames: int, wish: str, out: Path | None) -> None:
    """The way from one picture to another through what the network of RUN has learnt.

    \b
    mengbi lab interpolate dcgan-mnist --seeds 3,8,1 --frames 24 --out way.gif
    """
    needs("torch", "safetensors")
    from mengbi.lab.sampling import between, take_up

    place = _place(out, run, STILL | MOVING)
    way = between(take_up(found_run(run)), seeds, frames, wish)
    click.echo(_moving(way, place) if place.suffix.lower() in MOVING else _laid(way, place, 0, frames))


def _write(parts: Iterator[str], out: Path | None) -> None:
    """Text to the terminal, as it comes, or to a file when it is whole."""
    from mengbi.files import write_whole

    if out is not None:
        written = "".join(parts)
        write_whole(out, f"{written}\n".encode())
        click.echo(f"{out}: {len(written):,} characters")
        return
    for part in parts:
        sys.stdout.write(printable(part))
        sys.stdout.flush()
    sys.stdout.write("\n")


def _place(out: Path | None, run: str, kinds: Mapping[str, str]) -> Path:
    """Where pictures go. kinds: endings and what they are for. Raises BriefError for a file of another kind."""
    place = out or Path(f"{Path(run).name}.png")
    if place.suffix and place.suffix.lower() not in kinds:
        raise BriefError(f"{place} — {', '.join(dict.fromkeys(kinds.values()))}, or a folder for a file each")
    return place


def _laid(made: Any, out: Path, first: int, columns: int = 8) -> str:
    """Writes pictures as one sheet, or a file each into a folder; what was written."""
    from mengbi.lab.gallery import grid
    from mengbi.lab.sheet import save_sheet

    if out.suffix.lower() == ".png":
        save_sheet(out, grid(made, columns))
        return str(out)
    for number, picture in enumerate(made, first):
        save_sheet(out / f"{number:05d}.png", picture[..., 0] if picture.shape[2] == 1 else picture)
    return f"{out}: {len(made)} pictures"


def _moving(way: Any, out: Path) -> str:
    """There and back, 25 pictures a second, at least 256 pixels wide; a GIF knows no half of transparent: on white."""
    import io

    from PIL import Image

    from mengbi.files import write_whole
    from mengbi.lab.gallery import grid
    from mengbi.source import opaque

    scale, kind = max(1, 256 // way.shape[2]), out.suffix[1:].upper()
    frames = [grid(picture[None], 1) for picture in [*way, *way[-2:0:-1]]]
    images = [Image.fromarray(opaque(frame) if kind == "GIF" else frame) for frame in frames]
    large = [image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC) for image in images]
    buffer = io.BytesIO()
    large[0].save(buffer, kind, save_all=True, append_images=large[1:], duration=40, loop=0)
    write_whole(out, buffer.getvalue())
    return f"{out}: {len(large)} pictures"
