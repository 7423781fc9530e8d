import numpy as np
import pytest

from mengbi.brief import Brief
from mengbi.finish import TOUCHES
from mengbi.pipeline import make_plan


@pytest.fixture
def plan():
    """Makes the plan of a wish, which is not painted."""

    def make(prompt="a red fox under the northern lights", **wishes):
        return make_plan(Brief(**{"prompt": prompt, "seed": 42, "style": "none", **wishes}))

    return make


@pytest.fixture
def touched():
    """Carries out the last finishing step of a plan on a grey picture, or on another."""

    def touch(plan, pixels=None):
        last = plan.finish[-1]
        if pixels is None:
            width, height = last.settings["picture"][2:]
            pixels = np.full((height, width, 3), (90, 120, 160), np.uint8)
        return TOUCHES.find(last.name)(pixels, plan, last.settings)

    return touch
