"""What a person may do wrong: one line that says what to do, exit code 2, no traceback, nothing left behind."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from mengbi.faces.cli import main


def enormous_png(path):
    """30,000 x 30,000 pixels by its header, in a few kilobytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def refused(capsys, arguments, message):
    before = sorted(Path().rglob("*"))
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("mengbi: ") and err.count("\n") == 1 and "Traceback" not in err
    assert message in err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["paint"], "the prompt is empty"),
        (["paint", ""], "the prompt is empty"),
        (["paint", " \n"], "the prompt is empty"),
        (["paint", "猫" * 10_000], "10000 characters"),
        (["paint", "a \x07 bell"], "U+0007"),
        (["paint", "a \x1b[31m colour"], "U+001B"),
        (["paint", "\udcff"], "U+DCFF"),
        (["paint", "a cat", "--size", "0"], "size 0x0"),
        (["paint", "a cat", "--size", "1000000"], "64 to 4096"),
        (["paint", "a cat", "--size", "banana"], "1024x512"),
        (["paint", "a cat", "--size", "1:100"], "64 to 4096"),
        (["paint", "a cat", "-n", "0"], "count 0"),
        (["paint", "a cat", "-n", "1000"], "count 1000"),
        (["paint", "a cat", "--seed", "-1"], "seed -1"),
        (["paint", "a cat", "--seed", "1e3"], "not a valid integer"),
        (["paint", "a cat", "--seed", str(2**63)], "seed"),
        (["paint", "a cat", "--guidance", "nan"], "guidance nan"),
        (["paint", "a cat", "--engine", "analytic", "--sampler", "eulr"], "did you mean 'euler'"),
        (["paint", "a cat", "--engine", "scetch"], "did you mean 'sketch'"),
        (["paint", "a cat", "--style", "stary"], "did you mean 'starry'"),
        (["paint", "a cat", "--steps", "5", "--engine", "sketch"], "no steps"),
        (["paint", "a cat", "--from", "none.png"], "no such file"),
        (["paint", "a cat", "--from", "words.txt"], "not a picture"),
        (["paint", "a cat", "--from", "enormous.png"], "megapixels"),
        (["paint", "a cat", "--from", "cut.png"], "cut.png"),
        (["paint", "a cat", "--from", "."], "."),
        (["paint", "a cat", "--mask", "photo.png"], "--from"),
        (["paint", "a cat", "--from", "photo.png", "--mask", "words.txt"], "not a picture"),
        (["paint", "a cat", "--sketch", "words.txt"], "not a picture"),
        (["paint", "a cat", "--scene", "words.txt"], "not JSON"),
        (["paint", "--scene", "wrong.json"], "no drawing of 'katt'"),
        (["paint", "a cat", "-o", "words.txt/a.png"], "not a folder"),
        (["paint", "a cat", "-o", "cat.bmp"], ".png"),
        (["paint", "a cat", "-n", "2", "-o", "cat.png"], "{n}"),
        (["paint", "a cat", "--film", "cat.mp4"], ".gif"),
        (["paint", "a cat", "--film", "cat.png", "-o", "cat.png"], "film"),
        (["paint", "a cat", "--film", "words.txt/cat.gif"], "words.txt"),
        (["paint", "a cat", "--show"], "--show"),
        (["paint", "-", "--scene", "-"], "standard input"),
        (["paint", "a cat", "--sead", "3"], "'--seed'"),
        (["pant", "a cat"], "did you mean 'paint'"),
        (["a red fox"], 'mengbi paint "a red fox"'),
        (["落日飞车"], 'mengbi paint "落日飞车"'),
        (["show", "none.png"], "no such file"),
        (["show", "words.txt"], "not a picture"),
        (["repeat", "photo.png"], "no plan of ours"),
        (["repeat", "words.txt"], "not a picture"),
        (["scene", ""], "the prompt is empty"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_a_mistake_is_answered_in_one_line(capsys, arguments, message):
    Path("words.txt").write_text("I am no picture", encoding="utf-8")
    Path("wrong.json").write_text('{"things": ["katt"]}', encoding="utf-8")
    Image.new("RGB", (64, 64)).save("photo.png")
    Path("cut.png").write_bytes(Path("photo.png").read_bytes()[:60])
    enormous_png(Path("enormous.png"))
    refused(capsys, arguments, message)


def test_a_fault_of_ours_is_one_line_and_exit_code_1(capsys, monkeypatch):
    def broken(plan):
        raise RuntimeError("the painter fell\noff the ladder")
        yield

    monkeypatch.setattr("mengbi.pipeline.carry_out", broken)
    monkeypatch.setattr("mengbi.faces.carry.carry_out", broken)
    assert main(["paint", "a dream", "--engine", "analytic"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "the painter fell off the ladder" in err and "MENGBI_DEBUG=1" in err


def test_with_mengbi_debug_the_traceback_is_shown(capsys, monkeypatch):
    monkeypatch.setenv("MENGBI_DEBUG", "1")
    assert main(["paint", "a dream", "--size", "0"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err and err.splitlines()[-1].startswith("mengbi: size 0x0")


def test_no_memory_is_one_line(capsys, monkeypatch):
    def hungry(plan):
        raise MemoryError
        yield

    monkeypatch.setattr("mengbi.faces.carry.carry_out", hungry)
    assert main(["paint", "a dream", "--engine", "analytic"]) == 1
    assert "not enough memory" in capsys.readouterr().err


def test_an_asset_that_was_altered_is_named(capsys, monkeypatch):
    from mengbi import assets

    monkeypatch.setattr(assets, "_digests", lambda: {"concepts.json": "0" * 64, "drawings.zip": "0" * 64})
    assets.concepts.cache_clear()
    assert main(["paint", "a cat", "--size", "128"]) == 1
    err = capsys.readouterr().err
    assert "was changed" in err and "install mengbi again" in err and err.count("\n") == 1
