"""What there is to choose from, ideas of what to paint, and what is understood of words."""

import json
import subprocess
import sys
import threading
from functools import cache, lru_cache
from random import Random
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

import mengbi
from mengbi.brief import MAX_PICTURES, MAX_PIXELS_AT_ONCE, MAX_PROMPT, MAX_SEED, MAX_SIDE, MIN_SIDE, USUAL_SIZE
from mengbi.errors import FaultError
from mengbi.faces.api.access import role
from mengbi.faces.api.outer import MAX_PICTURES as MAX_UPLOAD
from mengbi.faces.api.problems import Problem, answering
from mengbi.faces.api.state import Asking, House
from mengbi.studio import trainings

router = APIRouter(prefix="/api/v1", tags=["options"])
SHAPES = (
    ("square", 1, 1),
    ("portrait", 3, 4),
    ("landscape", 4, 3),
    ("tall", 9, 16),
    ("wide", 16, 9),
    ("banner", 21, 9),
)
HOUR = "private, max-age=3600"
PATIENCE = 60
"""Seconds that the process which asks the engines may take."""
_ASKING = """
import json
from mengbi.engine import ENGINES
found = [(name, ENGINES.find(name)()) for name in ENGINES.names()]
print(json.dumps([
    {"name": name, "title": e.title, "uses": sorted(e.uses), "defaults": dict(e.defaults)} for name, e in found
]))
"""
_turn = threading.Lock()


@router.get("/me")
def me(house: House, who: Asking) -> dict[str, Any]:
    """Who you are here, and which Mengbi this is.

    open: nobody has to say who they are; lab: networks were trained here.
    """
    access = house.access
    about = {"person": who.person, "role": who.role, "version": mengbi.__version__, "open": access.open}
    trained = bool(trainings.every(house.store))
    return {**about, "loopback": access.loopback, "accounts": access.accounts, "lab": trained}


@router.get("/options")
def options() -> dict[str, Any]:
    """Everything that a brief can name: engines, styles, shapes, purposes, samplers, and the limits."""
    from mengbi.engine.samplers import SAMPLERS
    from mengbi.finish.photo import usual_shape

    return {
        "engines": engines(),
        "styles": styles(),
        "shapes": [{"name": name, "ratio": [w, h], "size": list(usual_shape(w, h))} for name, w, h in SHAPES],
        "purposes": purposes(),
        "samplers": SAMPLERS.names(),
        "limits": {
            "prompt": MAX_PROMPT, "side": [MIN_SIDE, MAX_SIDE], "size": list(USUAL_SIZE), "count": MAX_PICTURES,
            "pixels": MAX_PIXELS_AT_ONCE, "seed": MAX_SEED, "upload": MAX_UPLOAD,
        },
    }  # fmt: skip


@router.get("/styles/{name}/thumbnail", response_class=Response, responses={200: {"content": {"image/webp": {}}}})
def thumbnail(name: str) -> Response:
    """A style of ours, painted from one fixed brief."""
    from mengbi.finish.gallery import built_in
    from mengbi.finish.gallery import thumbnail as thumbnail_of

    if name not in built_in():
        raise Problem(
            404, f"no style of ours is called {name[:80]!r}", code="unknown-name", kind="style", name=name[:80]
        )
    return Response(thumbnail_of(name), media_type="image/webp", headers={"Cache-Control": HOUR})


@router.get("/ideas")
def ideas(
    q: Annotated[str, Query(max_length=200, description="Words; without any, a handful at random.")] = "",
    lang: Literal["en", "zh"] | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 6,
) -> dict[str, Any]:
    """Pictures worth painting, in English and in Chinese."""
    from mengbi import ideas as library

    return _listed(library.ideas(), q, lang, tag, limit)


@router.get("/modifiers")
def modifiers(
    q: Annotated[str, Query(max_length=200)] = "",
    lang: Literal["en", "zh"] | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Words to put behind a prompt: light, colour, medium…"""
    from mengbi import ideas as library

    return _listed(library.modifiers(), q, lang, tag, limit, shuffled=False)


@router.get("/surprise")
def surprise(
    screen: Annotated[str, Query(alias="for", max_length=100, description="A kind of screen.")] = "",
    seed: Annotated[int | None, Query(ge=0, le=MAX_SEED)] = None,
    lang: Literal["en", "zh"] = "en",
    tag: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """A brief that nobody asked for: a good idea, a style that suits it, and chance."""
    import secrets

    from mengbi.finish.purposes.wallpaper import find_screen
    from mengbi.ideas import blind_box, tagged
    from mengbi.ideas import ideas as library

    size = find_screen(screen).size
    drawn = secrets.randbelow(2**32) if seed is None else seed
    idea, style = blind_box(drawn, size, library() if tag is None else tagged(tag, library()))
    brief = {"prompt": idea.words(lang), "style": style, "seed": drawn}
    return {"brief": brief | ({"purpose": f"wallpaper:{screen}"} if screen else {}), "idea": idea.to_dict()}


class Words(BaseModel):
    """What somebody typed."""

    model_config = ConfigDict(extra="forbid")

    prompt: Annotated[str, Field(max_length=MAX_PROMPT)]
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0


@router.post("/scene", **role("viewer"))
def scene(words: Words) -> dict[str, Any]:
    """What is understood of the words: sky, ground, things with colour, count, size and place."""
    from mengbi.brief import check_words
    from mengbi.settings import home
    from mengbi.text.prompt import plain
    from mengbi.text.reading import read_scene
    from mengbi.text.wildcards import expand

    check_words("prompt", words.prompt)
    prompt = expand(words.prompt, words.seed, home() / "wildcards")
    return {"prompt": prompt, "scene": read_scene(plain(prompt)).to_dict()}


def engines() -> list[dict[str, Any]]:
    """What paints. Another process is asked, once for those that there are: some open their network to answer.

    Raises FaultError.
    """
    from mengbi.engine import ENGINES

    with _turn:
        return _engines(tuple(ENGINES.names()))


@lru_cache(maxsize=1)
def _engines(_names: tuple[str, ...]) -> list[dict[str, Any]]:
    asking = [sys.executable, "-c", _ASKING]
    try:
        done = subprocess.run(asking, capture_output=True, timeout=PATIENCE, check=True, stdin=subprocess.DEVNULL)
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise FaultError(f"the engines cannot be asked ({type(error).__name__}); mengbi doctor says more") from error
    return found


def styles() -> list[dict[str, Any]]:
    """All styles, ours and those of the person whose machine it is."""
    from mengbi.faces.web import style_sentences
    from mengbi.finish import all_styles
    from mengbi.finish.gallery import built_in

    return [
        {
            "name": style.name,
            "en": style.title,
            "zh": style.title_zh or style.title,
            "sentence": {"en": style.sentence, "zh": style_sentences().get(style.name, style.sentence)},
            "engines": list(style.engines),
            "thumbnail": f"/api/v1/styles/{style.name}/thumbnail" if style.name in built_in() else None,
        }
        for style in all_styles().values()
    ]


@cache
def purposes() -> list[dict[str, Any]]:
    """All that a picture can be kept as; size: its pixels, where the name says them."""
    from mengbi.finish.purposes.kinds import all_kinds
    from mengbi.finish.purposes.sticker import SIDES
    from mengbi.finish.purposes.wallpaper import find_screen

    def size(kind: str, variant: str) -> list[int] | None:
        if kind == "wallpaper":
            return list(find_screen(variant).size)
        return [SIDES[variant]] * 2 if kind == "sticker" and variant else None

    parts = [(name, *name.partition(":")[::2]) for name in all_kinds()]
    return [{"name": name, "group": kind, "size": size(kind, variant)} for name, kind, variant in parts]


def _listed(
    among: tuple[Any, ...], words: str, lang: str | None, tag: str | None, limit: int, *, shuffled: bool = True
) -> dict[str, Any]:
    from mengbi.ideas import search, tagged

    if tag is not None:
        with answering(404):
            among = tagged(tag, among)
    if words.strip():
        among = search(words, among)[:limit]
    else:
        among = tuple(Random().sample(among, min(limit, len(among)))) if shuffled else among[:limit]
    items = [{**idea.to_dict(), "styles": list(idea.group.styles), "group": idea.group.title,
              "group_zh": idea.group.title_zh} for idea in among]  # fmt: skip
    return {"items": [{**item, "words": item[lang]} for item in items] if lang else items, "next": None}
