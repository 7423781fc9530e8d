"""How much at once: a bucket of tokens for each person, and a few tries for an address that fails to say who it is."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from mengbi.faces.api.problems import Problem

KNOWN = 10_000
"""So many people and addresses are remembered; who has not been here for longest is forgotten."""


@dataclass(kw_only=True, slots=True)
class Bucket:
    """A token bucket for each key: `burst` at once, `rate` a second in the long run."""

    rate: float
    burst: float
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, amount: float = 1.0) -> float:
        """Takes so much, if it is there; returns the seconds to wait for it, 0 where it was there."""
        now = time.monotonic()
        with self._turn:
            level, then = self._levels.pop(key, (self.burst, now))
            level = min(self.burst, level + (now - then) * self.rate)
            lacking = amount - level
            self._levels[key] = (level if lacking > 0 else level - amount, now)
            while len(self._levels) > KNOWN:
                self._levels.popitem(last=False)
        return max(0.0, lacking / self.rate)

    def lacks(self, key: str) -> float:
        """The seconds to wait until one could be taken, without taking it."""
        return max(0.0, (1 - self._level(key)) / self.rate)

    def _level(self, key: str) -> float:
        with self._turn:
            level, then = self._levels.get(key, (self.burst, time.monotonic()))
            return min(self.burst, level + (time.monotonic() - then) * self.rate)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Of one studio. The person on this very machine, who needs no token, has none but `failures`."""

    requests: Bucket = field(default_factory=lambda: Bucket(rate=300, burst=3000))
    failures: Bucket = field(default_factory=lambda: Bucket(rate=1 / 6, burst=20))

    def check_requests(self, person: str) -> None:
        """Raises Problem 429 for a person who asks too much."""
        _refuse(self.requests.take(person), "too many requests", "too-many")

    def check_failures(self, address: str) -> None:
        """Raises Problem 429 for an address that has failed too often to say who it is."""
        said = "too many wrong tokens or passwords from this address"
        _refuse(self.failures.lacks(address), said, "too-many-tries")


def _refuse(seconds: float, why: str, code: str) -> None:
    if seconds > 0:
        wait = int(seconds) + 1
        said = f"{why}; try again in {wait} s"
        raise Problem(429, said, code=code, headers={"Retry-After": str(wait)}, seconds=wait)
