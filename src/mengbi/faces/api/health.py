"""Whether the studio is well, for people and programs that watch over it."""

import time
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text

import mengbi
from mengbi.errors import MengbiError
from mengbi.faces.api.access import role
from mengbi.faces.api.state import House
from mengbi.studio.tables import STATES, jobs, pictures

router = APIRouter(tags=["health"])
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PAST = 5
"""Seconds that a count of the tables is good for: whoever asks more often gets the same."""


class Meters:
    """What this server process counts; `read` also counts what is in the store."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        info = Gauge("mengbi_info", "Which Mengbi this is.", ["version"], registry=self.registry)
        info.labels(mengbi.__version__).set(1)
        self.seconds = Histogram(
            "mengbi_request_seconds", "Requests by route.", ["route", "method", "status"],
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.refused = Counter("mengbi_refused", "Requests that the guard refused.", ["status"], registry=self.registry)
        self.listening = Gauge("mengbi_listeners", "Open streams of events.", registry=self.registry)
        self.jobs = Gauge("mengbi_jobs", "Jobs by state.", ["state"], registry=self.registry)
        self.pictures = Gauge("mengbi_pictures", "Pictures in the gallery.", registry=self.registry)
        self._counted = 0.0

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts one that was answered."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self.seconds.labels(route, known, str(status)).observe(seconds)
        if status in (401, 403, 421, 429):
            self.refused.labels(str(status)).inc()

    def read(self, studio: House) -> bytes:
        """All of it, as Prometheus reads it."""
        if time.monotonic() - self._counted > PAST:
            with studio.store.reading() as connection:
                counted = select(jobs.c.state, func.count()).group_by(jobs.c.state)
                found = {str(state): int(many) for state, many in connection.execute(counted)}
                here = select(func.count()).select_from(pictures).where(~pictures.c.removed)
                self.pictures.set(connection.scalar(here) or 0)
            for state in STATES:
                self.jobs.labels(state).set(found.get(state, 0))
            self._counted = time.monotonic()
        return generate_latest(self.registry)


@router.get("/healthz", **role("anyone"))
async def healthz() -> dict[str, Any]:
    """This process answers."""
    return {"ok": True}


@router.get("/readyz", **role("anyone"), responses={503: {}})
def readyz(house: House) -> JSONResponse:
    """The database answers, too, and the studio is not about to stop."""
    if house.stopping.is_set():
        return JSONResponse({"ok": False, "why": "stopping"}, 503)
    try:
        with house.store.reading() as connection:
            connection.execute(text("SELECT 1"))
    except MengbiError:
        return JSONResponse({"ok": False, "why": "database"}, 503)
    return JSONResponse({"ok": True})


@router.get("/metrics", **role("admin"), response_class=PlainTextResponse)
def metrics(house: House) -> Response:
    """Numbers for Prometheus."""
    return Response(house.meters.read(house), media_type=CONTENT_TYPE_LATEST)
