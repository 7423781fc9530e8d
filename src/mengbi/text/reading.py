"""Words -> Scene."""

from mengbi.scene import Scene
from mengbi.text.chinese import read_postpositions
from mengbi.text.english import read_prepositions
from mengbi.text.lexicon import lexicon
from mengbi.text.tokens import tokenize


def read_scene(words: str) -> Scene:
    reading = tokenize(words)
    grammar = read_postpositions if lexicon(reading.language).order == "postpositions" else read_prepositions
    return grammar(reading).scene()
