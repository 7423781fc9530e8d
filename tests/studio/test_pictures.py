import io
import threading
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import func, select

from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.plan import Touch
from mengbi.provenance import read
from mengbi.source import Source
from mengbi.studio import marks
from mengbi.studio.lineage import Relation, family
from mengbi.studio.pictures import (
    add,
    data_of,
    find,
    plan_of,
    remove,
    thumbnail,
)
from mengbi.studio.search import page
from mengbi.studio.tables import metadata, pictures


def test_a_picture_comes_back_as_it_was_with_all_that_it_tells(store, painted, tmp_path):
    data = painted("落日飞车", seed=7)
    entry = add(store, data)
    (tmp_path / "it.png").write_bytes(data)
    assert data_of(store, entry) == data
    assert plan_of(store, entry) == read(tmp_path / "it.png").plan
    assert (entry.prompt, entry.seed, entry.engine, entry.style) == ("落日飞车", 7, "analytic", "none")
    assert (entry.size, entry.bytes, entry.suffix) == ((64, 48), len(data), ".png")
    assert abs((datetime.now(UTC) - entry.created).total_seconds()) < 60
    assert find(store, entry.id) == find(store, str(entry.id)) == find(store, entry.digest[:8]) == entry


def test_the_same_file_is_kept_once_however_often_it_is_added(store, painted):
    first = add(store, painted())
    assert add(store, painted()) == first
    assert len(page(store).entries) == 1


def test_what_other_programs_painted_is_known_by_their_words(store):
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9, Size: 64x64, Model: sdxl")
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "PNG", pnginfo=said)
    entry = add(store, out.getvalue())
    assert (entry.prompt, entry.seed, entry.engine) == ("a cat", 9, "sdxl")
    assert plan_of(store, entry) is None


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_a_gallery_keeps_what_browsers_show(store, plain, kind):
    with pytest.raises(SourceError, match="PNG, JPEG and WebP"):
        add(store, plain(1, kind))
    with pytest.raises(SourceError):
        add(store, b"no picture")
    assert page(store).entries == ()


def test_a_file_on_the_same_disk_is_not_written_twice(store, painted, tmp_path):
    file = tmp_path / "fox.png"
    file.write_bytes(painted())
    entry = add(store, painted(), at=file, link=True)
    assert file.stat().st_nlink == 2
    file.unlink()
    assert data_of(store, entry) == painted()


def test_a_file_that_another_program_changed_is_never_shown_as_the_picture(store, painted, tmp_path):
    file = tmp_path / "fox.png"
    file.write_bytes(painted())
    entry = add(store, painted(), at=file, link=True)
    file.write_bytes(painted(seed=2))
    with pytest.raises(StorageError, match="changed by another program"):
        data_of(store, entry)
    file.unlink()
    store.blobs.remove("pictures", entry.name)
    with pytest.raises(StorageError, match="is gone"):
        data_of(store, entry)
    add(store, painted())
    assert data_of(store, entry) == painted()


def test_a_thumbnail_is_small_and_made_once(store, plain, monkeypatch):
    entry = add(store, plain(1, "JPEG", (900, 600)))
    made = thumbnail(store, entry)
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.size) == ("WEBP", (320, 213))
    monkeypatch.setattr("mengbi.studio.pictures.small", None)
    assert thumbnail(store, entry) == made


def test_a_thumbnail_of_a_photo_is_upright_and_keeps_its_transparency(store):
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (80, 40), "red").save(out, "JPEG", exif=exif)
    entry = add(store, out.getvalue())
    assert entry.size == (40, 80)
    with Image.open(io.BytesIO(thumbnail(store, entry))) as image:
        assert image.size == (40, 80)
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(thumbnail(store, add(store, out.getvalue())))) as image:
        assert image.mode == "RGBA" and image.getpixel((9, 9))[3] == 0


def test_a_damaged_picture_has_no_thumbnail_and_says_so(store, plain):
    data = plain(1, size=(300, 300))
    entry = add(store, data[: len(data) // 2])
    with pytest.raises(SourceError, match="damaged"):
        thumbnail(store, entry)


def test_a_removed_picture_leaves_nothing_and_its_number_is_not_given_again(store, painted):
    entry = add(store, painted())
    thumbnail(store, entry)
    marks.rate(store, entry, 5)
    marks.favour(store, entry)
    marks.tag(store, entry, ["sea"])
    marks.collect(store, entry, "best")
    remove(store, entry)
    assert list(store.blobs.find("pictures")) == list(store.blobs.find("thumbs")) == []
    with store.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in ("collections", "counters"):
                assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name
    with pytest.raises(BriefError, match="no picture"):
        find(store, entry.id)
    assert add(store, painted()).id > entry.id


def test_numbers_and_digests_that_are_none_are_told_apart(store, painted):
    for seed in range(3):
        add(store, painted(seed=seed))
    for key in ("99", "abcdef", "fox", "-1", "1; DROP TABLE pictures", "", "9" * 30, "１"):
        with pytest.raises(BriefError, match="no picture"):
            find(store, key)


def test_marks_belong_to_a_person_and_tags_to_the_picture(store, painted):
    entry = add(store, painted())
    li = store.of("li")
    marks.rate(li, entry, 4)
    marks.favour(li, entry)
    marks.collect(li, entry, "夜")
    marks.tag(li, entry, ["#Sea", "ＳＥＡ", "海"])
    mine, hers = find(store, entry.id), find(li, entry.id)
    assert (mine.stars, mine.favourite, mine.tags) == (None, False, ("sea", "海"))
    assert (hers.stars, hers.favourite, hers.tags) == (4, True, ("sea", "海"))
    assert marks.all_collections(store) == ()
    assert [(one.name, one.count) for one in marks.all_collections(li)] == [("夜", 1)]
    marks.rate(li, entry, None)
    marks.favour(li, entry, False)
    marks.uncollect(li, entry, "夜")
    marks.tag(li, entry, drop=["sea"])
    assert find(li, entry.id) == find(store, entry.id)
    assert find(li, entry.id).tags == ("海",)
    assert marks.all_collections(li) == ()


WRONG = (
    lambda store, entry: marks.rate(store, entry, 6),
    lambda store, entry: marks.rate(store, entry, 0),
    lambda store, entry: marks.tag(store, entry, [" # "]),
    lambda store, entry: marks.tag(store, entry, ["x" * 65]),
    lambda store, entry: marks.tag(store, entry, ["a\x00b"]),
    lambda store, entry: marks.tag(store, entry, [f"t{n}" for n in range(65)]),
    lambda store, entry: marks.collect(store, entry, ""),
    lambda store, entry: marks.collect(store, entry, "x" * 101),
    lambda store, entry: marks.uncollect(store, entry, "no such"),
    lambda store, entry: add(store, b"", parents=[(entry.id, "photo")]),
)


def test_what_cannot_be_is_refused_and_changes_nothing(store, painted):
    entry = add(store, painted())
    for wrong in WRONG:
        with pytest.raises((BriefError, SourceError)):
            wrong(store, entry)
    assert page(store).entries == (entry,)
    assert marks.all_collections(store) == ()


def test_a_family_is_read_from_the_plans(store, painted, tmp_path):
    fox = painted("a red fox")
    parent = add(store, fox)
    photo = Source(path="fox.png", sha256=parent.digest)
    child = add(store, painted("a winter evening", photo=photo, strength=0.5))
    large = Touch(name="enlarge", settings={"scale": 2})
    poster = Touch(name="poster", settings={"title": "雪"})
    larger = add(store, painted("a red fox", side=96, finish=(large,)))
    printed = add(store, painted("a red fox", side=97, finish=(large, poster)))
    retried = add(store, painted("a red fox", seed=2), parents=[(parent.id, "retry")])
    assert add(store, painted("a red fox", side=97, finish=(large, poster))) == printed
    assert printed.title == "雪"
    assert family(store, printed.id) == (
        Relation(parent=parent.id, child=child.id, kind="photo"),
        Relation(parent=parent.id, child=larger.id, kind="enlarge"),
        Relation(parent=parent.id, child=retried.id, kind="retry"),
        Relation(parent=larger.id, child=printed.id, kind="keep"),
    )
    assert family(store, add(store, painted("a lonely one")).id) == ()


def test_a_photo_in_a_new_style_without_words_is_a_restyle(store, painted):
    from mengbi.finish import find_style

    parent = add(store, painted("a red fox"))
    photo = Source(path="fox.png", sha256=parent.digest)
    child = add(store, painted("", photo=photo, strength=0.3, style=find_style("inkwash")))
    assert family(store, child.id) == (Relation(parent=parent.id, child=child.id, kind="restyle"),)
    assert child.title == "fox"


def test_a_parent_that_is_not_there_leaves_nothing_behind(store, painted):
    with pytest.raises(BriefError, match="no picture 5"):
        add(store, painted(), parents=[(5, "retry")])
    assert page(store).entries == ()


def test_threads_add_the_same_and_other_pictures_at_once(store, painted):
    files = [painted(seed=n % 6) for n in range(24)]
    wrong = []

    def work(start):
        try:
            for data in files[start::4]:
                add(store, data)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sorted(entry.seed for entry in page(store).entries) == list(range(6))


def test_the_row_is_written_in_one_piece_with_all_that_belongs_to_it(store, painted, monkeypatch):
    def fail(*_):
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("mengbi.studio.pictures.keep_meaning", fail)
    with pytest.raises(RuntimeError):
        add(store, painted())
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(pictures)) == 0
