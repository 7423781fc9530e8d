"""From a run to shipped weights that enlarge or restore: the network as it is, its digest, its card."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mengbi.errors import BriefError
from mengbi.lab.card import NAMED, lines, table, trained_by, with_top
from mengbi.lab.data.large import Pool
from mengbi.lab.enlarging import measure
from mengbi.lab.export import exported
from mengbi.lab.recipes import Recipe
from mengbi.lab.recipes.upscale import Lesson
from mengbi.lab.run import last, restored, trained
from mengbi.lab.ship import check_better, history, write_folder

RECIPE = ("batch", "steps", "rate", "warmup", "decay", "average", "clip", "seed")
"""What the card keeps of it."""
FIGURE = "PSNR, dB"

TEXT = """# {name}

A small convolutional network that {does}. docs/upscaling.md shows what comes of it, beside others.

| | |
|---|---|
{made}

## How good it is

On {held} crops that it never learnt from, worn by chance as those that it did (the median):

{figures}

## What it learnt from

{learnt:,} crops of {side} pixels (pool `{pool}`): ideas of the library, drawn and mostly worked over in a style of the
gallery; drawings of these sources at any size; and these photos. `mengbi lab data upscale` makes the same again.

| source | pictures | licence | by |
|---|---|---|---|
{sources}

The weights are ours, Apache-2.0. `chelsea.png` and `coffee.png` of scikit-image were kept for measuring.
"""
DOES = {
    "upscale": "gives a picture four times as many pixels a side, or twice as many by joining four each",
    "restore": "takes the traces of JPEG, noise and softness out of a picture",
}


def ship_upscaler(run: Path, out: Path, pool: Pool, *, anyway: bool = False) -> str:
    """Writes `out` anew from the last checkpoint of a run over a pool; returns what to say of it.

    Raises BriefError if another pool was learnt from, or if the weights that stand there are better, unless anyway;
    FaultError, AssetError, OutputError, StorageError; then they still stand.
    """
    found = last(run)
    state = found.state
    if state["notes"]["pool"] != pool.digest:
        raise BriefError(f"{run} — learnt from the pool {state['notes']['pool'][:12]}, not {pool.digest[:12]}; --pack")
    model = restored(found)
    recipe = Recipe(model=state["model"], batch=state["batch"], steps=state["steps"])
    figures = measure(model, Lesson(recipe=recipe, side=48 * model.fold), pool)
    if not anyway:
        check_better(out, figures[FIGURE]["ours"], lambda standing: float(standing[FIGURE]["ours"]), "{:.2f} dB".format)
    data = exported(found)
    facts = {
        "name": out.name,
        "network": state["model"],
        "weights": sum(tensor.numel() for tensor in trained(found).values()),
        "bytes": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "run": history(found),
        "recipe": {key: state[key] for key in RECIPE},
        "pool": pool.digest,
        "evaluation": figures,
    }
    text = card(facts, pool, "upscale" if model.scale > 1 else "restore").encode()
    write_folder(out, {"model.onnx": data, "digest": f"{facts['digest']}\n".encode(), "card.md": text})
    shown = ", ".join(f"{name} {value:.2f}" for name, value in figures[FIGURE].items())
    return f"{out}: {len(data) / 2**20:.2f} MiB; {FIGURE}: {shown}; {facts['digest'][:12]}"


def card(facts: Mapping[str, Any], pool: Pool, kind: str) -> str:
    """The card's text. facts: what the program reads again, see `ship_upscaler`; kind: a key of DOES."""
    made = [
        ("network", f"{facts['weights'] / 1e3:.0f} thousand weights, {json.dumps(facts['network'])}"),
        ("file", f"{facts['bytes'] / 2**10:.0f} KiB in floats, `{facts['digest'][:12]}`"),
        *trained_by(facts["run"], "pairs"),
    ]
    text = TEXT.format(
        name=facts["name"],
        does=DOES[kind],
        made=lines(made),
        held=len(pool.held),
        figures=table(facts["evaluation"], ".2f"),
        learnt=len(pool.learnt),
        side=pool.learnt[0].shape[0],
        pool=pool.digest[:12],
        sources="\n".join(_sources(pool)),
    )
    return with_top(facts, text)


def _sources(pool: Pool) -> Iterator[str]:
    for row in pool.notes["credits"]:
        by = ", ".join(row["by"]) if len(row["by"]) <= NAMED else f"{len(row['by'])} people"
        yield f"| {row['source']} | {row['pictures']:,} | {row['license']} | {by} |"
