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
from mengbi.studio.jobs import FROM, advance, find_job, move, submit
from mengbi.studio.pictures import add
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


def test_a_job_is_written_when_it_was_accepted(store):
    job = submit(store, BRIEF, priority=3)
    assert find_job(store, job.id) == job
    assert (job.brief, job.state, job.priority, job.done, job.person) == (BRIEF, "queued", 3, 0.0, "")


def test_the_same_key_of_the_same_person_is_the_same_job(store):
    job = submit(store, BRIEF, key="k")
    assert submit(store, Brief(prompt="another"), key="k") == job
    assert submit(store.of("li"), BRIEF, key="k").id != job.id
    assert submit(store, BRIEF).id != submit(store, BRIEF).id


def test_a_job_goes_where_it_may_and_nowhere_else(store):
    for state, wanted in product(STATES, STATES):
        job = submit(store, BRIEF)
        for step in {"queued": (), "running": ("running",), "done": ("running", "done")}.get(state, (state,)):
            move(store, job.id, step)
        if state in FROM[wanted]:
            assert move(store, job.id, wanted).state == wanted
        else:
            with pytest.raises(BriefError, match=f"job {job.id} is {state}"):
                move(store, job.id, wanted)
            assert find_job(store, job.id).state == state


def test_times_and_progress_follow_the_state(store):
    job = submit(store, BRIEF)
    assert not advance(store, job.id, 0.5)
    running = move(store, job.id, "running")
    assert running.started is not None and running.ended is None
    assert advance(store, job.id, 0.5)
    assert find_job(store, job.id).done == 0.5
    again = move(store, job.id, "queued")
    assert (again.started, again.done) == (None, 0.0)
    move(store, job.id, "running")
    done = move(store, job.id, "done")
    assert done.done == 1.0 and done.ended >= done.started
    failed = move(store, submit(store, BRIEF).id, "failed", error="the disk\x00 is full")
    assert failed.error == "the disk is full"
    assert not advance(store, done.id, 0.1)


def test_of_many_who_want_a_job_one_gets_it(store):
    job, got = submit(store, BRIEF), []

    def work():
        with contextlib.suppress(BriefError):
            got.append(move(store, job.id, "running"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_a_job_or_a_state_that_is_none_is_told(store):
    with pytest.raises(BriefError, match="no job 9"):
        find_job(store, 9)
    with pytest.raises(BriefError, match="no job 9"):
        move(store, 9, "running")
    with pytest.raises(BriefError, match="no state 'asleep'"):
        move(store, 9, "asleep")


def test_a_picture_knows_its_job_and_outlives_it(store, painted):
    job = submit(store, BRIEF)
    entry = add(store, painted(), job=job.id)
    assert add(store, painted(), job=job.id) == entry  # run again after its worker was killed
