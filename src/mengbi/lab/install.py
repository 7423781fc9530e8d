"""From a run to an engine of one's own: what it learnt to paint, its notes and its card in `<home>/models/NAME`."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mengbi.engine import ENGINES
from mengbi.engine.own import DENOISER, GENERATOR
from mengbi.engine.shelf import FILE, NAME, models
from mengbi.errors import AssetError, BriefError
from mengbi.lab.card import FENCE, facts_of
from mengbi.lab.export import files, noted, painted_with, ports
from mengbi.lab.models import weigh
from mengbi.lab.run import kept, restored, story
from mengbi.lab.ship import write_folder

TEXT = """# {title}

{what} `mengbi paint --engine {name} WORDS` paints with it.

| | |
|---|---|
{made}
"""
WHAT = {
    GENERATOR: "A network that makes a picture of random numbers, in one look.",
    DENOISER: "A network that sees the picture behind noise, steered by words.",
}


def install(
    run: Path,
    name: str,
    *,
    title: str = "",
    labels: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    network: bytes | None = None,
    anyway: bool = False,
) -> Path:
    """Makes what is kept of a run an engine of that name; the same run's, if one stands there, is replaced. The folder.

    title: a line for `mengbi engines`; labels: the names of the classes it learnt, in order, or that it was told as
    words; data: what it learnt from, for the card: "source", "licence", "consent", "digest"…; network: as for `export`;
    anyway: also in place of another run's engine.
    Raises BriefError for a name that cannot be or that another run's engine has, a network that does not paint, or
    labels that do not fit; AssetError, FaultError, OutputError and StorageError as `export` does; what stood there
    before then still stands.
    """
    check_name(name)
    found = kept(run)
    model = restored(found)
    spec, kind = found.state["model"], ports(model).kind
    if kind not in WHAT:
        raise BriefError(f"{run} — a {kind} does not paint, so it is no engine; leave --as off, and name a folder")
    out = models() / name
    if not anyway:
        _check_place(out, run)
    sketch = found.state.get("control_dropped", 1.0) < 1.0  # it learnt with one in view
    notes = {
        "port": kind,
        "title": title or f"{spec['kind']} of one's own, {found.step:,} steps",
        "names": _labels(spec, kind, labels),
        "defaults": {**painted_with(found.state), **({"sketch": sketch} if kind == DENOISER else {})},
    }
    made = files(found)
    made["model.onnx"] = noted(network or made["model.onnx"], notes)
    facts = {
        "name": name,
        "run": _mark(run),
        "network": spec,
        "weights": weigh(model),
        "bytes": len(made["model.onnx"]),
        "digest": hashlib.sha256(made["model.onnx"]).hexdigest(),
        "steps": found.step,
        "story": story(found),
        "best": found.state.get("best"),
        "data": dict(data or {}),
        **notes,
    }
    write_folder(out, {**made, "card.md": card(facts).encode()})
    return out


def check_name(name: str) -> None:
    """Raises BriefError for a name that an engine of one's own cannot have."""
    if not NAME.fullmatch(name):
        raise BriefError(f"--as {name!r} — letters, digits, - _ and ., at most 64, a letter or digit first: my-faces")
    if ENGINES.has(name):
        raise BriefError(f"--as {name} — an engine of Mengbi has this name; choose another, for example my-{name}")


def card(facts: Mapping[str, Any]) -> str:
    """The card's text; on top the facts as JSON, as `lab.card` has them."""
    rows = "\n".join(f"| {heading} | {words} |" for heading, words in _made(facts))
    text = TEXT.format(title=facts["title"], name=facts["name"], what=WHAT[facts["port"]], made=rows)
    return f"{FENCE}{json.dumps(facts, indent=1, ensure_ascii=False)}\n{FENCE}\n{text}"


def _made(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "network", f"{facts['network']['kind']}, {facts['weights'] / 1e6:.2f} million weights"
    yield "file", f"{facts['bytes'] / 2**20:.1f} MiB, `{facts['digest'][:12]}`"
    yield "trained by", f"{facts['story']}, {facts['steps']:,} steps"
    if facts["best"] is not None:
        yield "best check", f"{facts['best']:.4g}"
    if facts["names"]:
        yield "labels", ", ".join(facts["names"])
    yield from ((str(heading), str(words)) for heading, words in facts["data"].items())


def _check_place(out: Path, run: Path) -> None:
    """Raises BriefError where an engine stands that is not of this run: pictures were painted with it."""
    if not (out / FILE).exists():
        return
    try:
        facts = facts_of((out / "card.md").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, AssetError):
        facts = {}
    if facts.get("run") != _mark(run):
        made = facts.get("story", "how it was made is unknown")
        raise BriefError(
            f"--as {out.name} — an engine of another run has this name ({made}), and `mengbi repeat` needs it for its "
            "pictures; choose another name, or replace it with --anyway"
        )


def _mark(run: Path) -> str:
    """By which a run is known again; where it lies is nobody's business."""
    return hashlib.sha256(str(run.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _labels(spec: Mapping[str, Any], kind: str, labels: Sequence[str]) -> list[str]:
    """A name for each class, numbers where nobody said any; of a network that reads words, what it was told."""
    if kind == DENOISER or spec.get("words"):
        return list(labels)
    count = int(spec.get("classes", 0))
    if labels and len(labels) != count:
        raise BriefError(f"{len(labels)} labels for a network that learnt {count}; give one for each, in order")
    return list(labels) or [str(number) for number in range(count)]
