"""What one running studio has, and how a route gets at it."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from mengbi.studio.store import Store

if TYPE_CHECKING:
    from mengbi.faces.api.access import Access, Who
    from mengbi.faces.api.health import Meters
    from mengbi.faces.api.limits import Limits
    from mengbi.faces.api.stream import Hub


@dataclass(frozen=True, kw_only=True, slots=True)
class Studio:
    """Of one server process; everything that lasts is in the store."""

    store: Store
    access: "Access"
    hub: "Hub"
    limits: "Limits"
    meters: "Meters"
    stopping: threading.Event = field(default_factory=threading.Event)
    drawing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))  # faces that are drawn while one waits


def studio_of(request: Request) -> Studio:
    """The studio that this request came to."""
    found: Studio = request.app.state.studio
    return found


# What a route asks for is async: each that is not would be sent to a thread and waited for, which takes as long as
# to write a job down.
async def _house(request: Request) -> Studio:
    return studio_of(request)


async def who_asks(request: Request) -> "Who":
    """Whom the guard let in."""
    found: Who = request.state.who
    return found


async def own_store(request: Request) -> Store:
    """The store as the person who asks sees it."""
    return studio_of(request).store.of((await who_asks(request)).person)


House = Annotated[Studio, Depends(_house)]
Own = Annotated[Store, Depends(own_store)]
Asking = Annotated["Who", Depends(who_asks)]
