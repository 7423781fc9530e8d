"""Tables of Hugging Face's library."""

import json
import sys

import pytest
from shelves import filled, picture, saved

from mengbi.errors import SourceError
from mengbi.lab.data.folder import open_data

INFO = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}}}


@pytest.fixture
def arrow():
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    import pyarrow
    import pyarrow.ipc
    import pyarrow.parquet

    return pyarrow


def table(arrow, first, count, **more):
    rows = [{"bytes": saved(picture(first + number)), "path": f"/etc/{number}"} for number in range(count)]
    kind = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    columns = {"image": arrow.array([*rows, {"bytes": None, "path": "/etc/passwd"}, None], kind)}
    columns |= {"label": arrow.array([number % 2 for number in range(count)] + [-1, None], arrow.int64())}
    columns |= {"text": arrow.array([f"picture {number}" for number in range(count)] + [None, ""])}
    return arrow.table(columns).replace_schema_metadata({"huggingface": json.dumps(INFO)})


def check(data, expected):
    assert data.names == ("cat", "dog")
    assert len(data) == expected
    assert {reason: count for reason, count, _ in data.report.left}["a row without a picture"] >= 2
    assert "picture 3" in data.captions


def test_parquet_shards_are_read_and_a_path_in_them_is_never_opened(tmp_path, arrow):
    (tmp_path / "root" / "data").mkdir(parents=True)
    for name, first, count in (("train-00000-of-00002", 0, 40), ("train-00001-of-00002", 100, 30), ("test-0", 200, 10)):
        path = tmp_path / "root" / "data" / f"{name}.parquet"
        arrow.parquet.write_table(table(arrow, first, count), path, row_group_size=25)
    (tmp_path / "root" / "README.md").write_text("words")
    data = open_data(str(tmp_path / "root"), size=32, cache=tmp_path / "cache")
    check(data, 80)
    assert data.held.sum() == 10
    apart = open_data(str(filled(tmp_path / "files", 40)), size=32, cache=tmp_path / "cache")
    assert {pixels.tobytes() for pixels in apart.pixels} <= {pixels.tobytes() for pixels in data.pixels}


@pytest.mark.parametrize("form", ["stream", "file"])
def test_a_saved_data_set_is_read(tmp_path, arrow, form):
    (tmp_path / "root").mkdir()
    rows = table(arrow, 0, 35)
    writer = arrow.ipc.new_stream if form == "stream" else arrow.ipc.new_file
    with writer(str(tmp_path / "root" / "data-00000-of-00001.arrow"), rows.schema) as file:
        file.write_table(rows, max_chunksize=10)
    (tmp_path / "root" / "cache-1.arrow").write_bytes(b"not one of them")
    check(open_data(str(tmp_path / "root"), size=32, cache=tmp_path / "cache"), 35)


def test_a_damaged_table_is_refused(tmp_path, arrow):
    (tmp_path / "root").mkdir()
    for name in ("a.parquet", "b.arrow"):
        (tmp_path / "root" / name).write_bytes(b"PAR1" + bytes(200))
        with pytest.raises(SourceError, match="cannot be read"):
            open_data(str(tmp_path / "root" / name), size=32, cache=tmp_path / "cache")
    arrow.parquet.write_table(arrow.table({"x": [1, 2]}), tmp_path / "root" / "a.parquet")
    with pytest.raises(SourceError, match="without a column of pictures"):
        open_data(str(tmp_path / "root" / "a.parquet"), size=32, cache=tmp_path / "cache")


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="pip install pyarrow"):
        open_data(str(tmp_path), size=32, cache=tmp_path / "cache")
