"""The lab's runs: how far each is, its curves and its sheets, while it learns and after."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from mengbi.faces.api.problems import answering
from mengbi.faces.api.state import Own
from mengbi.studio import trainings
from mengbi.studio.trainings import Training

router = APIRouter(prefix="/api/v1", tags=["trainings"])
Name = Annotated[str, Path(max_length=trainings.MAX_NAME)]


@router.get("/trainings")
def listed(own: Own) -> dict[str, Any]:
    """What was trained, the newest first."""
    return {"items": [_told(each) for each in trainings.every(own)], "next": None}


@router.get("/trainings/{name}")
def one(name: Name, own: Own) -> dict[str, Any]:
    """A run with its curves, as lines of numbers over "step", and the steps of its sheets."""
    found = _find(own, name)
    return {**_told(found), "curves": trainings.curves(found), "sheets": trainings.sheets(found)}


@router.get("/trainings/{name}/sheets/{step}", response_class=Response)
def sheet(name: Name, step: Annotated[int, Path(ge=0, lt=10**8)], own: Own) -> Response:
    """What the network of a run made at a step, PNG."""
    found = _find(own, name)
    with answering(404):
        data = trainings.sheet(found, step)
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def _find(own: Own, name: str) -> Training:
    with answering(404):
        return trainings.find(own, name)


def _told(training: Training) -> dict[str, Any]:
    """Without where on the disk it lies."""
    told = training.to_dict()
    del told["folder"]
    told["recipe"] = {key: value for key, value in told["recipe"].items() if key not in ("data", "start")}
    told["data"] = {key: value for key, value in told["data"].items() if key != "source"}
    return told
