"""AUTOMATIC1111's dialect: /sdapi/v1, as far as our engines reach; past that an error says what is not there."""

import base64
import binascii
import io
import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from mengbi.brief import MAX_PICTURES, MAX_PROMPT, MAX_SEED, Brief, as_it_is
from mengbi.faces.api.jobs import check, submit
from mengbi.faces.api.options import engines
from mengbi.faces.api.problems import Problem
from mengbi.faces.api.state import Own
from mengbi.faces.api.waiting import as_kind, ended, outcome
from mengbi.studio import pictures, sources
from mengbi.studio.briefs import brief_from_dict, brief_to_dict
from mengbi.studio.jobs import Job
from mengbi.studio.pictures import Entry
from mengbi.studio.store import Store

router = APIRouter(prefix="/sdapi/v1", tags=["A1111"])
SAMPLERS = {
    "euler": "euler", "euler a": "ancestral", "ddim": "euler", "ddpm": "ancestral", "heun": "heun",
    "dpm++ 2m": "multistep", "dpm++ 2m karras": "multistep", "multistep": "multistep", "ancestral": "ancestral",
}  # fmt: skip
"""A1111's names and what comes nearest to them here."""
UPSCALERS = ("None", "Mengbi")
ECHOLESS = {"init_images", "mask", "override_settings", "alwayson_scripts"}
"""Of what was sent, what is not sent back."""
Picture = Annotated[str, Field(max_length=128 * 2**20, description="base64, as a data: URI or bare")]


class Txt2img(BaseModel):
    """What A1111's clients send. Fields that are not named here have no meaning for our engines and are passed over."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    prompt: Annotated[str, Field(max_length=MAX_PROMPT)] = ""
    negative_prompt: Annotated[str, Field(max_length=MAX_PROMPT)] = ""
    styles: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=6)] | None = None
    seed: Annotated[int, Field(ge=-1, le=MAX_SEED)] = -1
    subseed_strength: float = 0
    sampler_name: Annotated[str, Field(max_length=100)] | None = None
    sampler_index: Annotated[str, Field(max_length=100)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=MAX_PICTURES)] = 1
    n_iter: Annotated[int, Field(ge=1, le=MAX_PICTURES)] = 1
    steps: Annotated[int, Field(ge=1, le=1000)] = 20
    cfg_scale: Annotated[float, Field(ge=0, le=50)] = 7.0
    width: int = 512
    height: int = 512
    restore_faces: bool | None = False
    tiling: bool | None = False
    enable_hr: bool = False
    hr_scale: float = 2.0
    denoising_strength: Annotated[float, Field(ge=0, le=1)] | None = None
    override_settings: dict[str, Any] | None = None
    script_name: Annotated[str, Field(max_length=200)] | None = None
    alwayson_scripts: dict[str, Any] | None = None
    send_images: bool = True


class Img2img(Txt2img):
    """The same over a photo."""

    init_images: Annotated[list[Picture], Field(min_length=1, max_length=1)]
    mask: Picture | None = None
    inpainting_mask_invert: Annotated[int, Field(ge=0, le=1)] = 0
    include_init_images: bool = False


class Larger(BaseModel):
    """How large pictures are to become."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    resize_mode: Annotated[int, Field(ge=0, le=1)] = 0
    upscaling_resize: float = 2
    upscaling_resize_w: int = 512
    upscaling_resize_h: int = 512
    upscaler_1: Annotated[str, Field(max_length=100)] = "None"
    gfpgan_visibility: float = 0
    codeformer_visibility: float = 0


class Extra(Larger):
    """A picture that is to be larger."""

    image: Picture


class Named(BaseModel):
    """A picture with its name."""

    data: Picture
    name: Annotated[str, Field(max_length=500)] = ""


class Extras(Larger):
    """Pictures that are to be larger."""

    image_list: Annotated[list[Named], Field(alias="imageList", min_length=1, max_length=16)]


class Given(BaseModel):
    """A picture."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    image: Picture


@router.post("/txt2img")
async def txt2img(said: Txt2img, request: Request, own: Own) -> dict[str, Any]:
    """Paints and waits."""
    brief = await run_in_threadpool(_brief, own, said)
    return await _painted(request, own, said, brief)


@router.post("/img2img")
async def img2img(said: Img2img, request: Request, own: Own) -> dict[str, Any]:
    """Paints over a photo, or over the part of it that is white in the mask."""
    photo = await run_in_threadpool(_keep, own, said.init_images[0])
    more: dict[str, Any] = {
        "photo": photo,
        "strength": 0.75 if said.denoising_strength is None else said.denoising_strength,
    }
    if said.mask:
        more["mask"] = await run_in_threadpool(_keep, own, said.mask, bool(said.inpainting_mask_invert))
    brief = await run_in_threadpool(_brief, own, said, **more)
    made = await _painted(request, own, said, brief)
    return made | ({"images": [*made["images"], said.init_images[0]]} if said.include_init_images else {})


@router.post("/extra-single-image")
async def extra(said: Extra, request: Request, own: Own) -> dict[str, str]:
    """A picture larger, crisp."""
    return {"image": await _enlarged(request, own, said, said.image), "html_info": ""}


@router.post("/extra-batch-images")
async def extras(said: Extras, request: Request, own: Own) -> dict[str, Any]:
    """Pictures larger, one after another."""
    return {"images": [await _enlarged(request, own, said, one.data) for one in said.image_list], "html_info": ""}


async def _enlarged(request: Request, own: Store, said: Larger, picture: str) -> str:
    _refuse({"gfpgan_visibility": said.gfpgan_visibility, "codeformer_visibility": said.codeformer_visibility})
    if said.upscaler_1 not in UPSCALERS:
        detail = f"no upscaler {said.upscaler_1!r}; choose from {', '.join(UPSCALERS)}"
        raise Problem(422, detail, code="unknown-name", kind="upscaler")
    scale = said.upscaling_resize
    if said.resize_mode != 0 or scale not in (2, 4):
        raise Problem(422, "pictures grow by 2 or 4 here: resize_mode 0, upscaling_resize 2 or 4", code="scale")
    photo = await run_in_threadpool(_keep, own, picture)
    found = await _result(request, own, as_it_is(photo, int(scale)))
    return await run_in_threadpool(_encoded, own, found[0])


@router.post("/png-info")
def png_info(said: Given) -> dict[str, Any]:
    """What a picture says of itself."""
    from mengbi.provenance import read

    found = read(_decoded(said.image))
    items = {"parameters": found.parameters} if found.parameters else {}
    return {"info": found.parameters or "", "items": items, "parameters": dict(found.fields)}


def _brief(own: Store, said: Txt2img, **more: Any) -> Brief:
    """What A1111 asks for as a Brief. Raises Problem for what no engine of ours does."""
    scripts = {name: value for name, value in (said.alwayson_scripts or {}).items() if _is_on(value)}
    if said.script_name or scripts:
        named = said.script_name or ", ".join(sorted(scripts))
        detail = f"there are no scripts here, and so no {named[:80]!r}; leave it off"
        raise Problem(422, detail, code="not-done-here", what="scripts")
    _refuse({"restore_faces": said.restore_faces, "tiling": said.tiling, "subseed_strength": said.subseed_strength})
    engine = _engine(str((said.override_settings or {}).get("sd_model_checkpoint") or ""))
    uses = next(one["uses"] for one in engines() if one["name"] == engine)
    sampler = _sampler(said.sampler_name or said.sampler_index)
    able = {"steps": said.steps, "guidance": said.cfg_scale, "sampler": sampler}
    wishes: dict[str, Any] = {
        "prompt": said.prompt, "negative": said.negative_prompt, "style": ",".join(said.styles or []) or None,
        "size": [said.width, said.height], "seed": None if said.seed < 0 else said.seed,
        "count": said.batch_size * said.n_iter, "engine": engine,
        **{name: value for name, value in able.items() if name in uses}, **more,
    }  # fmt: skip
    if said.enable_hr:
        if said.hr_scale not in (2, 4):
            raise Problem(422, f"hr_scale {said.hr_scale:g} — pictures grow by 2 or 4 here", code="scale")
        wishes["enlarge"] = int(said.hr_scale)
    return brief_from_dict({name: value for name, value in wishes.items() if value is not None})


async def _painted(request: Request, own: Store, said: Txt2img, brief: Brief) -> dict[str, Any]:
    found = await _result(request, own, brief)
    images = [await run_in_threadpool(_encoded, own, entry) for entry in found] if said.send_images else []
    info = await run_in_threadpool(_info, own, said, brief, found)
    return {"images": images, "parameters": said.model_dump(exclude=ECHOLESS), "info": json.dumps(info)}


async def _result(request: Request, own: Store, brief: Brief) -> list[Entry]:
    await run_in_threadpool(check, brief)
    job, _ = await run_in_threadpool(submit, own, brief)
    last: Job = await ended(request, own, job.id)
    return await run_in_threadpool(outcome, own, last)


def _info(own: Store, said: Txt2img, brief: Brief, found: list[Entry]) -> dict[str, Any]:
    from mengbi.provenance import a1111

    plans = [pictures.plan_of(own, entry) for entry in found]
    texts = ["" if plan is None else a1111(plan) for plan in plans]
    prompts, seeds = [entry.prompt for entry in found], [entry.seed for entry in found]
    plan = plans[0]
    return {
        "prompt": prompts[0], "all_prompts": prompts, "negative_prompt": brief.negative,
        "all_negative_prompts": [brief.negative] * len(found), "seed": seeds[0], "all_seeds": seeds,
        "subseed": -1, "all_subseeds": [-1] * len(found), "subseed_strength": 0,
        "width": found[0].size[0], "height": found[0].size[1], "sampler_name": None if plan is None else plan.sampler,
        "cfg_scale": None if plan is None else plan.guidance, "steps": None if plan is None else plan.steps,
        "batch_size": said.batch_size, "restore_faces": False, "face_restoration_model": None,
        "sd_model_name": found[0].engine, "sd_model_hash": "" if plan is None else plan.weights[:10],
        "denoising_strength": None if plan is None else plan.strength, "extra_generation_params": {},
        "index_of_first_image": 0, "infotexts": texts, "styles": [found[0].style],
        "job_timestamp": time.strftime("%Y%m%d%H%M%S"), "clip_skip": 1, "is_using_inpainting_conditioning": False,
        "version": "mengbi", "brief": brief_to_dict(brief),
    }  # fmt: skip


def _engine(checkpoint: str) -> str:
    known = [one["name"] for one in engines()]
    named = checkpoint.partition(" [")[0].strip()
    if named and named not in known:
        said = f"no model {named[:80]!r}; choose from {', '.join(known)}"
        raise Problem(422, said, code="unknown-name", kind="engine", name=named[:80])
    return named or known[0]


def _sampler(name: str | None) -> str | None:
    if name is None or name.lower() in ("", "automatic"):
        return None
    if name.lower() not in SAMPLERS:
        said = f"Sampler not found: {name[:80]!r}; choose from {', '.join(SAMPLERS)}"
        raise Problem(404, said, code="unknown-name", kind="sampler", name=name[:80])
    return SAMPLERS[name.lower()]


def _refuse(wishes: dict[str, Any]) -> None:
    for name, value in wishes.items():
        if value:
            raise Problem(422, f"{name} is not done here; leave it off", code="not-done-here", what=name)


def _is_on(script: Any) -> bool:
    """Whether a script's arguments ask for anything: clients send empty ones to those that they know."""
    given = script.get("args") if isinstance(script, dict) else script
    return any(one not in (False, None, "", [], {}) for one in given) if isinstance(given, list) else bool(given)


def _keep(own: Store, text: str, inverted: bool = False) -> str:
    data = _decoded(text)
    kept = sources.keep(own, data, "picture.png")
    if not inverted:
        return kept.reference
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(sources.read(own, kept.digest))) as image:
        out = io.BytesIO()
        ImageOps.invert(image.convert("L")).save(out, "PNG")
    return sources.keep(own, out.getvalue(), "mask.png").reference


def _decoded(text: str) -> bytes:
    """base64, bare or as a data: URI; never an address from which we would fetch it."""
    if text.startswith(("http://", "https://", "file:", "/")) and "," not in text:
        raise Problem(422, "a picture comes as base64; addresses are not fetched here", code="not-a-picture")
    bare = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(bare.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(422, f"the picture is no base64 ({error})", code="not-a-picture") from error


def _encoded(own: Store, entry: Entry) -> str:
    return base64.b64encode(as_kind(own, entry, "png")).decode()
