import io
import json
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from mengbi.dialects import parse_parameters
from mengbi.errors import OutputError, SourceError
from mengbi.plan import Plan, Sample
from mengbi.provenance import MAX_TEXT, Provenance, a1111, encode, read
from mengbi.scene import Scene, Thing
from mengbi.style import Style

PROMPT = "落日飞车 🚗, a (red:1.2) car\nليل, «nuit» 猫\u200d"
PIXELS = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
TOUCHES = ({"touch": "brush", "style": "星夜", "strength": 0.5},)
WEBUI = """girl with an artist's beret, determined, blue eyes
second line of the prompt
Negative prompt: ugly, (((deformed))), [blurry]
bad anatomy
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 45dee52b, """
WEBUI += 'Lora hashes: "add_detail: 7c6bad76eb54, 国风: 1234", TI: "say \\"hi\\", ok", Version: v1.10.1'


def make_plan(**fields):
    scene = Scene(things=(Thing(concept="car", words="飞车", color="red"),), ground="city")
    known = {
        "version": "0.1.0",
        "engine": "sketch",
        "weights": "0123456789abcdef",
        "size": (96, 64),
        "samples": (Sample(seed=2**63 - 1, prompt=PROMPT, scene=scene),),
        "style": Style(name="night", title="Night", title_zh="夜", sentence="Dark.", brushes=((19, 0.5), (2, 0.5))),
    }
    return Plan(**known | fields)


def write(path, **options):
    Image.fromarray(PIXELS).save(path, **options)
    return path


def png_with(path, *chunks):
    info = PngImagePlugin.PngInfo()
    for key, text in chunks:
        info.add_itxt(key, text)
    return write(path, pnginfo=info)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp"])
def test_a_file_says_what_made_it_in_any_script(tmp_path, suffix):
    plan = make_plan(negative="雨, rain: heavy ☔", steps=20, guidance=7.5, sampler="euler")
    path = tmp_path / f"落日{suffix}"
    path.write_bytes(encode(PIXELS, plan, TOUCHES, suffix))
    said = read(path)
    assert said.plan == plan
    assert said.touches == TOUCHES
    assert said.parameters == a1111(plan)
    assert said.fields["Prompt"] == PROMPT
    assert said.fields["Negative prompt"] == "雨, rain: heavy ☔"
    assert said.fields["Seed"] == str(2**63 - 1)
    assert said.fields["Size"] == "96x64"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_the_same_picture_gives_the_same_bytes(suffix):
    assert encode(PIXELS, make_plan(), TOUCHES, suffix) == encode(PIXELS.copy(), make_plan(), TOUCHES, suffix)


def test_png_keeps_every_pixel_and_transparency():
    clear = np.dstack([PIXELS, PIXELS[..., :1]])
    for pixels in (PIXELS, clear):
        assert (np.asarray(Image.open(io.BytesIO(encode(pixels, make_plan())))) == pixels).all()


def test_quality_makes_the_file_larger_and_nearer():
    def error(data):
        return np.abs(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) - PIXELS).mean()

    for suffix in (".jpg", ".webp"):
        low, high = (encode(PIXELS, make_plan(), (), suffix, quality) for quality in (30, 95))
        assert len(low) < len(high)
        assert error(high) < error(low)


def test_the_text_is_written_as_the_web_ui_writes_it():
    plan = make_plan(negative="rain", steps=20, sampler="euler", guidance=7.0, strength=0.5)
    assert a1111(plan).splitlines()[-2:] == [
        "Negative prompt: rain",
        "Steps: 20, Sampler: euler, CFG scale: 7.0, Seed: 9223372036854775807, Size: 96x64, Model hash: 0123456789, "
        "Model: sketch, Denoising strength: 0.5, Style: night, Version: mengbi 0.1.0",
    ]


def test_a_value_with_a_comma_or_colon_is_quoted_as_json():
    text = a1111(make_plan(engine='odd, "name": 1', weights=""))
    assert 'Model: "odd, \\"name\\": 1"' in text
    assert parse_parameters(text)["Model"] == 'odd, "name": 1'


def test_text_of_the_web_ui_is_read():
    fields = parse_parameters(WEBUI)
    assert fields == {
        "Prompt": "girl with an artist's beret, determined, blue eyes\nsecond line of the prompt",
        "Negative prompt": "ugly, (((deformed))), [blurry]\nbad anatomy",
        "Steps": "20",
        "Sampler": "Euler a",
        "CFG scale": "7",
        "Seed": "965400086",
        "Size": "512x512",
        "Model hash": "45dee52b",
        "Lora hashes": "add_detail: 7c6bad76eb54, 国风: 1234",
        "TI": 'say "hi", ok',
        "Version": "v1.10.1",
    }


def test_a_last_line_of_fewer_than_three_pairs_belongs_to_the_words():
    assert parse_parameters("a cat\nat: night, with: stars") == {
        "Prompt": "a cat\nat: night, with: stars",
        "Negative prompt": "",
    }


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_the_exif_comment_has_the_standards_own_type_which_other_tools_insist_on(suffix):
    comment = b"UNICODE\0" + a1111(make_plan()).encode("utf-16-be")
    file = encode(PIXELS, make_plan(), (), suffix)
    exif = file[file.index(b"MM\0*") :]
    entry = exif.index(struct.pack(">HHI", 0x9286, 7, len(comment)))
    at = struct.unpack(">I", exif[entry + 8 : entry + 12])[0]
    assert at % 2 == 0
    assert exif[at : at + len(comment)] == comment


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_other_tools_files_are_read_in_either_byte_order(tmp_path, suffix, order):
    exif = Image.Exif()
    exif[0x8769] = {0x9286: b"UNICODE\0" + WEBUI.encode(order)}
    said = read(write(tmp_path / f"x{suffix}", exif=exif.tobytes()))
    assert said.plan is None
    assert said.parameters == WEBUI
    assert said.fields["Sampler"] == "Euler a"


def test_other_tools_png_text_and_ascii_comments_are_read(tmp_path):
    assert read(png_with(tmp_path / "a.png", ("parameters", WEBUI))).fields["Steps"] == "20"
    exif = Image.Exif()
    exif[0x8769] = {0x9286: b"ASCII\0\0\0" + b"a dog"}
    assert read(write(tmp_path / "a.jpg", exif=exif.tobytes())).parameters == "a dog"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".gif"])
def test_a_file_that_says_nothing_has_nothing(tmp_path, suffix):
    assert read(write(tmp_path / f"x{suffix}")) == Provenance()


def ours(**changes):
    return json.dumps({"software": "x", "plan": make_plan().to_dict(), "touches": []} | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"plan": 1}',
        '{"plan": NaN}',
        "[" * 100_000,
        '{"plan": ' + "9" * 5000 + "}",
        ours(touches=3),
        ours(touches=[3]),
        ours(plan=make_plan().to_dict() | {"format": 99}),
        ours(plan=make_plan().to_dict() | {"size": [10**9, 10**9]}),
        ours(plan=make_plan().to_dict() | {"samples": []}),
        ours(plan=make_plan().to_dict() | {"style": {"name": "x"}}),
        ours(plan=make_plan().to_dict() | {"style": make_plan().style.to_dict() | {"strength": "nan"}}),
    ],
)
def test_a_damaged_plan_is_one_clear_line(tmp_path, text):
    path = png_with(tmp_path / "x.png", ("mengbi", text))
    with pytest.raises(SourceError) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_text_bomb_is_refused(tmp_path):
    for zipped in (True, False):
        for key in ("mengbi", "parameters"):
            info = PngImagePlugin.PngInfo()
            info.add_itxt(key, "a" * (50 * MAX_TEXT if zipped else MAX_TEXT + 1), zip=zipped)
            with pytest.raises(SourceError):
                read(write(tmp_path / "bomb.png", pnginfo=info))
    exif = Image.Exif()
    exif[0x8769] = {0x927C: b"mengbi\0" + zlib.compress(b"a" * (20 * MAX_TEXT))}
    with pytest.raises(SourceError):
        read(write(tmp_path / "bomb.jpg", exif=exif.tobytes()))


def test_a_maker_note_of_a_camera_is_no_plan(tmp_path):
    for note in (b"Nikon\0\2\x10", b"mengb", b""):
        exif = Image.Exif()
        exif[0x8769] = {0x927C: note}
        assert read(write(tmp_path / "camera.jpg", exif=exif.tobytes())) == Provenance()
    exif[0x8769] = {0x927C: b"mengbi\0not deflated"}
    with pytest.raises(SourceError):
        read(write(tmp_path / "camera.jpg", exif=exif.tobytes()))


def test_the_longest_words_fit_into_every_format(tmp_path):
    rng = np.random.default_rng(1)
    words, others = ("".join(map(chr, rng.integers(0x1F300, 0x1FAFF, 4000))) for _ in range(2))
    sample = Sample(seed=1, prompt=words, scene=Scene(unknown=tuple(words[i : i + 9] for i in range(0, 4000, 9))))
    plan = make_plan(samples=(sample,), negative=others)
    for suffix in (".png", ".jpg", ".webp"):
        path = tmp_path / f"long{suffix}"
        path.write_bytes(encode(PIXELS, plan, (), suffix))
        assert read(path).plan == plan


@pytest.mark.parametrize(
    ("pixels", "suffix", "says"),
    [
        (PIXELS, ".bmp", "choose from .png, .jpg, .jpeg, .webp"),
        (PIXELS, "", "without a suffix"),
        (np.zeros((9, 9, 4), np.uint8), ".jpg", "no transparency"),
        (np.zeros((1, 17000, 3), np.uint8), ".webp", "save as .png"),
        (np.zeros((1, 66000, 3), np.uint8), ".jpg", "save as .png"),
    ],
)
def test_what_a_format_cannot_hold_is_said(pixels, suffix, says):
    with pytest.raises(OutputError, match=says):
        encode(pixels, make_plan(), (), suffix)


def test_provenance_too_long_for_jpeg_is_said():
    noise = np.random.default_rng(2).bytes(60_000).hex()
    with pytest.raises(OutputError, match=r"save as \.png"):
        encode(PIXELS, make_plan(), ({"note": noise},), ".jpg")


@given(st.data())
def test_a_damaged_file_is_read_or_refused_never_worse(tmp_path_factory, data):
    suffix = data.draw(st.sampled_from([".png", ".jpg", ".webp"]))
    file = bytearray(encode(PIXELS[:8, :8], make_plan(), TOUCHES, suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    del file[data.draw(st.integers(len(file) // 2, len(file))) :]
    path = tmp_path_factory.mktemp("damaged") / f"x{suffix}"
    path.write_bytes(file)
    try:
        assert isinstance(read(path), Provenance)
    except SourceError as error:
        assert str(error)


@given(st.text(max_size=300) | st.text(alphabet='a: ,"\\\n猫-/', max_size=80))
def test_any_parameters_text_is_parsed(text):
    fields = parse_parameters(text)
    assert {"Prompt", "Negative prompt"} <= set(fields)
    assert all(isinstance(value, str) for value in fields.values())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_any_words_survive_every_format(words):
    plan = make_plan(samples=(Sample(seed=1, prompt=words, scene=Scene()),))
    for suffix in (".png", ".jpg", ".webp"):
        image = Image.open(io.BytesIO(encode(PIXELS[:4, :4], plan, (), suffix)))
        if suffix == ".png":
            assert image.info["parameters"] == a1111(plan)
        else:
            comment = image.getexif().get_ifd(0x8769)[0x9286]
            assert comment == b"UNICODE\0" + a1111(plan).encode("utf-16-be")


def test_a_hostile_last_line_costs_no_more_than_its_length():
    start = time.perf_counter()
    for line in (
        "a" * MAX_TEXT,
        "a:" * (MAX_TEXT // 2),
        '"' * MAX_TEXT,
        'a: "' + "\\" * MAX_TEXT,
        "!," * (MAX_TEXT // 2),
    ):
        parse_parameters(line)
    assert time.perf_counter() - start < 10


def test_a_png_whose_chunk_lies_about_its_length_is_refused(tmp_path):
    data = encode(PIXELS, make_plan())
    at = data.index(b"iTXt")
    path = tmp_path / "liar.png"
    path.write_bytes(data[: at - 4] + struct.pack(">I", 2**31 - 1) + data[at:])
    with pytest.raises(SourceError):
        read(path)
