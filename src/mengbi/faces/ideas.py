"""`mengbi inspire` and `mengbi surprise`: the library of ideas, shown and painted."""

import locale
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mengbi.errors import BriefError
from mengbi.faces.painting import outputs
from mengbi.faces.say import console, printable, say, say_json, table

if TYPE_CHECKING:
    from mengbi.faces.output import Output
    from mengbi.ideas import Idea

HANDFUL = 6
SEED = click.IntRange(0, 2**63 - 1)  # as a Brief has it, which --help has no need to import

language_option = click.option(
    "--lang", "language", type=click.Choice(["en", "zh"]), help="The language of the words.  [yours]"
)
tag_option = click.option("--tag", metavar="TAG", help="Of one kind: sea, animals, 静… A wrong one lists them all.")


@click.command()
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@tag_option
@click.option("--modifiers", "behind", is_flag=True, help="Words to put behind a prompt: light, colour, medium…")
@language_option
@click.option("-n", "--count", type=click.IntRange(1), help=f"How many.  [{HANDFUL}]")
@click.option("--seed", type=SEED, help="The same seed draws the same handful.  [another each time]")
@click.option("--paint", "painted", is_flag=True, help="Paint them, too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, and nothing else.")
def inspire(
    *,
    words: tuple[str, ...],
    tag: str | None,
    behind: bool,
    language: str | None,
    count: int | None,
    seed: int | None,
    painted: bool,
    as_json: bool,
) -> None:
    """Show ideas worth painting: a handful at random, or those that WORDS find.

    Into a pipe go the bare words, one idea a line.

    \b
    mengbi inspire
    mengbi inspire fox snow
    mengbi inspire 月 --tag classical --count 3
    mengbi inspire --modifiers --tag light
    mengbi inspire --count 1 | mengbi paint -
    """
    from mengbi.faces.carry import carry
    from mengbi.faces.output import output
    from mengbi.faces.where import place
    from mengbi.ideas import ideas, modifiers, search, tagged

    if behind and painted:
        raise BriefError("modifiers alone are no picture; put them behind a prompt, or leave off --modifiers")
    among = modifiers() if behind else ideas()
    if tag is not None:
        among = tagged(tag, among)
    found = search(" ".join(words), among) if words else _handful(among, count or HANDFUL, seed)
    shown, language = found[: count or HANDFUL], language or _own_language()
    if painted:
        from mengbi.brief import Brief
        from mengbi.pipeline import make_plan

        how = output(quiet=False, as_json=as_json, film=None, shown=None)
        for idea in shown:
            carry(make_plan(Brief(prompt=idea.words(language), seed=seed)), place(None, 1), how)
    elif as_json:
        say_json([idea.to_dict() for idea in shown])
    elif sys.stdout.isatty():
        _list(shown, language)
    else:
        for idea in shown:
            say(idea.words(language))


@click.command()
@click.option("--size", metavar="WxH", help="Exactly so many pixels, instead.")
@click.option("--for", "screen", metavar="SCREEN", help="phone, tablet, 4k, iphone-15, macbook-air…  [desktop]")
@click.option("--seed", type=SEED, help="The same seed is the same surprise.  [another each time]")
@tag_option
@language_option
@outputs
def surprise(
    *,
    size: str | None,
    screen: str | None,
    seed: int | None,
    tag: str | None,
    language: str | None,
    out: str | None,
    how: "Output",
) -> None:
    """Paint a wallpaper that nobody asked for: a good idea, a style that suits it, and chance.

    \b
    mengbi surprise
    mengbi surprise --for phone --tag space
    mengbi surprise --size 3440x1440 --seed 7 -o wallpapers/
    """
    import secrets
    import shlex

    from mengbi.brief import Brief
    from mengbi.faces.carry import carry
    from mengbi.faces.where import place
    from mengbi.faces.wishes import read_size
    from mengbi.finish import find_style
    from mengbi.finish.purposes.wallpaper import find_screen
    from mengbi.ideas import blind_box, ideas, tagged
    from mengbi.pipeline import make_plan

    if size is not None and screen is not None:
        raise BriefError(f"--size and --for {screen} both say how large; leave one of them off")
    wide_high = find_screen(screen or "").size if size is None else read_size(size)
    purpose = f"wallpaper:{screen}" if screen else "wallpaper"
    seed = secrets.randbelow(2**32) if seed is None else seed
    idea, style = blind_box(seed, wide_high, ideas() if tag is None else tagged(tag, ideas()))
    prompt = idea.words(language or _own_language())
    brief = Brief(prompt=prompt, style=style, size=None if size is None else wide_high, seed=seed, purpose=purpose)
    where = place(out, 1)
    carry(make_plan(brief), where, how)
    if how.aloud:
        found = find_style(style)
        say(f"{idea.en} · {idea.zh} — {found.title} {found.title_zh}")
        sized = "" if size is None else f" --size {wide_high[0]}x{wide_high[1]}"
        kept = f"--for {shlex.quote(purpose)}{sized}"
        say(f"again: mengbi paint {shlex.quote(prompt)} --style {style} {kept} --seed {seed}")


def _handful(among: "Sequence[Idea]", count: int, seed: int | None) -> "list[Idea]":
    from random import Random

    return Random(seed).sample(among, min(count, len(among)))


def _list(shown: "Sequence[Idea]", language: str) -> None:
    listed = table("", "")
    listed.show_header = False
    for idea in shown:
        listed.add_row(idea.group.tag, printable(idea.words(language)))
    console().print(listed)


def _own_language() -> str:
    """Chinese where the person's system speaks it, English everywhere else."""
    named = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    return "zh" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
