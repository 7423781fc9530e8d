"""What became of a person's pictures, in words: what is learnt from, and what was left out and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXAMPLES = 3
"""Files that are named for each reason, and lines of a table."""
LABELS = 12
"""Labels that are listed; of more, the largest."""

Left = tuple[tuple[str, int, tuple[str, ...]], ...]
"""Reason, number of files, some of their names; the commonest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Numbers are of files unless said otherwise."""

    source: str
    files: int  # that were taken for pictures by their names, or refused by them
    others: int  # that are no pictures by their names, and say nothing of pictures
    taken: int
    held: int  # of those taken, kept from learning
    labels: tuple[tuple[str, int], ...]
    unlabelled: int
    captions: int  # pictures that have one
    kinds: tuple[tuple[str, int], ...]  # formats and modes
    notes: tuple[tuple[str, int], ...]  # what was done to pictures
    left: Left
    conflicts: int  # copies whose label is another than that of the picture kept
    wrong: tuple[str, ...]  # what could not be read of tables and texts, or stands there twice
    seconds: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Report":
        """From JSON, whose lists were tuples."""
        return cls(**{name: _tuples(value) for name, value in facts.items()})

    def lines(self) -> list[str]:
        """The report for a person to read."""
        said = [f"{self.taken:,} of {self.files:,} pictures can be used, {self.held:,} of them kept for measuring."]
        if self.labels:
            first = sorted(self.labels, key=lambda each: -each[1])[:LABELS]
            more = f", and {len(self.labels) - len(first):,} more" if len(self.labels) > len(first) else ""
            said.append(f"{counted(len(self.labels), 'label')}: " + ", ".join(f"{n} {c:,}" for n, c in first) + more)
            said += [f"{counted(self.unlabelled, 'has', 'have')} no label."] if self.unlabelled else []
        said += [counted(self.captions, "has a caption.", "have captions.")] if self.captions else []
        said.append("They were " + ", ".join(f"{kind} {count:,}" for kind, count in self.kinds) + ".")
        said += [f"{count:,} {note}" for note, count in self.notes]
        if self.left:
            said.append(f"Left out, {sum(count for _, count, _ in self.left):,}:")
            said += [f"  {count:>7,}  {reason}: {', '.join(examples)}" for reason, count, examples in self.left]
        lie = counted(self.conflicts, "copy lies", "copies lie")
        said += [f"{lie} under another label than the picture kept."] if self.conflicts else []
        said += [counted(self.others, "other file was", "other files were") + " not looked at."] if self.others else []
        said += [f"Not understood: {line}" for line in self.wrong]
        return said

    def __str__(self) -> str:
        return "\n".join(self.lines())


def left_out(left: Iterable[tuple[str, str]]) -> Left:
    """Names and reasons by reason."""
    found: dict[str, list[str]] = {}
    for name, reason in left:
        found.setdefault(reason, []).append(name)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return tuple((reason, len(names), tuple(sorted(names)[:EXAMPLES])) for reason, names in ordered)


def counted(number: int, one: str, more: str | None = None) -> str:
    """So many of something: "1 row", "2,000 rows"; more: what several are called, where an s is not enough."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def some(things: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(things) - EXAMPLES:,} more" if len(things) > EXAMPLES else ""
    return ", ".join(things[:EXAMPLES]) + more


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
