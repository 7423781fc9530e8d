"""A photo as it is: what upscaling and restoring somebody's own picture begins with."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mengbi.engine import Step
from mengbi.engine.editing import fitted
from mengbi.engine.preview import shrink
from mengbi.errors import BriefError
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.source import opaque


class Photo:
    """Engine: changes nothing, neither colour nor what is transparent; at another size, the photo made to cover it."""

    name = "photo"
    title = "a photo as it is, to be styled, enlarged or kept; words change nothing"
    uses = frozenset({"photo"})
    defaults: Mapping[str, Any] = MappingProxyType({"style": "none"})
    weights = ""

    def paint(self, plan: Plan) -> Iterator[Step]:
        """One Step. Raises BriefError where there is no photo, SourceError."""
        if plan.photo is None:
            said = "the photo engine without a photo — add --from PHOTO, or choose another engine"
            raise BriefError(said, code="without-photo", what="engine")
        pixels = fitted(plan.photo, plan.size)
        pictures = tuple(Picture(pixels=pixels, plan=plan.only(index)) for index in range(len(plan.samples)))
        images = shrink(opaque(pixels))[None].repeat(len(pictures), 0)
        yield Step(done=1.0, stage="photo", images=images, pictures=pictures)
