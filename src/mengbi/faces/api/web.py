"""The page: static files, of which only what asks for a password is there for everyone."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mengbi.faces import web
from mengbi.faces.api.access import role
from mengbi.faces.api.people import let_in
from mengbi.faces.api.problems import Problem

TYPES = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml", ".webp": "image/webp", ".woff2": "font/woff2", ".json": "application/json",
}  # fmt: skip
LOGIN = "login.html"
door, router = APIRouter(include_in_schema=False), APIRouter(include_in_schema=False)


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
def page(path: str, request: Request) -> Response:
    """A file of the page; the page itself at the root. A token in the link becomes a cookie."""
    if "token" in request.query_params and not path:
        return let_in(request, RedirectResponse("/", 303), request.query_params["token"])
    return served(path or "index.html", request)


def served(path: str, request: Request, status: int = 200) -> Response:
    """A file of the folder with its tag; 304 for who has it. Raises Problem 404: no path leads out of the folder."""
    found = _files().get(path)
    if found is None:
        raise Problem(404, f"there is no {path[:200]!r} here", code="not-found")
    data, tag, kind = _read(found, found.stat().st_mtime_ns)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if path == "sw.js":
        headers["Service-Worker-Allowed"] = "/"
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(b"" if request.method == "HEAD" else data, status, headers, media_type=kind)


def login_page(request: Request, problem: Problem) -> Response | None:
    """For a browser that comes to the page and has not said who it is: where it can, instead of a line of JSON."""
    path = request.url.path
    api = path.startswith(("/api/", "/v1/", "/sdapi/")) or path in ("/metrics", "/openapi.json")
    asks = "text/html" in request.headers.get("accept", "") and request.method == "GET"
    if problem.status != 401 or api or not asks or LOGIN not in _files():
        return None
    return served(LOGIN, request, 401)


def _open_door(path: str) -> None:
    @door.api_route(f"/{path}", methods=["GET", "HEAD"], name=path, **role("anyone"))
    def outside(request: Request) -> Response:
        return served(path, request)


for _path in web.DOOR:
    _open_door(_path)


def _files() -> dict[str, Path]:
    """What the folder holds, by path; asked for by nothing else, so that no path can lead elsewhere."""
    return _listed(web.FOLDER)


@cache
def _listed(folder: Path) -> dict[str, Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    inside = ((path.relative_to(folder), path) for path in found)
    return {
        where.as_posix(): path
        for where, path in inside
        if path.suffix not in (".py", ".pyc") and not any(part.startswith((".", "__")) for part in where.parts)
    }


@cache
def _read(path: Path, _changed: int) -> tuple[bytes, str, str]:
    data = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"', kind
