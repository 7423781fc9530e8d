import contextlib
import threading
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.brief import Brief
from mengbi.errors import BriefError, MengbiError
from mengbi.pipeline import make_plan
from mengbi.studio.briefs import brief_from_dict, brief_of, brief_to_dict
from mengbi.studio.jobs import FROM, find_job, move
from mengbi.studio.pictures import add
from mengbi.studio.queue import accept
from mengbi.studio.tables import STATES

BRIEF = Brief(prompt="落日飞车", size=(640, 320), seed=7, count=2, engine="analytic", scene={"things": []})


def test_a_brief_goes_through_json_and_back():
    assert brief_from_dict(brief_to_dict(BRIEF)) == BRIEF
    assert brief_to_dict(Brief(prompt="a fox")) == {"prompt": "a fox"}


@pytest.mark.parametrize(
    "data", [None, [], "fox", {"prompt": 5}, {"promt": "fox"}, {"prompt": "x", "size": ["a", 2]}, {}]
)
def test_a_brief_that_is_none_is_refused(data):
    with pytest.raises(BriefError):
        brief_from_dict(data)


@given(
    st.dictionaries(
        st.sampled_from([*Brief.__slots__, "x"]), st.none() | st.integers() | st.text() | st.lists(st.integers())
    )
)
def test_no_json_breaks_a_brief(data):
    with contextlib.suppress(MengbiError):
        assert isinstance(brief_from_dict(data), Brief)


def test_the_brief_of_a_plan_leads_to_the_same_plan():
    plan = make_plan(Brief(prompt="a red fox", style="inkwash", size=(96, 64), seed=3, negative="snow"))
    assert make_plan(brief_from_dict(brief_of(plan))) == plan


def test_a_job_goes_where_it_may_and_nowhere_else(store):
    ways = {"queued": (), "running": ("running",), "done": ("running", "done")}
    for state, wanted in product(STATES, STATES):
        job = accept(store, BRIEF)
        with store.writing() as connection:
            for step in ways.get(state, (state,)):
                assert move(connection, [job.id], step) == (job.id,)
            moved = move(connection, [job.id], wanted)
        assert moved == ((job.id,) if state in FROM[wanted] else ())
        assert find_job(store, job.id).state == (wanted if moved else state)


def test_times_and_errors_follow_the_state(store):
    job = accept(store, BRIEF)

    def moved(state, *why):
        with store.writing() as connection:
            move(connection, [job.id], state, *why)
        return find_job(store, job.id)

    running = moved("running")
    assert running.started is not None and running.ended is None
    failed = moved("failed", "the disk\x00 is full")
    assert (failed.error, failed.done) == ("the disk is full", 0.0) and failed.ended >= failed.started
    again = moved("queued")
    assert (again.error, again.ended) == (None, None)
    moved("running")
    done = moved("done")
    assert done.done == 1.0 and done.ended >= done.started


def test_of_many_who_want_a_job_one_gets_it(store):
    job, got = accept(store, BRIEF), []

    def work():
        with store.writing() as connection:
            got.extend(move(connection, [job.id], "running"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [job.id]


def test_a_picture_knows_its_job_and_outlives_it(store, painted):
    job = accept(store, BRIEF)
    entry = add(store, painted(), job=job.id)
    assert add(store, painted(), job=job.id) == entry  # run again after its worker was killed
