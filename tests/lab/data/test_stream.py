"""The stream of samples, on a small pack."""

import numpy as np
import pytest

from mengbi.lab.data.stream import EARLY, LATE, Mix, sample
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.text.reading import read_scene

SCENES, SINGLES = Mix(single=0.0, scene=1.0), Mix(single=1.0, scene=0.0)


def alike(one, other):
    return (
        np.array_equal(one.picture, other.picture)
        and np.array_equal(one.control, other.control)
        and (one.phrases, one.scene) == (other.phrases, other.scene)
    )


def test_a_sample_depends_on_seed_and_index_alone(wardrobe):
    fresh = Wardrobe(wardrobe.pack)
    forwards = [sample(wardrobe, 1, index, 48) for index in range(12)]
    backwards = [sample(fresh, 1, index, 48) for index in reversed(range(12))]
    assert all(map(alike, forwards, reversed(backwards)))


def test_another_seed_or_index_is_another_sample(wardrobe):
    samples = [sample(wardrobe, seed, index, 48) for seed in (1, 2) for index in range(8)]
    assert len({each.picture.tobytes() for each in samples}) == len(samples)


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("mix", [EARLY, LATE])
def test_pictures_and_sketches_have_the_size_that_is_asked_for(wardrobe, size, mix):
    for index in range(6):
        made = sample(wardrobe, 4, index, size, mix)
        assert made.picture.shape == (size, size, 3) and made.picture.dtype == np.uint8
        assert made.control.shape == (size, size, 4) and made.control.dtype == np.uint8
        assert set(np.unique(made.control[..., 3])) <= {0, 255}
        assert 1 <= len(made.phrases) <= 8


def test_the_sketch_is_of_the_same_picture_and_black_where_nothing_is_given(wardrobe):
    near, far = [], []
    samples = [sample(wardrobe, 5, index, 64, SCENES) for index in range(24)]
    for each, other in zip(samples, samples[1:] + samples[:1], strict=True):
        given = each.control[..., 3] > 0
        assert not each.control[~given].any()
        if given.mean() > 0.5:
            sketch = each.control[..., :3].astype(float)
            near.append(np.abs(sketch - each.picture)[given].mean())
            far.append(np.abs(sketch - other.picture)[given].mean())
    assert np.mean(near) < 0.5 * np.mean(far)


def test_every_thing_that_is_told_is_in_the_picture(wardrobe):
    """Where a scene has a thing more, the picture differs from its empty ground."""
    for index in range(10):
        made = sample(wardrobe, 6, index, 64, SINGLES)
        corner = made.picture[0, 0].astype(int)
        assert (np.abs(made.picture.astype(int) - corner).sum(axis=-1) > 60).mean() > 0.004


@pytest.mark.parametrize("language", ["en", "zh"])
def test_captions_say_the_facts_of_the_scene_as_our_own_reader_reads_them(wardrobe, language):
    asked = found = 0
    for index in range(500):
        made = sample(wardrobe, 7, index, 16, SCENES)
        if made.language != language or asked > 250:
            continue
        read = read_scene(made.phrases[0])
        things = {thing.concept: thing for thing in read.things}
        for thing in made.scene.things:
            got = things.get(thing.concept)
            facts = [got is not None]
            facts += [got is not None and got.color == thing.color] if thing.color else []
            facts += [got is not None and got.count == thing.count] if thing.count > 1 else []
            asked, found = asked + len(facts), found + sum(facts)
        for told, got in ((made.scene.ground, read.ground), (made.scene.sky.time, read.sky.time)):
            if told:
                asked, found = asked + 1, found + (told == got)
    assert asked > 150
    assert found / asked >= 0.9


def test_captions_come_in_english_and_chinese_and_other_languages(wardrobe):
    languages = {sample(wardrobe, 8, index, 16).language for index in range(120)}
    assert {"en", "zh", "zh-hant"} <= languages and languages & {"ar", "tr"}


def test_people_and_what_is_named_by_a_colour_are_not_dyed(wardrobe):
    for index in range(80):
        for thing in sample(wardrobe, 9, index, 16, SCENES).scene.things:
            assert thing.color is None or thing.concept not in ("girl", "king")
