"""The card of weights: what they were made of, how, and how well they paint; for people, and on top for programs.

The top is JSON between two lines of dashes, as model hubs read it. `ship` writes a card and reads the standing one.
"""

import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mengbi.errors import AssetError
from mengbi.lab.data.pack import Pack, Row

FENCE = "---\n"
NAMED = 12
"""A source with more authors than this is not credited name by name; the table of its pictures is."""

KNOWN = ("object", "color", "count", "position")
"""Questions of the evaluation whose right answer is known."""
BY_WORDS = ("en", "zh")
"""Columns of what is painted from words alone, by which weights are compared."""
HELPED = "over a drawing"
"""Ends the columns of what is painted over the underdrawing."""

UNKNOWN = "These weights were not evaluated; `mengbi lab evaluate dream` does it."
TEXT = """# {name}

A network that believes in the clean picture behind any noise, steered by words in sixteen languages and, if there is
one, by a drawing. It paints at {size} × {size} pixels{looks}.

| | |
|---|---|
{made}

## How well it paints

{evaluation}

## What it learnt from

{pictures:,} pictures (pack `{pack}`), alone, as portraits, and composed into scenes on {backdrops:,} backdrops of our
own, with captions in English, Chinese and twelve more languages. Every licence allows it; docs/painter.md says what was
left out. `mengbi lab data dream` collects the same pictures again and lists each with its author.

| source | version | pictures | licence | by |
|---|---|---|---|---|
{sources}

The weights are ours, Apache-2.0. Words are read by the multilingual Universal Sentence Encoder (Google, Apache-2.0).
"""


def write_card(facts: Mapping[str, Any], pack: Pack) -> str:
    """The card's text. facts: what the program reads again, see `ship`."""
    looks = facts["defaults"].get("steps")
    text = TEXT.format(
        name=facts["name"],
        size=facts["network"]["size"],
        looks=f", in {looks} looks" if looks else "",
        made=lines(_made(facts)),
        evaluation=table(facts["evaluation"], ".3g") if facts["evaluation"] else UNKNOWN,
        pictures=len(pack.rows),
        backdrops=len(pack.backdrops),
        pack=pack.digest[:12],
        sources="\n".join(_sources(pack.rows)),
    )
    return with_top(facts, text)


def with_top(facts: Mapping[str, Any], text: str) -> str:
    """What programs read, above what people do."""
    return f"{FENCE}{json.dumps(facts, indent=1, ensure_ascii=False)}\n{FENCE}\n{text}"


def lines(rows: Iterable[tuple[str, str]]) -> str:
    """The rows of a table of two columns."""
    return "\n".join(f"| {heading} | {words} |" for heading, words in rows)


def table(figures: Mapping[str, Mapping[str, float]], shape: str) -> str:
    """A row a question, a column a language or what it is held against. shape: of a figure, as `format` takes it."""
    columns = list(dict.fromkeys(column for row in figures.values() for column in row))
    return "\n".join(
        [
            f"| | {' | '.join(columns)} |",
            "|---" * (len(columns) + 1) + "|",
            *(
                f"| {name} | {' | '.join(format(row[each], shape) if each in row else '' for each in columns)} |"
                for name, row in figures.items()
            ),
        ]
    )


def trained_by(run: Mapping[str, Any], seen: str) -> Iterator[tuple[str, str]]:
    """How a run came about, in rows. run: see `ship.history`; seen: what a sample is called."""
    yield "trained by", f"`{run['command']}`"
    yield "on", run["machine"]
    yield "for", f"{run['minutes']:,.0f} minutes: {run['steps']:,} steps, {run['samples']:,} {seen} seen"
    if "after" in run:
        yield "before that", run["after"]


def facts_of(card: str) -> Mapping[str, Any]:
    """What the top of a card says. Raises AssetError if it is damaged or there is none."""
    try:
        return dict(json.loads(_parts(card)[0]))
    except ValueError as error:
        raise AssetError(f"the card's top is damaged ({error}); ship anew with --anyway") from error


def body(card: str) -> str:
    """What people read."""
    return _parts(card)[1]


def score(report: Mapping[str, Any] | None) -> float:
    """The mean of all that was asked with a known answer, 0 to 1; −1 where nothing was. See `lab evaluate`."""
    found = [value for row in KNOWN for by, value in (report or {}).get(row, {}).items() if by in BY_WORDS]
    return sum(found) / len(found) if found else -1.0


def machine(device: str) -> str:
    """What a network is trained on, in words. device: as torch names it."""
    import torch

    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return f"{torch.get_num_threads()} of {os.cpu_count()} processors, {_processor()}"


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    for line in table.read_text().splitlines() if table.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _parts(card: str) -> tuple[str, str]:
    if not card.startswith(FENCE):
        return "", card
    top, _, rest = card.removeprefix(FENCE).partition(f"\n{FENCE}")
    return top, rest.lstrip()


def _made(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    network, run = facts["network"], facts["run"]
    yield "network", f"{network['kind']}, {facts['weights'] / 1e6:.1f} million weights, {json.dumps(network)}"
    yield (
        "file",
        f"{facts['bytes'] / 2**20:.1f} MiB in eight bits, {facts['psnr']:.1f} dB from floats, `{facts['digest'][:12]}`",
    )
    yield from trained_by(run, "pictures")


def _sources(rows: tuple[Row, ...]) -> Iterator[str]:
    from mengbi.lab.data.sources import SOURCES

    shelves: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        shelves[row.source, row.license].append(row)
    packages = {source.name: source.package for source in SOURCES}
    for (name, license_), here in shelves.items():
        package = packages[name]
        title = f"[{package.name}]({package.home})" if package else "our own underdrawing's figures"
        authors = sorted({row.author for row in here})
        by = ", ".join(authors) if len(authors) <= NAMED else f"{len(authors)} people, see `dream.csv`"
        yield f"| {title} | {package.version if package else ''} | {len(here):,} | {license_} | {by} |"
