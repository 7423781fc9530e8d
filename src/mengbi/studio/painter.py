"""A run is painted: plans are made, pictures painted and put down, rows written; each of the three can be done again.

    for group in resolve(store, run): keep(store, run, paint(store, run, group, ...))

Wherever this is cut off, to do it once more gives the same end, because a plan that was made stays, the same plan gives
the same bytes, a file is named by its bytes, and the rows of a job are written in one transaction with its being done.
Files come before their rows, and the names of files before the files: whoever cleans up after a dead worker finds them.
"""

import hashlib
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select, update

import mengbi
from mengbi.engine import ENGINES, Step
from mengbi.errors import FilterError, MengbiError, StorageError
from mengbi.finish.safety import Verdict, check_picture, check_words, is_installed
from mengbi.finish.safety.plans import blurred, held_back, words_of
from mengbi.picture import Picture
from mengbi.pipeline import carry_out, make_plan
from mengbi.plan import Plan, Sample, plan_from_dict
from mengbi.studio import sources
from mengbi.studio.database import hold
from mengbi.studio.events import News, about, forget, progress, tell
from mengbi.studio.facts import facts
from mengbi.studio.jobs import Job, move, read_job
from mengbi.studio.lineage import parents_of
from mengbi.studio.meaning import keep_meaning, vectors
from mengbi.studio.pictures import entries, related, write_row
from mengbi.studio.runs import STEPS, live, take_away
from mengbi.studio.shown import small_webp
from mengbi.studio.steps import Recorder, name_of, write_steps
from mengbi.studio.steps import wanted as steps_wanted
from mengbi.studio.store import Store
from mengbi.studio.tables import jobs, painted, pictures

OFTEN = 0.15
"""Seconds between two signs of progress, at least: each is written to disk."""
LOOKING = 0.1
"""Of a painter's time, what previews may take: the picture filter looks at each, which takes 30 ms a picture."""
DOUBT = 0.5
"""Previews are blurred from this score on: half painted, a picture scores less than it will."""
Put = Mapping[str, Any]
"""What was put down for a job, as JSON: {"job": number, "files": names of pictures, "note": what is to be known of
them, "problem": the same for a program, "steps": {name of a picture: [name of the file of its steps, their numbers]}}.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A picture, and the file of its steps, if they are kept: which they are."""

    picture: Picture
    steps: bytes | None
    numbers: list[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a worker paints."""

    filters: bool = True  # hold explicit words and pictures back
    stopped: Callable[[], bool] = lambda: False  # asked after every step
    steps: bool = field(default_factory=steps_wanted)  # keep a few of them


def resolve(store: Store, run: str, way: Way) -> list[list[int]]:
    """Makes the plans of a run's jobs and writes them down; those that can be painted together, together.

    A job whose brief cannot be planned has failed, and says why.
    """
    with store.reading() as connection:
        numbers = live(connection, run)
    plans: dict[int, Plan] = {}
    for number in numbers:
        try:
            plans[number] = _planned(store, number, way)
        except StorageError:
            raise
        except Exception as error:
            _fail(store, run, number, error)
    groups: dict[str, list[int]] = {}
    with store.writing() as connection:
        for number, plan in plans.items():
            mine = (jobs.c.id == number) & (jobs.c.run == run)
            connection.execute(update(jobs).where(mine).values(plan=plan.to_dict()))
            groups.setdefault(_shared(plan), []).append(number)
    return list(groups.values())


def paint(store: Store, run: str, group: Sequence[int], way: Way, fresh: dict[str, bytes]) -> list[Put]:
    """Paints jobs whose plans differ only in their samples, and puts their pictures down.

    Those that were cancelled or paused meanwhile are left out; where nobody wants any of them any more, or the worker
    is stopped, painting ends within a step. fresh: takes what was put down by name, so that nobody need read it again.
    """
    with store.reading() as connection:
        numbers = [number for number in live(connection, run) if number in group]
        rows = connection.execute(select(jobs.c.id, jobs.c.plan).where(jobs.c.id.in_(numbers)).order_by(jobs.c.id))
        plans = {row.id: plan_from_dict(row.plan) for row in rows}
    if not plans:
        return []
    try:
        made = _painted(store, run, plans, way)
    except StorageError:
        raise
    except Exception as error:
        if len(plans) == 1:
            _fail(store, run, next(iter(plans)), error)
            return []
        return [put for number in plans for put in paint(store, run, [number], way, fresh)]  # whose fault was it?
    return [] if made is None else _put_down(store, run, made, way, fresh)


def keep(store: Store, run: str, puts: Sequence[Put], fresh: Mapping[str, bytes]) -> None:
    """Writes the rows of what was put down: each job is done with its last row, or not at all."""
    datas, told = {}, {}
    for put in puts:
        for name in put["files"]:
            data = fresh.get(name) or store.blobs.read("pictures", name)
            if data is None:
                raise StorageError(f"job {put['job']} — a picture of it was taken away before its row was written")
            datas[name], told[name] = data, facts(data)
        for name, _ in put.get("steps", {}).values():
            data = fresh.get(name) or store.blobs.read("steps", name)
            if data is not None:  # a picture without them is a whole picture
                datas[name] = data
    meant = dict(zip(told, vectors([one.prompt or one.title for one in told.values()]), strict=True))
    for put in puts:
        with store.writing() as connection:
            hold(connection)
            also = {"run": None, "worker": None, "files": None, "note": put["note"] or None}
            also |= {"problem": put.get("problem")}
            if put["job"] not in live(connection, run) or not move(connection, [put["job"]], "done", also=also):
                continue  # whoever ends the run takes the files away
            job = read_job(connection, put["job"])
            news = []
            for place, name in enumerate(put["files"]):
                reread = partial(datas.__getitem__, name)
                number = write_row(connection, store.of(job.person), told[name], reread, job=job.id)
                parents = {**dict(parents_of(connection, number, told[name].plan)), **dict(_standing(connection, job))}
                related(connection, number, parents)
                keep_meaning(connection, number, meant[name])
                seen, numbers = put.get("steps", {}).get(name, ("", ()))
                if seen in datas:
                    write_steps(connection, store, number, datas[seen], numbers)
                connection.execute(insert(painted).values(job_id=job.id, number=place, picture_id=number))
                entry = entries(connection, job.person, [number])[0]
                news.append(News(kind="picture", person=job.person, job=job.id, data={"picture": entry.to_dict()}))
            forget(connection, [job.id])
            tell(connection, [*news, about(job)])


def _planned(store: Store, number: int, way: Way) -> Plan:
    """The plan of a job, made now if it has none; the photo of its brief lies on this disk only meanwhile."""
    with store.reading() as connection:
        brief, data = (
            read_job(connection, number).brief,
            connection.scalar(select(jobs.c.plan).where(jobs.c.id == number)),
        )
    if data is None:
        with tempfile.TemporaryDirectory(prefix="mengbi-") as folder:
            plan = make_plan(sources.bring(store, brief, Path(folder)))
    else:  # another version may paint it than the one that planned it, and the picture tells which did
        plan = plan_from_dict(data)
        plan = replace(plan, version=mengbi.__version__, weights=ENGINES.find(plan.engine)().weights)
    for words in dict.fromkeys(words_of(plan)):
        verdict = check_words(words)
        if verdict.always or (way.filters and not verdict.fine):
            said = f"{verdict.reason} — held back; nothing was painted"
            raise FilterError(said, kind=verdict.kind, words=list(verdict.found))
    return plan


def _painted(store: Store, run: str, plans: Mapping[int, Plan], way: Way) -> dict[int, list[_Made]] | None:
    """The pictures of every job; None if it was cut short. A sample that two of them have is painted once."""
    samples: dict[Any, Sample] = {}
    places: dict[int, list[int]] = {}
    for number, plan in plans.items():
        keys = [repr(sample) for sample in plan.samples]
        for key, sample in zip(keys, plan.samples, strict=True):
            samples.setdefault(key, sample)
        places[number] = [list(samples).index(key) for key in keys]
    whole = replace(next(iter(plans.values())), samples=tuple(samples.values()))
    done: tuple[Picture, ...] = ()
    recorder = Recorder(count=len(whole.samples))
    with tempfile.TemporaryDirectory(prefix="mengbi-") as folder:
        under_way = carry_out(sources.bring_planned(store, whole, Path(folder)))
        for number, step in enumerate(_told(store, run, under_way, places, way), start=1):
            if way.stopped():
                return None
            if way.steps:
                recorder.see(number, step)
            done = step.pictures
    if not done:
        return None
    made = [_Made(picture=one, steps=recorder.file(place), numbers=recorder.numbers) for place, one in enumerate(done)]
    return {number: [made[place] for place in mine] for number, mine in places.items()}


def _told(store: Store, run: str, steps: Iterator[Step], places: Mapping[int, list[int]], way: Way) -> Iterator[Step]:
    """The steps, and what they show written down now and then; they end where nobody wants them any more."""
    told = looked = -math.inf
    pause = OFTEN
    for count, step in enumerate(steps, start=1):
        with store.reading() as connection:
            wanted = live(connection, run)
        if not any(number in wanted for number in places):
            return
        if not step.pictures and time.monotonic() - told >= OFTEN:
            mine = {number: places[number] for number in wanted if number in places}
            seen: list[tuple[int, bytes | None]] = [(number, None) for number in mine]
            if time.monotonic() - looked >= pause:
                began = time.monotonic()
                shown = _shown(step.images, way)
                seen = [(number, small_webp(shown[its])) for number, its in mine.items()]
                looked = time.monotonic()
                pause = max(OFTEN, (looked - began) / LOOKING)
            progress(store, run, step.done, step.stage, count, seen)
            told = time.monotonic()
        yield step


def _shown(images: NDArray[np.uint8], way: Way) -> NDArray[np.uint8]:
    """What is seen of a painting under way: of a picture that the filter would hold back, its colours."""
    if not (way.filters and is_installed()):
        return images
    return np.stack([image if (check_picture(image).score or 0) < DOUBT else blurred(image) for image in images])


def _put_down(store: Store, run: str, made: Mapping[int, list[_Made]], way: Way, fresh: dict[str, bytes]) -> list[Put]:
    puts: list[Put] = []
    files: dict[str, bytes] = {}
    for number, several in made.items():
        shown = [_guarded(one.picture, way) for one in several]
        datas = [picture.png() for picture, _ in shown]
        names = [hashlib.sha256(data).hexdigest() + ".png" for data in datas]
        kept = {
            name: (name_of(one.steps), one.steps, one.numbers)
            for name, one, (_, verdict) in zip(names, several, shown, strict=True)
            if one.steps is not None and verdict is None
        }
        puts.append({
            "job": number, "files": names, **_noted([verdict for _, verdict in shown]),
            "steps": {name: [seen, numbers] for name, (seen, _, numbers) in kept.items()},
        })  # fmt: skip
        files |= zip(names, datas, strict=True)
        files |= {seen: data for seen, data, _ in kept.values()}
    with store.writing() as connection:
        hold(connection)
        wanted = live(connection, run)
        puts = [put for put in puts if put["job"] in wanted]
        for put in puts:
            mine = jobs.c.id == put["job"]
            before = connection.scalar(select(jobs.c.files).where(mine)) or ()
            named = [*put["files"], *(STEPS + seen for seen, _ in put["steps"].values())]
            take_away(connection, store, [name for name in before if name not in named])  # of another version
            connection.execute(update(jobs).where(mine).values(files=named))
    for put in puts:
        for name in put["files"]:
            store.blobs.put("pictures", name, files[name])
        for name, _ in put["steps"].values():
            store.blobs.put("steps", name, files[name])
        fresh |= {name: files[name] for name in (*put["files"], *(seen for seen, _ in put["steps"].values()))}
    return puts


def _guarded(picture: Picture, way: Way) -> tuple[Picture, Verdict | None]:
    """The picture, or its colours where the filter holds it back, and why."""
    if not (way.filters and is_installed()):
        return picture, None
    verdict = check_picture(picture.pixels)
    return (picture, None) if verdict.fine else (held_back(picture, verdict), verdict)


def _noted(verdicts: Sequence[Verdict | None]) -> dict[str, Any]:
    """What is to be known of a job's pictures, in words and as a program reads it."""
    held = {place: verdict for place, verdict in enumerate(verdicts, start=1) if verdict is not None}
    if not held:
        return {"note": "", "problem": None}
    params = {"pictures": list(held), "scores": [round(verdict.score or 0, 4) for verdict in held.values()]}
    note = "; ".join(f"picture {place} is blurred: {verdict.reason}" for place, verdict in held.items())
    return {"note": note, "problem": {"code": "blurred", "params": params}}


def _fail(store: Store, run: str, number: int, error: Exception) -> None:
    """A job has failed; its run goes on without it."""
    why = error if isinstance(error, MengbiError) else f"{type(error).__name__}: {error}; this is our mistake"
    with store.writing() as connection:
        if number in live(connection, run) and move(connection, [number], "failed", why, start=("running",)):
            forget(connection, [number])
            tell(connection, [about(read_job(connection, number))])


def _standing(connection: Connection, job: Job) -> list[tuple[int, str]]:
    """The pictures that a job was said to come from and that are still there."""
    numbers = [number for number, _ in job.parents]
    query = select(pictures.c.id).where(pictures.c.id.in_(numbers), ~pictures.c.removed)
    there = set(connection.scalars(query))
    return [(number, kind) for number, kind in job.parents if number in there]


def _shared(plan: Plan) -> str:
    """What plans that are painted together have in common."""
    return json.dumps({**plan.to_dict(), "samples": []}, sort_keys=True)
