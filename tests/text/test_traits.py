"""What can be said of a face."""

import pytest

from mengbi.errors import BriefError
from mengbi.text.traits import ANY, as_names, as_numbers, groups, traits


def test_every_trait_is_said_in_both_languages_and_no_words_mean_two():
    assert len(traits()) > 40
    for trait in traits().values():
        assert all(trait.en) and all(trait.zh) and trait.name in groups()[trait.group]
    for language in ("en", "zh"):
        words = [word for trait in traits().values() for word in getattr(trait, language)]
        assert len(set(words)) == len(words)


def test_names_become_numbers_and_names_again():
    names = ("ink", "short", "black-hair", "fair-skin", "smile", "glasses", "earrings")
    numbers = as_numbers(names)
    assert numbers.sum() == len(names) and set(as_names(numbers)) == set(names)


def test_a_face_has_one_of_a_group_and_wears_what_it_likes():
    as_numbers(groups()[ANY])
    with pytest.raises(BriefError, match="a face has one hair"):
        as_numbers(["short", "long"])
    with pytest.raises(BriefError, match="did you mean 'glasses'"):
        as_numbers(["glases"])
