"""What an idea promises to show, held against the Scene that was read out of its words.

A promise is a fact of the scene ("night", "aurora", "meadow"), a thing with count, size and colour before it ("2 small
red fox", "many sheep"), a colour that something has ("gold"), or a relation ("cat wearing crown").
"""

from mengbi.scene import COLORS, RELATIONS, SIZES, Scene, Thing

MANY = 3
"""The fewest that "many" may be."""


def unkept(shows: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """The promises that the scene does not keep."""
    return tuple(promise for promise in shows if not _kept(promise, scene))


def _kept(promise: str, scene: Scene) -> bool:
    sky = scene.sky
    if promise in (scene.ground, scene.season, scene.mood, sky.time, sky.weather, *sky.features):
        return True
    for kind in sorted(RELATIONS, key=len, reverse=True):  # "in front of" before "in"
        one, found, other = promise.partition(f" {kind} ")
        if found:
            return any(
                relation.kind == kind
                and _is(one, scene.things[relation.subject])
                and _is(other, scene.things[relation.object])
                for relation in scene.relations
            )
    if promise in COLORS:
        return any(thing.color == promise for thing in scene.things)
    return any(_is(promise, thing) for thing in scene.things)


def _is(said: str, thing: Thing) -> bool:
    *qualities, concept = said.split()
    return concept == thing.concept and all(_has(thing, quality) for quality in qualities)


def _has(thing: Thing, quality: str) -> bool:
    if quality in COLORS:
        return thing.color == quality
    if quality in SIZES:
        return thing.size == quality
    return thing.count >= MANY if quality == "many" else thing.count == int(quality)
