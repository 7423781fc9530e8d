"""Around every request: limits of body and time, headers of every answer, a line in the log, a count."""

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mengbi.faces.api.problems import Problem, answer, as_fault
from mengbi.faces.api.state import Studio

LOG = logging.getLogger("mengbi.studio")
MAX_JSON = 2**20
MAX_PICTURES = 96 * 2**20
"""Bytes of a body that may hold pictures: uploads, and the base64 of A1111."""
BODY_PAUSE = 20
"""Seconds in which the next piece of a body has to come."""
_LARGE = ("/api/v1/sources", "/api/v1/likeness", "/v1/images/edits", "/sdapi/v1/")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}


class Outer:
    """ASGI middleware. policy: the Content-Security-Policy of every answer."""

    def __init__(self, app: ASGIApp, studio: Studio, policy: str) -> None:
        self.app, self.studio = app, studio
        self.headers = {**_HEADERS, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status, begun = time.perf_counter(), 500, False

        async def answered(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await _bounded(self.app, scope, receive, answered)
        except Exception as error:
            if begun:
                raise
            await answer(as_fault(error), scope["path"])(scope, receive, answered)
        finally:
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """What was asked for by its route, never by its words: no query, no body."""
        route = getattr(scope.get("route"), "path", "") or "-"
        self.studio.meters.request(route, scope["method"], status, seconds)
        who = scope.get("state", {}).get("who")
        said = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        LOG.info("request", extra={"said": {**said, "person": getattr(who, "person", None)}})


async def _bounded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The application, with a body that is no larger and no slower than it may be."""
    path = scope["path"]
    most = MAX_PICTURES if path.startswith(_LARGE) else MAX_JSON
    came, ended, begun = 0, False, False
    refused: Problem | None = None

    async def received() -> Message:
        nonlocal came, ended, refused
        if ended or begun:  # only whether somebody hangs up is still of interest
            return await receive()
        try:
            async with asyncio.timeout(BODY_PAUSE):
                message = await receive()
        except TimeoutError:
            refused = Problem(408, f"no piece of the body came for {BODY_PAUSE} s", code="too-slow", seconds=BODY_PAUSE)
            raise _Refused from None
        came += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        if came > most:
            refused = Problem(413, f"more than {most >> 20} MiB", code="too-large", most=most >> 20)
            raise _Refused
        return message

    async def sent(message: Message) -> None:
        nonlocal begun
        if refused is None or begun:  # what a router makes of our refusal is not what we say
            begun = True
            await send(message)

    said = dict(scope["headers"]).get(b"content-length", b"0")
    if said.isdigit() and int(said) > most:
        refused = Problem(
            413, f"{int(said) / 2**20:.1f} MiB; at most {most >> 20} MiB", code="too-large", most=most >> 20
        )
    else:
        try:
            await app(scope, received, sent)
        except Exception:
            if refused is None:
                raise
    if refused is not None and not begun:
        refused.headers["Connection"] = "close"
        await answer(refused, path)(scope, receive, send)


class _Refused(Exception):  # noqa: N818 - nothing went wrong
    """Ends the reading of a body."""


class Lines(logging.Formatter):
    """A line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "said", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: str) -> None:
    """Structured lines on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for name in ("mengbi.studio", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level if name == "mengbi.studio" else "WARNING")
