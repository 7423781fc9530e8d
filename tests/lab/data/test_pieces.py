import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.lab.data.pieces import UNKNOWN, Vocabulary, learn_vocabulary, pieces, vocabulary_from_dict

PAPER = "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3


def test_the_pairs_of_the_paper_are_joined_in_its_order():
    """Sennrich et al. 2016, section 3.2: es, est, then l-o, lo-w; our words begin with the space before them."""
    learnt = learn_vocabulary(PAPER, 40)
    table = pieces(learnt)
    assert {"est", "low", " newest"} <= set(table)
    assert list(table).index("es") < list(table).index("est") < list(table).index(" newest")
    assert learnt.decode(learnt.encode("lowest")) == "lowest"
    assert len(learnt.encode(" newest")) == 1


def test_of_pairs_that_are_met_as_often_the_smaller_numbers_are_joined():
    assert pieces(learn_vocabulary("cd ab " * 4, 8))[-2:] == [" a", "cd"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), st.integers(0, 60))
def test_what_was_learnt_from_reads_back(text, count):
    learnt = learn_vocabulary(text, count)
    numbers = learnt.encode(text)
    assert learnt.decode(numbers) == text
    assert len(learnt) <= max(count, 1 + len(set(text)))
    assert numbers.max() < len(learnt)
    assert vocabulary_from_dict(json.loads(json.dumps(learnt.to_dict()))) == learnt


def test_pieces_never_reach_over_words_or_lines():
    table = pieces(learn_vocabulary("to be, or not to be\n" * 50, 200))
    assert not any("\n" in piece and len(piece) > 1 for piece in table)
    assert not any(" " in piece[1:] for piece in table)


def test_a_character_that_was_never_met_is_unknown_and_named():
    learnt = learn_vocabulary("abc abc", 8)
    assert learnt.encode("abdc").tolist().count(UNKNOWN) == 1
    assert learnt.strange("abd猫cd") == "d猫"
    assert learnt.decode([UNKNOWN]) == "\ufffd"


def test_the_same_text_gives_the_same_pieces_and_a_long_one_is_counted_in_part(monkeypatch):
    text = "".join(chr(97 + int(n)) + " " * (int(n) % 5 == 0) for n in np.random.default_rng(0).integers(26, size=9000))
    whole = learn_vocabulary(text, 100)
    assert learn_vocabulary(text, 100) == whole
    monkeypatch.setattr("mengbi.lab.data.pieces.ENOUGH", 2000)
    part = learn_vocabulary(text, 100)
    assert part != whole
    assert part.letters == whole.letters
    assert part.decode(part.encode(text)) == text


@pytest.mark.parametrize("merges", [[[1, 9]], [[0, 1]], [[3, 1]], [[1, 2], [4, 4]]])
def test_a_vocabulary_of_merges_that_cannot_be_is_refused(merges):
    with pytest.raises(ValueError, match="merge"):
        vocabulary_from_dict({"letters": "ab", "merges": merges})
    with pytest.raises(ValueError, match="order"):
        vocabulary_from_dict({"letters": "ba", "merges": []})
    assert Vocabulary(letters="ab").encode("ba").tolist() == [2, 1]
