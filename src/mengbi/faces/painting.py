"""`mengbi paint` and `mengbi repeat`: options become a Brief, Steps become a terminal, Pictures become files."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mengbi.errors import BriefError
from mengbi.faces.gallery import no_gallery
from mengbi.faces.say import say
from mengbi.faces.vouching import filter_option, sign_option

if TYPE_CHECKING:
    from mengbi.faces.output import Output

Command = TypeVar("Command", bound=Callable[..., None])


def outputs(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that paints: to the command, "out" and "how" (an Output)."""

    @wraps(command)
    def spoken(*, film: str | None, shown: bool | None, quiet: bool, as_json: bool, **options: Any) -> None:
        from mengbi.faces.output import output

        command(how=output(quiet=quiet, as_json=as_json, film=film, shown=shown), **options)

    for option in (
        click.option("--film", metavar="FILE", type=click.Path(), help="Film the real steps, as .gif, .webp or .png."),
        click.option("--show/--no-show", "shown", default=None, help="The picture in the terminal, coming and done."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="One line of JSON for each picture, and nothing else."),
        filter_option,
        sign_option,
        no_gallery,
        click.option(
            "-o", "--out", metavar="PATH", type=click.Path(),
            help="A file (replaced), a folder/, or a pattern with {seed} {n} {prompt} {style} {engine} {date}.",
        ),
    ):  # fmt: skip
        spoken = option(spoken)
    return spoken


def purposes(command: Command) -> Command:
    """The options that say what a picture is kept as."""
    for option in (
        click.option("--vertical", is_flag=True, help="Letters from top to bottom; a poster becomes a hanging scroll."),
        click.option("--number", type=int, help="The number of a card.  [from the seed]"),
        click.option("--seal", metavar="NAME", help="Your name in red on a poster or card: 李白, 李白:朱文, Ada."),
        click.option("--title", metavar="WORDS", help="Of a poster or card.  [the first words]"),
        click.option(
            "--for", "purpose", metavar="WHAT", shell_complete=_kinds,
            help="wallpaper[:phone, :4k, :iphone-15…], poster[:a4, :a3, :a2, :letter, :square], card, "
            "avatar[:round, :square] or sticker[:small, :print].",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _kinds(_context: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    from mengbi.finish.purposes.kinds import all_kinds

    return [name for name in all_kinds() if name.startswith(begun)]


def _names(kind: str) -> Callable[..., list[str]]:
    def complete(_context: click.Context, _param: click.Parameter, begun: str) -> list[str]:
        from mengbi.engine import ENGINES
        from mengbi.engine.samplers import SAMPLERS
        from mengbi.finish import all_styles

        names = list(all_styles()) if kind == "style" else (ENGINES if kind == "engine" else SAMPLERS).names()
        return [name for name in names if name.startswith(begun)]

    return complete


@click.command()
@click.argument("words", nargs=-1, metavar="PROMPT...")
@click.option("-s", "--style", metavar="NAME", shell_complete=_names("style"), help="See mengbi styles; or a:0.7,b:0.3")
@click.option("--style-image", metavar="FILE", type=click.Path(), help="Paint in the manner of this picture.")
@click.option("--size", metavar="WxH", help="768x512, 768 for a square, a shape as 16:9, or photo: its own.")
@click.option("--seed", type=int, help="The same seed paints the same picture.  [another each time]")
@click.option("-n", "--count", type=int, default=1, help="Pictures, of seed, seed + 1, and so on.  [1]")
@click.option(
    "--from", "photo", metavar="PHOTO", type=click.Path(), help="Paint over a photo; what is clear in it is white."
)
@click.option("--influence", metavar="low|medium|high", help="With --from: high keeps more of the photo.  [medium]")
@click.option("--strength", type=float, help="The same as a number: 0 keeps the photo, 1 leaves nothing of its place.")
@click.option("--mask", metavar="FILE", type=click.Path(), help="With --from: white is painted, black is kept.")
@click.option("--sketch", metavar="auto|none|FILE", default="auto", help="The drawing to paint over.  [auto]")
@click.option(
    "--scene",
    metavar="FILE",
    type=click.Path(),
    help="What is where, as JSON (mengbi scene --json); - reads standard input.",
)
@click.option("--negative", metavar="WORDS", default="", help="What must not be there.")
@click.option("-e", "--engine", metavar="NAME", shell_complete=_names("engine"), help="See mengbi engines.")
@click.option("--steps", type=int, help="How many steps the engine takes, where it takes steps.")
@click.option("--guidance", type=float, help="How closely it follows the words, where it can.")
@click.option("--sampler", metavar="NAME", shell_complete=_names("sampler"), help="How it walks from noise to picture.")
@click.option("--enlarge", type=click.Choice(["1", "2", "4"]), default="1", help="Times as many pixels a side.  [1]")
@purposes
@click.option("--mark", is_flag=True, help="Hide a mark in the pixels: painted by a machine.")
@outputs
def paint(
    *,
    words: tuple[str, ...],
    size: str | None,
    count: int,
    scene: str | None,
    enlarge: str,
    out: str | None,
    how: "Output",
    **wishes: Any,
) -> None:
    """Paint what the words say, in any of sixteen languages.

    A PROMPT of - reads standard input.

    \b
    mengbi paint "a red fox under the northern lights"
    mengbi paint 一只戴皇冠的猫坐在月亮上 --style starry --size 9:16
    mengbi paint "three sailboats at sunset" -n 4 --seed 7 -o boats/
    mengbi paint "un castillo en la colina" -o 'castillo-{style}-{seed}.webp'
    mengbi paint --from portrait.jpg --style ukiyoe --influence high
    mengbi paint "a winter evening" --from street.jpg --size photo
    mengbi paint "a lighthouse" --style woodblock:0.6,inkwash:0.4
    mengbi paint 🐱👑🌙 --film steps.gif
    mengbi paint "a quiet lake at dawn" --for wallpaper:iphone-15
    mengbi paint 落日归帆 --style inkwash --for poster:a3 --vertical --seal 李白 -o sail.pdf
    mengbi scene "two owls on a tree" --json | mengbi paint --scene -
    """
    from mengbi.brief import Brief
    from mengbi.faces.where import place
    from mengbi.faces.wishes import read_graph, read_size, read_words, remarks

    if words == ("-",) and scene == "-":
        raise BriefError("both the prompt and the scene from standard input; write one of them to a file")
    if size is not None:
        wishes["size"] = "photo" if size.strip().lower() == "photo" else read_size(size)
    graph = None if scene is None else read_graph(scene)
    brief = Brief(prompt=read_words(words), count=count, scene=graph, enlarge=int(enlarge), **wishes)
    where = place(out, count)

    from mengbi.faces.carry import carry
    from mengbi.pipeline import make_plan

    plan = make_plan(brief)
    for line in remarks(brief) if how.aloud else ():
        click.echo(f"mengbi: {line}", err=True)
    carry(plan, where, how)


@click.command()
@click.argument("file", type=click.Path())
@click.option("--from", "photo", metavar="PHOTO", type=click.Path(), help="Where the photo of the plan is now.")
@click.option("--mask", metavar="FILE", type=click.Path(), help="Where the mask is now.")
@click.option("--sketch", metavar="FILE", type=click.Path(), help="Where the sketch is now.")
@click.option("--style-image", metavar="FILE", type=click.Path(), help="Where the style picture is now.")
@outputs
def repeat(
    *,
    file: str,
    out: str | None,
    how: "Output",
    **places: str | None,
) -> None:
    """Paint the plan of FILE again.

    The photo, mask, sketch and style picture of the plan are looked for beside FILE and here, by what is in them.

    \b
    mengbi repeat fox.png
    mengbi repeat fox.png -o again.png --film how.gif
    """
    from mengbi.faces.again import compare, find_sources, read_plan, warn
    from mengbi.faces.carry import carry
    from mengbi.faces.where import place

    where = place(out, 1)
    plan = find_sources(read_plan(Path(file)), Path(file), places)
    if not how.quiet:
        warn(plan)
    before = Path(file).read_bytes()
    (picture,) = carry(plan, where, how)
    if how.aloud:
        say(compare(before, Path(file), picture))
