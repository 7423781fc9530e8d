// Everything that was painted. However many there are, only the rows in sight are in the page.
import { effect, untracked, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { album, edition, EVERYTHING, more, seek, sought, state, welcome } from "./album.js";
import { thumb } from "./api.js";
import { Chosen, chosen, choosing, pick } from "./choosing.js";
import { Filters } from "./filters.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { mayPaint } from "./house.js";
import { fresh } from "./jobs.js";
import { between, fill, heightOf } from "./layout.js";
import { classes, html } from "./lib.js";
import { heightOf as scrolledTo, href } from "./route.js";
import { Nothing } from "./ui.js";

const GAP = 6;
const AHEAD = 900; // pixels above and below the window that are kept ready
const NEAR_END = 3000;

const rowHeight = (width) => (width < 600 ? 132 : width < 1100 ? 184 : 216);

export function Gallery() {
  useEffect(() => {
    if (state.value === "new") seek();
    else welcome();
  }, []);
  const none = state.value === "whole" && edition.value >= 0 && album.pictures.length === 0;
  return html`<div class="gallery">
    <h1 class="hidden" tabindex="-1">${t("gallery")}</h1>
    <${Filters} />
    ${none ? html`<${Empty} />` : html`<${Album} />`}
    ${choosing.value && html`<${Chosen} />`}
  </div>`;
}

function Empty() {
  const searched = Object.values(sought.value).some(Boolean);
  if (searched) return html`<${Nothing} title=${t("gallery.nofind")}><button type="button" class="quiet"
    onClick=${() => seek(EVERYTHING)}>${t("gallery.all")}</button><//>`;
  return html`<${Nothing} title=${t("gallery.empty")}>${mayPaint.value && html`<a class="main"
    href=${href("create")}>${t("gallery.first")}</a>`}<//>`;
}

/** The rows in sight. They are laid out in `rows` and told of by `view`. */
function Album() {
  const box = useRef();
  const rows = useRef([]);
  const front = useRef(null); // the picture that the rows begin with
  const width = useRef(0);
  const high = useRef(0);
  const view = useSignal([0, 0, 0]);

  const lay = () => {
    if (!width.current) return;
    const begin = album.pictures[0]?.id ?? null;
    const laid = rows.current.length ? rows.current.at(-1).first + rows.current.at(-1).count : 0;
    if (begin !== front.current || laid > album.pictures.length) rows.current = [];
    front.current = begin;
    const sizes = { width: width.current, height: rowHeight(width.current), gap: GAP };
    fill(rows.current, album.ratios, sizes, state.value !== "whole");
    high.current = heightOf(rows.current);
    box.current.style.height = `${high.current}px`;
  };
  const look = () => {
    const top = -box.current.getBoundingClientRect().top;
    const [first, behind] = between(rows.current, top - AHEAD, top + innerHeight + AHEAD);
    const now = [first, behind, edition.peek()];
    if (now.some((part, at) => part !== view.peek()[at])) view.value = now;
    if (top + innerHeight + NEAR_END > high.current) more();
  };

  useLayoutEffect(() => {
    let asked = 0;
    const soon = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        look();
      });
    };
    const sized = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === width.current) return;
      width.current = contentRect.width;
      rows.current = [];
      lay();
      look();
    });
    width.current = box.current.clientWidth;
    sized.observe(box.current);
    addEventListener("scroll", soon, { passive: true });
    const stop = effect(() => {
      edition.value;
      untracked(lay);
      untracked(look);
    });
    scrollTo(0, scrolledTo()); // the way back leads to the same place
    return () => {
      sized.disconnect();
      stop();
      removeEventListener("scroll", soon);
      cancelAnimationFrame(asked);
    };
  }, []);

  const [first, behind] = view.value;
  const tall = rows.current.slice(first, behind);
  return html`<div ref=${box} class="album" role="list" aria-label=${t("gallery")}
    aria-busy=${state.value === "reading"} onKeyDown=${keys}>
    ${tall.map(drawn)}
  </div>`;
}

const drawings = new WeakMap();

/** A row as it is drawn; the same one as before, which costs nothing, while its pictures are the same. */
function drawn(row) {
  const pictures = album.pictures.slice(row.first, row.first + row.count);
  const before = drawings.get(row);
  if (before?.pictures.every((picture, at) => picture === pictures[at])) return before.drawing;
  const drawing = html`<${Row} key=${pictures[0]?.id} row=${row} pictures=${pictures} />`;
  drawings.set(row, { pictures, drawing });
  return drawing;
}

/** Arrow keys lead from picture to picture. */
function keys(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!way) return;
  const links = [...event.currentTarget.querySelectorAll("a, button")];
  const next = links[links.indexOf(document.activeElement) + way];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Row({ row, pictures }) {
  const line = useRef();
  useLayoutEffect(() => {
    line.current.style.transform = `translateY(${row.top}px)`;
    line.current.style.height = `${row.height}px`;
    line.current.classList.toggle("short", !row.full);
    for (const [index, cell] of [...line.current.children].entries()) {
      cell.style.setProperty("--ratio", album.ratios[row.first + index]);
    }
  });
  return html`<div ref=${line} class="album-row" role="presentation">
    ${pictures.map((picture, index) => html`<${Cell} key=${picture.id} picture=${picture}
      place=${row.first + index + 1} />`)}
  </div>`;
}

function Cell({ picture, place }) {
  const words = picture.words || t("picture.untitled");
  const size = state.value === "whole" ? album.pictures.length : -1;
  const inside = html`<img src=${thumb(picture.id)} alt="" decoding="async" onLoad=${show} onError=${gone} />
    ${picture.favourite && html`<span class="badge"><${Icon} name="heart" size="16" filled /></span>`}`;
  if (choosing.value) {
    const on = chosen.value.includes(picture.id);
    return html`<div class=${classes("cell", on && "chosen")} role="listitem" aria-setsize=${size}
      aria-posinset=${place}>
      <button type="button" aria-pressed=${on} aria-label=${words} onClick=${() => pick(picture.id)}>${inside}<span
        class="tick"><${Icon} name="check" size="18" /></span></button>
    </div>`;
  }
  return html`<div class="cell" role="listitem" aria-setsize=${size} aria-posinset=${place}>
    <a href=${href("picture", String(picture.id))} aria-label=${words} title=${words}>${inside}</a>
  </div>`;
}

const show = (event) => event.target.classList.add("there");
const gone = (event) => event.target.classList.add("gone");

effect(() => {
  if (fresh.value.length && state.peek() !== "new") untracked(welcome);
});
