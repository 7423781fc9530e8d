"""Where things are in a photo of a face: by MediaPipe where it is installed, else roughly, by the colour of skin.

Both work on this machine alone. MediaPipe's face mesh: Kartynnik et al. 2019, "Real-time facial surface geometry from
monocular video on mobile GPUs"; its models come inside its wheel.
"""

import importlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Array = NDArray[np.float32]

VIEW = 96
"""Pixels of the longer side that are looked at for skin."""
CB, CR = (77, 127), (133, 173)
"""Of skin, of whatever tone (Chai and Ngan 1999, "Face segmentation using skin-color map")."""
UPRIGHT = 1.3
"""Height of a face from chin to hair, of its width."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Marks:
    """A face in a picture: its box from hairline to chin, in pixels, and as far as known its points and its person."""

    left: float
    top: float
    right: float
    bottom: float
    points: Array | None = None  # (478, 2), MediaPipe's
    person: Array | None = None  # (h, w), 0 to 1: how sure it is that a pixel is the person's


def find(pixels: Pixels) -> Marks | None:
    """The largest face in a picture, uint8 (h, w, 3), or None where there is none to be found."""
    try:
        mediapipe = importlib.import_module("mediapipe")
    except ImportError:
        return by_skin(pixels)
    return _by_mesh(pixels, mediapipe.solutions)


def by_skin(pixels: Pixels) -> Marks | None:
    """The box in which most is skin, and around which least is; None where no box is clearly so."""
    image = Image.fromarray(pixels)
    image.thumbnail((VIEW, VIEW), Image.Resampling.BOX)
    tones = np.asarray(image.convert("YCbCr"))
    skin = np.ones(tones.shape[:2], np.float32)
    for plane, (low, high) in zip((tones[..., 1], tones[..., 2]), (CB, CR), strict=True):
        skin *= (plane >= low) & (plane <= high)
    skin *= tones[..., 0] > 30
    sums = np.pad(skin, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    best: tuple[float, int, int, int, int] | None = None
    for wide in range(10, min(skin.shape) + 1, 3):
        high = round(UPRIGHT * wide)
        inner = _boxes(sums, wide, high)
        if not inner.size:
            break
        share, around = inner / (wide * high), _around(sums, wide, high)
        value = (share - around - 0.3) * wide  # large, full of skin, and alone
        y, x = divmod(int(value.argmax()), value.shape[1])
        if share[y, x] > 0.6 and around[y, x] < 0.35 and (best is None or value[y, x] > best[0]):
            best = (float(value[y, x]), int(x), int(y), wide, high)
    if best is None:
        return None
    _, x, y, wide, high = best
    scale = pixels.shape[1] / image.width
    return Marks(left=x * scale, top=y * scale, right=(x + wide) * scale, bottom=(y + high) * scale)


def _around(sums: Array, wide: int, high: int) -> Array:
    """The share of skin to the left, to the right and above every box, in a rim of a third of its width."""
    rim = max(2, wide // 3)
    padded = np.pad(sums, ((rim, 0), (rim, rim)), "edge")
    outer = _boxes(padded, wide + 2 * rim, high + rim)
    inner = _boxes(sums, wide, high)
    area = np.float32((wide + 2 * rim) * (high + rim) - wide * high)
    return np.asarray((outer[: inner.shape[0], : inner.shape[1]] - inner) / area, np.float32)


def _boxes(sums: Array, wide: int, high: int) -> Array:
    """The sum in every box of a size, from sums from the upper left."""
    return sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]


def _by_mesh(pixels: Pixels, solutions: object) -> Marks | None:
    mesh, segmentation = getattr(solutions, "face_mesh"), getattr(solutions, "selfie_segmentation")  # noqa: B009
    with mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True) as network:
        faces = network.process(pixels).multi_face_landmarks
    if not faces:
        return None
    with segmentation.SelfieSegmentation(model_selection=0) as network:
        person = np.asarray(network.process(pixels).segmentation_mask, np.float32)
    size = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
    points = np.array([(point.x, point.y) for point in faces[0].landmark], np.float32) * size
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return Marks(
        left=float(left), top=float(top), right=float(right), bottom=float(bottom), points=points, person=person
    )
