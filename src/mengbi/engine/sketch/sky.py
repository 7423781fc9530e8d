"""The sky of a picture, or what fills its place: deep water, space, a wall."""

from mengbi.engine.sketch.heaven.firmament import open_sky
from mengbi.engine.sketch.land import aloft, deep, room
from mengbi.engine.sketch.light import Light
from mengbi.engine.sketch.texture import Array, deliver, frame_of
from mengbi.engine.sketch.tint import tinted
from mengbi.scene import Scene


def paint_sky(size: tuple[int, int], scene: Scene, light: Light, horizon: float, seed: int) -> Array:
    """float32 (h, w, 3), 0..1, for size (w, h); horizon: its height from the top as a fraction."""
    frame = frame_of(size)
    paint = {"underwater": deep.water, "space": aloft.space, "room": room.wall}.get(light.ground, open_sky)
    planes = paint(frame, light, horizon * frame.tall, seed)
    if light.tints[0] and paint is not open_sky:
        planes = tinted(planes, light.tints[0])
    return deliver(planes, size)
