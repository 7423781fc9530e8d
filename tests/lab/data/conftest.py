import pytest

from mengbi.assets import concepts
from mengbi.lab.data import backdrops, own
from mengbi.lab.data.dream import sprite_row
from mengbi.lab.data.emoji import by_table
from mengbi.lab.data.pack import Pack, write_pack
from mengbi.lab.data.sources import SOURCES
from mengbi.lab.data.wardrobe import Wardrobe

THINGS = """cat dog fox horse whale girl king tree rose house car boat airplane apple cake crown umbrella book balloon
top-hat table guitar""".split()


def known(concept):
    return {"en": concept.en, "zh": concept.zh, **by_table(concept.id)}


@pytest.fixture(scope="session")
def pack_path(tmp_path_factory):
    """A pack of what is shipped: some things of the underdrawing, one of them as a portrait, and six backdrops."""
    chosen = [concepts()[name] for name in THINGS]
    rows = [sprite_row(own.art(concept, 0, concept.drawings[0], known(concept), SOURCES[0])) for concept in chosen]
    names = {concept.id: known(concept) for concept in chosen}
    wishes = backdrops.wishes(3)
    painted = [backdrops.paint(next(wishes), number) for number in range(6)]
    path = tmp_path_factory.mktemp("pack") / "dream.pack"
    write_pack(path, rows, names, [(backdrop, backdrops.encode(pixels)) for backdrop, pixels in painted])
    return path


@pytest.fixture(scope="session")
def wardrobe(pack_path):
    return Wardrobe(Pack(pack_path))
