"""`mengbi lab recipes`, `runs` and `compare`: what can be trained, what was, and how two of them differ."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError
from mengbi.faces.say import console, printable, say, say_json, table
from mengbi.lab.commands import folder
from mengbi.lab.families import FAMILIES

if TYPE_CHECKING:
    from mengbi.studio.trainings import Training

HIDDEN = ("step", "rate", "minutes", "pictures a second")
"""Numbers of a log that say nothing of how good a network is."""


@click.command()
def recipes() -> None:
    """What you can train on data of your own."""
    shown = table("recipe", "", "learns from", "paper")
    for name in FAMILIES.names():
        family = FAMILIES.find(name)
        shown.add_row(name, family.title, family.wants, family.paper)
    console().print(shown)
    say("mengbi lab train dcgan --data mnist")


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON, and nothing else.")
@click.option("--forget", is_flag=True, help="Take NAME off the list; its folder stays.")
def runs(name: str | None, as_json: bool, forget: bool) -> None:
    """What was trained, the newest first; or all that is known of the run NAME."""
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        if forget:
            if name is None:
                raise BriefError("--forget — name the run that is to be forgotten")
            trainings.forget(store, name)
            return
        known = [trainings.find(store, name)] if name else trainings.every(store)
    if as_json:
        say_json([each.to_dict() for each in known])
    elif name:
        _tell(known[0])
    elif known:
        _list(known)
    else:
        say("nothing was trained yet; try: mengbi lab train dcgan --data mnist --minutes 10")


@click.command()
@click.argument("one")
@click.argument("other")
@click.option("--out", type=folder, help="Folder for curves.png and sheets.png: both, side by side.")
def compare(one: str, other: str, out: Path | None) -> None:
    """How two runs differ: in what was ordered, in their last figures, and in pictures."""
    from mengbi.studio import trainings
    from mengbi.studio.store import opened

    with opened() as store:
        pair = [trainings.find(store, name) for name in (one, other)]
    shown = table("", *(printable(each.name) for each in pair))
    for key in dict.fromkeys([*pair[0].recipe, *pair[1].recipe]):
        values = [each.recipe.get(key) for each in pair]
        if values[0] != values[1]:
            shown.add_row(key, *("" if value is None else printable(str(value)) for value in values))
    shown.add_row("state", *(each.state for each in pair))
    shown.add_row("steps", *(f"{each.step:,}" for each in pair))
    for key in dict.fromkeys([*pair[0].metrics, *pair[1].metrics]):
        if key not in HIDDEN:
            shown.add_row(key, *(_figure(each.metrics.get(key)) for each in pair))
    console().print(shown)
    if out is not None:
        _draw(pair, out)


def _draw(pair: list["Training"], out: Path) -> None:
    """Writes curves.png and, where both have one, sheets.png with the last sheet of each."""
    import numpy as np
    from PIL import Image

    from mengbi.lab.log import Log, draw_curves
    from mengbi.lab.sheet import save_sheet

    for each in pair:
        if not each.folder.is_dir():
            say(f"{each.folder} — the run {each.name!r} is gone from there")
    lines = {each.name: found for each in pair if (found := Log(each.folder).lines())}
    if lines:
        save_sheet(out / "curves.png", np.asarray(draw_curves(lines)))
    last = [max((each.folder / "sheets").glob("*.png"), default=None) for each in pair]
    pictures = [Image.open(path).convert("RGBA") for path in last if path]
    if len(pictures) == len(pair):
        height = max(picture.height for picture in pictures)
        sheet = Image.new("RGB", (sum(picture.width + 16 for picture in pictures) - 16, height), "white")
        left = 0
        for picture in pictures:
            sheet.paste(picture, (left, 0), picture)
            left += picture.width + 16
        save_sheet(out / "sheets.png", np.asarray(sheet))
    say(f"{out}: curves.png" + (" and sheets.png" if len(pictures) == len(pair) else ""))


def _list(known: list["Training"]) -> None:
    shown = table("run", "recipe and data", "state", "minutes", "begun")
    for each in known:
        shown.add_row(
            printable(each.name),
            printable(f"{each.family} {Path(each.recipe.get('data') or '').name}".strip()),
            each.state if each.step >= each.steps else f"{each.state} {each.step / each.steps:.0%}",
            f"{each.seconds / 60:.1f}",
            f"{datetime.fromtimestamp(each.created / 1000):%m-%d %H:%M}",
        )
    console().print(shown)
    for each in known:
        if each.note:
            say(f"{printable(each.name)}: {printable(each.note)}")


def _tell(training: "Training") -> None:
    rows: dict[str, Any] = {
        "recipe": training.family,
        **{key: value for key, value in training.recipe.items() if key != "recipe" and value not in (None, "unknown")},
        **{f"data: {key}": value for key, value in training.data.items()},
        "state": f"{training.state}, step {training.step:,} of {training.steps:,}, {training.seconds / 60:.1f} minutes",
        "note": training.note,
        **{key: _figure(value) for key, value in training.metrics.items() if key not in HIDDEN},
        "began with": training.parent,
        "machine": training.machine,
        "Mengbi": training.code,
        "folder": training.folder,
    }
    for key, value in rows.items():
        if value is not None:
            say(f"{key:>18}  {value}")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
