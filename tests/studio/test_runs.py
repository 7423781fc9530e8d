import pytest

from mengbi.studio import runs
from mengbi.studio.jobs import find_job
from mengbi.studio.queue import accept, cancel, pause, resume
from mengbi.studio.runs import BATCH, MAX_TRIES, breathe, held_by, let_go, live, orphaned, retire, settle, take
from mengbi.studio.tables import jobs, workers


def taken(store, worker="w"):
    """The jobs of the next run, or none."""
    run = take(store, worker)
    with store.reading() as connection:
        return () if run is None else live(connection, run)


def state_of(store, job):
    return find_job(store, job.id, everyone=True).state


def test_where_nothing_waits_nothing_is_taken(store, wish):
    assert take(store, "w") is None
    job = accept(store, wish())
    cancel(store, job.id)
    assert take(store, "w") is None


def test_the_highest_priority_is_first_and_then_who_came_first(store, wish):
    made = [accept(store, wish(style=style), priority=p) for style, p in (("oil", 0), ("starry", 5), ("neon", 5))]
    assert [taken(store) for _ in range(4)] == [(made[1].id,), (made[2].id,), (made[0].id,), ()]


def test_people_take_turns_however_much_one_of_them_wants(store, wish):
    ada = [accept(store.of("ada"), wish(style=f"oil:{n},neon:1")).id for n in range(1, 6)]
    li = [accept(store.of("li"), wish(style=f"oil:{n},starry:1")).id for n in range(1, 3)]
    order = [taken(store)[0] for _ in range(7)]
    assert order == [ada[0], li[0], ada[1], li[1], *ada[2:]]


def test_jobs_that_differ_in_words_and_seed_share_a_batch(store, wish):
    made = [accept(store, wish(prompt=f"{n} stars", seed=n)) for n in range(BATCH + 3)]
    other = accept(store, wish(size=(64, 96)))
    assert taken(store) == tuple(job.id for job in made[:BATCH])
    assert taken(store) == tuple(job.id for job in made[BATCH:])
    assert taken(store) == (other.id,)


def test_a_batch_holds_no_more_pixels_than_come_soon(store, wish):
    made = [accept(store, wish(seed=n, size=(768, 768))) for n in range(3)]
    assert taken(store) == (made[0].id, made[1].id)
    assert taken(store) == (made[2].id,)


def test_nobody_rides_along_before_it_is_their_turn(store, wish):
    mine = [accept(store.of("ada"), wish(seed=n)) for n in range(3)]
    other = accept(store.of("li"), wish(style="oil"))
    assert [taken(store) for _ in range(3)] == [(mine[0].id,), (other.id,), (mine[1].id, mine[2].id)]


def test_jobs_that_are_the_same_in_everything_share_a_run_wherever_they_wait(store, wish):
    first = accept(store.of("ada"), wish(seed=1, style="oil"))
    between = accept(store.of("ada"), wish(seed=1, style="neon"))
    same = accept(store.of("li"), wish(seed=1, style="oil"), priority=-5)
    assert taken(store) == (first.id, same.id)
    assert taken(store) == (between.id,)


def test_what_is_painted_for_a_purpose_is_painted_alone(store, wish):
    made = [accept(store, wish(seed=n, purpose="avatar")) for n in range(2)]
    assert [taken(store), taken(store)] == [(made[0].id,), (made[1].id,)]


def test_a_job_that_is_held_is_nobody_elses_even_when_it_waits_again(store, wish):
    job = accept(store, wish())
    run = take(store, "w")
    pause(store, job.id)
    assert resume(store, job.id).state == "queued"
    assert take(store, "other") is None
    let_go(store, run)
    assert state_of(store, job) == "queued"
    assert take(store, "other") == f"job-{job.id}-2"


@pytest.mark.parametrize("steer", [cancel, pause])
def test_what_was_stopped_stays_stopped_when_its_run_ends(store, wish, steer):
    job = accept(store, wish())
    run = take(store, "w")
    state = steer(store, job.id).state
    with store.reading() as connection:
        assert live(connection, run) == ()
    let_go(store, run)
    assert state_of(store, job) == state
    assert held_by(store, "w") == () and take(store, "w") is None


def test_a_job_whose_worker_dies_again_and_again_is_given_up(store, wish):
    job = accept(store, wish())
    for tries in range(MAX_TRIES):
        assert state_of(store, job) == "queued", tries
        run = take(store, "w")
        let_go(store, run)
    failed = find_job(store, job.id)
    assert failed.state == "failed" and f"{MAX_TRIES} times" in failed.error


def test_jobs_whose_worker_died_are_each_tried_alone(store, wish):
    made = [accept(store, wish(seed=n // 2)) for n in range(4)]
    let_go(store, take(store, "w"))
    assert [taken(store) for _ in range(4)] == [(job.id,) for job in made]


def test_a_job_over_which_workers_die_waits_until_all_others_are_done(store, wish):
    bad, good = accept(store.of("ada"), wish(style="oil")), accept(store.of("li"), wish())
    later = accept(store.of("li"), wish(style="neon"), priority=-9)
    let_go(store, take(store, "w"))  # once may have been by chance: it is tried again in its turn
    assert taken(store) == (good.id,)
    again = take(store, "w")
    assert again == f"job-{bad.id}-2"
    let_go(store, again)
    assert [taken(store), taken(store)] == [(later.id,), (bad.id,)]


def test_what_a_dead_worker_had_not_painted_waits_again_and_what_it_had_stays_its_own(store, wish):
    first, second = accept(store, wish()), accept(store, wish(style="oil"))
    runs_ = [take(store, "w"), take(store, "w")]
    with store.writing() as connection:
        connection.execute(jobs.update().where(jobs.c.id == second.id).values(files=["0" * 64 + ".png"]))
    settle(store, "w")
    assert (state_of(store, first), state_of(store, second)) == ("queued", "running")
    assert held_by(store, "w") == (runs_[1],)


def test_a_worker_that_is_stopped_on_purpose_counts_for_nothing(store, wish):
    job = accept(store, wish())
    for _ in range(MAX_TRIES + 1):
        run = take(store, "w")
        let_go(store, run, forgiven=True)
    assert state_of(store, job) == "queued"


def test_the_jobs_of_a_worker_without_a_sign_of_life_are_anothers(store, wish, monkeypatch):
    job = accept(store, wish())
    breathe(store, "w")
    run = take(store, "w")
    assert orphaned(store) == () and runs.alive(store) == ("w",)
    with store.writing() as connection:
        connection.execute(workers.update().values(seen=workers.c.seen - runs.STALE - 1000))
    assert orphaned(store) == (run,) and runs.alive(store) == ()
    let_go(store, run)
    assert take(store, "other") == f"job-{job.id}-2"
    breathe(store, "w")  # back from the dead; what it held is no more its own
    assert held_by(store, "w") == ()
    retire(store, "w")
    assert orphaned(store) == (f"job-{job.id}-2",)  # the other never gave a sign


def test_files_that_no_row_came_to_are_taken_away_with_the_run(store, wish):
    accept(store, wish())
    run = take(store, "w")
    name = "f" * 64 + ".png"
    with store.writing() as connection:
        connection.execute(jobs.update().where(jobs.c.run == run).values(files=[name, "0" * 64 + ".png"]))
    store.blobs.put("pictures", name, b"half way")
    half = store.blobs.path("pictures", name).with_name(f".{name[:40]}.abc.part")
    half.write_bytes(b"half")
    runs.clear(store, run)
    let_go(store, run)
    assert list(store.blobs.find("pictures")) == []
