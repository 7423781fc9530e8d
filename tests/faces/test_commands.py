import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mengbi.pipeline import paint
from mengbi.provenance import read

FAST = ("--engine", "analytic", "--size", "128")
CLEAN = ("--style", "none", "--size", "128")


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def files():
    return sorted(path.name for path in Path().iterdir())


def test_a_line_makes_a_picture_and_says_where(mengbi):
    code, out, err = mengbi("paint", "a", "red", "fox", "--seed", 42, *CLEAN)
    assert code == 0, err
    assert out.startswith("saved mengbi-a-red-fox-42.png (128x128, seed 42, style none, ")
    assert files() == ["mengbi-a-red-fox-42.png"]
    assert pixels("mengbi-a-red-fox-42.png").shape == (128, 128, 3)
    assert pixels("mengbi-a-red-fox-42.png").std() > 5


def test_emoji_are_words(mengbi):
    code, out, err = mengbi("paint", "🐱👑🌙", "--seed", 1, "--json", *CLEAN)
    assert code == 0, err
    assert {thing["concept"] for thing in json.loads(out)["scene"]["things"]} & {"cat", "cat-face"}
    assert files() == ["mengbi-cat-face-crown-crescent-moon-1.png"]


def test_without_a_seed_every_picture_is_another(mengbi):
    mengbi("paint", "clouds", *FAST)
    mengbi("paint", "clouds", *FAST)
    one, other = files()
    assert not np.array_equal(pixels(one), pixels(other))


def test_a_batch_is_one_line_of_json_a_picture_and_every_picture_the_one_of_its_seed(mengbi):
    code, out, err = mengbi("paint", "a red dream", "-n", 3, "--seed", 7, "--json", "-o", "out/{n}.png", *FAST)
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["seed"] for row in rows] == [7, 8, 9]
    assert [Path(row["path"]) for row in rows] == [Path(f"out/{n}.png") for n in (1, 2, 3)]
    assert all(row["size"] == [128, 128] and row["seconds"] > 0 for row in rows)
    assert [row["plan"] for row in rows] == [json.loads(json.dumps(read(row["path"]).plan.to_dict())) for row in rows]
    mengbi("paint", "a red dream", "--seed", 8, "-o", "alone.png", *FAST)
    assert np.array_equal(pixels("alone.png"), pixels("out/2.png"))


def test_quiet_says_nothing(mengbi):
    assert mengbi("paint", "a dream", "-q", *FAST) == (0, "", "")


def test_what_was_not_understood_is_said(mengbi):
    _, out, _ = mengbi("paint", "a cat with a qwrtzpl", "--seed", 1, *CLEAN)
    assert "not understood: " in out and "qwrtzpl" in out.splitlines()[1]


def test_the_prompt_comes_from_standard_input(mengbi, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("蓝色的梦\n".encode())))
    assert mengbi("paint", "-", "--seed", 5, *FAST)[0] == 0
    assert files() == ["mengbi-蓝色的梦-5.png"]


def test_a_scene_told_as_json_is_painted_as_it_was_told(mengbi):
    code, told, _ = mengbi("scene", "three red boats on the sea at sunset", "--json")
    assert code == 0
    Path("scene.json").write_text(told, encoding="utf-8")
    code, out, err = mengbi("paint", "--scene", "scene.json", "--seed", 1, "--json", *CLEAN)
    assert code == 0, err
    assert json.loads(out)["scene"] == json.loads(told)


def test_a_scene_is_told_in_words(mengbi):
    code, out, _ = mengbi("scene", "three red boats on the sea at sunset")
    assert code == 0
    assert "sunset" in out and "sea" in out and "3 × red" in out
    code, out, _ = mengbi("scene", "a flying whale, a field of tulips, three yellow stars, all in blue and gold")
    assert code == 0
    for told in ("whale in the air", "a field of tulip", "3 × yellow stars", "blue, gold"):
        assert told in out


def test_what_is_in_the_air_and_a_field_survive_json(mengbi):
    told = json.loads(mengbi("scene", "a flying whale over a field of tulips", "--json")[1])
    assert [(thing["aloft"], thing["spread"]) for thing in told["things"]] == [(True, False), (False, True)]


def test_a_film_of_the_steps_is_kept(mengbi):
    code, _, err = mengbi("paint", "a blue dream", "--film", "steps.gif", "--steps", 6, *FAST)
    assert code == 0, err
    with Image.open("steps.gif") as film:
        assert film.n_frames >= 4 and film.size == (128, 128)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_show_tells_what_made_a_picture(mengbi, suffix):
    mengbi("paint", "a violet dream", "--seed", 3, "-o", f"dream.{suffix}", *FAST)
    code, out, _ = mengbi("show", f"dream.{suffix}")
    assert code == 0
    assert "a violet dream" in out and "analytic" in out and "128x128" in out
    told = json.loads(mengbi("show", f"dream.{suffix}", "--json")[1])
    assert told["plan"]["samples"][0]["seed"] == 3
    assert told["parameters"] == mengbi("show", f"dream.{suffix}", "--parameters")[1].rstrip("\n")
    assert "Seed: 3, Size: 128x128" in told["parameters"]


def test_show_reads_what_other_programs_write(mengbi):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a cat\x1b[2J\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9, Size: 64x64")
    Image.new("RGB", (64, 64)).save("other.png", pnginfo=info)
    code, out, _ = mengbi("show", "other.png")
    assert code == 0
    assert "Euler a" in out and "a cat" in out
    assert "\x1b" not in out


def test_show_says_when_there_is_nothing_to_say(mengbi):
    Image.new("RGB", (64, 64)).save("plain.png")
    code, out, _ = mengbi("show", "plain.png")
    assert code == 0 and "nothing in this file" in out
    code, _, err = mengbi("show", "plain.png", "--parameters")
    assert code == 2 and "no parameters" in err


def test_repeat_paints_the_same_pixels_again(mengbi):
    mengbi("paint", "a green dream", "-n", 2, "--seed", 3, "-o", "{n}.png", *FAST)
    code, out, err = mengbi("repeat", "2.png", "-o", "again.png")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "the same pixels, every one"
    assert Path("again.png").read_bytes() == Path("2.png").read_bytes()


def test_repeat_says_when_the_file_is_no_longer_what_was_painted(mengbi):
    mengbi("paint", "a green dream", "--seed", 3, "-o", "one.png", *FAST)
    with Image.open("one.png") as image:
        image.load()
        info = image.info
        image.putpixel((5, 5), (255, 0, 255))
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    for key in ("mengbi", "parameters"):
        texts.add_itxt(key, info[key])
    image.save("one.png", pnginfo=texts)
    code, out, _ = mengbi("repeat", "one.png", "-o", "again.png")
    assert code == 0 and out.splitlines()[-1].startswith("not the same pixels")


def test_repeat_says_when_the_engine_paints_with_other_weights(mengbi):
    picture = paint("a green dream", engine="analytic", size=(64, 64), seed=1)
    replace(picture, plan=replace(picture.plan, weights="0" * 64)).save("old.png")
    code, _, err = mengbi("repeat", "old.png")
    assert code == 0
    assert err.startswith("mengbi: the analytic engine paints with other weights now") and err.count("\n") == 1


def test_repeat_finds_the_photo_again_by_what_is_in_it(mengbi, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    Image.fromarray(photo).save("photo.png")
    code, _, err = mengbi("paint", "fog", "--from", "photo.png", "--strength", 0.5, "--seed", 1, "-o", "a.png", *FAST)
    assert code == 0, err
    for name in ("kept/photo.png", "renamed.png"):  # moved away, then renamed
        Path("kept").mkdir(exist_ok=True)
        Path("photo.png").rename(name) if Path("photo.png").exists() else Path("kept/photo.png").rename(name)
        if name.startswith("kept"):
            code, _, err = mengbi("repeat", "a.png", "-o", "b.png")
            assert code == 2 and "photo.png" in err and "--from" in err
            code, out, err = mengbi("repeat", "a.png", "-o", "b.png", "--from", name)
        else:
            code, out, err = mengbi("repeat", "a.png", "-o", "b.png")
        assert code == 0, err
        assert out.splitlines()[-1] == "the same pixels, every one"


def test_repeat_refuses_another_photo(mengbi):
    for name, color in (("photo.png", "red"), ("other.png", "blue")):
        Image.new("RGB", (64, 64), color).save(name)
    mengbi("paint", "fog", "--from", "photo.png", "--strength", 0.5, "-o", "a.png", *FAST)
    code, _, err = mengbi("repeat", "a.png", "--from", "other.png")
    assert code == 2 and "not the photo of the plan" in err


def test_lists_are_for_people_and_for_programs(mengbi):
    for command, name in (("engines", "sketch"), ("styles", "starry")):
        code, out, _ = mengbi(command)
        assert code == 0 and name in out and "\x1b" not in out
        assert name in [row["name"] for row in json.loads(mengbi(command, "--json")[1])]


def test_doctor_finds_this_machine_well(mengbi):
    code, out, err = mengbi("doctor", "--json")
    checks = [json.loads(line) for line in out.splitlines()]
    assert code == 0, (out, err)
    assert {"python", "assets", "words", "brush", "a picture", "terminal"} <= {check["name"] for check in checks}


def test_doctor_tells_what_is_broken_and_what_to_do(mengbi, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "file"))
    code, out, _ = mengbi("doctor")
    assert code == 1
    broken = [index for index, line in enumerate(out.splitlines()) if line.startswith("✗")]
    assert len(broken) == 1
    assert "data folder" in out.splitlines()[broken[0]]
    assert "MENGBI_HOME" in out.splitlines()[broken[0] + 1]


def test_without_words_it_welcomes_in_several_languages(mengbi):
    code, out, _ = mengbi()
    assert code == 0 and out.count("mengbi paint") >= 3 and "落日飞车" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_of_the_shell(mengbi, shell):
    code, out, _ = mengbi("completion", shell)
    assert code == 0 and "_MENGBI_COMPLETE" in out and shell in out
