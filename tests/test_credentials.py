import stat

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("c2pa")

from mengbi import credentials
from mengbi.credentials import OWN, own_key, read_credentials, sign
from mengbi.errors import FaultError, OutputError, SourceError
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample, Touch
from mengbi.provenance import read
from mengbi.scene import Scene
from mengbi.source import read_source
from mengbi.style import Style

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))


def plan(brushes=((1, 1.0),), engine="sketch", **fields):
    sample = Sample(seed=7, prompt="落日飞车", scene=Scene())
    style = Style(name="oil", title="", title_zh="", sentence="", brushes=brushes)
    return Plan(version="0.1.0", engine=engine, weights="", size=(64, 64), samples=(sample,), style=style, **fields)


def signed(path, **changes):
    made = plan(**changes)
    data = Picture(pixels=PIXELS, plan=made).save(path).read_bytes()
    path.write_bytes(sign(data, path.suffix, made))
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp"])
def test_a_signed_file_says_by_whom_and_that_a_machine_made_it(tmp_path, suffix):
    path = signed(tmp_path / f"落日{suffix}")
    found = read_credentials(path)
    assert (found.state, found.known_as, found.made) == ("valid", OWN, "by AI")
    assert found.signer == own_key()[0]
    assert found.software == "Mengbi 0.1.0"
    assert found.problems == ()
    assert read(path).plan == plan()
    if suffix == ".png":
        assert np.array_equal(np.asarray(Image.open(path)), PIXELS)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_file_that_was_changed_since_is_found_out(tmp_path, suffix):
    path = signed(tmp_path / f"x{suffix}")
    data = bytearray(path.read_bytes())
    at = len(data) - 60 if suffix == ".png" else data.index(b"mengbi 0.1.0")
    data[at] ^= 1
    path.write_bytes(data)
    found = read_credentials(path)
    assert found.state == "altered"
    assert "assertion.dataHash.mismatch" in found.problems
    assert found.known_as == ""


def test_a_file_without_credentials_has_none_and_an_ordinary_save_takes_them_off(tmp_path):
    path = signed(tmp_path / "x.png")
    Image.open(path).save(tmp_path / "copy.png")
    assert read_credentials(tmp_path / "copy.png") is None


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".tif"])
def test_other_kinds_of_files_have_none(tmp_path, suffix):
    Image.fromarray(PIXELS).save(tmp_path / f"x{suffix}")
    assert read_credentials(tmp_path / f"x{suffix}") is None


def test_the_photo_is_named_but_not_inside(tmp_path):
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)).save(tmp_path / "me.jpg")
    photo = read_source(tmp_path / "me.jpg")
    path = signed(tmp_path / "x.png", photo=photo, strength=0.4)
    found = read_credentials(path)
    assert (found.state, found.made, found.ingredients) == ("valid", "with AI from a picture", ("me.jpg",))
    assert (
        path.stat().st_size
        < Picture(pixels=PIXELS, plan=plan(photo=photo)).save(tmp_path / "y.png").stat().st_size + 9000
    )
    assert str(tmp_path).encode() not in path.read_bytes()
    assert read_credentials(signed(tmp_path / "kept.png", photo=photo, strength=0.0, brushes=())).made == ""
    larger = Touch(name="enlarge", settings={"scale": 2})
    better = signed(tmp_path / "better.png", photo=photo, strength=0.0, brushes=(), finish=(larger,))
    assert read_credentials(better).made == "from a picture that a program improved"
    as_it_is = signed(tmp_path / "as_it_is.png", engine="photo", photo=photo, brushes=(), finish=(larger,))
    assert read_credentials(as_it_is).made == "from a picture that a program improved"
    (tmp_path / "me.jpg").unlink()
    assert read_credentials(signed(tmp_path / "z.png", photo=photo, strength=0.4)).state == "valid"


def test_the_key_is_made_once_and_is_for_nobody_elses_eyes(tmp_path):
    first = own_key()
    assert own_key() == first
    key = tmp_path / "home" / "credentials" / "key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert b"PRIVATE" not in first[1].read_bytes()


def test_strangers_are_strangers_until_their_certificate_is_here(tmp_path, monkeypatch):
    path = signed(tmp_path / "x.png")
    certificate = own_key()[1].read_bytes()
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "other"))
    assert read_credentials(path).state == "valid"
    assert read_credentials(path).known_as == ""
    own_key()
    assert read_credentials(path).known_as == ""
    known = tmp_path / "other" / "credentials" / "known"
    known.mkdir(parents=True)
    (known / "Ada.pem").write_bytes(certificate)
    (known / "broken.pem").write_bytes(b"\xff\x00")
    assert read_credentials(path).known_as == "Ada"


def test_a_key_that_ran_out_is_put_aside_for_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "_YEARS", -0.001)
    first = own_key()[0]
    monkeypatch.undo()
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))
    assert own_key()[0] != first
    assert len(list((tmp_path / "home" / "credentials").glob("key-until-*.pem"))) == 1
    assert read_credentials(signed(tmp_path / "x.png")).known_as == OWN


def test_a_damaged_key_is_one_clear_line_and_stays(tmp_path):
    key = tmp_path / "home" / "credentials" / "key.pem"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"not a key")
    with pytest.raises(FaultError, match="move it away"):
        own_key()
    assert key.read_bytes() == b"not a key"


def test_what_cannot_be_signed_is_said_before(tmp_path):
    with pytest.raises(OutputError, match=r"\.pdf"):
        credentials.check_signing(".pdf")
    with pytest.raises(FaultError, match="cannot be signed"):
        sign(b"no picture at all", ".png", plan())


def test_a_damaged_store_and_a_file_that_is_no_picture_are_told(tmp_path):
    path = signed(tmp_path / "x.jpg")
    data = bytearray(path.read_bytes())
    at = data.index(b"jumb")
    data[at + 40 : at + 400] = b"\0" * 360
    path.write_bytes(data)
    assert read_credentials(path).state in ("damaged", "altered")
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(SourceError):
        read_credentials(tmp_path / "x.txt")


def test_signing_twice_gives_two_files_that_both_hold(tmp_path):
    files = [signed(tmp_path / name) for name in ("a.png", "b.png")]
    assert files[0].read_bytes() != files[1].read_bytes()
    assert [read_credentials(file).state for file in files] == ["valid", "valid"]
