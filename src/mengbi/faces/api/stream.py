"""Events as they happen: server-sent, in order, resumed where a browser left off."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from mengbi.errors import MengbiError
from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import Asking, House, Own, Studio
from mengbi.studio import events
from mengbi.studio.store import Store

router = APIRouter(prefix="/api/v1", tags=["events"])
POLL = 0.1
"""Seconds between two looks for something new; one look is for everybody who listens."""
BREATH = 0.5
"""Seconds between two looks whether the studio is about to close."""
PING = 15.0
MOST = 32
"""Streams of one person: a browser needs one."""


class Hub:
    """Looks for new events while anybody waits for them, and wakes all who do."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.open: dict[str, int] = {}
        self._news = asyncio.Condition()
        self._number = 0
        self._waiting = 0
        self._looker: asyncio.Task[None] | None = None

    async def changed(self, seconds: float) -> bool:
        """Waits until there may be something new, at most so many seconds; whether there may be."""
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._look())
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def close(self) -> None:
        """Looks no more, and wakes all."""
        if self._looker is not None:
            self._looker.cancel()
        async with self._news:
            self._news.notify_all()

    async def _look(self) -> None:
        idle = 0
        while idle < 20:
            idle = 0 if self._waiting else idle + 1
            try:
                number = await asyncio.to_thread(events.last, self.store)
            except MengbiError:  # the database is away for a moment; who listens goes on listening
                number = self._number
            if number != self._number:
                self._number = number
                async with self._news:
                    self._news.notify_all()
            await asyncio.sleep(POLL)


@router.get("/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def listen(
    house: House,
    own: Own,
    who: Asking,
    request: Request,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
    after: Annotated[int | None, Query(ge=0, description="As Last-Event-ID, for who cannot send that.")] = None,
) -> StreamingResponse:
    """What happens to your jobs from now on, or from behind the last event that you saw.

    Event names: "ready" ({"last": …}, first of all), "job", "progress", "picture". Data is JSON; "job" is its number.
    """
    if house.hub.open.get(who.person, 0) >= MOST:
        raise Problem(429, f"{MOST} streams of events are open already; close one", code="many-streams", most=MOST)
    newest = await asyncio.to_thread(events.last, house.store)
    start = after if last_event_id is None else last_event_id
    if start is None or start > newest:  # of another database, or one that was put back
        start = newest
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingResponse(_told(house, own, start), media_type="text/event-stream", headers=headers)


async def _told(house: Studio, own: Store, after: int) -> AsyncIterator[bytes]:
    house.hub.open[own.person] = house.hub.open.get(own.person, 0) + 1
    house.meters.listening.inc()
    try:
        yield f"retry: 1000\nid: {after}\nevent: ready\ndata: {json.dumps({'last': after})}\n\n".encode()
        spoken = time.monotonic()
        while not house.stopping.is_set():
            try:
                news = await asyncio.to_thread(events.since, own, after)
            except MengbiError:
                news = []
            for event in news:
                yield frame(event)
                after, spoken = event.id, time.monotonic()
            while not (news or await house.hub.changed(BREATH) or house.stopping.is_set()):
                if time.monotonic() - spoken >= PING:
                    yield b": still here\n\n"
                    spoken = time.monotonic()
    finally:
        house.hub.open[own.person] -= 1
        house.meters.listening.dec()


def frame(event: events.Event) -> bytes:
    """One event as it goes over the line."""
    data = json.dumps({**event.data, "job": event.job} if event.kind != "job" else event.data, ensure_ascii=False)
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n".encode()
