"""OpenAI's dialect: /v1/images/generations with partial images, /v1/images/edits, /v1/models."""

import base64
import io
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from mengbi.brief import MAX_PROMPT, MAX_SEED, Brief
from mengbi.errors import MengbiError, SourceError
from mengbi.faces.api.jobs import Key, check, submit
from mengbi.faces.api.options import engines
from mengbi.faces.api.problems import Problem, as_problem, as_validation, openai_error
from mengbi.faces.api.state import Own, Studio, studio_of
from mengbi.faces.api.waiting import as_kind, ended, followed, outcome, repacked
from mengbi.faces.wishes import read_size
from mengbi.studio import events, sources
from mengbi.studio.jobs import Job
from mengbi.studio.pictures import Entry
from mengbi.studio.store import Store

router = APIRouter(prefix="/v1", tags=["OpenAI"])
FOREIGN = ("gpt-image", "chatgpt-image", "dall-e")
"""Models that programs name without being asked: they get our usual engine."""
Kind = Literal["png", "jpeg", "webp"]


class Generation(BaseModel):
    """What OpenAI's clients send. quality, moderation and user change nothing here; seed and negative are ours."""

    model_config = ConfigDict(extra="forbid")

    prompt: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT)]
    model: Annotated[str, Field(max_length=200)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = 1
    size: Annotated[str, Field(max_length=40)] | None = "auto"
    quality: Literal["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"] | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    moderation: Literal["low", "auto"] | None = None
    output_format: Kind | None = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    stream: bool | None = False
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = 0
    style: Annotated[str, Field(max_length=500)] | None = None
    user: Annotated[str, Field(max_length=1000)] | None = None
    safety_identifier: Annotated[str, Field(max_length=1000)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    negative: Annotated[str, Field(max_length=MAX_PROMPT)] | None = None


class Edit(Generation):
    """The fields beside the pictures. input_fidelity "high" keeps more of the photo."""

    input_fidelity: Literal["high", "low"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """How the pictures are to come."""

    kind: Kind
    quality: int
    url: bool
    partial: int
    base: str  # where this studio was reached
    event: str  # how the events of a stream begin: "image_generation"
    background: str


@router.get("/models")
def models() -> dict[str, Any]:
    """The engines."""
    return {"object": "list", "data": [_model(engine["name"]) for engine in engines()]}


@router.get("/models/{model}")
def model(model: str) -> dict[str, Any]:
    """One engine."""
    if model not in [engine["name"] for engine in engines()]:
        raise Problem(404, f"there is no model {model[:80]!r} here", code="model-not-found", param="model")
    return _model(model)


@router.post("/images/generations", response_model=None)
async def generate(said: Generation, own: Own, request: Request, key: Key = None) -> Response:
    """Paints and waits: the pictures, or a stream of how they come to be."""
    brief = _brief(said)
    return await _paint(request, own, brief, _wanted(said, request, "image_generation"), bool(said.stream), key)


EDIT = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image", "prompt"],
                    "properties": {
                        "image": {"type": "string", "format": "binary"},
                        "mask": {"type": "string", "format": "binary", "description": "Transparent is painted."},
                        "prompt": {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT},
                        "input_fidelity": {"enum": ["high", "low"]},
                    },
                }
            }
        },
    }
}


@router.post("/images/edits", response_model=None, openapi_extra=EDIT)
async def edit(own: Own, request: Request, key: Key = None) -> Response:
    """Paints over a picture, or over the part of it that a mask leaves transparent."""
    async with request.form(max_files=4, max_fields=40) as form:
        given = [value for name, value in form.multi_items() if name in ("image", "image[]")]
        photos = [value for value in given if isinstance(value, UploadFile)]
        mask = form.get("mask")
        if len(photos) != 1 or len(given) != 1:
            raise Problem(400, f"{len(given)} images; give one, as a file", code="image", param="image")
        if mask is not None and not isinstance(mask, UploadFile):
            raise Problem(400, "the mask is no file", code="mask", param="mask")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        data = await photos[0].read()
        covering = None if mask is None else await mask.read()
        name = photos[0].filename or "image.png"
    try:
        said = Edit.model_validate(fields)
    except ValidationError as error:
        raise as_validation(error, 400) from error
    photo = (await run_in_threadpool(sources.keep, own, data, name)).reference
    covered = None if covering is None else (await run_in_threadpool(_keep_mask, own, covering)).reference
    brief = _brief(said, photo=photo, mask=covered, influence=said.input_fidelity)
    return await _paint(request, own, brief, _wanted(said, request, "image_edit"), bool(said.stream), key)


async def _paint(request: Request, own: Store, brief: Brief, wanted: Wanted, stream: bool, key: str | None) -> Response:
    await run_in_threadpool(check, brief)
    job, _ = await run_in_threadpool(submit, own, brief, key=key)
    if stream:
        return StreamingResponse(_told(studio_of(request), own, job, wanted), media_type="text/event-stream")
    found = await run_in_threadpool(outcome, own, await ended(request, own, job.id))
    data = [await run_in_threadpool(_picture, own, entry, wanted) for entry in found]
    about = {"size": _said_size(found[0]), "output_format": wanted.kind, "usage": _usage()}
    return JSONResponse({"created": int(time.time()), "data": data, **about})


async def _told(house: Studio, own: Store, job: Job, wanted: Wanted) -> AsyncIterator[bytes]:
    """Partial images at even distances, as far as there are previews; then every picture."""
    sent, last = 0, b""
    try:
        async for now in followed(house, own, job.id):
            if sent < wanted.partial and now.state == "running" and now.done >= (sent + 1) / (wanted.partial + 1.5):
                seen = await run_in_threadpool(events.preview, own, job.id)
                if seen is not None and seen != last:
                    last = seen
                    shown = await run_in_threadpool(repacked, seen, wanted.kind)
                    yield _event("partial_image", shown, _shape(seen), wanted, partial_image_index=sent)
                    sent += 1
        for entry in await run_in_threadpool(outcome, own, now):
            data = await run_in_threadpool(as_kind, own, entry, wanted.kind, wanted.quality)
            yield _event("completed", data, _said_size(entry), wanted, usage=_usage())
    except (Problem, MengbiError) as error:
        problem = as_problem(error) if isinstance(error, MengbiError) else error
        said = {"type": "error", "error": openai_error(problem)}
        yield f"event: error\ndata: {json.dumps(said)}\n\n".encode()


def _event(name: str, data: bytes, size: str, wanted: Wanted, **more: Any) -> bytes:
    kind = f"{wanted.event}.{name}"
    said = {
        "type": kind, "b64_json": base64.b64encode(data).decode(), "created_at": int(time.time()), "size": size,
        "quality": "auto", "background": wanted.background, "output_format": wanted.kind, **more,
    }  # fmt: skip
    return f"event: {kind}\ndata: {json.dumps(said)}\n\n".encode()


def _picture(own: Store, entry: Entry, wanted: Wanted) -> dict[str, str]:
    if wanted.url:
        return {"url": f"{wanted.base}api/v1/pictures/{entry.id}/file"}
    return {"b64_json": base64.b64encode(as_kind(own, entry, wanted.kind, wanted.quality)).decode()}


def _brief(said: Generation, **more: Any) -> Brief:
    if said.background == "transparent":
        detail = "a transparent background is not painted here; leave it off, or keep the picture as a sticker"
        raise Problem(400, detail, code="not-done-here", what="background", param="background")
    if said.response_format == "url" and said.output_format not in (None, "png"):
        detail = "a url leads to the picture as it is kept, a PNG; take response_format b64_json for another format"
        raise Problem(400, detail, code="not-done-here", what="output_format", param="output_format")
    return Brief(
        prompt=said.prompt,
        negative=said.negative or "",
        style=None if said.style in (None, "vivid", "natural") else said.style,
        size=None if said.size in (None, "", "auto") else read_size(said.size),
        seed=said.seed,
        count=said.n or 1,
        engine=_engine(said.model),
        **more,
    )


def _engine(model: str | None) -> str | None:
    if model is None or model in ("", "mengbi") or model.startswith(FOREIGN):
        return None
    return model


def _wanted(said: Generation, request: Request, event: str) -> Wanted:
    return Wanted(
        kind=said.output_format or "png",
        quality=92 if said.output_compression is None else max(1, said.output_compression),
        url=said.response_format == "url",
        partial=said.partial_images or 0,
        base=str(request.base_url),
        event=event,
        background="opaque",
    )


def _keep_mask(own: Store, data: bytes) -> sources.Given:
    """OpenAI's mask, transparent where it is painted, as ours: white there."""
    from PIL import Image

    kept = sources.read(own, sources.keep(own, data, "mask.png").digest)
    with Image.open(io.BytesIO(kept)) as image:
        if image.mode != "RGBA":
            raise SourceError("mask — it has no transparent part; what is to be painted is transparent in a mask")
        out = io.BytesIO()
        image.getchannel("A").point([255 - level for level in range(256)]).save(out, "PNG")
    return sources.keep(own, out.getvalue(), "mask.png")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "mengbi"}


def _usage() -> dict[str, Any]:
    """Nobody is billed: no tokens are counted."""
    return {"input_tokens": 0, "input_tokens_details": {"image_tokens": 0, "text_tokens": 0}, "output_tokens": 0,
            "total_tokens": 0}  # fmt: skip


def _said_size(entry: Entry) -> str:
    return f"{entry.size[0]}x{entry.size[1]}"


def _shape(data: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return f"{image.width}x{image.height}"
