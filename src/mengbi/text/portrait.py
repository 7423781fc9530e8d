"""What words say of a face: traits that are wanted, traits that are not, and whom they speak of.

English and Chinese are read word by word. What is left over, and every other language, goes by the encoder: a phrase
means the trait that it is most like, if it is like enough and not more like something that no face here has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mengbi.text.attributes import composed, hair_color, key, lone_color, names, of_group, parted, vocabulary
from mengbi.text.encoder import load_encoder
from mengbi.text.lexicon import KANA, fold
from mengbi.text.phrases import split
from mengbi.text.traits import ANY, persons, traits

ALIKE = 0.66
"""Cosine from which a phrase names a trait."""
ENOUGH = 2
"""Of each trait, so many words in each language stand for it before the encoder: the usual ones."""
BEARDS = frozenset(("beard", "moustache"))
"""They have the colour of the hair."""
STRANGERS = (
    "blue eyes", "big eyes", "green eyes", "eyes", "eyelashes", "red lipstick", "necklace", "headphones", "scarf",
    "pointy ears", "cat ears", "crown", "tattoo", "gloves", "nose", "teeth", "hand", "dog", "cat", "bangs",
    "蓝眼睛", "大眼睛", "口红", "项链", "耳机", "围巾", "猫耳", "皇冠", "纹身", "刘海", "猫", "狗", "双眼皮", "眉毛",
)  # fmt: skip
"""What people say of faces that none here has."""

_MORE_TRADITIONAL = str.maketrans("鬚辮訝", "须辫讶")
_NO = (
    r"(?:\b(?:no|not|without|never|nor|non|neither|sans|sin|ohne|kein|keine|keinen|senza|sem|zonder|geen|без|bez|nie)"
    r"|n't|n’t)(?:\s+(?:a|an|any|wearing|wear|having|have|the|her|his|with|very|is|de|un|une)\b)*"
)
_NO_FIRST = re.compile(rf"{_NO}\s+")
_NOT_BEFORE = re.compile(
    rf"{_NO}[\s-]*$|(?:不要|不|没有|没|无|别|未|非|去掉|请勿)(?:戴|带|有|穿|太|是|要|任何|留|着|过|长|扎|很|能)*$"
)
_OR = re.compile(r"^\s*(?:,\s*)?(?:or|nor|或者?|也不|也没有?)\s*(?:戴|带|有|any|a)*\s*$")
_COMMA = re.compile(r"^\s*[,，、]\s*(?:an?|any)?\s*$")
_DENIED_NOUN = re.compile(
    r"\s*(?:[がのは]?(?:なし|無し|ない)|を[ぁ-ん被掛着]{0,6}(?:ない|いません)|:\s*(?:no|none)\b"
    r"|(?:不要|没有|无)(?=了|的|\s*(?:$|[,，。.;；、!！\n])))"
)
"""Behind what must not be."""
_DENIED_FIRST = re.compile(rf"\s*(?:{_NO}\s+|不要|不|没有|没|无|别)")
_NOT_AFTER = re.compile(r"(?:なし|無し|がない|のない|ない|없이|없는|없음|süz|siz|sız)\s*$")
_STOP = frozenset(
    """a an the with and or but who whose which is are be has have having wearing wears wear in of on at to for from by
    portrait avatar icon face picture image photo please draw make paint create person people someone human cute pretty
    beautiful handsome cool young adult little small big very really some style look looking looks drawn like as his her
    their its my me i you he she it they this that head hair skin expression background profile one two mood feeling
    slightly bit lot also plus just only no not without any kind sort
    mit und avec et con y e com и с со のある の と を は が en une un der die das ein eine el la los las le les des de
    del da do dos os as uma um uno una does did was were isn't aren't doesn't don't can't won't isn’t doesn’t don’t
    """.split()
)
_STOP_ZH = re.compile(
    "一个|一位|一名|一只|一张|一副|一头|一双|一对|一|这个|那个|戴着|带着|穿着|留着|扎着|梳着|有着|长着|戴|带|留|扎|梳|穿|请|帮我|给我|生成|"
    "头像|形象|人物|人像|画像|肖像|脸上|脸|表情|风格|可爱|漂亮|好看|年轻|萌|版|的|着|了|地|得|在|很|非常|有点|以及|而且|并且|和|与|及|并|还有|还|又|也|"
    "有|个|位|名|画|人|是|来|张|副|头发|皮肤|肤色|眼神|我|你|不要|不|没有|没"
)
_CUT = re.compile(r"[,，、。．.;；!！?？\n\r|｜()（）\[\]{}\"“”:：/]+|(?<!\w)['’]|['’](?!\w)")
_WITH = re.compile(
    r"\s+(?:with|and|but|who|wearing|mit|und|avec|et|con|y|com|met|en|z|и|с|со|в)\s+"
    r"|\s+(?=(?:without|sans|sin|ohne|senza|sem|zonder|без|bez)\s)"
    r"|(?<=[\u3040-\u30ff\u4e00-\u9fff])[のでと](?=[\u3040-\u30ff\u4e00-\u9fff])"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What was read: names of traits, names of `persons`, and the phrases that nothing was made of."""

    wanted: tuple[str, ...] = ()  # never two of a group, but for what is worn
    unwanted: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_traits(words: str) -> Said:
    """What words in any of the encoder's languages say of a face."""
    text = composed(fold(words).translate(_MORE_TRADITIONAL))
    said: dict[str, bool] = {}
    rest, end, denied, unknown = [], 0, False, []
    japanese = KANA.search(text) is not None  # where one letter is part of a word: 怒っている
    matches = [match for match in vocabulary().finditer(text) if not (japanese and len(match[0]) == 1)]
    for place, match in enumerate(matches):
        between, found = text[end : match.start()], names()[key(match[0])]
        between, attributes = parted(between) if of_group(found, ANY) else (between, [])
        denied = bool(_NOT_BEFORE.search(between)) or (denied and _goes_on(text, matches[place - 1 :]))
        behind = _DENIED_NOUN.match(text, match.end())
        for attribute in attributes:
            of_hair = hair_color(attribute) if BEARDS.intersection(found) else ()
            found = (*found, *of_hair)
            if not (of_hair or denied or behind):
                unknown.append(f"{attribute}{' ' * attribute.isascii()}{match[0]}")
        for name in found:
            said.setdefault(name, not (denied or behind))
        rest.append(between)
        end = behind.end() if behind else match.end()
    rest.append(text[end:])
    for phrase in _left("\n".join(rest)):
        if lone_color(phrase.removeprefix("no ")):
            unknown.append(phrase)
            continue
        name, denied = _nearest(phrase)
        if name:
            said.setdefault(name, not denied)
        elif not denied:
            unknown.append(phrase)
    return _sorted(said, tuple(dict.fromkeys(unknown)))


def _goes_on(text: str, matches: Sequence[re.Match[str]]) -> bool:
    """Whether what is said of the first of them is said of the next: "no X or Y", and "no X, Y or Z" at its comma."""
    for one, other in pairwise(matches):
        between = parted(text[one.end() : other.start()])[0]
        if _OR.search(between) or not _COMMA.search(between):
            return bool(_OR.search(between))
    return False


def _sorted(said: dict[str, bool], unknown: tuple[str, ...]) -> Said:
    """Of a group what was said first; whom the words speak of apart."""
    wanted: list[str] = []
    for name, yes in said.items():
        if name in traits() and yes:
            group = traits()[name].group
            if group == ANY or group not in {traits()[other].group for other in wanted}:
                wanted.append(name)
    return Said(
        wanted=tuple(wanted),
        unwanted=tuple(name for name, yes in said.items() if name in traits() and not yes),
        persons=tuple(name for name, yes in said.items() if name in persons() and yes),
        unknown=unknown,
    )


def _left(text: str) -> Iterator[str]:
    """The phrases of what was left over that may still say something."""
    for piece in _CUT.split(text):
        for phrase in split(piece):
            for part in _WITH.split(phrase):
                bare = _STOP_ZH.sub(" ", part) if not re.search("[\u3040-\u30ff]", part) else part
                words = [word for word in bare.split() if word not in _STOP]
                if words and any(len(word) > 1 or "\u3400" <= word <= "\u9fff" for word in words):
                    no = "no " if len(words) == 1 and _DENIED_FIRST.match(part) else ""
                    yield no + " ".join(part.split() if len(words) > 1 else words)


@lru_cache(maxsize=512)
def _nearest(phrase: str) -> tuple[str, bool]:
    """The trait or person that a phrase is most like, "" where it is like none; and whether it is denied."""
    bare = _NOT_AFTER.sub("", phrase)
    before = _NO_FIRST.match(bare)
    denied = bare != phrase or before is not None
    bare = bare[before.end() :].strip() if before else bare.strip()
    if not bare:
        return "", True
    names, vectors = _meant()
    alike = (vectors @ load_encoder().encode([bare, bare.title()]).T).max(1)  # German nouns stand with a capital
    best = int(alike.argmax())
    return (names[best] if alike[best] >= ALIKE else ""), denied


@cache
def _meant() -> tuple[Sequence[str], NDArray[np.float32]]:
    """What phrases are compared with: the usual words of traits and persons, and what means none of them, ""."""
    said = [(name, word) for name, trait in traits().items() for word in (*trait.en[:ENOUGH], *trait.zh[:ENOUGH])]
    said += [(name, word) for name, person in persons().items() for word in _usual(person.words)]
    said += [("", word) for word in STRANGERS]
    return [name for name, _ in said], load_encoder().encode([word for _, word in said])


def _usual(words: Sequence[str]) -> list[str]:
    """Some in either language."""
    latin = [word for word in words if word.isascii()]
    return [*latin[:3], *[word for word in words if word not in latin][:3]]
