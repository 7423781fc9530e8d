import threading
from dataclasses import replace

import pytest

from mengbi.brief import Brief
from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.pipeline import make_plan
from mengbi.studio import events, queue
from mengbi.studio.queue import accept, cancel, find_job, jobs_page, pause, resume, retry
from mengbi.studio.store import open_store

BRIEF = Brief(prompt="落日飞车", size=(640, 320), seed=7, count=2, engine="analytic", scene={"things": []})


def test_a_job_is_written_when_it_was_accepted(store):
    job = accept(store, BRIEF, priority=3)
    assert find_job(store, job.id) == job
    assert (job.brief, job.state, job.priority, job.done, job.person) == (BRIEF, "queued", 3, 0.0, "")


def test_a_seed_that_was_left_open_is_drawn_once(store):
    first, second = accept(store, Brief(prompt="a fox")), accept(store, Brief(prompt="a fox"))
    assert None not in (first.brief.seed, second.brief.seed) and first.brief.seed != second.brief.seed
    assert find_job(store, first.id).brief.seed == first.brief.seed
    plan = make_plan(Brief(prompt="a fox", seed=5))
    assert accept(store, Brief(prompt="a fox"), plan=plan).brief.seed == 5


def test_the_same_key_of_the_same_person_is_the_same_job(store):
    job = accept(store, BRIEF, key="k")
    assert accept(store, Brief(prompt="another"), key="k") == job
    assert accept(store.of("li"), BRIEF, key="k").id != job.id
    assert accept(store, BRIEF).id != accept(store, BRIEF).id
    assert len([event for event in events.since(store, 0) if event.job == job.id]) == 1


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"key": ""}, "printable"),
        ({"key": "a\x00"}, "printable"),
        ({"key": "a" * 201}, "printable"),
        ({"priority": 1001}, "priority 1001"),
        ({"parents": [(1, "cousin")]}, "no way from picture to picture"),
        ({"parents": [(2**63, "retry")]}, "no picture 9223372036854775808"),
    ],
)
def test_what_cannot_be_is_refused_at_once(store, wishes, said):
    with pytest.raises(BriefError, match=said):
        accept(store, BRIEF, **wishes)
    assert jobs_page(store) == ((), None)


@pytest.mark.parametrize("field", ["photo", "mask", "sketch", "style_image"])
@pytest.mark.parametrize(
    "file", ["/etc/passwd", "fox.png", "source:../../etc/passwd", f"source:{'0' * 64}", "picture:1", "picture:-1"]
)
def test_a_brief_opens_no_file_of_this_machine(store, field, file):
    with pytest.raises(SourceError):
        accept(store, Brief(**{"prompt": "x", "photo": "source:" + "0" * 64, field: file}))
    assert jobs_page(store) == ((), None)


def test_a_plan_whose_photo_is_not_here_is_refused(store, plain, tmp_path):
    (tmp_path / "me.png").write_bytes(plain(1))
    plan = make_plan(Brief(prompt="x", photo=tmp_path / "me.png"))
    with pytest.raises(SourceError, match="not here"):
        accept(store, Brief(prompt="x"), plan=plan)


def test_jobs_are_stopped_set_aside_and_tried_again(store):
    job = accept(store, BRIEF)
    assert pause(store, job.id).state == "paused"
    with pytest.raises(BriefError, match="is paused"):
        retry(store, job.id)
    assert resume(store, job.id).state == "queued"
    with pytest.raises(BriefError, match="is queued"):
        resume(store, job.id)
    ended = cancel(store, job.id)
    assert ended.state == "cancelled" and ended.ended is not None
    with pytest.raises(BriefError, match="is cancelled"):
        cancel(store, job.id)
    assert retry(store, job.id) == job


def test_a_job_is_its_persons_alone(store):
    job = accept(store.of("li"), BRIEF)
    for stranger in (lambda: find_job(store, job.id), lambda: cancel(store, job.id), lambda: find_job(store, 2**70)):
        with pytest.raises(BriefError, match="no job"):
            stranger()
    assert find_job(store, job.id, everyone=True) == job
    assert jobs_page(store) == ((), None)
    assert jobs_page(store, everyone=True) == ((job,), None)
    assert [event.job for event in events.since(store.of("li"), 0)] == [job.id]
    assert events.since(store, 0) == [] and len(events.since(store, 0, everyone=True)) == 1


def test_jobs_are_turned_page_by_page(store):
    made = [accept(store, replace(BRIEF, seed=seed)) for seed in range(7)]
    cancel(store, made[2].id)
    seen, before = [], None
    while True:
        page, before = jobs_page(store, before=before, limit=3)
        seen += [job.id for job in page]
        if before is None:
            break
    assert seen == [job.id for job in reversed(made)]
    assert [job.id for job in jobs_page(store, state="cancelled")[0]] == [made[2].id]
    with pytest.raises(BriefError, match="no state 'asleep'"):
        jobs_page(store, state="asleep")


def test_many_at_once_are_all_written_and_told_of_in_order(store):
    given = {}

    def ask(number):
        key = None if number % 2 else f"key {number % 10}"
        given[number] = accept(store.of(f"person {number % 3}"), Brief(prompt=f"a fox {number}"), key=key)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = events.since(store, 0, everyone=True)
    assert [event.id for event in told] == sorted(event.id for event in told)
    assert sorted(event.job for event in told) == sorted({job.id for job in given.values()})
    for number, job in given.items():
        assert find_job(store, job.id, everyone=True) == job
        assert job.person == f"person {number % 3}"
        assert number % 2 == 0 or job.brief.prompt == f"a fox {number}"


def test_one_that_is_refused_takes_no_other_with_it(store, monkeypatch):
    good, answers = Brief(prompt="a fox"), {}
    bad = Brief(prompt="a fox", photo="picture:9")
    waiting = threading.Event()

    def ask(name, brief):
        try:
            answers[name] = accept(store, brief)
        except BriefError as error:
            answers[name] = error

    monkeypatch.setattr(queue, "check_references", _slowly(queue.check_references, waiting))
    threads = [threading.Thread(target=ask, args=(number, bad if number == 2 else good)) for number in range(5)]
    for thread in threads:
        thread.start()
    waiting.set()
    for thread in threads:
        thread.join()
    assert isinstance(answers.pop(2), SourceError)
    assert len({job.id for job in answers.values()}) == 4


def _slowly(work, event):
    def later(*arguments):
        event.wait(5)
        return work(*arguments)

    return later


def test_a_database_that_fails_is_told_to_everyone_who_waits(tmp_path, monkeypatch):
    store = open_store(f"sqlite:///{tmp_path}/studio.db", str(tmp_path))

    def broken(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(queue, "tell", broken)
    with pytest.raises(StorageError, match="the disk is full"):
        accept(store, BRIEF)
    monkeypatch.undo()
    assert accept(store, BRIEF).id == 1
    store.close()
