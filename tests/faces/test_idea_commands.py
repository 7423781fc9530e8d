import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mengbi.ideas import ideas, modifiers
from mengbi.provenance import read

SMALL = ("--size", "96x64")


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_handful_is_shown_a_line_each_and_another_each_time(mengbi):
    handfuls = [mengbi("inspire")[1].splitlines() for _ in range(2)]
    assert all(len(lines) == 6 and set(lines) <= {idea.en for idea in ideas()} for lines in handfuls)
    assert handfuls[0] != handfuls[1]
    assert mengbi("inspire", "--seed", 5) == mengbi("inspire", "--seed", 5)


@pytest.mark.parametrize(("locale", "chinese"), [("zh_CN.UTF-8", True), ("zh_TW", True), ("fr_FR.UTF-8", False)])
def test_a_person_is_answered_in_their_own_language(mengbi, monkeypatch, locale, chinese):
    monkeypatch.setenv("LC_ALL", locale)
    _, out, _ = mengbi("inspire", "-n", 3)
    assert out.isascii() != chinese
    assert mengbi("inspire", "--lang", "en")[1].isascii()


def test_words_are_found_and_counted(mengbi):
    code, out, err = mengbi("inspire", "狐狸", "-n", 2)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 2
    assert all("fox" in line.lower() for line in out.splitlines())


def test_modifiers_and_tags_as_json(mengbi):
    _, out, _ = mengbi("inspire", "--modifiers", "--tag", "light", "-n", 99, "--json")
    rows = json.loads(out)
    assert {row["tag"] for row in rows} == {"light"}
    assert len(rows) == sum(modifier.group.tag == "light" for modifier in modifiers())
    assert set(rows[0]) == {"en", "zh", "tag", "shows"}


@pytest.mark.parametrize("command", ["inspire", "surprise"])
def test_a_tag_that_is_none_is_one_line_with_those_there_are(mengbi, command):
    code, out, err = mengbi(command, "--tag", "seaa")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert re.search(r"no tag 'seaa'; did you mean 'sea'\? \(choose from landscapes, sea, .*desktop\)", err)


def test_what_is_shown_can_be_painted(mengbi):
    code, out, err = mengbi("inspire", "--seed", 3, "-n", 1, "--paint", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["plan"]["samples"][0]["prompt"] == mengbi("inspire", "--seed", 3, "-n", 1)[1].strip()


def test_modifiers_alone_are_no_picture(mengbi):
    code, _, err = mengbi("inspire", "--modifiers", "--paint")
    assert code == 2
    assert "modifiers alone are no picture" in err


def test_a_surprise_is_painted_kept_and_told(mengbi):
    code, out, err = mengbi("surprise", *SMALL, "--seed", 7)
    assert code == 0, err
    saved, told, again = out.splitlines()
    path = saved.split()[1]
    plan = read(Path(path)).plan
    idea = next(idea for idea in ideas() if idea.en == plan.samples[0].prompt)
    assert (plan.size, plan.samples[0].seed) == ((96, 64), 7)
    assert plan.style.name in idea.group.styles
    assert idea.zh in told
    assert idea.en in told
    assert plan.style.title in told
    before = pixels(path)
    assert mengbi(*shlex.split(again.removeprefix("again: mengbi ")), "-o", "again.png")[0] == 0
    assert np.array_equal(before, pixels("again.png"))


def test_the_same_seed_is_the_same_surprise_and_none_is_another(mengbi):
    for name, seed in (("a", 11), ("b", 11)):
        mengbi("surprise", *SMALL, "--seed", seed, "-o", f"{name}.png")
    assert np.array_equal(pixels("a.png"), pixels("b.png"))
    for name in "cd":
        assert mengbi("surprise", *SMALL, "-q", "-o", f"{name}.png")[1] == ""
    assert not np.array_equal(pixels("c.png"), pixels("d.png"))


def test_a_surprise_as_json_is_one_line_of_the_usual_kind(mengbi):
    code, out, _ = mengbi("surprise", *SMALL, "--tag", "sea", "--lang", "zh", "--json")
    row = json.loads(out)
    assert code == 0
    assert row["plan"]["samples"][0]["prompt"] in {idea.zh for idea in ideas() if idea.group.tag == "sea"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "10x10"), "each side must be 64 to 4096"),
        (("--for", "phone", "--size", "96x64"), "--size and --for phone both say how large"),
        (("--seed", "-1"), "--seed"),
        (("-o", "picture.bmp"), "a picture ends in"),
    ],
)
def test_a_surprise_that_cannot_be_is_one_line_and_no_picture(mengbi, tmp_path, arguments, said):
    code, out, err = mengbi("surprise", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert list(tmp_path.glob("*.png")) == []
