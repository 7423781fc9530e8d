"""An engine for tests: it draws as `sketch` does, and holds the brush still for as long as a test wants it to."""

import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mengbi.engine import ENGINES, Step
from mengbi.engine.sketch import Sketch
from mengbi.plan import Plan
from mengbi.settings import home

SIGN = "held"
"""While a file of this name lies in the data folder, no painting gets past its first step."""
LOOK = 0.2
"""Seconds between two looks for it; each yields, so that a job that is held can be cancelled."""


class Patient:
    """Engine: see above."""

    name = "patient"
    title = "draws, and waits where it is told to: for tests"
    uses = Sketch.uses
    defaults: Mapping[str, Any] = MappingProxyType({"style": "none", "strength": 0.4})

    @property
    def weights(self) -> str:
        """Digest of the drawings."""
        return Sketch().weights

    def paint(self, plan: Plan) -> Iterator[Step]:
        """See Engine."""
        for number, step in enumerate(Sketch().paint(plan)):
            yield step
            while number == 0 and (home() / SIGN).exists():
                time.sleep(LOOK)
                yield step


def register() -> None:
    """As any package registers its engines."""
    ENGINES.register("patient", Patient)
