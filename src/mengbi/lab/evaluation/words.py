"""What the prompts ask for and the judge knows: things unlike all others, and colours that everybody names."""

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """How a concept is called: one and several in English; in Chinese, with its measure word."""

    concept: str  # of mengbi.assets
    one: str
    many: str
    zh: str
    measure: str
    asked: str  # "yes": the judge knows it well, "dyed": in any colour, too; "": it does not; "no": bad to count


WORDS = {
    row["concept"]: Word(**row)
    for row in csv.DictReader((files(__package__) / "things.csv").read_text(encoding="utf-8").splitlines())
}
THINGS = tuple(WORDS)
"""All that the judge has a name for, in the order of its answers."""
ASKED = tuple(word.concept for word in WORDS.values() if word.asked in ("yes", "dyed"))
DYED = tuple(word.concept for word in WORDS.values() if word.asked == "dyed")
"""What the prompts ask for, and what they ask for in a colour."""
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
"""All that the judge tells apart, in the order of its answers."""
