"""The lab in the page: what is trained, seen from a phone and from a desk."""

import json

import numpy as np
import pytest
from browsing import running
from PIL import Image

from mengbi.studio import trainings
from mengbi.studio.store import opened
from mengbi.studio.trainings import Training


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """The address of a studio where a network is being trained, and a way to go on with its run."""
    home = tmp_path_factory.mktemp("workshop")
    folder = home / "runs" / "cats"
    (folder / "sheets").mkdir(parents=True)
    chance = np.random.default_rng(0)
    for step in (100, 200):
        Image.fromarray(chance.integers(0, 256, (64, 64, 3), np.uint8)).save(folder / "sheets" / f"{step:08d}.png")
    lines = [{"step": 10 * n, "loss": 1 / n, "right": 0.9, "rate": 1e-3} for n in range(1, 21)]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    database = f"sqlite:///{home}/studio.db"
    with opened(database, str(home / "blobs")) as store:
        trainings.begin(
            store,
            Training(
                name="cats & dogs",
                family="dcgan",
                recipe={"recipe": "dcgan", "size": 64},
                data={"count": 7},
                code="1.0",
                machine="2 processors",
                folder=folder,
                steps=1000,
                metrics={},
            ),
        )

        def learn(**changes):
            trainings.follow(store, "cats & dogs", **changes)

        learn(step=200, seconds=90.0)
        with running(home, "--workers", "0", MENGBI_DATABASE=database, MENGBI_BLOBS=str(home / "blobs")) as address:
            yield address, learn


def test_a_run_is_found_and_its_pictures_and_curves_are_seen(visit, workshop, screen):
    address, _ = workshop
    page = visit(address, screen)
    page.get_by_role("link", name="Lab").first.click()
    page.get_by_role("link", name="cats & dogs").click()
    page.get_by_role("heading", name="cats & dogs").wait_for()
    page.get_by_text("learning, step", exact=False).wait_for()
    shown = page.get_by_role("img", name="After 200 steps")
    shown.wait_for()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    page.get_by_role("slider", name="What it made earlier").press("ArrowLeft")
    page.get_by_role("img", name="After 100 steps").wait_for()
    page.get_by_role("img", name="loss: 0.05 to 1, now 0.05").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_it_says_and_how_far_it_is_changes_without_being_loaded_anew(visit, workshop):
    address, learn = workshop
    page = visit(f"{address}/#/lab/cats%20%26%20dogs", language="zh-CN")
    page.get_by_text("第 200 步，共 1,000 步", exact=False).wait_for()
    learn(step=500, note="the critic has won since step 400")
    page.get_by_text("第 500 步，共 1,000 步", exact=False).wait_for()
    page.get_by_text("the critic has won since step 400").wait_for()
    learn(step=200, note=None)
    page.get_by_text("the critic has won").wait_for(state="detached")


def test_where_nothing_was_trained_nobody_is_sent_there(visit, studio):
    page = visit(studio)
    page.get_by_role("link", name="Gallery").first.wait_for()
    assert page.get_by_role("link", name="Lab").count() == 0
    page.goto(f"{studio}/#/lab")
    page.get_by_text("pip install 'mengbi[lab]'").wait_for()
    page.get_by_text("mengbi lab train dcgan --data mnist").wait_for()
