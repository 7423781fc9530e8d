import hashlib
from dataclasses import replace

import numpy as np
import pytest

from mengbi.brief import Brief
from mengbi.errors import StorageError
from mengbi.finish.safety import Verdict
from mengbi.pipeline import finish, make_plan
from mengbi.pipeline import painting as paint_it
from mengbi.studio import events, painter
from mengbi.studio.jobs import find_job
from mengbi.studio.mend import mend
from mengbi.studio.painter import Way, keep, paint, resolve
from mengbi.studio.pictures import add, data_of, plan_of, remove
from mengbi.studio.queue import accept, cancel, pause, pictures_of
from mengbi.studio.runs import let_go, take
from mengbi.studio.sources import keep as keep_source

WAY = Way(filters=False)


def carry(store, way=WAY):
    """Takes and paints all that waits, as a worker does."""
    while (run := take(store, "w")) is not None:
        for group in resolve(store, run, way):
            fresh = {}
            keep(store, run, paint(store, run, group, way, fresh), fresh)
        let_go(store, run)


def job_of(store, job):
    return find_job(store, job.id, everyone=True)


def files(store):
    return sorted(file.name for file in store.blobs.find("pictures"))


def test_a_job_becomes_its_pictures_with_all_that_made_them(store, wish):
    job = accept(store, wish(seed=5, count=3))
    carry(store)
    done = job_of(store, job)
    assert (done.state, done.done, done.error) == ("done", 1.0, None) and done.started <= done.ended
    entries = pictures_of(store, job)
    assert [entry.seed for entry in entries] == [5, 6, 7]
    assert files(store) == sorted(entry.name for entry in entries)
    pictures = finish(paint_it(**wish_dict(wish(seed=5, count=3))))
    assert [data_of(store, entry) for entry in entries] == [picture.png() for picture in pictures]
    assert plan_of(store, entries[1]) == make_plan(wish(seed=6))


def wish_dict(brief):
    return {name: getattr(brief, name) for name in ("prompt", "engine", "size", "style", "scene", "seed", "count")}


def test_it_is_told_from_the_first_step_to_the_last(store, wish):
    job = accept(store, wish(seed=5))
    carry(store)
    kinds = [(event.kind, event.data.get("state")) for event in events.since(store, 0)]
    assert kinds == [("job", "queued"), ("job", "running"), ("picture", None), ("job", "done")]
    assert events.since(store, 0)[2].data["picture"]["id"] == pictures_of(store, job)[0].id


def test_whoever_looks_on_sees_progress_and_a_picture_of_it(store, wish, blank, monkeypatch):
    monkeypatch.setattr(painter, "OFTEN", 0.0)
    job, seen = accept(store, wish()), []

    def look():
        told = [event.data for event in events.since(store, 0) if event.kind == "progress"]
        seen.append((told[-1] if told else None, events.preview(store, job.id), job_of(store, job).done))

    blank.before_step["a fox"] = look
    carry(store)
    assert seen[0] == (None, None, 0.0)
    told, preview, done = seen[2]
    assert told == {"done": 0.5, "stage": "noise", "step": 2} and done == 0.5
    assert preview[8:12] == b"WEBP"
    assert events.preview(store, job.id) is None


def test_a_batch_gives_the_bytes_that_each_job_gives_alone(store, wish, blank):
    made = [accept(store, wish(f"{n} stars", seed=n)) for n in range(4)]
    carry(store)
    assert len(blank.painted) == 1
    for job in made:
        (picture,) = finish(paint_it(**wish_dict(job.brief)))
        (entry,) = pictures_of(store, job)
        assert data_of(store, entry) == picture.png()


def test_what_two_people_want_alike_is_painted_once_and_belongs_to_both(store, wish, blank):
    first = accept(store.of("ada"), wish(seed=1))
    second = accept(store.of("li"), wish(seed=1))
    carry(store)
    assert blank.painted == [(1,)]
    (entry,) = pictures_of(store, first)
    assert pictures_of(store, second) == [entry] and files(store) == [entry.name]
    third = accept(store, wish(seed=1))  # later: painted again, and the same
    carry(store)
    assert pictures_of(store, third) == [entry] and files(store) == [entry.name]


@pytest.mark.parametrize("steer", [cancel, pause])
def test_a_job_stops_within_a_step_and_leaves_nothing(store, wish, blank, steer):
    job, steps = accept(store, wish()), []

    def stop():
        steps.append(1)
        if len(steps) == 2:
            steer(store, job.id)

    blank.before_step["a fox"] = stop
    carry(store)
    assert len(steps) <= 3
    assert job_of(store, job).state in ("cancelled", "paused")
    assert files(store) == [] and pictures_of(store, job) == []


def test_of_a_batch_only_what_was_cancelled_is_left_out(store, wish, blank):
    made = [accept(store, wish(f"{n} stars", seed=n)) for n in range(3)]
    blank.before_step["1 stars"] = lambda: (
        cancel(store, made[1].id) if job_of(store, made[1]).state == "running" else None
    )
    carry(store)
    assert [job_of(store, job).state for job in made] == ["done", "cancelled", "done"]
    assert files(store) == sorted(pictures_of(store, job)[0].name for job in (made[0], made[2]))


def test_a_job_that_is_cancelled_at_the_last_moment_leaves_no_file(store, wish):
    job = accept(store, wish())
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    fresh = {}
    puts = paint(store, run, group, WAY, fresh)
    assert len(files(store)) == 1
    cancel(store, job.id)
    keep(store, run, puts, fresh)
    let_go(store, run)
    assert files(store) == [] and pictures_of(store, job) == []


def test_a_file_that_a_picture_has_already_is_not_taken_away_with_a_cancelled_job(store, wish):
    first = accept(store, wish(seed=1))
    carry(store)
    second = accept(store, wish(seed=1))
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    paint(store, run, group, WAY, {})
    cancel(store, second.id)
    let_go(store, run)
    assert data_of(store, pictures_of(store, first)[0])


def test_every_step_can_be_done_again(store, wish):
    """As after a kill between a step and what DBOS writes of it."""
    job = accept(store, wish(count=2))
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    assert resolve(store, run, WAY) == [group]
    puts = paint(store, run, group, WAY, {})
    assert paint(store, run, group, WAY, {}) == puts
    keep(store, run, puts, {})  # by another process: the files are read again
    keep(store, run, puts, {})
    assert paint(store, run, group, WAY, {}) == []
    assert len(pictures_of(store, job)) == 2 and len(files(store)) == 2
    assert mend(store, grace=-1).adopted == ()


def test_a_worker_that_was_taken_for_dead_changes_nothing(store, wish):
    job = accept(store, wish())
    run = take(store, "slow")
    (group,) = resolve(store, run, WAY)
    fresh = {}
    puts = paint(store, run, group, WAY, fresh)
    let_go(store, run)
    carry(store)
    (entry,) = pictures_of(store, job)
    keep(store, run, puts, fresh)
    assert paint(store, run, group, WAY, fresh) == []
    assert pictures_of(store, job) == [entry] and data_of(store, entry) and job_of(store, job).state == "done"


def test_a_brief_that_cannot_be_planned_fails_with_the_reason(store, wish):
    bad = accept(store, wish(style="nonsuch"))
    good = accept(store, wish())
    carry(store)
    assert job_of(store, bad).state == "failed" and "nonsuch" in job_of(store, bad).error
    told = {"code": "unknown-name", "params": {"kind": "style", "name": "nonsuch"}}
    assert job_of(store, bad).problem == told
    assert job_of(store, good).state == "done"


def test_one_that_cannot_be_painted_takes_no_other_with_it(store, wish, blank):
    made = [accept(store, wish(f"{n} stars", seed=n)) for n in range(3)]

    def break_down():
        raise ZeroDivisionError("no stars")

    blank.before_step["1 stars"] = break_down
    carry(store)
    assert [job_of(store, job).state for job in made] == ["done", "failed", "done"]
    assert "ZeroDivisionError: no stars" in job_of(store, made[1]).error


def test_a_picture_that_lies_nowhere_is_not_written_down(store, wish):
    accept(store, wish())
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    puts = paint(store, run, group, WAY, {})
    store.blobs.remove("pictures", puts[0]["files"][0])
    with pytest.raises(StorageError, match="taken away"):
        keep(store, run, puts, {})


def test_a_plan_that_was_given_is_followed_and_tells_what_painted_it(store, wish, painted):
    parent = add(store, painted())
    plan = replace(make_plan(wish(seed=4)), version="0.0.1", weights="older")
    job = accept(store, wish(prompt="said otherwise"), plan=plan, parents=[(parent.id, "enlarge")])
    carry(store)
    (entry,) = pictures_of(store, job)
    kept = plan_of(store, entry)
    assert (kept.weights, kept.samples) == ("w1", plan.samples) and kept.version != "0.0.1"


def test_a_picture_knows_where_it_comes_from_if_that_is_still_there(store, wish, painted):
    parent, gone = add(store, painted(seed=1)), add(store, painted(seed=2))
    job = accept(store, wish(), parents=[(parent.id, "variation"), (gone.id, "retry")])
    remove(store, gone)
    carry(store)
    from mengbi.studio.lineage import family

    (relation,) = family(store, parent.id)
    assert (relation.parent, relation.child, relation.kind) == (parent.id, pictures_of(store, job)[0].id, "variation")


def test_a_photo_is_painted_from_wherever_it_is_kept(store, plain):
    given = keep_source(store, plain(1, size=(80, 60)), "me.png")
    brief = Brief(prompt="snow", photo=given.reference, engine="sketch", style="none", size=(64, 64), seed=1)
    job = accept(store, brief)
    carry(store)
    assert job_of(store, job).error is None
    plan = plan_of(store, pictures_of(store, job)[0])
    assert (plan.photo.name, plan.photo.sha256) == ("me.png", given.digest)
    again = accept(store, Brief(prompt="snow", photo=given.reference), plan=plan)
    carry(store)
    assert pictures_of(store, again) == pictures_of(store, job)


def test_explicit_words_are_refused_and_say_so(store, wish):
    held, never = accept(store, wish("hentai")), accept(store, wish("child porn"))
    carry(store, Way(filters=True))
    assert job_of(store, held).state == "failed" and "hentai" in job_of(store, held).error
    told = {"code": "refused-words", "params": {"kind": "sexual", "words": ["hentai"]}}
    assert job_of(store, held).problem == told
    held, never = accept(store, wish("hentai")), accept(store, wish("child porn"))
    carry(store, Way(filters=False))
    assert (job_of(store, held).state, job_of(store, never).state) == ("done", "failed")


def test_a_picture_that_is_held_back_is_kept_as_its_colours_and_says_so(store, wish, monkeypatch):
    monkeypatch.setattr(painter, "is_installed", lambda: True)
    monkeypatch.setattr(painter, "check_picture", lambda _: Verdict(of="picture", kind="sexual", score=0.9))
    job = accept(store, wish(seed=1))
    carry(store, Way(filters=True))
    done = job_of(store, job)
    assert (done.state, done.error) == ("done", None)
    assert done.note.startswith("picture 1 is blurred: it looks pornographic")
    assert done.problem == {"code": "blurred", "params": {"pictures": [1], "scores": [0.9]}}
    assert job_of(store, job).to_dict()["note"] == done.note
    (entry,) = pictures_of(store, job)
    (clear,) = finish(paint_it(**wish_dict(wish(seed=1))))
    assert entry.digest != hashlib.sha256(clear.png()).hexdigest()
    assert plan_of(store, entry) == clear.plan  # it can be painted clear by who may
    assert np.asarray(clear.pixels).std() > 50


def test_a_worker_that_is_stopped_puts_the_brush_down_within_a_step(store, wish, blank):
    job, steps = accept(store, wish()), []
    blank.before_step["a fox"] = lambda: steps.append(1)
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    assert paint(store, run, group, Way(stopped=lambda: len(steps) >= 2), {}) == []
    let_go(store, run, forgiven=True)
    assert len(steps) == 2 and files(store) == []
    assert job_of(store, job).state == "queued"
