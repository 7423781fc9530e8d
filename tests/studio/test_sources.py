import io

import numpy as np
import pytest
from PIL import Image

from mengbi.brief import Brief
from mengbi.errors import SourceError, StorageError
from mengbi.pipeline import make_plan
from mengbi.studio import sources
from mengbi.studio.mend import mend
from mengbi.studio.pictures import add


def photo(size=(60, 40), kind="JPEG", **options):
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def test_a_photo_is_kept_upright_and_without_what_else_was_in_its_file(store):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "a camera that tells where it was"
    given = sources.keep(store, photo(exif=exif), "C:\\Users\\li\\me at home.jpeg")
    assert (given.size, given.suffix, given.name) == ((40, 60), ".jpg", "me at home.jpg")
    data = sources.read(store, given.digest)
    assert b"camera" not in data and len(data) == given.bytes
    assert sources.find(store, given.digest) == given


def test_the_same_picture_once_more_is_the_same(store):
    first = sources.keep(store, photo(), "one.jpg")
    assert sources.keep(store.of("li"), photo(), "two.jpg") == first
    assert len(list(store.blobs.find("sources"))) == 1


def test_transparency_and_lossless_pictures_stay_what_they_are(store):
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    given = sources.keep(store, out.getvalue(), "cut out.png")
    with Image.open(io.BytesIO(sources.read(store, given.digest))) as image:
        assert image.mode == "RGBA" and np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("data", [b"", b"no picture", photo()[:200], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_refused_by_the_name_that_its_owner_knows(store, data):
    with pytest.raises(SourceError, match=r"^me\.jpg — "):
        sources.keep(store, data, "me.jpg")
    assert list(store.blobs.find("sources")) == []


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(store):
    with pytest.raises(SourceError, match="at most 67 megapixels"):
        sources.keep(store, photo((9000, 9000), "PNG"), "large.png")


@pytest.mark.parametrize("name", ["", "..", "/", "a/../..", "\x00\x01", "x" * 500 + ".png", ".png", "con\n.png"])
def test_any_name_will_do(store, name):
    given = sources.keep(store, photo(kind="PNG"), name)
    assert 0 < len(given.name) <= 100 and "/" not in given.name and given.name.endswith(".png")


def test_what_is_gone_or_changed_is_told(store):
    given = sources.keep(store, photo(), "me.jpg")
    store.blobs.path("sources", given.digest + given.suffix).write_bytes(b"another")
    with pytest.raises(StorageError, match=r"me\.jpg"):
        sources.read(store, given.digest)
    with pytest.raises(SourceError, match="no picture was given"):
        sources.read(store, "0" * 64)


def test_a_brief_and_its_plan_find_their_pictures_wherever_they_are_painted(store, painted, tmp_path):
    given, entry = sources.keep(store, photo(), "me.jpg"), add(store, painted())
    brief = Brief(prompt="snow", photo=given.reference, mask=f"picture:{entry.id}", seed=1)
    plan = make_plan(sources.bring(store, brief, tmp_path / "here"))
    assert (plan.photo.name, plan.photo.sha256) == ("me.jpg", given.digest)
    assert plan.mask.sha256 == entry.digest
    elsewhere = sources.bring_planned(store, plan, tmp_path / "there")
    assert elsewhere == make_plan(sources.bring(store, brief, tmp_path / "there"))
    assert elsewhere.to_dict() == plan.to_dict()


def test_a_file_that_nobody_gave_is_mended_away(store):
    given = sources.keep(store, photo(), "me.jpg")
    store.blobs.put("sources", "f" * 64 + ".png", b"half")
    assert mend(store, grace=-1).dropped == 1
    assert sources.read(store, given.digest)
