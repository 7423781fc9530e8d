"""From a wish to a picture: Brief -> Plan -> an engine's Steps -> the brush -> Pictures."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import mengbi
from mengbi.assets import concepts
from mengbi.brief import MAX_SEED, Brief
from mengbi.engine import ENGINES, Engine, Labelled, Portrayer, Step
from mengbi.engine.editing import mask_of, photo_of
from mengbi.engine.preview import shrink
from mengbi.engine.samplers import SAMPLERS
from mengbi.errors import BriefError, SceneError
from mengbi.finish import PICTURE_STYLE, TOUCHES, find_style
from mengbi.finish.photo import influenced, strength_for
from mengbi.finish.purposes import finishing
from mengbi.finish.restyle import does_nothing
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.registry import nearest
from mengbi.scene import Scene, scene_from_dict
from mengbi.settings import home
from mengbi.source import Source, load_pixels, opaque, read_source
from mengbi.style import Style
from mengbi.text.prompt import plain
from mengbi.text.reading import read_scene
from mengbi.text.wildcards import expand

DEFAULT_ENGINE = "sketch"
BRUSH_SHARE = 0.3
"""Of a painting's progress, the part that the brush takes."""


def paint(prompt: str = "", **wishes: Any) -> Picture:
    """Paints one picture. wishes: the fields of Brief. Raises MengbiError."""
    return paint_many(prompt, **wishes)[0]


def paint_many(prompt: str = "", **wishes: Any) -> tuple[Picture, ...]:
    """Paints `count` pictures, of seed, seed + 1, and so on."""
    return finish(painting(prompt, **wishes))


def painting(prompt: str = "", **wishes: Any) -> Iterator[Step]:
    """The painting of `paint_many`, step by step; the last Step carries the Pictures. Stop iterating to cancel."""
    return carry_out(make_plan(Brief(prompt=prompt, **wishes)))


def make_plan(brief: Brief) -> Plan:
    """A Plan in which nothing is left to choose. Raises MengbiError."""
    name = brief.engine or DEFAULT_ENGINE
    engine = ENGINES.find(name)()
    wishes = {field: _wish(brief, engine, field) for field in ("steps", "guidance", "sampler", "strength")}
    if brief.photo is None:
        wishes["strength"] = None
    for field in ("face", "background"):
        _wish(brief, engine, field)
    style = _style(brief, engine)
    if brief.influence is not None:
        style = influenced(style, brief.influence)
        if wishes["strength"] is not None:
            wishes["strength"] = strength_for(brief.influence, wishes["strength"])
    size, touches = finishing(brief)
    first = brief.seed if brief.seed is not None else secrets.randbelow(2**32)
    check_seeds(first, brief.count)
    return Plan(
        version=mengbi.__version__,
        engine=name,
        weights=engine.weights,
        size=size,
        samples=tuple(_sample(brief, first + index, engine) for index in range(brief.count)),
        style=style,
        negative=brief.negative,
        photo=None if brief.photo is None else read_source(brief.photo),
        mask=None if brief.mask is None else read_source(brief.mask),
        sketch=_sketch(brief),
        style_image=None if brief.style_image is None else read_source(brief.style_image),
        finish=touches,
        **wishes,
    )


def carry_out(plan: Plan) -> Iterator[Step]:
    """Paints a plan; the same plan always gives the same pixels. Raises MengbiError."""
    engine = ENGINES.find(plan.engine)()
    styled = plan.style_image is not None or not does_nothing(plan.style)
    later = styled or bool(plan.finish)
    share = 1 - BRUSH_SHARE if later else 1.0
    step = None
    for step in engine.paint(plan):
        yield replace(step, done=step.done * share, pictures=() if later else step.pictures)
    if step is not None and later:
        yield from _finishing(step, plan, styled)


def finish(steps: Iterator[Step]) -> tuple[Picture, ...]:
    """Drives a painting to its end and returns its pictures."""
    pictures: tuple[Picture, ...] = ()
    for step in steps:
        pictures = step.pictures
    return pictures


def _finishing(drawn: Step, plan: Plan, styled: bool) -> Iterator[Step]:
    """The brush, then every touch of the plan, picture by picture."""
    model = None if plan.style_image is None else opaque(load_pixels(plan.style_image, least=(512, 512)))
    pictures = list(drawn.pictures)
    images = np.stack([shrink(opaque(picture.pixels)) for picture in pictures])  # an engine's own may be smaller
    for index, picture in enumerate(pictures):
        if styled:
            picture = _brushed(picture, model)
        images[index] = shrink(opaque(picture.pixels))
        for touch in plan.finish:
            pixels = TOUCHES.find(touch.name)(picture.pixels, picture.plan, touch.settings)
            picture = replace(picture, pixels=pixels, touches=(*picture.touches, touch.to_dict()))
        pictures[index] = picture
        share = (index + 1) / len(pictures)
        finished = tuple(pictures) if share == 1 else ()
        stage = plan.finish[-1].name if plan.finish else "brush"
        yield Step(done=1 - BRUSH_SHARE * (1 - share), stage=stage, images=images.copy(), pictures=finished)


def _brushed(picture: Picture, model: NDArray[np.uint8] | None) -> Picture:
    from mengbi.finish.restyle import restyle, touch

    style, (sample,) = picture.plan.style, picture.plan.samples
    bare = picture.pixels if sample.face is not None else opaque(picture.pixels)  # a face stands on nothing
    pixels = restyle(bare, style, sample.seed, model)
    if sample.face is None:
        pixels = _kept(picture.plan, pixels)
    return replace(picture, pixels=pixels, touches=(*picture.touches, touch(style, model is not None)))


def _kept(plan: Plan, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What a mask keeps of the photo is kept from the brush, too."""
    if plan.photo is None or plan.mask is None:
        return pixels
    mask = Image.fromarray(np.rint(mask_of(plan.mask, plan.size)[0] * 255).astype(np.uint8))
    return np.asarray(Image.composite(Image.fromarray(pixels), Image.fromarray(photo_of(plan.photo, plan.size)), mask))


def _style(brief: Brief, engine: Engine) -> Style:
    if brief.style_image is None:
        return find_style(brief.style or str(engine.defaults.get("style", "none")))
    style = PICTURE_STYLE if brief.style is None else find_style(brief.style)
    if style.parts:
        said = f"the blend {brief.style!r} beside a style picture — give one of them, or a single style"
        raise BriefError(said, code="blend-beside-picture")
    return style


def _wish(brief: Brief, engine: Engine, field: str) -> Any:
    asked = getattr(brief, field)
    if asked is not None and field == "sampler":
        SAMPLERS.find(asked)  # a name that nobody knows is the first thing to say
    if asked is not None and field not in engine.uses:
        raise lacking(engine.name, field, [name for name in ENGINES.names() if field in ENGINES.find(name)().uses])
    return engine.defaults.get(field) if asked is None else asked


def lacking(engine: str, wish: str, able: Sequence[str]) -> BriefError:
    """The error that an engine has nothing to do with a wish. able: the engines that have."""
    said = f"the {engine} engine has no {wish}; leave it off, or --engine {' or '.join(able)}"
    return BriefError(said, code="engine-lacks", engine=engine, what=wish, able=list(able))


def _sample(brief: Brief, seed: int, engine: Engine) -> Sample:
    prompt = expand(brief.prompt, seed, home() / "wildcards")
    if isinstance(engine, Portrayer):
        face = engine.face_of(prompt, seed, brief.face)
        return Sample(seed=seed, prompt=prompt, scene=Scene(unknown=engine.unknown(prompt)), face=face)
    scene = read_scene(plain(prompt)) if brief.scene is None else _given(brief.scene)
    if brief.negative.strip():
        scene = without(scene, read_scene(plain(brief.negative)))
    labels = engine.labels_of(prompt) if isinstance(engine, Labelled) else ()
    return Sample(seed=seed, prompt=prompt, scene=scene, labels=labels)


def _given(data: Any) -> Scene:
    scene = scene_from_dict(data)
    check_drawn(scene)
    return scene


def check_drawn(scene: Scene) -> None:
    """Raises SceneError for a thing that nobody has drawn."""
    for thing in scene.things:
        if thing.concept not in concepts():
            said = f"no drawing of {thing.concept!r}; {nearest(thing.concept, list(concepts()))}"
            raise SceneError(said, code="unknown-name", kind="thing", name=thing.concept[:100])


def check_seeds(seed: int, count: int) -> None:
    """Raises BriefError where the last of so many pictures would have a seed that is none."""
    if seed + count - 1 > MAX_SEED:
        said = f"seed {seed} with count {count} — seeds go up to {MAX_SEED}"
        raise BriefError(said, code="number", what="seed", low=0, high=MAX_SEED)


def without(scene: Scene, unwanted: Scene) -> Scene:
    """The scene less the things and sky features that a negative prompt names."""
    banned = {thing.concept for thing in unwanted.things}
    kept = [index for index, thing in enumerate(scene.things) if thing.concept not in banned]
    moved = {old: new for new, old in enumerate(kept)}
    return replace(
        scene,
        things=tuple(scene.things[index] for index in kept),
        relations=tuple(
            replace(r, subject=moved[r.subject], object=moved[r.object])
            for r in scene.relations
            if r.subject in moved and r.object in moved
        ),
        sky=replace(
            scene.sky,
            features=tuple(f for f in scene.sky.features if f not in unwanted.sky.features),
            marked=tuple(mark for mark in scene.sky.marked if mark.name not in unwanted.sky.features),
        ),
    )


def _sketch(brief: Brief) -> Source | Literal["auto", "none"]:
    if brief.sketch in ("auto", "none"):
        return cast(Literal["auto", "none"], brief.sketch)
    return read_source(brief.sketch)
