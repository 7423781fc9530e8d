"""Mengbi 梦笔: words become pictures, on your own machine.

import mengbi

mengbi.paint("a red fox under the northern lights").save("fox.png")

for step in mengbi.painting("落日飞车"):
    print(f"{step.done:.0%} {step.stage}")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mengbi.brief import Brief
    from mengbi.errors import MengbiError
    from mengbi.picture import Picture
    from mengbi.pipeline import paint, painting
    from mengbi.plan import Plan
    from mengbi.scene import Scene

__version__ = "0.1.0"
__all__ = ["Brief", "MengbiError", "Picture", "Plan", "Scene", "paint", "painting"]

_HOMES = {
    "Brief": "mengbi.brief",
    "MengbiError": "mengbi.errors",
    "Picture": "mengbi.picture",
    "Plan": "mengbi.plan",
    "Scene": "mengbi.scene",
    "paint": "mengbi.pipeline",
    "painting": "mengbi.pipeline",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that `import mengbi` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mengbi' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
