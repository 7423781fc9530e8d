"""What is made with the engines: avatars first."""

from mengbi.finish import TOUCHES


def register() -> None:
    """Our own finishing steps that show what engines make, as any package registers its own."""
    TOUCHES.register("sheet", "mengbi.makers.avatar:sheet")
    TOUCHES.register("tree", "mengbi.makers.avatar:tree")
