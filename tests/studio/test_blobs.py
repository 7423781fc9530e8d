import hashlib

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from mengbi.errors import BriefError, StorageError
from mengbi.studio.blobs import Folder, open_blobs
from mengbi.studio.mend import mend
from mengbi.studio.pictures import add, data_of, remove, thumbnail
from mengbi.studio.search import page
from mengbi.studio.store import opened

NAME = hashlib.sha256(b"x").hexdigest() + ".png"


@pytest.fixture(params=["folder", "file", "memory"])
def blobs(request, tmp_path):
    yield open_blobs(
        {"folder": str(tmp_path), "file": f"file://{tmp_path}", "memory": "memory://gallery"}[request.param]
    )
    if request.param == "memory":
        fsspec.filesystem("memory").store.clear()


def test_what_is_put_is_found_and_read_and_taken_away(blobs):
    assert blobs.read("pictures", NAME) is blobs.size("pictures", NAME) is None
    assert list(blobs.find("pictures")) == []
    assert blobs.put("pictures", NAME, b"12345")
    assert not blobs.put("pictures", NAME, b"12345")
    assert (blobs.read("pictures", NAME), blobs.size("pictures", NAME)) == (b"12345", 5)
    assert [(file.name, file.bytes) for file in blobs.find("pictures")] == [(NAME, 5)]
    assert next(iter(blobs.find("pictures"))).changed > 1.7e9
    assert list(blobs.find("thumbs")) == []
    blobs.remove("pictures", NAME)
    blobs.remove("pictures", NAME)
    assert list(blobs.find("pictures")) == []


def test_half_a_file_is_written_again(blobs):
    blobs.put("pictures", NAME, b"123")
    assert blobs.put("pictures", NAME, b"12345")
    assert blobs.read("pictures", NAME) == b"12345"


def test_files_spread_over_folders_and_only_whole_ones_are_there(tmp_path):
    blobs = open_blobs(str(tmp_path))
    blobs.put("pictures", NAME, b"1")
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")] == [f"pictures/{NAME[:2]}/{NAME}"]


def test_a_file_that_cannot_be_linked_is_copied(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "fox.png").write_bytes(b"fox")
    blobs = open_blobs(str(tmp_path / "blobs"))
    blobs.put("pictures", NAME, b"fox", tmp_path / "fox.png")
    (tmp_path / "fox.png").write_bytes(b"dog")
    assert blobs.read("pictures", NAME) == b"fox"


def test_the_variable_names_the_place(tmp_path, monkeypatch):
    assert open_blobs() == Folder(root=tmp_path / "home" / "studio")
    monkeypatch.setenv("MENGBI_BLOBS", str(tmp_path / "there"))
    assert open_blobs() == Folder(root=tmp_path / "there")


@pytest.mark.parametrize("url", ["nothing://x", "s4://bucket/x"])
def test_a_place_of_no_kind_is_told(url):
    with pytest.raises(BriefError, match="MENGBI_BLOBS"):
        open_blobs(url)


def test_a_place_that_fails_is_told_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "pictures").write_text("a file where a folder should be")
    with pytest.raises(StorageError) as told:
        open_blobs(str(tmp_path)).put("pictures", NAME, b"1")
    assert "\n" not in str(told.value) and "MENGBI_BLOBS" in str(told.value)
    bucket = open_blobs("memory://gallery")
    monkeypatch.setattr(bucket.system, "pipe_file", lambda *_: (_ for _ in ()).throw(RuntimeError("a\nb")))
    with pytest.raises(StorageError, match="memory"):
        bucket.put("pictures", NAME, b"1")


class Remembering(MemoryFileSystem):
    """Keeps what it saw of a folder, as those for buckets do."""

    protocol, store, pseudo_dirs = "remembering", {}, [""]
    find = fsspec.AbstractFileSystem.find

    @classmethod
    def _strip_protocol(cls, path):
        return "/" + path.removeprefix("remembering://").strip("/")

    def ls(self, path, detail=True, **_options):
        path = self._strip_protocol(path)
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True)
            return super().ls(path, detail=detail)
        return self.dircache[path] if detail else [about["name"] for about in self.dircache[path]]

    def info(self, path, **_options):
        for about in self.dircache.get(self._parent(path), ()):
            if about["name"] == self._strip_protocol(path):
                return about
        return super().info(path)


def test_what_somebody_else_puts_in_a_bucket_or_takes_from_it_is_seen_at_once():
    fsspec.register_implementation("remembering", Remembering, clobber=True)
    here = open_blobs("remembering://x")
    here.put("pictures", NAME, b"12345")
    assert [file.name for file in here.find("pictures")] == [NAME]
    Remembering.store.clear()
    assert here.size("pictures", NAME) is None
    assert here.put("pictures", NAME, b"12345") and here.read("pictures", NAME) == b"12345"


def test_folders_are_made_where_there_must_be_folders_but_not_the_place_itself(monkeypatch):
    made, bucket = [], open_blobs("memory://place")
    write = bucket.system.pipe_file

    def pipe(path, data):
        if path.rpartition("/")[0] not in made:
            raise FileNotFoundError(path)
        write(path, data)

    monkeypatch.setattr(bucket.system, "pipe_file", pipe)
    monkeypatch.setattr(bucket.system, "makedirs", lambda path, exist_ok: made.append(path))
    with pytest.raises(StorageError):
        bucket.put("pictures", NAME, b"1")
    monkeypatch.setattr(bucket.system, "exists", lambda path: path == bucket.root)
    assert bucket.put("pictures", NAME, b"1") and made == [f"{bucket.root}/pictures/{NAME[:2]}"]
    bucket.remove("pictures", NAME)


def test_a_gallery_lives_in_a_bucket_as_it_does_in_a_folder(tmp_path, painted):
    with opened(f"sqlite:///{tmp_path}/studio.db", "memory://bucket/mine") as store:
        fox, owl = add(store, painted("a red fox")), add(store, painted("an owl"))
        assert data_of(store, fox) == painted("a red fox")
        assert thumbnail(store, fox).startswith(b"RIFF")
        remove(store, fox)
        store.blobs.remove("pictures", owl.name)
        assert mend(store, grace=0).missing == (owl.id,)
        assert [entry.id for entry in page(store).entries] == [owl.id]
        store.blobs.put("pictures", owl.name, painted("an owl"))
        assert mend(store, grace=0).found == (owl.id,)
