"""What stands around a word of a Chinese sentence, and what that makes of it."""

from collections.abc import Sequence

from mengbi.text.draft import FACTS, Draft
from mengbi.text.lexicon import traits
from mengbi.text.noun import MODIFIERS
from mengbi.text.tokens import Token

END = Token(role="break", value="。")
FLOATING = frozenset(
    ("飘着", "飞着", "盘旋着", "盘旋", "悬着", "悬挂着", "挂着", "漂浮着", "飞过", "飞舞着", "升起", "掠过")
)  # fmt: skip
"""头顶飘着气球: it is not on the head."""


BETWEEN = ("中间", "当中", "正中", "正中间", "中央")


def at(tokens: Sequence[Token], i: int) -> Token:
    """The token there, or a full stop outside the sentence."""
    return tokens[i] if 0 <= i < len(tokens) else END


def exists(tokens: Sequence[Token], i: int) -> bool:
    """头顶是极光: nobody is there."""
    return any(token.role == "exist" for token in tokens[max(0, i - 3) : i])


def owns(tokens: Sequence[Token], i: int) -> bool:
    """In 公主的马车 there need be no princess, nor a mother in 给妈妈的卡片."""
    rest = [token for token in tokens[i + 2 : i + 6] if token.role not in (*MODIFIERS, "stop")]
    owned = at(tokens, i + 1).role == "de" and bool(rest) and rest[0].role == "thing"
    given = at(tokens, i - 1).role == "toward" and at(tokens, i + 1).role == "de"
    return (owned or given) and tokens[i].value in traits()["animate"]


def describes(tokens: Sequence[Token], i: int) -> bool:
    """In 蝴蝶翅膀 the first noun only describes the second; 一幅画，画的是… names what is asked for, nothing in it."""
    after = at(tokens, i + 1)
    return (after.role == "thing" and after.text != tokens[i].text) or _is_the_picture(tokens, i)


def _is_the_picture(tokens: Sequence[Token], i: int) -> bool:
    first = all(token.role in ("count", "stop", "style") for token in tokens[:i])
    return first and tokens[i].value == "painting" and at(tokens, i + 1).role in ("break", "relation", "exist")


def before_localizer(tokens: Sequence[Token], i: int) -> bool:
    """Whether 上, 里, 旁边 follows this noun."""
    rest = tokens[i + 1 : i + 3]
    if rest and rest[0].role == "de":
        rest = rest[1:]
    if rest and rest[0].role == "and":  # 在猫和狗之间
        later = [token.role for token in tokens[i + 2 : i + 8]]
        return "between" in later and "break" not in later[: later.index("between")]
    return bool(rest) and rest[0].role in ("relation", "between")


def relative(tokens: Sequence[Token], i: int) -> bool:
    """Whether the first noun after a verb is followed by 的 and another noun: 戴着皇冠的猫."""
    for j in range(i + 1, len(tokens)):
        role = tokens[j].role
        if role in ("break", "verb", "at"):
            return False
        if role == "thing":
            after = [token.role for token in tokens[j + 1 : j + 6]]
            return (
                after[:1] == ["de"]
                and "thing" in after
                and not {"break", "relation"} & set(after[: after.index("thing")])
            )
    return False


def after_fact(tokens: Sequence[Token], i: int) -> bool:
    """Whether what stands before a localizer is no thing: 夜里, 天上."""
    before = [token for token in tokens[max(0, i - 2) : i] if token.role not in ("de", "stop")]
    facts = (*FACTS, "sky", "unknown", "other", "at", "body")
    return bool(before) and (before[-1].role in facts or before[-1].implied)


def in_a_pocket(tokens: Sequence[Token], i: int) -> bool:
    """袋鼠的口袋里坐着…, 两只胳膊上都站着…: a part of somebody, and what there is."""
    after = next((token for token in tokens[i + 1 : i + 3] if token.role != "stop"), END)
    return at(tokens, i - 1).role == "body" and (after.role == "exist" or after.text == "坐着")


def sticks(sticky: tuple[str, list[int] | None] | None, token: Token) -> bool:
    """戴着帽子和围巾: what follows "and" is worn as well, if it can be."""
    return sticky is not None and sticky[0] == "wearing" and token.value in traits()["wearable"]


def placed(tokens: Sequence[Token], i: int) -> bool:
    """In 摘树上的苹果 the tree is only where the apple is, whatever the verb does."""
    rest = [token.role for token in tokens[i + 1 : i + 9] if token.role not in (*MODIFIERS, "stop", "other")]
    return rest[:3] == ["relation", "de", "thing"]


def names_light(tokens: Sequence[Token], i: int) -> bool:
    """绿色的光, 红墙: the colour is that of a word for which nothing is drawn, and of nothing named before."""
    said = at(tokens, i - 2).role == "color" and at(tokens, i - 1).role == "de"
    said = said or (at(tokens, i - 1).role == "color" and tokens[i].role != "stop")
    return said and at(tokens, i + 1).role in ("break", "color")


def anchor(draft: Draft, token: Token, topic: list[int], located: list[int], former: list[int]) -> list[int]:
    """Whose left, back or head it is where only 左边, 身后 or 头上 is said."""
    if token.text[0] in "门楼":
        doors = [number for number, noun in enumerate(draft.nouns) if noun.concept == "door"]
        return doors[-1:] or draft.whole("building")[-1:] or topic
    if token.text[0] in "身头肩脚手背怀膝腿面胸肚额鼻尾掌":
        told = [*topic, *located, *former, *reversed(range(len(draft.nouns)))]
        return [number for number in told if draft.is_a("animate", number)][:1] or topic
    if token.value == "inside" and topic and draft.is_a("container", topic[-1]):
        return topic
    return (located if token.value in ("left of", "right of", "on", "inside") else []) or topic
