"""From a picture of the gallery to the next one: the same once more, varied, restyled, enlarged, kept as something.

The wishes are those of the job that painted it, where there is one; else what its plan tells; else the picture itself
is the photo.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

import mengbi
from mengbi.brief import Brief, as_it_is, check_pixels
from mengbi.errors import BriefError
from mengbi.plan import Plan, Sample
from mengbi.registry import nearest
from mengbi.scene import TIMES, WEATHERS, Scene
from mengbi.source import Source
from mengbi.studio.briefs import brief_from_dict
from mengbi.studio.pictures import Entry, plan_of
from mengbi.studio.sources import ROLES
from mengbi.studio.store import Store
from mengbi.studio.tables import briefs, jobs, pictures, sources

WAYS: Mapping[str, str] = {
    "retry": "retry", "vary": "variation", "restyle": "restyle", "enlarge": "enlarge", "keep": "keep",
}  # fmt: skip
"""What can be asked for, and how the new picture is related to the old one."""
OTHER_WEATHERS = tuple(name for name in WEATHERS if name not in ("storm", "wind"))
"""Those that a variation may bring: none that hides the picture or cannot be seen in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """What the queue is asked for: a brief, a plan where it is resolved already, and where it comes from."""

    brief: Brief
    parents: tuple[tuple[int, str], ...]
    plan: Plan | None = None


def once_more(
    store: Store,
    entry: Entry,
    how: str,
    *,
    style: str | None = None,
    scale: int = 2,
    purpose: str | None = None,
    title: str | None = None,
    seal: str | None = None,
    vertical: bool = False,
) -> Next:
    """What to ask for. how: one of WAYS; style: of "restyle"; scale: of "enlarge"; the rest: of "keep".

    Raises BriefError for what cannot be made of this picture.
    """
    if how not in WAYS:
        raise BriefError(f"nothing is made of a picture by {how!r}; {nearest(how, list(WAYS))}")
    plan, parents = plan_of(store, entry), ((entry.id, WAYS[how]),)
    if how == "enlarge":
        return _enlarged(store, entry, plan, scale, parents)
    if how == "keep":
        if not purpose:
            said = "keep it as what? a wallpaper, poster, card, avatar or sticker"
            raise BriefError(said, code="unknown-name", kind="purpose", name="")
        wishes = {"purpose": purpose, "title": title, "seal": seal, "vertical": vertical}
        return Next(brief=_kept(_wishes(store, entry, plan), entry, plan, wishes), parents=parents)
    if how == "restyle":
        if not style:
            said = "restyle it in what style? mengbi styles lists them"
            raise BriefError(said, code="unknown-name", kind="style", name="")
        return Next(brief=_restyled(_wishes(store, entry, plan), entry, plan, style), parents=parents)
    if plan is None:
        said = f"picture {entry.id} was not painted by us, so nothing can be tried again; restyle it instead"
        raise BriefError(said, code="not-painted-here", picture=entry.id)
    wishes = _wishes(store, entry, plan) or {}
    return Next(brief=_retried(wishes) if how == "retry" else _varied(wishes, plan.samples[0]), parents=parents)


def wishes_of(store: Store, entry: Entry) -> dict[str, Any] | None:
    """The wishes, as JSON, that led to a picture, its pictures named as the studio names them; None where none did."""
    return _wishes(store, entry, plan_of(store, entry))


def _retried(wishes: Mapping[str, Any]) -> Brief:
    """The same wishes, and other luck: of two parents another child."""
    again = {name: value for name, value in wishes.items() if name not in ("seed", "number")}
    if "face" in again:
        again["face"] = {name: value for name, value in again["face"].items() if name not in ("seed", "genes")}
    return brief_from_dict(again)


def _varied(wishes: Mapping[str, Any], sample: Sample) -> Brief:
    """The same composition in another light; of a photo, another painting; of a face, somebody who looks like it."""
    if "photo" in wishes:
        return _retried(wishes)
    if sample.face is not None:
        alike = {"traits": dict(sample.face.traits), "sliders": dict(sample.face.sliders)}
        return _retried({**wishes, "prompt": sample.prompt, "face": alike})
    return brief_from_dict({**wishes, "prompt": sample.prompt, "scene": _in_other_light(sample.scene).to_dict()})


def _in_other_light(scene: Scene) -> Scene:
    times = [time for time in TIMES if time != (scene.sky.time or "day")]
    weathers = [weather for weather in OTHER_WEATHERS if weather != scene.sky.weather]
    if secrets.randbelow(3):
        return replace(scene, sky=replace(scene.sky, time=secrets.choice(times)))
    return replace(scene, sky=replace(scene.sky, weather=secrets.choice(weathers)))


def _restyled(wishes: Mapping[str, Any] | None, entry: Entry, plan: Plan | None, style: str) -> Brief:
    """The same picture under another brush: its drawing is made again, or it is the photo itself."""
    if wishes is None or plan is None:
        return Brief(photo=f"picture:{entry.id}", style=style, strength=0.0, engine="sketch", seed=0)
    return brief_from_dict({**_fixed(wishes, plan), "style": style, "style_image": None})


def _kept(wishes: Mapping[str, Any] | None, entry: Entry, plan: Plan | None, asked: Mapping[str, Any]) -> Brief:
    """The same picture painted in the shape that it is kept in, or cut out of what is there."""
    if wishes is None or plan is None:
        photo = {"photo": f"picture:{entry.id}", "strength": 0.0, "style": "none", "engine": "sketch", "seed": 0}
        return brief_from_dict({**photo, **asked})
    return brief_from_dict({**_fixed(wishes, plan), "enlarge": 1, "size": None, **asked})


def _fixed(wishes: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The wishes with nothing left to chance: what was read and drawn stays so."""
    sample = plan.samples[0]
    fixed: dict[str, Any] = {"prompt": sample.prompt, "seed": sample.seed}
    if sample.face is not None:
        return {**wishes, **fixed, "face": sample.face.to_dict()}
    return {**wishes, **fixed} if "photo" in wishes else {**wishes, **fixed, "scene": sample.scene.to_dict()}


def _enlarged(store: Store, entry: Entry, plan: Plan | None, scale: int, parents: tuple[tuple[int, str], ...]) -> Next:
    from mengbi.finish.upscale import touch

    if scale not in (2, 4):
        raise BriefError(f"enlarge by {scale} — 2 or 4 times as many pixels a side", code="scale")
    check_pixels(entry.size, 1, scale)
    if plan is None or plan.version != mengbi.__version__:  # another version may paint another picture
        return Next(brief=as_it_is(f"picture:{entry.id}", scale), parents=parents)
    wishes = _fixed(_wishes(store, entry, plan) or {}, plan)
    said = brief_from_dict(wishes if "purpose" in wishes else {**wishes, "enlarge": scale})
    finish = (*plan.finish, touch("enlarge", scale=scale))
    return Next(brief=said, parents=parents, plan=replace(plan.only(0), finish=finish))


def _wishes(store: Store, entry: Entry, plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    of_job = select(briefs.c.wishes).select_from(pictures).join(jobs, pictures.c.job_id == jobs.c.id)
    query = of_job.join(briefs, briefs.c.id == jobs.c.brief_id).where(pictures.c.id == entry.id)
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
    wishes = _told(store, plan) if row is None else dict(row.wishes)
    wishes |= {"seed": plan.samples[0].seed}
    return {name: value for name, value in wishes.items() if name != "count"}


def _told(store: Store, plan: Plan) -> dict[str, Any]:
    """What a plan says of the wishes behind it, in the studio's words."""
    found = {role: _reference(store, source) for role in ROLES if isinstance(source := getattr(plan, role), Source)}
    numbers = {name: getattr(plan, name) for name in ("steps", "guidance", "sampler", "strength")}
    wishes = {
        "prompt": plan.samples[0].prompt,
        "negative": plan.negative,
        "style": None if "style_image" in found and plan.style.name == "picture" else plan.style.name,
        "size": list(plan.size),
        "engine": plan.engine,
        "sketch": plan.sketch if plan.sketch == "none" else None,
        "face": None if plan.samples[0].face is None else plan.samples[0].face.to_dict(),
        "mark": any(touch.name == "mark" for touch in plan.finish) or None,
        **numbers,
        **found,
    }
    return {name: value for name, value in wishes.items() if value not in (None, "")}


def _reference(store: Store, source: Source) -> str:
    """How the studio names a picture of a plan; one that is not here fails when it is looked for, and says so."""
    with store.reading() as connection:
        if connection.scalar(select(sources.c.digest).where(sources.c.digest == source.sha256)) is None:
            known = select(pictures.c.id).where(pictures.c.digest == source.sha256, ~pictures.c.removed)
            number = connection.scalar(known)
            if number is not None:
                return f"picture:{number}"
    return f"source:{source.sha256}"
