import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from mengbi.errors import BriefError, MengbiError, OutputError, StorageError
from mengbi.studio import database
from mengbi.studio.database import MIGRATIONS, backup
from mengbi.studio.lineage import family
from mengbi.studio.pictures import add
from mengbi.studio.search import page
from mengbi.studio.store import is_there, open_store, opened
from mengbi.studio.tables import HEAD, metadata


def test_the_revisions_make_the_tables_that_the_code_speaks_of(store):
    def ours(_object, name, kind, _reflected, _other):
        return kind != "table" or name in metadata.tables

    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        found = compare_metadata(context, metadata)
        version = context.get_current_revision()
    # what only one of the two databases has stands in the revision alone
    assert [
        change for change in found if getattr(change[1], "name", "") not in ("pictures_words", "pictures_newest")
    ] == []
    assert version == HEAD


def test_the_newest_revision_is_the_one_that_the_code_asks_for():
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_database_of_before_is_backed_up_and_then_brought_up_to_date(tmp_path, painted, monkeypatch):
    file = tmp_path / "studio.db"
    with opened(f"sqlite:///{file}", str(tmp_path)) as store:
        kept = add(store, painted("落日飞车"))
    folder = tmp_path / "migrations"
    for path in Path(database.__file__).with_name("migrations").rglob("*.py"):
        copy = folder / path.relative_to(Path(database.__file__).with_name("migrations"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "versions" / "next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'next'\ndown_revision = '0004'\n"
        "def upgrade():\n    with op.batch_alter_table('pictures', recreate='always') as t:\n"
        "        t.add_column(sa.Column('mood', sa.Text()))\n"
        "        t.alter_column('title', existing_type=sa.Text(), nullable=True)\n"
    )
    monkeypatch.setattr(database, "MIGRATIONS", str(folder))
    monkeypatch.setattr(database, "HEAD", "next")
    with opened(f"sqlite:///{file}", str(tmp_path)) as store:
        assert page(store).entries == (kept,)
        with store.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM meanings")) == 1  # a table remade drops no other's rows
            assert connection.scalar(text("SELECT count(mood) FROM pictures")) == 0
    with closing(sqlite3.connect(tmp_path / "studio-before-next.db")) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
        assert before.execute("SELECT prompt FROM pictures").fetchall() == [("落日飞车",)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_gallery_of_before_keeps_its_notes_and_knows_which_uploads_are_needed(kind, tmp_path, request, monkeypatch):
    url = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else request.getfixturevalue("empty_postgresql")
    with monkeypatch.context() as before:
        before.setattr(database, "HEAD", "0002")
        database.connect(url).dispose()
    named, planned, idle = ("a" * 64, "b" * 64, "c" * 64)
    plan = '{"photo": {"name": "me.jpg", "sha256": "' + planned + '"}}'
    common = {"person": "", "state": "done", "priority": 0, "created": 5, "done": 1.0}
    jobs = [
        {**common, "id": 1, "error": "picture 1 is blurred", "plan": plan},
        {**common, "id": 2, "error": None, "plan": None},
        {**common, "id": 3, "error": "no style", "state": "failed", "plan": None},
    ]
    engine = database._engine(database._read_url(url))
    with database.writing(engine) as connection:
        wishes = '{"prompt": "x", "photo": "source:' + named + '"}'
        connection.execute(
            text("INSERT INTO briefs (id, person, created, prompt, wishes) VALUES (1, '', 5, 'x', :wishes)"),
            {"wishes": wishes},
        )
        columns = ", ".join(jobs[0])
        values = ", ".join(f":{name}" for name in jobs[0])
        connection.execute(text(f"INSERT INTO jobs (brief_id, {columns}) VALUES (1, {values})"), jobs)
        given = "INSERT INTO sources VALUES (:digest, '.jpg', 'me', 1, 1, 1, '', 7)"
        connection.execute(text(given), [{"digest": digest} for digest in (named, planned, idle)])
    engine.dispose()
    with opened(url, str(tmp_path)) as store:
        with store.reading() as connection:
            told = connection.execute(text("SELECT error, note FROM jobs ORDER BY id")).all()
            used = {row.digest: row.used for row in connection.execute(text("SELECT digest, used FROM sources"))}
        assert told == [(None, "picture 1 is blurred"), (None, None), ("no style", None)]
        assert used == {named: 7, planned: 7, idle: None}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_gallery_of_before_keeps_its_families_and_may_have_children_of_two(kind, tmp_path, request, monkeypatch):
    url = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else request.getfixturevalue("empty_postgresql")
    with monkeypatch.context() as before:
        before.setattr(database, "HEAD", "0003")
        database.connect(url).dispose()
    columns = "id, digest, created, width, height, bytes, suffix, prompt, title, words, style, engine, person"
    engine = database._engine(database._read_url(url))
    with database.writing(engine) as connection:
        rows = [{"id": number, "digest": f"{number:064d}"} for number in (1, 2, 3)]
        values = ":id, :digest, 5, 1, 1, 1, '.png', '', '', '', '', '', '', false, false"
        connection.execute(text(f"INSERT INTO pictures ({columns}, missing, removed) VALUES ({values})"), rows)
        connection.execute(text("INSERT INTO lineage (child_id, parent_id, kind) VALUES (2, 1, 'retry')"))
    engine.dispose()
    with opened(url, str(tmp_path)) as store:
        with store.writing() as connection:
            born = "INSERT INTO lineage (child_id, parent_id, kind) VALUES (3, :parent, 'cross')"
            connection.execute(text(born), [{"parent": 1}, {"parent": 2}])
        kinds = {(one.parent, one.child): one.kind for one in family(store, 1)}
    assert kinds == {(1, 2): "retry", (1, 3): "cross", (2, 3): "cross"}


def test_a_database_of_a_newer_mengbi_is_left_alone(store, url, tmp_path):
    try:
        with store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StorageError, match="newer Mengbi"):
            open_store(url, str(tmp_path))
        with store.reading() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    finally:
        with store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})


def test_a_revision_that_fails_leaves_the_database_as_it_was(tmp_path, painted, monkeypatch):
    file = tmp_path / "studio.db"
    monkeypatch.setattr(database, "HEAD", "0000")
    with pytest.raises(MengbiError):
        open_store(f"sqlite:///{file}", str(tmp_path))
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    with opened(f"sqlite:///{file}", str(tmp_path)) as store:
        add(store, painted())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "no URL of a database"),
        ("mysql://me:secret@here/x", "of the kind 'mysql'"),
        ("sqlite://", "forgets everything"),
        ("sqlite:///:memory:", "forgets everything"),
    ],
)
def test_a_database_that_cannot_be_meant_is_told_in_one_line(url, said):
    with pytest.raises(BriefError, match=said) as told:
        open_store(url)
    assert "secret" not in str(told.value) and "\n" not in str(told.value)


def test_a_server_that_is_not_there_is_told_in_one_line_without_the_password():
    pytest.importorskip("psycopg")
    with pytest.raises(StorageError) as told:
        open_store("postgresql://me:secret@127.0.0.1:1/x?connect_timeout=1")
    assert "secret" not in str(told.value) and "\n" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_a_place_where_no_file_can_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file"):
        open_store(f"sqlite:///{tmp_path}/file/studio.db")
    (tmp_path / "studio.db").write_bytes(b"this is no database, and never was one" * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_store(f"sqlite:///{tmp_path}/studio.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StorageError):
        open_store(f"sqlite:///{tmp_path}/folder.db")


def test_a_backup_is_whole_while_others_write(tmp_path, plain):
    with opened(f"sqlite:///{tmp_path}/studio.db", str(tmp_path)) as store:
        stop = threading.Event()

        def write():
            for number in range(500):
                if stop.is_set():
                    return
                add(store, plain(number))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                backup(store.engine, tmp_path / f"{number}.db")
        finally:
            stop.set()
            writer.join()
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
            with opened(f"sqlite:///{tmp_path}/{number}.db", str(tmp_path)) as store:
                assert (
                    len(page(store, limit=500).entries) == copy.execute("SELECT count(*) FROM pictures").fetchone()[0]
                )


def test_a_backup_never_takes_the_place_of_the_database_or_of_a_folder(tmp_path):
    with opened(f"sqlite:///{tmp_path}/studio.db", str(tmp_path)) as store:
        for path in (tmp_path / "studio.db", tmp_path):
            with pytest.raises(OutputError):
                store.backup(path)
        assert page(store).entries == ()


def test_a_server_is_backed_up_by_its_own_tools(postgresql, tmp_path):
    with opened(postgresql, str(tmp_path)) as store, pytest.raises(BriefError, match="pg_dump"):
        store.backup(tmp_path / "copy.db")


def test_to_ask_whether_there_is_a_gallery_makes_none(tmp_path):
    assert not is_there()
    assert not (tmp_path / "home").exists()
    open_store().close()
    assert is_there()
