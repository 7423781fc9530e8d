"""The gallery: found, looked at, marked, made into the next picture; and collections of pictures."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from mengbi.faces.api.access import role
from mengbi.faces.api.jobs import Key, Number, accepted, check, submit
from mengbi.faces.api.problems import Problem, answering
from mengbi.faces.api.state import Asking, Own
from mengbi.faces.where import slug
from mengbi.studio import again, marks, pictures, search, steps
from mengbi.studio.lineage import family
from mengbi.studio.pictures import Entry
from mengbi.studio.store import Store

router = APIRouter(prefix="/api/v1", tags=["pictures"])
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
FOREVER = "private, max-age=31536000, immutable"
Text = Annotated[str, Field(max_length=500)]


@router.get("/pictures")
def listed(
    own: Own,
    q: Annotated[str | None, Query(max_length=500, description="Each of these words occurs.")] = None,
    meaning: Annotated[
        str | None, Query(max_length=500, description="The nearest in meaning, in any language.")
    ] = None,
    style: Annotated[str | None, Query(max_length=500)] = None,
    engine: Annotated[str | None, Query(max_length=100)] = None,
    favourite: bool = False,
    collection: Annotated[str | None, Query(max_length=100, description="Its name or number.")] = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    stars: Annotated[int | None, Query(ge=1, le=5, description="So many or more.")] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=search.MAX_PAGE)] = 50,
) -> dict[str, Any]:
    """Pictures, the newest first, page by page; by meaning the nearest first, on one page."""
    named = None
    if collection is not None:
        with answering(404):
            named = marks.named_collection(own, collection)
    wanted = search.Filter(
        words=q or "", style=style, engine=engine, favourite=favourite, collection=named, tag=tag, stars=stars
    )
    if meaning is not None and meaning.strip():
        near = search.by_meaning(own, meaning, wanted, limit=limit)
        return {"items": [{**entry.to_dict(), "near": round(score, 4)} for entry, score in near], "next": None}
    page = search.page(own, wanted, limit=limit, after=cursor)
    return {"items": [entry.to_dict() for entry in page.entries], "next": page.next}


@router.get("/pictures/{number}")
def one(number: Number, own: Own, who: Asking) -> dict[str, Any]:
    """All that is known of a picture: its plan, the brief that leads to it, its family; mine: you may take it away."""
    entry = _find(own, number)
    plan, near = pictures.plan_of(own, entry), family(own, entry.id)
    return {
        **entry.to_dict(),
        "plan": None if plan is None else plan.to_dict(),
        "brief": again.wishes_of(own, entry),
        "mine": _is_theirs(own, who, entry),
        "steps": len(steps.steps_of(own, entry.id)),
        "collections": list(marks.collections_of(own, entry)),
        "family": {
            "parents": [{"id": r.parent, "kind": r.kind} for r in near if r.child == entry.id],
            "children": [{"id": r.child, "kind": r.kind} for r in near if r.parent == entry.id],
            "all": [{"parent": r.parent, "child": r.child, "kind": r.kind} for r in near],
        },
    }


class Marks(BaseModel):
    """What somebody makes of a picture; what is left out stays. stars: 0 takes them away."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=100)] | None = None
    stars: Annotated[int, Field(ge=0, le=5)] | None = None
    favourite: bool | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=marks.MAX_TAGS)] | None = None


@router.patch("/pictures/{number}", **role("viewer"))
def change(number: Number, said: Marks, own: Own, who: Asking) -> dict[str, Any]:
    """Stars and favourites are your own; a title and tags are seen by all, and for the one who painted it to give."""
    entry = _find(own, number)
    if said.title is not None or said.tags is not None:
        _check_theirs(own, who, entry)
    if said.title is not None:
        marks.retitle(own, entry, said.title)
    if said.tags is not None:
        wanted = {marks.tag_name(name) for name in said.tags}
        marks.tag(own, entry, wanted, drop=[name for name in entry.tags if name not in wanted])
    if said.stars is not None:
        marks.rate(own, entry, said.stars or None)
    if said.favourite is not None:
        marks.favour(own, entry, said.favourite)
    return _find(own, number).to_dict()


@router.delete("/pictures/{number}", status_code=204)
def remove(number: Number, own: Own, who: Asking) -> Response:
    """Takes a picture away, its file first."""
    entry = _find(own, number)
    _check_theirs(own, who, entry)
    pictures.remove(own, entry)
    return Response(status_code=204)


IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}, "image/jpeg": {}, "image/webp": {}}},
    304: {"description": "You have it."},
}


@router.get("/pictures/{number}/file", response_class=Response, responses=IMAGE)
def file(number: Number, own: Own, request: Request, download: bool = False) -> Response:
    """The picture itself, with all that made it inside; download: under a name of its own."""
    entry = _find(own, number)
    headers = {"Content-Disposition": _attachment(entry)} if download else {}
    return unchanging(request, entry.digest, TYPES[entry.suffix], lambda: pictures.data_of(own, entry), headers)


@router.get("/pictures/{number}/thumb", response_class=Response, responses=IMAGE)
def thumb(number: Number, own: Own, request: Request) -> Response:
    """The picture within 320 x 320 pixels, as WebP."""
    entry = _find(own, number)
    return unchanging(request, f"{entry.digest}-t", "image/webp", lambda: pictures.thumbnail(own, entry))


WEBP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {}}},
    304: {"description": "You have it."},
}


@router.get("/pictures/{number}/steps")
def seen(number: Number, own: Own) -> dict[str, Any]:
    """How it came to be: a few of its steps, as far as they were kept."""
    entry = _find(own, number)
    items = [
        {"step": step, "url": f"/api/v1/pictures/{entry.id}/steps/{step}"} for step in steps.steps_of(own, entry.id)
    ]
    return {"items": items, "next": None}


@router.get("/pictures/{number}/steps/{step}", response_class=Response, responses=WEBP)
def step(number: Number, step: Annotated[int, Path(ge=1, lt=2**31)], own: Own, request: Request) -> Response:
    """One of its steps, small."""
    entry = _find(own, number)
    with answering(404, picture=entry.id):
        tag = f"{entry.digest}-{step}"
        return unchanging(request, tag, "image/webp", lambda: steps.step_of(own, entry.id, step))


class How(BaseModel):
    """What is made of a picture: "retry" the same wishes, "vary" its light, "restyle", "enlarge", "keep" it as…"""

    model_config = ConfigDict(extra="forbid")

    how: Literal["retry", "vary", "restyle", "enlarge", "keep"]
    style: Text | None = None
    scale: Literal[2, 4] = 2
    purpose: Annotated[str, Field(max_length=100)] | None = None
    title: Text | None = None
    seal: Text | None = None
    vertical: bool = False


@router.post("/pictures/{number}/again", status_code=201, responses={200: {"description": "The key is known."}})
def once_more(number: Number, how: How, own: Own, idempotency_key: Key = None) -> JSONResponse:
    """Accepts a job that makes the next picture of this one."""
    entry = _find(own, number)
    wanted = again.once_more(own, entry, **how.model_dump())
    check(wanted.brief)
    job, known = submit(own, wanted.brief, key=idempotency_key, parents=wanted.parents, plan=wanted.plan)
    return accepted(job, known)


class Named(BaseModel):
    """A collection's name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("/collections")
def collections(own: Own) -> dict[str, Any]:
    """Your collections, by name."""
    return {"items": [asdict(one) for one in marks.all_collections(own)], "next": None}


@router.post("/collections", **role("viewer"), status_code=201)
def collect(said: Named, own: Own) -> dict[str, Any]:
    """Makes a collection; one of that name that is there is the same."""
    return asdict(marks.make_collection(own, said.name))


@router.delete("/collections/{collection}", **role("viewer"), status_code=204)
def scatter(collection: Number, own: Own) -> Response:
    """Takes a collection away; its pictures stay."""
    with answering(404):
        marks.drop_collection(own, collection)
    return Response(status_code=204)


@router.put("/collections/{collection}/pictures/{number}", **role("viewer"), status_code=204)
def put(collection: Number, number: Number, own: Own) -> Response:
    """Puts a picture into a collection."""
    with answering(404):
        marks.collect(own, _find(own, number), marks.named_collection(own, str(collection)))
    return Response(status_code=204)


@router.delete("/collections/{collection}/pictures/{number}", **role("viewer"), status_code=204)
def take(collection: Number, number: Number, own: Own) -> Response:
    """Takes a picture out of a collection, which stays, even when it is empty."""
    with answering(404):
        marks.withdraw(own, _find(own, number), collection)
    return Response(status_code=204)


def unchanging(
    request: Request, tag: str, kind: str, read: Callable[[], bytes], headers: Mapping[str, str] | None = None
) -> Response:
    """What may be kept for ever under its address; 304, and nothing is read, for who has it by this tag."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": FOREVER, **(headers or {})}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(read(), media_type=kind, headers=headers)


def _find(own: Store, number: int) -> Entry:
    with answering(404):
        return pictures.find(own, number)


def _check_theirs(own: Store, who: Asking, entry: Entry) -> None:
    if not _is_theirs(own, who, entry):
        said = f"picture {entry.id} is somebody else's; whoever painted it or an admin may"
        raise Problem(403, said, code="not-yours", picture=entry.id)


def _is_theirs(own: Store, who: Asking, entry: Entry) -> bool:
    """Whether it is for them to name and to take away."""
    return who.role == "admin" or (who.role == "artist" and pictures.painter_of(own, entry) == who.person)


def _attachment(entry: Entry) -> str:
    from urllib.parse import quote

    name = f"mengbi-{slug(entry.title or entry.prompt)}-{entry.id}{entry.suffix}"
    return f"attachment; filename=\"mengbi-{entry.id}{entry.suffix}\"; filename*=UTF-8''{quote(name)}"
