import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch.nn import functional as F

from mengbi.lab.export import to_onnx
from mengbi.lab.models import build, dream, gpt
from mengbi.lab.models.attention import attention

DREAM = {"kind": "transformer", "size": 16, "patch": 4, "width": 64, "depth": 2, "heads": 2}
GPT = {
    "kind": "gpt",
    "vocabulary": {"letters": "\n abcdefg", "merges": [[3, 4], [5, 6]]},
    "width": 32,
    "depth": 2,
    "heads": 4,
    "reach": 8,
}
HEARD = {
    "all alike": None,
    "the nearer the louder, none after": torch.where(
        torch.arange(7)[:, None] < torch.arange(9) - 2, -torch.inf, -torch.rand(3, 7, 9)
    ),
}


def torchs(q, k, v, heard=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=heard)


def fresh(spec):
    torch.manual_seed(0)
    model = build(spec).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # fresh weights are zero in places: nothing would be seen
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return model


@pytest.mark.parametrize("heard", HEARD)
def test_attention_and_its_gradients_are_torchs_own(heard):
    found = []
    for way in (attention, torchs):
        torch.manual_seed(1)
        q, k, v = (torch.randn(2, 3, rows, 8, requires_grad=True) for rows in (7, 9, 9))
        y = way(q, k, v, HEARD[heard])
        y.square().sum().backward()
        found.append((y, q.grad, k.grad, v.grad))
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*found, strict=True))


@pytest.mark.parametrize("heard", HEARD)
def test_in_halves_attention_errs_no_more_than_torchs_own_by_much(heard):
    torch.manual_seed(2)
    rows = [torch.randn(2, 3, count, 8) for count in (7, 9, 9)]
    said = HEARD[heard]
    exact = torchs(*rows, said)
    halves = [each.bfloat16() for each in rows]
    bias = None if said is None else said.bfloat16()
    own, other = ((way(*halves, bias).float() - exact).abs().max() for way in (attention, torchs))
    assert 0 < own < 2 * other + 0.01


@torch.inference_mode()
def test_the_transformer_paints_as_with_torchs_own_attention(monkeypatch):
    model = fresh(DREAM)
    batch = [torch.from_numpy(array) for array in model.ports().some(3).values()]
    ours = model(*batch)
    monkeypatch.setattr(dream, "attention", torchs)
    assert ours.abs().max() > 0.1
    assert torch.allclose(model(*batch), ours, atol=1e-5)


@torch.inference_mode()
def test_the_writer_says_the_same_as_with_torchs_own_attention_also_when_it_goes_on(monkeypatch):
    model = fresh(GPT)
    tokens = torch.randint(0, 9, (3, 12), generator=torch.Generator().manual_seed(3))

    def said():
        first, state = model(tokens, model.start(3))
        return torch.cat([first, model(tokens[:, :5], state)[0]], 1)

    ours = said()
    monkeypatch.setattr(gpt, "attention", torchs)
    assert ours.std() > 0.01
    assert torch.allclose(said(), ours, atol=1e-5)


@pytest.mark.parametrize("spec", [DREAM, GPT], ids=["transformer", "gpt"])
def test_what_is_exported_does_as_a_network_with_torchs_own_attention(monkeypatch, spec):
    model = fresh(spec)
    session = ort.InferenceSession(to_onnx(model, spec))
    monkeypatch.setattr(dream, "attention", torchs)
    monkeypatch.setattr(gpt, "attention", torchs)
    some = model.ports().some(3)
    with torch.inference_mode():
        torchs_own = model(*(torch.from_numpy(array) for array in some.values()))
    expected = torchs_own if spec is DREAM else torchs_own[0]
    assert np.abs(session.run(None, some)[0] - expected.numpy()).max() < 1e-4
