"""`mengbi upscale` and `mengbi restore`: a picture file larger or cleaner, with all that made it inside."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError
from mengbi.faces.painting import outputs

if TYPE_CHECKING:
    from mengbi.engine import Step
    from mengbi.faces.output import Output
    from mengbi.plan import Plan, Touch

BEFORE = 0.2
"""Of the whole, the share that the picture itself takes before it is worked on."""


@click.command()
@click.argument("file", type=click.Path())
@click.option("--scale", type=click.Choice(["2", "4"]), help="Times as many pixels a side.  [2]")
@click.option("--size", metavar="WxH", help="Exactly so many pixels, instead.")
@outputs
def upscale(*, file: str, scale: str | None, size: str | None, **options: Any) -> None:
    """Enlarge the picture in FILE, crisp.

    What made it stays in it: mengbi repeat paints and enlarges it again.

    \b
    mengbi upscale fox.png
    mengbi upscale fox.png --scale 4 -o large.png
    mengbi upscale scan.jpg --size 3508x2480 -o print.png
    """
    from mengbi.faces.wishes import read_size
    from mengbi.finish.upscale import touch

    if scale and size:
        raise BriefError("both --scale and --size — the size says the scale; leave one of them off")
    if size:
        wanted = touch("fit", size=list(read_size(size)))
        _work(Path(file), wanted, size, **options)
    else:
        wanted = touch("enlarge", scale=int(scale or 2))
        _work(Path(file), wanted, f"{scale or 2}x", **options)


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--kind", metavar="worn|old", default="worn", help="By JPEG, noise and softness; old: faded, too.  [worn]"
)
@click.option("--strength", type=click.FloatRange(0, 1), default=1.0, help="0 leaves it as it is.  [1]")
@outputs
def restore(*, file: str, kind: str, strength: float, **options: Any) -> None:
    """Take the traces of JPEG, noise and softness out of the picture in FILE.

    \b
    mengbi restore screenshot.jpg -o clean.png
    mengbi restore grandmother.jpg --kind old --strength 0.8 -o restored.png
    """
    from mengbi.finish.upscale import check_kind, touch

    check_kind(kind)
    _work(Path(file), touch("restore", kind=kind, strength=strength), "restored", **options)


def _work(
    file: Path,
    touch: "Touch",
    name: str,
    *,
    out: str | None,
    how: "Output",
) -> None:
    """One more step after all that made the picture in `file`. name: what is put behind the file's own."""
    from mengbi.faces.again import warn
    from mengbi.faces.carry import carry_steps
    from mengbi.faces.vouching import check_plan
    from mengbi.faces.where import beside

    where = beside(file, name, out)
    plan = plan_for(file)
    check_plan(plan)
    if not how.quiet:
        warn(plan)
    carry_steps(steps(plan, touch), where, how)


def plan_for(file: Path) -> "Plan":
    """The plan in a file of ours; of any other picture a plan whose photo it is, of which nothing is changed.

    Raises SourceError, BriefError.
    """
    from mengbi.brief import as_it_is
    from mengbi.faces.again import find_sources
    from mengbi.pipeline import make_plan
    from mengbi.provenance import read

    plan = read(file).plan
    if plan is not None:
        return find_sources(plan.only(0), file, dict.fromkeys(("photo", "mask", "sketch", "style_image")))
    return make_plan(as_it_is(file))


def steps(plan: "Plan", touch: "Touch") -> Iterator["Step"]:
    """The painting of a plan and then one more touch: the same pixels as a plan with both, but it says how far it is.

    plan: of one picture.
    """
    from mengbi.engine import Step
    from mengbi.engine.preview import shrink
    from mengbi.finish.upscale import work
    from mengbi.pipeline import carry_out
    from mengbi.source import opaque

    for step in carry_out(plan):
        yield replace(step, done=step.done * BEFORE, pictures=())
    (picture,) = step.pictures
    whole, under_way = replace(plan, finish=(*plan.finish, touch)), work(picture.pixels, touch.name, touch.settings)
    images = shrink(opaque(picture.pixels))[None]
    while True:
        try:
            share = next(under_way)
        except StopIteration as end:
            pixels, touches = end.value, (*picture.touches, touch.to_dict())
            made = replace(picture, pixels=pixels, plan=whole, touches=touches)
            yield Step(done=1.0, stage=touch.name, images=shrink(opaque(pixels))[None], pictures=(made,))
            return
        yield Step(done=BEFORE + (1 - BEFORE) * share, stage=touch.name, images=images)
