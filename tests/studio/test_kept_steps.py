import io

import numpy as np
import pytest
from PIL import Image

from mengbi.engine import Step
from mengbi.errors import BriefError, SourceError, StorageError
from mengbi.finish.safety import Verdict
from mengbi.studio import events, painter, steps
from mengbi.studio.jobs import find_job
from mengbi.studio.mend import mend
from mengbi.studio.painter import Way, keep, paint, resolve
from mengbi.studio.pictures import add, remove
from mengbi.studio.queue import accept, cancel, pictures_of
from mengbi.studio.runs import let_go, settle, take
from mengbi.studio.steps import MOST, Recorder, name_of, step_of, steps_of, unpacked, write_steps

WAY = Way(filters=False, steps=True)


def carry(store, way=WAY):
    while (run := take(store, "w")) is not None:
        for group in resolve(store, run, way):
            fresh = {}
            keep(store, run, paint(store, run, group, way, fresh), fresh)
        let_go(store, run)


def files(store):
    return {file.name for file in store.blobs.find("steps")}


def a_step(done, shade=0, pictures=()):
    return Step(done=done, stage="x", images=np.full((1, 40, 30, 3), shade, np.uint8), pictures=pictures)


def begun(store, wish, **wishes):
    job = accept(store, wish(**wishes))
    run = take(store, "w")
    (group,) = resolve(store, run, WAY)
    return job, run, group


def test_a_picture_keeps_its_steps_but_for_the_last_which_is_the_picture(store, wish):
    job = accept(store, wish(seed=5, count=2))
    carry(store)
    for entry in pictures_of(store, job):
        assert steps_of(store, entry.id) == (1, 2, 3)
        with Image.open(io.BytesIO(step_of(store, entry.id, 2))) as image:
            assert (image.format, image.size) == ("WEBP", (64, 64))
        with pytest.raises(BriefError, match="no step 4"):
            step_of(store, entry.id, 4)
    assert len(files(store)) == 2 and mend(store).steps == 2


def test_of_many_steps_a_few_are_kept_evenly():
    recorder = Recorder(count=1)
    for number in range(1, 1001):
        recorder.see(number, a_step(number / 1000, number % 256))
    assert len(recorder.numbers) == MOST and len(unpacked(recorder.file(0))) == MOST
    gaps = np.diff(recorder.numbers)
    assert gaps.max() - gaps.min() <= 1
    assert all(
        Image.open(io.BytesIO(frame)).getpixel((1, 1)) == pytest.approx((number % 256,) * 3, abs=4)
        for number, frame in zip(recorder.numbers, unpacked(recorder.file(0)), strict=True)
    )


@pytest.mark.parametrize("said", [[], [0.5], [0.2, 0.2, 0.2], [1.0]])
def test_where_there_are_no_two_steps_nothing_is_kept(said):
    recorder = Recorder(count=1)
    for number, done in enumerate(said, start=1):
        recorder.see(number, a_step(done))
    recorder.see(9, a_step(1.0, pictures=("the picture",)))
    assert recorder.file(0) is None


def test_steps_are_a_setting(store, wish, monkeypatch):
    monkeypatch.setenv("MENGBI_STEPS", "off")
    job = accept(store, wish())
    carry(store, Way(filters=False))
    assert steps_of(store, pictures_of(store, job)[0].id) == () and files(store) == set()
    monkeypatch.setenv("MENGBI_STEPS", "perhaps")
    with pytest.raises(BriefError, match="on or off"):
        Way()


def test_they_go_with_their_picture(store, wish):
    job = accept(store, wish())
    carry(store)
    (entry,) = pictures_of(store, job)
    remove(store, entry)
    assert files(store) == set() and steps_of(store, entry.id) == ()


def test_two_pictures_may_share_a_file_which_goes_with_the_second(store, painted, plain):
    seen = plain(1, "WEBP") + plain(2, "WEBP")
    pair = [add(store, painted(seed=seed)) for seed in (1, 2)]
    with store.writing() as connection:
        for entry in pair:
            write_steps(connection, store, entry.id, seen, (1, 7))
    remove(store, pair[0])
    assert step_of(store, pair[1].id, 7) == plain(2, "WEBP")
    remove(store, pair[1])
    assert files(store) == set()


def test_painted_once_more_the_first_steps_stay_and_no_others_are_left_lying(store, painted, plain):
    entry, first = add(store, painted()), plain(1, "WEBP") + plain(2, "WEBP")
    other = plain(3, "WEBP") + plain(4, "WEBP")
    for seen in (first, other, first):
        store.blobs.put("steps", name_of(seen), seen)
        with store.writing() as connection:
            write_steps(connection, store, entry.id, seen, (1, 2))
    assert files(store) == {name_of(first)} and step_of(store, entry.id, 1) == plain(1, "WEBP")


def test_a_job_that_is_cancelled_at_the_last_moment_leaves_no_steps(store, wish):
    job, run, group = begun(store, wish)
    fresh = {}
    puts = paint(store, run, group, WAY, fresh)
    assert len(files(store)) == 1
    cancel(store, job.id)
    keep(store, run, puts, fresh)
    let_go(store, run)
    assert files(store) == set()


def test_a_worker_that_dies_before_the_rows_leaves_its_steps_to_its_next_life(store, wish):
    job, run, group = begun(store, wish)
    puts = paint(store, run, group, WAY, {})
    settle(store, "w")
    assert paint(store, run, group, WAY, {}) == puts
    keep(store, run, puts, {})  # what was put down is read again
    (entry,) = pictures_of(store, job)
    assert steps_of(store, entry.id) == (1, 2, 3) and step_of(store, entry.id, 3)
    let_go(store, run)
    assert files(store) == {puts[0]["steps"][entry.name][0]}


def test_steps_that_were_taken_away_before_their_rows_cost_nobody_the_picture(store, wish):
    job, run, group = begun(store, wish)
    puts = paint(store, run, group, WAY, {})
    for name in files(store):
        store.blobs.remove("steps", name)
    keep(store, run, puts, {})
    assert find_job(store, job.id).state == "done" and steps_of(store, pictures_of(store, job)[0].id) == ()


def test_taken_away_while_the_rows_are_written_the_file_is_there_again(store, wish):
    """As by another run of the same job's twin, which was cancelled."""
    job, run, group = begun(store, wish)
    fresh = {}
    puts = paint(store, run, group, WAY, fresh)
    for name in files(store):
        store.blobs.remove("steps", name)
    keep(store, run, puts, fresh)
    assert step_of(store, pictures_of(store, job)[0].id, 1)


def test_what_a_version_before_put_down_is_kept_without_steps(store, wish):
    job, run, group = begun(store, wish)
    puts = paint(store, run, group, Way(filters=False, steps=False), {})
    keep(store, run, [{name: put[name] for name in ("job", "files", "note")} for put in puts], {})
    assert find_job(store, job.id).state == "done"


def test_steps_follow_the_verdict_on_their_picture(store, wish, monkeypatch):
    monkeypatch.setattr(painter, "is_installed", lambda: True)
    monkeypatch.setattr(painter, "check_picture", lambda _: Verdict(of="picture", kind="sexual", score=0.9))
    job = accept(store, wish())
    carry(store, Way(filters=True, steps=True))
    (entry,) = pictures_of(store, job)
    assert steps_of(store, entry.id) == () and files(store) == set()


@pytest.mark.parametrize(("score", "shown"), [(0.49, True), (0.6, False), (0.95, False)])
def test_a_preview_shows_nothing_that_the_filter_doubts(store, wish, blank, monkeypatch, score, shown):
    monkeypatch.setattr(painter, "OFTEN", 0.0)
    monkeypatch.setattr(painter, "LOOKING", 1e9)  # however long it looks
    monkeypatch.setattr(painter, "is_installed", lambda: True)
    monkeypatch.setattr(painter, "check_picture", lambda _: Verdict(of="picture", score=score))
    job, seen = accept(store, wish(size=(256, 256))), []
    blank.before_step["a fox"] = lambda: seen.append(events.preview(store, job.id))
    carry(store, Way(filters=True, steps=False))
    with Image.open(io.BytesIO(seen[-1])) as image:
        pixels = np.asarray(image.convert("L"), dtype=float)
    rough = np.abs(np.diff(pixels, axis=1)).mean()  # noise, or its colours
    assert (rough > 20) == shown


def test_a_file_that_was_changed_is_no_step(store, painted, plain):
    entry, seen = add(store, painted()), plain(1, "WEBP") + plain(2, "WEBP")
    with store.writing() as connection:
        write_steps(connection, store, entry.id, seen, (1, 2))
    store.blobs.path("steps", name_of(seen)).write_bytes(b"RIFF")
    with pytest.raises(StorageError, match="steps are gone or were changed"):
        step_of(store, entry.id, 1)


@pytest.mark.parametrize(
    ("which", "numbers"),
    [((1, 2), (1,)), ((1, 2), (2, 1)), ((1, 2), (1, 1)), ((1, 2), (0, 1)), ((1, 2), (1, "2")), ((1,), (1,)),
     (range(MOST + 1), range(1, MOST + 2))],
)  # fmt: skip
def test_steps_of_elsewhere_that_do_not_fit_are_refused(plain, which, numbers):
    with pytest.raises(SourceError):
        steps.check(b"".join(plain(seed, "WEBP") for seed in which), tuple(numbers), "x")


def test_damaged_and_monstrous_steps_are_refused(plain):
    whole = plain(1, "WEBP") + plain(2, "WEBP")
    large = plain(1, "WEBP", size=(steps.MAX_SIDE + 1, 8))
    noise = plain(1, "WEBP")[:40] + bytes(len(plain(1, "WEBP")) - 40)
    for data in (whole[:-4], whole[:20], b"", b"RIFF", whole + b"x", large + whole, noise + whole, b"RIFF" * 99):
        with pytest.raises(SourceError):
            steps.check(data, (1, 2) if data[:4] != large[:4] or len(data) < len(large) else (1, 2, 3), "x")
    steps.check(whole, (1, 2), "x")
