"""Whatever goes wrong, as the caller's dialect has it: problem+json (RFC 9457), OpenAI's errors, or A1111's."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from mengbi.errors import BriefError, FaultError, FilterError, MengbiError, SourceError, StorageError

LOG = logging.getLogger("mengbi.studio")
TITLES = {
    400: "This request cannot be read", 401: "Say who you are", 403: "Not allowed", 404: "There is no such thing",
    405: "Not a method of this address", 408: "The request came too slowly", 409: "It is past that",
    413: "Too large", 415: "Not a kind that is read here", 421: "Not a name of this studio",
    422: "This cannot be done as asked", 429: "Too much at once", 500: "A fault of ours", 501: "Not in this studio",
    503: "Not now", 507: "No room to keep it",
}  # fmt: skip


class Problem(Exception):  # noqa: N818 - as RFC 9457 calls it
    """A request that is refused, with its status. detail: one line for a person."""

    def __init__(
        self, status: int, detail: str, *, kind: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
        self.headers, self.more = dict(headers or {}), more


@contextmanager
def answering(status: int) -> Iterator[None]:
    """A BriefError inside is answered with this status: 404 where a number is looked up, 409 where a state forbids."""
    try:
        yield
    except BriefError as error:
        raise Problem(status, str(error), kind=type(error).__name__) from error


def install(app: FastAPI) -> None:
    """Makes every error of this application an answer."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(MengbiError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


def answer(problem: Problem, path: str) -> JSONResponse:
    """A problem as the programs that speak to this path read it."""
    status, detail, kind = problem.status, problem.detail, problem.kind or TITLES.get(problem.status, "Problem")
    if path.startswith("/v1/"):
        status = 400 if status == 422 else status
        type_ = "invalid_request_error" if status < 500 else "server_error"
        code = problem.more.get("code", kind)
        said: dict[str, Any] = {"message": detail, "type": type_, "param": problem.more.get("param"), "code": code}
        return JSONResponse({"error": said}, status, problem.headers)
    if path.startswith("/sdapi/"):
        more = problem.more.get("errors", detail)
        return JSONResponse({"error": kind, "detail": detail, "body": "", "errors": more}, status, problem.headers)
    title = TITLES.get(status, "Problem")
    about = {"type": f"urn:mengbi:{kind}" if problem.kind else "about:blank", "title": title, "status": status}
    body = {**about, "detail": detail, "instance": path, **problem.more}
    return JSONResponse(body, status, problem.headers, media_type="application/problem+json")


def as_problem(error: MengbiError) -> Problem:
    """One of our errors with the status that fits it."""
    kind = type(error).__name__
    if isinstance(error, StorageError):
        return Problem(507 if "full" in str(error) else 503, str(error), kind=kind)
    if isinstance(error, FaultError):
        return Problem(500, str(error), kind=kind)
    return Problem(422, str(error), kind=kind)


async def _on_problem(request: Request, error: Exception) -> Response:
    from mengbi.faces.api.web import login_page

    assert isinstance(error, Problem)
    return login_page(request, error) or answer(error, request.url.path)


async def _on_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MengbiError)
    if not isinstance(error, BriefError | FilterError | SourceError):
        LOG.error("fault", extra={"said": {"kind": type(error).__name__, "detail": str(error)}})
    return answer(as_problem(error), request.url.path)


async def _on_validation(request: Request, error: Exception) -> JSONResponse:
    """What pydantic refuses: where, and why, without what was sent."""
    assert isinstance(error, RequestValidationError)
    errors = [{"at": ".".join(map(str, one["loc"])), "why": one["msg"]} for one in error.errors()[:20]]
    detail = "; ".join(f"{one['at']}: {one['why']}" for one in errors) or "the request cannot be read"
    return answer(Problem(422, detail, kind="Validation", errors=errors), request.url.path)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = TITLES.get(error.status_code, "Problem")
    detail = said if error.detail in (None, "Not Found", "Method Not Allowed") else str(error.detail)
    return answer(Problem(error.status_code, detail, headers=error.headers), request.url.path)


def as_fault(error: Exception) -> Problem:
    """What should never happen: told in full to the log, in one word to the caller."""
    LOG.error("fault", exc_info=error)
    return Problem(500, f"a fault of ours ({type(error).__name__}); the studio's log says more", kind="Fault")
