import pytest

from mengbi.assets import concepts
from mengbi.errors import UnknownName
from mengbi.finish import STYLES
from mengbi.ideas import Idea, blind_box, groups, ideas, modifiers, search, tagged
from mengbi.ideas.shows import unkept
from mengbi.scene import (
    COLORS,
    FEATURES,
    GROUNDS,
    MOODS,
    RELATIONS,
    SEASONS,
    SIZES,
    TIMES,
    WEATHERS,
    Relation,
    Scene,
    Sky,
    Thing,
)
from mengbi.text.prompt import plain
from mengbi.text.reading import read_scene

FACTS = {*FEATURES, *GROUNDS, *MOODS, *SEASONS, *TIMES, *WEATHERS, *COLORS}
ALL = pytest.mark.parametrize("among", [ideas(), modifiers()], ids=["ideas", "modifiers"])
TAGS = pytest.mark.parametrize("tag", [group.tag for group in groups(ideas())])


class Unasked:
    """An encoder for words that the reader's own tables must know."""

    name, digest, dim = "unasked", "", 512

    def encode(self, texts):
        raise AssertionError(f"no table knows all of {texts}")


def read(words: str) -> Scene:
    return read_scene(plain(words), Unasked())


def test_there_are_many():
    assert len(ideas()) >= 320
    assert len(modifiers()) >= 90
    assert len(groups(ideas())) >= 15


@ALL
def test_none_stands_twice(among):
    for language in ("en", "zh"):
        words = [idea.words(language).lower().strip() for idea in among]
        assert sorted(words) == sorted(set(words))


@ALL
def test_english_is_ascii_and_chinese_is_chinese(among):
    assert [idea.en for idea in among if not idea.en.isascii()] == []
    assert [idea.zh for idea in among if any(c.isascii() for c in idea.zh)] == []


@TAGS
def test_both_languages_show_what_an_idea_promises_and_no_word_is_lost(tag):
    for idea in tagged(tag, ideas()):
        assert idea.shows
        for words in (idea.en, idea.zh):
            scene = read(words)
            assert (words, unkept(idea.shows, scene), scene.unknown) == (words, (), ())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_modifier_adds_what_it_promises_and_takes_nothing_away(language):
    base, comma = {"en": ("a red fox in a meadow", ", "), "zh": ("草地上一只红色的狐狸", "，")}[language]
    for modifier in modifiers():
        scene = read(base + comma + modifier.words(language))
        assert (modifier.en, unkept(("red fox", "meadow", *modifier.shows), scene)) == (modifier.en, ())
        assert (modifier.en, len(scene.things), scene.unknown) == (modifier.en, 1, ())


@ALL
def test_promises_name_what_there_is(among):
    for idea in among:
        for promise in idea.shows:
            kind = next((k for k in sorted(RELATIONS, key=len, reverse=True) if f" {k} " in promise), None)
            for part in [promise] if kind is None else promise.split(f" {kind} "):
                *qualities, concept = part.split()
                assert part in FACTS or concept in concepts(), promise
                assert all(q in (*COLORS, *SIZES, "many") or q.isdecimal() for q in qualities), promise


def test_every_group_of_ideas_has_styles_that_exist():
    for group in groups(ideas()):
        assert len(set(group.styles)) >= 3
        assert set(group.styles) <= set(STYLES.names())
        assert group.shape in ("any", "tall", "wide")


def test_a_promise_is_kept_by_count_size_colour_and_relation():
    scene = Scene(
        things=(Thing(concept="cat", count=3, color="black", size="small"), Thing(concept="crown", color="gold")),
        relations=(Relation(subject=0, kind="in front of", object=1),),
        sky=Sky(time="night", features=("moon",)),
        ground="snow",
    )
    kept = ("cat", "3 cat", "many cat", "3 small black cat", "gold", "night", "moon", "snow", "cat in front of crown")
    broken = ("dog", "2 cat", "red cat", "large cat", "many crown", "blue", "day", "sea", "crown in front of cat")
    assert unkept((*kept, *broken), scene) == broken


@pytest.mark.parametrize("words", ["fox", "foxes", "狐狸", "renard", "Fuchs", "🦊", "FOX snow"])
def test_words_of_any_language_find_ideas(words):
    found = search(words, ideas(), Unasked())
    assert found
    assert all("fox" in " ".join(idea.shows) for idea in found)


def test_a_word_is_no_part_of_another():
    assert any("caterpillar" in idea.shows for idea in ideas())
    assert not any("caterpillar" in idea.shows for idea in search("cat", ideas()))


def test_all_words_must_be_found():
    found = search("moon 湖", ideas(), Unasked())
    assert found
    assert all("moon" in idea.en and "湖" in idea.zh for idea in found)


def test_groups_are_found_too_and_ideas_that_say_the_word_come_first():
    found = search("animals", ideas(), Unasked())
    assert {idea.group.tag for idea in found} == {"animals"}
    festive = search("月饼", ideas(), Unasked())
    assert "月饼" in festive[0].zh


def test_what_no_table_knows_is_found_by_meaning():
    among = ideas()[:60]
    found = search("loneliness", among)
    assert 0 < len(found) < len(among) / 4
    assert any("lone" in idea.en for idea in found)


@pytest.mark.parametrize("words", ["", "  ", "、，"])
def test_nothing_finds_nothing(words):
    assert search(words, ideas(), Unasked()) == ()


@pytest.mark.parametrize("tag", ["sea", "The sea", "大海", "SEA"])
def test_a_tag_has_titles(tag):
    assert {idea.group.tag for idea in tagged(tag, ideas())} == {"sea"}


def test_a_tag_that_is_none_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="no tag 'see'; did you mean 'sea'") as error:
        tagged("see", ideas())
    assert all(group.tag in str(error.value) for group in groups(ideas()))


def test_the_blind_box_is_the_same_for_a_seed_and_differs_without():
    boxes = [blind_box(seed, (512, 512), ideas()) for seed in range(60)]
    assert boxes == [blind_box(seed, (512, 512), ideas()) for seed in range(60)]
    assert len({idea for idea, _ in boxes}) > 45
    assert len({style for _, style in boxes}) > 8
    assert all(style in idea.group.styles for idea, style in boxes)


@pytest.mark.parametrize(("size", "never"), [((400, 800), "wide"), ((800, 400), "tall")])
def test_the_blind_box_minds_the_shape(size, never):
    shapes = {blind_box(seed, size, ideas())[0].group.shape for seed in range(400)}
    assert len(shapes) == 2
    assert never not in shapes


def test_a_tag_of_another_shape_is_still_painted():
    among: tuple[Idea, ...] = tagged("phone", ideas())
    assert blind_box(1, (800, 400), among)[0] in among
