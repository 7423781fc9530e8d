import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from mengbi.faces import doctor
from mengbi.faces.cli import main

FAST = ("--engine", "analytic", "--size", "64", "--style", "none", "-q")


@pytest.fixture(autouse=True)
def _with_a_gallery(monkeypatch):
    monkeypatch.delenv("MENGBI_GALLERY")
    for name in ("MENGBI_DATABASE", "MENGBI_BLOBS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def told(mengbi):
    """What a command of the gallery says as JSON."""

    def run(*arguments):
        code, out, err = mengbi("gallery", *arguments, "--json")
        assert (code, err) == (0, ""), err
        return json.loads(out)

    return run


@pytest.fixture(scope="session")
def three(tmp_path_factory):
    """A folder with three pictures, painted by a person whose gallery is in it, too."""
    folder = tmp_path_factory.mktemp("three")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MENGBI_HOME", str(folder / "home"))
        for name in ("MENGBI_GALLERY", "MENGBI_DATABASE", "MENGBI_BLOBS"):
            patch.delenv(name, raising=False)
        for seed, prompt in enumerate(("a red fox", "月亮上的猫", "a lighthouse by the sea"), start=1):
            assert main(["paint", prompt, "--seed", str(seed), "-o", f"{seed}.png", *FAST]) == 0
    return folder


@pytest.fixture
def painted(three):
    """That folder, to work in."""
    shutil.copytree(three, Path(), dirs_exist_ok=True)


def prompts(found):
    return [picture["prompt"] for picture in found["pictures"]]


def test_whatever_is_painted_is_in_the_gallery_and_takes_no_second_place_on_the_disk(mengbi, told):
    assert mengbi("paint", "a red fox", "-n", 2, "--seed", 3, "-o", "{n}.webp", *FAST) == (0, "", "")
    assert mengbi("repeat", "1.webp", "-o", "again.webp", "-q") == (0, "", "")
    found = told()["pictures"]
    assert [(picture["prompt"], picture["seed"]) for picture in found] == [("a red fox", 4), ("a red fox", 3)]
    assert Path("1.webp").stat().st_nlink == 2
    assert told("show", found[1]["id"])["plan"]["samples"][0]["seed"] == 3


def test_what_shall_not_be_kept_is_not(mengbi, monkeypatch):
    mengbi("paint", "a secret", "--no-gallery", "-o", "1.png", *FAST)
    monkeypatch.setenv("MENGBI_GALLERY", "off")
    mengbi("paint", "a secret", "-o", "2.png", *FAST)
    assert not Path("home", "studio").exists()
    assert "nothing here yet" in mengbi("gallery")[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MENGBI_DATABASE", "nonsense"),
        ("MENGBI_DATABASE", "sqlite:////dev/null/x.db"),
        ("MENGBI_BLOBS", "nothing://x"),
        ("MENGBI_HOME", "/dev/null"),
        ("MENGBI_GALLERY", "perhaps"),
    ],
)
def test_a_gallery_that_cannot_be_written_costs_nobody_the_picture(mengbi, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    code, out, err = mengbi("paint", "a red fox", "-o", "fox.png", *FAST)
    assert (code, out) == (0, "")
    assert err.startswith("mengbi: saved, but not in the gallery: ") and err.count("\n") == 1
    with Image.open("fox.png") as image:
        assert image.size == (64, 64)


def test_pictures_are_found_by_words_by_meaning_and_by_marks(mengbi, told, painted):
    assert prompts(told()) == ["a lighthouse by the sea", "月亮上的猫", "a red fox"]
    assert prompts(told("search", "猫")) == ["月亮上的猫"]
    assert prompts(told("search", "SEA", "light")) == ["a lighthouse by the sea"]
    by_meaning = told("search", "--meaning", "ein Kätzchen", "-n", 1)["pictures"]
    assert by_meaning[0]["prompt"] == "月亮上的猫" and 0 < by_meaning[0]["nearness"] < 1
    assert told("rate", 1, 5)["stars"] == 5
    assert told("favourite", 2)["favourite"] is True
    assert told("tag", 3, "Sea", "海")["tags"] == ["sea", "海"]
    told("collect", 3, "Best of")
    assert prompts(told("list", "--stars", 4)) == ["a red fox"]
    assert prompts(told("--favourite")) == ["月亮上的猫"]
    assert prompts(told("search", "海", "--tag", "sea", "--collection", "Best of")) == ["a lighthouse by the sea"]
    assert prompts(told("list", "--until", "2020-01-01")) == []
    assert len(prompts(told("list", "--since", "2020-01-01", "--engine", "analytic"))) == 3
    assert told("collections") == [{"name": "Best of", "pictures": 1}]
    assert told("rate", 1, 0)["stars"] is None
    assert told("favourite", 2, "--off")["favourite"] is False
    assert told("tag", 3, "sea", "--off")["tags"] == ["海"]
    assert told("title", 2, "Mond", "katze")["title"] == "Mond katze"


def test_a_list_is_leafed_through(told, painted):
    first = told("list", "-n", 2)
    assert prompts(told("list", "-n", 2, "--after", first["next"])) == ["a red fox"]


def test_lists_are_for_people_too_and_nothing_in_them_steers_the_terminal(mengbi, painted):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "evil\x1b[2J\u202e\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9, Size: 64x64")
    Image.new("RGB", (64, 64)).save("evil.png", pnginfo=info)
    assert mengbi("gallery", "import", "evil.png")[1] == "1 added, 0 there already\n"
    for command in (("gallery",), ("gallery", "show", 4), ("gallery", "tree", 4), ("gallery", "rate", 4, 2)):
        code, out, err = mengbi(*command)
        assert (code, err) == (0, "")
        assert "evil" in out and "\x1b" not in out and "\u202e" not in out
    assert "★★" in mengbi("gallery")[1]
    assert "more: --after" in mengbi("gallery", "list", "-n", 2)[1]


def test_show_tells_all_that_is_known(mengbi, painted):
    code, out, _ = mengbi("gallery", "show", 1)
    assert code == 0
    for words in ("a red fox", "analytic", "64x64", "studio/pictures"):
        assert words in re.sub(r"\s*\n\s*", "", out)


def test_a_family_is_drawn_as_a_tree(mengbi, told, painted):
    mengbi("paint", "winter", "--from", "1.png", "--strength", 0.5, "-o", "w.png", *FAST)
    mengbi("paint", "night", "--from", "w.png", "--strength", 0.5, "-o", "n.png", *FAST)
    assert told("tree", 5) == [{"parent": 1, "child": 4, "kind": "photo"}, {"parent": 4, "child": 5, "kind": "photo"}]
    assert mengbi("gallery", "tree", 4)[1].splitlines() == [
        "1  a red fox",
        "└── photo: 4  winter  ←",
        "    └── photo: 5  night",
    ]
    assert told("show", 4)["parents"] == [{"id": 1, "kind": "photo"}]


def test_a_picture_is_written_out_again(mengbi, told, painted):
    before = Path("1.png").read_bytes()
    Path("1.png").unlink()
    assert mengbi("gallery", "save", 1, "back.png") == (0, "saved back.png\n", "")
    assert Path("back.png").read_bytes() == before
    Path("folder").mkdir()
    assert Path(told("save", 1, "folder")["path"]) == Path("folder/mengbi-a-red-fox-1.png")
    code, _, err = mengbi("gallery", "save", 1, "back.jpg")
    assert code == 2 and ".png" in err


def test_a_gallery_moves_to_another_machine_in_one_file(mengbi, told, painted, monkeypatch):
    told("rate", 1, 4)
    assert told("export", "mine.zip") == {"path": "mine.zip", "pictures": 3, "left_out": []}
    before = told()
    monkeypatch.setenv("MENGBI_HOME", "elsewhere")
    assert told("import", "mine.zip") == {"added": 3, "known": 0, "skipped": []}
    assert prompts(told()) == prompts(before)
    assert [picture["stars"] for picture in told()["pictures"]] == [None, None, 4]
    Path("broken.zip").write_bytes(Path("mine.zip").read_bytes()[:-100])
    code, out, err = mengbi("gallery", "import", "broken.zip")
    assert (code, out) == (2, "") and err.count("\n") == 1 and "broken.zip" in err
    with zipfile.ZipFile("mine.zip") as archive:
        assert "index.html" in archive.namelist()


def test_a_folder_is_taken_in_and_the_database_backed_up(mengbi, told, painted):
    Path("photos").mkdir()
    Image.new("RGB", (64, 64), "red").save("photos/garden.jpg")
    Path("photos/no.png").write_text("no picture")
    taken = told("import", "photos")
    assert (taken["added"], [name for name, _ in taken["skipped"]]) == (1, ["no.png"])
    assert told("backup", "copy.db")["bytes"] == Path("copy.db").stat().st_size > 10**4


def test_removed_pictures_are_gone_and_the_files_of_the_person_stay(mengbi, told, painted):
    assert told("remove", 1, 2, "-y") == {"removed": [1, 2]}
    assert prompts(told()) == ["a lighthouse by the sea"]
    assert Path("1.png").exists()
    assert mengbi("gallery", "remove", 1, "-y")[0] == 2


def test_doctor_mends_the_gallery_and_tells_what_is_lost(mengbi, told, painted, monkeypatch):
    monkeypatch.setattr(doctor, "CHECKS", [check for check in doctor.CHECKS if check[0] == "gallery"])
    gallery = [line for line in mengbi("doctor")[1].splitlines() if " gallery " in line]
    assert len(gallery) == 1 and gallery[0].startswith("✓") and "3 pictures" in gallery[0]
    Path(told("show", 2)["file"]).unlink()
    code, out, _ = mengbi("doctor")
    assert code == 1 and "no file for 2" in out and "mengbi gallery" in out
    assert "missing" in mengbi("gallery")[1]
    assert mengbi("gallery", "import", "2.png")[1] == "0 added, 1 there already\n"
    assert mengbi("doctor")[0] == 0


MISTAKES = """show 99
show fox
rate 1 9
bogus
export x.tar
import none
list --after x
list --collection none
search
search --meaning x --after 1-2
list --since yesterday
tag 1 #
collect 99 best
save 1 x.gif
tree 0"""


def test_mistakes_are_told_in_one_line(mengbi, painted):
    for line in MISTAKES.splitlines():
        code, out, err = mengbi("gallery", *line.split())
        assert (code, out) == (2, ""), line
        assert err.startswith("mengbi: ") and err.count("\n") == 1, line


def test_pictures_are_shown_where_the_terminal_shows_them(painted):
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", MENGBI_TERMINAL="blocks", COLUMNS="80", LINES="24")
        os.execv(sys.executable, [sys.executable, "-m", "mengbi", "gallery"])
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert said.count("▀".encode()) > 500 and b"a red fox" in said


def test_the_list_of_commands_needs_no_database():
    code = "import sys, mengbi.faces.commands; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "mengbi.faces.gallery" in modules
    assert not {"sqlalchemy", "alembic", "fsspec", "numpy", "PIL"} & set(modules)
