"""The lab's commands: `mengbi lab train dream --preset smoke --out runs/try`."""

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import platformdirs

from mengbi import weights
from mengbi.errors import AssetError, BriefError, FaultError
from mengbi.faces.group import Commands
from mengbi.lab.compression import STORED
from mengbi.registry import nearest

if TYPE_CHECKING:
    from mengbi.lab.run import Run

PACK = Path(platformdirs.user_cache_dir("mengbi")) / "dream" / "dream.pack"

folder = click.Path(path_type=Path)


@click.group(cls=Commands, plugins="mengbi.lab")
def lab() -> None:
    """Where the embedded networks are made."""


@lab.group(cls=Commands, plugins="mengbi.lab.data")
def data() -> None:
    """Collect what is learnt from."""


def found_run(name: str) -> Path:
    """The folder of a run: a folder itself, or a name of `mengbi lab runs`. Raises BriefError, AssetError."""
    if Path(name).is_dir():
        return Path(name)
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        found = trainings.find(store, name).folder
    if not found.is_dir():
        raise AssetError(
            f"{found} — the run {name!r} is gone from there; off the list: mengbi lab runs {name} --forget"
        )
    return found


@lab.command()
@click.argument("run")
@click.argument("out", type=folder, required=False)
@click.option("--as", "name", help="Make it an engine of that name, to paint with from now on.")
@click.option("--title", default="", help="A line about it, for `mengbi engines`.")
@click.option("--how", type=click.Choice(STORED), help="In fewer bits, as `mengbi lab compress RUN --how …` stored it.")
@click.option("--anyway", is_flag=True, help="Also in place of an engine that another run made.")
def export(run: str, out: Path | None, name: str | None, title: str, how: str | None, anyway: bool) -> None:
    """Turn what is kept of RUN, a folder or a name of `mengbi lab runs`, into files that anybody can open.

    \b
    mengbi lab export runs/try out                  OUT/model.onnx and OUT/model.safetensors
    mengbi lab export dcgan-mnist --as digits       from now on: mengbi paint "7" --engine digits
    """
    if (out is None) == (name is None):
        raise BriefError("where to? name a folder, or an engine with --as, one of the two")
    needs("torch", "safetensors", "onnx")
    from mengbi.lab.compression.storing import taken
    from mengbi.lab.export import export as write
    from mengbi.lab.install import install
    from mengbi.lab.run import kept

    path = found_run(run)
    network = taken(path, how) if how else None
    if out is not None:
        click.echo(_size(write(path, out, network)))
    if name is not None:
        data = dict(kept(path).state.get("notes", {}).get("data", {}))
        labels = data.pop("names", ())
        laid = install(path, name, title=title, labels=labels, data=data, network=network, anyway=anyway)
        click.echo(f"{laid}: mengbi paint … --engine {name}")


@lab.command()
@click.argument("run", type=folder)
@click.option("--out", type=folder, help="Where to, if not into this package.")
@click.option("--pack", type=folder, help="What it learnt from, for the card, if not at its usual place.")
@click.option("--report", type=folder, help="What `mengbi lab evaluate` wrote of these weights, for the card.")
@click.option("--anyway", is_flag=True, help="Also in place of weights whose card shows better figures.")
def ship(run: Path, out: Path | None, pack: Path | None, report: Path | None, anyway: bool) -> None:
    """Export and compress the last checkpoint of RUN, and lay it down with its digest and its card."""
    needs("torch", "safetensors", "onnx")
    from mengbi.lab.run import last

    name = _name(last(run).state["model"])
    out = out or weights.folder(name)
    if name == "dream":
        from mengbi.lab.ship import ship as write

        click.echo(write(run, out, pack or PACK, report, anyway=anyway))
        return
    if name == "avatar":
        from mengbi.lab.ship_avatar import ship_avatar

        click.echo(ship_avatar(run, out, anyway=anyway))
        return
    from mengbi.lab.data.large import POOL, Pool
    from mengbi.lab.ship_upscaler import ship_upscaler

    click.echo(ship_upscaler(run, out, Pool(pack or POOL), anyway=anyway))


@lab.command()
@click.argument("name")
def card(name: str) -> None:
    """Print what the weights NAME, or an engine of your own, were made of, how, and how well they paint."""
    from mengbi.engine.shelf import found, models
    from mengbi.faces.say import console, printable
    from mengbi.lab.card import body

    shipped, own = weights.names(), found()
    if name not in {*shipped, *own}:
        raise BriefError(f"no weights {name!r}; {nearest(name, [*shipped, *own])}")
    try:
        text = weights.card(name) if name in shipped else (models() / name / "card.md").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError(f"{models() / name} — its card.md is missing or damaged; export its run again") from error
    text = printable(text)
    if sys.stdout.isatty():
        from rich.markdown import Markdown

        console().print(Markdown(body(text)))
    else:
        click.echo(text, nl=False)


@contextmanager
def progress() -> Iterator[dict[str, Any]]:
    """`say` and `tick` for a training: lines, and on a terminal below them how far it is and the time left."""
    from mengbi.faces.say import console
    from mengbi.lab.train import in_time

    screen = console()
    if not screen.is_terminal:
        yield {"say": click.echo}
        return
    with screen.status("") as status:

        def tick(run: "Run") -> None:
            left = f", {in_time(run.left)} left" if math.isfinite(run.left) else ""
            status.update(f"step {run.step:,} of {run.recipe.steps:,}{left}")

        yield {"say": screen.print, "tick": tick}


def needs(*packages: str) -> None:
    """Raises FaultError where one of the lab's own packages is not installed."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise FaultError(f"this needs {', '.join(missing)}; install the lab with: pip install 'mengbi[lab]'")


def _name(model: Mapping[str, Any]) -> str:
    """Under which a network is shipped."""
    if model["kind"] == "portrait":
        return "avatar"
    if model["kind"] != "upscaler":
        return "dream"
    return "upscale" if model["scale"] > 1 else "restore"


def _size(path: Path) -> str:
    return f"{path}: {path.stat().st_size / 2**20:.1f} MiB"
