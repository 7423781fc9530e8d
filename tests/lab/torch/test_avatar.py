"""The avatar network: genes choose parts, and from faces that are known it learns which picture belongs to which."""

import dataclasses

import numpy as np
import pytest
import torch

from mengbi.lab.data.faces import GENES, OF_A_GENE, Faces, face, parts
from mengbi.lab.export import disagreement, to_onnx
from mengbi.lab.models import build
from mengbi.lab.models.portrait import Portrait
from mengbi.lab.recipes.avatar import avatar, difference
from mengbi.lab.run import last, trained
from mengbi.lab.ship_avatar import card
from mengbi.lab.train import train
from mengbi.lab.turns import PRINCIPAL, Moment
from mengbi.text.traits import traits

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def faces():
    """Faces of one colour each, that of their skin being how bright they are."""
    known = [face(1, index) for index in range(48)]
    pixels = np.full((48, 32, 32, 4), 255, np.uint8)
    for number, each in enumerate(known):
        pixels[number, ..., :3] = 250 if "fair-skin" in each.traits else 60
    return Faces(
        pixels=pixels,
        numbers=np.stack([each.numbers for each in known]).astype(np.uint8),
        points=np.stack([each.z.ravel() for each in known]),
        digest="none",
        source="here",
    )


def network(task):
    torch.manual_seed(0)
    return build(task.recipe.model)


def test_a_gene_chooses_one_of_the_parts_that_show_a_trait(faces):
    model = network(avatar(faces, "smoke"))
    torch.nn.init.constant_(model.decided, 7.0)  # as good as surely
    y, z = torch.from_numpy(faces.numbers).float(), torch.from_numpy(faces.points)
    w = model.style(z, y).detach().numpy()
    genes = faces.points.reshape(-1, GENES, OF_A_GENE)
    for column, (style, trait, gene, choices, choice) in enumerate(parts()):
        asked = faces.numbers[:, style] * faces.numbers[:, trait]
        chosen = genes[:, gene, :choices].argmax(1) == choice
        np.testing.assert_allclose(w[:, column], asked * chosen, atol=0.02)
    assert model.code == w.shape[1] and np.array_equal(w[:, len(parts()) :][:, : len(traits())], faces.numbers)


def test_the_two_halves_paint_what_the_whole_does_also_when_exported(faces):
    task = avatar(faces, "smoke")
    model = network(task).eval()
    y, z = torch.from_numpy(faces.numbers[:4]).float(), torch.from_numpy(faces.points[:4])
    with torch.inference_mode():
        assert torch.equal(model(z, y), model.paint(model.style(z, y)))
    assert isinstance(model, Portrait) and {*model.ports().beside} == {"style", "brush"}
    for method in (model.ports(), *model.ports().beside.values()):
        assert disagreement(to_onnx(model, task.recipe.model, known=method), model, method) < 1e-5


def test_two_pictures_differ_by_nothing_or_by_more_the_more_they_do():
    a = torch.rand(2, 4, 32, 32)
    assert difference(a, a) == 0
    assert 0 < difference(a, a + 0.1) < difference(a, a + 0.2)
    checks = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 0.2 - 0.1
    assert difference(a, a + checks) == pytest.approx(difference(a, a + 0.1).item(), rel=1e-3)  # fine as broad


def test_it_learns_by_being_shown_and_later_by_the_critic_too(faces, tmp_path):
    task = avatar(faces, "smoke")
    task = dataclasses.replace(task, recipe=dataclasses.replace(task.recipe, steps=60))
    model = network(task)
    batch = task.see(*(torch.from_numpy(array) for array in next(task.batches(0)).arrays))
    before = difference(model(batch.z, batch.y), batch.x)
    train(task, tmp_path)
    model.load_state_dict(trained(last(tmp_path)))
    assert difference(model(batch.z, batch.y), batch.x) < 0.6 * before
    said = [line for line in (tmp_path / "log.jsonl").read_text().splitlines() if '"taken"' in line]
    assert said and '"taken"' not in (tmp_path / "log.jsonl").read_text().splitlines()[0]
    critic = build(task.recipe.others["critic"].model)
    early = Moment(networks={PRINCIPAL: model, "critic": critic}, batch=batch, generator=None, step=0, done=0.0)
    assert "taken" not in task.turns[-1].loss(early)[1]


def test_a_run_that_is_broken_off_ends_in_the_same_weights(faces, tmp_path):
    task = avatar(faces, "smoke")
    train(task, tmp_path / "whole")

    def stop(run):
        if run.step == 27:  # in the game
            raise KeyboardInterrupt

    task = dataclasses.replace(task, recipe=dataclasses.replace(task.recipe, save_minutes=0.0))
    with pytest.raises(KeyboardInterrupt):
        train(task, tmp_path / "broken", tick=stop)
    train(task, tmp_path / "broken")
    whole, again = last(tmp_path / "whole").tensors, last(tmp_path / "broken").tensors
    assert whole.keys() == again.keys() and all(torch.equal(whole[name], again[name]) for name in whole)


def test_the_card_names_the_styles_and_their_authors():
    facts = {
        "name": "avatar", "network": {"classes": 52, "size": 128}, "weights": 10**6, "bytes": 10**6, "digest": "0" * 64,
        "run": {"command": "mengbi lab train avatar", "machine": "one", "minutes": 60, "steps": 9, "samples": 72},
        "faces": {"count": 24_000}, "evaluation": {"PSNR, dB": 20.0},
    }  # fmt: skip
    text = card(facts)
    assert (
        "at 24,000 faces" in text
        and "Lisa Wischofsky" in text
        and "CC BY 4.0" in text
        and "| PSNR, dB | 20.00 |" in text
    )
