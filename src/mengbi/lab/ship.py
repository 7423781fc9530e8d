"""From a run to weights that are shipped: the network in eight bits, its digest, its card; all three or none."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mengbi.errors import BriefError, OutputError
from mengbi.files import write_whole
from mengbi.lab.card import BY_WORDS, HELPED, facts_of, machine, score, write_card
from mengbi.lab.checkpoint import Checkpoint
from mengbi.lab.compress import compressed
from mengbi.lab.data.pack import Pack
from mengbi.lab.export import exported, read_weights
from mengbi.lab.recipes.dream import PRESETS
from mengbi.lab.run import last, trained

RECIPE = ("batch", "steps", "rate", "warmup", "decay", "average", "words_dropped", "control_dropped", "looks", "seed")
"""What the card keeps of it."""


def ship(run: Path, out: Path, pack: Path, report: Path | None, *, anyway: bool = False) -> str:
    """Writes `out` anew from the last checkpoint of a run; returns what to say of it.

    pack: what it learnt from; report: its evaluation, JSON with "figures". Raises BriefError if the weights that stand
    there show better figures, unless anyway; FaultError, AssetError, OutputError, StorageError; then they still stand.
    """
    found, pictures = last(run), Pack(pack)
    figures = _figures(report) if report else None
    if not anyway:
        check_better(out, score(figures), score, _share)
    small, decibels = compressed(exported(found))
    facts = {
        "name": out.name,
        "network": found.state["model"],
        "defaults": {"steps": found.state["looks"]} if found.state.get("looks") else {},
        "weights": sum(tensor.numel() for tensor in trained(found).values()),
        "bytes": len(small),
        "digest": hashlib.sha256(small).hexdigest(),
        "psnr": round(decibels, 1),
        "run": history(found),
        "recipe": {key: found.state[key] for key in RECIPE if key in found.state},
        "pack": pictures.digest,
        "evaluation": figures,
    }
    card = write_card(facts, pictures)
    write_folder(out, {"model.onnx": small, "digest": f"{facts['digest']}\n".encode(), "card.md": card.encode()})
    return f"{out}: {len(small) / 2**20:.1f} MiB, {decibels:.1f} dB from floats, {facts['digest'][:12]}"


def taken_up(path: Path) -> Checkpoint:
    """The weights in an ONNX file of ours as the end of a run, with what the card beside it says. Raises AssetError."""
    spec, tensors = read_weights(path)
    card = path.with_name("card.md")
    run: Mapping[str, Any] = facts_of(card.read_text("utf-8"))["run"] if card.is_file() else {"command": path.name}
    state: dict[str, Any] = {"model": spec, "notes": {key: run[key] for key in ("command", "after") if key in run}}
    if "samples" in run:
        state |= {"samples": run["samples"], "seconds": 60 * run["minutes"]}
    averaged = {f"average.{name}": tensor for name, tensor in tensors.items()}
    return Checkpoint(step=run.get("steps", 0), tensors=averaged, state=state)


def check_better(out: Path, ours: float, of: Callable[[Any], float], shown: Callable[[float], str]) -> None:
    """Raises BriefError where weights with a higher figure than `ours` stand at `out`, AssetError by a damaged card.

    of: the figure of a card's evaluation; shown: the figure in words.
    """
    card = out / "card.md"
    if not card.is_file():
        return
    standing = of(facts_of(card.read_text("utf-8"))["evaluation"])
    if ours < standing:
        raise BriefError(
            f"{out} — weights with {shown(standing)} stand there, and these have {shown(ours)}; or add --anyway"
        )


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Lays `files` down as the folder `out`, whole or not at all: beside it first, then in its place by renaming.

    Raises OutputError where that cannot be, or where `out` holds anything but files of those names; StorageError.
    """
    ours = {Path(name).parts[0] for name in files}
    strangers = sorted(path.name for path in out.iterdir() if path.name not in ours) if out.is_dir() else []
    if strangers:
        raise OutputError(f"{out} — holds {strangers[0]}, which is no part of weights; choose another --out")
    token = secrets.token_hex(6)
    part, old = (out.with_name(f".{out.name}.{token}.{kind}") for kind in ("part", "old"))
    try:
        for name, data in files.items():
            write_whole(part / name, data)
        _swap(part, out, old)
    except OSError as error:
        raise OutputError(f"{out} — {error.strerror or error}; choose another folder with --out") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)


def _swap(part: Path, out: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    try:
        part.rename(out)
    except OSError:
        with suppress(FileNotFoundError):
            old.rename(out)
        raise


def _figures(report: Path) -> Mapping[str, Any]:
    """Of words alone, and beside them those over the underdrawing, if the report has them, too."""
    try:
        found = json.loads(report.read_text("utf-8"))
        figures = {name: dict(row) for name, row in found["figures"].items()}
        for row in found.get("rows", ()):
            if row["setting"]["name"].endswith("+sketch"):
                for name, values in row["figures"].items():
                    figures[name] |= {f"{by} {HELPED}": values[by] for by in BY_WORDS if by in values}
        score(figures)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BriefError(f"{report} — no report of an evaluation ({error!r}); take one of lab evaluate") from error
    return figures


def _share(right: float) -> str:
    return f"{right:.1%} right answers" if right >= 0 else "no report of any"


def history(found: Checkpoint) -> Mapping[str, Any]:
    """How a checkpoint came about. One that took no notes was made by a preset, on this machine for all we know."""
    state = found.state
    notes = state.get("notes", {})
    preset = next((name for name, recipe in PRESETS.items() if recipe().model == state["model"]), "cpu")
    return {
        "command": notes.get("command", f"mengbi lab train dream --preset {preset} --steps {state['steps']}"),
        "machine": notes.get("machine") or machine("cpu"),
        "minutes": round(state["seconds"] / 60, 1),
        "steps": found.step,
        "samples": state["samples"],
        **({"after": notes["after"]} if "after" in notes else {}),
    }
