"""A Plan is carried out before somebody's eyes: Steps become a terminal, Pictures become files and lines."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mengbi.engine import Step
from mengbi.errors import OutputError
from mengbi.faces.film import record
from mengbi.faces.gallery import remember
from mengbi.faces.output import Output
from mengbi.faces.say import say, say_json
from mengbi.faces.vouching import Guarded, check_plan, check_wishes, guard, say_held, sealed, wants_signature
from mengbi.faces.watch import watch
from mengbi.faces.where import Place, keep
from mengbi.picture import Picture
from mengbi.pipeline import carry_out, finish
from mengbi.plan import Plan


def carry(plan: Plan, where: Place, how: Output) -> tuple[Picture, ...]:
    """Paints, writes every picture whole, and reports each. Raises MengbiError."""
    check_plan(plan)
    return carry_steps(carry_out(plan), where, how)


def carry_steps(steps: Iterator[Step], where: Place, how: Output) -> tuple[Picture, ...]:
    """The same with a painting that is under way. Raises MengbiError."""
    if how.film is not None and where.replace and how.film.absolute() == Path(where.pattern.format()).absolute():
        raise OutputError(f"{how.film} — the film and the picture would be one file; give them two names")
    check_wishes(Path(where.pattern).suffix)
    began = time.perf_counter()
    if how.film is not None:
        steps = record(steps, how.film)
    if how.screen is not None:
        steps = watch(steps, how.screen, sys.stderr)
    pictures = finish(steps)
    paths = []
    for number, picture in enumerate(pictures, start=1):
        guarded = guard(picture)
        paths.append(keep(guarded.picture, where, number, len(pictures), sealed(picture)))
        if guarded.reason:
            _hold(paths[-1], guarded, how)
        _report(paths[-1], guarded, (time.perf_counter() - began) / number, how)
    remember(paths)
    return pictures


def _hold(path: Path, guarded: Guarded, how: Output) -> None:
    """A film shows what is held back: it is not kept."""
    say_held(str(path), guarded)
    if how.film is not None and how.film.exists():
        how.film.unlink()
        sys.stderr.write(f"mengbi: the film {how.film} showed it and is not kept\n")


def _report(path: Path, guarded: Guarded, seconds: float, how: Output) -> None:
    picture = guarded.picture
    sample, (width, height) = picture.plan.samples[0], picture.size
    if how.as_json:
        about = {"path": str(path), "seed": sample.seed, "size": [width, height], "seconds": round(seconds, 3)}
        if wants_signature():
            about["signed"] = True
        if guarded.score is not None:
            about["filter"] = {"score": round(guarded.score, 4), "held": bool(guarded.reason)}
        say_json({**about, "scene": sample.scene.to_dict(), "plan": picture.plan.to_dict()})
    elif not how.quiet:
        style = picture.plan.style.name
        signed = ", signed" if wants_signature() else ""
        say(f"saved {path} ({width}x{height}, seed {sample.seed}, style {style}, {seconds:.1f} s{signed})")
        if sample.scene.unknown:
            say(f"not understood: {', '.join(sample.scene.unknown)}")
