from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mengbi.errors import BriefError
from mengbi.studio import marks
from mengbi.studio.facts import clean, fold
from mengbi.studio.meaning import fill, matrix_of
from mengbi.studio.pictures import add, find, remove
from mengbi.studio.search import Filter, by_meaning, count, page
from mengbi.studio.tables import meanings

PROMPTS = (
    "a red fox under the northern lights",
    "落日飞车",
    "un velero en el océano al atardecer",
    "月亮上的猫",
    "Straße im Schnee",
    "100% cotton_candy \"sky\" isn't 'real'",
    "рыжая лиса",
    "赤い狐と月",
)


@pytest.fixture
def filled(store, painted):
    for seed, prompt in enumerate(PROMPTS):
        add(store, painted(prompt, seed=seed), created=datetime(2026, 1, 1 + seed, tzinfo=UTC))
    return store


def prompts(store, **wishes):
    return [entry.prompt for entry in page(store, Filter(**wishes)).entries]


WORDS = (
    ("fox", [0]),
    ("FOX red", [0]),
    ("ox unde", [0]),
    ("fox 月", []),
    ("落日", [1]),
    ("日", [1]),
    ("日飞车", [1]),
    ("月", [7, 3]),
    ("的猫", [3]),
    ("oceano", [2]),
    ("OCÉANO al", [2]),
    ("strasse", [4]),
    ("im", [4]),
    ("лиса", [6]),
    ("い狐", [7]),
    ("100%", [5]),
    ("%", [5]),
    ("_", [5]),
    ("n_c", [5]),
    ('"sky"', [5]),
    ("isn't", [5]),
    ("'", [5]),
    ("fox OR cat", []),
    ("*", []),
    ("fox*", []),
    ("zeppelin", []),
    ("   ", list(range(7, -1, -1))),
)
"""What is asked for, and the prompts that it finds, newest first."""


def test_words_are_found_in_any_language_and_mean_nothing_but_themselves(filled):
    for words, found in WORDS:
        assert prompts(filled, words=words) == [PROMPTS[index] for index in found], words
        assert count(filled, Filter(words=words)) == len(found), words


def test_common_words_are_found_as_rare_ones_are(filled, monkeypatch):
    for words in ("fox", "fox red", "日飞车", "n_c", "zeppelin"):
        rare = prompts(filled, words=words)
        with monkeypatch.context() as patch:
            patch.setattr("mengbi.studio.search.COMMON", 0)
            assert prompts(filled, words=words) == rare


def test_titles_and_tags_are_searched_and_follow_every_change(filled):
    fox = page(filled, Filter(words="fox")).entries[0]
    marks.tag(filled, fox, ["Äpfel", "夜景"])
    marks.retitle(filled, fox, "Winter's Tale")
    for words in ("winter's", "apfel", "夜景", "夜", "fox tale"):
        assert prompts(filled, words=words) == [fox.prompt], words
    marks.tag(filled, fox, drop=["夜景"])
    marks.retitle(filled, fox, "")
    for words in ("winter's", "夜景", "夜"):
        assert prompts(filled, words=words) == []
    remove(filled, fox)
    assert prompts(filled, words="apfel") == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=12))
def test_no_words_break_the_search_and_all_that_is_found_has_them(filled, words):
    terms = fold(clean(words, 12)).split()
    expected = [prompt for prompt in reversed(PROMPTS) if all(term in fold(prompt) for term in terms)]
    assert prompts(filled, words=words) == expected


def test_every_filter_holds_what_it_says(filled):
    fox, sea = (page(filled, Filter(words=words)).entries[0] for words in ("fox", "velero"))
    marks.favour(filled, fox)
    marks.rate(filled, fox, 3)
    marks.rate(filled, sea, 5)
    marks.tag(filled, sea, ["Sea"])
    marks.collect(filled, fox, "animals")
    assert prompts(filled, favourite=True) == [fox.prompt]
    assert prompts(filled, stars=3) == [sea.prompt, fox.prompt]
    assert prompts(filled, stars=4) == [sea.prompt]
    assert prompts(filled, tag="SEA") == [sea.prompt]
    assert prompts(filled, collection="animals") == [fox.prompt]
    assert prompts(filled, style="none", engine="analytic", words="fox") == [fox.prompt]
    assert prompts(filled, style="oil") == prompts(filled, engine="sketch") == []
    assert prompts(filled, stars=1, favourite=True, words="northern") == [fox.prompt]
    second = datetime(2026, 1, 2, tzinfo=UTC)
    assert prompts(filled, since=second, until=second + timedelta(days=2)) == [PROMPTS[2], PROMPTS[1]]
    with pytest.raises(BriefError, match="did you mean 'animals'"):
        prompts(filled, collection="animal")


def test_pages_one_after_another_are_all_pictures_newest_first(store, plain):
    moment = datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    ids = [add(store, plain(n), created=moment + timedelta(milliseconds=700 * (n // 3))).id for n in range(11)]
    for limit in (1, 2, 3, 11, 50):
        leafed, after = [], None
        while True:
            found = page(store, limit=limit, after=after)
            leafed += [entry.id for entry in found.entries]
            after = found.next
            if after is None:
                break
        assert leafed == ids[::-1]


def test_a_page_stays_where_it_was_when_pictures_come_in_before_it(store, plain):
    ids = [add(store, plain(n)).id for n in range(4)]
    first = page(store, limit=2)
    add(store, plain(9))
    assert [entry.id for entry in page(store, limit=2, after=first.next).entries] == [ids[1], ids[0]]


@pytest.mark.parametrize("after", ["", "x", "1", "1-2-3", "1-x", "１-2", "9" * 30 + "-1", "--1-2"])
def test_a_page_that_is_none_is_told(store, after):
    with pytest.raises(BriefError, match="page"):
        page(store, after=after)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_its_limits(store, limit):
    with pytest.raises(BriefError, match="1 to 500"):
        page(store, limit=limit)


def test_meaning_goes_over_languages(filled):
    for asked in ("ein Fuchs", "狐狸", "a fox"):
        best = [entry.prompt for entry, _ in by_meaning(filled, asked, limit=3)]
        assert set(best) == {PROMPTS[0], PROMPTS[6], PROMPTS[7]}, asked
    (near,) = by_meaning(filled, "月亮上的猫", limit=1)
    assert near[0].prompt == "月亮上的猫" and near[1] == pytest.approx(1, abs=2e-3)


def test_meaning_keeps_up_with_what_comes_and_goes(filled, painted, plain):
    before = matrix_of(filled)
    assert matrix_of(filled) is before
    whale = add(filled, painted("a blue whale in the deep sea", seed=50))
    nameless = add(filled, plain(1))
    assert by_meaning(filled, "whale", limit=1)[0][0] == whale
    assert nameless.id not in [entry.id for entry, _ in by_meaning(filled, "whale", limit=500)]
    marks.retitle(filled, nameless, "a huge whale that swims in the ocean")
    assert {entry.id for entry, _ in by_meaning(filled, "whale", limit=2)} == {whale.id, nameless.id}
    remove(filled, whale)
    assert by_meaning(filled, "whale", limit=1)[0][0].id == nameless.id
    assert len(by_meaning(filled, "whale", limit=500)) == len(PROMPTS) + 1


def test_meaning_goes_with_the_filters(filled):
    moon = page(filled, Filter(words="月亮")).entries[0]
    marks.favour(filled, moon)
    found = by_meaning(filled, "a fox", Filter(favourite=True))
    assert [entry.id for entry, _ in found] == [moon.id]
    assert by_meaning(filled, "a fox", Filter(tag="nothing")) == ()
    with pytest.raises(BriefError, match="no words"):
        by_meaning(filled, "  ")


def test_more_pictures_than_are_looked_at_first_are_all_found_and_in_order(store, painted, monkeypatch):
    monkeypatch.setattr("mengbi.studio.search.SPARE", 1)
    for seed in range(24):
        add(store, painted("a fox" if seed % 2 else "a stone bridge", seed=seed))
    matrix_of(store)
    for entry in page(store, limit=12).entries:
        remove(store, entry)
    assert [entry.prompt for entry, _ in by_meaning(store, "fox", limit=3)] == ["a fox"] * 3
    found = by_meaning(store, "fox", limit=8)
    assert [entry.prompt for entry, _ in found] == ["a fox"] * 6 + ["a stone bridge"] * 2
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)


def test_an_empty_gallery_has_no_nearest(store):
    assert by_meaning(store, "fox") == ()


def test_vectors_that_are_lacking_are_made(filled):
    with filled.writing() as connection:
        connection.execute(meanings.delete().where(meanings.c.picture_id < 5))
    assert fill(filled) == 4
    assert fill(filled) == 0
    assert by_meaning(filled, "a fox under the northern lights", limit=1)[0][0] == find(filled, 1)
