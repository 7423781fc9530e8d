"""From a folder of one's own to a network: begun, stopped, gone on with, compared, looked at."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import mengbi
from mengbi.errors import AssetError, BriefError, FaultError
from mengbi.lab import sampling
from mengbi.lab.commands import lab
from mengbi.lab.run import last


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENGBI_HOME", str(folder))
        patch.setenv("MENGBI_DATABASE", f"sqlite:///{folder}/studio.db")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr("mengbi.lab.data.folder.CACHE", folder / "cache")
        yield folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Forty discs and forty squares on plain grounds."""
    folder, chance = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    for number in range(80):
        round_ = number % 2 == 0
        middle, reach = chance.integers(10, 22, 2), chance.integers(5, 9)
        far = np.hypot(x - middle[0], y - middle[1]) if round_ else np.maximum(abs(x - middle[0]), abs(y - middle[1]))
        ground, ink = chance.integers(0, 256, (2, 3))
        pixels = np.where((far < reach)[..., None], ink, ground).astype(np.uint8)
        place = folder / ("disc" if round_ else "square")
        place.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return folder


def call(*arguments, code=0):
    result = CliRunner().invoke(lab, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def run(home, pictures):
    said = call("train", "dcgan", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "shapes")
    assert "80 of 80 pictures" in said and "step 30 " in said
    return "shapes"


def test_a_run_is_written_down_with_what_it_learnt_from(home, run, pictures):
    (known,) = json.loads(call("runs", run, "--json"))
    assert (known["family"], known["state"], known["step"], known["steps"]) == ("dcgan", "done", 30, 30)
    assert known["data"]["count"] == 80 and known["data"]["licence"] == "unknown" and len(known["data"]["digest"]) > 8
    assert known["metrics"]["loss"] > 0 and known["machine"] and known["folder"] == str(home / "runs" / "shapes")
    assert "shapes" in call("runs") and "critic loss" in call("runs", run)
    assert last(home / "runs" / "shapes").state["notes"]["data"]["names"] == ["disc", "square"]


def test_a_run_is_gone_on_with_as_it_was_ordered(home, run, pictures, monkeypatch):
    monkeypatch.chdir(pictures.parent)
    options = ("--data", pictures.name, "--preset", "smoke", "--size", 32, "--rate", 1e-4)
    call("train", "vae", *options, "--steps", 40, "--name", "codes", "--minutes", 0.0001)
    (known,) = json.loads(call("runs", "codes", "--json"))
    assert known["state"] == "stopped" and known["step"] < 40
    monkeypatch.chdir(home)
    assert str(pictures) not in call("runs") and f"vae {pictures.name}" in call("runs")
    assert "step 40 " in call("resume", "codes")
    (known,) = json.loads(call("runs", "codes", "--json"))
    assert (known["state"], known["step"], known["recipe"]["rate"]) == ("done", 40, 1e-4)
    monkeypatch.setenv("COLUMNS", "80")
    assert any(line.split()[:2] == ["codes", "vae"] and "done" in line for line in call("runs").splitlines())
    said = call("compare", run, "codes", "--out", home / "both")
    assert "dcgan" in said and "vae" in said and "curves.png" in said
    assert np.ptp(np.asarray(Image.open(home / "both" / "curves.png"))) > 100


def test_a_name_and_a_folder_belong_together(home, run, pictures, tmp_path):
    options = ("--data", pictures, "--preset", "smoke", "--size", 32)
    with pytest.raises(BriefError, match="choose another --name"):
        call("train", "dcgan", *options, "--name", run, "--out", tmp_path / "elsewhere")
    with pytest.raises(BriefError, match="another recipe"):
        call("train", "vae", *options, "--out", home / "runs" / "shapes")


def test_what_cannot_be_trained_leaves_nothing_behind(home, run, pictures, tmp_path):
    before = call("runs", "--json")
    for arguments, words in (
        (("dcgan",), "name a folder with --data"),
        (("dcgan", "--data", pictures, "--preset", "huge"), "smoke"),
        (("dcgan", "--data", pictures, "--size", 30), "30"),
        (("lstm", "--data", pictures, "--size", 64), "learns from text"),
    ):
        with pytest.raises(BriefError, match=words):
            call("train", *arguments)
    assert "did you mean 'dcgan'" in call("train", "dcgna", code=2)
    assert call("runs", "--json") == before


def test_a_refused_order_leaves_the_row_of_the_run_that_stands(home, run, pictures):
    before = json.loads(call("runs", run, "--json"))
    for name, words in ((run, "another recipe"), ("../x", "no slash")):
        with pytest.raises(BriefError, match=words):
            call("train", "vae", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", name)
    assert json.loads(call("runs", run, "--json")) == before
    with pytest.raises(BriefError, match="lies in what is to be learnt from"):
        call("train", "vae", "--data", pictures, "--preset", "smoke", "--out", pictures / "runs")
    assert not (pictures / "runs").exists()


def test_a_run_that_failed_stays_in_the_list_and_begins_again_at_the_rate_it_is_given(home, pictures):
    order = ("train", "vae", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "wild")
    with pytest.raises(FaultError, match="lower rate"):
        call(*order, "--rate", 1000)
    (known,) = json.loads(call("runs", "wild", "--json"))
    assert known["state"] == "failed" and known["steps"] > 0 and "lower rate" in known["note"]
    assert last(home / "runs" / "wild").state["halvings"] == 3
    assert "mengbi lab measure wild" in call(*order)
    assert last(home / "runs" / "wild").state["halvings"] == 0
    (known,) = json.loads(call("runs", "wild", "--json"))
    assert (known["state"], known["note"]) == ("done", None)


def test_who_stops_listening_stops_a_run_that_can_be_gone_on_with(home, pictures, monkeypatch):
    def gone(*_):
        raise BrokenPipeError

    order = ("train", "vae", "--data", pictures, "--preset", "smoke", "--size", 32, "--name", "unheard")
    monkeypatch.setattr("mengbi.lab.train.Look._tell", gone)
    with pytest.raises(BrokenPipeError):
        call(*order)
    assert json.loads(call("runs", "unheard", "--json"))[0]["state"] == "stopped"


def test_a_run_whose_folder_is_gone_says_so(home, run, tmp_path):
    (home / "runs" / run).rename(tmp_path / "elsewhere")
    for command in ("resume", "sample", "measure"):
        with pytest.raises(AssetError, match="gone from there"):
            call(command, run)
    (tmp_path / "elsewhere").rename(home / "runs" / run)


def test_the_same_seed_makes_the_same_and_another_another(home, run, tmp_path):
    for name, seed in (("a.png", 3), ("b.png", 3), ("c.png", 4)):
        call("sample", run, "--n", 4, "--seed", seed, "--wish", "disc", "--out", tmp_path / name)
    a, b, c = (np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.png", "c.png"))
    assert a.shape == (32, 8 * 32, 3) and np.array_equal(a, b)
    assert np.array_equal(a[:, 32:64], c[:, :32])  # the second of seed 3 is the first of seed 4
    call("sample", run, "--n", 3, "--out", tmp_path / "each")
    assert len(list((tmp_path / "each").glob("*.png"))) == 3
    with pytest.raises(BriefError, match="did you mean 'disc'"):
        call("sample", run, "--wish", "disk")


def test_the_way_from_seed_to_seed_begins_and_ends_at_them(home, run, tmp_path):
    hand = sampling.take_up(home / "runs" / "shapes")
    way = sampling.between(hand, (5, 6, 7), 4)
    ends = sampling.pictures(hand, (5, 6, 7))
    assert len(way) == 9
    assert abs(way[[0, 4, 8]].astype(int) - ends).max() <= 1
    steps = abs(np.diff(way.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < abs(ends[0].astype(int) - ends[1]).mean() + 1e-9
    call("interpolate", run, "--seeds", "5,6", "--frames", 3, "--out", tmp_path / "way.gif")
    with Image.open(tmp_path / "way.gif") as moving:
        assert moving.n_frames >= 2 and moving.width == 256
    with pytest.raises(BriefError, match="two seeds"):
        call("interpolate", run, "--seeds", "5")


def test_what_was_trained_is_an_engine_to_paint_with(home, run, tmp_path):
    assert "--engine discs" in call("export", run, "--as", "discs", "--title", "discs and squares")
    painted = [mengbi.paint("a square", engine="discs", seed=n, size=(64, 64), style="none") for n in (1, 1, 2)]
    one, same, other = (np.asarray(picture.image) for picture in painted)
    assert one.shape == (64, 64, 3) and np.array_equal(one, same) and not np.array_equal(one, other)
    assert painted[0].plan.samples[0].labels == (("square", 1.0),)
    assert "MiB" in call("export", run, tmp_path / "files") and (tmp_path / "files" / "model.safetensors").is_file()
    for arguments in ((run,), (run, tmp_path / "files", "--as", "discs")):
        with pytest.raises(BriefError, match="one of the two"):
            call("export", *arguments)
    with pytest.raises(BriefError, match="choose another"):
        call("export", run, "--as", "dream")


def test_what_is_made_is_measured_beside_real_pictures_and_told_on_a_page(home, tmp_path_factory):
    folder, chance = tmp_path_factory.mktemp("split"), np.random.default_rng(1)
    for part, count in (("train", 40), ("test", 30)):
        (folder / part).mkdir()
        for number in range(count):
            pixels = chance.integers(0, 256, (4, 4, 3), np.uint8)
            Image.fromarray(pixels).resize((32, 32)).save(folder / part / f"{number}.png")
    options = ("--data", folder, "--preset", "smoke", "--size", 32)
    call("train", "vae", *options, "--name", "patches")
    said = call("measure", "patches", "--n", 12, "--seeds", 2)
    assert "FD-lite0" in said and "NLL-64" in said
    report = home / "runs" / "patches" / "report"
    figures = json.loads((report / "report.json").read_text())["figures"]
    assert figures["FD-lite0"]["made"] > figures["FD-lite0"]["real"] > 0  # thirty steps make no picture
    assert figures["bits per dimension"]["made"] > 0
    page = (report / "report.html").read_text()
    assert "patches" in page and "<script" not in page and "data:image" in page
    assert page.count("<span>seed ") == 8  # ways from one picture to the next
    (known,) = json.loads(call("runs", "patches", "--json"))
    assert known["metrics"]["measured FD-lite0"] == figures["FD-lite0"]["made"]


def test_a_text_is_learnt_from_measured_and_written(home, tmp_path):
    text = tmp_path / "tale.txt"
    text.write_text("Once upon a time there was a fox, and the fox slept. " * 200)
    call("train", "lstm", "--data", text, "--preset", "smoke", "--name", "tale")
    assert "bits per character" in call("measure", "tale", "--out", tmp_path / "report")
    one, same, other = (call("sample", "tale", "--begin", "Once", "--length", 40, "--seed", n) for n in (1, 1, 2))
    assert one == same != other and len(one) > 20
    with pytest.raises(BriefError, match="no picture of a point"):
        call("interpolate", "tale")


def test_halfway_between_two_points_lies_as_far_out_as_they_do():
    chance = np.random.default_rng(0)
    a, b = chance.standard_normal((2, 100)).astype(np.float32)
    middle = sampling.slerp(a, b, 0.5)
    assert np.linalg.norm(middle) == pytest.approx((np.linalg.norm(a) + np.linalg.norm(b)) / 2, rel=1e-4)
    assert np.allclose(sampling.slerp(a, b, 0), a, atol=1e-5) and np.allclose(sampling.slerp(a, b, 1), b, atol=1e-5)
    assert np.allclose(sampling.slerp(a, a, 0.3), a)
