"""The letters that are shipped: whole, licensed, small, and enough for the sixteen languages."""

import hashlib
import io
from importlib.resources import files

import pytest
from PIL import ImageFont

from mengbi.assets import fonts
from mengbi.errors import AssetError

FOLDER = files("mengbi.assets.fonts")
SAYINGS = {
    "display": "Ein Schloß über dem Fluß, ¿dónde está?, Łódź, çok güzel; Замок на холме",
    "text": "Ένα κάστρο στον λόφο. Замок. Château",
    "italic": "a quiet lake at dawn — “calm”",
    "kai": "一只戴皇冠的貓坐在月亮上，看著星空。月の下の狐「カボチャ」달빛 아래의 여우 № 42",
    "naskh": "قلعة على التل في الليل",
    "thai": "ปราสาทบนเนินเขาที่งดงาม",
}


def test_all_of_the_fonts_stay_within_six_mebibytes():
    assert sum(len(entry.read_bytes()) for entry in FOLDER.iterdir() if entry.is_file()) <= 6 << 20


def test_every_face_opens_says_its_own_name_and_keeps_its_copyright():
    for name in fonts.FACES:
        family, _ = ImageFont.truetype(io.BytesIO(fonts.face(name)), 20).getname()
        assert family.startswith("Mengbi "), "a reserved font name must not be used for what was changed"
        assert b"Copyright" in fonts.face(name) or "Copyright".encode("utf-16-be") in fonts.face(name)


def test_the_licence_and_the_holders_of_the_copyright_stand_beside_them():
    licence = (FOLDER / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    for holder in ("Cormorant", "EB Garamond", "LXGW", "Klee", "Amiri", "Noto"):
        assert holder in licence


@pytest.mark.parametrize("name", fonts.FACES)
def test_a_face_draws_all_that_its_languages_are_written_in(name):
    assert {c for c in SAYINGS[name] if ord(c) not in fonts.letters(name)} == set()
    font = ImageFont.truetype(io.BytesIO(fonts.face(name)), 40)
    nothing = bytes(font.getmask("\U0010fffe"))
    for c in set(SAYINGS[name]) - set(" "):
        assert bytes(font.getmask(c)) != nothing, c


def test_the_hanzi_are_all_of_gb2312_and_names_beside_them():
    hanzi = {bytes((a, b)).decode("gb2312", "ignore") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF)} - {""}
    assert len(hanzi) == 6763
    assert hanzi | set("喆镕堃瑨珺昇玥祎赟") <= set(map(chr, fonts.letters("kai")))


def test_fonts_that_were_changed_are_refused(tmp_path, monkeypatch):
    (tmp_path / "fonts.zip").write_bytes(b"no fonts")
    monkeypatch.setattr(fonts, "files", lambda _: tmp_path)
    caches = [fonts.digest, fonts._pack, fonts.letters, fonts.face]
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(AssetError, match="digest of the fonts is missing"):
            fonts.face("kai")
        (tmp_path / "digest").write_text("0" * 64)
        with pytest.raises(AssetError, match="changed"):
            fonts.face("kai")
    finally:
        for cached in caches:
            cached.cache_clear()


def test_the_digest_is_that_of_the_archive():
    assert fonts.digest() == hashlib.sha256((FOLDER / "fonts.zip").read_bytes()).hexdigest()
    with pytest.raises(AssetError, match="no face 'comic'"):
        fonts.face("comic")
