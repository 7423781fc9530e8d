"""Pictures that people give: photos, masks, doodles; and a picture dropped in to get its brief back."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Request, UploadFile
from fastapi.responses import Response

from mengbi.errors import MengbiError
from mengbi.faces.api.pictures import TYPES, unchanging
from mengbi.faces.api.problems import answering
from mengbi.faces.api.state import Own
from mengbi.studio import sources

router = APIRouter(prefix="/api/v1/sources", tags=["sources"])
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.post("", status_code=201)
def give(
    own: Own, file: Annotated[UploadFile, File(description="Any picture: PNG, JPEG, WebP, AVIF, TIFF…")]
) -> dict[str, Any]:
    """Keeps a picture, upright and without what else was in its file; a brief names it by `source`.

    Where the file says how it was painted, by us or by another program, `brief` and `scene` tell so.
    """
    data, name = file.file.read(), file.filename or "picture"
    kept = sources.keep(own, data, name)
    shown = f"/api/v1/sources/{kept.digest}"
    about = {"source": kept.reference, "width": kept.size[0], "height": kept.size[1], "name": kept.name, "url": shown}
    return {**about, **_said(data, name)}


@router.get("/{digest}", response_class=Response, responses={200: {"content": {"image/png": {}, "image/jpeg": {}}}})
def one(digest: Digest, own: Own, request: Request) -> Response:
    """A picture that was given, as it is kept."""
    with answering(404):
        kept = sources.find(own, digest)
    return unchanging(request, digest, TYPES[kept.suffix], lambda: sources.read(own, digest))


def _said(data: bytes, name: str) -> dict[str, Any]:
    """How the file says that it was painted; empty where it does not, or is damaged there."""
    from mengbi.provenance import read
    from mengbi.studio.briefs import brief_of

    try:
        found = read(data, name)
    except MengbiError:
        return {}
    if found.plan is not None:
        brief = brief_of(found.plan)
        mine = {key: value for key, value in brief.items() if key not in ("photo", "mask", "style_image", "strength")}
        if mine.get("sketch") not in (None, "none"):
            mine.pop("sketch")
        return {"brief": mine, "scene": found.plan.samples[0].scene.to_dict()}
    prompt = found.fields.get("Prompt", "").strip()
    return {"brief": _of_others(prompt, found.fields), "writer": found.writer} if prompt else {}


def _of_others(prompt: str, fields: Any) -> dict[str, Any]:
    seed, negative = str(fields.get("Seed", "")), str(fields.get("Negative prompt", "")).strip()
    brief: dict[str, Any] = {"prompt": prompt[:4000]}
    if negative:
        brief["negative"] = negative[:4000]
    if seed.isascii() and seed.isdecimal() and len(seed) < 19:
        brief["seed"] = int(seed)
    return brief
