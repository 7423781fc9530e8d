// A drawing of one's own to paint over; or, over a photo, the part of it that is to be painted.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { draft, ratio, strokes, wish } from "./draft.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { clamp, classes, html } from "./lib.js";
import { send, uploading } from "./photo.js";
import { draw, redraw } from "./strokes.js";
import { Segments, Sheet } from "./ui.js";

const SIDE = 1024; // pixels of the longer side
const COLORS = {
  sky: "#8ec5ee", water: "#2f6fb0", grass: "#7fb54f", forest: "#2f6b3a",
  sand: "#e7cf9a", earth: "#8a5a3c", stone: "#8d8d93", snow: "#ffffff",
  sun: "#f7c843", orange: "#ee7b30", red: "#cf3a2f", pink: "#f2a6b8",
  violet: "#7a5bb0", skin: "#f0c8a4", night: "#1d2547", black: "#1c1a18",
};
const SIZES = { fine: 0.008, medium: 0.025, broad: 0.08 };
const STEP = 0.02; // of the side, for the arrow keys

const tool = signal("pen");
const color = signal("grass");
const size = signal("medium");
const undone = signal([]);
const masked = signal([]);

export function Doodle({ onClose, masking = false }) {
  const paper = useRef();
  const list = masking ? masked : strokes;
  const { photo, sketch } = draft.value;
  const shape = masking ? photo.width / photo.height : ratio.value;
  const sides = shape > 1 ? [SIDE, Math.round(SIDE / shape)] : [Math.round(SIDE * shape), SIDE];
  const ground = useGround(!masking && strokes.value.length === 0 && sketch?.url, paper, list);
  useLayoutEffect(() => {
    if (masking) tool.value = tool.value === "fill" ? "pen" : tool.value;
    redraw(paper.current.getContext("2d"), list.value, ground.current);
  }, [list.value]);
  useLayoutEffect(() => paper.current.parentElement.style.setProperty("--ratio", shape), [shape]);
  const keep = async () => {
    const kept = await (masking ? keepMask(paper.current) : keepDrawing(paper.current));
    if (kept) onClose();
  };
  const take = () => {
    list.value = [];
    wish(masking ? { mask: null } : { sketch: null });
    onClose();
  };
  const foot = html`<button type="button" class="quiet"
    onClick=${take}>${t(masking ? "mask.none" : "doodle.none")}</button>
    <button type="button" class="main" disabled=${list.value.length === 0 || uploading.value}
      onClick=${keep}>${t("done")}</button>`;
  return html`<${Sheet} title=${t(masking ? "photo.part" : "doodle")} kind="full" foot=${foot} onClose=${onClose}>
    <div class="doodle">
      <div class="paper">
        ${masking && html`<img src=${photo.url} alt="" />`}
        <${Paper} paper=${paper} sides=${sides} list=${list} masking=${masking} />
      </div>
      <${Tools} list=${list} masking=${masking} />
    </div>
  <//>`;
}

/** A drawing from an earlier visit lies beneath, until one draws over it. */
function useGround(at, paper, list) {
  const ground = useRef(null);
  useEffect(() => {
    if (!at) return;
    const image = new Image();
    image.src = at;
    image.decode().then(() => {
      ground.current = image;
      redraw(paper.current.getContext("2d"), list.value, image);
    }, () => {}); // it is gone: the paper is white
  }, []);
  return ground;
}

function Paper({ paper, sides, list, masking }) {
  const now = useRef(null); // the stroke that is being drawn
  const cross = useRef(null); // where the keys have led to
  const begin = (point) => {
    const ink = masking ? "#e2483a" : COLORS[color.value];
    now.current = { tool: tool.value, color: ink, size: SIZES[size.value], points: [point] };
    if (tool.value === "fill") end();
  };
  const end = () => {
    if (!now.current) return;
    list.value = [...list.value, now.current];
    undone.value = [];
    now.current = null;
  };
  const point = (event) => {
    const box = paper.current.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const down = (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    paper.current.setPointerCapture(event.pointerId);
    begin(point(event));
  };
  const move = (event) => {
    if (!now.current) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) now.current.points.push(point(one));
    draw(paper.current.getContext("2d"), { ...now.current, points: now.current.points.slice(-3) });
  };
  const keys = (event) => {
    const [x, y] = cross.current ?? [0.5, 0.5];
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      cross.current = [clamp(x + way[0] * STEP, 0, 1), clamp(y + way[1] * STEP, 0, 1)];
      if (now.current) {
        now.current.points.push(cross.current);
        draw(paper.current.getContext("2d"), { ...now.current, points: now.current.points.slice(-3) });
      }
    } else if (event.key === " ") {
      if (now.current) end();
      else begin([x, y]);
    } else return;
    event.preventDefault();
    paper.current.parentElement.style.setProperty("--x", (cross.current ?? [x])[0]);
    paper.current.parentElement.style.setProperty("--y", (cross.current ?? [x, y])[1]);
  };
  return html`<canvas ref=${paper} width=${sides[0]} height=${sides[1]} tabindex="0" role="application"
    aria-label=${t("doodle.paper")}
      class=${classes(masking && "masking")} onPointerDown=${down} onPointerMove=${move} onPointerUp=${end}
        onPointerCancel=${end} onKeyDown=${keys}></canvas>
    <span class="cross" aria-hidden="true"></span>`;
}

function Tools({ list, masking }) {
  const undo = () => {
    undone.value = [...undone.value, list.value.at(-1)];
    list.value = list.value.slice(0, -1);
  };
  const redo = () => {
    list.value = [...list.value, undone.value.at(-1)];
    undone.value = undone.value.slice(0, -1);
  };
  const tools = [["pen", "pencil"], ["eraser", "eraser"], ...(masking ? [] : [["fill", "fill"]])];
  return html`<div class="doodle-tools">
    <div class="row" role="group" aria-label=${t("tools")}>
      ${tools.map(([name, icon]) => html`<button key=${name} type="button" class="round"
        aria-pressed=${tool.value === name} aria-label=${t(`tool.${name}`)}
        title=${t(`tool.${name}`)} onClick=${() => (tool.value = name)}><${Icon} name=${icon} /></button>`)}
      <span class="gap"></span>
      <button type="button" class="round" aria-label=${t("undo")} disabled=${list.value.length === 0} onClick=${undo}>
        <${Icon} name="undo" /></button>
      <button type="button" class="round" aria-label=${t("redo")} disabled=${undone.value.length === 0} onClick=${redo}>
        <${Icon} name="redo" /></button>
      <button type="button" class="round" aria-label=${t("doodle.clear")} disabled=${list.value.length === 0}
        onClick=${() => (list.value = [])}><${Icon} name="trash" /></button>
    </div>
    <${Segments} hidden label=${t("brush.size")} value=${size.value} onChange=${(name) => (size.value = name)}
      choices=${Object.keys(SIZES).map((name) => [name, t(`brush.${name}`)])} />
    ${!masking && html`<div class="colors" role="group" aria-label=${t("colors")}>
      ${Object.keys(COLORS).map((name) => html`<${Color} key=${name} name=${name} />`)}
    </div>`}
    <p class="soft small">${t(masking ? "mask.note" : "doodle.note")}</p>
  </div>`;
}

function Color({ name }) {
  const dot = useRef();
  useLayoutEffect(() => dot.current.style.setProperty("--color", COLORS[name]), []);
  const take = () => {
    color.value = name;
    if (tool.value === "eraser") tool.value = "pen";
  };
  return html`<button ref=${dot} type="button" class="color" aria-pressed=${color.value === name}
    aria-label=${t(`color.${name}`)} title=${t(`color.${name}`)} onClick=${take}></button>`;
}

const png = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/png"));

async function keepDrawing(canvas) {
  const kept = await send(await png(canvas), "doodle.png");
  if (kept) wish({ sketch: { source: kept.source, url: kept.url } });
  return kept;
}

/** White where something was drawn, black elsewhere: so the painter wants it. */
async function keepMask(canvas) {
  const mask = document.createElement("canvas");
  [mask.width, mask.height] = [canvas.width, canvas.height];
  const context = mask.getContext("2d");
  context.drawImage(canvas, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, mask.width, mask.height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#000000";
  context.fillRect(0, 0, mask.width, mask.height);
  const kept = await send(await png(mask), "mask.png");
  if (kept) wish({ mask: { source: kept.source, url: kept.url } });
  return kept;
}
