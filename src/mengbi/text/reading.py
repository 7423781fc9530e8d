"""Words -> Scene: tables and a small grammar first, the encoder for what they leave."""

from mengbi.scene import Scene
from mengbi.text.chinese import read_postpositions
from mengbi.text.compounds import join_compounds
from mengbi.text.encoder import Encoder, load_encoder
from mengbi.text.english import read_prepositions
from mengbi.text.guess import guess, join_unknown, needs_guessing
from mengbi.text.lexicon import lexicon
from mengbi.text.tokens import tokenize


def read_scene(words: str, encoder: Encoder | None = None) -> Scene:
    """What the words place where, as far as they say; what was not said stays None, for whoever draws to choose.

    words: plain words in any of sixteen languages, without prompt grammar; any string at all is read.
    encoder: asked only for words that no table knows; None loads the default one when that happens. Its space must be
    the one of `mengbi.assets.vectors`.
    """
    reading = join_compounds(tokenize(words))
    if needs_guessing(reading):
        reading = guess(reading, encoder or load_encoder())
    read = read_postpositions if lexicon(reading.language).order == "postpositions" else read_prepositions
    draft = read(join_unknown(reading))
    draft.hints += [("time", token.value) for token in reading.tokens if token.role == "hint"]
    return draft.scene()
