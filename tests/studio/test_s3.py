"""Pictures in a real S3 bucket, as far as `moto`'s server is one: pip install 'mengbi[s3]' moto flask flask-cors."""

import hashlib
import threading

import pytest

from mengbi.errors import StorageError
from mengbi.studio import worker
from mengbi.studio.blobs import open_blobs
from mengbi.studio.mend import mend
from mengbi.studio.pictures import add, data_of, remove, thumbnail
from mengbi.studio.queue import accept, find_job, pictures_of
from mengbi.studio.search import page
from mengbi.studio.store import opened

pytest.importorskip("s3fs", reason="S3 is in mengbi[s3]")
pytest.importorskip("flask_cors", reason="moto's server is not part of mengbi[test]: it takes 70 MB")
moto = pytest.importorskip("moto.server", reason="moto's server is not part of mengbi[test]: it takes 70 MB")
boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
NAME = hashlib.sha256(b"x").hexdigest() + ".png"


@pytest.fixture(scope="module")
def server():
    made = moto.ThreadedMotoServer(port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"http://{host}:{port}"
    made.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """What another machine would use to look into the bucket "pictures"."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": server,
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    made = boto3.resource("s3").Bucket("pictures")
    made.create()
    yield made
    made.objects.all().delete()
    made.delete()


def names(bucket):
    return sorted(found.key for found in bucket.objects.all())


def test_files_are_put_whole_found_and_taken_away(bucket):
    blobs = open_blobs("s3://pictures/mine")
    assert blobs.read("pictures", NAME) is blobs.size("pictures", NAME) is None
    assert blobs.put("pictures", NAME, b"12345") and not blobs.put("pictures", NAME, b"12345")
    assert names(bucket) == [f"mine/pictures/{NAME[:2]}/{NAME}"]
    (found,) = blobs.find("pictures")
    assert (found.name, found.bytes, found.changed > 1.7e9) == (NAME, 5, True)
    blobs.remove("pictures", NAME)
    blobs.remove("pictures", NAME)
    assert names(bucket) == [] == list(blobs.find("pictures"))


def test_what_another_machine_puts_or_takes_away_is_seen_at_once(bucket):
    blobs, key = open_blobs("s3://pictures"), f"pictures/{NAME[:2]}/{NAME}"
    blobs.put("pictures", NAME, b"12345")
    assert len(list(blobs.find("pictures"))) == 1
    bucket.Object(key).delete()
    assert blobs.size("pictures", NAME) is None
    assert blobs.put("pictures", NAME, b"12345") and blobs.read("pictures", NAME) == b"12345"
    bucket.Object(key).put(Body=b"123")
    assert blobs.size("pictures", NAME) == 3


def test_a_bucket_that_is_not_there_is_told_of_and_not_made(bucket):
    with pytest.raises(StorageError, match="MENGBI_BLOBS"):
        open_blobs("s3://picturse").put("pictures", NAME, b"1")
    assert [found.name for found in boto3.resource("s3").buckets.all()] == ["pictures"]


def test_a_gallery_lives_there_and_is_mended(bucket, tmp_path, painted):
    with opened(f"sqlite:///{tmp_path}/studio.db", "s3://pictures/mine") as store:
        fox, owl = add(store, painted("a red fox")), add(store, painted("an owl"))
        assert data_of(store, fox) == painted("a red fox") and thumbnail(store, fox).startswith(b"RIFF")
        bucket.Object(f"mine/pictures/{'f' * 2}/{'f' * 64}.png").put(Body=b"half a fi")
        bucket.Object(f"mine/pictures/{owl.name[:2]}/{owl.name}").delete()
        hare = painted("a hare")
        digest = hashlib.sha256(hare).hexdigest()
        bucket.Object(f"mine/pictures/{digest[:2]}/{digest}.png").put(Body=hare)
        mended = mend(store, grace=-1)
        assert (mended.missing, mended.dropped, len(mended.adopted)) == ((owl.id,), 1, 1)
        remove(store, fox)
        assert {entry.digest for entry in page(store).entries} == {owl.digest, digest}
        assert names(bucket) == [f"mine/pictures/{digest[:2]}/{digest}.png"]


def test_a_worker_paints_into_it(bucket, tmp_path, wish):
    pytest.importorskip("dbos", reason="the queue is in mengbi[studio]")
    with opened(f"sqlite:///{tmp_path}/studio.db", "s3://pictures") as store:
        job = accept(store, wish())
        worker.work(store, stop=threading.Event(), filters=False, drain=True)
        assert find_job(store, job.id).state == "done"
        (entry,) = pictures_of(store, job)
        assert f"pictures/{entry.name[:2]}/{entry.name}" in names(bucket)
        assert hashlib.sha256(data_of(store, entry)).hexdigest() == entry.digest
