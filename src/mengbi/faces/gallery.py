"""`mengbi gallery`: what was painted, found again. And the one way by which a painting gets there."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mengbi.errors import BriefError, MengbiError, OutputError
from mengbi.faces.group import Commands
from mengbi.faces.say import printable, say, say_json

if TYPE_CHECKING:
    from mengbi.studio.pictures import Entry
    from mengbi.studio.search import Filter
    from mengbi.studio.store import Store

Command = TypeVar("Command", bound=Callable[..., None])
NOT_KEPT = "mengbi.gallery.off"

as_json = click.option("--json", "as_json", is_flag=True, help="As JSON, and nothing else.")
number = click.argument("key", metavar="ID")


def _leave(context: click.Context, _param: click.Parameter, value: bool) -> None:
    context.meta[NOT_KEPT] = value


no_gallery = click.option(
    "--no-gallery", is_flag=True, expose_value=False, callback=_leave, help="Leave it out of mengbi gallery."
)


def remember(paths: Sequence[Path]) -> None:
    """Adds what was just painted to the gallery, where it costs no second place on the disk.

    A gallery that cannot be written costs nobody their picture: standard error says so in one line.
    """
    context = click.get_current_context(silent=True)
    try:
        if (context is not None and context.meta.get(NOT_KEPT)) or not _wanted():
            return
        from mengbi.studio.pictures import add
        from mengbi.studio.store import opened

        with opened() as store:
            for path in paths:
                add(store, path.read_bytes(), at=path, link=True)
    except Exception as error:
        said = str(error) if isinstance(error, MengbiError) else f"{type(error).__name__}: {error}"
        why = printable(" ".join(said.split()))
        sys.stderr.write(f"mengbi: saved, but not in the gallery: {why} (MENGBI_GALLERY=off leaves it)\n")


def _wanted() -> bool:
    named = os.environ.get("MENGBI_GALLERY", "on")
    if named not in ("on", "off"):
        raise BriefError(f"MENGBI_GALLERY={named!r} — on or off")
    return named == "on"


class Gallery(Commands):
    """Without a command's name it lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Gallery, plugins="mengbi.gallery")
def gallery() -> None:
    """Everything that was painted: list, search, sort and keep it.

    ID is the number that the list shows, or the first letters of the file's sha256.

    \b
    mengbi gallery
    mengbi gallery search 狐狸
    mengbi gallery search --meaning "an animal at night"
    mengbi gallery tag 12 sea evening
    mengbi gallery export mine.zip --favourite
    """


def filters(command: Command) -> Command:
    """The options of every command that chooses among the pictures."""
    for option in (
        click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Up to this day, 2026-01-31."),
        click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="From this day on."),
        click.option("--tag", metavar="TAG", help="With this tag."),
        click.option("--collection", metavar="NAME", help="In this collection."),
        click.option("--engine", metavar="NAME", help="By this engine."),
        click.option("--style", metavar="NAME", help="In this style."),
        click.option("--stars", type=click.IntRange(1, 5), help="With so many stars or more."),
        click.option("--favourite", is_flag=True, help="Favourites only."),
    ):
        command = option(command)
    return command


@gallery.command("list")
@filters
@click.option("-n", "--count", type=click.IntRange(1, 500), default=20, help="At most so many.  [20]")
@click.option("--after", metavar="PAGE", help="The next page, as the page before it names it.")
@as_json
def list_(*, count: int, after: str | None, as_json: bool, **wishes: Any) -> None:
    """List the pictures, newest first."""
    _page(_filter("", wishes), count, after, as_json)


@gallery.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--meaning", is_flag=True, help="By what the words mean, in any language.")
@filters
@click.option("-n", "--count", type=click.IntRange(1, 500), default=20, help="At most so many.  [20]")
@click.option("--after", metavar="PAGE", help="The next page; not with --meaning.")
@as_json
def search(
    *, words: tuple[str, ...], meaning: bool, count: int, after: str | None, as_json: bool, **wishes: Any
) -> None:
    """Find pictures whose prompt, title and tags have all the WORDS in them.

    \b
    mengbi gallery search fox snow
    mengbi gallery search 落日 --favourite
    mengbi gallery search --meaning "something sad"
    """
    asked = " ".join(words)
    if not meaning:
        _page(_filter(asked, wishes), count, after, as_json)
        return
    if after is not None:
        raise BriefError("--after with --meaning — the nearest come first and there is one page; raise --count")
    from mengbi.faces.exhibit import exhibit
    from mengbi.studio.search import by_meaning

    with _store() as store:
        found = by_meaning(store, asked, _filter("", wishes), limit=count)
        if as_json:
            say_json({"pictures": [entry.to_dict() | {"nearness": round(near, 4)} for entry, near in found]})
        else:
            exhibit(store, [entry for entry, _ in found], "nothing in the gallery has words to compare")


@gallery.command()
@number
@as_json
def show(key: str, as_json: bool) -> None:
    """Show one picture and all that is known of it."""
    from mengbi.faces.exhibit import as_dict, portrait
    from mengbi.studio.pictures import find

    with _store() as store:
        entry = find(store, key)
        if as_json:
            say_json(as_dict(store, entry))
        else:
            portrait(store, entry)


@gallery.command()
@number
@click.argument("path", type=click.Path())
@as_json
def save(key: str, path: str, as_json: bool) -> None:
    """Write a picture to PATH, a file or a folder."""
    from mengbi.faces.where import check_folder, free, slug
    from mengbi.files import write_whole
    from mengbi.studio.pictures import data_of, find

    with _store() as store:
        entry = find(store, key)
        target = Path(path)
        if target.is_dir():
            target = free(target / f"mengbi-{slug(entry.title or entry.prompt)}-{entry.id}{entry.suffix}")
        if target.suffix.lower().replace(".jpeg", ".jpg") != entry.suffix:
            raise OutputError(f"{target} — the picture is a {entry.suffix}; mengbi keep FILE makes another kind of it")
        check_folder(target)
        write_whole(target, data_of(store, entry))
    if as_json:
        say_json(entry.to_dict() | {"path": str(target)})
    else:
        say(f"saved {target}")


@gallery.command()
@number
@click.argument("stars", type=click.IntRange(0, 5))
@as_json
def rate(key: str, stars: int, as_json: bool) -> None:
    """Give a picture 1 to 5 STARS; 0 takes them away."""
    from mengbi.studio import marks

    _change(key, as_json, lambda store, entry: marks.rate(store, entry, stars or None))


@gallery.command()
@number
@click.option("--off", is_flag=True, help="It is one no longer.")
@as_json
def favourite(key: str, off: bool, as_json: bool) -> None:
    """Make a picture a favourite."""
    from mengbi.studio import marks

    _change(key, as_json, lambda store, entry: marks.favour(store, entry, not off))


@gallery.command()
@number
@click.argument("tags", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Take these tags away.")
@as_json
def tag(key: str, tags: tuple[str, ...], off: bool, as_json: bool) -> None:
    """Give a picture tags."""
    from mengbi.studio import marks

    given, dropped = ((), tags) if off else (tags, ())
    _change(key, as_json, lambda store, entry: marks.tag(store, entry, given, dropped))


@gallery.command()
@number
@click.argument("words", nargs=-1, required=True)
@as_json
def title(key: str, words: tuple[str, ...], as_json: bool) -> None:
    """Give a picture a title; "" takes it away."""
    from mengbi.studio import marks

    _change(key, as_json, lambda store, entry: marks.retitle(store, entry, " ".join(words)))


@gallery.command()
@number
@click.argument("name")
@click.option("--off", is_flag=True, help="Take it out of the collection.")
@as_json
def collect(key: str, name: str, off: bool, as_json: bool) -> None:
    """Put a picture into the collection NAME, which is made if need be."""
    from mengbi.studio import marks

    change = marks.uncollect if off else marks.collect
    _change(key, as_json, lambda store, entry: change(store, entry, name))


@gallery.command()
@as_json
def collections(as_json: bool) -> None:
    """List the collections."""
    from mengbi.studio.marks import all_collections

    with _store() as store:
        found = all_collections(store)
    if as_json:
        say_json([{"name": one.name, "pictures": one.count} for one in found])
        return
    for one in found:
        say(f"{one.count:>6}  {one.name}")


@gallery.command()
@number
@as_json
def tree(key: str, as_json: bool) -> None:
    """Show which pictures a picture came from, and which came from it."""
    from mengbi.faces.exhibit import family_tree
    from mengbi.studio.lineage import family
    from mengbi.studio.pictures import find

    with _store() as store:
        entry = find(store, key)
        if as_json:
            relations = family(store, entry.id)
            say_json([{"parent": r.parent, "child": r.child, "kind": r.kind} for r in relations])
        else:
            family_tree(store, entry)


@gallery.command()
@click.argument("keys", metavar="ID...", nargs=-1, required=True)
@click.confirmation_option("-y", "--yes", prompt="Remove them for good?", help="Do not ask.")
@as_json
def remove(keys: tuple[str, ...], as_json: bool) -> None:
    """Take pictures out of the gallery for good. Files elsewhere on the disk stay."""
    from mengbi.studio import pictures

    with _store() as store:
        found = [pictures.find(store, key) for key in keys]
        for entry in found:
            pictures.remove(store, entry)
    if as_json:
        say_json({"removed": [entry.id for entry in found]})
    else:
        say(f"removed {len(found)}")


@gallery.command()
@click.argument("file", type=click.Path())
@filters
@as_json
def export(file: str, as_json: bool, **wishes: Any) -> None:
    """Write pictures, and all that is known of them, to FILE.zip, with a page to look at them.

    Unpack it and open index.html: no network and no Mengbi is needed. mengbi gallery import reads it back.
    """
    from mengbi.faces.where import check_folder
    from mengbi.studio import archive

    if Path(file).suffix.lower() != ".zip":
        raise OutputError(f"{file} — an export ends in .zip")
    check_folder(Path(file))
    with _store() as store:
        done = archive.export(store, Path(file), _filter("", wishes))
    if as_json:
        say_json({"path": file, "pictures": done.pictures, "left_out": list(done.left_out)})
        return
    say(f"saved {file} ({done.pictures} pictures)")
    if done.left_out:
        say(f"left out, because their files are gone: {', '.join(map(str, done.left_out))}")


@gallery.command("import")
@click.argument("file", type=click.Path())
@as_json
def import_(file: str, as_json: bool) -> None:
    """Take in FILE: a zip file of another gallery, a folder of pictures, or a picture.

    Of a zip file all or nothing comes in. What is there already stays as it is.
    """
    from zipfile import is_zipfile

    from mengbi.studio.intake import Taken, take_archive, take_folder, take_picture

    path = Path(file)
    with _store() as store:
        if path.is_dir():
            taken = take_folder(store, path)
        elif path.suffix.lower() == ".zip" or is_zipfile(path):
            taken = take_archive(store, path)
        else:
            known = take_picture(store, path)
            taken = Taken(added=int(not known), known=int(known))
    if as_json:
        say_json({"added": taken.added, "known": taken.known, "skipped": [list(one) for one in taken.skipped]})
        return
    say(f"{taken.added} added, {taken.known} there already")
    for name, why in taken.skipped:
        say(f"skipped {name} — {why}")


@gallery.command()
@click.argument("file", type=click.Path())
@as_json
def backup(file: str, as_json: bool) -> None:
    """Copy the database, without the pictures, to FILE while it is in use.

    The pictures are plain files that any backup takes along; mengbi gallery export takes all in one.
    """
    from mengbi.faces.where import check_folder

    check_folder(Path(file))
    with _store() as store:
        store.backup(Path(file))
    if as_json:
        say_json({"path": file, "bytes": Path(file).stat().st_size})
    else:
        say(f"saved {file}")


@contextmanager
def _store() -> Iterator["Store"]:
    from mengbi.studio.store import opened

    with opened() as store:
        yield store


def _filter(words: str, wishes: dict[str, Any]) -> "Filter":
    from mengbi.studio.search import Filter

    def midnight(day: datetime | None, later: int) -> datetime | None:
        return None if day is None else (day + timedelta(days=later)).astimezone()

    since, until = midnight(wishes.pop("since"), 0), midnight(wishes.pop("until"), 1)
    return Filter(words=words, since=since, until=until, **wishes)


def _page(wanted: "Filter", count: int, after: str | None, as_json: bool) -> None:
    from mengbi.faces.exhibit import exhibit
    from mengbi.studio.search import Filter, page

    with _store() as store:
        found = page(store, wanted, limit=count, after=after)
        if as_json:
            say_json({"pictures": [entry.to_dict() for entry in found.entries], "next": found.next})
            return
        empty = 'nothing here yet; mengbi paint "a dream" fills it' if wanted == Filter() else "nothing found"
        exhibit(store, found.entries, empty)
        if found.next is not None:
            say(f"more: --after {found.next}")


def _change(key: str, as_json: bool, change: Callable[["Store", "Entry"], None]) -> None:
    """Changes a picture, and tells what is known of it now."""
    from mengbi.faces.exhibit import line
    from mengbi.studio.pictures import find

    with _store() as store:
        entry = find(store, key)
        change(store, entry)
        entry = find(store, entry.id)
    if as_json:
        say_json(entry.to_dict())
    else:
        say(line(entry))
