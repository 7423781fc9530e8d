"""Figures as JSON values: how one is kept, read, and shown beside what is real and what others published."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mengbi.lab.evaluation.published import published

if TYPE_CHECKING:
    from rich.table import Table


FINEST = 5
"""Digits after the point at most."""

READ: Mapping[str, tuple[str, str]] = {
    "FID": ("lower", "Fréchet distance of Inception's features: how far apart the two sets lie as wholes."),
    "FD": ("lower", "Fréchet distance of this network's features: how far apart the two sets lie as wholes. No FID."),
    "KID": ("lower", "Kernel distance of Inception's features: the same question, unbiased for few pictures."),
    "KD": (
        "lower",
        "Kernel distance of this network's features: the same question, unbiased for few pictures. No KID.",
    ),
    "precision": ("higher", "Share of the made pictures that lie among real ones: they look real."),
    "recall": ("higher", "Share of the real pictures that lie among made ones: they could have been made."),
    "density": ("as real", "How many real neighbourhoods a made picture lies in, over what is expected."),
    "coverage": ("higher", "Share of the real pictures that have a made one in their neighbourhood."),
    "nearest": ("as real", "Median distance (1 − cosine) to the nearest training picture; far below the real: copies."),
    "copies": ("as real", "Share nearer to a training picture than 99 % of the real ones are; far above: copies."),
    "classes present": ("all", "Classes that the classifier reads in at least one picture."),
    "classes covered": ("all", "Classes made at least a tenth as often as they are real."),
    "KL": ("lower", "Divergence of the shares of the classes from the real ones, in bits."),
    "entropy": ("as real", "Of the shares of the classes, in bits."),
    "sure": ("as real", "Share of the pictures whose class the classifier is 90 % sure of."),
    "asked": ("as real", "Share read as the label that was asked for; beside it, of real pictures as their own."),
    "NLL": ("lower", "−log p(x) of held-out pictures at most, nats a picture; after the hyphen how many samples."),
    "bits per dimension": ("lower", "−log₂ p(x) of held-out pictures at most, over their numbers."),
    "bits per character": ("lower", "−log₂ p of held-out text, over its characters."),
}
"""By the name of a figure, or what stands before its hyphen: what is better, and what it is."""


def figure(made: Sequence[float], real: Sequence[float] = ()) -> dict[str, Any]:
    """A figure of several seeds, and of real pictures: means, and standard deviations where there are several."""
    found: dict[str, Any] = {}
    for name, values in (("made", made), ("real", real)):
        if len(values):
            found[name] = float(np.mean(values))
        if len(values) > 1:
            found[f"{name}_deviation"] = float(np.std(values, ddof=1))
    return found | {"seeds": [float(value) for value in made]}


def reading(name: str) -> tuple[str, str]:
    """What is better, in a word, and what the figure is; nothing for a figure of somebody else's."""
    return READ.get(name) or READ.get(name.partition("-")[0], ("", ""))


def table(figures: Mapping[str, Any]) -> "Table":
    """A row a figure: what was made, the floor, what others published of it, and how to read it."""
    from mengbi.faces.say import table as empty

    shown = empty("figure", "made", "real", "published", "better")
    for name, found in figures["figures"].items():
        known = beside(figures.get("data", ""), name)
        shown.add_row(name, cell(found, "made"), cell(found, "real"), known, reading(name)[0])
    return shown


def beside(data: str, name: str) -> str:
    """What others published of a figure for these data; what they named `NLL` stands beside `NLL-50` too."""
    others = [each for each in published(data) if name == each.figure or name.startswith(f"{each.figure}-")]
    return ", ".join(f"{each.model} {each.value:g}" for each in others) or "–"


def cell(found: Mapping[str, Any], column: str) -> str:
    """A figure with its deviation, as it is shown."""
    if column not in found:
        return "–"
    mean, deviation = found[column], found.get(f"{column}_deviation")
    if not deviation:
        return number(mean)
    digits = min(max(0, 1 - math.floor(math.log10(deviation))), FINEST)
    return f"{mean:,.{digits}f} ± {deviation:,.{digits}f}"


def number(value: float) -> str:
    """A number of any size in few characters."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
