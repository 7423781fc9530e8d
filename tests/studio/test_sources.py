import io
import threading
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from mengbi.brief import Brief
from mengbi.errors import SourceError, StorageError
from mengbi.pipeline import make_plan
from mengbi.studio import sources
from mengbi.studio.database import now
from mengbi.studio.mend import mend
from mengbi.studio.pictures import add
from mengbi.studio.queue import accept
from mengbi.studio.tables import sources as table


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
    again = sources.keep(store.of("li"), photo(), "two.jpg")
    assert (again.digest, again.name) == (first.digest, "one.jpg")
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


def later():
    return now() + 1


def there(store, given):
    lying = given.digest + given.suffix in {file.name for file in store.blobs.find("sources")}
    try:
        sources.find(store, given.digest)
    except SourceError:
        return lying and None  # a file without a row is for `mend`
    return lying


def test_what_nothing_needs_goes_after_a_day_and_what_a_job_needs_stays(store):
    used, idle = sources.keep(store, photo(), "used.jpg"), sources.keep(store, photo((30, 20)), "idle.jpg")
    accept(store, Brief(prompt="snow", photo=used.reference))
    assert sources.sweep(store) == 0 and there(store, idle)
    assert sources.sweep(store, later()) == 1
    assert there(store, used) and not there(store, idle)
    with pytest.raises(SourceError, match="taken away") as told:
        accept(store, Brief(prompt="snow", photo=idle.reference))
    assert told.value.code == "source-gone"
    assert there(store, sources.keep(store, photo((30, 20)), "idle.jpg"))  # given once more


@pytest.mark.parametrize("role", sources.ROLES)
def test_in_whatever_role_it_is_needed_it_stays(store, role):
    given, beside = sources.keep(store, photo(), "used.jpg"), {} if role != "mask" else {"photo": "picture:1"}
    if beside:
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG")
        add(store, out.getvalue())
    accept(store, Brief(**{"prompt": "snow", role: given.reference, **beside}))
    assert sources.sweep(store, later()) == 0 and there(store, given)


def test_one_that_only_the_plan_of_a_picture_or_of_a_job_names_stays(store, painted, tmp_path):
    given = [sources.keep(store, photo((40 + n, 30)), f"{n}.jpg") for n in range(3)]
    plans = [
        make_plan(sources.bring(store, Brief(prompt="snow", photo=one.reference, seed=1), tmp_path)) for one in given
    ]
    add(store, painted(seed=1, photo=plans[0].photo))
    accept(store, Brief(prompt="snow"), plan=plans[1])
    assert sources.sweep(store, later()) == 1
    assert [bool(there(store, one)) for one in given] == [True, True, False]


def test_given_again_it_counts_from_then(store):
    given = sources.keep(store, photo(), "me.jpg")
    with store.writing() as connection:
        connection.execute(update(table).values(created=1))
    sources.keep(store, photo(), "me.jpg")
    assert sources.sweep(store) == 0 and there(store, given)


def test_a_job_is_accepted_with_it_or_it_goes_never_both(store):
    """Sweeps and jobs at the same moment: who is accepted has their photo."""
    for n in range(8):
        given = sources.keep(store, photo((20 + n, 20)), "me.jpg")
        start, accepted = threading.Barrier(3), []

        def ask(one=given, start=start, accepted=accepted):
            start.wait()
            with suppress(SourceError):
                accepted.append(accept(store, Brief(prompt="snow", photo=one.reference)))

        def take(start=start):
            start.wait()
            sources.sweep(store, later())

        crowd = [threading.Thread(target=ask), threading.Thread(target=take)]
        for one in crowd:
            one.start()
        start.wait()
        for one in crowd:
            one.join()
        assert bool(there(store, given)) == bool(accepted)


def test_a_sweep_that_is_cut_short_leaves_no_row_without_its_file(store, monkeypatch):
    given = sources.keep(store, photo(), "me.jpg")

    def stop(*_):
        raise StorageError("the machine stops")

    monkeypatch.setattr(type(store.blobs), "remove", stop)
    with pytest.raises(StorageError):
        sources.sweep(store, later())
    monkeypatch.undo()
    assert there(store, given) is None
    assert mend(store, grace=-1).dropped == 1 and there(store, given) is False


def test_a_file_that_nobody_gave_is_mended_away(store):
    given = sources.keep(store, photo(), "me.jpg")
    store.blobs.put("sources", "f" * 64 + ".png", b"half")
    assert mend(store, grace=-1).dropped == 1
    assert sources.read(store, given.digest)
