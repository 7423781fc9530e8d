import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.errors import BriefError, PromptError, SceneError
from mengbi.faces.wishes import read_graph, read_size, read_words


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("768x512", (768, 512)),
        ("768X512", (768, 512)),
        ("768×512", (768, 512)),
        (" 768 * 512 ", (768, 512)),
        ("1024", (1024, 1024)),
        ("1:1", (768, 768)),
        ("16:9", (1024, 576)),
        ("9:16", (576, 1024)),
        ("0", (0, 0)),
        ("1000000", (1_000_000, 1_000_000)),
    ],
)
def test_a_size_is_read(text, size):
    assert read_size(text) == size


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_shape_keeps_its_ratio_and_the_usual_number_of_pixels(width, height):
    w, h = read_size(f"{width}:{height}")
    assert w % 8 == h % 8 == 0
    if 0.2 < width / height < 5:
        assert w * h == pytest.approx(768 * 768, rel=0.03)
        assert w / h == pytest.approx(width / height, rel=0.03)


@pytest.mark.parametrize("text", ["", "x", "big", "-5x7", "7.5", "1x2x3", "9" * 10, "9" * 5000, "１２x\0"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(BriefError, match=r"1024x512"):
        read_size(text)


@pytest.mark.parametrize("text", ["0:5", "5:0"])
def test_a_shape_without_a_side_is_refused(text):
    with pytest.raises(BriefError, match="above 0"):
        read_size(text)


def standard_input(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_words_are_joined():
    assert read_words(("a", "red", "fox")) == "a red fox"


@pytest.mark.parametrize("data", ["一只猫\n".encode(), "\ufeff一只猫\r\n".encode()])
def test_a_dash_reads_the_prompt_from_standard_input(monkeypatch, data):
    standard_input(monkeypatch, data)
    assert read_words(("-",)) == "一只猫"


def test_bytes_that_are_no_text_are_refused(monkeypatch):
    standard_input(monkeypatch, b"\xff\xfe\x00")
    with pytest.raises(PromptError, match="UTF-8"):
        read_words(("-",))


def test_an_endless_prompt_is_read_no_further_than_it_can_be_used(monkeypatch):
    standard_input(monkeypatch, "猫".encode() * 1_000_000)
    with pytest.raises(PromptError, match="at most"):
        read_words(("-",))


def test_a_scene_is_read_from_a_file_and_from_standard_input(monkeypatch, tmp_path):
    graph = {"things": [{"concept": "cat", "words": "猫"}]}
    (tmp_path / "scene.json").write_text(json.dumps(graph), encoding="utf-8")
    standard_input(monkeypatch, json.dumps(graph).encode())
    assert read_graph(str(tmp_path / "scene.json")) == read_graph("-") == graph


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 500_000, b" " * (2**20 + 1)])
def test_what_is_no_scene_is_refused(tmp_path, data):
    (tmp_path / "scene.json").write_bytes(data)
    with pytest.raises(SceneError, match=r"scene\.json"):
        read_graph(str(tmp_path / "scene.json"))


def test_a_scene_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SceneError, match="cannot be read"):
        read_graph(str(tmp_path / "none.json"))
