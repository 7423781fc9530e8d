"""`mengbi avatar`: words, a photo or two other avatars become a face, a sheet of them, or a pack of stickers."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mengbi.errors import BriefError, OutputError, SourceError
from mengbi.faces.painting import outputs

if TYPE_CHECKING:
    from mengbi.brief import Brief
    from mengbi.face import Face
    from mengbi.faces.output import Output
    from mengbi.plan import Plan

SHEET = 16
"""Faces on a sheet."""
LOOKS = ("comic", "ink", "toon", "flat")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--seed", type=int, help="The same seed gives the same face.  [another each time]")
@click.option("-n", "--count", type=int, default=1, help="Faces, of seed, seed + 1, and so on.  [1]")
@click.option("--look", type=click.Choice(LOOKS), help="How it is drawn.  [what fits the words]")
@click.option("--like", metavar="PHOTO", type=click.Path(), help="Read a photo's face; it stays on this machine.")
@click.option("--of", "origin", metavar="FILE[:N]", help="An avatar's own face, or number N of a sheet's.")
@click.option("--cross", nargs=2, metavar="FILE[:N] FILE[:N]", help="A child of two avatars.")
@click.option("--hair", type=click.FloatRange(-1, 1), help="From −1, short, to 1, long.")
@click.option("--smile", type=click.FloatRange(-1, 1), help="From −1, sad, to 1, laughing.")
@click.option("--age", type=click.FloatRange(-1, 1), help="From −1, young, to 1, old.")
@click.option("--mix", metavar="LOOK:SHARE", multiple=True, help="Another look mixed in, as ink:0.5.")
@click.option("--sheet", is_flag=True, help=f"{SHEET} faces on one sheet, to choose from.")
@click.option("--stickers", is_flag=True, help="The face in every mood, each a sticker with a white border.")
@click.option("--tree", is_flag=True, help="The face under those that it comes from.")
@click.option("-s", "--style", metavar="NAME", help="Paint it over in a style; see mengbi styles.")
@click.option("--style-image", metavar="FILE", type=click.Path(), help="Paint it over in the manner of this picture.")
@click.option("--background", metavar="none|auto|COLOR", default="none", help="What stands behind it.  [none]")
@click.option("--size", metavar="WxH", help="Of a face, in pixels.  [512, on a sheet 256]")
@click.option("--for", "purpose", metavar="WHAT", help="Keep it as avatar:round, avatar:square or sticker:print…")
@outputs
def avatar(
    *,
    words: tuple[str, ...],
    sheet: bool,
    stickers: bool,
    tree: bool,
    out: str | None,
    how: "Output",
    **wishes: Any,
) -> None:
    """Draw a face from words, in any of sixteen languages; without words, whatever the seed brings.

    \b
    mengbi avatar 短发，戴眼镜，微笑
    mengbi avatar "a girl with long red hair and freckles, laughing" --sheet
    mengbi avatar --of sheet.png:7 --smile 1 --hair -0.5 --background auto
    mengbi avatar --of mengbi-avatar-7.png --stickers -o pack/
    mengbi avatar --cross anna.png ben.png --tree
    mengbi avatar --like me.jpg --look ink --style watercolor
    """
    from mengbi.faces.carry import carry
    from mengbi.faces.where import place
    from mengbi.faces.wishes import read_words

    if out == "":
        raise OutputError("--out '' — a file, a folder/ or a pattern; without --out it is kept here")
    _agree(sheet, stickers, tree, wishes)
    if stickers and wishes["purpose"] is None:
        wishes["purpose"] = "sticker"
    usual = "mengbi-sticker-{seed}-{n}.png" if stickers else "mengbi-avatar-{seed}.png"
    folder = out is not None and (Path(out).is_dir() or out.endswith("/"))
    where = place(f"{(out or '').rstrip('/')}/{usual}" if folder else out or usual, 2 if stickers else wishes["count"])
    behind = wishes["background"]
    if sheet or tree:  # they put it behind each face
        wishes["background"] = "none"
    brief = brief_of(read_words(words), side=256 if sheet else 512, say=how.aloud, **wishes)
    plan = planned(brief, say=how.aloud)
    if sheet:
        plan = _on_sheet(plan, brief, None if behind == "none" else behind)
    elif stickers:
        plan = _as_stickers(plan)
    elif tree:
        plan = _under_parents(plan, None if behind == "none" else behind)
    carry(plan, where, how)


def _agree(sheet: bool, stickers: bool, tree: bool, wishes: dict[str, Any]) -> None:
    if sheet + stickers + tree > 1:
        raise BriefError("--sheet, --stickers and --tree are three pictures; ask for one of them")
    if sheet and wishes["count"] > 1:
        raise BriefError(f"--count with --sheet — a sheet has {SHEET} faces; leave one of them off")
    if stickers and wishes["count"] > 1:
        raise BriefError("--count with --stickers — a pack is of one face; leave one of them off")
    if wishes["origin"] is not None and wishes["count"] > 1:
        raise BriefError("--count with --of — the file is of one face; leave one of them off, or try --sheet")
    if stickers and wishes["background"] != "none":
        raise BriefError("--background with --stickers — they stand on nothing; leave one of them off")
    if (sheet or tree) and wishes["purpose"]:
        raise BriefError("--for with --sheet or --tree — those have a shape of their own; leave one of them off")


def brief_of(
    prompt: str,
    *,
    look: str | None,
    like: str | None,
    origin: str | None,
    cross: tuple[str, str] | None,
    mix: tuple[str, ...],
    size: str | None,
    side: int,
    say: bool,
    hair: float | None,
    smile: float | None,
    age: float | None,
    **wishes: Any,
) -> "Brief":
    """The options as a Brief; what words and options name goes before what is read of files. Raises MengbiError."""
    from mengbi.brief import Brief
    from mengbi.engine.avatar.looks import group_of
    from mengbi.faces.wishes import read_size
    from mengbi.text.portrait import read_traits
    from mengbi.text.prompt import plain
    from mengbi.text.traits import ANY

    if sum(given is not None for given in (like, origin, cross)) > 1:
        raise BriefError("--like, --of and --cross — a face comes from one of them; leave the others off")
    face: dict[str, Any] = {}
    if origin is not None:
        face = face_in(origin).to_dict()
        if wishes["seed"] is not None:
            raise BriefError("--seed with --of — the file says which face it is; leave one of them off")
        wishes["seed"] = face["seed"]
    elif cross is not None:
        face = {"parents": [face_in(one).to_dict() for one in cross]}
    elif like is not None:
        face = {"traits": _read_off(like, say)}
    said = read_traits(plain(prompt))
    named = {group_of(name) for name in said.wanted} - {ANY} | ({"style"} if look else set())
    traits = {name: amount for name, amount in face.get("traits", {}).items()
              if group_of(name) not in named and name not in said.unwanted}  # fmt: skip
    face["traits"] = {**({look: 1.0} if look else {}), **traits}
    moved = {"hair": hair, "smile": smile, "age": age, **_mixed(mix)}
    face["sliders"] = {**face.get("sliders", {}), **{name: by for name, by in moved.items() if by is not None}}
    wanted = read_size(size) if size else None if wishes["purpose"] else (side, side)
    return Brief(prompt=prompt, engine="avatar", face=face, size=wanted, **wishes)


def planned(brief: "Brief", *, say: bool) -> "Plan":
    """The plan of it; says, if it may, what its look does not have. Raises MengbiError."""
    from mengbi.engine.avatar import unmet
    from mengbi.engine.avatar.looks import STYLE, most, of_group
    from mengbi.pipeline import make_plan

    plan = make_plan(brief)
    lacking: dict[tuple[str | None, str], None] = {}
    for sample in plan.samples:
        assert sample.face is not None  # the avatar engine gives each one
        for name in unmet(sample.prompt, brief.face, sample.face):
            lacking[most(of_group(sample.face.traits, STYLE)), name] = None
    for look, name in lacking if say else ():
        click.echo(f"mengbi: {name} — the {look} look has none that goes with the rest; the nearest is taken", err=True)
    return plan


def face_in(name: str) -> "Face":
    """The face of an avatar's file, or "FILE:7", the seventh on a sheet. Raises SourceError, BriefError."""
    from mengbi.makers.avatar import sheet_faces
    from mengbi.provenance import read

    found = re.fullmatch(r"(.+):(\d{1,3})", name)
    file, number = (found[1], int(found[2])) if found and not Path(name).exists() else (name, None)
    plan = read(Path(file)).plan
    face = None if plan is None else plan.samples[0].face
    if plan is None or face is None:
        raise BriefError(f"{file} — no avatar of ours; make one with: mengbi avatar WORDS")
    sheets = [touch for touch in plan.finish if touch.name == "sheet"]
    if number is None and not sheets:
        return face
    faces = sheet_faces(sheets[0].settings) if sheets else (face,)
    if number is None or not 1 <= number <= len(faces):
        raise BriefError(f"{name} — which of its {len(faces)} faces? write {file}:1 to {file}:{len(faces)}")
    return faces[number - 1]


def _mixed(mix: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for one in mix:
        look, colon, share = one.partition(":")
        try:
            found[look] = float(share) if colon else 0.5
        except ValueError:
            found[look] = -1.0
        if look not in LOOKS or not 0 <= found[look] <= 1:
            raise BriefError(f"--mix {one} — a look and a share from 0 to 1, as ink:0.5; looks are {', '.join(LOOKS)}")
    return found


def _read_off(photo: str, say: bool) -> dict[str, float]:
    from mengbi.makers.likeness import likeness
    from mengbi.source import load_pixels, read_source

    pixels = load_pixels(read_source(photo))
    if _is_ours(Path(photo)):
        raise BriefError(f"--like {photo} — an avatar of ours, which says itself what its face is; take --of {photo}")
    found = likeness(pixels, photo)
    if say:
        click.echo(f"mengbi: {photo} — read {', '.join(found.traits) or 'nothing'}", err=True)
        if found.unread:
            click.echo(f"mengbi: not read: {', '.join(found.unread)}; say it in words", err=True)
    return dict.fromkeys(found.traits, 1.0)


def _is_ours(picture: Path) -> bool:
    from mengbi.provenance import read

    try:
        plan = read(picture).plan
    except SourceError:  # a damaged plan: the picture itself can be looked at
        return False
    return plan is not None and plan.samples[0].face is not None


def _on_sheet(plan: "Plan", brief: "Brief", behind: str | None) -> "Plan":
    from mengbi.brief import MAX_PIXELS_AT_ONCE
    from mengbi.makers.avatar import row, sheet_size, sheet_touch

    whole = sheet_size(SHEET, plan.size)
    if whole[0] * whole[1] > MAX_PIXELS_AT_ONCE:
        least = (MAX_PIXELS_AT_ONCE / whole[0] / whole[1]) ** 0.5
        fits = "x".join(str(int(least * side) // 8 * 8) for side in plan.size)
        asked, made = ("{}x{}".format(*size) for size in (plan.size, whole))
        raise BriefError(f"--size {asked} with --sheet — {SHEET} such faces are {made} pixels; try --size {fits}")
    sample = plan.samples[0]
    faces = row(sample.prompt, sample.seed, brief.face, SHEET)
    return replace(plan.only(0), finish=(sheet_touch(faces, background=_color(behind)), *plan.finish))


def _as_stickers(plan: "Plan") -> "Plan":
    from mengbi.makers.avatar import stickers, with_faces

    face = plan.samples[0].face
    assert face is not None
    return with_faces(plan, stickers(face))


def _under_parents(plan: "Plan", behind: str | None) -> "Plan":
    from mengbi.makers.avatar import tree_touch

    if any(sample.face is None or sample.face.parents is None for sample in plan.samples):
        raise BriefError("--tree — this face comes from nobody; cross two avatars: --cross A.png B.png")
    return replace(plan, finish=(tree_touch(_color(behind)), *plan.finish))


def _color(behind: str | None) -> str | None:
    from mengbi.finish.backdrop import touch

    return None if behind is None else str(touch(behind).settings["color"])
