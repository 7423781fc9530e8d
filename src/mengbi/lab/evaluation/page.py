"""A report as one HTML file: figures beside the floor, sheets, curves, recipe, data. Nothing from outside."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mengbi.files import write_whole
from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.curves import bars, curves
from mengbi.lab.evaluation.figures import cell, reading
from mengbi.lab.evaluation.published import published
from mengbi.lab.evaluation.sheets import Sheet

SMALL = 640
"""Pixels of a sheet's width up to which it is kept without loss, and shown with its pixels doubled."""
QUALITY = 88
CLOSED = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

STYLE = """
:root { color-scheme: light dark; --ink: #1d2130; --soft: #5a6072; --paper: #fdfcf9; --card: #fff; --rule: #dcdde3;
  --made: #2f5fc4; --real: #8a8f9d; --wash: #2f5fc426 }
@media (prefers-color-scheme: dark) { :root { --ink: #e9eaf0; --soft: #a5aabb; --paper: #15171e; --card: #1d2029;
  --rule: #343846; --made: #86a9ff; --real: #7d8292; --wash: #86a9ff2e } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --rule: #bbb;
  --made: #2f5fc4; --real: #8a8f9d; --wash: #2f5fc426 }
  section, figure, tr { break-inside: avoid } main { padding: 0 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans", sans-serif }
main { max-width: 62rem; margin: auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem } h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem }
p { margin: .3rem 0 } .soft, figcaption { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid var(--rule); vertical-align: top } th { font-weight: 600 }
td.number, th.number { text-align: right; white-space: nowrap; padding-right: 1.4rem } tbody th { white-space: nowrap }
td.said { color: var(--soft); font-size: .9rem }
.note { border-left: 3px solid var(--made); background: var(--wash); padding: .5rem .8rem; margin: .8rem 0 }
figure { margin: 1rem 0 } figcaption { font-size: .9rem; margin-bottom: .4rem }
img { max-width: 100%; height: auto; display: block; background: #fff }
img.small { image-rendering: pixelated }
.strip { display: grid; grid-template-columns: 7rem 1fr; gap: .3rem .8rem; align-items: center; margin: .25rem 0 }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem }
.curves figure { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: .4rem;
  padding: .6rem }
svg { width: 100%; height: auto; display: block } svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
svg .line { stroke: var(--rule); fill: none } svg .curve { stroke: var(--made); fill: none; stroke-width: 1.8;
  stroke-linejoin: round } svg .spread { fill: var(--wash) }
svg .made { fill: var(--made) } svg .real { fill: var(--real) }
.key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 .9rem; vertical-align: -.05rem }
.bars { max-width: 46rem } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card);
  border: 1px solid var(--rule); border-radius: .4rem; padding: .8rem; font-size: .88rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .4rem 0 } dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere } dl dl { margin: 0 }
@media screen and (max-width: 54rem) { .wide table { width: 54rem } }
@media print { body { font-size: 13px } }
@media (max-width: 34rem) { .strip, dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
"""


def write_report(
    path: Path,
    figures: Mapping[str, Any],
    *,
    title: str,
    sheets: Sequence[Sheet] = (),
    texts: Mapping[str, str] | None = None,
    log: Sequence[Mapping[str, float]] = (),
    about: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Writes what an evaluation came to as one HTML file that needs nothing else, for screen and paper.

    figures: as `evaluate_pictures` gives them, of which "figures" must be there; texts: samples of a model of texts by
    what they are called; log: the lines of `log.jsonl`; about: sections such as Recipe, Data, Machine by their names,
    each of JSON values. The same arguments give the same bytes. Raises OutputError, StorageError.
    """
    parts = [
        f"<h1>{_said(title)}</h1>",
        _lead(figures),
        _figures(figures),
        _published(figures.get("data", "")),
        _classes(figures.get("classes")),
        *(_sheet(sheet) for sheet in sheets),
        *(f"<section><h2>{_said(name)}</h2><pre>{_said(text)}</pre></section>" for name, text in (texts or {}).items()),
        _curves(log),
        *(f"<section><h2>{_said(name)}</h2>{_facts(facts)}</section>" for name, facts in (about or {}).items()),
        _networks(figures.get("networks", {})),
    ]
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_said(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{CLOSED}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )
    write_whole(path, page.encode())


def _said(value: Any) -> str:
    return html.escape(str(value))


def _lead(figures: Mapping[str, Any]) -> str:
    if "n" not in figures:
        return ""
    seeds = len(figures["seeds"])
    notes = "".join(f'<p class="note">{_said(note)}</p>' for note in figures.get("notes", ()))
    return (
        f'<p class="soft">{figures["n"]:,} pictures a seed, {seeds} seed{"s" * (seeds > 1)}. <i>Real</i> is the floor: '
        "the same figure of as many real pictures that were held back, beside the same others. ± is the standard "
        f"deviation over the seeds.</p>{notes}"
    )


def _figures(figures: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_said(name)}</th><td class="number">{cell(found, "made")}</td>'
        f'<td class="number">{cell(found, "real")}</td>'
        f'<td>{better}</td><td class="said">{_said(meaning)}</td></tr>'
        for name, found in figures["figures"].items()
        for better, meaning in (reading(name),)
    )
    return (
        '<section class="wide" tabindex="0" aria-label="Figures">'
        '<table><thead><tr><th scope="col">Figure</th><th scope="col" class="number">Made</th>'
        '<th scope="col" class="number">Real</th><th scope="col">Better</th>'
        f'<th scope="col">What it is</th></tr></thead><tbody>{rows}</tbody></table></section>'
    )


def _published(data: str) -> str:
    known = published(data)
    if not known:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_said(each.model)}</th><td class="number">{each.value:g}</td>'
        f'<td>{_said(each.figure)}</td><td class="said">{_said(each.source)}</td></tr>'
        for each in known
    )
    return (
        f'<section><h2>Published for {_said(data)}</h2><p class="soft">A FID compares with a FID alone, of as many '
        "pictures: other networks see other things, and their distances have other sizes.</p>"
        '<table><thead><tr><th scope="col">Model</th><th scope="col" class="number">Value</th>'
        f'<th scope="col">Figure</th><th scope="col">By</th></tr></thead><tbody>{rows}</tbody></table></section>'
    )


def _classes(classes: Mapping[str, Any] | None) -> str:
    if not classes:
        return ""
    drawn = bars(classes["names"], classes["made"], classes["real"])
    key = "".join(
        f'<svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="{kind}" width="10" height="10"/>'
        f"</svg>{kind}"
        for kind in ("made", "real")
    )
    return (
        f'<section><h2>Classes</h2><figure class="bars"><figcaption>Share of the pictures that the classifier reads as '
        f"each class: {key}</figcaption>{drawn}</figure></section>"
    )


def _sheet(sheet: Sheet) -> str:
    named = any(name for name, _ in sheet.rows)
    rows = "".join(
        f'<div class="strip"><span>{_said(name)}</span>{_image(pixels, f"{sheet.title}, {name}")}</div>'
        if named
        else _image(pixels, sheet.title)
        for name, pixels in sheet.rows
    )
    said = f"<figcaption>{_said(sheet.note)}</figcaption>"
    return f"<section><h2>{_said(sheet.title)}</h2><figure>{said}{rows}</figure></section>"


def _image(pixels: Pixels, alt: str) -> str:
    height, width, channels = pixels.shape
    small = width <= SMALL
    buffer = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))
    image.convert("RGB").save(buffer, "WEBP", lossless=small, quality=QUALITY, method=4)
    data = base64.b64encode(buffer.getvalue()).decode()
    shape = f'width="{width * (1 + small)}" height="{height * (1 + small)}"' + (' class="small"' if small else "")
    return f'<img {shape} alt="{_said(alt)}" src="data:image/webp;base64,{data}">'


def _curves(log: Sequence[Mapping[str, float]]) -> str:
    drawn = "".join(f"<figure><figcaption>{_said(name)}</figcaption>{svg}</figure>" for name, svg in curves(log))
    return f'<section><h2>Curves</h2><div class="curves">{drawn}</div></section>' if drawn else ""


def _facts(value: Any) -> str:
    """JSON values as words: mappings as lists of terms, sequences of plain values in a line."""
    if isinstance(value, Mapping):
        return f"<dl>{''.join(f'<dt>{_said(name)}</dt><dd>{_facts(one)}</dd>' for name, one in value.items())}</dl>"
    if isinstance(value, list | tuple):
        plain = not any(isinstance(one, Mapping | list | tuple) for one in value)
        return _said(", ".join(map(str, value))) if plain else "".join(f"<div>{_facts(one)}</div>" for one in value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else _said(value)


def _networks(networks: Mapping[str, Mapping[str, Any]]) -> str:
    facts = {
        name: f"{one['about']}; weights {one['digest']}; copies among {one['known']:,} training pictures"
        for name, one in networks.items()
    }
    return f"<section><h2>What saw the pictures</h2>{_facts(facts)}</section>" if facts else ""
