"""`mengbi keep`: a picture that is there, as a wallpaper, poster, card, avatar or sticker."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError
from mengbi.faces.painting import outputs, purposes

if TYPE_CHECKING:
    from mengbi.faces.output import Output
    from mengbi.plan import Plan


@click.command()
@click.argument("file", type=click.Path())
@purposes
@click.option("--from", "photo", metavar="PHOTO", type=click.Path(), help="Where the photo of the plan is now.")
@outputs
def keep(
    *,
    file: str,
    photo: str | None,
    out: str | None,
    how: "Output",
    **wishes: Any,
) -> None:
    """Keep the picture in FILE as something.

    A picture of ours is painted again in the shape it takes. Of a photo what matters is kept, and a wallpaper continues
    it beyond its edges where a crop would lose too much.

    \b
    mengbi keep fox.png --for wallpaper:phone
    mengbi keep fox.png --for poster:a2 --title "The fox" --seal "Ada Lovelace" -o fox.pdf
    mengbi keep holiday.jpg --for card --title 夏天 --vertical --seal 李白
    mengbi keep me.jpg --for avatar
    mengbi keep cut-out.png --for sticker
    """
    from mengbi.faces.again import warn
    from mengbi.faces.carry import carry
    from mengbi.faces.where import beside

    kind = (wishes["purpose"] or "").partition(":")[0].strip().lower()
    if not kind:
        raise BriefError("keep it as what? add --for wallpaper, poster, card, avatar or sticker")
    where = beside(Path(file), kind, out)
    plan = plan_to_keep(Path(file), photo, wishes)
    if not how.quiet:
        warn(plan)
    carry(plan, where, how)


def plan_to_keep(file: Path, photo: str | None, wishes: dict[str, Any]) -> "Plan":
    """The plan in a file, or of a photo, with the finishing steps of a purpose instead of its own.

    photo: where the plan's photo is now; wishes: the fields of Brief that say what it is kept as. Raises MengbiError.
    """
    from mengbi.brief import Brief
    from mengbi.faces.again import find_sources
    from mengbi.finish.purposes import finishing
    from mengbi.pipeline import make_plan
    from mengbi.provenance import read

    plan = read(file).plan
    if plan is None:
        if photo is not None:
            raise BriefError(f"{photo} — {file} was not painted by us, so it has no photo; leave --from off")
        return make_plan(Brief(photo=file, strength=0.0, style="none", engine="sketch", seed=0, **wishes))
    places = {"photo": photo, "mask": None, "sketch": None, "style_image": None}
    plan = find_sources(plan, file, places)
    brief = Brief(
        prompt=plan.samples[0].prompt,
        photo=None if plan.photo is None else plan.photo.path,
        scene=plan.samples[0].scene.to_dict(),
        style=plan.style.name,
        style_image=None if plan.style_image is None else plan.style_image.path,
        engine=plan.engine,
        mark=any(touch.name == "mark" for touch in plan.finish),
        **wishes,
    )
    size, touches = finishing(brief)
    return replace(plan, size=size, finish=touches)
