"""Who asks, and may they: one dependency, `guard`, stands before every route, static files and events included.

A route's role is the least that is needed: what reads is for viewers, what changes anything for artists, unless the
route says otherwise through `role`. On loopback without token and accounts the person at the machine is its admin.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from mengbi.errors import BriefError
from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import Studio
from mengbi.studio import people

Role = Literal["anyone", "viewer", "artist", "admin"]
RANKS: Mapping[str, int] = {"anyone": 0, "viewer": 1, "artist": 2, "admin": 3}
READING = ("GET", "HEAD")
COOKIE = "mengbi"
MIN_TOKEN = 16
"""Letters of a token that somebody chose."""
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """Whoever asks. person: "" where nobody has to say who they are."""

    person: str
    role: str
    known: bool = True  # by token, password or cookie, or because they sit at this machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """How a studio may be reached: from this machine only, or with a token, or by people with accounts."""

    host: str
    token: str | None = None
    accounts: bool = False
    names: frozenset[str] = frozenset()  # beside its own: of a proxy in front, in lower case

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are."""
        return self.loopback and self.token is None and not self.accounts

    def check(self) -> None:
        """Raises BriefError for an address that others reach and nothing that keeps them out."""
        if self.token is not None and len(self.token) < MIN_TOKEN:
            raise BriefError(
                f"a token of {len(self.token)} letters — at least {MIN_TOKEN}: openssl rand -hex 24 makes one"
            )
        if not self.loopback and self.token is None and not self.accounts:
            raise BriefError(
                f"--host {self.host} can be reached by others and needs a token; set MENGBI_TOKEN, "
                "make accounts with mengbi studio people add, or leave --host off"
            )

    def answers_to(self, name: str) -> bool:
        """Whether a Host header may say so: no name that a stranger's DNS could have given us."""
        name = name.lower().rstrip(".")
        if name in self.names or name == self.host:
            return True
        if self.loopback:
            return name in LOCAL_NAMES or _is_address(name, loopback=True)
        own = socket.gethostname().lower()
        return _is_address(name) or name in LOCAL_NAMES or name in (own, f"{own}.local", socket.getfqdn().lower())


def role(least: Role) -> dict[str, Any]:
    """For a route that does not want the usual role: `@router.get(…, **role("admin"))`."""
    return {"openapi_extra": {"x-role": least}}


async def guard(request: Request) -> None:
    """Lets a request in or raises Problem. What it found out is in `request.state.who`."""
    studio: Studio = request.app.state.studio
    _check_host(request, studio.access)
    _check_origin(request)
    who = await _who(request, studio)
    request.state.who = who
    least = _least(request)
    if RANKS[who.role] < RANKS[least]:
        if who.known:
            said = f"this is for {least}s; {who.person or 'you'} may only look, as a {who.role}"
            raise Problem(403, said, code="not-allowed", needed=least, role=who.role)
        raise Problem(401, "a token or an account is needed", code="sign-in", headers={"WWW-Authenticate": "Bearer"})
    if who.known and not studio.access.open:
        studio.limits.check_requests(who.person)


def session(token: str) -> str:
    """What a browser keeps instead of the studio's own token."""
    return "s" + hmac.new(token.encode(), b"mengbi session", hashlib.sha256).hexdigest()


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def same_token(given: str, token: str | None) -> bool:
    """Whether it is the studio's own token, in a time that tells nothing."""
    return token is not None and hmac.compare_digest(given.encode(), token.encode())


def _least(request: Request) -> str:
    route = request.scope.get("route")
    said = getattr(route, "openapi_extra", None) or {}
    usual = "viewer" if request.method in READING else "artist"
    return str(said.get("x-role", usual))


def _check_host(request: Request, access: Access) -> None:
    """Against DNS rebinding: a stranger's page whose name now leads to this machine."""
    said = request.headers.get("host", "")
    name = urlsplit(f"//{said}").hostname or ""
    if not access.answers_to(name):
        hint = "MENGBI_STUDIO_NAMES lists other names"
        raise Problem(
            421, f"this studio does not answer to the name {name[:80]!r}; {hint}", code="other-name", name=name[:80]
        )


def _check_origin(request: Request) -> None:
    """Against pages elsewhere that send a browser here: only our own page may, and a link may lead to it."""
    headers = request.headers
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise Problem(403, "a page elsewhere may not use this studio", code="elsewhere")
    site = headers.get("sec-fetch-site", "none")
    if site in ("same-origin", "none"):
        return
    link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
    if link and request.method in READING and origin is None:
        return
    raise Problem(403, "a page elsewhere may not use this studio", code="elsewhere")


async def _who(request: Request, studio: Studio) -> Who:
    access = studio.access
    if access.open:
        return Who(person="", role="admin")
    given = _credentials(request)
    if given is None:
        return Who(person="", role="anyone", known=False)
    studio.limits.check_failures(address_of(request))
    name, secret, cookie = given
    if access.token is not None and same_token(secret, session(access.token) if cookie else access.token):
        return Who(person="", role="admin")
    found = await run_in_threadpool(people.recognize, studio.store, name, secret) if access.accounts else None
    if found is not None:
        return Who(person=found.name, role=found.role)
    if cookie:  # of a session that has ended: whoever it was may say so again
        return Who(person="", role="anyone", known=False)
    studio.limits.failures.take(address_of(request))
    raise Problem(
        401, "not a token or password of this studio", code="wrong-secret", headers={"WWW-Authenticate": "Bearer"}
    )


def _credentials(request: Request) -> tuple[str | None, str, bool] | None:
    """A name, if one was given, a secret, and whether it came as a cookie."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return None, value.strip(), False
    if kind.lower() == "basic":
        try:
            name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, colon, secret = "", "", ""
        if not colon:
            raise Problem(401, "the Authorization header cannot be read", code="wrong-secret")
        return name, secret, False
    if request.url.path == "/" and "token" in request.query_params:  # a link that the studio printed or opened itself
        return None, request.query_params["token"], False
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else (None, cookie, True)


def _is_address(name: str, *, loopback: bool = False) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not loopback
