"""A LeNet that reads small pictures: what it learns, and that it is learnt once."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from mengbi.errors import BriefError
from mengbi.lab.data import folder
from mengbi.lab.evaluation import digits
from mengbi.lab.evaluation.digits import LEAST, fitted, lenet, reader, right, train
from mengbi.lab.models import weigh
from mengbi.lab.models.lenet import Lenet

SHAPES = ("circle", "cross", "square")


def picture(shape, seed):
    chance = np.random.default_rng(seed)
    x, y = chance.integers(9, 19, 2).tolist()
    size = int(chance.integers(5, 9))
    image = Image.new("L", (28, 28))
    draw = ImageDraw.Draw(image)
    box = (x - size, y - size, x + size, y + size)
    if shape == "circle":
        draw.ellipse(box, outline=255, width=2)
    elif shape == "square":
        draw.rectangle(box, outline=255, width=2)
    else:
        draw.line((x - size, y, x + size, y), fill=255, width=2)
        draw.line((x, y - size, x, y + size), fill=255, width=2)
    return image


def shapes(seed, each):
    pixels = [np.asarray(picture(shape, seed + place))[..., None] for shape in SHAPES for place in range(each)]
    return np.stack(pixels), np.repeat(np.arange(len(SHAPES)), each)


@pytest.fixture(scope="module")
def learnt():
    pixels, labels = shapes(0, 300)
    return train(pixels, labels, 3, epochs=6)


def test_it_is_as_small_as_it_says():
    assert weigh(Lenet(10)) == 88_166


def test_it_reads_what_it_never_saw(learnt):
    assert right(learnt, *shapes(10_000, 60)) > 0.9


def test_its_features_tell_the_classes_apart_and_have_size_one(learnt):
    pixels, labels = shapes(20_000, 60)
    with torch.inference_mode():
        seen = learnt.features(fitted(pixels)).numpy()
    assert seen.shape == (180, 84) and seen.min() == 0
    assert np.square(seen).mean() == pytest.approx(1, rel=0.2)
    centers = np.stack([seen[labels == label].mean(axis=0) for label in range(3)])
    apart = np.linalg.norm(seen[:, None] - centers, axis=2)
    assert (apart.argmin(axis=1) == labels).mean() > 0.9


def test_the_same_seed_learns_the_same():
    pixels, labels = shapes(0, 50)
    first, second = (train(pixels, labels, 3, epochs=1).state_dict() for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)


def test_digits_laid_into_a_larger_square_are_seen_as_they_are():
    digit = np.asarray(picture("cross", 3))[..., None]
    padded = np.pad(digit, ((2, 2), (2, 2), (0, 0)))
    assert (fitted([padded]) == fitted([digit])).all()
    color = fitted([digit.repeat(3, axis=2)])
    assert color.shape == (1, 1, 28, 28) and (color == fitted([digit])).all()
    assert fitted([np.full((64, 48, 3), 255, np.uint8)]).unique().tolist() == [1.0]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of shapes, and caches that are nobody's."""
    for shape in SHAPES:
        (tmp_path / "shapes" / shape).mkdir(parents=True)
        for place in range(30):
            picture(shape, place).resize((56, 56)).save(tmp_path / "shapes" / shape / f"{place}.png")
    monkeypatch.setattr(folder, "open_data", partial(folder.open_data, cache=tmp_path / "cache"))
    monkeypatch.setattr(digits, "CACHE", tmp_path / "lenet")
    return tmp_path / "shapes"


def test_a_reader_is_trained_once_and_then_taken_from_the_cache(own, monkeypatch):
    said = []
    first = reader(str(own), said.append)
    assert first.names == SHAPES and any("training a reader" in line for line in said)
    assert f"{first.accuracy:.2%}" in first.about
    monkeypatch.setattr(digits, "train", None)  # nothing is trained any more
    second = reader(str(own))
    pixels, _ = shapes(0, 3)
    assert second.digest == first.digest and second.accuracy == first.accuracy
    assert (second.shares(pixels) == first.shares(pixels)).all()
    assert first.shares(pixels).sum(axis=1) == pytest.approx(1)
    network = lenet(str(own))
    assert network.frechet == f"FD-lenet:{own}" and network.digest == first.digest
    assert (network.see(pixels) == first.features(pixels)).all()


def test_a_reader_that_is_often_wrong_says_so(own):
    found = reader(str(own))
    assert (found.accuracy < LEAST) == ("with care" in found.about)


def test_pictures_without_classes_cannot_be_read(own, tmp_path):
    (tmp_path / "loose").mkdir()
    for place in range(8):
        picture("cross", place).resize((56, 56)).save(tmp_path / "loose" / f"{place}.png")
    with pytest.raises(BriefError, match="pictures without a class"):
        reader(str(tmp_path / "loose"))
