"""The lab's commands: `python -m mengbi.lab train dream --preset smoke`."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import platformdirs

from mengbi.errors import AssetError, BriefError, FaultError, MengbiError
from mengbi.registry import nearest

SHIPPED = Path(__file__).parent.parent / "weights"
PACK = Path(platformdirs.user_cache_dir("mengbi")) / "dream" / "dream.pack"

folder = click.Path(path_type=Path)


@click.group()
def lab() -> None:
    """Where the embedded networks are made."""


@lab.command()
@click.argument("name", type=click.Choice(["dream"]))
@click.option("--preset", default="cpu", show_default=True, help="gpu, cpu or smoke.")
@click.option("--out", type=folder, required=True, help="Folder of the run; one that stands there goes on.")
@click.option("--pack", type=folder, default=PACK, help="The pictures, as `lab data dream` packs them.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=math.inf, help="Of this call.")
@click.option("--steps", type=click.IntRange(min=10), help="Of the whole run, instead of the preset's.")
@click.option(
    "--from", "start", metavar="WEIGHTS", help="Begin with weights: dream (the shipped ones) or an ONNX file."
)
@click.option("--device", help="cpu or cuda; what there is if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor.")
@click.option(
    "--workers", type=click.IntRange(min=0), default=1, show_default=True, help="Processes that make pictures."
)
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard too.")
def train(name: str, out: Path, start: str | None, threads: int | None, device: str | None, **wishes: Any) -> None:
    """Train a network, or go on with it. Ctrl-C or SIGTERM saves and ends.

    \b
    python -m mengbi.lab train dream --preset smoke --out runs/try
    nice -n 19 python -m mengbi.lab train dream --preset cpu --out runs/long --threads 1
    """
    torch = _torch()
    from mengbi.lab.recipes.dream import PRESETS
    from mengbi.lab.train import stream
    from mengbi.lab.train import train as run

    if wishes["preset"] not in PRESETS:
        raise BriefError(f"no preset {wishes['preset']!r}; {nearest(wishes['preset'], list(PRESETS))}")
    recipe = PRESETS[wishes["preset"]]()
    if wishes["steps"]:
        recipe = replace(recipe, steps=wishes["steps"])
    if not wishes["pack"].is_file():
        raise AssetError(f"{wishes['pack']} — there is no pack; make one with: python -m mengbi.lab.data.dream")
    if threads:
        torch.set_num_threads(threads)
    weights = None
    if start:
        from mengbi.lab.export import read_weights

        spec, weights = read_weights(SHIPPED / name / "model.onnx" if start == name else Path(start))
        recipe = replace(recipe, model=spec)
    run(
        recipe,
        stream(recipe, wishes["pack"], wishes["workers"]),
        out,
        device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
        minutes=wishes["minutes"],
        weights=weights,
        tensorboard=wishes["tensorboard"],
        say=click.echo,
    )


@lab.command()
@click.argument("run", type=folder)
@click.argument("out", type=folder)
def export(run: Path, out: Path) -> None:
    """Turn the last checkpoint of RUN into OUT/model.onnx and OUT/model.safetensors."""
    _torch()
    from mengbi.lab.export import export as write

    click.echo(_size(write(run, out)))


@lab.command()
@click.argument("path", metavar="MODEL", type=folder)
@click.argument("out", type=folder)
def compress(path: Path, out: Path) -> None:
    """Write the network in the ONNX file MODEL to OUT in eight bits, if it paints the same."""
    _torch()
    from mengbi.lab.compress import compress as write

    decibels = write(path, out)
    click.echo(f"{_size(out)}, {decibels:.1f} dB from {path}")


def main() -> int:
    """The commands on their own; returns the exit code."""
    try:
        lab.main(standalone_mode=False)
    except MengbiError as error:
        click.echo(f"mengbi: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise FaultError("the lab needs torch; pip install 'mengbi[lab]'") from error
    return torch


def _size(path: Path) -> str:
    return f"{path}: {path.stat().st_size / 2**20:.1f} MiB"
