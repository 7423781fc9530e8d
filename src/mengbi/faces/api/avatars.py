"""Faces before they are kept: what can be said of one, how it looks, at once, and what a photo tells of one."""

import base64
import io
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from mengbi.brief import MAX_PROMPT, check_words
from mengbi.face import Face, wishes_from_dict
from mengbi.faces.api import reading
from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import House

router = APIRouter(prefix="/api/v1", tags=["avatars"])
MOST = 16
"""Faces that are drawn at once."""


@router.get("/traits")
def listed() -> dict[str, Any]:
    """What can be said of a face: traits in groups, and sliders.

    many: a face has as many of the group as it likes, of others one; least: of a slider, -1 or 0, all go to 1; lacks:
    by look, what it does not have.
    """
    from mengbi.engine.avatar import sliders
    from mengbi.engine.avatar.looks import has, looks
    from mengbi.text.traits import ANY, groups, traits

    known = traits()
    members = {
        group: [{"name": name, "en": known[name].en[0], "zh": known[name].zh[0]} for name in names]
        for group, names in groups().items()
    }
    return {
        "groups": [{"name": name, "many": name == ANY, "traits": some} for name, some in members.items()],
        "sliders": [{"name": name, "least": slider.least} for name, slider in sliders().items()],
        "lacks": {look: [name for name in known if not has(look, name)] for look in looks()},
    }


class Portrait(BaseModel):
    """A face in words, in parts, or both; what is left out is left to its seed."""

    model_config = ConfigDict(extra="forbid")

    prompt: Annotated[str, Field(max_length=MAX_PROMPT)] = ""
    face: dict[str, Any] = {}


class Portraits(BaseModel):
    """Faces to be drawn."""

    model_config = ConfigDict(extra="forbid")

    faces: Annotated[list[Portrait], Field(min_length=1, max_length=MOST)]


@router.post("/faces")
async def drawn(asked: Portraits, house: House, request: Request) -> dict[str, Any]:
    """Draws faces at once, small, and keeps nothing: each with all that it was drawn from.

    A face with `parents` and without `genes` is their child; another seed, another child. unmet: traits that were asked
    for and that its look does not have; unknown: phrases that nothing was made of; picture: PNG in base64; behind:
    the two colours, from the top down, of a background "auto".
    """
    async with house.drawing:  # the rest waits here, and keeps no thread from those who ask for other things
        if await request.is_disconnected():  # a slider was dragged on meanwhile
            raise Problem(503, "whoever asked has gone", code="nobody-waits")
        return {"items": await run_in_threadpool(lambda: [_drawn(one) for one in asked.faces])}


@router.post("/likeness")
async def likeness(
    house: House, file: Annotated[UploadFile, File(description="A photo of a face, of any kind that sources take.")]
) -> dict[str, Any]:
    """Reads off a photo what a face can have of it, on this machine; the photo is not kept.

    traits: for a face; unread: the groups of traits of which nothing could be told.
    """
    async with house.drawing:
        return await run_in_threadpool(reading.read, await file.read())


def as_said(face: Mapping[str, Any]) -> dict[str, Any]:
    """What a Brief says of a face, as it was read, and nothing else that somebody put in. Raises BriefError."""
    wishes = wishes_from_dict(face)
    return {name: [one.to_dict() for one in value] if name == "parents" else value for name, value in wishes.items()}


def check_face(prompt: str, face: Mapping[str, Any]) -> Face:
    """The Face of words and wishes. Raises BriefError, PromptError for one that cannot be drawn."""
    from mengbi.engine.avatar import face_of

    check_words("prompt", prompt)
    return face_of(prompt, 0, face)


def _drawn(asked: Portrait) -> dict[str, Any]:
    from PIL import Image

    from mengbi.engine.avatar import draw, unmet
    from mengbi.finish.backdrop import chosen
    from mengbi.text.portrait import read_traits
    from mengbi.text.prompt import plain

    face = check_face(asked.prompt, asked.face)
    pixels, out = draw(face), io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return {
        "face": face.to_dict(),
        "unmet": list(unmet(asked.prompt, asked.face, face)),
        "unknown": list(read_traits(plain(asked.prompt)).unknown),
        "behind": ["#{:02x}{:02x}{:02x}".format(*color) for color in chosen(pixels, face.seed)],
        "picture": base64.b64encode(out.getvalue()).decode(),
    }
