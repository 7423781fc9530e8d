// What the lab trains: how far each network is, what it makes, and how its numbers run.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api, url } from "./api.js";
import { number, since, t, told } from "./i18n.js";
import { html } from "./lib.js";
import { href } from "./route.js";
import { Bar, complain, Nothing } from "./ui.js";

/** Milliseconds from one look at what is running to the next. */
const PAUSE = 3000;
const runs = signal(undefined);

/** Looks now, and again and again for as long as `lives` says so and somebody sees the page. */
function useLooking(look, lives, of) {
  useEffect(() => {
    let over = false;
    let timer;
    const again = async () => {
      if (!document.hidden) await look().catch((problem) => problem.status !== 0 && complain(problem));
      if (!over && lives()) timer = setTimeout(again, PAUSE);
    };
    again();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, of);
}

export function Lab() {
  useLooking(async () => (runs.value = (await api.trainings()).items), () => true, []);
  return html`<div class="lab">
    <h1 tabindex="-1">${t("lab")}</h1>
    ${runs.value?.length === 0 && html`<${Nothing} title=${t("lab.none")}>
      <p>${t("lab.begin")}</p><code>pip install 'mengbi[lab]'</code><code>mengbi lab train dcgan --data mnist</code><//>`}
    <ul class="runs">${runs.value?.map((run) => html`<li key=${run.name}><a class="run" href=${href("lab", run.name)}>
      <span class="run-name">${run.name}</span>
      <small>${[run.family, standing(run), since(run.updated)].join(" · ")}</small>
      ${run.state === "running" && html`<${Bar} done=${run.step / Math.max(1, run.steps)} label=${run.name} />`}
      ${run.note && html`<span class="run-note">${run.note}</span>`}
    </a></li>`)}</ul>
  </div>`;
}

const standing = (run) =>
  `${t(`lab.state.${run.state}`)}, ${t("lab.step", { step: number(run.step), steps: number(run.steps) })}`;

export function RunView({ name }) {
  const [run, learn] = useState(null);
  const [missing, miss] = useState(false);
  const look = () => api.training(name).then(learn, (problem) => (problem.status === 404 ? miss(true) : complain(problem)));
  useLooking(look, () => !missing, [name, missing]);
  if (missing) return html`<${Nothing} title=${t("missing")}><a class="main" href=${href("lab")}>${t("lab")}</a><//>`;
  if (!run) return null;
  return html`<article class="lab">
    <a class="quiet" href=${href("lab")}>${t("back")}</a>
    <h1 tabindex="-1">${run.name}</h1>
    <p>${[run.family, standing(run), t("lab.minutes", { n: Math.round(run.seconds / 60) })].join(" · ")}</p>
    ${run.state === "running" && html`<${Bar} done=${run.step / Math.max(1, run.steps)} label=${run.name} />`}
    ${run.note && html`<p class="run-note" role="status">${run.note}</p>`}
    <${Sheets} run=${run} />
    <${Curves} lines=${run.curves} />
    <${Facts} run=${run} />
  </article>`;
}

/** What it made, the last of it or as it was at any step before. */
function Sheets({ run }) {
  const [chosen, choose] = useState(null);
  const last = run.sheets.length - 1;
  if (last < 0) return html`<p class="soft">${t("lab.no.sheet")}</p>`;
  const at = Math.min(chosen ?? last, last);
  const step = run.sheets[at];
  return html`<figure class="made">
    <img src=${url(`trainings/${encodeURIComponent(run.name)}/sheets/${step}`)} alt=${t("lab.sheet", { step: number(step) })} />
    <figcaption>${t("lab.sheet", { step: number(step) })}</figcaption>
    ${last > 0 && html`<input type="range" min="0" max=${last} value=${at} aria-label=${t("lab.earlier")}
      aria-valuetext=${t("lab.sheet", { step: number(step) })}
      onInput=${({ target }) => choose(+target.value === last ? null : +target.value)} />`}
  </figure>`;
}

const WIDTH = 320;
const HEIGHT = 96;

/** A small drawing for every number that was ever logged. */
function Curves({ lines }) {
  const names = [...new Set(lines.flatMap(Object.keys))].filter((name) => !["step", "minutes"].includes(name));
  const end = lines.at(-1)?.step || 1;
  return html`<div class="curves">${names.map((name) => {
    const points = lines.filter((line) => Number.isFinite(line[name])).map((line) => [line.step / end, line[name]]);
    return points.length > 0 && html`<${Curve} key=${name} name=${name} points=${points} />`;
  })}</div>`;
}

function Curve({ name, points }) {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const folded = low > 0 && high > 10 * low ? Math.log : (value) => value;
  const span = folded(high) - folded(low) || 1;
  const path = points
    .map(([at, value]) => `${(at * WIDTH).toFixed(1)},${(HEIGHT * (1 - (folded(value) - folded(low)) / span)).toFixed(1)}`)
    .join(" ");
  const label = told(`lab.number.${name}`, name);
  return html`<figure class="curve">
    <figcaption>${label} <b>${short(values.at(-1))}</b></figcaption>
    <svg viewBox="-2 -4 ${WIDTH + 4} ${HEIGHT + 8}" role="img" aria-label=${t("lab.curve", {
      name: label, low: short(low), high: short(high), last: short(values.at(-1)),
    })}><polyline points=${path} /></svg>
  </figure>`;
}

const short = (value) => (Math.abs(value) >= 1e4 ? number(Math.round(value)) : String(+value.toPrecision(4)));

function Facts({ run }) {
  const rows = [
    ...Object.entries({ ...run.recipe, ...run.data }).filter(([, value]) => value !== null && value !== "unknown"),
    ["machine", run.machine],
    ["Mengbi", run.code],
  ];
  return html`<details class="facts"><summary>${t("lab.order")}</summary>
    <dl>${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${String(value)}</dd></div>`)}</dl>
  </details>`;
}
