"""Jobs: briefs that are accepted, watched, and stopped."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mengbi.brief import AS_IT_IS, MAX_PICTURES, MAX_PROMPT, MAX_SEED, Brief
from mengbi.errors import BriefError
from mengbi.faces.api.avatars import as_said, check_face
from mengbi.faces.api.options import engines
from mengbi.faces.api.problems import Problem, answering
from mengbi.faces.api.state import Own
from mengbi.plan import Plan
from mengbi.scene import scene_from_dict
from mengbi.studio import events, people, queue
from mengbi.studio.briefs import brief_from_dict, brief_to_dict
from mengbi.studio.database import now
from mengbi.studio.jobs import Job
from mengbi.studio.store import Store
from mengbi.studio.tables import STATES

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])
LOG = logging.getLogger("mengbi.studio")
WISHED = ("steps", "guidance", "sampler", "strength", "face", "background")
"""What an engine has something to do with, or not."""
PICTURE = r"^(source:[0-9a-f]{64}|picture:[1-9][0-9]{0,17})$"
Number = Annotated[int, Field(ge=1, lt=2**63)]
Given = Annotated[str, Field(pattern=PICTURE, description='"source:DIGEST" of an upload, or "picture:NUMBER"')]
Words = Annotated[str, Field(max_length=MAX_PROMPT)]


class Wishes(BaseModel):
    """A brief: plain wishes; what is left out is chosen by the plan."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Words = ""
    negative: Words = ""
    style: Annotated[str, Field(max_length=500)] | None = None
    style_image: Given | None = None
    size: Annotated[list[int], Field(min_length=2, max_length=2)] | Literal["photo"] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    count: Annotated[int, Field(ge=1, le=MAX_PICTURES)] = 1
    engine: Annotated[str, Field(max_length=100)] | None = None
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    guidance: Annotated[float, Field(ge=0, le=50, strict=False)] | None = None
    sampler: Annotated[str, Field(max_length=100)] | None = None
    photo: Given | None = None
    strength: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    influence: Literal["low", "medium", "high"] | None = None
    mask: Given | None = None
    sketch: Literal["auto", "none"] | Given = "auto"
    scene: dict[str, Any] | None = None
    face: dict[str, Any] | None = None
    background: Annotated[str, Field(max_length=100)] | None = None
    enlarge: Literal[1, 2, 4] = 1
    purpose: Annotated[str, Field(max_length=100)] | None = None
    title: Words | None = None
    seal: Words | None = None
    vertical: bool = False
    number: Annotated[int, Field(ge=0, le=999_999)] | None = None
    mark: bool = False

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        """Null is what nobody wished for."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


class Order(BaseModel):
    """What is to be painted."""

    model_config = ConfigDict(extra="forbid")

    brief: Wishes
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    parents: Annotated[list[tuple[Number, str]], Field(max_length=16)] = []


Key = Annotated[
    str | None, Header(alias="Idempotency-Key", max_length=200, description="The same key again is the same job.")
]


@router.post("", status_code=201, responses={200: {"description": "The key is known: the job of the first time."}})
def create(order: Order, own: Own, idempotency_key: Key = None) -> JSONResponse:
    """Accepts a brief: when this answers, the job is written and will be painted, whatever happens to this server."""
    brief = brief_from_dict(order.brief.model_dump(exclude_unset=True))
    if brief.scene is not None:  # as it was read, and nothing else that somebody put in
        brief = replace(brief, scene=scene_from_dict(brief.scene).to_dict())
    if brief.face is not None:
        brief = replace(brief, face=as_said(brief.face))
    check(brief)
    job, known = submit(own, brief, priority=order.priority, key=idempotency_key, parents=tuple(order.parents))
    if known and not _same(brief, job.brief):
        raise Problem(422, f"the key {idempotency_key!r} was used for another brief; take a new one", code="key-used")
    return accepted(job, known)


@router.get("")
def listed(
    own: Own,
    state: Annotated[str | None, Query(description=f"One of {', '.join(STATES)}.")] = None,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Your jobs, the newest first, page by page."""
    jobs, later = queue.jobs_page(own, state=state, before=cursor, limit=limit)
    return {"items": [job.to_dict() for job in jobs], "next": later}


@router.get("/{number}")
def one(number: Number, own: Own) -> dict[str, Any]:
    """A job of yours, with the pictures that came of it."""
    return with_pictures(own, _find(own, number))


@router.get("/{number}/preview", response_class=Response, responses={200: {"content": {"image/webp": {}}}})
def preview(number: Number, own: Own) -> Response:
    """What a job under way looks like at the moment."""
    data = events.preview(own, _find(own, number).id)
    if data is None:
        raise Problem(
            404, f"job {number} has no preview; it is not under way, or has just begun", code="not-found", job=number
        )
    return Response(data, media_type="image/webp")


@router.post("/{number}/cancel")
def cancel(number: Number, own: Own) -> dict[str, Any]:
    """Ends a job that waits, is paused or is under way: within one step."""
    return _steer(queue.cancel, own, number)


@router.post("/{number}/pause")
def pause(number: Number, own: Own) -> dict[str, Any]:
    """Sets a job aside until it is resumed."""
    return _steer(queue.pause, own, number)


@router.post("/{number}/resume")
def resume(number: Number, own: Own) -> dict[str, Any]:
    """Lets a paused job wait for its turn again."""
    return _steer(queue.resume, own, number)


@router.post("/{number}/retry")
def retry(number: Number, own: Own) -> dict[str, Any]:
    """Tries a job that failed or was cancelled once more, with the same seed."""
    return _steer(queue.retry, own, number)


def submit(
    own: Store,
    brief: Brief,
    *,
    priority: int = 0,
    key: str | None = None,
    parents: tuple[tuple[int, str], ...] = (),
    plan: Plan | None = None,
) -> tuple[Job, bool]:
    """Accepts a brief within the person's quota; also whether the key was known. Raises Problem, MengbiError."""
    left = people.left(own) if own.person else None
    if left is not None and brief.count > left:
        said = f"{brief.count} pictures, but only {left} are left for today"
        raise Problem(429, said, code="quota", wanted=brief.count, left=left)
    began = now()
    job = queue.accept(own, brief, priority=priority, key=key, parents=parents, plan=plan)
    known = key is not None and job.created < began
    if os.environ.get("MENGBI_LOG_PROMPTS") == "1":
        LOG.info("accepted", extra={"said": {"job": job.id, "prompt": brief.prompt}})
    return job, known


def accepted(job: Job, known: bool) -> JSONResponse:
    """The answer to who asked for a job: where it is, and by its status whether it was there already."""
    return JSONResponse(job.to_dict(), 200 if known else 201, {"Location": f"/api/v1/jobs/{job.id}"})


def with_pictures(own: Store, job: Job) -> dict[str, Any]:
    """A job as JSON with its pictures."""
    return {**job.to_dict(), "pictures": [entry.to_dict() for entry in queue.pictures_of(own, job)]}


def check(brief: Brief) -> None:
    """What can be told at once, before a worker has to. Raises BriefError."""
    from mengbi.engine import ENGINES
    from mengbi.engine.samplers import SAMPLERS
    from mengbi.finish import STYLES, find_style
    from mengbi.finish.purposes import finishing

    if brief.engine is not None and brief.engine not in ENGINES.names():
        raise ENGINES.unknown(brief.engine)
    if brief.sampler is not None and brief.sampler not in SAMPLERS.names():
        raise SAMPLERS.unknown(brief.sampler)
    if brief.style is not None and brief.style not in STYLES.names():
        find_style(brief.style)
    if brief.photo is None and (brief.purpose or brief.title or brief.seal or brief.vertical or brief.background):
        finishing(brief)
    _check_able(brief)


def _check_able(brief: Brief) -> None:
    """That its engine has something to do with each wish, and that its scene and seeds can be painted."""
    wished = [name for name in WISHED if getattr(brief, name) is not None]
    plain = not (wished or brief.scene or brief.seed or brief.sketch == "none" or brief.engine == AS_IT_IS)
    if plain:
        return
    from mengbi.pipeline import DEFAULT_ENGINE, check_drawn, check_seeds, lacking

    engine = brief.engine or DEFAULT_ENGINE
    uses = {one["name"]: one["uses"] for one in engines()} if wished else {}
    for name in wished:
        if name not in uses.get(engine, wished):
            raise lacking(engine, name, [other for other, its in uses.items() if name in its])
    if brief.sketch == "none" and engine == DEFAULT_ENGINE:
        said = "sketch none — the sketch engine is the sketch; leave it auto, or choose another engine"
        raise BriefError(said, code="engine-lacks", engine=engine, what="sketch none")
    if engine == AS_IT_IS and brief.photo is None:
        said = "the photo engine without a photo — give one, or choose another engine"
        raise BriefError(said, code="without-photo", what="engine")
    if brief.scene is not None:
        check_drawn(scene_from_dict(brief.scene))
    if brief.face is not None:
        check_face(brief.prompt, brief.face)
    if brief.seed is not None:
        check_seeds(brief.seed, brief.count)


def _find(own: Store, number: int) -> Job:
    with answering(404):
        return queue.find_job(own, number)


def _steer(move: Callable[[Store, int], Job], own: Store, number: int) -> dict[str, Any]:
    state = _find(own, number).state
    with answering(409, "past-that", state=state):
        return move(own, number).to_dict()


def _same(asked: Brief, kept: Brief) -> bool:
    """Whether a brief is the one that was accepted, whose open seed was drawn then."""
    one, other = brief_to_dict(asked), brief_to_dict(kept)
    return one | {"seed": other.get("seed")} == other if asked.seed is None else one == other
