"""What words call the traits of a face, and compounds taken apart: "short black hair" is short hair and black hair."""

import re
from collections.abc import Iterable
from functools import cache

from mengbi.text.lexicon import fold
from mengbi.text.traits import persons, traits

_COLORS, _SHAPES = "粉红 咖啡 黑 棕 褐 金 黄 红 橙 橘 白 灰 银 粉 蓝 绿 紫".split(), "波浪 中长 短 长 卷 直".split()
_COLOR, _SHAPE = f"(?:{'|'.join(_COLORS)})", f"(?:{'|'.join(_SHAPES)})"
_ATTRIBUTE = f"(?:{_COLOR}色?的?|{_SHAPE}的?)"
_HAIR = re.compile(f"({_ATTRIBUTE}+)(?:头发|秀发|发型|发(?![髻型怒呆福生展现光]))")
_HAIR_IS = re.compile(f"(?:头发|发色)(?:是|为|有点|很|比较|特别|染成了?|:)*({_ATTRIBUTE}+)色?的?")
_DYED = re.compile(f"({_COLOR})色?的?(?=[\u4e00-\u9fff]?(?:马尾|丸子|双马尾|辫|麻花|波波头|寸头|发髻))")
_SKIN_IS = re.compile("(?:皮肤|肤色)(?:是|很|比较|有点|偏|特别|较|:)+")
_CLOTHES = re.compile(
    f"({_COLOR})色?的?[\u4e00-\u9fff]{{0,2}}"
    "(?:衣服|上衣|衬衫|毛衣|外套|裙子|连衣裙|裙|t恤|卫衣|夹克|大衣|旗袍|西装|汉服|背心|衣)"
)
_SKINS = {"黑人": "黑皮肤,", "白人": "白皮肤,", "black": "dark skin,", "white": "fair skin,"}
_PEOPLE = re.compile(
    "[黑白]人|\\b(?:black|white)(?=[\\s-]+(?:man|men|woman|women|girl|boy|guy|lady|person|people|kid|child)\\b)"
)
_KANJI, _FROM_KANJI = (
    re.compile("([黒黑金茶赤白銀银青緑])髪"),
    {"黒": "黑", "茶": "棕", "赤": "红", "銀": "银", "緑": "绿"},
)
_AS_CLOTHES = str.maketrans({"咖": "棕", "褐": "棕", "金": "黄", "橙": "黄", "橘": "黄", "灰": "黑", "银": "白"})
_AS_HAIR = {"咖啡": "棕", "粉红": "粉", "橘": "橙", "中长": "中"}

_EN_HAIR = re.compile(r"\b((?:[a-z]+[\s,-]+){1,5})hair(?:ed)?\b")
_EN_HAIR_IS = re.compile(
    r"\bhair(?:\s+(?:that|which))?(?:(?:\s*:|\s+is|\s+are)(n['’]t|\s+not)?|(\s+not))\s+([a-z]+(?:[\s,]+[a-z]+){0,3})"
)
_EN_DYED = re.compile(
    r"\b([a-z]+)(?=[\s-]+(?:ponytail|pigtails|bob|bun|buns|mohawk|braids?|curls|afro|buzz\s?cut|updo)\b)"
)
_EN_SKIN = re.compile(r"\b([a-z]+)[\s-]+skinned\b")
_EN_CLOTHES = re.compile(
    r"\b([a-z]+)[\s-]+(?:clothes|clothing|shirt|t-?shirt|jacket|dress|sweater|hoodie|coat|top|blouse|jumper|suit|outfit"
    r"|kimono|vest|pullover)\b"
)
_EN_WORN = re.compile(
    r"\b(?:wearing|wears|dressed in|in)\s+(red|yellow|orange|green|blue|purple|pink|black|white)\b(?!\s+\w)"
)
_BETWEEN = frozenset("and very dyed light dark bright naturally long".split())
"""Words between what is said of hair that say nothing here."""
_DENYING = frozenset("no not without any".split())
_EN_COLORS = "red orange yellow green blue purple pink black white gray grey brown silver".split()
_EN_ATTRIBUTES = [*_EN_COLORS, *"blond golden long short thick thin bushy round square".split()]
AN_ATTRIBUTE = 16
"""Characters that it is looked for in."""
_LONE = re.compile(f"[赤青黒白]い|{_COLOR}色?的?|{'|'.join(_EN_COLORS)}")
_BEFORE = re.compile(
    rf"(?:\b(?P<en>{'|'.join(_EN_ATTRIBUTES)})[\s-]+|(?P<zh>[赤青黒白]い|{_COLOR}(?:色的?|的)?|{_SHAPE}的?))$"
)


@cache
def names() -> dict[str, tuple[str, ...]]:
    """What each phrase, as `key` has it, means: a trait, or persons."""
    found: dict[str, tuple[str, ...]] = {}
    for trait in traits().values():
        for word in (*trait.en, *trait.zh):
            found[key(fold(word))] = (trait.name,)
    for name, person in persons().items():
        for word in map(fold, person.words):
            found[key(word)] = (*found.get(key(word), ()), name)
    return found


@cache
def vocabulary() -> re.Pattern[str]:
    """Every phrase, the longest first; those in Latin letters as whole words."""
    parts = []
    for phrase in sorted(names(), key=len, reverse=True):
        escaped = re.escape(phrase).replace(r"\ ", r"[\s-]+")
        parts.append(rf"\b{escaped}\b" if phrase.isascii() else escaped)
    return re.compile("|".join(parts))


def key(text: str) -> str:
    """A phrase in the spelling of `names`."""
    return re.sub(r"[\s-]+", " ", text.strip())


def composed(text: str) -> str:
    """Compounds as the phrases of `names`; what stands nearest to the noun comes first, because it says most.

    text: in lower case and simplified, as `lexicon.fold` gives it.
    """
    text = _CLOTHES.sub(lambda m: f" {m[1][:1].translate(_AS_CLOTHES)}衣服 ", text)
    text = _SKIN_IS.sub("皮肤", text)
    text = _PEOPLE.sub(lambda m: _SKINS[m[0]], text)
    text = _KANJI.sub(lambda m: f" {_FROM_KANJI.get(m[1], m[1])}发 ", text)
    text = _HAIR_IS.sub(lambda m: _chinese_hair(m[1]), text)
    text = _HAIR.sub(lambda m: m[0] if m[0] in names() else _chinese_hair(m[1]), text)
    text = _DYED.sub(lambda m: f" {_as_hair(m[1])} ", text)
    text = _EN_CLOTHES.sub(lambda m: _known(m, f"{m[1]} clothes", f"{m[1]} shirt"), text)
    text = _EN_WORN.sub(lambda m: f"{m[1]} clothes", text)
    text = _EN_SKIN.sub(lambda m: _known(m, f"{m[1]} skin"), text)
    text = _EN_DYED.sub(lambda m: _known(m, f"{m[1]} hair") + ",", text)
    text = _EN_HAIR_IS.sub(_hair_is, text)
    return _EN_HAIR.sub(_hair, text)


def parted(text: str) -> tuple[str, list[str]]:
    """A text and the colours and shapes that it ends with: "with a long red " -> "with a ", ["red", "long"]."""
    attributes = []
    while found := _BEFORE.search(text, max(0, len(text) - AN_ATTRIBUTE)):
        text = text[: found.start()]
        attributes.append(found["en"] or found["zh"])
    return text, attributes


def hair_color(color: str) -> tuple[str, ...]:
    """The trait that a colour is of hair, if it is one: what a beard's colour says."""
    return of_group(names().get(f"{color} hair" if color.isascii() else _as_hair(color), ()), "color")


def of_group(found: Iterable[str], group: str) -> tuple[str, ...]:
    """Of traits and persons, the traits of a group."""
    return tuple(name for name in found if name in traits() and traits()[name].group == group)


def lone_color(phrase: str) -> bool:
    """Whether a phrase is a colour, of nothing."""
    return _LONE.fullmatch(phrase) is not None


def _known(match: re.Match[str], *phrases: str) -> str:
    return next((phrase for phrase in phrases if phrase in names()), match[0])


def _chinese_hair(run: str) -> str:
    """黑色短 -> 短发，黑发."""
    return "," + ",".join(map(_as_hair, reversed(re.findall(_ATTRIBUTE, run)))) + ","


def _as_hair(attribute: str) -> str:
    """黑色的 -> 黑发."""
    bare = attribute.rstrip("的").rstrip("色")
    return f"{_AS_HAIR.get(bare, bare)}发"


def _hair(match: re.Match[str]) -> str:
    """ "a girl with short black hair" -> "a girl with black hair, short hair"."""
    words = list(re.finditer("[a-z]+", match[1]))
    found, start = [], len(match[1])
    pair = " ".join(word[0] for word in words[-2:]) + " hair"
    if len(words) > 1 and pair in names():  # "very short hair" is not short hair
        found, start, words = [pair], words[-2].start(), words[:-2]
    for word in reversed(words):
        if found and word[0] in _DENYING:
            return match[1][:start] + " or ".join(found)
        if f"{word[0]} hair" in names():
            found.append(f"{word[0]} hair")
        elif word[0] not in _BETWEEN:
            break
        start = word.start()
    return match[1][:start] + ", ".join(found) if found else match[0]


def _hair_is(match: re.Match[str]) -> str:
    """ "hair is long and blond" -> "long hair, blond hair"."""
    words = list(re.finditer("[a-z]+", match[3]))
    found, end = [], 0
    for word in words:
        if f"{word[0]} hair" in names():
            found.append(f"{word[0]} hair")
        elif word[0] not in _BETWEEN:
            break
        end = word.end()
    said = "no " + " or ".join(found) if match[1] or match[2] else ", ".join(found)
    return f"{said},{match[3][end:]}" if found else match[0]
