"""A card: one size, round corners, title, number, style and seal on paper of the picture's colour."""

from dataclasses import replace

import numpy as np
import pytest

from mengbi.errors import BriefError
from mengbi.finish.lettering import legible
from mengbi.finish.purposes.card import BOXES, SIZE
from mengbi.finish.purposes.wording import wording
from mengbi.plan import Touch

LEFT, TOP, WIDTH, HEIGHT = BOXES[False]


def flat(color, vertical=False):
    return np.full((*BOXES[vertical][:1:-1], 3), color, np.uint8)


def test_a_card_has_one_size_and_the_picture_round_corners(plan, touched):
    made = touched(plan(purpose="card"), flat((200, 30, 40)))
    assert made.shape == (SIZE[1], SIZE[0], 3)
    paper = made[5, 5]
    assert np.array_equal(made[TOP, LEFT], paper)  # the corner is cut
    assert np.array_equal(made[TOP + 40, LEFT + 40], (200, 30, 40))
    edge = made[TOP : TOP + 20, LEFT : LEFT + 20].reshape(-1, 3)
    assert len(np.unique(edge, axis=0)) > 10  # and smooth


def test_a_dark_picture_lies_on_a_dark_card_and_a_light_one_on_a_light(plan, touched):
    made = plan(purpose="card")
    assert touched(made, flat((20, 24, 60)))[5, 5].max() < 70
    assert touched(made, flat((200, 210, 180)))[5, 5].min() > 200


def test_letters_stand_below_the_picture_and_inside_the_edges(plan, touched):
    for title in ("Fox", "a fox and a hare and a bear and a bird " * 12, "月" * 200):
        made = touched(plan(purpose="card", title=title, seal="李白"), flat((240, 240, 240)))
        dark = np.argwhere(made.max(axis=2) < 120)
        assert dark[:, 0].min() > TOP + HEIGHT and dark[:, 0].max() < SIZE[1] - 40
        assert dark[:, 1].min() >= LEFT - 6 and dark[:, 1].max() <= LEFT + WIDTH + 6


def test_letters_from_top_to_bottom_stand_at_the_right(plan, touched):
    made = touched(plan(purpose="card", title="落日归帆", vertical=True), flat((240, 240, 240), vertical=True))
    left, top, width, height = BOXES[True]
    dark = np.argwhere(made[: top + height].max(axis=2) < 100)
    assert dark[:, 1].min() > left + width and dark[:, 1].max() < SIZE[0] - 20 and len(dark) > 2000


def test_what_is_said_is_of_the_plan(plan):
    made = plan("(a fox:1.3), snow, {oil|ink}", purpose="card", style="oil", seed=123456)
    said = wording(made.only(0), made.finish[-1].settings)
    assert (said.title, said.style, said.number, said.maker) == ("A fox", "Oil painting", 3456, "Mengbi")
    assert said.words.startswith("snow, ")
    chinese = plan("月下的猫，水墨", purpose="card", style="oil", number=7)
    said = wording(chinese, chinese.finish[-1].settings)
    assert (said.title, said.words, said.style, said.number, said.maker) == ("月下的猫", "水墨", "油画", 7, "梦笔")


def test_each_of_several_cards_has_its_own_number(plan, touched):
    made = plan(purpose="card", count=2)
    one, two = (touched(made.only(index), flat((240, 240, 240))) for index in (0, 1))
    assert np.array_equal(one[:1200], two[:1200]) and not np.array_equal(one[1240:], two[1240:])


def test_a_style_of_anybody_has_a_name_of_any_length(plan, touched):
    made = plan(purpose="card")
    made = replace(made, style=replace(made.style, name="x", title="🐱 endless " * 150))
    bottom = touched(made, flat((240, 240, 240)))[1240:]
    dark = np.argwhere(bottom.max(axis=2) < 190)
    assert dark[:, 1].max() <= LEFT + WIDTH + 6
    gap = (bottom[:, 780:830].max(axis=2) < 190).sum(axis=0)
    assert legible(made.style.title) and (gap == 0).any()  # it ends before our own name begins


def test_a_card_of_another_form_is_refused(plan, touched):
    made = plan(purpose="card")
    for change in ({"size": [10, 10]}, {"picture": [0, 0, 100, 100]}):
        settings = {**made.finish[-1].settings, **change}
        with pytest.raises(BriefError, match="damaged plan"):
            touched(replace(made, finish=(Touch(name="card", settings=settings),)), flat((1, 2, 3)))
