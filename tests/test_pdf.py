"""A PDF of ours: one page of exact size, and in it the picture with all that it says of itself."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from mengbi import pdf
from mengbi.brief import Brief
from mengbi.errors import OutputError, SourceError
from mengbi.pipeline import make_plan
from mengbi.provenance import encode, read
from mengbi.source import load_pixels, read_source

PIXELS = np.add.outer(np.arange(60), np.arange(90)).astype(np.uint8)[..., None].repeat(3, axis=2)


@pytest.fixture
def plan():
    return make_plan(Brief(prompt="落日归帆, a (boat) & <sea>", seed=42, style="none"))


def box_of(data):
    return [float(number) for number in re.search(rb"/MediaBox \[([^\]]+)\]", data)[1].split()]


def test_the_page_has_the_paper_s_size_and_else_that_of_its_dots(plan):
    poster = ({"touch": "poster", "dpi": 300, "mm": [297, 420], "title": "Boat"},)
    assert box_of(encode(PIXELS, plan, poster, ".pdf")) == [0, 0, 841.89, 1190.551]
    assert box_of(encode(PIXELS, plan, (), ".pdf")) == pytest.approx([0, 0, 90 / 300 * 72, 60 / 300 * 72], abs=1e-3)


def test_every_place_in_the_table_is_where_an_object_begins(plan):
    data = encode(PIXELS, plan, (), ".pdf")
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    assert data[start:].startswith(b"xref\n0 8\n")
    places = [int(line[:10]) for line in data[start:].split(b"\n")[3:10]]
    for number, place in enumerate(places, start=1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    for length, body in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream\nendobj", data, re.DOTALL):
        assert int(length) == len(body)


def test_the_same_picture_gives_the_same_bytes_and_says_what_made_it(plan, tmp_path):
    poster = ({"touch": "poster", "dpi": 300, "mm": [297, 420], "title": "落日"},)
    data = encode(PIXELS, plan, poster, ".pdf")
    assert data == encode(PIXELS, plan, poster, ".pdf")
    path = tmp_path / "boat.pdf"
    path.write_bytes(data)
    found = read(path)
    assert found.plan == plan and found.touches == poster and found.fields["Seed"] == "42"
    pixels = load_pixels(read_source(path))
    assert pixels.shape == PIXELS.shape and np.abs(pixels.astype(int) - PIXELS).mean() < 1
    assert b'<rdf:li xml:lang="x-default">\xe8\x90\xbd\xe6\x97\xa5</rdf:li>' in data
    assert b"&lt;sea&gt;" in data and b"<feff843d65e5>" in data.lower()


def test_the_jpeg_and_the_png_of_a_poster_know_their_dots_too(plan):
    poster = ({"touch": "poster", "dpi": 300, "mm": [297, 420]},)
    for suffix in (".png", ".jpg"):
        with Image.open(io.BytesIO(encode(PIXELS, plan, poster, suffix))) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    with Image.open(io.BytesIO(encode(PIXELS, plan, ({"dpi": 10**9},), ".png"))) as image:
        assert "dpi" not in image.info


def test_a_pdf_of_another_is_no_picture(tmp_path):
    path = tmp_path / "other.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"/Subtype /Image " * 10)
    with pytest.raises(SourceError, match="a PDF"):
        read(path)
    assert pdf.page(path.read_bytes()) is None
    path.write_bytes(
        b"%PDF-1.4\n%mengbi\n/Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode /Length 9 >>\nstream\nx"
    )
    with pytest.raises(SourceError, match="not a picture"):
        read(path)


def test_a_pdf_keeps_no_transparency(plan):
    with pytest.raises(OutputError, match="PDF keeps no transparency"):
        encode(np.zeros((4, 4, 4), np.uint8), plan, (), ".pdf")
