"""The lab's commands: `mengbi lab train dream --preset smoke --out runs/try`."""

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import platformdirs

from mengbi import weights
from mengbi.errors import AssetError, BriefError, FaultError
from mengbi.faces.group import Commands
from mengbi.registry import nearest

if TYPE_CHECKING:
    from mengbi.lab.checkpoint import Checkpoint
    from mengbi.lab.recipes import Recipe
    from mengbi.lab.run import Run

T = TypeVar("T")
R = TypeVar("R", bound="Recipe")

PACK = Path(platformdirs.user_cache_dir("mengbi")) / "dream" / "dream.pack"

folder = click.Path(path_type=Path)


@click.group(cls=Commands, plugins="mengbi.lab")
def lab() -> None:
    """Where the embedded networks are made."""


@lab.group(cls=Commands, plugins="mengbi.lab.data")
def data() -> None:
    """Collect what is learnt from."""


@lab.command()
@click.argument("name", type=click.Choice(["dream", "student", "upscale", "restore"]))
@click.option("--preset", default="cpu", show_default=True, help="gpu, cpu or smoke.")
@click.option("--out", type=folder, required=True, help="Folder of the run; one that stands there goes on.")
@click.option("--pack", type=folder, help="What is learnt from, as `mengbi lab data` made it.  [at its usual place]")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=math.inf, help="Of this call.")
@click.option("--steps", type=click.IntRange(min=10), help="Of the whole run, instead of the preset's.")
@click.option(
    "--from", "start", metavar="WEIGHTS", help="Begin with: dream (the shipped weights), an ONNX file, or a run."
)
@click.option("--device", help="cpu or cuda; what there is if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor.")
@click.option(
    "--workers", type=click.IntRange(min=0), default=1, show_default=True, help="Processes that make pictures."
)
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard too.")
def train(name: str, out: Path, pack: Path | None, start: str | None, threads: int | None, **wishes: Any) -> None:
    """Train a network, or go on with it. Ctrl-C or SIGTERM saves and ends.

    A student learns to paint in four looks what its teacher, named by --from, paints in sixteen with guidance.
    upscale learns to enlarge pictures, restore to clean worn ones.

    \b
    mengbi lab train dream --preset smoke --out runs/try
    nice -n 19 mengbi lab train dream --preset cpu --out runs/long --threads 1
    mengbi lab train student --from runs/long --out runs/student
    mengbi lab train upscale --preset cpu --out runs/large --threads 1
    """
    needs("torch", "safetensors")
    import torch

    from mengbi.lab.card import machine

    asked = {"preset": wishes["preset"], "steps": wishes["steps"], "from": start}
    if threads:
        torch.set_num_threads(threads)
    wishes["device"] = wishes["device"] or ("cuda" if torch.cuda.is_available() else "cpu")
    wishes["notes"] = {
        "command": " ".join([f"mengbi lab train {name}", *(f"--{key} {word}" for key, word in asked.items() if word)]),
        "machine": machine(wishes["device"]),
    }
    teach = {"dream": _teach_dream, "student": _teach_student, "upscale": _teach_upscaler, "restore": _teach_restorer}
    teach[name](out, pack, start, **wishes)


def _teach_dream(
    out: Path, pack: Path | None, start: str | None, *, preset: str, steps: int | None, workers: int, **wishes: Any
) -> None:
    from mengbi.lab.dreaming import painting, stream
    from mengbi.lab.recipes.dream import PRESETS
    from mengbi.lab.train import train as run

    pack = _pack(pack)
    recipe = _shortened(_one_of(PRESETS, preset)(), steps)
    recipe, wishes = _begun(recipe, start, wishes)
    with progress() as shown:
        run(painting(recipe, stream(recipe, pack, workers)), out, **wishes, **shown)


def _teach_student(
    out: Path, pack: Path | None, start: str | None, *, preset: str, steps: int | None, workers: int, **wishes: Any
) -> None:
    from mengbi.lab.distill import distill, teacher_of
    from mengbi.lab.dreaming import stream
    from mengbi.lab.recipes.student import PRESETS

    found = _pack(pack)
    lessons_of = _one_of(PRESETS, preset)
    teacher = teacher_of(out, _begin(start) if start else None)
    lessons = tuple(_shortened(recipe, steps) for recipe in lessons_of(teacher.state["model"]))
    with progress() as shown:
        distill(lessons, lambda recipe: stream(recipe, found, workers), out, teacher, **wishes, **shown)


def _teach_upscaler(
    out: Path,
    pack: Path | None,
    start: str | None,
    *,
    preset: str,
    steps: int | None,
    workers: int,
    restores: bool = False,
    **wishes: Any,
) -> None:
    """workers: it makes its pairs beside the learning, which takes longer."""
    from mengbi.lab import enlarging
    from mengbi.lab.data.large import POOL, Pool
    from mengbi.lab.recipes.upscale import PRESETS, restoring

    lesson = _one_of(PRESETS, preset)()
    lesson = restoring(lesson) if restores else lesson
    recipe, wishes = _begun(_shortened(lesson.recipe, steps), start, wishes)
    with progress() as shown:
        enlarging.train(replace(lesson, recipe=recipe), Pool(pack or POOL), out, **wishes, **shown)


def _teach_restorer(*arguments: Any, **wishes: Any) -> None:
    _teach_upscaler(*arguments, restores=True, **wishes)


def _pack(path: Path | None) -> Path:
    """The pack named, or the usual one. Raises AssetError where there is none."""
    path = path or PACK
    if not path.is_file():
        raise AssetError(f"{path} — there is no pack; make one with: mengbi lab data dream")
    return path


def _shortened(recipe: R, steps: int | None) -> R:
    return replace(recipe, steps=steps) if steps else recipe


def _begun(recipe: R, start: str | None, wishes: dict[str, Any]) -> tuple[R, dict[str, Any]]:
    """The recipe and the wishes of a run that begins with other weights, if it does."""
    if not start:
        return recipe, wishes
    from mengbi.lab.run import story, trained

    begun = _begin(start)
    notes = {**wishes["notes"], "after": story(begun)}
    return replace(recipe, model=begun.state["model"]), {**wishes, "weights": trained(begun), "notes": notes}


@lab.command()
@click.argument("run", type=folder)
@click.argument("out", type=folder)
def export(run: Path, out: Path) -> None:
    """Turn the last checkpoint of RUN into OUT/model.onnx and OUT/model.safetensors."""
    needs("torch", "safetensors", "onnx")
    from mengbi.lab.export import export as write

    click.echo(_size(write(run, out)))


@lab.command()
@click.argument("path", metavar="MODEL", type=folder)
@click.argument("out", type=folder)
def compress(path: Path, out: Path) -> None:
    """Write the network in the ONNX file MODEL to OUT in eight bits, if it paints the same."""
    needs("torch", "onnx")
    from mengbi.lab.compress import compress as write

    decibels = write(path, out)
    click.echo(f"{_size(out)}, {decibels:.1f} dB from {path}")


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
    from mengbi.lab.data.large import POOL, Pool
    from mengbi.lab.ship_upscaler import ship_upscaler

    click.echo(ship_upscaler(run, out, Pool(pack or POOL), anyway=anyway))


@lab.command()
@click.argument("name")
def card(name: str) -> None:
    """Print what the weights NAME were made of, how, and how well they paint."""
    from mengbi.faces.say import console
    from mengbi.lab.card import body

    text = weights.card(name)
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


def _one_of(presets: Mapping[str, T], name: str) -> T:
    if name not in presets:
        raise BriefError(f"no preset {name!r}; {nearest(name, list(presets))}")
    return presets[name]


def _begin(start: str) -> "Checkpoint":
    """Where a run begins: the shipped weights, those of an ONNX file, or the last ones of a run."""
    from mengbi.lab.run import last

    if Path(start, "checkpoints").is_dir():
        return last(Path(start))
    needs("onnx")
    from mengbi.lab.ship import taken_up

    return taken_up(weights.folder(start) / "model.onnx" if start == "dream" else Path(start))


def _name(model: Mapping[str, Any]) -> str:
    """Under which a network is shipped."""
    if model["kind"] != "upscaler":
        return "dream"
    return "upscale" if model["scale"] > 1 else "restore"


def _size(path: Path) -> str:
    return f"{path}: {path.stat().st_size / 2**20:.1f} MiB"
