"""Words -> Tokens: a sentence cut into the phrases that the lexicon knows, and what it does not know."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

from mengbi.scene import MAX_COUNT
from mengbi.text.lexicon import KANA, LATIN, Lexicon, Meaning, emoji, fold, lexicon, traits

_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f\U00020000-\U0003ffff"
)
_UNIT = re.compile(
    rf"[{_CJK}]|\d+(?=(?:girl|boy|cat|dog|other)s?\b)|\d+(?:[a-z]+\d*)?|(?:(?![{_CJK}])[^\W\d_])(?:(?![{_CJK}])[^\W_]|[\u0300-\u036f\u064b-\u0652])*"
    rf"|(?<=[{_CJK}])[ \t]+(?=[{_CJK}])|[,.;:!?…。，；：！？、|/()\n—•&]"
)
MANY = 7
"""A herd."""

_HYPHEN = re.compile(
    r"\b(?!(?:snow|rainbow)-)[a-z]+-(?:(?:shaped|like|sized|themed|covered|striped|cold|warm|soft|hard|sweet|deep|high)\b"
    r"|(?=(?:red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|gold|silver|colou?red)\b))"
)
"""What only says how something is: nothing is drawn of the branch in "a branch-shaped bench"; but see _described."""
_BOTH = re.compile("一([红橙黄绿青蓝紫粉棕黑白灰金银])一([红橙黄绿青蓝紫粉棕黑白灰金银])(?=[两二])")
"""一黑一白两只猫: two colours, one for each."""
_BREAKS = frozenset(",.;:!?…。，；：！？|/()\n—•")
_LONGEST = {"ja": 16, "th": 24}  # units of the longest phrase in a table; elsewhere 9

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2, "俩": 2, "几": 3, "〇": 0}
_MEASURES = dict.fromkeys(
    "只匹条头个朵棵座辆艘架把本张间栋幢片颗位名瓶顶件支枝枚块台轮道盏扇株尾峰口粒根滴层杯碗盘幅缕抹弯叶所束串盆节列"
    "尊面具卷册部壶缸锅罐身袭汪泓场阵桶箱家",
    1,
) | {
    "群": 7, "队": 7, "排": 5, "行": 5, "堆": 5, "丛": 5, "簇": 5, "筐": 5, "窝": 5, "摞": 3, "篮": 3, "些": 3, "对": 2,
    "双": 2,
}  # fmt: skip
_HOLDERS = {"篮": "basket", "筐": "basket", "桶": "bucket", "箱": "package"}
"""Measures that are drawn: 一篮苹果 is a basket with apples in it."""
_OCCASIONS = frozenset({"season", "time", "mood", "feature"})
"""What an idiom begins with whose things only come along: the lanterns of a festival."""
_CONTENT = frozenset({"thing", "color", "size", "time", "weather", "feature", "season", "stop", "with"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A phrase of the sentence and what it does there; role "unknown" where no table holds it."""

    role: str
    value: str = ""
    text: str = ""  # in the spelling of the tables
    own: str = ""  # as the person spelt it
    plural: bool = False
    implied: bool = False  # comes along with a place or a feast: a night market has lanterns
    spaced: bool = True  # from a script that puts spaces between words


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A sentence as tokens, and the language that its grammar is read by."""

    tokens: tuple[Token, ...]
    language: str


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    spaced: bool
    start: int
    end: int


def tokenize(words: str) -> Reading:
    """Cuts words of any language into tokens; longer phrases win over shorter ones."""
    text, places = _folded(words)
    units = _units(_BOTH.sub(r"的\1和\2", _HYPHEN.sub(_described, text)))
    texts = [unit.text for unit in units]
    script, latin = _script(texts), _latin(texts)
    scripts = _TABLES.get(script, (script,))
    others = sum(_SCRIPTS[script].match(unit) is not None for unit in texts) if script else 0
    foreign = 2 * others < sum("a" <= unit[0] <= "z" for unit in texts)  # one name in an English sentence
    language = latin if foreign else script or latin
    tables = [lexicon(name) for name in dict.fromkeys((latin, *scripts) if foreign else (*scripts, latin)) if name]
    tokens: list[Token] = []
    start = 0
    while start < len(units):
        length, found = _longest(units, start, tables, _LONGEST.get(language, 9))
        own = words[places[units[start].start] : places[units[start + length - 1].end - 1] + 1] if places else ""
        tokens += [replace(token, own=own or token.text) for token in found]
        start += length
    return Reading(tokens=tuple(_whole_words(tokens)), language=language)


def _described(word: re.Match[str]) -> str:
    """Blanks for what only describes; "peach-" stays where a table knows "peach colored"."""
    first, rest = word.group().split("-")
    colored = re.match("colou?red", word.string[word.end() :])
    if colored and not rest and {first, f"{first} colored"} & _color_words():
        return f"{first} "
    return " " * len(word.group())


@cache
def _color_words() -> frozenset[str]:
    return frozenset(word for word, said in lexicon("en").phrases.items() if said[0].role == "color")


def _folded(words: str) -> tuple[str, list[int]]:
    """Text in the spelling of the tables, and where each of its letters stood; no places where letters have merged."""
    text = fold(words)
    japanese = KANA.search(text) is not None
    letters = [_letter(letter, japanese) for letter in words]
    places = [place for place, letter in enumerate(letters) for _ in letter]
    return text, places if "".join(letters) == text else []


_letter = lru_cache(maxsize=4096)(fold)


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    start = 0
    for piece in _emoji_pattern().split(text):
        if piece in emoji():
            units.append(_Unit(piece, spaced=False, start=start, end=start + len(piece)))
        else:
            for match in _UNIT.finditer(piece):
                unit = match.group()
                spaced = unit[0].isalnum() and not re.match(f"[{_CJK}]", unit)
                units.append(_Unit(unit, spaced=spaced, start=start + match.start(), end=start + match.end()))
        start += len(piece)
    return units


@cache
def _emoji_pattern() -> re.Pattern[str]:
    return re.compile(f"({'|'.join(map(re.escape, sorted(emoji(), key=len, reverse=True)))})")


_TABLES = {"zh": ("zh", "en"), "ja": ("ja", "zh", "en")}


def _script(units: list[str]) -> str:
    """The language that a script belongs to, or "" for Latin letters."""
    return next((name for name, pattern in _SCRIPTS.items() if any(map(pattern.match, units))), "")


def _latin(units: list[str]) -> str:
    """Which language the words in Latin letters are: the one whose table knows most of them."""
    words = [unit for unit in dict.fromkeys(units) if "a" <= unit[0] <= "z" or "\u00c0" <= unit[0] < "\u0250"]
    known = {"en": sum(_knows(lexicon("en"), word) for word in words)}
    if 3 * known["en"] < 2 * len(words):  # one strange word does not make a text foreign
        known |= {name: sum(_knows(lexicon(name), word) for word in words) for name in LATIN}
    return max(known, key=lambda name: known[name])


_SCRIPTS = {
    "ja": KANA, "zh": re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"), "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff]"), "th": re.compile("[\u0e00-\u0e7f]"),
}  # fmt: skip


def _knows(table: Lexicon, word: str) -> bool:
    return (
        word in table.phrases or any(form in table.phrases for form in _forms(word, table)) or bool(_stem(word, table))
    )


def _longest(units: list[_Unit], start: int, tables: list[Lexicon], longest: int) -> tuple[int, list[Token]]:
    unit = units[start]
    if unit.text in _BREAKS or unit.text.isspace():
        return 1, [Token(role="break", value=unit.text)]
    if unit.text in emoji():
        return _same_emoji(units, start)
    counted, count = _numeral(units, start)
    length, found = _phrase(units, start, tables, longest, counted)
    alone = _meant(unit.text, tables, inflected=False) if length > 1 and not unit.spaced else []
    if alone and alone[0].role in ("size", "color", "de", "relation"):
        further, rest = _phrase(units, start + 1, tables, longest, 0)
        if further >= length and rest[0].role in ("thing", "ground", "feature", "part"):
            return 1, alone  # 大海豚 is a big dolphin, and no 大海 with something
    if found:
        return length, found
    if counted:
        holder = _HOLDERS.get(units[start + counted - 1].text)
        if holder and counted > 1:
            return counted, [
                Token(role="measure", value=holder, text=_join(units[start : start + counted]), spaced=False)
            ]
        return counted, [Token(role="count", value=str(count), text=_join(units[start : start + counted]))]
    return 1, [Token(role="unknown", text=unit.text, spaced=unit.spaced)]


def _phrase(units: list[_Unit], start: int, tables: list[Lexicon], longest: int, least: int) -> tuple[int, list[Token]]:
    """The longest phrase that starts here and has more units than the least; (0, []) for none."""
    for length in range(min(longest, len(units) - start), least, -1):
        if found := _meant(_join(units[start : start + length]), tables, inflected=units[start + length - 1].spaced):
            return length, found
    return 0, []


def _meant(key: str, tables: list[Lexicon], inflected: bool) -> list[Token]:
    for table in tables:
        if (meanings := table.phrases.get(key)) is not None:
            return _expand(meanings, key, spaced=inflected)
    return _inflected(key, tables) if inflected else []


def _expand(meanings: tuple[Meaning, ...], text: str, spaced: bool, plural: bool = False) -> list[Token]:
    implied = meanings[0].role in _OCCASIONS or any(meaning.role == "ground" for meaning in meanings)
    return [
        Token(role=m.role, value=m.value, text=text, plural=plural, implied=implied, spaced=spaced) for m in meanings
    ]


def _inflected(key: str, tables: list[Lexicon]) -> list[Token]:
    for table in tables:
        for form in _forms(key, table):
            if (meanings := table.phrases.get(form)) is not None:
                plural = table is lexicon("en") or (key.startswith(form) and key[len(form) :] in table.many)
                return _expand(meanings, key, spaced=True, plural=plural)
        if (stem := _stem(key, table)) is not None:
            return _expand(stem, key, spaced=True)
    return []


def _forms(word: str, table: Lexicon) -> list[str]:
    if table is not lexicon("en"):
        whole = [word, *(word.removeprefix(part) for part in table.beginnings if word.startswith(part))]
        cut = [form.removesuffix(end) for form in whole for end in table.endings if form.endswith(end)]
        return [form for form in (*whole[1:], *cut) if len(form) > 1 and form != word]
    head, _, last = word.rpartition(" ")
    if last in table.plurals:
        return [f"{head} {table.plurals[last]}".strip()]
    if not word.endswith("s") or word.endswith("ss") or len(word) < 3:
        return []
    forms = [word[:-1]]
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("ves"):
        forms += [word[:-3] + "f", word[:-3] + "fe"]
    return forms


def _stem(word: str, table: Lexicon) -> tuple[Meaning, ...] | None:
    for stem, meanings in table.stems:
        if word.startswith(stem) and len(word) <= len(stem) + 4 and word.count(" ") == stem.count(" "):
            return meanings
    return None


def _same_emoji(units: list[_Unit], start: int) -> tuple[int, list[Token]]:
    """🐱🐱🐱 is three cats, and 🐱👑 a cat with a crown."""
    end = start
    while end < len(units) and units[end].text == units[start].text:
        end += 1
    found = _expand(emoji()[units[start].text], units[start].text, spaced=False)
    if end - start > 1 and found[-1].role == "thing":
        found.insert(0, Token(role="count", value=str(min(end - start, MAX_COUNT)), spaced=False))
    return end - start, [*found, _between(found[-1], units[end].text if end < len(units) else "")]


def _between(token: Token, following: str) -> Token:
    """What links an emoji to the next: clothes are worn by who stands before them."""
    if following in emoji() and emoji()[following][-1].value in traits()["wearable"]:
        if token.value in traits()["animate"]:
            return Token(role="verb", value="wearing")
        if token.value in traits()["wearable"]:
            return Token(role="and")
    return Token(role="break", value=",")


def _numeral(units: list[_Unit], start: int) -> tuple[int, int]:
    """How many units of a number and its Chinese measure word stand here, and the number; (0, 0) for none."""
    text = units[start].text
    end = start + 1
    one = start + (text == "一")
    twice = [unit.text for unit in units[one : one + 2]]
    if len(twice) == 2 and twice[0] == twice[1] and twice[0] in _MEASURES:
        return one + 2 - start, MANY  # 一盏盏
    if text.isascii() and text.isdigit():
        number = int(text[:4])
        if end < len(units) and units[end].text in _MEASURES:
            end += 1
        return end - start, max(1, min(number, MAX_COUNT))
    while end < len(units) and units[end - 1].text in _NUMERALS and units[end].text in _NUMERALS:
        end += 1
    digits = "".join(unit.text for unit in units[start:end])
    if text not in _NUMERALS:
        return 0, 0
    number = _chinese_number(digits)
    if end < len(units) and units[end].text == "大" and end + 1 < len(units) and units[end + 1].text in _MEASURES:
        end += 1  # 一大群
    if end < len(units) and units[end].text in _MEASURES:
        many = _MEASURES[units[end].text]
        return end + 1 - start, max(1, min(number if many == 1 else many if number == 1 else number * many, MAX_COUNT))
    return (end - start, min(number, MAX_COUNT)) if number > 1 and len(digits) == 1 and digits != "几" else (0, 0)


_NUMERALS = frozenset(_DIGITS) | frozenset("十百千万数")


def _chinese_number(digits: str) -> int:
    if set(digits) & set("百千万数") or digits in ("几十",):
        return MAX_COUNT
    tens, ten, ones = digits.rpartition("十")
    return (_DIGITS.get(tens[-1:], 1) * 10 if ten else 0) + _DIGITS.get(ones[-1:], 0)


def _join(units: Sequence[_Unit]) -> str:
    text = units[0].text
    for before, unit in pairwise(units):
        text += f" {unit.text}" if before.spaced and unit.spaced else unit.text
    return text


def _whole_words(tokens: list[Token]) -> list[Token]:
    """A single character beside an unknown one is a part of some longer word: 金 in 金属 is not a colour.

    A noun that ends such a word stays, because Chinese puts what matters last: 胖猫 is some cat.
    """
    tokens = list(tokens)
    for order in (range(len(tokens)), range(len(tokens) - 1, -1, -1)):
        for i in order:
            before, after = (i > 0 and _strange(tokens[i - 1])), (i + 1 < len(tokens) and _strange(tokens[i + 1]))
            said = i > 0 and tokens[i - 1].role in ("count", "color", "size")  # 一只小猪: here begins a noun
            if is_character(tokens[i]) and (after or before) and (tokens[i].role != "thing" or (after and not said)):
                tokens[i] = replace(tokens[i], role="unknown", value="")
    return tokens


def _strange(token: Token) -> bool:
    return token.role == "unknown" and not token.spaced


def is_character(token: Token) -> bool:
    """Whether a token is a single Chinese character with a meaning of its own."""
    return not token.spaced and len(token.text) == 1 and token.role in _CONTENT and "\u3400" <= token.text <= "\u9fff"
