"""Whatever goes wrong, as the caller's dialect has it: problem+json (RFC 9457), OpenAI's errors, or A1111's.

Every problem has a `code` that never changes and `params` that it speaks of, so that a program can tell it from others
and a page can say it in another language; `codes` lists them.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from mengbi.errors import BriefError, FaultError, FilterError, MengbiError, SourceError, StorageError
from mengbi.faces.api.codes import CODES

LOG = logging.getLogger("mengbi.studio")
TITLES = {
    400: "This request cannot be read", 401: "Say who you are", 403: "Not allowed", 404: "There is no such thing",
    405: "Not a method of this address", 408: "The request came too slowly", 409: "It is past that",
    413: "Too large", 415: "Not a kind that is read here", 421: "Not a name of this studio",
    422: "This cannot be done as asked", 429: "Too much at once", 500: "A fault of ours", 501: "Not in this studio",
    503: "Not now", 507: "No room to keep it",
}  # fmt: skip
USUAL = {404: "not-found", 405: "no-method", 413: "too-large", 500: "fault", 503: "away"}
"""Codes of what the framework refuses before a route is asked."""
MOST_TOLD = 20


class Told(BaseModel):
    """A problem, RFC 9457."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description='"urn:mengbi:CODE"')
    title: str = Field(description="What problems of this status have in common.")
    status: int
    detail: str = Field(description="One line for a person, in English.")
    instance: str = Field(description="The path that was asked.")
    code: str = Field(description="The same in a word that never changes.", examples=["not-found"])
    params: dict[str, Any] = Field(description="What it speaks of, by name; any of them may be missing.")


ANSWERS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem.", "content": {"application/problem+json": {"schema": {
        "$ref": "#/components/schemas/Problem"}}}},
}  # fmt: skip
DIALECTS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "An error as this dialect has it.",
        "content": {"application/json": {}},
    },
}
"""What every route may answer besides; and those that speak as others do."""


class Problem(Exception):  # noqa: N818 - as RFC 9457 calls it
    """A request that is refused, with its status. detail: one line for a person; code: one of CODES."""

    def __init__(
        self, status: int, detail: str, *, code: str, headers: Mapping[str, str] | None = None, **params: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code, self.params = status, detail, code, params
        self.headers = dict(headers or {})


@contextmanager
def answering(status: int, code: str = "not-found", **params: Any) -> Iterator[None]:
    """A BriefError inside is answered with this status: 404 where a number is looked up, 409 where a state forbids.

    code, params: of an error that has none of its own.
    """
    try:
        yield
    except BriefError as error:
        if error.code != error.usual:
            raise Problem(status, str(error), code=error.code, **error.params) from error
        raise Problem(status, str(error), code=code, **params) from error


def install(app: FastAPI) -> None:
    """Makes every error of this application an answer."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(MengbiError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


def described(openapi: dict[str, Any]) -> dict[str, Any]:
    """The description of this API, with that of its problems."""
    codes = "\n".join(f"* `{code}` {meaning}" for code, meaning in CODES.items())
    about = f"What went wrong. `code` is one of these, and what `params` may hold is behind the colon:\n\n{codes}"
    openapi.setdefault("components", {}).setdefault("schemas", {})["Problem"] = {
        **Told.model_json_schema(), "description": about,
    }  # fmt: skip
    return openapi


def answer(problem: Problem, path: str) -> JSONResponse:
    """A problem as the programs that speak to this path read it."""
    status, detail, code, params = problem.status, problem.detail, problem.code, problem.params
    if path.startswith("/v1/"):
        status = 400 if status == 422 else status
        return JSONResponse({"error": openai_error(problem)}, status, problem.headers)
    if path.startswith("/sdapi/"):
        more = params.get("errors", detail)
        said = {"error": code, "detail": detail, "body": "", "errors": more, "params": params}
        return JSONResponse(said, status, problem.headers)
    title = TITLES.get(status, "Problem")
    about = {"type": f"urn:mengbi:{code}", "title": title, "status": status, "detail": detail}
    body = {**about, "instance": path, "code": code, "params": params}
    return JSONResponse(body, status, problem.headers, media_type="application/problem+json")


def openai_error(problem: Problem) -> dict[str, Any]:
    """A problem as OpenAI's clients read it."""
    type_ = "invalid_request_error" if problem.status < 500 else "server_error"
    code, params = problem.code.replace("-", "_"), problem.params
    return {"message": problem.detail, "type": type_, "param": params.get("param"), "code": code, "params": params}


def as_problem(error: MengbiError) -> Problem:
    """One of our errors with the status that fits it."""
    status, code = 422, error.code
    if isinstance(error, StorageError):
        status, code = (507, "full") if "full" in str(error) else (503, code)
    elif isinstance(error, FaultError):
        status = 500
    return Problem(status, str(error), code=code, **error.params)


def as_validation(error: RequestValidationError | ValidationError, status: int = 422) -> Problem:
    """What pydantic refuses: where, and why, without what was sent."""
    errors = [_one(found) for found in error.errors()[:MOST_TOLD]]
    detail = "; ".join(f"{one['at']}: {one['why']}" for one in errors) or "the request cannot be read"
    return Problem(status, detail, code="bad-request", errors=errors)


def _one(found: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in (found.get("ctx") or {}).items() if isinstance(value, str | int | float)}
    at, code = ".".join(map(str, found["loc"])), str(found["type"]).replace("_", "-")
    return {"at": at, "why": found["msg"], "code": code, "params": said}


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
    assert isinstance(error, RequestValidationError)
    return answer(as_validation(error), request.url.path)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = TITLES.get(error.status_code, "Problem")
    detail = said if error.detail in (None, "Not Found", "Method Not Allowed") else str(error.detail)
    code = USUAL.get(error.status_code, "bad-request")
    return answer(Problem(error.status_code, detail, code=code, headers=error.headers), request.url.path)


def as_fault(error: Exception) -> Problem:
    """What should never happen: told in full to the log, in one word to the caller."""
    LOG.error("fault", exc_info=error)
    return Problem(500, f"a fault of ours ({type(error).__name__}); the studio's log says more", code="fault")
