"""Coming in and going out, and tokens for one's own programs."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from mengbi.faces.api.access import COOKIE, Who, address_of, role, same_token, session
from mengbi.faces.api.problems import Problem, answering
from mengbi.faces.api.state import Asking, House, Own, studio_of
from mengbi.studio import people

router = APIRouter(prefix="/api/v1", tags=["people"])
Answer = TypeVar("Answer", bound=Response)


class Login(BaseModel):
    """Who somebody says they are: a name and a password, or only a token."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100)] = ""
    password: Annotated[str, Field(min_length=1, max_length=people.MAX_PASSWORD)]


class Label(BaseModel):
    """What a token is for."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(max_length=people.MAX_LABEL)] = ""


@router.post("/login", **role("anyone"), responses={401: {}})
def login(said: Login, house: House, request: Request) -> JSONResponse:
    """Gives the browser a cookie. password: with a name that person's; a token needs none."""
    if house.access.open:
        return JSONResponse({"person": "", "role": "admin"})
    address = address_of(request)
    house.limits.check_failures(address)
    if same_token(said.password, house.access.token):
        return let_in(request, JSONResponse({"person": "", "role": "admin"}), said.password)
    found = people.recognize(house.store, said.name or None, said.password) if house.access.accounts else None
    if found is None:
        house.limits.failures.take(address)
        raise Problem(401, "not a name and password, or a token, of this studio", code="wrong-secret")
    return let_in(request, JSONResponse({"person": found.name, "role": found.role}), said.password, found.name)


@router.post("/logout", **role("viewer"), status_code=204)
def logout(house: House, request: Request) -> Response:
    """Takes the cookie back."""
    people.end_session(house.store, request.cookies.get(COOKIE, ""))
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/tokens")
def tokens(own: Own, who: Asking) -> dict[str, Any]:
    """The tokens of your programs and browsers, without the secrets."""
    items = [
        {"id": one.id, "label": one.label, "created": one.created.isoformat(timespec="seconds"),
         "used": one.used.isoformat(timespec="seconds") if one.used else None}
        for one in people.tokens_of(own, _account(who))
    ]  # fmt: skip
    return {"items": items, "next": None}


@router.post("/tokens", **role("viewer"), status_code=201)
def make(said: Label, own: Own, who: Asking) -> dict[str, str]:
    """A new token for a program of yours; the secret is told this once."""
    return {"token": people.make_token(own, _account(who), said.label), "label": said.label}


@router.delete("/tokens/{start}", **role("viewer"), status_code=204)
def end(start: str, own: Own, who: Asking) -> Response:
    """Ends the token whose id begins so."""
    with answering(404):
        people.end_token(own, _account(who), start)
    return Response(status_code=204)


def let_in(request: Request, answer: Answer, secret: str, name: str = "") -> Answer:
    """The answer with a cookie for whoever showed this secret, which is right. name: whose password it is."""
    house = studio_of(request)
    if same_token(secret, house.access.token):
        value = session(secret)
    elif name:
        value = people.make_token(house.store, name, people.SESSION)
    else:
        found = people.recognize(house.store, None, secret)
        value = "" if found is None else people.make_token(house.store, found.name, people.SESSION)
    if value:
        answer.set_cookie(
            COOKIE, value, max_age=people.SESSION_DAYS * 86400, path="/", httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return answer


def _account(who: Who) -> str:
    if not who.person:
        raise Problem(
            404, "there are no accounts here, and so no tokens; mengbi studio people add makes one", code="no-accounts"
        )
    return who.person
