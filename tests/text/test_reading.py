import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score import languages, pairs, score, table

from mengbi.assets import concepts
from mengbi.scene import FEATURES, GROUNDS, MOODS, SEASONS, TIMES, WEATHERS, Scene, scene_from_dict
from mengbi.text.encoder import load_encoder
from mengbi.text.lexicon import LATIN, emoji, lexicon, traits
from mengbi.text.reading import read_scene

TABLES = ("en", "zh", "ja", "ko", "ru", "ar", "th", *LATIN)
LEAST = {"things": 0.95, "colours": 0.95, "counts": 0.95, "relations": 0.93, "sky": 0.95, "ground": 0.95}


@dataclass(frozen=True)
class NoEncoder:
    """Fails the test if it is asked for anything."""

    name: str = "none"
    digest: str = ""
    dim: int = 512

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        pytest.fail(f"the encoder was asked for {list(texts)}")


def read(words: str) -> Scene:
    return read_scene(words, NoEncoder())


def things(scene: Scene) -> list[str]:
    """ "3 red cat": count, colour and concept of each, as far as said."""
    return [
        " ".join(str(part) for part in (thing.count if thing.count > 1 else None, thing.color, thing.concept) if part)
        for thing in scene.things
    ]


def relations(scene: Scene) -> set[str]:
    names = [thing.concept for thing in scene.things]
    return {f"{names[link.subject]} {link.kind} {names[link.object]}" for link in scene.relations}


def test_the_sentences_are_read_right_in_english_and_chinese_alike():
    english, chinese = score(pairs(), "en"), score(pairs(), "zh")
    print("\n" + table(pairs()))
    for kind, least in LEAST.items():
        for tallies in (english, chinese):
            assert tallies[kind].f1 >= least, "\n".join([kind, *tallies[kind].mistakes])
        assert chinese[kind].f1 >= english[kind].f1 - 0.03, "\n".join([kind, *chinese[kind].mistakes])


def test_the_other_languages_are_read_too():
    for language, tallies in languages().items():
        print(language, *(f"{kind} {tally.f1:.0%}" for kind, tally in tallies.items()))
        for kind in ("things", "colours", "counts", "sky", "ground"):
            assert tallies[kind].f1 >= 0.8, "\n".join([language, kind, *tallies[kind].mistakes])


def test_every_word_of_the_tables_means_something_that_a_scene_can_hold():
    allowed = {
        "thing": concepts(), "ground": GROUNDS, "time": TIMES, "weather": WEATHERS, "feature": FEATURES,
        "season": SEASONS, "mood": MOODS,
    }  # fmt: skip
    for language in TABLES:
        for word, meanings in lexicon(language).phrases.items():
            for meaning in meanings:
                known = allowed.get(meaning.role)
                assert known is None or meaning.value in known, f"{language}: {word} is {meaning}"
    for word, meanings in emoji().items():
        for meaning in meanings:
            assert meaning.value in allowed.get(meaning.role, [meaning.value]), f"{word} is {meaning}"
    for trait, members in traits().items():
        assert members - {""} <= set(concepts()), trait


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a red cat and a blue dog", ["red cat", "blue dog"]),
        ("红猫和蓝狗", ["red cat", "blue dog"]),
        ("the cat is black and the dog is white", ["black cat", "white dog"]),
        ("猫是黑色的，狗是白色的", ["black cat", "white dog"]),
        ("an orange and two lemons on a blue plate", ["orange-fruit", "2 lemon", "blue plate"]),
        ("several wolves, a dozen geese and children", ["4 wolf", "12 goose", "3 child"]),
        ("十二只天鹅，两三匹马，一群羊，女孩们", ["12 swan", "3 horse", "7 sheep", "3 girl"]),
        ("hundreds of butterflies", ["24 butterfly"]),
        ("12 cats and 3只狗", ["12 cat", "3 dog"]),
        ("a pair of sunglasses", ["sunglasses"]),
        ("a robot cat", ["cat"]),
        ("戴著金色皇冠的黑貓與紅氣球", ["gold crown", "black cat", "red balloon"]),
        ("一只胖猫", ["cat"]),
        ("金属感的机器人", ["robot"]),
        ("red and blue balloons", ["2 red balloon", "2 blue balloon"]),
        ("five red, blue and yellow balloons", ["2 red balloon", "2 blue balloon", "yellow balloon"]),
        ("红色和蓝色的气球", ["red balloon", "blue balloon"]),
        ("a black and white cat", ["black cat"]),
        ("hot air balloons over the desert", ["3 hot-air-balloon"]),
        ("two oranges and a bowl of noodles", ["2 orange-fruit", "noodles"]),
        ("seven black cats", ["7 black cat"]),
        ("一盏盏红灯笼", ["7 red lantern"]),
        ("a cat in a golden flurbcage", ["cat"]),
        ("three sleeping bears", ["3 bear"]),
        ("a portrait of a woman with long blonde hair and blue eyes", ["woman"]),
        ("two boots", ["2 boot"]),
        ("two graduation caps and four top hats", ["2 graduation-cap", "4 top-hat"]),
        ("两顶学士帽", ["2 graduation-cap"]),
        ("a pair of scissors", ["scissors"]),
        ("a pair of glasses and a pair of jeans", ["glasses", "jeans"]),
        ("一副眼镜和一双袜子", ["glasses", "socks"]),
        ("two glasses of wine", ["2 wine"]),
        ("a pair of boots", ["2 boot"]),
        ("two socks", ["socks"]),
        ("two swords", ["2 sword"]),
        ("a group of three foxes", ["3 fox"]),
        ("a group of foxes", ["5 fox"]),
        ("a bunch of grapes", ["grapes"]),
        ("a box of French fries", ["french-fries"]),
        ("a box with a cat", ["package", "cat"]),
        ("一篮苹果", ["basket", "3 apple"]),
        ("一把小提琴", ["violin"]),
        ("两个大南瓜", ["2 pumpkin"]),
        ("a boat made of a walnut", ["boat"]),
        ("a branch-shaped bench and a peach-colored cat", ["bench", "orange cat"]),
        ("an iceberg", ["iceberg"]),
        ("一座冰山", ["iceberg"]),
        ("大海豚、小河马和大熊猫", ["dolphin", "hippo", "panda"]),
        ("大火车旁边有三只小兔子", ["train", "3 rabbit"]),
        ("红色的士兵", ["red guard"]),
        ("大大大大大大", []),
        ("1girl, 2cats", ["girl", "2 cat"]),
        ("two cats, one black and one white", ["white cat", "black cat"]),
        ("三个气球，一个红色，一个蓝色", ["balloon", "red balloon", "blue balloon"]),
        ("一黑一白两只猫", ["black cat", "white cat"]),
        ("three dogs, two brown and one white", ["white dog", "2 brown dog"]),
        ("a penguin family in the snow", ["4 penguin"]),
        ("熊猫一家在吃竹子", ["4 panda", "bamboo"]),
        ("一家三口", ["man", "woman", "child"]),
        ("a family on the beach", ["man", "woman", "child"]),
        ("春节，大红灯笼", ["3 red lantern"]),
        ("a cottage with a red door and many windows", ["house"]),
        ("a girl at the window", ["girl", "window"]),
        ("a birthday card for my daughter, with unicorns", ["3 unicorn"]),
        ("给妈妈的贺卡，上面有康乃馨", ["flower"]),
        ("my robot dog and my two kids", ["dog", "2 child"]),
        ("大象形状的茶壶和糖果做的房子", ["teapot", "house"]),
        ("a teapot shaped like an elephant", ["teapot"]),
        ("my dog as an astronaut", ["dog"]),
        ("a dog as white as a sheep", ["white dog"]),
        ("外星人的飞碟射出绿色的光", ["ufo"]),
        ("故宫，红墙", ["temple"]),
    ],
)
def test_colours_and_counts_go_to_the_right_noun(words: str, expected: list[str]):
    assert things(read_scene(words)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a cat under the table", {"cat under table"}),
        ("Under the table, a cat", {"cat under table"}),
        ("桌子下的猫", {"cat under table"}),
        ("猫在桌子下面睡觉", {"cat under table"}),
        ("桌子下面有一只猫", {"cat under table"}),
        ("猫头上戴着一顶红帽子", {"cat wearing sun-hat"}),
        ("a girl in a red dress", {"girl wearing dress"}),
        ("a table with a cake on it", {"cake on table"}),
        ("a man on a horse", {"man riding horse"}),
        ("a dog between a cat and a fox", {"dog right of cat", "dog left of fox"}),
        ("在猫和狐狸之间的狗", {"dog right of cat", "dog left of fox"}),
        ("a cat on the left and a dog on the right", {"cat left of dog"}),
        ("左边是一只猫，右边是一条狗", {"cat left of dog"}),
        ("桌子上有苹果和香蕉", {"apple on table", "banana on table"}),
        ("a crown worn by a fox", {"fox wearing crown"}),
        ("a dog chased by two cats", {"cat behind dog"}),
        ("小狗被两只猫追着", {"cat behind dog"}),
        ("被猫追着的小狗", {"cat behind dog"}),
        ("behind the temple grows a tree, next to it a fox", {"tree behind temple", "fox beside tree"}),
        ("a house with a crow above the roof", {"crow above house"}),
        ("a house, and in front of it a dog", {"dog in front of house"}),
        ("一座城堡，屋顶上有一只乌鸦", {"crow on castle"}),
        ("a bowl in which there are apples", {"apple in bowl"}),
        ("a fish next to a sleeping cat", {"fish beside cat"}),
        ("男孩抱着戴帽子的猫", {"boy holding cat", "cat wearing sun-hat"}),
        ("海豚在船后面，美人鱼在它旁边", {"dolphin behind ship", "mermaid beside dolphin"}),
        ("a girl playing in a forest full of mushrooms", set()),
        ("🐱👑", {"cat wearing crown"}),
        ("🐻🎩🧣🌙", {"bear wearing top-hat", "bear wearing scarf"}),
        ("a squirrel with a telescope on its left", {"telescope left of squirrel"}),
        ("a boot with a key on top", {"key on boot"}),
        ("a house with a tree behind it", {"tree behind house"}),
        ("a girl with a dog on her right", {"dog right of girl"}),
        ("a cat with a hat on its head", {"cat wearing sun-hat"}),
        ("a fox with a lantern in its mouth", {"fox holding lantern"}),
        ("a king with a parrot on his shoulder and a sword in his hand", {"parrot on king", "king holding sword"}),
        ("a rabbit inside a top hat on a table", {"rabbit in top-hat", "top-hat on table"}),
        ("a cat chasing a mouse which is chasing a cheese", {"cat behind mouse", "mouse behind cheese"}),
        ("a vase to the left of three cups, with a candle behind them", {"amphora left of tea", "candle behind tea"}),
        ("a table, a cat on the left and a dog on the right", {"cat left of dog"}),
        ("a table, a cat on the left", {"cat left of table"}),
        ("a boy pushing a shopping cart full of apples", {"boy holding shopping-cart", "apple in shopping-cart"}),
        ("a train crosses a bridge", {"train on bridge"}),
        ("鱼从茶壶里探出头来", {"fish in teapot"}),
        ("青蛙躲在蘑菇下面", {"frog under mushroom"}),
        ("熊头上顶着一个蛋糕", {"cake on bear"}),
        ("载着猴子的火箭", {"monkey in rocket"}),
        ("鸭子给小鸡撑着伞", {"duck beside chick", "duck holding umbrella"}),
        ("女孩把花放在桌子上", {"flower on table"}),
        ("一只背上有房子的乌龟", {"house on turtle"}),
        ("巫师面前摆着水晶球，身后站着一只乌鸦", {"crystal-ball in front of wizard", "crow behind wizard"}),
        ("左边一只猫，中间一只狗，右边一只狐狸", {"cat left of dog", "fox right of dog"}),
        ("羊群头顶飘着热气球", {"hot-air-balloon above sheep"}),
        ("a house, on its left a tree, on its right a well", {"tree left of house", "well right of house"}),
        ("a table with a lamp, a book and an apple", {"desk-lamp on table", "book on table", "apple on table"}),
        ("a cat wearing a hat, a scarf and boots", {"cat wearing sun-hat", "cat wearing scarf", "cat wearing boot"}),
        ("a cat with a hat, a dog and a fox", {"cat wearing sun-hat"}),
        ("a tree and a mermaid playing the harp", {"mermaid holding harp"}),
        ("a crocodile with a bird in its mouth", {"crocodile holding bird"}),
        ("a robot holding a flower in its left hand", {"robot holding flower"}),
        ("a bridge, maple trees on both sides", {"maple beside bridge"}),
        ("children building a snowman", {"child beside snowman"}),
        ("小女孩去摘树上的苹果", {"apple on tree", "girl holding apple"}),
        ("小女孩在捡贝壳，穿着红裙子", {"girl holding shell", "girl wearing dress"}),
        ("小屋门前一条小溪，溪边有鸭子", set()),
        ("仙女在跳舞，蝴蝶围绕着她", {"butterfly beside fairy"}),
        ("篝火旁围坐着三个朋友", {"person beside campfire"}),
        ("机器人走在樱花大道上", set()),
        ("小鸭子跟着鸭妈妈", {"duck behind duck"}),
        ("a cat on the beach", set()),
        ("the moon above the castle", set()),
    ],
)
def test_relations_join_the_right_things(words: str, expected: set[str]):
    assert relations(read(words)) == expected


@pytest.mark.parametrize(
    ("words", "expected", "links"),
    [
        ("a room with a sofa, a cat on the sofa and a window", ["sofa", "cat", "window"], {"cat on sofa"}),
        ("房间里有一张沙发，沙发上睡着一只猫", ["sofa", "cat"], {"cat on sofa"}),
        ("a red ball and a dog, the red ball on the dog", ["red ball", "dog"], {"ball on dog"}),
        ("a red ball beside the blue ball", ["red ball", "blue ball"], {"ball beside ball"}),
        ("children flying kites, dozens of red kites", ["3 child", "12 red kite"], {"child holding kite"}),
        ("two cats and a cat", ["2 cat", "cat"], set()),
    ],
)
def test_what_was_named_before_is_not_drawn_twice(words: str, expected: list[str], links: set[str]):
    scene = read(words)
    assert (things(scene), relations(scene)) == (expected, links)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("clouds like sheep over a meadow", []),
        ("a horse as white as snow", ["white horse"]),
        ("镜子一样的湖面，一只天鹅", ["swan"]),
        ("the cat's crown", ["crown"]),
        ("公主的马车", ["carriage"]),
        ("a girl dressed as a fairy", ["fairy"]),
        ("a cat dressed as a king", ["cat"]),
        ("two panda chefs", ["2 panda"]),
        ("熊猫厨师", ["panda"]),
    ],
)
def test_likenesses_owners_and_costumes_are_nobody(words: str, expected: list[str]):
    assert things(read_scene(words)) == expected


@pytest.mark.parametrize(
    "words",
    ["I would like to see a ghost", "I'd love a ghost", "I like ghosts", "我想看一个幽灵", "一幅画，画的是一个幽灵"],
)
def test_wishes_are_not_likenesses_and_the_picture_itself_is_not_in_it(words: str):
    assert [thing.concept for thing in read(words).things] == ["ghost"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("three yellow stars over a house", ("stars", 3, "yellow")),
        ("三颗黄色的星星", ("stars", 3, "yellow")),
        ("two moons", ("moon", 2, None)),
        ("a red moon", ("moon", None, "red")),
        ("a double rainbow", ("rainbow", 2, None)),
        ("a shooting star", ("meteors", 1, None)),
        ("绿色的极光", ("aurora", None, "green")),
    ],
)
def test_what_stands_in_the_sky_has_its_number_and_its_colour(words: str, expected: tuple[str, int | None, str | None]):
    sky = read(words).sky
    assert [(mark.name, mark.count, mark.color) for mark in sky.marked] == [expected]
    assert expected[0] in sky.features


@pytest.mark.parametrize(
    "words", ["stars", "a starry night", "a meteor shower", "一片星空", "the moon over a black cat"]
)
def test_nothing_more_is_said_of_the_sky_than_the_words_do(words: str):
    assert read(words).sky.marked == ()


@pytest.mark.parametrize(
    ("words", "tint"),
    [
        ("a green dream", ("green",)),
        ("all in blue and gold", ("blue", "gold")),
        ("a castle, all in blue and gold", ("blue", "gold")),
        ("a city in shades of purple", ("purple",)),
        ("一片蓝色的梦", ("blue",)),
        ("a cat on a white background", ("white",)),
        ("a cat, the background is red", ("red",)),
        ("一只猫，白色背景", ("white",)),
        ("一只猫，背景是红色的", ("red",)),
        ("以蓝色为主色调的小镇", ("blue",)),
        ("a green cat", ()),
        ("a cat in red", ()),
        ("an orange", ()),
    ],
)
def test_a_colour_without_a_thing_is_the_whole_picture_s(words: str, tint: tuple[str, ...]):
    scene = read(words)
    assert scene.tint == tint
    assert all(thing.color is None for thing in scene.things) or not tint


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cyberpunk city with flying cars", ["car"]),
        ("a giant whale swimming in the sky above mountains", ["whale"]),
        ("飞在天上的鲸鱼", ["whale"]),
        ("鲸鱼在天上游泳", ["whale"]),
        ("天上飞着一只鲸鱼，地上有一只猫", ["whale"]),
        ("天上有鲸鱼和海豚", ["whale", "dolphin"]),
        ("空中的城堡", ["castle"]),
        ("会飞的猫", ["cat"]),
        ("鲸鱼飞过城市", ["whale"]),
        ("飞过城堡的鲸鱼", ["whale"]),
        ("女孩骑着飞翔的鲸鱼", ["whale"]),
        ("夜空中的鲸鱼", ["whale"]),
        ("漂浮在空中的岛", ["floating-island"]),
        ("a castle floating in the clouds", ["castle"]),
        ("flying fish over the sea", ["fish"]),
        ("a balloon cat drifting in the air", ["cat"]),
        ("in the sky a dragon, on the ground a cat", ["dragon"]),
        ("a fish swimming in a purple night sky", ["fish"]),
        ("a castle with a dragon flying above it", ["dragon"]),
        ("a house with balloons floating in the air", ["balloon"]),
        ("a train flying through the starry sky", ["train"]),
        ("a boat floating on a river", []),
        ("湖面上漂浮着一条船", []),
        ("漂浮在湖面上的莲花", []),
        ("a duck floating in a bathtub", []),
        ("a boy flying a kite on the beach", []),
        ("a girl flying paper planes", []),
        ("a cat looking at the moon in the sky", []),
        ("月亮挂在天上，一只猫坐在屋顶", []),
        ("女孩在蓝天下骑车", []),
        ("a house under a blue sky", []),
    ],
)
def test_only_what_is_in_the_air_is_in_the_air(words: str, expected: list[str]):
    assert [thing.concept for thing in read_scene(words).things if thing.aloft] == expected


@pytest.mark.parametrize(
    ("words", "expected", "ground"),
    [
        ("a field of sunflowers", ["sunflower"], "meadow"),
        ("a sea of red tulips under a pink sky", ["tulip"], "meadow"),
        ("forest of mushrooms", ["mushroom"], "forest"),
        ("a forest of skyscrapers", ["skyscraper"], "city"),
        ("一片郁金香花海", ["tulip"], "meadow"),
        ("玫瑰花海中的女孩", ["rose"], "meadow"),
        ("山坡上开满野花", ["flower"], "hills"),
        ("a girl in a field of sunflowers", ["sunflower"], "meadow"),
        ("a field of twelve sunflowers", [], "meadow"),
        ("seven sunflowers in a field", [], "meadow"),
        ("树上开满了花", [], None),
        ("a sea of clouds", [], "clouds"),
    ],
)
def test_a_field_of_them_is_all_over_the_ground(words: str, expected: list[str], ground: str | None):
    scene = read(words)
    assert ([thing.concept for thing in scene.things if thing.spread], scene.ground) == (expected, ground)


@pytest.mark.parametrize(
    ("words", "hour", "weather"),
    [
        ("a house under a blue sky", "day", "clear"),
        ("蓝天白云", "day", "clear"),
        ("晴空下的房子", "day", "clear"),
        ("the blue sky at night", "night", "clear"),
        ("red sky over the desert", "sunset", None),
        ("pink clouds", "sunset", None),
        ("a black sky", "night", None),
        ("stars in a blue sky", None, "clear"),
        ("cyberpunk street", "night", None),
        ("霓虹灯下的猫", "night", None),
        ("a neon city at dawn", "dawn", None),
        ("a steampunk airship", "sunset", None),
    ],
)
def test_the_hour_follows_from_the_colour_of_the_sky_unless_it_is_said(words: str, hour: str, weather: str | None):
    sky = read(words).sky
    assert (sky.time, sky.weather) == (hour, weather)


def test_skies_and_grounds_have_colours():
    assert read("a purple sky over a village").sky.color == "purple"
    assert read("紫色的天空").sky.color == "purple"
    assert read("under a blue sky").sky.color is None
    assert read("a red forest").ground_color == "red"
    assert read("粉色的大海").ground_color == "pink"


def test_a_house_with_furniture_is_seen_from_inside():
    scene = read("a fox by the fireplace in a cabin")
    assert (things(scene), scene.ground) == (["fox", "fireplace"], "room")


def test_a_thing_keeps_the_spelling_of_the_person():
    assert [thing.words for thing in read("戴著皇冠的黑貓 and TWO Foxes").things] == ["皇冠", "黑貓", "Foxes"]


@pytest.mark.parametrize(
    "words",
    [
        "등불이 떠 있는 밤의 강",
        "Laternen schweben auf einem Fluss bei Nacht",
        "des lanternes flottantes sur une rivière la nuit",
        "faroles flotando en un río de noche",
        "lanterne galleggianti su un fiume di notte",
        "фонари плывут по реке ночью",
        "夜の川に浮かぶ灯籠",
    ],
)
def test_floating_is_understood_in_every_language(words: str):
    scene = read(words)
    assert (things(scene)[0].split()[-1], scene.sky.time, scene.ground) == ("lantern", "night", "river")
    assert scene.unknown == ()


def test_idioms_are_whole_dreams():
    scene = read("落日飞车")
    assert (things(scene), scene.sky.time) == (["roller-coaster"], "sunset")
    scene = read("小桥流水人家")
    assert (things(scene), scene.ground) == (["bridge", "house"], "river")
    scene = read("火树银花")
    assert (scene.sky.time, scene.sky.features) == ("night", ("fireworks",))
    assert read("星空").sky.features == ("stars",)


def test_emoji_are_words():
    scene = read("🐱👑🌙")
    assert things(scene) == ["cat", "crown"]
    assert scene.sky.features == ("crescent",)
    assert things(read("🐱🐱🐱")) == ["3 cat"]
    assert things(read("🧜🏽‍♀️")) == ["mermaid"], "skin tones and sequences are one emoji"
    assert things(read("👩🏽‍🌾🐄")) == ["farmer", "cow"]
    assert things(read("❤️")) == things(read("❤")) == ["red heart"]


@pytest.mark.parametrize("words", ["a beach, no people, without clouds or rain", "海滩，没有人，没有云，没有雨"])
def test_what_is_denied_is_not_there(words: str):
    scene = read(words)
    assert scene == Scene(ground="beach")


def test_what_was_not_said_stays_open():
    assert read("") == Scene()
    scene = read("a cat")
    assert (scene.sky, scene.ground, scene.season, scene.mood) == (Scene().sky, None, None, None)
    assert scene.things[0].color is None


def test_words_about_how_it_is_painted_are_passed_over_in_silence():
    assert read("masterpiece, best quality, 4k, oil painting of a cat, trending on artstation").unknown == ()
    assert read("一只猫，动漫风格，水墨画，高清，吉卜力风格，杰作").unknown == ()


def test_what_was_not_understood_is_told():
    assert read_scene("a cat with a zorblatt").unknown == ("zorblatt",)
    assert "蒯缑" in read_scene("一只猫和蒯缑").unknown
    assert read("a wooden cat").unknown == ("wooden",)
    many = read(", ".join(["cat"] * 30))
    assert len(many.things) == 24
    assert many.unknown == ("cat",)


@pytest.mark.parametrize(
    ("words", "concept"),
    [
        ("the bovine", "cow"),
        ("un violonista", "violin"),
        ("бабушка", "old-woman"),
        ("요정", "fairy"),
        ("un pompiere", "firefighter"),
    ],
)
def test_the_encoder_finds_what_the_tables_do_not_hold(words: str, concept: str):
    assert [thing.concept for thing in read_scene(words, load_encoder()).things] == [concept]


@pytest.mark.parametrize(
    "words", ["freedom and justice", "quantum entropy", "la libertà", "свобода", "自由と経済", "xqwz brrpt"]
)
def test_what_cannot_be_drawn_is_not_made_up(words: str):
    scene = read_scene(words)
    assert scene.things == ()
    assert scene.unknown


def test_a_place_in_the_snow_keeps_its_ground():
    scene = read("a village in the snow")
    assert (scene.ground, scene.sky.weather) == ("village", "snow")
    scene = read("in the snow, a small village")
    assert (scene.ground, scene.sky.weather) == ("village", "snow")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_string_is_read_to_a_scene_that_holds(words: str):
    scene = read_scene(words)
    assert scene_from_dict(scene.to_dict()) == scene
    assert read_scene(words) == scene


_VOCABULARY = [word for language in TABLES for word in list(lexicon(language).phrases)[::23]] + [
    "，",
    ".",
    "12",
    "只",
    "🐱",
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(_VOCABULARY), max_size=25), st.sampled_from(["", " ", ", "]))
def test_any_row_of_known_words_is_read_to_a_scene_that_holds(words: list[str], between: str):
    scene = read_scene(between.join(words))
    assert scene_from_dict(scene.to_dict()) == scene


def test_the_boat_is_the_canoe_that_was_named_before():
    scene = read("a canoe on a river, in the boat an old man")
    assert (things(scene), relations(scene)) == (["canoe", "old-man"], {"old-man in canoe"})


@pytest.mark.parametrize(
    "words", ["a red cat on a chair, ", "红猫坐在椅子上，", "🐱", "a", "的", "in ", "天上", "飞", "flying "]
)
def test_four_thousand_characters_take_less_than_a_second(words: str):
    read(words)
    began = time.perf_counter()
    read((words * 4000)[:4000])
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "words",
    [
        "ein fliegender Wal am Himmel",
        "una ballena volando en el cielo",
        "une baleine dans le ciel",
        "una balena che vola nel cielo",
        "uma baleia voando no céu",
        "een vliegende walvis in de lucht",
        "wieloryb na niebie",
        "летающий кит в небе",
        "gökyüzünde uçan bir balina",
        "حوت في السماء",
        "空を飛ぶクジラ",
        "하늘을 나는 고래",
        "ปลาวาฬบินบนท้องฟ้า",
    ],
)
def test_a_whale_in_the_sky_is_understood_in_every_language(words: str):
    assert [(thing.concept, thing.aloft) for thing in read_scene(words).things] == [("whale", True)]
