"""`mengbi verify`: what a file says of where it comes from, and whether that holds."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import click

from mengbi.errors import FaultError, SourceError
from mengbi.faces.say import printable, say, say_json

NOTHING, WRONG = 3, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One of the ways in which a file can tell. "unknown" is what could not be looked at."""

    name: str
    verdict: Literal["there", "wrong", "absent", "unknown"]
    said: str
    facts: dict[str, Any]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each file, and nothing else.")
@click.pass_context
def verify(context: click.Context, files: tuple[str, ...], as_json: bool) -> None:
    """Tell where pictures say they come from, and whether that holds.

    Looks for content credentials and checks them, for our plan, for what other programs write, and for the invisible
    mark. Exit code 0 if every file tells something and all of it holds, 1 if something does not hold, 2 if a file
    cannot be read, 3 if a file tells nothing. A file that tells nothing may still be anything: all of this can be
    removed.

    \b
    mengbi verify fox.png
    mengbi verify *.jpg --json
    """
    codes = set()
    for file in files:
        try:
            findings = examine(Path(file))
        except SourceError as error:
            codes.add(error.exit_code)
            if as_json:
                say_json({"file": file, "exit": error.exit_code, "error": str(error)})
            else:
                click.echo(f"mengbi: {printable(str(error))}", err=True)
            continue
        code = exit_code(findings)
        codes.add(code)
        if as_json:
            say_json({"file": file, "exit": code} | {finding.name: _as_dict(finding) for finding in findings})
            continue
        if len(files) > 1:
            say(f"{file}")
        for finding in findings:
            sign = {"there": "✓", "wrong": "✗", "absent": "–", "unknown": "?"}[finding.verdict]
            say(f"{sign} {finding.name:<12} {finding.said}")
    context.exit(min(codes - {0}, default=0))


def examine(path: Path) -> list[Finding]:
    """The four findings of a file. Raises SourceError if it is no picture."""
    from mengbi.provenance import Provenance, read
    from mengbi.source import open_picture

    open_picture(path)
    found, damaged = Provenance(), ""
    try:
        found = read(path)
    except SourceError as error:
        damaged = str(error).removeprefix(f"{path} — ")
    return [_credentials(path), _plan(found, damaged), _text(found), _mark(path, found)]


def exit_code(findings: list[Finding]) -> int:
    """0: something is there and holds; WRONG: something does not; NOTHING: nothing is there."""
    verdicts = {finding.verdict for finding in findings}
    return WRONG if "wrong" in verdicts else 0 if "there" in verdicts else NOTHING


def _credentials(path: Path) -> Finding:
    from mengbi.credentials import is_installed, may_have, read_credentials

    if not is_installed():
        some = "there seem to be some; they" if may_have(path) else "none in sight; they"
        said = f"{some} are checked with pip install 'mengbi[credentials]'"
        return Finding(name="credentials", verdict="unknown", said=said, facts={})
    try:
        found = read_credentials(path)
    except FaultError as error:
        return Finding(name="credentials", verdict="unknown", said=str(error), facts={})
    if found is None:
        return Finding(name="credentials", verdict="absent", said="none", facts={})
    facts = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(found).items()}
    if found.state != "valid":
        what = "the file is not the one that was signed" if found.state == "altered" else "they cannot be read"
        said = f"{what} ({', '.join(found.problems)})"
        return Finding(name="credentials", verdict="wrong", said=said, facts=facts)
    who = f"by {found.known_as}" if found.known_as else "by a key that is not known here; whoever has it chose the name"
    made = f"; made {found.made}" if found.made else ""
    of = f" ({', '.join(found.ingredients)})" if found.ingredients else ""
    with_ = f" with {found.software}" if found.software else ""
    said = f"as it was signed, {who} ({found.signer}){made}{of}{with_}"
    return Finding(name="credentials", verdict="there", said=said, facts=facts)


def _plan(found: Any, damaged: str) -> Finding:
    if damaged:
        return Finding(name="plan", verdict="wrong", said=damaged, facts={})
    if found.plan is None:
        return Finding(name="plan", verdict="absent", said="not one of ours", facts={})
    sample = found.plan.samples[0]
    words = sample.prompt if len(sample.prompt) <= 60 else sample.prompt[:59] + "…"
    photo = "" if found.plan.photo is None else f", from {found.plan.photo.name}"
    quoted = f"“{words}” " if words.strip() else ""
    said = f"{quoted}by {found.plan.engine}, seed {sample.seed}{photo}, Mengbi {found.plan.version}"
    said = " ".join(said.split())
    return Finding(name="plan", verdict="there", said=said, facts={"plan": found.plan.to_dict()})


def _text(found: Any) -> Finding:
    if not found.fields:
        return Finding(name="text", verdict="absent", said="nothing by a painting program", facts={})
    names = [name for name, words in found.fields.items() if words]
    said = f"{found.writer or 'an unnamed program'}: {', '.join(names[:8]).lower()}{'…' if len(names) > 8 else ''}"
    return Finding(
        name="text", verdict="there", said=said, facts={"writer": found.writer, "fields": dict(found.fields)}
    )


def _mark(path: Path, found: Any) -> Finding:
    from mengbi.finish.mark import find_mark, number_of
    from mengbi.source import load_pixels, read_source

    heard = find_mark(load_pixels(read_source(path)))
    facts: dict[str, Any] = {"score": round(heard.score, 2), "chance": heard.chance, "number": heard.number}
    if not heard.there:
        return Finding(name="mark", verdict="absent", said=f"none heard (score {heard.score:.1f})", facts=facts)
    if heard.number is None:
        which = "its number cannot be read"
    elif found.plan is None:
        which = f"number {heard.number:08x}"
    elif heard.number == number_of(found.plan):
        which = f"number {heard.number:08x}, of the plan in the file"
    else:
        which = f"number {heard.number:08x}, of another plan than the one in the file"
    said = f"painted by Mengbi (score {heard.score:.1f}); {which}"
    return Finding(name="mark", verdict="there", said=said, facts=facts)


def _as_dict(finding: Finding) -> dict[str, Any]:
    return {"verdict": finding.verdict, "said": finding.said, **finding.facts}
