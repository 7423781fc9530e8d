import numpy as np
import pytest

from mengbi.assets import vectors
from mengbi.errors import UnknownName
from mengbi.text.encoder import ENCODERS, Usem3, load_encoder


@pytest.fixture(scope="module")
def encoder() -> Usem3:
    return load_encoder()


def test_rows_are_unit_vectors_of_its_dimension(encoder: Usem3):
    rows = encoder.encode(["a red cat", "红猫", "", " ", "🐱", "x" * 4000])
    assert rows.shape == (6, encoder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_rows(encoder: Usem3):
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_the_same_texts_give_the_same_bytes(encoder: Usem3):
    texts = ["a red cat", "due gatti"]
    assert encoder.encode(texts).tobytes() == encoder.encode(texts).tobytes()


def test_neighbours_in_a_batch_hardly_move_a_vector(encoder: Usem3):
    alone = encoder.encode(["a red cat"])[0]
    np.testing.assert_allclose(encoder.encode(["落日飞车", "a red cat", "x" * 400])[1], alone, atol=2e-6)


def test_one_meaning_lies_near_in_all_languages(encoder: Usem3):
    rows = encoder.encode(["a cat", "一只猫", "eine Katze", "un gato", "кошка", "猫", "قطة", "the stock market"])
    near = rows[0] @ rows.T
    assert near[1:7].min() > near[7] + 0.2


def test_its_space_is_the_one_of_the_concepts(encoder: Usem3):
    names, rows = vectors()
    assert rows.shape[1] == encoder.dim
    found = [names[i] for i in (encoder.encode(["cat", "roller coaster", "热气球"]) @ rows.T).argmax(axis=1)]
    assert found == ["cat", "roller-coaster", "hot-air-balloon"]


def test_a_lone_surrogate_is_no_reason_to_fail(encoder: Usem3):
    assert np.isfinite(encoder.encode(["a \ud83d cat"])).all()


def test_the_digest_is_of_the_weights(encoder: Usem3):
    assert len(encoder.digest) == 64
    assert int(encoder.digest, 16)


def test_there_is_one_encoder_a_process_and_an_unknown_name_is_told():
    assert load_encoder() is load_encoder("usem3")
    assert ENCODERS.names() == ["usem3"]
    with pytest.raises(UnknownName, match="did you mean 'usem3'"):
        load_encoder("usem4")
