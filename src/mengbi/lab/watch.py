"""What the curves of a run say, in plain words: who has won, what has collapsed, what is learnt by heart.

Read off the lines of the log alone, so that it can be said of a run of last week as well.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Line: TypeAlias = Mapping[str, float]

LOOKS = 5
"""So many looks in a row have to show it."""

RIGHT = 0.98
"""Share of verdicts that are right, at which a critic leaves its painter nothing to learn from."""
ALIKE = 0.1
"""Spread of what is made, as a share of the spread of what is learnt from."""
IDLE = 0.1
"""Nats that a picture's code says of it, below which it says nothing."""


def diagnose(lines: Sequence[Line]) -> str:
    """The most urgent thing that a log shows, and what to do about it; "" if all is well.

    lines: the oldest first, as a game's turns name their facts: "right" (share of the critic's verdicts, 0 to 1),
    "spread" (of what is made, over that of real pictures), "kl" (nats a picture), "validation" (less is better).
    """
    for said in (_winner(lines), _collapse(lines), _idle(lines), _by_heart(lines)):
        if said:
            return said
    return ""


def _winner(lines: Sequence[Line]) -> str:
    since = _since(lines, "right", lambda share: share > RIGHT)
    if since is None:
        return ""
    return (
        f"the critic has won since step {since:,.0f}: it tells made from real {RIGHT:.0%} of the time, and the painter "
        "learns nothing from it; lower the rate, or take a recipe that augments: hinge, stylegan2"
    )


def _collapse(lines: Sequence[Line]) -> str:
    since = _since(lines, "spread", lambda share: share < ALIKE)
    if since is None:
        return ""
    return (
        f"the painter makes one picture since step {since:,.0f}: what it makes varies {ALIKE:.0%} as much as what it "
        "learns from, or less; go back to a sheet before that, with a lower rate or more augmentation"
    )


def _idle(lines: Sequence[Line]) -> str:
    since = _since(lines, "kl", lambda nats: nats < IDLE)
    if since is None:
        return ""
    return (
        f"the code says nothing since step {since:,.0f} (posterior collapse): every picture has the same one; "
        "lower beta, or let it grow over a longer warm-up"
    )


def _by_heart(lines: Sequence[Line]) -> str:
    """What is checked grows worse while what is learnt grows better."""
    checks = [line for line in lines if "validation" in line]
    best = min(checks, key=lambda line: line["validation"], default=None)
    if best is None or len(checks) - 1 - checks.index(best) < LOOKS:
        return ""
    return (
        f"it learns by heart since step {best['step']:,.0f}: what it has not seen grows worse; stop there (the best "
        "weights are kept), give it more pictures, or a smaller network"
    )


def _since(lines: Sequence[Line], fact: str, bad: Callable[[float], bool]) -> float | None:
    """The step from which a fact has been bad at every look, if that were enough looks."""
    seen = [line for line in lines if fact in line]
    count = next((n for n, line in enumerate(reversed(seen)) if not bad(line[fact])), len(seen))
    return seen[-count]["step"] if count >= LOOKS else None
