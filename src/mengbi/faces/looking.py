"""The commands that paint nothing: show, scene, engines, doctor."""

import sys
from pathlib import Path

import click

from mengbi.errors import SourceError
from mengbi.faces.say import console, in_words, printable, say, say_json, table

as_json = click.option("--json", "as_json", is_flag=True, help="As JSON, and nothing else.")


@click.command()
@click.argument("file", type=click.Path())
@as_json
@click.option("--parameters", is_flag=True, help="The text that other programs of the kind read and write.")
def show(file: str, as_json: bool, parameters: bool) -> None:
    """Tell what made the picture in FILE.

    Reads our own plan, and what other programs write: A1111, Forge, SD.Next, ComfyUI, InvokeAI, NovelAI, Fooocus,
    SwarmUI, Draw Things, Easy Diffusion.
    """
    from mengbi.faces.showing import as_dict, facts
    from mengbi.provenance import read

    found = read(Path(file))
    if as_json:
        say_json(as_dict(found))
    elif parameters:
        if found.parameters is None:
            raise SourceError(f"{file} — no parameters in it")
        say(found.parameters)
    else:
        _preview(Path(file))
        lines = table()
        lines.show_header = False
        lines.add_column()
        lines.add_column(overflow="fold")
        for heading, words in facts(found):
            if words or not heading:
                lines.add_row(heading, printable(words))
        console().print(lines)


@click.command()
@click.argument("words", nargs=-1, metavar="PROMPT...")
@click.option("--seed", type=int, default=0, help="For {a|b} and __wildcards__ in the prompt.  [0]")
@as_json
def scene(words: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Tell what is understood of the words.

    \b
    mengbi scene "three red boats on the sea at sunset"
    mengbi scene 一只戴皇冠的猫 --json > cat.json; mengbi paint --scene cat.json
    """
    from mengbi.brief import Brief
    from mengbi.faces.wishes import read_words
    from mengbi.pipeline import make_plan

    understood = make_plan(Brief(prompt=read_words(words), seed=seed)).samples[0].scene
    if as_json:
        say_json(understood.to_dict())
        return
    lines = in_words(understood)
    for heading, text in lines:
        say(f"{heading:>14}  {text}")
    if not lines:
        say("nothing that can be drawn; the sky and the ground are up to the seed")


@click.command()
@as_json
def engines(as_json: bool) -> None:
    """List what paints, and which options each takes."""
    from mengbi.engine import ENGINES

    found = {name: ENGINES.find(name)() for name in ENGINES.names()}
    if as_json:
        say_json([{"name": name, "title": e.title, "uses": sorted(e.uses)} for name, e in found.items()])
        return
    listed = table("engine", "what it is", "takes")
    for name, engine in found.items():
        listed.add_row(name, engine.title, ", ".join(sorted(engine.uses)))
    console().print(listed)


@click.command()
@as_json
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Find out what works here, and how to mend the rest.

    Exit code 0 if everything that must work does, 1 if something does not.
    """
    from mengbi.faces.doctor import examine

    sound = True
    for check in examine():
        sound = sound and check.verdict != "broken"
        if as_json:
            say_json(check.to_dict())
        else:
            mark = {"well": "✓", "broken": "✗", "absent": "–"}[check.verdict]
            say(f"{mark} {check.name:<12} {check.found}")
            if check.advice:
                say(f"  {'':<12} → {check.advice}")
        sys.stdout.flush()
    context.exit(0 if sound else 1)


def _preview(file: Path) -> None:
    """The picture itself, small, where the terminal shows pictures."""
    import numpy as np

    from mengbi.faces.terminal import look_at
    from mengbi.faces.watch import show as draw
    from mengbi.source import load_pixels, read_source

    screen = look_at(sys.stdout)
    if screen is not None and screen.pictures != "none":
        draw(np.ascontiguousarray(load_pixels(read_source(file))[..., :3]), screen, sys.stdout)
