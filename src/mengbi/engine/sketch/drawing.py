"""The drawing as it grows, stage by stage, on a blank canvas."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mengbi import assets
from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.compose import draw_family
from mengbi.engine.sketch.footing import floats
from mengbi.engine.sketch.ground import Ground, Layer, paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import Light, light_of
from mengbi.engine.sketch.lofty import bear, shade_below
from mengbi.engine.sketch.sky import paint_sky
from mengbi.engine.sketch.weather import paint_weather
from mengbi.scene import Scene

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
    yield from people(canvas, ground, arrange(scene, ground, size, seed), light)
    yield "weather", paint_weather(canvas, scene, light, seed)


def people(canvas: Array, ground: Ground, roots: list[Figure], light: Light) -> Iterator[tuple[str, Array]]:
    """Sheets of ground and families, from far to near."""
    sheets = list(ground.layers)
    _lay(canvas, sheets, until=min((root.depth for root in roots), default=1.0))
    yield "ground", canvas
    waiting = list(roots)
    for stage, until in (("far things", NEAR), ("near things", 1.0)):
        while waiting and waiting[0].depth <= until:
            root = waiting.pop(0)
            _lay(canvas, sheets, until=root.depth)
            if root.aloft:
                shade_below(canvas, root, ground, light)
            draw_family(canvas, root, light, grounded=not floats(root, ground))
            if root.aloft:
                bear(canvas, root, light)
        _lay(canvas, sheets, until=until)
        yield stage, canvas


def _lay(canvas: Array, sheets: list[Layer], until: float) -> None:
    """Paints the sheets of ground up to a depth, and takes them off the list."""
    while sheets and sheets[0].depth <= until:
        sheets.pop(0).lay(canvas)


def settle(scene: Scene) -> Scene:
    """A scene whose things can stand where it puts them: those of the land come to the sea's shore."""
    if scene.ground != "sea":
        return scene
    carried = {r.subject for r in scene.relations if r.kind in ("on", "in", "riding")}
    carried |= {r.object for r in scene.relations if r.kind in ("wearing", "holding")}
    homes = {assets.concepts()[t.concept].home for i, t in enumerate(scene.things) if i not in carried and not t.aloft}
    return replace(scene, ground="beach") if homes & {"land", "indoors"} else scene
