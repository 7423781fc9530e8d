"""The names of all that a picture can be kept as."""

from mengbi.finish.purposes import KINDS


def all_kinds() -> list[str]:
    """Every value of `Brief.purpose`, the kinds themselves first."""
    from mengbi.finish.purposes.avatar import SHAPES
    from mengbi.finish.purposes.poster import PAPERS
    from mengbi.finish.purposes.sticker import SIDES
    from mengbi.finish.purposes.wallpaper import screens

    names = [name.replace(" ", "-") for name in screens() if name.isascii()]
    variants = {"wallpaper": names, "poster": PAPERS, "avatar": SHAPES, "sticker": SIDES}
    return [*KINDS, *(f"{kind}:{name}" for kind, among in variants.items() for name in among)]
