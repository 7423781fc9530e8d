"""The loader: the same bits whoever makes them and wherever one goes on."""

from itertools import islice

import numpy as np
import pytest

from mengbi.lab.data.loader import Loader, encode
from mengbi.text.encoder import load_encoder


def batches(pack_path, number, **changes):
    made = islice(Loader(path=pack_path, seed=3, size=24, **{"batch": 40, **changes}), number)
    return list(made)


def same(one, other):
    return (
        one.pictures.tobytes() == other.pictures.tobytes()
        and one.control.tobytes() == other.control.tobytes()
        and one.vectors.tobytes() == other.vectors.tobytes()
        and one.given.tobytes() == other.given.tobytes()
        and one.cursor == other.cursor
    )


@pytest.fixture(scope="module")
def first(pack_path):
    return batches(pack_path, 8)


def test_a_batch_has_the_shapes_that_training_takes(first):
    for number, batch in enumerate(first, 1):
        assert batch.pictures.shape == (40, 24, 24, 3) and batch.pictures.dtype == np.uint8
        assert batch.control.shape == (40, 24, 24, 4) and batch.control.dtype == np.uint8
        assert batch.vectors.shape == (40, 8, 512) and batch.vectors.dtype == np.float16
        assert batch.given.shape == (40, 8) and batch.given[:, 0].all()
        assert batch.cursor == 40 * number


def test_workers_do_not_change_a_bit(pack_path, first):
    assert all(map(same, first, batches(pack_path, 8, workers=2)))


def test_it_goes_on_from_any_cursor(pack_path, first):
    assert all(map(same, first[6:], batches(pack_path, 2, start=240)))


def test_the_size_of_a_batch_does_not_change_a_sample(pack_path, first):
    joined = np.concatenate([batch.vectors for batch in first])[:130]
    assert np.array_equal(batches(pack_path, 1, batch=130)[0].vectors, joined)


def test_vectors_are_the_encoders_own():
    vectors, given = encode([("a red cat, night", "a red cat", "night"), ("雪",)])
    expected = load_encoder().encode(["a red cat, night", "a red cat", "night"])
    assert np.abs(vectors[0, :3].astype(np.float32) - expected).max() < 1e-3
    assert given.sum(axis=1).tolist() == [3, 1]
    assert not vectors[1, 1:].any()
