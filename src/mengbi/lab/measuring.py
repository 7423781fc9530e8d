"""`mengbi lab measure`: how good a run of one's own is, in figures beside those of real pictures, and as one page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError
from mengbi.lab.commands import folder, found_run, needs
from mengbi.lab.evaluation.command import progress
from mengbi.lab.order import DIGITS, Order, open_data_of, read_order

if TYPE_CHECKING:
    from mengbi.lab.evaluation.digits import Reader
    from mengbi.lab.evaluation.pictures import Sample
    from mengbi.lab.evaluation.sheets import Sheet
    from mengbi.lab.sampling import Hand
    from mengbi.studio.trainings import Training

BOUND, SAMPLES = 1000, 64
"""Held-back pictures of which a VAE's likelihood is taken, and codes drawn for each."""
ASKED = 100
"""Pictures of each label that are asked for."""
FRAMES = 10
"""Steps from one picture to the next, on the sheet of ways."""


@click.command()
@click.argument("run")
@click.option("--out", type=folder, help="Folder of report.html and report.json.  [report, in the run's own]")
@click.option(
    "--features", multiple=True, help="What compares: lite0, lenet, inception:FILE.  [lenet for digits, else lite0]"
)
@click.option("--n", "count", type=click.IntRange(min=6), help="Pictures of each seed.  [5000, or as many as fit]")
@click.option("--seeds", type=click.IntRange(1, 20), default=3, show_default=True, help="Of sampling.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor.")
def measure(
    run: str, out: Path | None, features: tuple[str, ...], count: int | None, seeds: int, threads: int | None
) -> None:
    """Measure what RUN makes, against pictures that it never learnt from: a table, and a page with everything.

    \b
    mengbi lab measure dcgan-mnist
    mengbi lab measure lstm-novel --out report
    """
    needs("torch", "safetensors")
    import torch

    from mengbi.errors import MengbiError
    from mengbi.faces.say import console
    from mengbi.files import write_whole
    from mengbi.lab.evaluation.figures import table
    from mengbi.lab.evaluation.page import write_report
    from mengbi.lab.log import Log
    from mengbi.lab.sampling import take_up

    if threads:
        torch.set_num_threads(threads)
    path = found_run(run)
    training, order = ordered(path)
    hand, data = take_up(path), open_data_of(order)
    if hand.ports.kind == "writer":
        figures, sheets, texts = _text(hand, data)
    elif hand.ports.kind == "classifier":
        raise BriefError(f"{run} makes nothing; how often it is right stands in: mengbi lab runs {run}")
    else:
        figures, sheets, texts = _pictures(hand, data, order, features, count, seeds)
    console().print(table(figures))
    out = out or path / "report"
    about: dict[str, Mapping[str, Any]] = {
        "Recipe": {name: value for name, value in asdict(order).items() if value is not None},
        "Data": {**training.data, "report": _lines(data)},
        "Run": {
            "steps": training.step,
            "minutes": round(training.seconds / 60, 1),
            "machine": training.machine,
            "Mengbi": training.code,
        },
    }
    write_report(
        out / "report.html",
        figures,
        title=training.name,
        sheets=sheets,
        texts=texts,
        log=Log(path).lines(),
        about=about,
    )
    write_whole(out / "report.json", json.dumps(figures, indent=1).encode())
    try:
        _remember(training.name, figures)
    except MengbiError as error:
        click.echo(f"the list of runs was not told: {error}", err=True)
    click.echo(f"{out / 'report.html'}")


def _lines(data: Any) -> list[tuple[str]]:
    """What is said of the data, as a page shows it: a line each."""
    report = getattr(data, "report", "")
    return [(line,) for line in (report if isinstance(report, tuple) else str(report).splitlines())]


def _pictures(
    hand: "Hand", data: Any, order: Order, features: tuple[str, ...], count: int | None, seeds: int
) -> tuple[dict[str, Any], Any, dict[str, str]]:
    import numpy as np

    from mengbi.lab.evaluation.digits import reader
    from mengbi.lab.evaluation.features import open_network
    from mengbi.lab.evaluation.pictures import evaluate_pictures

    networks = [open_network(each) for each in features or (usual(order),)]
    judge = reader(str(order.data)) if order.data in DIGITS else None
    held, learnt = np.flatnonzero(data.held), np.flatnonzero(~np.asarray(data.held))
    totals = {"made": 10**6, **{each.name: 10**6 for each in networks}}
    with progress(totals) as tick:
        found = evaluate_pictures(
            sampler(hand, data),
            np.asarray(data.pixels[learnt]),
            np.asarray(data.pixels[held]),
            features=networks,
            classifier=judge.shares if judge else None,
            names=data.names,
            data=str(order.data) if order.data in DIGITS else "",
            n=count,
            seeds=tuple(range(seeds)),
            tick=tick,
        )
    figures = found.figures
    likelihood = _likelihood(hand, np.asarray(data.pixels[held[:BOUND]]))
    figures["figures"] |= (asked(hand, judge) if judge else {}) | likelihood
    return figures, (*found.sheets, *_ways(hand)), {}


def usual(order: Order) -> str:
    """The network that sees, where none is named."""
    if order.data not in DIGITS:
        return "lite0"
    return "lenet" if order.data == DIGITS[0] else f"lenet:{order.data}"


def sampler(hand: "Hand", data: Any) -> "Sample":
    """`sample(seed, n)`: of labels as often as they are learnt from, where there are labels."""
    import numpy as np
    import torch

    from mengbi.lab.gallery import made
    from mengbi.lab.sampling import painted
    from mengbi.noise import gaussian, generator

    labels = np.asarray(data.labels)[~np.asarray(data.held)]

    def sample(seed: int, n: int) -> Any:
        chance = generator(seed, 1)
        if hand.ports.kind == "denoiser":
            names = list(data.names) or [""]
            chosen = [names[each] for each in chance.integers(len(names), size=n)]
            rows = [painted(hand, [seed * n + place], wish) for place, wish in enumerate(chosen)]
            return np.concatenate(rows)[..., : data.pixels.shape[3]]
        z = gaussian((seed,), 0, (n, hand.ports.width("z")))[0]
        y = np.zeros((n, hand.ports.width("y")), np.float32)
        drawn = chance.choice(labels, n)
        if y.size and data.names:
            y[drawn >= 0, drawn[drawn >= 0]] = 1
        return made(hand.model, torch.from_numpy(z), torch.from_numpy(y))

    return sample


def asked(hand: "Hand", judge: "Reader") -> dict[str, Any]:
    """How often what is asked for is made, as the judge reads it, and real pictures are read right; of labels only."""
    if hand.ports.kind != "generator" or not hand.names:
        return {}
    import numpy as np

    from mengbi.lab.evaluation.figures import figure
    from mengbi.lab.sampling import pictures

    made = {name: judge.shares(pictures(hand, range(ASKED), name)) for name in hand.names}
    right = [shares.argmax(1) == judge.names.index(name) for name, shares in made.items()]
    return {"asked": figure([float(np.mean(right))], [judge.accuracy])}


def _likelihood(hand: "Hand", pictures: Any) -> dict[str, Any]:
    """Of a VAE, on pictures that it never saw."""
    from mengbi.lab.models.vae import Vae

    if not isinstance(hand.model, Vae):
        return {}
    from mengbi.lab.evaluation.figures import figure
    from mengbi.lab.evaluation.likelihood import bits_per_dim
    from mengbi.lab.variational import evidence

    nats = evidence(hand.model, pictures, SAMPLES)
    return {
        f"NLL-{SAMPLES}": figure([nats]),
        "bits per dimension": figure([bits_per_dim(-nats, pictures[0].size)]),
    }


def _ways(hand: "Hand") -> "Iterator[Sheet]":
    """From picture to picture, of a network that makes them of points."""
    from mengbi.lab.evaluation.sheets import ways
    from mengbi.lab.sampling import between

    if hand.ports.kind == "generator":
        yield ways(lambda one, other, name: between(hand, (one, other), FRAMES, name), hand.names)


def _text(hand: "Hand", data: Any) -> tuple[dict[str, Any], Any, dict[str, str]]:
    from mengbi.lab.evaluation.figures import figure
    from mengbi.lab.sampling import text
    from mengbi.lab.writing import bits_a_character

    bits = bits_a_character(hand.model, data)
    written = {f"Written, seed {seed}": "".join(text(hand, "", length=600, seed=seed)) for seed in range(3)}
    name = str(data.source) if hasattr(data, "source") else ""
    return {"data": name, "figures": {"bits per character": figure([bits])}}, (), written


def ordered(path: Path) -> tuple["Training", Order]:
    """The run in a folder as the registry has it, and what was ordered. Raises BriefError for one of nobody's data."""
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        training = trainings.in_folder(store, path)
    if training is None or training.recipe.get("data") is None:
        raise BriefError(
            f"{path} — not a run of `mengbi lab runs` over data of one's own; what it learnt from is unknown"
        )
    return training, read_order(training.recipe)


def _remember(name: str, figures: Mapping[str, Any]) -> None:
    """The registry keeps the figures, so that `compare` shows them."""
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        known = trainings.find(store, name)
        measured = {f"measured {key}": value["made"] for key, value in figures["figures"].items() if "made" in value}
        trainings.follow(store, name, metrics={**known.metrics, **measured})
