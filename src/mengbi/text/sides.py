"""What a sentence puts on the left, in the middle and on the right."""

from dataclasses import dataclass, field

from mengbi.text.draft import Draft


@dataclass(kw_only=True, slots=True)
class Sides:
    """Which thing stands on which side, and what they are the sides of."""

    named: dict[str, int] = field(default_factory=dict)
    waiting: str | None = None  # "on the left": the noun is still to come
    main: list[int] = field(default_factory=list)

    def take(self, numbers: list[int]) -> None:
        """A noun that may be the one that a side waits for."""
        if self.waiting:
            self.named[self.waiting], self.waiting = numbers[0], None

    def settle(self, draft: Draft) -> None:
        """Links left and right with what stands between, or with each other; forgets them."""
        if len(self.named) == 1 and self.main and self.main[0] not in self.named.values():
            self.named["middle"] = self.main[0]
        left, middle, right = (self.named.get(side) for side in ("left", "middle", "right"))
        others = [number for number in (middle, right) if number is not None]
        if left is not None:
            draft.link([left], "left of", others[:1])
        if right is not None and middle is not None:
            draft.link([right], "right of", [middle])
        self.named, self.main = {}, []
