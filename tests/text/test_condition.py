import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.text.condition import MAX_VECTORS, make_conditioning
from mengbi.text.encoder import load_encoder


class Counting:
    """An encoder that gives every text its own direction and remembers what it was asked."""

    name, digest, dim = "counting", "0", 512

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        return np.stack([vector(text) for text in texts])


def vector(text):
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    row = np.random.default_rng(seed).standard_normal(512).astype(np.float32)
    return row / np.linalg.norm(row)


def make(prompt, negative="", steps=10, style_words=""):
    encoder = Counting()
    conditioning = make_conditioning(prompt, negative, steps, encoder, style_words)
    assert len(encoder.asked) == len(set(encoder.asked)), "each text is encoded once"
    return conditioning


def only(wanted):
    [(condition, strength)] = wanted.toward
    assert strength == 1.0
    return condition


def says(condition, *texts):
    """Whether the condition's vectors are those of the texts, in order."""
    return np.array_equal(condition.vectors, np.stack([vector(text) for text in texts]))


def test_the_whole_comes_first_then_its_phrases_then_the_style():
    condition = only(make("a cat, a red crown", style_words="oil painting").at(0))
    assert says(condition, "a cat, a red crown", "a cat", "a red crown", "oil painting")
    assert condition.weights.tolist() == [1, 1, 1, 1]
    assert condition.vectors.dtype == condition.weights.dtype == condition.pooled.dtype == np.float32
    assert np.linalg.norm(condition.pooled) == pytest.approx(1)


def test_a_single_phrase_is_not_said_twice():
    assert says(only(make("落日飞车").at(0)), "落日飞车")


def test_attention_weighs_phrases_by_their_letters():
    condition = only(make("a cat, (a dog:1.5), a (bee:2) b").at(0))
    assert says(condition, "a cat, a dog, a bee b", "a cat", "a dog", "a bee b")
    assert condition.weights[1:].tolist() == pytest.approx([1, 1.5, (4 + 3 * 2) / 7])
    assert condition.weights[0] > 1


def test_heavier_words_pull_the_pooled_vector_towards_them():
    light, heavy = (only(make(f"a cat, (a dog:{weight})").at(0)).pooled @ vector("a dog") for weight in (1, 3))
    assert heavy > light + 0.1


def test_words_of_no_weight_are_not_said_and_of_negative_weight_repel():
    condition = only(make("a cat, (a dog:0)").at(0))
    assert says(condition, "a cat,", "a cat")
    condition = only(make("a cat, (a dog:-2)").at(0))
    assert says(condition, "a cat,", "a cat", "a dog")
    assert condition.weights.tolist() == [1, 1, -2]
    assert condition.pooled @ vector("a dog") < -0.5


def test_many_phrases_share_the_room_there_is_and_none_is_lost():
    phrases = [f"thing{i}" for i in range(30)]
    for style, count in (("", MAX_VECTORS), ("etching", MAX_VECTORS)):
        encoder = Counting()
        condition = make_conditioning(", ".join(phrases), "", 4, encoder, style).at(0).toward[0][0]
        assert len(condition.vectors) == count
        groups = [text for text in encoder.asked if text.count("thing") < 30 and text != style]
        assert sorted(word for text in groups for word in text.split(", ")) == sorted(phrases)


def test_no_words_have_no_vectors():
    wanted = make("", style_words="etching").at(0)
    for condition in (only(wanted), wanted.away):
        assert condition.vectors.shape == (0, 512)
        assert condition.weights.shape == (0,)
        assert not condition.pooled.any()


def test_a_schedule_changes_the_condition_after_its_step():
    conditioning = make("a [cat:dog:0.3]", "[rain::5]", steps=10)
    assert [says(only(conditioning.at(step)), "a cat") for step in range(10)] == [True] * 3 + [False] * 7
    assert says(only(conditioning.at(3)), "a dog")
    assert [len(conditioning.at(step).away.vectors) for step in range(10)] == [1] * 5 + [0] * 5
    assert conditioning.at(99) is conditioning.at(9)


def test_alternatives_take_turns_and_equal_texts_are_one_condition():
    conditioning = make("[cat|dog]", steps=6)
    assert [says(only(conditioning.at(step)), "cat") for step in range(6)] == [True, False] * 3
    assert only(conditioning.at(0)) is only(conditioning.at(2))


def test_and_gives_conditions_with_their_strengths():
    toward = make("a cat AND a dog :0.5 AND [sun:moon:1] :-1", steps=4).at(2).toward
    assert [strength for _, strength in toward] == [1, 0.5, -1]
    assert all(says(condition, text) for (condition, _), text in zip(toward, ["a cat", "a dog", "moon"], strict=True))


def test_a_negative_prompt_is_one_condition_whatever_its_grammar():
    away = make("a cat", "(rain:1.5) AND fog :0.5").at(0).away
    assert says(away, "rain, fog", "rain", "fog")
    assert away.weights[1:].tolist() == pytest.approx([1.5, 0.5])
    assert says(make("a cat", "rain BREAK snow").at(0).away, "rain, snow", "rain", "snow")


@given(
    st.text(alphabet="()[]:|\\（）［］：｜ab, 1.5-猫ANDBREK\n", max_size=50), st.text(max_size=20), st.integers(1, 12)
)
def test_any_prompt_becomes_finite_conditions_for_every_step(prompt, negative, steps):
    conditioning = make(prompt, negative, steps, "etching")
    for step in range(steps):
        wanted = conditioning.at(step)
        for condition in (wanted.away, *(condition for condition, _ in wanted.toward)):
            count = len(condition.vectors)
            assert count <= MAX_VECTORS
            assert condition.weights.shape == (count,)
            assert condition.vectors.shape == (count, 512)
            assert np.isfinite(condition.weights).all()
            length = np.linalg.norm(condition.pooled)
            assert length == pytest.approx(1, abs=1e-3) or length == 0


def test_the_real_encoder_hears_the_same_in_two_languages():
    encoder = load_encoder()
    english, chinese, other = (
        only(make_conditioning(prompt, "", 4, encoder).at(0)).pooled
        for prompt in ("a red fox under the stars", "星空下的一只红狐狸", "a bowl of noodles")
    )
    assert english.shape == (encoder.dim,)
    assert english @ chinese > 0.6 > english @ other
