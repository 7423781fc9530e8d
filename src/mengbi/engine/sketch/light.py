"""The light of a picture: time, weather, season and mood resolved, and what follows from them for every colour."""

from dataclasses import dataclass

import numpy as np

from mengbi.assets import concepts
from mengbi.noise import generator
from mengbi.scene import Feature, Scene

Rgb = tuple[float, float, float]
Stops = tuple[tuple[float, Rgb], ...]

LIGHT = 10
"""The stream of chance that the light draws from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Light:
    """What sky, ground and things are lit by: colours 0..1, places in fractions of the canvas from its upper left."""

    time: str  # one of TIMES
    weather: str  # one of WEATHERS
    season: str  # one of SEASONS
    mood: str | None  # one of MOODS
    ground: str  # one of GROUNDS
    features: tuple[str, ...]  # of FEATURES: those asked for, and those that the hour brings
    marked: tuple[Feature, ...]  # those of which a number or a colour was said
    tints: tuple[str | None, str | None]  # colours that the sky and the ground are held in
    horizon: float  # where the horizon looks best
    sky: Stops  # colours by height: 0 at the horizon, 1 at the top
    clouds: tuple[Rgb, Rgb]  # where they are lit, where they are in shadow
    sun: tuple[float, float] | None
    moon: tuple[float, float] | None
    glow: Rgb  # of the sun, or of the moon
    ambient: Rgb  # multiplies the colours of what stands in the scene
    haze: Rgb  # what far things fade into
    haze_strength: float  # how much of them, at the horizon
    shadow: tuple[float, float, float]  # where a shadow's tip falls (dx, dy in heights of the thing), its opacity
    rim: Rgb  # light edges

    def said(self, name: str) -> Feature:
        """What was said of a feature."""
        return next((mark for mark in self.marked if mark.name == name), Feature(name=name))

    def places(self, name: str) -> list[tuple[float, float]]:
        """Where suns or moons stand, as many as were asked for: the first where it lights the picture from."""
        first = self.sun if name == "sun" else self.moon
        count = self.said(name).count or 1
        if first is None or count == 1:
            return [] if first is None else [first]
        others = [((first[0] - 0.1 + each / count) % 1.0, (0.37 * each) % 1.0) for each in range(1, count)]
        return [first, *((0.1 + 0.8 * x, 0.1 + 0.6 * (self.horizon - 0.2) * y) for x, y in others)]

    @property
    def source(self) -> tuple[float, float]:
        """Where the light comes from, in fractions of the canvas: the sun, the moon, or a bright part of the sky."""
        return self.sun or self.moon or (0.3, 0.1)

    @property
    def side(self) -> int:
        """-1 when the light comes from the left, 1 from the right."""
        return -1 if self.source[0] < 0.5 else 1


def light_of(scene: Scene, seed: int) -> Light:
    """The light of a scene; what the scene leaves unsaid is chosen by the seed."""
    rng = generator(seed, LIGHT)
    ground = _ground(scene, rng)
    time = scene.sky.time or _time(scene, rng)
    weather = scene.sky.weather or _weather(scene, rng)
    season = scene.season or _season(scene, ground, weather, rng)
    features = _features(scene, time, weather, ground, rng)
    horizon = HORIZONS[ground] + float(rng.uniform(-0.02, 0.02))
    if scene.things and scene.things[0].aloft and ground in LOFTY:
        horizon += LOOKING_UP
    place = _place(time, horizon, rng)
    air = AIRS[time][int(rng.integers(len(AIRS[time])))]
    sky = tuple((height, _through(weather, time, _rgb(hexa))) for height, hexa in zip(HEIGHTS, air.sky, strict=True))
    lit, dark = (_through(weather, time, _rgb(hexa)) for hexa in air.clouds)
    veil = VEILS[weather]
    dim = veil.ambient if time != "night" else _mix(veil.ambient, (1.0, 1.0, 1.0), 0.6)
    ambient = _times(_times(AMBIENT[time], dim), MOOD_TINTS.get(scene.mood or "", (1, 1, 1)))
    haze = _mix(sky[0][1], sky[1][1], 0.45)
    strength = min(0.97, 0.62 + veil.haze + (0.12 if time == "dawn" else 0.0))
    side = place[0] - 0.5
    tints = (scene.sky.color or (scene.tint or (None,))[0], scene.ground_color or (scene.tint or (None,))[-1])
    for color in scene.tint:
        ambient = _mix(ambient, _times(ambient, SHADES[color]), 0.3)
    marked = {mark.name: mark for mark in scene.sky.marked if mark.name in features}
    if (shade := marked.get("clouds", Feature(name="clouds")).color) is not None:
        lit, dark = _mix(lit, SHADES[shade], 0.6), _mix(dark, SHADES[shade], 0.6)
    low = time in ("dawn", "sunset")
    return Light(
        time=time,
        weather=weather,
        season=season,
        mood=scene.mood,
        ground=ground,
        features=features,
        marked=tuple(marked.values()),
        tints=tints,
        horizon=horizon,
        sky=sky,
        clouds=(lit, dark),
        sun=place if "sun" in features else None,
        moon=_moon(place, features),
        glow=_through(weather, time, _rgb(air.glow)),
        ambient=ambient,
        haze=haze,
        haze_strength=strength,
        shadow=(-side * (2.6 if low else 1.1), 0.16 if low else 0.1, veil.shadow * (0.8 if time == "night" else 1.0)),
        rim=_mix(_rgb(air.glow), lit, 0.3),
    )


@dataclass(frozen=True, slots=True)
class _Air:
    """One way the sky can look at an hour: six colours from the horizon up; of clouds, lit and dark; of the glow."""

    sky: tuple[str, ...]
    clouds: tuple[str, str]
    glow: str


@dataclass(frozen=True, slots=True)
class _Veil:
    """What weather does: it mixes the sky with a grey, scales the light, adds haze and takes the shadows away."""

    grey: str
    amount: float
    ambient: Rgb
    haze: float
    shadow: float


SHADES: dict[str, Rgb] = {
    "red": (0.86, 0.16, 0.16), "orange": (0.96, 0.52, 0.12), "yellow": (0.98, 0.84, 0.2), "green": (0.22, 0.66, 0.3),
    "cyan": (0.16, 0.74, 0.76), "blue": (0.2, 0.42, 0.88), "purple": (0.56, 0.3, 0.8), "pink": (0.98, 0.56, 0.72),
    "brown": (0.52, 0.34, 0.2), "black": (0.1, 0.1, 0.12), "white": (0.96, 0.96, 0.97), "gray": (0.55, 0.56, 0.58),
    "gold": (0.94, 0.74, 0.28), "silver": (0.76, 0.79, 0.83), "rainbow": (0.9, 0.6, 0.8),
}  # fmt: skip
"""sRGB, 0 to 1, of COLORS."""

HEIGHTS = (0.0, 0.12, 0.28, 0.5, 0.75, 1.0)
AIRS = {
    "dawn": (
        _Air(("ffe3b0", "ffcba4", "f3b4b4", "c9a9cf", "9aa5d6", "6f8cc6"), ("ffe9d2", "a593bd"), "ffdf9e"),
        _Air(("fff0c2", "ffd9b0", "f6c6b8", "d3c3d8", "a3bfdd", "6fa3cf"), ("fff3e0", "a9a8c9"), "fff0b8"),
        _Air(("ffd6a5", "fdb7a3", "e79fb5", "b08fc2", "7a83bd", "4f6ba6"), ("ffdcc8", "8d7fae"), "ffd08a"),
        _Air(("f9efcf", "f2dcc3", "d9cfcf", "b3cbd3", "84b4c8", "5894b4"), ("fff4e2", "98a9bb"), "fff2c4"),
    ),
    "day": (
        _Air(("e9f3f0", "c9e6f1", "9fd0ee", "6cb0e6", "3f8bd6", "2669ba"), ("fffdf6", "92a9cd"), "fff6d0"),
        _Air(("f3f2dc", "d5ebe3", "a9dde3", "76c3dc", "479fcb", "2c7bb2"), ("fffbee", "8fb0c6"), "fff4c8"),
        _Air(("dff0f5", "b9def4", "86c2ef", "529fe4", "2b77cf", "1a52a8"), ("ffffff", "86a0cf"), "fffbe0"),
        _Air(("fbeed8", "e6ead9", "bcdde0", "8cc5df", "5ba2d1", "3a80ba"), ("fff8e8", "a1adc6"), "fff0c0"),
    ),
    "sunset": (
        _Air(("ffd98a", "ffb060", "f7835c", "c65a72", "7a3f7d", "352a63"), ("ffb37a", "7b4a78"), "ffe29a"),
        _Air(("ffe3ae", "ffc193", "f69a97", "cf7fa6", "8c6fae", "4b5796"), ("ffc6a6", "8a6a9f"), "fff0b8"),
        _Air(("ffe08a", "ffc25f", "f0a45d", "bf8f77", "6f7f8f", "2f5f82"), ("ffd08a", "7c7282"), "fff0a8"),
        _Air(("ffcb6b", "ff8f4d", "ea5a4f", "a9365f", "5d2260", "241846"), ("ff9a6a", "6a2d62"), "ffd884"),
        _Air(("ffd9b8", "ffb8ae", "f199b4", "c283c0", "7f73bd", "3f579e"), ("ffc9c0", "8b6fae"), "fff0cc"),
    ),
    "night": (
        _Air(("5b77ad", "42609b", "2b4682", "1b2f67", "101d4a", "080f2e"), ("8b9ccb", "26335f"), "e8edff"),
        _Air(("5e9aa3", "3f7c8e", "285c76", "174059", "0c2840", "051526"), ("8fbcc4", "1d4152"), "f2f6e2"),
        _Air(("8a6ba8", "69509a", "4a3b85", "2f2a69", "1b1a49", "0c0d2a"), ("a794cf", "2f2858"), "fbeaff"),
        _Air(("4a6fa0", "3a588f", "2d437c", "212f66", "161e4c", "0b102f"), ("93a1c8", "252f57"), "fff1d6"),
    ),
}
VEILS = {
    "clear": _Veil("ffffff", 0.0, (1.0, 1.0, 1.0), 0.0, 0.34),
    "wind": _Veil("dfe6ea", 0.1, (0.98, 0.98, 0.98), 0.0, 0.3),
    "cloudy": _Veil("b9c4d0", 0.5, (0.9, 0.92, 0.95), 0.06, 0.2),
    "rain": _Veil("8797a6", 0.74, (0.76, 0.8, 0.86), 0.14, 0.14),
    "storm": _Veil("48546b", 0.84, (0.58, 0.62, 0.72), 0.04, 0.12),
    "snow": _Veil("c3cddb", 0.68, (0.92, 0.95, 1.0), 0.2, 0.16),
    "fog": _Veil("d6d9da", 0.72, (0.9, 0.92, 0.93), 0.35, 0.1),
}
AMBIENT = {
    "dawn": (1.0, 0.91, 0.88),
    "day": (1.0, 1.0, 1.0),
    "sunset": (1.0, 0.84, 0.75),
    "night": (0.4, 0.48, 0.72),
}
MOOD_TINTS = {
    "spooky": (0.82, 0.95, 0.84),
    "sad": (0.88, 0.93, 1.0),
    "romantic": (1.0, 0.94, 0.96),
    "cozy": (1.0, 0.96, 0.9),
    "mysterious": (0.88, 0.9, 1.0),
}
HORIZONS = {
    "meadow": 0.6, "hills": 0.56, "mountains": 0.6, "sea": 0.56, "beach": 0.48, "lake": 0.54, "river": 0.5,
    "desert": 0.55, "forest": 0.58, "city": 0.66, "village": 0.56, "snow": 0.58, "space": 0.68, "underwater": 0.72,
    "room": 0.66, "clouds": 0.6,
}  # fmt: skip
LOFTY = (
    "meadow",
    "hills",
    "mountains",
    "sea",
    "beach",
    "lake",
    "river",
    "desert",
    "forest",
    "village",
    "snow",
    "clouds",
)
LOOKING_UP = 0.1
"""How much lower the horizon lies where the main thing is in the air, over such grounds."""
LANDSCAPES = ("meadow", "hills", "lake", "mountains")
HOMES = {
    "underwater": ("underwater",),
    "water": ("sea", "lake"),
    "space": ("space",),
    "indoors": ("room",),
    "air": ("hills", "clouds"),
}


def _ground(scene: Scene, rng: np.random.Generator) -> str:
    """The ground asked for, or the one that most of the things are at home on."""
    roll = float(rng.random())
    if scene.ground:
        return scene.ground
    known = [(thing.aloft, concepts().get(thing.concept)) for thing in scene.things]
    homes = ["air" if aloft else concept.home for aloft, concept in known if concept]
    home = next((home for home in HOMES if homes and homes.count(home) * 2 > len(homes)), None)
    if home:
        return HOMES[home][int(roll * len(HOMES[home]))]
    if scene.sky.weather == "snow" or scene.season == "winter":
        return "snow"
    if "fireworks" in scene.sky.features:
        return "city"
    if "aurora" in scene.sky.features:
        return ("snow", "mountains", "lake")[int(roll * 3)]
    if scene.things:
        return "meadow" if roll < 0.55 else "hills"
    return LANDSCAPES[int(roll * len(LANDSCAPES))]


def _time(scene: Scene, rng: np.random.Generator) -> str:
    roll = float(rng.random())
    features = set(scene.sky.features)
    if features & {"moon", "crescent", "stars", "aurora", "meteors", "fireworks"} or scene.ground == "space":
        return "night"
    if "rainbow" in features:
        return "day"
    if scene.mood in ("spooky", "mysterious"):
        return "night" if roll < 0.7 else "sunset"
    if scene.mood in ("romantic", "epic", "cozy"):
        return "sunset"
    if scene.mood in ("calm", "dreamy") or scene.sky.weather == "fog":
        return "dawn" if roll < 0.6 else "sunset"
    if scene.sky.weather in ("rain", "snow", "storm", "cloudy") or scene.ground in ("underwater", "room"):
        return "day"
    return "day" if roll < 0.52 else "sunset" if roll < 0.84 else "dawn"


def _weather(scene: Scene, rng: np.random.Generator) -> str:
    if "lightning" in scene.sky.features:
        return "storm"
    if scene.mood == "spooky":
        return "fog" if rng.random() < 0.4 else "clear"
    return "rain" if scene.mood == "sad" and rng.random() < 0.5 else "clear"


def _season(scene: Scene, ground: str, weather: str, rng: np.random.Generator) -> str:
    roll = float(rng.random())
    if ground == "snow" or weather == "snow":
        return "winter"
    if scene.mood == "spooky":
        return "autumn"
    return "summer" if roll < 0.6 else "spring" if roll < 0.85 else "autumn"


def _features(scene: Scene, time: str, weather: str, ground: str, rng: np.random.Generator) -> tuple[str, ...]:
    """What was asked for, and what the hour brings by itself: a sun, or stars and a moon."""
    features = set(scene.sky.features)
    full = float(rng.random()) < 0.6
    open_sky = weather in ("clear", "wind")
    if time == "night":
        if open_sky or ground == "space":
            features.add("stars")
        counted = any(mark.name == "stars" and mark.count for mark in scene.sky.marked)  # those stand alone
        others = features & {"moon", "crescent", "fireworks", "aurora", "sun"}
        if open_sky and not others and not counted and ground != "space":
            features.add("moon" if full else "crescent")
    elif (open_sky or (weather == "fog" and time != "day")) and not features & {"moon", "crescent"}:
        features.add("sun")
    return tuple(name for name in ORDER if name in features)


ORDER = ("sun", "moon", "crescent", "stars", "clouds", "rainbow", "aurora", "meteors", "lightning", "fireworks")


def _place(time: str, horizon: float, rng: np.random.Generator) -> tuple[float, float]:
    """Where the sun or the moon stands: near a third of the width, low at dawn and sunset."""
    x = float(rng.choice([0.24, 0.33, 0.67, 0.76]) + rng.uniform(-0.05, 0.05))
    high = float(rng.uniform(0, 1))
    if time in ("dawn", "sunset"):
        return x, horizon * (0.74 + 0.16 * high)
    return x, 0.13 + 0.12 * high


def _moon(place: tuple[float, float], features: tuple[str, ...]) -> tuple[float, float] | None:
    if not {"moon", "crescent"} & set(features):
        return None
    return (1 - place[0], 0.2) if "sun" in features else (place[0], min(place[1], 0.3))


def _through(weather: str, time: str, rgb: Rgb) -> Rgb:
    """A colour of the clear sky as the weather lets it through: greyer, and as dark as the hour."""
    veil = VEILS[weather]
    dusk = {"day": 1.0, "dawn": 0.92, "sunset": 0.78, "night": 0.42}[time]
    grey = tuple(part * dusk for part in _rgb(veil.grey))
    tinted = _mix((grey[0], grey[1], grey[2]), rgb, 0.22)
    return _mix(rgb, tinted, veil.amount)


def _rgb(hexa: str) -> Rgb:
    red, green, blue = bytes.fromhex(hexa)
    return red / 255, green / 255, blue / 255


def _mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def _times(a: Rgb, b: Rgb) -> Rgb:
    return a[0] * b[0], a[1] * b[1], a[2] * b[2]
