import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mengbi import weights
from mengbi.engine import ENGINES
from mengbi.engine.canvas import squares
from mengbi.engine.dream import DEFAULTS, Dream, Network, Told, canvas_size, inputs, load
from mengbi.engine.samplers import SAMPLERS
from mengbi.engine.sketch import Sketch
from mengbi.errors import AssetError, UnknownName
from mengbi.noise import gaussian
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene, Sky, Thing
from mengbi.source import read_source
from mengbi.style import Style

GOLDEN = Path(__file__).parents[1] / "golden" / "dream.png"
"""To make it anew, with new weights or an engine that should paint otherwise:

PYTHONPATH=tests/engine python -c "import test_dream as t; t.Image.fromarray(t.golden()).save(t.GOLDEN)"
"""
FOX = Scene(sky=Sky(time="day"), ground="snow", things=(Thing(concept="fox", color="red"),))
EMPTY = Scene()


def plan_of(*seeds, scene=FOX, prompt="a red fox in the snow", size=(128, 128), steps=2, **choices):
    samples = tuple(Sample(seed=seed, prompt=prompt, scene=scene) for seed in seeds)
    style = Style(name="none", title="", title_zh="", sentence="")
    return Plan(
        version="0", engine="dream", weights="", size=size, samples=samples, style=style, steps=steps, **choices
    )


def paint(plan, engine=None):
    for step in (engine or Dream()).paint(plan):
        last = step
    return [picture.pixels for picture in last.pictures]


def alone(*seeds, **choices):
    """Painted after words alone."""
    return paint(plan_of(*seeds, sketch="none", **choices))


def golden():
    return paint(plan_of(7, size=(160, 128), steps=4, negative="night"))[0]


def digest(plan):
    return [hashlib.sha256(pixels.tobytes()).hexdigest() for pixels in paint(plan)]


def apart(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.fixture
def save(tmp_path):
    def save(name, pixels):
        Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(tmp_path / name)
        return read_source(tmp_path / name)

    return save


def photo_like(size):
    chance = np.random.default_rng(0)
    small = Image.fromarray(chance.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    pixels = np.asarray(small.resize(size, Image.Resampling.BICUBIC)).astype(int)
    return np.clip(pixels + chance.integers(-20, 21, pixels.shape), 0, 255)


def session(answer, **notes):
    """As ONNX Runtime's, of a network of 32 pixels a side whose answer is known."""
    meta = {"network": json.dumps({"size": 32}), **{name: json.dumps(note) for name, note in notes.items()}}
    return SimpleNamespace(
        run=lambda _, seen: [answer(seen)], get_modelmeta=lambda: SimpleNamespace(custom_metadata_map=meta)
    )


def told(shape, seed=0):
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((8, 512)).astype(np.float32)
    return Told(
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        given=np.arange(8) < 3,
        control=chance.uniform(-1, 1, (4, *shape)).astype(np.float32),
    )


# The network


def test_the_network_sees_a_square_as_the_file_says():
    z, one = gaussian((1,), 0, (3, 128, 128)), told((128, 128))
    network = load()
    (expected,) = network.session.run(["x0"], inputs(z, 0.3, [one]))
    np.testing.assert_array_equal(network(z, 0.3, [one]), expected)


def test_a_row_never_sees_the_rows_beside_it_nor_the_number_of_threads(monkeypatch):
    z, conditions = gaussian(tuple(range(8)), 0, (3, 128, 160)), [told((128, 160), seed) for seed in range(8)]
    network = load()
    alone = [network(z[i : i + 1], 0.4, conditions[i : i + 1])[0] for i in range(8)]
    for threads, rows in (("1", range(8)), ("2", (7, 0, 3)), ("3", range(7, -1, -1)), ("7", range(8))):
        monkeypatch.setenv("MENGBI_THREADS", threads)
        seen = network(z[list(rows)], 0.4, [conditions[i] for i in rows])
        for got, i in zip(seen, rows, strict=True):
            np.testing.assert_array_equal(got, alone[i])


@pytest.mark.parametrize("shape", [(32, 32), (32, 47), (200, 32), (33, 33), (70, 100)])
def test_a_canvas_of_any_shape_is_covered_by_squares_that_share_it(shape):
    total = np.zeros(shape)
    for (_, rows, columns), share in squares(shape, 32):
        assert share.shape == (32, 32) == total[rows, columns].shape
        assert (share > 0).all()
        total[rows, columns] += share
    np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(32, 80), (75, 32)])
def test_where_all_squares_see_what_is_there_the_canvas_is_what_is_there(shape):
    z, ones = gaussian((1, 2), 0, (3, *shape)), [told(shape, seed) for seed in range(2)]
    np.testing.assert_allclose(Network(session(lambda seen: seen["z"]))(z, 0.5, ones), z, atol=1e-5)
    control = Network(session(lambda seen: seen["control"][:, :3]))(z, 0.5, ones)
    np.testing.assert_allclose(control, [one.control[:3] for one in ones], atol=1e-5)


def test_where_squares_disagree_the_canvas_goes_over_from_one_to_the_next():
    place = np.linspace(-1, 1, 64, dtype=np.float32)
    z = np.broadcast_to(place, (1, 3, 32, 64))
    seen = Network(session(lambda seen: np.full_like(seen["z"], seen["z"].mean())))(z, 0.5, [told((32, 64))])
    assert (np.diff(seen[0], axis=-1) >= -1e-6).all()
    assert np.abs(np.diff(seen[0], axis=-1)).max() < 0.1


def test_what_the_file_says_of_its_steps_goes_before_our_own():
    assert Network(session(lambda seen: seen["z"])).defaults == DEFAULTS
    student = Network(session(lambda seen: seen["z"], defaults={"steps": 4, "guidance": 1.0, "sampler": "euler"}))
    assert student.defaults == {**DEFAULTS, "steps": 4, "guidance": 1.0, "sampler": "euler"}


# The engine


def test_it_is_registered_and_says_what_it_takes():
    engine = ENGINES.find("dream")()
    assert isinstance(engine, Dream)
    assert engine.uses == {"steps", "guidance", "sampler", "negative", "photo", "strength", "mask", "sketch"}
    assert {"steps", "guidance", "sampler", "strength"} <= set(engine.defaults)
    assert len(engine.weights) == 64 and engine.weights != Dream(start=0.1).weights
    assert "\n" not in engine.title


def test_steps_come_one_by_one_and_the_last_carries_the_pictures():
    plan = plan_of(4, 5, size=(192, 128), steps=3, sketch="none")
    steps = list(Dream().paint(plan))
    assert [step.stage for step in steps] == ["denoise"] * 3 + ["enlarge"]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == 1
    assert all(step.images.shape == (2, 128, 192, 3) and step.images.dtype == np.uint8 for step in steps)
    assert all(step.pictures == () for step in steps[:-1])
    assert [picture.plan for picture in steps[-1].pictures] == [plan.only(0), plan.only(1)]
    assert apart(steps[0].images, steps[-1].images) > 3  # it is being painted


def test_the_golden_picture_is_still_painted():
    assert apart(golden(), np.asarray(Image.open(GOLDEN))) <= 2


@pytest.mark.parametrize("sampler", SAMPLERS.names())
def test_same_plan_same_bytes_in_any_batch_and_any_order(sampler):
    seeds = tuple(range(11, 14))
    one_by_one = {seed: digest(plan_of(seed, sampler=sampler, negative="night"))[0] for seed in seeds}
    assert len(set(one_by_one.values())) == 3
    batch = seeds[::-1]
    assert digest(plan_of(*batch, sampler=sampler, negative="night")) == [one_by_one[seed] for seed in batch]


def test_same_plan_same_bytes_in_groups_of_any_size(monkeypatch):
    plan = plan_of(*range(8), sketch="none")
    at_once = digest(plan)
    assert digest(plan.only(5)) == at_once[5:6]
    monkeypatch.setattr("mengbi.engine.canvas.GROUP", 3)
    assert digest(plan) == at_once


def test_same_plan_same_bytes_with_any_number_of_threads_and_when_many_paint_at_once(monkeypatch):
    plan = plan_of(3, size=(128, 200))
    expected = digest(plan)
    for threads in "123":
        monkeypatch.setenv("MENGBI_THREADS", threads)
        assert digest(plan) == expected
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(digest, [plan] * 3)) == [expected] * 3


def test_the_words_the_guidance_and_the_seed_make_the_picture():
    usual = alone(1, steps=3)[0]
    for other in (
        alone(2, steps=3),
        alone(1, steps=3, prompt="a blue whale under the sea"),
        alone(1, steps=3, guidance=1.0),
        alone(1, steps=3, negative="snow, white"),
        alone(1, steps=3, prompt="(a red fox:1.5) in the snow"),
        alone(1, steps=3, prompt="a red fox in the snow AND a blue bird :0.7"),
    ):
        assert apart(other[0], usual) > 1
    unguided = [alone(1, steps=3, guidance=1.0, negative=negative)[0] for negative in ("", "snow, white")]
    assert apart(*unguided) < 1  # the encoder's last bits depend on what it encodes at once


def test_words_change_on_the_way_when_they_should():
    def states(prompt):
        *looks, _ = Dream().paint(plan_of(1, prompt=prompt, steps=4, sketch="none", sampler="euler"))
        return [step.images for step in looks]

    cat, changing, dog = (
        states(prompt) for prompt in ("a black cat", "[a black cat:a yellow dog:0.5]", "a yellow dog")
    )
    for step in (0, 1):  # in eight bits, the encoder's last bits may grow to some grey levels
        assert 3 * apart(changing[step], cat[step]) < apart(dog[step], cat[step])
    assert apart(changing[3], cat[3]) > 2 and apart(changing[3], dog[3]) > 2


@pytest.mark.parametrize("size", [(64, 64), (640, 64), (65, 333), (700, 512)])
def test_any_size_is_painted_on_a_canvas_of_its_shape(size):
    (pixels,) = paint(plan_of(1, size=size, steps=1))
    assert pixels.shape == (size[1], size[0], 3)
    canvas = canvas_size(size, 128)
    assert min(canvas) == 128
    assert canvas[0] / canvas[1] == pytest.approx(size[0] / size[1], rel=0.01)


# Sketches


def test_a_doodle_says_what_is_where(save):
    doodle = np.zeros((64, 64, 3))
    doodle[:, :32], doodle[:, 32:] = (220, 40, 30), (30, 60, 220)
    (pixels,) = paint(plan_of(1, prompt="", scene=EMPTY, steps=5, sketch=save("doodle.png", doodle)))
    left, right = (half.reshape(-1, 3).mean(0) for half in (pixels[:, :50], pixels[:, 78:]))
    assert left[0] > right[0] + 60 and right[2] > left[2] + 60


def test_where_a_doodle_is_transparent_nothing_is_given(save):
    nothing = np.zeros((64, 64, 4))
    doodle = save("nothing.png", nothing)
    np.testing.assert_array_equal(paint(plan_of(1, sketch=doodle)), alone(1))


@pytest.mark.parametrize("size", [(128, 128), (300, 200)])
def test_the_underdrawing_is_kept_as_far_as_the_engine_is_told(size):
    (drawing,) = (picture.pixels for step in Sketch().paint(plan_of(1, size=size)) for picture in step.pictures)
    painted = [paint(plan_of(1, size=size, steps=4), Dream(start=s, detail=1 - s))[0] for s in (0, 0.3, 0.8)]
    assert apart(painted[0], drawing) < 0.5
    assert apart(painted[0], drawing) < apart(painted[1], drawing) < apart(painted[2], drawing)
    assert apart(painted[2], alone(1, size=size, steps=4)[0]) > 5


# Photos


@pytest.mark.parametrize("size", [(128, 128), (300, 200)])
def test_strength_goes_from_the_photo_itself_to_nothing_of_it(save, size):
    pixels = photo_like(size)
    photo = save("photo.png", pixels)
    choices = {"size": size, "scene": EMPTY, "steps": 4}
    painted = [paint(plan_of(1, photo=photo, strength=s, **choices))[0] for s in (0, 0.4, 1)]
    np.testing.assert_array_equal(painted[0], pixels)
    assert 0 < apart(painted[1], pixels) < apart(painted[2], pixels)
    np.testing.assert_array_equal(painted[2], alone(1, **choices)[0])


@pytest.mark.parametrize("sampler", SAMPLERS.names())
def test_what_the_mask_keeps_is_the_photo_to_the_byte(save, sampler):
    pixels = photo_like((150, 128))
    mask = Image.new("L", (150, 128))
    ImageDraw.Draw(mask).ellipse((40, 30, 110, 100), fill=255)
    choices = {"size": (150, 128), "sampler": sampler, "photo": save("p.png", pixels), "strength": 0.9}
    kept = np.asarray(mask) == 0
    for painted in paint(plan_of(1, 2, mask=save("m.png", mask), **choices)):
        np.testing.assert_array_equal(painted[kept], pixels[kept])
        assert apart(painted[~kept], pixels[~kept]) > 10


def test_things_are_seen_where_they_would_stand_in_the_photo_and_inside_the_mask(save):
    photo = save("photo.png", np.full((128, 128, 3), 200))
    mask = np.zeros((128, 128))
    mask[:, 64:] = 255
    choices = {"photo": photo, "mask": save("mask.png", mask), "strength": 1.0, "prompt": "", "steps": 4}
    with_it, without = (paint(plan_of(1, scene=scene, **choices))[0] for scene in (FOX, EMPTY))
    np.testing.assert_array_equal(with_it[:, :64], without[:, :64])
    assert apart(with_it[:, 64:], without[:, 64:]) > 3
    np.testing.assert_array_equal(paint(plan_of(1, sketch="none", **choices))[0], without)


# What may be wrong


def test_an_unknown_sampler_is_refused_before_the_first_step():
    with pytest.raises(UnknownName, match="did you mean 'heun'"):
        next(Dream().paint(plan_of(1, sampler="huen")))


def test_another_file_with_the_same_network_paints_the_same(tmp_path):
    path = shutil.copy(weights.folder("dream") / "model.onnx", tmp_path / "copy.onnx")
    assert Dream(path).weights == Dream().weights
    np.testing.assert_array_equal(paint(plan_of(1), Dream(path)), paint(plan_of(1)))


@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_file_that_is_no_network_of_ours_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AssetError, match=r"model\.onnx — .*that the lab wrote$"):
        next(Dream(path).paint(plan_of(1)))


def test_altered_weights_are_refused_in_one_line(tmp_path, monkeypatch):
    shutil.copytree(weights.folder("dream"), tmp_path / "dream")
    with (tmp_path / "dream" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    (tmp_path / "dream" / "digest").write_text("0" * 64)
    monkeypatch.setattr(weights, "folder", lambda name: tmp_path / name)
    with pytest.raises(AssetError, match=r"^the weights of dream were changed.*install mengbi again$"):
        next(Dream().paint(plan_of(1)))
