import io
import threading

import numpy as np
import pytest
from PIL import Image

from mengbi.brief import Brief
from mengbi.studio import events
from mengbi.studio.queue import accept, cancel
from mengbi.studio.runs import take
from mengbi.studio.shown import MAX_BYTES, small_webp

BRIEF = Brief(prompt="a red fox", seed=1)


def test_a_reader_gets_what_came_after_the_last_that_it_saw(store):
    assert events.last(store) == 0
    job = accept(store, BRIEF)
    first = events.last(store)
    cancel(store, job.id)
    (later,) = events.since(store, first)
    assert (later.kind, later.job, later.data["state"]) == ("job", job.id, "cancelled")
    assert later.data["brief"] == {"prompt": "a red fox", "seed": 1}
    assert [event.id for event in events.since(store, 0, limit=1)] == [first]


def test_progress_is_told_with_what_there_is_to_see_until_the_end(store):
    job = accept(store, BRIEF)
    run = take(store, "w")
    events.progress(store, run, 0.5, "denoise", 3, [(job.id, b"picture")])
    events.progress(store, run, 0.6, "denoise", 4, [(job.id, None)])
    told = [event for event in events.since(store, 0) if event.kind == "progress"]
    assert [event.data for event in told] == [
        {"done": 0.5, "stage": "denoise", "step": 3},
        {"done": 0.6, "stage": "denoise", "step": 4},
    ]
    assert events.preview(store, job.id) == b"picture"
    cancel(store, job.id)
    events.progress(store, run, 0.7, "denoise", 5, [(job.id, b"later")])
    assert events.preview(store, job.id) is None
    assert [event.kind for event in events.since(store, 0)] == ["job", "job", "job"]


def test_old_events_are_taken_away_and_their_numbers_not_given_again(store):
    accept(store, BRIEF)
    before = events.last(store)
    events.prune(store)
    assert events.last(store) == before
    events.prune(store, before=2**60)
    assert events.since(store, 0) == []
    accept(store, BRIEF)
    assert events.last(store) > before


def test_no_event_is_written_behind_a_reader(store):
    """On a server a number is drawn before its transaction ends; a reader must not overtake one that is slow."""
    seen, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            seen.extend(event.id for event in events.since(store, seen[-1] if seen else 0, limit=1000, everyone=True))

    def write(name):
        for number in range(15):
            job = accept(store.of(name), Brief(prompt=f"a fox {number}"))
            cancel(store.of(name), job.id)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    seen.extend(event.id for event in events.since(store, seen[-1] if seen else 0, limit=1000, everyone=True))
    assert seen == [event.id for event in events.since(store, 0, limit=1000, everyone=True)]
    assert len(seen) == 120


@pytest.mark.parametrize(("count", "height", "width"), [(1, 64, 64), (1, 768, 512), (4, 300, 200), (7, 512, 512)])
def test_a_preview_is_small_whatever_it_shows(count, height, width):
    noise = np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    data = small_webp(noise)
    assert len(data) <= MAX_BYTES
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "WEBP"
        columns = {1: 1, 4: 2, 7: 3}[count]
        rows = {1: 1, 4: 2, 7: 3}[count]
        assert abs(image.width / image.height - width * columns / (height * rows)) < 0.05
