"""What runs make and are measured to, as files: sheets, pictures that move, text, a page."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mengbi.errors import BriefError, OutputError
from mengbi.lab.commands import lab
from mengbi.lab.data.folder import open_data
from mengbi.lab.gallery import grid


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENGBI_HOME", str(folder))
        patch.setenv("MENGBI_DATABASE", f"sqlite:///{folder}/studio.db")
        patch.setitem(open_data.__kwdefaults__, "cache", folder / "cache")
        yield folder


def call(*arguments):
    result = CliRunner().invoke(lab, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module", params=["vae", "dcgan"])
def clear(request, tmp_path_factory):
    """A run that learnt from discs with nothing around them."""
    folder, chance = tmp_path_factory.mktemp("discs"), np.random.default_rng(0)
    cover = np.uint8(255 * (np.hypot(*np.mgrid[-16:16, -16:16]) < 12))
    for number in range(30):
        ink = chance.integers(0, 256, (4, 4, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(np.dstack([ink, cover])).save(folder / f"{number}.png")
    name = f"{request.param}-clear"
    call("train", request.param, "--data", folder, "--channels", 4, "--size", 32, "--preset", "smoke", "--name", name)
    return name


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    text = tmp_path_factory.mktemp("texts") / "tale.txt"
    text.write_text("Once upon a time there was a fox, and the fox slept. " * 200)
    call("train", "lstm", "--data", text, "--preset", "smoke", "--name", "tale")
    return "tale"


def test_what_is_transparent_stays_so_where_the_file_can_hold_it(home, clear, tmp_path):
    sheets = list((home / "runs" / clear / "sheets").glob("*.png"))
    call("sample", clear, "--n", 3, "--out", tmp_path / "all.png")
    call("sample", clear, "--n", 3, "--out", tmp_path / "each")
    call("interpolate", clear, "--seeds", "1,2", "--frames", 3, "--out", tmp_path / "way.webp")
    for path in (*sheets, tmp_path / "all.png", tmp_path / "each" / "00000.png", tmp_path / "way.webp"):
        with Image.open(path) as image:
            assert image.mode == "RGBA" and image.getextrema()[3][0] < 255
    with Image.open(tmp_path / "all.png") as image:
        assert np.array_equal(np.asarray(image)[:, :32], np.asarray(Image.open(tmp_path / "each" / "00000.png")))
    call("interpolate", clear, "--seeds", "1,2", "--frames", 3, "--out", tmp_path / "way.gif")
    with Image.open(tmp_path / "way.gif") as image:
        assert "transparency" not in image.info and image.n_frames > 1


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_grid_keeps_pictures_as_they_are(channels):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 4, 4, channels), np.uint8)
    sheet = grid(pictures, 2)
    assert sheet.shape == (8, 8, max(3, channels)) and (sheet[4:, 4:] == 255).all()
    assert (sheet[:4, 4:] == pictures[1]).all()


def test_a_text_goes_into_the_file_that_was_named(writer, tmp_path):
    shown = call("sample", writer, "--length", 30)
    assert (
        call("sample", writer, "--length", 30, "--out", tmp_path / "t.txt") == f"{tmp_path / 't.txt'}: 30 characters\n"
    )
    assert (tmp_path / "t.txt").read_text("utf-8") == shown
    with pytest.raises(OutputError, match="name a file"):
        call("sample", writer, "--length", 30, "--out", tmp_path)


def test_the_page_of_a_text_says_what_it_learnt_from_line_by_line(writer, tmp_path):
    call("measure", writer, "--out", tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<div>10,600 characters; the last 530 are kept for checks</div><div>23 pieces</div>" in page


def test_a_refusal_names_all_that_can_be_written(clear):
    with pytest.raises(BriefError, match=r"way.mp4 — a .png for a sheet, a .gif or .webp that moves, or a folder"):
        call("interpolate", clear, "--out", "way.mp4")
    with pytest.raises(BriefError, match=r"way.gif — a .png for a sheet, or a folder"):
        call("sample", clear, "--out", "way.gif")
