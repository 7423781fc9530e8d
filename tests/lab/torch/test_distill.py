import numpy as np
import pytest
import tiny
import torch

from mengbi.engine.guidance import Guidance, Wish
from mengbi.engine.guidance import guided as guide
from mengbi.errors import BriefError
from mengbi.lab.data.loader import Batch
from mengbi.lab.distill import distill, guided, lesson, teacher_of, two_steps
from mengbi.lab.dreaming import painting
from mengbi.lab.models import WORD_WIDTH, WORDS, build
from mengbi.lab.objective import examples
from mengbi.lab.recipes.student import GUIDANCE, LOOKS, lessons
from mengbi.lab.run import last, story, trained
from mengbi.lab.train import train
from mengbi.noise import generator

SIZE = 4
MODEL = {"kind": "transformer", "size": SIZE, "patch": SIZE, "width": 64, "depth": 1, "heads": 2, "bottleneck": 32}


def colors(count, cursor):
    """Flat pictures: of one word light ones, of the other dark ones, each of a colour of its own."""
    while True:
        chances = [generator(7, place) for place in range(cursor, cursor + count)]
        dark = np.array([chance.integers(2) for chance in chances])
        shades = np.stack([chance.normal(0, 45, 3) for chance in chances]) + np.where(dark, 88, 168)[:, None]
        vectors = np.zeros((count, WORDS, WORD_WIDTH), np.float16)
        vectors[np.arange(count), 0, dark] = 1
        cursor += count
        yield Batch(
            pictures=np.broadcast_to(shades.clip(0, 255).astype(np.uint8)[:, None, None], (count, SIZE, SIZE, 3)),
            control=np.zeros((count, SIZE, SIZE, 4), np.uint8),
            vectors=vectors,
            given=vectors.any(-1),
            cursor=cursor,
        )


def of(recipe):
    return lambda cursor: colors(recipe.batch, cursor)


def network(weights):
    model = build(MODEL).requires_grad_(False)
    model.load_state_dict(weights)
    return model


def walk(see, looks, z, told):
    """Euler's steps; see: the clean picture from what a network sees."""
    for look in range(looks):
        share = 1 / (looks - look)
        z = (1 - share) * z + share * see((z, torch.full((len(z),), look / looks), *told))
    return z


def some(count):
    batch = next(colors(count, 10**6))
    arrays = (batch.pictures, batch.control, batch.vectors, batch.given)
    told = examples(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
    noise = torch.randn(told.x.shape, generator=torch.Generator().manual_seed(5))
    return noise, (told.vectors, told.given, told.control), told


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A teacher and where its students learnt, in two sittings."""
    out = tmp_path_factory.mktemp("school")
    recipe = tiny.recipe(model=MODEL, steps=150, batch=16, rate=2e-3, log_every=50, average=0.98)
    train(painting(recipe, of(recipe)), out / "base", say=str)
    plan = lessons(MODEL, steps=100, batch=16, rate=1e-3, log_every=50)
    teacher = teacher_of(out / "student", last(out / "base"))
    assert not distill(plan, of, out / "student", teacher, minutes=0.03, say=str)
    teacher = teacher_of(out / "student", None)  # as the command does when it is given again
    assert distill(plan, of, out / "student", teacher, say=str)
    return network(trained(teacher)), out / "student"


@torch.inference_mode()
def test_a_student_in_four_looks_is_nearer_to_its_teacher_in_sixteen_than_the_teacher_in_four(school):
    teacher, out = school
    noise, told, _ = some(256)
    goal = walk(guided(teacher, GUIDANCE), 16, noise, told)
    student = network(trained(last(out / "4")))
    ours = (walk(lambda seen: student(*seen), 4, noise, told) - goal).square().mean()
    teachers = (walk(guided(teacher, GUIDANCE), 4, noise, told) - goal).square().mean()
    assert ours < 0.8 * teachers


def seen_at(t):
    noise, told, batch = some(8)
    times = torch.tensor(t).expand(8)
    return (times[:, None, None, None] * batch.x + (1 - times[:, None, None, None]) * noise, times, *told), batch


@torch.inference_mode()
@pytest.mark.parametrize("t", [0.0, 0.25, 0.6, 0.75, 0.9])
def test_one_step_to_what_a_student_should_see_ends_where_two_of_its_teacher_end(school, t):
    teacher, looks = school[0], 4
    seen, _ = seen_at(t)
    z, _, *told = seen
    end = min(t + 1 / looks, 1)
    for now, after in ((t, (t + end) / 2), ((t + end) / 2, end)):
        share = (after - now) / (1 - now)
        z = (1 - share) * z + share * teacher(z, torch.full((8,), now), *told)
    share = (end - t) / (1 - t)
    assert torch.allclose((1 - share) * seen[0] + share * two_steps(teacher, looks)(seen), z, atol=1e-5)


@pytest.mark.parametrize("t", [0.0, 0.5, 0.95])
def test_what_is_folded_in_is_the_guidance_of_the_engines(t):
    guidance = Guidance(scale=2.5, interval=(0.1, 0.9))
    seen, _ = seen_at(t)

    def teacher(z, t, vectors, given, control):
        return 0.5 * z + given.any(1)[:, None, None, None]

    def denoiser(z, t, told):
        return 0.5 * z + np.array(told)[:, None, None, None]

    wanted = guide(denoiser, [Wish(toward=((1.0, 1.0),), away=0.0)] * 8, guidance)(seen[0].numpy(), t)
    assert np.allclose(guided(teacher, guidance)(seen).numpy(), wanted, atol=1e-5)


def test_who_sees_what_the_teacher_means_loses_nothing(school):
    teacher, (first, second, _) = school[0], lessons(MODEL, steps=100, batch=8)
    for recipe, target in ((first, guided(teacher, GUIDANCE)), (second, two_steps(teacher, LOOKS[1]))):
        loss = lesson(teacher, recipe)
        _, batch = seen_at(0.5)
        with torch.no_grad():
            knowing = loss(lambda *seen, see=target: see(seen), batch, torch.Generator().manual_seed(1))
            other = loss(lambda *seen, see=target: see(seen) + 0.1, batch, torch.Generator().manual_seed(1))
        assert knowing.max() < 1e-3 < other.min()


def test_lessons_go_on_with_the_teacher_that_they_began_with(school, tmp_path):
    with pytest.raises(BriefError, match="--from"):
        teacher_of(tmp_path, None)
    first, other = last(school[1] / "16"), last(school[1] / "4")
    teacher_of(tmp_path, first)
    kept = teacher_of(tmp_path, other)
    assert kept.state == first.state != other.state
    assert all(torch.equal(weight, trained(first)[name]) for name, weight in trained(kept).items())


def test_a_student_knows_all_that_it_went_through(school):
    told = story(last(school[1] / "4"))
    assert told.count("1,600 pictures") == 2 + 1 and told.count("2,400 pictures") == 1
