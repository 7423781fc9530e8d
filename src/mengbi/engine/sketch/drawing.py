"""The drawing as it grows, stage by stage: on a blank canvas, or over a photo."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mengbi import assets
from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.compose import draw_family
from mengbi.engine.sketch.ground import Ground, Layer, paint_ground
from mengbi.engine.sketch.layout import arrange, floats
from mengbi.engine.sketch.light import Light, light_of
from mengbi.engine.sketch.sky import paint_sky
from mengbi.engine.sketch.weather import paint_weather
from mengbi.scene import Scene, Sky

Array = NDArray[np.float32]

STAGES = ("sky", "ground", "far things", "near things", "weather")
NEAR = 0.62
"""Things nearer than this depth are the near ones."""


def draw(scene: Scene, size: tuple[int, int], seed: int) -> Iterator[tuple[str, Array]]:
    """A scene on a blank canvas: each of STAGES and the canvas, float32 (h, w, 3), 0 to 1, painted on in place."""
    scene = settle(scene)
    light = light_of(scene, seed)
    canvas = paint_sky(size, scene, light, light.horizon, seed)
    yield "sky", canvas
    ground = paint_ground(size, scene, light, light.horizon, seed)
    yield from _people(canvas, ground, arrange(scene, ground, size, seed), light)
    yield "weather", paint_weather(canvas, scene, light, seed)


def draw_over(
    photo: Array, mask: Array | None, scene: Scene, strength: float, seed: int
) -> Iterator[tuple[str, Array]]:
    """A scene over a photo: its things stand in the photo, its sky and ground shine through as far as strength says.

    photo: float32 (h, w, 3), 0 to 1. mask: float32 (h, w), 1 where it may be painted: the things then stand inside
    it. strength: 0 leaves the photo's sky and ground, 1 leaves nothing of them. Yields as `draw` does.
    """
    size = (photo.shape[1], photo.shape[0])
    light = replace(light_of(scene, seed), haze_strength=0.0)
    says = scene.ground is not None or scene.sky != Sky()
    share = (strength if says else 0.0) * (np.ones_like(photo[..., 0]) if mask is None else mask)
    canvas = photo.copy()
    if says and strength > 0:
        for _, drawn in draw(replace(scene, things=(), relations=()), size, seed):
            backdrop = drawn
        canvas += share[..., None] * (backdrop - canvas)
    yield "sky", canvas
    roots = arrange(scene, IN_PHOTO, size, seed)
    if mask is not None:
        _move_into(roots, mask)
    for stage, drawn in _people(canvas, IN_PHOTO, roots, light):
        canvas = drawn if mask is None else photo + mask[..., None] * (drawn - photo)
        yield stage, canvas
    yield "weather", canvas


IN_PHOTO = Ground(
    layers=(),
    horizon=0.55,
    surface="land",
    foot=lambda depth, x: 0.6 + 0.35 * depth,
    scale=lambda depth: 0.5 + 0.5 * depth,
)
"""How we take a photo that we know nothing of: open land."""


def _people(canvas: Array, ground: Ground, roots: list[Figure], light: Light) -> Iterator[tuple[str, Array]]:
    """Sheets of ground and families, from far to near."""
    sheets = list(ground.layers)
    _lay(canvas, sheets, until=min((root.depth for root in roots), default=1.0))
    yield "ground", canvas
    waiting = list(roots)
    for stage, until in (("far things", NEAR), ("near things", 1.0)):
        while waiting and waiting[0].depth <= until:
            root = waiting.pop(0)
            _lay(canvas, sheets, until=root.depth)
            draw_family(canvas, root, light, grounded=not floats(root, ground))
        _lay(canvas, sheets, until=until)
        yield stage, canvas


def _lay(canvas: Array, sheets: list[Layer], until: float) -> None:
    """Paints the sheets of ground up to a depth, and takes them off the list."""
    while sheets and sheets[0].depth <= until:
        sheets.pop(0).lay(canvas)


def _move_into(roots: list[Figure], mask: Array) -> None:
    """Moves a cast that was arranged for the whole canvas into the box of the mask."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > 0.5), np.flatnonzero(mask.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        return
    height, width = mask.shape
    unit = min(height, width)
    across, down = (columns[-1] - columns[0] + 1) / width, (rows[-1] - rows[0] + 1) / height
    factor = min(across, down)
    left, bottom = columns[0] / unit, rows[-1] / unit
    for root in roots:
        root.resize(factor)
        root.x = left + root.x * across
        root.foot = bottom - (height / unit - root.foot) * factor


def settle(scene: Scene) -> Scene:
    """A scene whose things can stand where it puts them: those of the land come to the sea's shore."""
    if scene.ground != "sea":
        return scene
    carried = {r.subject for r in scene.relations if r.kind in ("on", "in", "riding")}
    carried |= {r.object for r in scene.relations if r.kind in ("wearing", "holding")}
    homes = {assets.concepts()[t.concept].home for i, t in enumerate(scene.things) if i not in carried}
    return replace(scene, ground="beach") if homes & {"land", "indoors"} else scene
