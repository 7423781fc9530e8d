"""A Scene: what the words place where. Facts, no pixels."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from reprlib import repr as short
from typing import Any

from mengbi.errors import SceneError

COLORS = (
    "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "black", "white", "gray", "gold",
    "silver", "rainbow",
)  # fmt: skip
SIZES = ("tiny", "small", "normal", "large", "huge")
RELATIONS = (
    "on", "under", "in", "left of", "right of", "behind", "in front of", "above", "beside", "wearing", "holding",
    "riding",
)  # fmt: skip
TIMES = ("dawn", "day", "sunset", "night")
WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog", "wind")
FEATURES = ("sun", "moon", "crescent", "stars", "clouds", "rainbow", "aurora", "meteors", "lightning", "fireworks")
GROUNDS = (
    "meadow", "hills", "mountains", "sea", "beach", "lake", "river", "desert", "forest", "city", "village", "snow",
    "space", "underwater", "room", "clouds",
)  # fmt: skip
SEASONS = ("spring", "summer", "autumn", "winter")
MOODS = ("calm", "happy", "sad", "spooky", "romantic", "mysterious", "epic", "cozy", "dreamy")
MAX_COUNT = 24
"""More than this many of a thing are drawn as this many: a crowd."""
TINTS = 2
"""A picture is held in so many colours at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Something that is drawn: a concept of the drawing pack, and what was said of it."""

    concept: str  # id in the concept table: "cat"
    words: str = ""  # as it stood in the prompt: "小猫"
    color: str | None = None  # one of COLORS; None leaves the drawing's own
    count: int = 1  # 1 to MAX_COUNT
    size: str = "normal"  # one of SIZES
    aloft: bool = False  # in the air, wherever else such a thing stands
    spread: bool = False  # a field of them: all over the ground, far more than count, which nobody said


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """things[subject] is `kind` things[object]: the cat (subject) is wearing the crown (object)."""

    subject: int
    kind: str  # one of RELATIONS
    object: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """What was said of something in the sky: three yellow stars."""

    name: str  # one of FEATURES, and one of the sky's features
    count: int | None = None  # 1 to MAX_COUNT; None: as many as there usually are
    color: str | None = None  # one of COLORS; None leaves its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Sky:
    """None means that nothing was said of it: whoever draws may choose."""

    time: str | None = None  # one of TIMES
    weather: str | None = None  # one of WEATHERS
    features: tuple[str, ...] = ()  # of FEATURES, in their order
    color: str | None = None  # one of COLORS
    marked: tuple[Feature, ...] = ()  # those features of which more was said, in their order


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Sky, ground and things; `unknown` keeps the phrases that nothing was made of."""

    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()
    sky: Sky = Sky()
    ground: str | None = None  # one of GROUNDS
    season: str | None = None  # one of SEASONS
    mood: str | None = None  # one of MOODS
    tint: tuple[str, ...] = ()  # of COLORS, at most TINTS: "a dream in blue and gold"
    ground_color: str | None = None  # one of COLORS: "a purple meadow"
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `scene_from_dict` reads them back."""
        return asdict(self)


def scene_from_dict(data: Any) -> Scene:
    """A Scene from JSON values, every key optional. Raises SceneError naming the value and what is allowed."""
    data = _mapping("scene", data, Scene)
    things = tuple(_thing(item) for item in _items("things", data.get("things", ())))
    if len(things) > 64:
        raise SceneError(f"{len(things)} things in a scene — at most 64; use count for many of a kind")
    return Scene(
        things=things,
        relations=tuple(_relation(item, len(things)) for item in _items("relations", data.get("relations", ()))),
        sky=_sky(data.get("sky", {})),
        ground=_one_of("ground", data.get("ground"), GROUNDS),
        season=_one_of("season", data.get("season"), SEASONS),
        mood=_one_of("mood", data.get("mood"), MOODS),
        tint=_tint(data.get("tint", ())),
        ground_color=_one_of("ground colour", data.get("ground_color"), COLORS),
        unknown=tuple(str(words) for words in _items("unknown", data.get("unknown", ()))),
    )


def _thing(item: Any) -> Thing:
    item = _mapping("thing", {"concept": item} if isinstance(item, str) else item, Thing)
    concept = item.get("concept")
    if not isinstance(concept, str) or not concept:
        raise SceneError(f"a thing without a concept: {short(item)}; write for example {{'concept': 'cat'}}")
    return Thing(
        concept=concept,
        words=str(item.get("words", "")),
        color=_one_of("color", item.get("color"), COLORS),
        count=_count(item.get("count", 1), concept),
        size=_one_of("size", item.get("size"), SIZES) or "normal",
        aloft=_yes("aloft", item.get("aloft", False), concept),
        spread=_yes("spread", item.get("spread", False), concept),
    )


def _yes(what: str, value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise SceneError(f"{what} {short(value)} of {name!r} — true or false")
    return value


def _count(count: Any, name: str) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise SceneError(f"count {short(count)} of {name!r} — a whole number from 1 to {MAX_COUNT}")
    return count


def _tint(value: Any) -> tuple[str, ...]:
    colors = tuple(filter(None, (_one_of("tint", color, COLORS) for color in _items("tint", value))))
    if len(colors) > TINTS:
        raise SceneError(f"{len(colors)} tints — at most {TINTS}")
    return colors


def _relation(item: Any, things: int) -> Relation:
    item = _mapping("relation", item, Relation)
    kind = _one_of("relation kind", item.get("kind"), RELATIONS)
    ends = (item.get("subject"), item.get("object"))
    if kind is None or not all(type(end) is int and 0 <= end < things for end in ends) or ends[0] == ends[1]:
        raise SceneError(
            f"relation {short(item)} — needs a kind, and subject and object as two numbers of things, from 0"
        )
    return Relation(subject=item["subject"], kind=kind, object=item["object"])


def _sky(item: Any) -> Sky:
    item = _mapping("sky", item, Sky)
    features = {_one_of("sky feature", name, FEATURES) for name in _items("features", item.get("features", ()))}
    marked = {mark.name: mark for mark in map(_feature, _items("marked", item.get("marked", ())))}
    if alien := marked.keys() - features:
        raise SceneError(f"marked {min(alien)!r} — it is not among the sky's features; name it there as well")
    return Sky(
        time=_one_of("time", item.get("time"), TIMES),
        weather=_one_of("weather", item.get("weather"), WEATHERS),
        features=tuple(name for name in FEATURES if name in features),
        color=_one_of("sky colour", item.get("color"), COLORS),
        marked=tuple(marked[name] for name in FEATURES if name in marked),
    )


def _feature(item: Any) -> Feature:
    item = _mapping("marked feature", item, Feature)
    name, count = _one_of("sky feature", item.get("name"), FEATURES), item.get("count")
    if name is None:
        raise SceneError(f"a marked feature without a name: {short(item)} — one of {', '.join(FEATURES)}")
    return Feature(
        name=name,
        count=None if count is None else _count(count, name),
        color=_one_of("color", item.get("color"), COLORS),
    )


def _mapping(what: str, value: Any, shape: type) -> Mapping[str, Any]:
    names = [item.name for item in fields(shape)]
    if not isinstance(value, Mapping):
        raise SceneError(f"{what} {short(value)} — a JSON object with {', '.join(names)}")
    for key in value:
        if key not in names:
            raise SceneError(f"{what} has no {short(key)} — it has {', '.join(names)}")
    return value


def _items(what: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise SceneError(f"{what} {short(value)} — a JSON list")
    return list(value)


def _one_of(what: str, value: Any, allowed: tuple[str, ...]) -> str | None:
    if value is None or (isinstance(value, str) and value in allowed):
        return value
    raise SceneError(f"{what} {short(value)} — one of {', '.join(allowed)}")
