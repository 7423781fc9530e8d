"""The rest of AUTOMATIC1111's dialect: what there is, how far the painting is, and how it is stopped."""

import base64
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

import mengbi
from mengbi.errors import BriefError
from mengbi.faces.api.a1111 import SAMPLERS, UPSCALERS
from mengbi.faces.api.access import role
from mengbi.faces.api.options import engines
from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import Own
from mengbi.faces.api.waiting import repacked
from mengbi.studio import events, queue
from mengbi.studio.jobs import Job
from mengbi.studio.store import Store

router = APIRouter(prefix="/sdapi/v1", tags=["A1111"])
NOTHING = (
    "sd-vae",
    "sd-modules",
    "loras",
    "hypernetworks",
    "face-restorers",
    "realesrgan-models",
    "latent-upscale-modes",
)


@router.get("/progress")
def progress(own: Own, skip_current_image: Annotated[bool, Query()] = False) -> dict[str, Any]:
    """How far the picture under way is."""
    waiting, running = _under_way(own)
    job = running[0] if running else None
    image = None
    if job is not None and not skip_current_image:
        seen = events.preview(own, job.id)
        image = None if seen is None else base64.b64encode(repacked(seen, "png")).decode()
    return {
        "progress": job.done if job else 0.0,
        "eta_relative": _left(job) if job else 0.0,
        "state": _state(job, len(waiting) + len(running)),
        "current_image": image,
        "textinfo": job.stage if job else None,
    }


@router.post("/interrupt")
def interrupt(own: Own) -> dict[str, Any]:
    """Ends what is being painted."""
    _, running = _under_way(own)
    for job in running:
        with suppress(BriefError):  # it has just ended
            queue.cancel(own, job.id)
    return {}


@router.post("/skip")
def skip(own: Own) -> dict[str, Any]:
    """The same: a job is one batch."""
    return interrupt(own)


@router.get("/options")
def options() -> dict[str, Any]:
    """The settings that clients look for; they are not to be changed here."""
    return {
        "sd_model_checkpoint": engines()[0]["name"],
        "samples_format": "png",
        "sd_checkpoint_hash": "",
        "CLIP_stop_at_last_layers": 1,
    }


class Settings(BaseModel):
    """Settings by name."""

    model_config = ConfigDict(extra="allow")

    sd_model_checkpoint: str | None = None


@router.post("/options", **role("admin"))
def set_options(said: Settings) -> None:
    """Settings hold for one request here: what would change them for everybody is refused."""
    wanted = said.sd_model_checkpoint
    if wanted in (None, "", engines()[0]["name"]) and not said.model_extra:
        return
    detail = "settings are not kept between requests here; send them as override_settings with each"
    raise Problem(422, detail, code="not-done-here", what="settings")


@router.get("/samplers")
def samplers() -> list[dict[str, Any]]:
    """A1111's names that are understood."""
    return [{"name": _title(name), "aliases": [ours], "options": {}} for name, ours in SAMPLERS.items()]


@router.get("/schedulers")
def schedulers() -> list[dict[str, Any]]:
    """How the steps are spread: each engine knows that by itself."""
    return [
        {"name": "automatic", "label": "Automatic", "aliases": None, "default_rho": -1.0, "need_inner_model": False}
    ]


@router.get("/sd-models")
def sd_models() -> list[dict[str, Any]]:
    """The engines."""
    return [
        {
            "title": one["name"],
            "model_name": one["name"],
            "hash": None,
            "sha256": None,
            "filename": one["name"],
            "config": None,
        }
        for one in engines()
    ]


@router.get("/upscalers")
def upscalers() -> list[dict[str, Any]]:
    """What makes pictures larger."""
    return [
        {"name": name, "model_name": None, "model_path": None, "model_url": None, "scale": 4.0} for name in UPSCALERS
    ]


@router.get("/prompt-styles")
def prompt_styles() -> list[dict[str, Any]]:
    """The styles, by name and by the words that they add."""
    from mengbi.finish import all_styles

    return [{"name": s.name, "prompt": s.words, "negative_prompt": s.negative} for s in all_styles().values()]


@router.get("/scripts")
def scripts() -> dict[str, list[str]]:
    """There are none."""
    return {"txt2img": [], "img2img": []}


@router.get("/script-info")
def script_info() -> list[dict[str, Any]]:
    """There are none."""
    return []


@router.get("/embeddings")
def embeddings() -> dict[str, Any]:
    """There are none."""
    return {"loaded": {}, "skipped": {}}


@router.get("/cmd-flags")
def cmd_flags() -> dict[str, Any]:
    """How it was started, as far as that is anybody's business."""
    return {"api": True, "version": f"mengbi {mengbi.__version__}"}


@router.get("/memory")
def memory() -> dict[str, Any]:
    """Workers paint, not this server: it knows of none."""
    return {"ram": {"error": "workers paint in processes of their own"}, "cuda": {"error": "no GPU is asked for"}}


@router.post("/refresh-checkpoints", **role("viewer"))
def refresh() -> None:
    """Engines are known once and for all."""


@router.post("/interrogate", **role("viewer"))
def interrogate() -> None:
    """Not here."""
    raise Problem(404, "no engine here puts a picture into words", code="not-done-here", what="interrogate")


def _none(path: str) -> None:
    @router.get(f"/{path}", name=path)
    def nothing() -> list[Any]:
        """There are none."""
        return []


for _path in NOTHING:
    _none(_path)


def _under_way(own: Store) -> tuple[tuple[Job, ...], tuple[Job, ...]]:
    waiting, _ = queue.jobs_page(own, state="queued", limit=100)
    running, _ = queue.jobs_page(own, state="running", limit=100)
    return waiting, running


def _left(job: Job) -> float:
    """Seconds, if it goes on as it has gone so far."""
    gone = time.time() - (job.started or job.created) / 1000
    return round(gone / job.done - gone, 1) if job.done > 0 else 0.0


def _state(job: Job | None, count: int) -> dict[str, Any]:
    steps, done = (0, 0.0) if job is None else (job.brief.steps or 0, job.done)
    began = datetime.fromtimestamp(job.created / 1000, UTC).strftime("%Y%m%d%H%M%S") if job else "0"
    return {
        "skipped": False, "interrupted": False, "stopping_generation": False, "job": job.stage if job else "",
        "job_count": count, "job_timestamp": began, "job_no": 0, "sampling_step": round(steps * done),
        "sampling_steps": steps,
    }  # fmt: skip


def _title(name: str) -> str:
    return name[:1].upper() + name[1:] if not name.startswith("d") else name.upper().replace("KARRAS", "Karras")
