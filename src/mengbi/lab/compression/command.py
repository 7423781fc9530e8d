"""`mengbi lab compress`: a trained network made smaller in several ways, and what each costs."""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError
from mengbi.lab.commands import folder, found_run, needs
from mengbi.lab.compression import EVERY, FOLDER, KEPT, STATIC, STORED
from mengbi.lab.measuring import ordered, sampler, usual
from mengbi.lab.order import DIGITS, Order, open_order

if TYPE_CHECKING:
    from mengbi.lab.compression.table import Row
    from mengbi.lab.sampling import Hand

ALL = "all"
SHARE_OF_STEPS = 4
"""A smaller network learns for a quarter of the steps that the whole one did, if nothing else is said."""
CALIBRATED, TRIED = 100, 64
"""Real inputs by which ranges are found, and others by which outputs are compared."""
MOST, MOST_BEHIND_NOISE = 2000, 64
"""Pictures of a seed: one network sees a picture in a look, another paints it in many."""
COLUMNS = 16
"""Pictures of a row of the sheet."""


@click.command()
@click.argument("run")
@click.argument("out", type=folder, required=False)
@click.option("--how", "hows", type=click.Choice([*EVERY, ALL]), multiple=True, default=(ALL,), show_default=True)
@click.option("--keep", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=KEPT, show_default=True,
              help="Share of the channels, of prune and distill.")  # fmt: skip
@click.option("--steps", type=click.IntRange(min=10), help="Of learning on.  [a quarter of the run's]")
@click.option("--n", "count", type=click.IntRange(min=6), help="Pictures of a seed, by which quality is measured.")
@click.option("--seeds", type=click.IntRange(1, 20), default=1, show_default=True, help="Of sampling.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor, for learning; looks are timed on one.")
def compress(
    run: str, out: Path | None, hows: tuple[str, ...], keep: float, steps: int | None, threads: int | None, **asked: Any
) -> None:
    """Make the network of RUN smaller, and tell what that costs: size, seconds, quality, before and after.

    \b
    mengbi lab compress dcgan-mnist                        every way there is for it
    mengbi lab compress dcgan-mnist --how static           bytes; then: mengbi lab export dcgan-mnist --how static …
    mengbi lab compress dcgan-mnist --how prune --keep 0.6 a run of its own, dcgan-mnist-prune-60
    mengbi lab compress MODEL.onnx OUT.onnx                the file of a painter in eight bits

    halves: float16 in the file. dynamic, static: bytes. prune: channels that are worth little go, the rest learns on.
    distill: a narrower network learns to do what this one does.
    """
    needs("torch", "safetensors", "onnx")
    if Path(run).is_file():
        _one_file(Path(run), out)
        return
    if out is not None:
        raise BriefError(f"{out} — of a run everything goes into its own folder; leave it off")
    _compare(found_run(run), _chosen(hows), keep, steps, threads, **asked)


def _one_file(path: Path, out: Path | None) -> None:
    from mengbi.lab.compress import compress as write

    if out is None:
        raise BriefError(f"{path} — name the file that its network goes to, too")
    decibels = write(path, out)
    click.echo(f"{out}: {out.stat().st_size / 2**20:.1f} MiB, {decibels:.1f} dB from {path}")


def _chosen(hows: Sequence[str]) -> tuple[str, ...]:
    return tuple(how for how in EVERY if how in hows or ALL in hows)


def _compare(
    path: Path,
    hows: Sequence[str],
    keep: float,
    steps: int | None,
    threads: int | None,
    *,
    count: int | None,
    seeds: int,
) -> None:
    import torch

    from mengbi.faces.say import console
    from mengbi.files import write_whole
    from mengbi.lab.card import machine
    from mengbi.lab.compression.table import Row, compared, inputs_of, shown, width_of
    from mengbi.lab.export import exported
    from mengbi.lab.run import kept
    from mengbi.lab.sampling import take_up

    if threads:
        torch.set_num_threads(threads)
    training, order = ordered(path)
    task, data = open_order(order)
    hand, found = take_up(path), kept(path)
    many = _many(hand, data, count)
    inputs = inputs_of(hand, task, CALIBRATED + TRIED)
    rows, said = [Row(name="whole", data=exported(found), hand=hand)], {}
    for how in hows:
        try:
            if how in STORED:
                rows.append(_kept(how, rows[0], path, found.step, inputs[:CALIBRATED]))
            else:
                wanted = replace(order, how=how, keep=keep, start=str(path.resolve()))
                wanted = replace(wanted, steps=steps or max(10, found.step // SHARE_OF_STEPS))
                told = inputs[:CALIBRATED] if STATIC in hows else ()
                rows += _learnt(wanted, training.name, hand, threads, told)
        except BriefError as error:
            if len(hows) == 1:
                raise
            said[how] = str(error)
            click.echo(f"{how}: {error}", err=True)
    facts = {
        "run": training.name,
        "step": found.step,
        "machine": machine("cpu"),
        "threads": 1,
        "when": time.strftime("%Y-%m-%d"),
        "without": said,
        "rows": compared(rows, inputs[CALIBRATED:], _quality(hand, data, order, many, seeds)),
    }
    screen = console()
    made = shown(facts, screen.width)
    screen.width = max(screen.width, width_of(made))  # what is too long is folded by the terminal, not cut off here
    screen.print(made)
    write_whole(path / FOLDER / "table.json", json.dumps(facts, indent=1, ensure_ascii=False).encode())
    _draw(rows, data, path / FOLDER / "sheet.png")
    click.echo(f"{path / FOLDER}")


def _kept(how: str, whole: "Row", path: Path, step: int, inputs: Sequence[Mapping[str, Any]]) -> "Row":
    """A network stored in fewer bits, and its file in the run's folder."""
    from mengbi.files import write_whole
    from mengbi.lab.compression.storing import stored
    from mengbi.lab.compression.table import Row
    from mengbi.lab.export import noted

    data = noted(stored(how, whole.data, whole.hand.ports.kind, inputs), {"step": step})
    write_whole(path / FOLDER / f"{how}.onnx", data)
    return Row(name=how if whole.name == "whole" else f"{whole.name} {how}", data=data, hand=whole.hand)


def _learnt(
    wanted: Order, parent: str, hand: "Hand", threads: int | None, inputs: Sequence[Mapping[str, Any]]
) -> list["Row"]:
    """A smaller network, a run of its own, which is gone on with if it is there; inputs: to store it in bytes, too."""
    from mengbi.lab.compression.lessons import narrower
    from mengbi.lab.compression.table import Row
    from mengbi.lab.export import exported
    from mengbi.lab.run import kept
    from mengbi.lab.sampling import take_up
    from mengbi.lab.teaching import begin, placed

    how, keep = str(wanted.how), wanted.keep or KEPT
    narrower(how, hand.spec, keep)  # or nothing is begun
    name, out = placed(wanted, f"{parent}-{how}-{round(100 * keep)}", None)
    begin(wanted, name, out, minutes=math.inf, device=None, threads=threads, workers=0)
    if ordered(out)[0].state != "done":
        click.echo(f"{name} is not done; go on with the same command, or: mengbi lab resume {name}", err=True)
        raise click.Abort  # who stops one stops all
    found = kept(out)
    row = Row(name=f"{how} {round(100 * keep)}%", data=exported(found), hand=take_up(out))
    return [row, _kept(STATIC, row, out, found.step, inputs)] if inputs and row.hand.ports.kind != "writer" else [row]


def _many(hand: "Hand", data: Any, count: int | None) -> int:
    """Pictures of a seed by which quality is measured; 0, and that is said, where too few are held back.

    Raises BriefError where more are asked for than fit.
    """
    from mengbi.lab.evaluation.pictures import FEWEST, number

    if hand.ports.kind not in ("generator", "denoiser") or not hasattr(data, "held"):
        return 0
    held = int(data.held.sum())
    try:
        return number(count, held, MOST_BEHIND_NOISE if hand.ports.kind == "denoiser" else MOST)
    except BriefError as error:
        if held >= 2 * FEWEST:
            raise
        click.echo(f"without figures of quality: {error}", err=True)
        return 0


def _quality(hand: "Hand", data: Any, order: Order, many: int, seeds: int) -> Callable[["Hand"], Mapping[str, float]]:
    """By the same figures as `lab measure`. many: pictures of a seed, of a network that makes some; 0: no figures."""
    import numpy as np

    if hand.ports.kind == "writer":
        from mengbi.lab.writing import bits_a_character

        return lambda hand: {"bits per character": bits_a_character(hand.model, data)}
    if hand.ports.kind == "classifier":
        from mengbi.lab.classifying import naming_check

        check = naming_check(data)
        return (lambda hand: {"accuracy": check(hand.model)["accuracy"]}) if check else lambda _: {}
    if not many:
        return lambda _: {}
    from mengbi.lab.compression.table import of_pictures
    from mengbi.lab.evaluation.digits import reader
    from mengbi.lab.evaluation.features import open_network
    from mengbi.lab.evaluation.pictures import some_of

    classifier = reader(str(order.data)).shares if order.data in DIGITS else None
    return of_pictures(
        lambda hand: sampler(hand, data),
        some_of(np.asarray(data.pixels[np.flatnonzero(data.held)]), 2 * many),
        open_network(usual(order)),
        classifier=classifier,
        n=many,
        seeds=range(seeds),
    )


def _draw(rows: Sequence["Row"], data: Any, out: Path) -> None:
    """A row of pictures for each file, of the same points; nothing of what makes no picture at once."""
    import numpy as np

    from mengbi.lab.compression.table import Opened
    from mengbi.lab.gallery import grid
    from mengbi.lab.sheet import save_sheet

    if rows[0].hand.ports.kind != "generator" or not hasattr(data, "held"):
        return
    made = [sampler(replace(row.hand, model=Opened(row.data, row.hand)), data)(0, COLUMNS) for row in rows]
    save_sheet(out, grid(np.concatenate(made), COLUMNS))
