"""`mengbi studio`: the server, the worker beside it, and the people who may come in."""

import sys
from typing import TYPE_CHECKING

import click

from mengbi.errors import BriefError
from mengbi.faces.say import printable, say, table

if TYPE_CHECKING:
    from mengbi.faces.api.access import Access
    from mengbi.studio.store import Store

PORT = 7860
"""Where programs that speak A1111's dialect look first."""
ROLES = ("admin", "artist", "viewer")  # as mengbi.studio.tables has them, which --help has no need to import


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Whom to answer.  [127.0.0.1: this machine only]")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=f"0: any that is free.  [{PORT}]")
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option("--workers", type=click.IntRange(0, 64), default=1, help="Processes here that paint.  [1]")
@click.option("--filter/--no-filter", "filters", default=True, help="Hold explicit words and pictures back.  [on]")
@click.pass_context
def studio(context: click.Context, *, host: str, port: int, no_browser: bool, workers: int, filters: bool) -> None:
    """Open the studio: the page, the API, the queue.

    On this machine nobody has to say who they are. For others there is MENGBI_TOKEN=…, or accounts: mengbi studio
    people add NAME. Another machine may paint along: mengbi worker, on the same MENGBI_DATABASE and MENGBI_BLOBS.

    \b
    mengbi studio
    MENGBI_TOKEN=$(openssl rand -hex 24) mengbi studio --host 0.0.0.0 --no-browser
    """
    if context.invoked_subcommand is not None:
        return
    _check_installed()
    from mengbi.faces.api.server import serve
    from mengbi.studio.store import opened

    with opened() as store:
        entrance = _entrance(host, store)
        serve(store, entrance, port=port, workers=workers, filters=filters, browser=not no_browser, ready=_welcome)


@studio.group()
def people() -> None:
    """Accounts: who may come in, and as what."""


@people.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="artist", help="viewers only look.  [artist]")
@click.option("--quota", type=click.IntRange(0), help="Pictures in 24 hours.  [no limit]")
@click.option(
    "--password/--no-password", default=None, help="Ask for one, or let only tokens in.  [ask, at a terminal]"
)
def add(name: str, role: str, quota: int | None, password: bool | None) -> None:
    """Make an account for NAME, or change the one that is there.

    \b
    mengbi studio people add ada --role admin
    mengbi studio people add frame-in-the-hall --role viewer --no-password
    """
    _check_installed()
    from mengbi.studio.people import add_person
    from mengbi.studio.store import opened

    asked = password if password is not None else sys.stdin.isatty()
    secret = _ask_password() if asked else None
    with opened() as store:
        made = add_person(store, name, role, password=secret, quota=quota)
    say(f"{made.name} is {_with_article(made.role)}; mengbi studio asks for accounts from its next start on")


@people.command("list")
def list_() -> None:
    """List the accounts."""
    from mengbi.studio.people import all_people
    from mengbi.studio.store import opened

    with opened() as store:
        found = all_people(store)
    if not found:
        say("nobody yet; mengbi studio people add NAME makes an account")
        return
    listed = table("name", "role", "pictures a day", "password", "since")
    for person in found:
        quota = "any number" if person.quota is None else str(person.quota)
        listed.add_row(
            printable(person.name), person.role, quota, "yes" if person.password else "no", f"{person.created:%Y-%m-%d}"
        )
    _print(listed)


@people.command()
@click.argument("name")
def remove(name: str) -> None:
    """Close the account of NAME; the pictures stay."""
    from mengbi.studio.people import remove_person
    from mengbi.studio.store import opened

    with opened() as store:
        remove_person(store, name)
    say(f"{printable(name)} is gone, with all tokens")


@people.command()
@click.argument("name")
@click.option("--label", default="", help="What it is for.")
def token(name: str, label: str) -> None:
    """Make a token with which a program comes in as NAME; it is shown this once."""
    from mengbi.studio.people import make_token
    from mengbi.studio.store import opened

    with opened() as store:
        say(make_token(store, name, label))


@people.command()
@click.argument("name")
@click.option("--end", metavar="ID", help="End the one that begins so.")
def tokens(name: str, end: str | None) -> None:
    """List the tokens of NAME, or end one."""
    from mengbi.studio.people import end_token, find_person, tokens_of
    from mengbi.studio.store import opened

    with opened() as store:
        if end is not None:
            end_token(store, name, end)
        find_person(store, name)
        found = tokens_of(store, name)
    listed = table("id", "for", "since", "last used")
    for one in found:
        used = "never" if one.used is None else f"{one.used:%Y-%m-%d %H:%M}"
        listed.add_row(one.id, printable(one.label), f"{one.created:%Y-%m-%d}", used)
    _print(listed)


def _entrance(host: str, store: "Store") -> "Access":
    import os

    from mengbi.faces.api.access import Access
    from mengbi.studio.people import all_people

    names = os.environ.get("MENGBI_STUDIO_NAMES", "").lower().replace(",", " ").split()
    token = os.environ.get("MENGBI_TOKEN", "").strip() or None
    found = Access(host=host.strip("[]").lower(), token=token, accounts=bool(all_people(store)), names=frozenset(names))
    found.check()
    return found


def _welcome(url: str) -> None:
    say(f"the studio is open at {url} (Ctrl-C closes it)")
    sys.stdout.flush()


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("password", hide_input=True, confirmation_prompt="once more"))


def _with_article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def _print(listed: object) -> None:
    from mengbi.faces.say import console

    console().print(listed)


def _check_installed() -> None:
    from importlib.util import find_spec

    lacking = [
        name for name in ("fastapi", "uvicorn", "argon2", "multipart", "prometheus_client") if not find_spec(name)
    ]
    if lacking:
        raise BriefError("the studio needs more than the base install; pip install 'mengbi[studio]' brings it")
