"""`mengbi lab train` and `resume`: an order becomes a task, and the task a run."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mengbi import settings, weights
from mengbi.errors import AssetError, BriefError
from mengbi.lab.commands import PACK, folder, found_run, needs, progress
from mengbi.lab.compression import KEPT
from mengbi.lab.families import FAMILIES
from mengbi.lab.order import SHIPPED, Order, settled
from mengbi.registry import nearest

if TYPE_CHECKING:
    from mengbi.lab.checkpoint import Checkpoint
    from mengbi.lab.recipes import Recipe
    from mengbi.lab.recording import Entry

T = TypeVar("T")
R = TypeVar("R", bound="Recipe")


class Recipes(click.ParamType):  # type: ignore[type-arg]  # generic in some versions of click only
    """A recipe's name."""

    name = "recipe"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = [*SHIPPED, *FAMILIES.names()]
        if value not in known:
            self.fail(f"no recipe {value!r}; {nearest(value, known)}", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in [*SHIPPED, *FAMILIES.names()] if name.startswith(incomplete)]


@click.command()
@click.argument("recipe", type=Recipes())
@click.option("--data", "--pack", "data", metavar="DATA", help="A folder, a zip, mnist…; of a shipped one, its pack.")
@click.option("--preset", default="cpu", show_default=True, help="gpu, cpu or smoke.")
@click.option("--name", help="Of the run, in `mengbi lab runs`.  [made of recipe and data]")
@click.option("--out", type=folder, help="Folder of the run; one that stands there goes on.  [by its name]")
@click.option("--size", type=click.IntRange(8, 1024), help="Pixels a side.  [64; digits 32]")
@click.option("--channels", type=click.Choice(["1", "3", "4"]), help="1 grey, 3 colours.  [3; digits 1]")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=math.inf, help="Of this call.")
@click.option("--steps", type=click.IntRange(min=10), help="Of the whole run, instead of the preset's.")
@click.option("--batch", type=click.IntRange(min=1), help="Examples a step, instead of the preset's.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Of learning, instead of the preset's.")
@click.option(
    "--from", "start", metavar="WEIGHTS", help="Begin with: dream (the shipped weights), an ONNX file, or a run."
)
@click.option("--licence", default="unknown", help="Of the pictures, for the card.")
@click.option("--consent", default="unknown", help="Of the people in the pictures, for the card.")
@click.option("--device", help="cpu or cuda; what there is if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor.")
@click.option(
    "--workers", type=click.IntRange(min=0), default=1, show_default=True, help="Processes that make pictures."
)
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard too.")
def train(recipe: str, name: str | None, out: Path | None, channels: str | None, **wishes: Any) -> None:
    """Train a network, or go on with it. Ctrl-C or SIGTERM saves and ends; `mengbi lab recipes` lists what there is.

    \b
    On pictures of your own (a folder of folders: each a label; captions.csv: words):
    mengbi lab train dcgan --data mnist --minutes 20
    mengbi lab train stylegan2 --data ~/pictures/cats --size 64
    mengbi lab train lstm --data novel.txt

    \b
    The networks that Mengbi ships:
    mengbi lab train dream --preset smoke --out runs/try
    nice -n 19 mengbi lab train dream --preset cpu --out runs/long --threads 1
    mengbi lab train student --from runs/long --out runs/student
    mengbi lab train upscale --preset cpu --out runs/large --threads 1

    Many processes: torchrun --nproc-per-node 4 -m mengbi lab train …
    """
    kept = {key: wishes.pop(key) for key in ("data", "preset", "start", "size", "steps", "batch", "rate")}
    told = {key: wishes.pop(key) for key in ("licence", "consent")}
    kept |= {key: settled(kept[key]) for key in ("data", "start")}  # `resume` may be called from elsewhere
    order = Order(recipe=recipe, channels=int(channels) if channels else None, **kept, **told)
    begin(order, name, out, **wishes)


@click.command()
@click.argument("name")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=math.inf, help="Of this call.")
@click.option("--device", help="cpu or cuda; what there is if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor.")
@click.option("--workers", type=click.IntRange(min=0), default=1, help="Processes that make pictures.")
def resume(name: str, **wishes: Any) -> None:
    """Go on with the run NAME of `mengbi lab runs`, as it was ordered."""
    from mengbi.lab.order import read_order
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        order = read_order(trainings.find(store, name).recipe)
    begin(order, name, found_run(name), **wishes)


def begin(
    order: Order,
    name: str | None,
    out: Path | None,
    *,
    minutes: float,
    device: str | None,
    threads: int | None,
    workers: int,
    tensorboard: bool = False,
) -> None:
    """Trains what was ordered, in its folder, and keeps the registry's row of it.

    Raises BriefError if the name is another run's, and whatever opening the data and training raise.
    """
    if "RANK" in os.environ and not (name or out):
        raise BriefError("many processes have to agree on where the run lies: give it a --name or --out")
    needs("torch", "safetensors")
    import torch

    from mengbi.lab.card import machine
    from mengbi.lab.ranks import first
    from mengbi.lab.recording import recorded

    if threads:
        torch.set_num_threads(threads)
    name, out = placed(order, name, out)
    if order.recipe not in SHIPPED and order.data and out.resolve().is_relative_to(Path(order.data).resolve()):
        raise BriefError(f"{out} — lies in what is to be learnt from; choose another --out")
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    teach: dict[str, Callable[..., bool]] = {
        "dream": _teach_dream,
        "student": _teach_student,
        "upscale": _teach_upscaler,
        "restore": _teach_restorer,
    }
    with recorded(order, out, name, device) as entry, progress() as shown:
        wishes = {
            "device": device,
            "minutes": minutes,
            "tensorboard": tensorboard,
            "notes": {"command": order.told, "machine": machine(device)},
            "record": entry.look,
            **shown,
        }
        if order.recipe in teach:
            done = teach[order.recipe](order, out, workers, **wishes)
        else:
            done = _teach_own(order, out, entry, **wishes)
        entry.end("done" if done else "stopped")
    if first():
        after = f"; next: mengbi lab {'measure' if done else 'resume'} {name}" if order.recipe not in SHIPPED else ""
        click.echo(f"{name}, in {out}{after}")


def placed(order: Order, name: str | None, out: Path | None) -> tuple[str, Path]:
    """The name and folder of a run: a run that stands in the folder, or has the name, is gone on with."""
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        if out is not None:
            known = trainings.in_folder(store, out)
            return name or (known.name if known else _fresh(store, f"{order.recipe}-{out.name}")), out
        base = f"{order.recipe}-{Path(order.data).stem}" if order.data else order.recipe
        name = name or _fresh(store, base)
    return name, settings.home() / "runs" / name


def _fresh(store: Any, base: str) -> str:
    """A name that no run has yet."""
    from mengbi.studio import trainings

    base = "".join(c if c.isalnum() or c in "-_." else "-" for c in base)[:80]
    taken = {each.name for each in trainings.every(store)}
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)


def _teach_own(order: Order, out: Path, entry: "Entry", **wishes: Any) -> bool:
    from mengbi.lab.order import open_order
    from mengbi.lab.run import kept, story, trained
    from mengbi.lab.train import train as run

    if order.start and not order.how:
        begun = kept(Path(order.start))
        wishes["weights"] = trained(begun)
        wishes["notes"] = {**wishes["notes"], "after": story(begun)}
    task, data = open_order(order)
    click.echo(data.report if not isinstance(data.report, tuple) else "\n".join(data.report))
    about = facts(data)
    entry.learns_from({name: value for name, value in about.items() if name != "names"})
    wishes["notes"] = {**wishes["notes"], "data": about}
    if order.how:
        from mengbi.lab.compression.lessons import smaller

        task = smaller(order.how, order.keep or KEPT, Path(order.start or ""), task, out)
    return run(task, out, **wishes)


def facts(data: Any) -> dict[str, Any]:
    """What a run and the registry keep of its data."""
    known = ("source", "digest", "licence", "consent")
    told = {name: str(getattr(data, name)) for name in known if getattr(data, name, None)}
    return told | {"count": len(data), "names": list(getattr(data, "names", ()))}


def _teach_dream(order: Order, out: Path, workers: int, **wishes: Any) -> bool:
    from mengbi.lab.dreaming import painting, stream
    from mengbi.lab.recipes.dream import PRESETS
    from mengbi.lab.train import train as run

    pack = _pack(order)
    recipe = _changed(_one_of(PRESETS, order.preset)(), order)
    recipe, wishes = _begun(recipe, order.start, wishes)
    return run(painting(recipe, stream(recipe, pack, workers)), out, **wishes)


def _teach_student(order: Order, out: Path, workers: int, **wishes: Any) -> bool:
    from mengbi.lab.distill import distill, teacher_of
    from mengbi.lab.dreaming import stream
    from mengbi.lab.recipes.student import PRESETS

    pack = _pack(order)
    lessons_of = _one_of(PRESETS, order.preset)
    teacher = teacher_of(out, _begin(order.start) if order.start else None)
    lessons = tuple(_changed(recipe, order) for recipe in lessons_of(teacher.state["model"]))
    return distill(lessons, lambda recipe: stream(recipe, pack, workers), out, teacher, **wishes)


def _teach_upscaler(order: Order, out: Path, _workers: int, *, restores: bool = False, **wishes: Any) -> bool:
    """It makes its pairs beside the learning, which takes longer."""
    from mengbi.lab import enlarging
    from mengbi.lab.data.large import POOL, Pool
    from mengbi.lab.recipes.upscale import PRESETS, restoring

    lesson = _one_of(PRESETS, order.preset)()
    lesson = restoring(lesson) if restores else lesson
    recipe, wishes = _begun(_changed(lesson.recipe, order), order.start, wishes)
    pool = Pool(Path(order.data) if order.data else POOL)
    return enlarging.train(replace(lesson, recipe=recipe), pool, out, **wishes)


def _teach_restorer(order: Order, out: Path, workers: int, **wishes: Any) -> bool:
    return _teach_upscaler(order, out, workers, restores=True, **wishes)


def _pack(order: Order) -> Path:
    """The pack named, or the usual one. Raises AssetError where there is none."""
    path = Path(order.data) if order.data else PACK
    if not path.is_file():
        raise AssetError(f"{path} — there is no pack; make one with: mengbi lab data dream")
    return path


def _changed(recipe: R, order: Order) -> R:
    changes = {name: value for name in ("steps", "batch", "rate") if (value := getattr(order, name)) is not None}
    return replace(recipe, **changes)


def _begun(recipe: R, start: str | None, wishes: dict[str, Any]) -> tuple[R, dict[str, Any]]:
    """The recipe and the wishes of a run that begins with other weights, if it does."""
    if not start:
        return recipe, wishes
    from mengbi.lab.run import story, trained

    begun = _begin(start)
    notes = {**wishes["notes"], "after": story(begun)}
    return replace(recipe, model=begun.state["model"]), {**wishes, "weights": trained(begun), "notes": notes}


def _begin(start: str) -> "Checkpoint":
    """Where a run begins: the shipped weights, those of an ONNX file, or the last ones of a run."""
    from mengbi.lab.run import last

    if Path(start, "checkpoints").is_dir():
        return last(Path(start))
    needs("onnx")
    from mengbi.lab.ship import taken_up

    return taken_up(weights.folder(start) / "model.onnx" if start == "dream" else Path(start))


def _one_of(presets: Mapping[str, T], name: str) -> T:
    if name not in presets:
        raise BriefError(f"no preset {name!r}; {nearest(name, list(presets))}")
    return presets[name]
