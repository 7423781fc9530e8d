"""For programs that wait for their pictures: a job is accepted as any other, and followed to its end."""

import io
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import Studio, studio_of
from mengbi.studio import pictures, queue
from mengbi.studio.jobs import Job
from mengbi.studio.pictures import Entry
from mengbi.studio.store import Store

ENDED = ("done", "failed", "cancelled")
LOOK = 1.0
"""Seconds between two looks at a job of which nothing is heard."""


async def followed(house: Studio, own: Store, number: int) -> AsyncIterator[Job]:
    """The job now, whenever it may have changed, and at last as it ended. Raises Problem where the studio closes."""
    while True:
        job = await run_in_threadpool(queue.find_job, own, number)
        yield job
        if job.state in ENDED:
            return
        await house.hub.changed(LOOK)
        if house.stopping.is_set():
            raise Problem(
                503, f"the studio closes; job {number} is kept and will be painted", code="closing", job=number
            )


async def ended(request: Request, own: Store, number: int) -> Job:
    """The job as it ended. Raises Problem where nobody waits for it any more, or the studio closes."""
    async for job in followed(studio_of(request), own, number):
        last = job
        if await request.is_disconnected():
            said = f"nobody waits for job {number} any more; it is painted all the same"
            raise Problem(408, said, code="nobody-waits", job=number)
    return last


def outcome(own: Store, job: Job) -> list[Entry]:
    """The pictures of a job that ended. Raises Problem with the reason where there are none."""
    if job.state == "cancelled":
        raise Problem(409, f"job {job.id} was cancelled", code="cancelled", job=job.id)
    if job.state == "failed":
        why = job.problem or {"code": "fault", "params": {}}
        raise Problem(422, job.error or f"job {job.id} failed", code=why["code"], **{**why["params"], "job": job.id})
    found = queue.pictures_of(own, job)
    if not found:
        raise Problem(409, f"the pictures of job {job.id} were taken away", code="removed", job=job.id)
    return found


def as_kind(own: Store, entry: Entry, kind: str, quality: int = 92) -> bytes:
    """The file of a picture as "png", "jpeg" or "webp", with all that made it inside. Raises StorageError."""
    from mengbi.provenance import encode, read
    from mengbi.source import opaque, open_picture, pixels_of

    data, suffix = pictures.data_of(own, entry), {"jpeg": ".jpg"}.get(kind, f".{kind}")
    if entry.suffix == suffix:
        return data
    found, pixels = read(data, entry.name), pixels_of(open_picture(data, entry.name), entry.name)
    if kind == "jpeg":
        pixels = opaque(pixels)
    if found.plan is None:
        return repacked(data, kind, quality)
    return encode(pixels, found.plan, found.touches, suffix, quality)


def repacked(data: bytes, kind: str, quality: int = 92) -> bytes:
    """The pixels of a picture file, and nothing else of it, as "png", "jpeg" or "webp"."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
        shown = image.convert("RGB") if kind == "jpeg" else image
        shown.save(out, kind.upper(), **({} if kind == "png" else {"quality": quality}))
    return out.getvalue()
