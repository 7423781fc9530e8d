"""What stands around a word of a Chinese sentence, and what that makes of it."""

from collections.abc import Sequence

from mengbi.text.draft import FACTS, MODIFIERS
from mengbi.text.lexicon import traits
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
    """In 公主的马车 there need be no princess."""
    rest = [token for token in tokens[i + 2 : i + 6] if token.role not in (*MODIFIERS, "stop")]
    owned = at(tokens, i + 1).role == "de" and bool(rest) and rest[0].role == "thing"
    return owned and tokens[i].value in traits()["animate"]


def describes(tokens: Sequence[Token], i: int) -> bool:
    """In 蝴蝶翅膀 the first noun only describes the second."""
    after = at(tokens, i + 1)
    return after.role == "thing" and after.text != tokens[i].text


def is_the_picture(tokens: Sequence[Token], i: int) -> bool:
    """一幅画，画的是…: that is the picture which is asked for, and not one in it."""
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
