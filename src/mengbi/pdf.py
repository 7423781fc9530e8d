"""A picture as a PDF of one page, of exact size; and the picture out of such a PDF again.

The page is one JPEG, stored as it is: all that the JPEG says of itself (EXIF) is in the PDF, too.
"""

import re
from xml.sax.saxutils import escape

MARK = b"%mengbi\n"
"""Stands in the second line of a PDF of ours."""
POINT = 72 / 25.4
"""Points in a millimetre."""
_PAGE = re.compile(rb"/Subtype /Image /Width \d+ /Height \d+ [^>]*/Filter /DCTDecode /Length (\d{1,10}) >>\nstream\n")
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:format>application/pdf</dc:format><xmp:CreatorTool>{software}</xmp:CreatorTool>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def write(
    jpeg: bytes, size: tuple[int, int], mm: tuple[float, float], *, title: str, words: str, software: str
) -> bytes:
    """The PDF's bytes; equal arguments give equal bytes.

    jpeg: of size (width, height) pixels, in RGB; mm: width and height of the page.
    """
    wide, high = (f"{side * POINT:.3f}" for side in mm)
    xmp = _XMP.format(title=escape(title), words=escape(words), software=escape(software)).encode()
    content = f"q {wide} 0 0 {high} 0 0 cm /Page Do Q".encode()
    image = (
        f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} /ColorSpace /DeviceRGB "
        "/BitsPerComponent 8 /Filter /DCTDecode"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {high}] /TrimBox [0 0 {wide} {high}] /Contents 4 0 R "
        "/Resources << /XObject << /Page 5 0 R >> >> >>".encode(),
        _stream("", content),
        _stream(image, jpeg),
        f"<< /Title {_text(title)} /Subject {_text(words)} /Creator {_text(software)} >>".encode(),
        _stream("/Type /Metadata /Subtype /XML", xmp),
    ]
    parts, places, length = [b"%PDF-1.4\n", MARK, b"%\xe6\xa2\xa6\xe7\xac\x94\n"], [], 0
    for number, body in enumerate(objects, start=1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    length = sum(map(len, parts))
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, length))
    return b"".join(parts)


def page(data: bytes) -> bytes | None:
    """The JPEG in a PDF of ours; None for another's."""
    found = _PAGE.search(data) if MARK in data[:64] else None
    return None if found is None else data[found.end() : found.end() + int(found[1])]


def _stream(entries: str, data: bytes) -> bytes:
    head = " ".join(filter(None, (entries, f"/Length {len(data)}")))
    return b"<< %s >>\nstream\n%s\nendstream" % (head.encode(), data)


def _text(words: str) -> str:
    """A text string: UTF-16 in hexadecimal."""
    return f"<feff{words.encode('utf-16-be').hex()}>"
