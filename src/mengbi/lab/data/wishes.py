"""What a sample is asked to show, and in which words: the half of the stream that has no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mengbi.assets import concepts
from mengbi.lab.data import stage
from mengbi.lab.data.art import Names
from mengbi.lab.data.captions import LANGUAGES, Told, caption, phrases_of
from mengbi.lab.data.casting import SIZES, Casting, color, takes_color
from mengbi.lab.data.pack import Pack, Row
from mengbi.scene import Scene, Sky, Thing

RICH = 0.7
"""How often a caption says everything."""
DYED = 0.4
"""How often a lone thing has another colour than its own."""
GROUNDS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "gray", "black")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Shares of the kinds of samples; what they leave are portraits."""

    single: float = 0.55
    scene: float = 0.35
    plain: float = 0.3  # of the scenes: on a plain ground


EARLY = Mix()
LATE = Mix(single=0.25, scene=0.67, plain=0.25)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Wish:
    """Facts, the words for them, and the pictures that show them."""

    full: Scene  # what the picture shows
    scene: Scene  # what the caption says of it
    phrases: tuple[str, ...]  # the whole caption first, then its phrases
    language: str
    choices: tuple[NDArray[np.int32], ...]  # of each thing: rows of the pack that show it
    backdrop: int | None = None  # in the pack's backdrops; None: a plain ground
    background: str | None = None  # the plain ground's colour where the caption says it
    portrait: bool = False


def wish(pack: Pack, casting: Casting, rng: np.random.Generator, mix: Mix) -> Wish:
    """The next wish of a stream of chance."""
    roll = float(rng.random())
    if mix.single <= roll < mix.single + mix.scene:
        return _scene(pack, casting, rng, plain=float(rng.random()) < mix.plain)
    return _lone(pack, rng, portrait=roll >= mix.single and len(pack.shelves["portrait"]) > 0)


def _lone(pack: Pack, rng: np.random.Generator, *, portrait: bool) -> Wish:
    """One kind of thing on a plain ground, by any hand; or a portrait, which there is only once."""
    shelf = pack.shelves["portrait" if portrait else "single"]
    number = int(shelf[int(rng.integers(len(shelf)))])
    row = pack.rows[number]
    concept = concepts().get(row.concept)
    dyed = concept is not None and takes_color(concept) and row.hand != "line" and rng.random() < DYED
    thing = Thing(concept=row.concept or row.key, color=color(rng) if dyed else None)
    if not portrait:
        count = int(rng.choice((1, 2, 3, 4, 5), p=(0.84, 0.06, 0.05, 0.03, 0.02)))
        thing = replace(thing, count=count, size=str(rng.choice(SIZES, p=(0.03, 0.07, 0.8, 0.07, 0.03))))
    hand = row.hand if rng.random() < 0.3 else None
    alike = np.array([number], np.int32) if portrait else _by_hand(pack, pack.shelves[f"key/{row.key}"], hand)
    told = Told(
        names=[pack.names[row.key]], kinds=[_kind(row)], hand=hand, details=row.details if portrait else None,
        background=str(rng.choice(GROUNDS)) if rng.random() < 0.35 else None,
    )  # fmt: skip
    return _told(Scene(things=(thing,)), told, (alike,), None, rng, portrait=portrait)


def _scene(pack: Pack, casting: Casting, rng: np.random.Generator, *, plain: bool) -> Wish:
    backdrop = None if plain or not pack.backdrops else int(rng.integers(len(pack.backdrops)))
    ground = None if backdrop is None else pack.backdrops[backdrop]
    things, relations = casting.facts(ground.surface if ground else None, rng)
    asked = ground.asked if ground else Scene()
    full = replace(asked, things=things, relations=relations)
    hosts = {relation.object if relation.kind == "riding" else relation.subject for relation in relations
             if relation.kind in (*stage.CARRIERS, "riding")}  # fmt: skip
    shelves = [
        pack.shelves[f"{'host' if index in hosts else 'thing'}/{thing.concept}"] for index, thing in enumerate(things)
    ]
    hand = pack.rows[int(rng.choice(shelves[0]))].hand if rng.random() < 0.3 else None
    choices = tuple(_by_hand(pack, shelf, hand) for shelf in shelves)
    rows = [pack.rows[int(shelf[0])] for shelf in shelves]
    names: list[Names] = [pack.names[row.key] for row in rows]
    told = Told(
        names=names,
        kinds=[_kind(row) for row in rows],
        hand=hand if all(len(shelf) for shelf in choices) else None,
        background=str(rng.choice(GROUNDS)) if backdrop is None and rng.random() < 0.35 else None,
    )
    return _told(full, told, choices if told.hand else tuple(shelves), backdrop, rng)


def _by_hand(pack: Pack, shelf: NDArray[np.int32], hand: str | None) -> NDArray[np.int32]:
    return shelf if hand is None else shelf[[pack.rows[int(number)].hand == hand for number in shelf]]


def _told(
    full: Scene,
    told: Told,
    choices: tuple[NDArray[np.int32], ...],
    backdrop: int | None,
    rng: np.random.Generator,
    *,
    portrait: bool = False,
) -> Wish:
    """Everything is said, or only what matters most."""
    language = _language(told.names, rng)
    scene = full
    if rng.random() >= RICH:
        scene, told = _shorter(full, rng), replace(told, background=None, hand=None)
    text = caption(scene, told, language, rng)
    return Wish(
        full=full,
        scene=scene,
        phrases=phrases_of(text),
        language=language,
        choices=choices,
        backdrop=backdrop,
        background=told.background,
        portrait=portrait,
    )


def _language(names: Sequence[Names], rng: np.random.Generator) -> str:
    """English and Chinese most often; English where another has no word for a thing."""
    roll = float(rng.random())
    if roll < 0.45:
        return "en"
    chosen = LANGUAGES[int(rng.integers(len(LANGUAGES)))] if roll >= 0.8 else "zh-hant" if roll >= 0.77 else "zh"
    spoken = "zh" if chosen == "zh-hant" else chosen
    return chosen if all(spoken in each for each in names) else "en"


def _shorter(full: Scene, rng: np.random.Generator) -> Scene:
    """All things, and hardly anything of where and when."""
    keep = rng.random(4) < 0.3
    sky = Sky(time=full.sky.time if keep[0] else None, features=full.sky.features if keep[1] else ())
    ground, season = full.ground if keep[2] else None, full.season if keep[3] else None
    return replace(full, sky=sky, ground=ground, season=season)


def _kind(row: Row) -> str:
    """A row's kind; of vehicles, where they go."""
    concept = concepts().get(row.concept)
    if row.kind != "vehicle" or concept is None:
        return row.kind
    return {"water": "boat", "underwater": "boat", "air": "aircraft", "space": "aircraft"}.get(concept.home, "vehicle")
